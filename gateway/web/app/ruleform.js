// SPDX-License-Identifier: GPL-2.0-or-later
// The form side of the rules: each rule as a card in words; what is changed there is written back into the text, so that
// both always say the same.

import {h} from './dom.js';
import {t, word} from './i18n.js';
import {session} from './api.js';
import {ask, button, field, input, select} from './ui.js';

const quote = (s) => `"${String(s).replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;

// The group `{ … }` that begins at or after `from`: its limits in the text, strings and comments passed over.
export function group(text, from) {
	let depth = 0, start = -1;
	for (let i = from; i < text.length; i++) {
		const c = text[i];
		if (c === '"') { for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++; }
		else if (c === '#' || (c === '/' && text[i + 1] === '/')) { while (i < text.length && text[i] !== '\n') i++; }
		else if (c === '/' && text[i + 1] === '*') { i = text.indexOf('*/', i + 2) + 1; if (i < 1) return null; }
		else if (c === '{') { if (!depth++) start = i; }
		else if (c === '}' && start >= 0 && !--depth) return [start, i + 1];
	}
	return null;
}
const offset = (text, line) => text.split('\n').slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);

function ruleAt(text, rule) {
	let from = offset(text, rule.line), g = group(text, from);
	// The line may be that of the brace or of the name behind it.
	if (g && !text.slice(...g).includes(`name = ${quote(rule.name)}`)) { from = text.lastIndexOf('{', text.indexOf(`name = ${quote(rule.name)}`)); g = from >= 0 ? group(text, from) : null; }
	return g && text.slice(...g).includes(quote(rule.name)) ? g : null;
}
// Puts `key = value;` into the group called `part` of this rule, or takes it out (value null). Null: not found.
export function set(text, rule, part, key, value) {
	const g = ruleAt(text, rule);
	if (!g) return null;
	const at = text.slice(...g).search(new RegExp(`\\b${part}\\s*=\\s*\\{`));
	if (at < 0) return null;
	const [from, to] = group(text, g[0] + at), inner = text.slice(from + 1, to - 1);
	const setting = new RegExp(`\\s*\\b${key}\\s*=\\s*(?:"(?:[^"\\\\]|\\\\.)*"|\\([^)]*\\)|[^;]*);`);
	const cleared = inner.replace(setting, '').trimEnd();
	const next = value === null ? cleared : `${cleared}${cleared.trim() ? '' : ' '}${cleared.endsWith(' ') || !cleared ? '' : ' '}${key} = ${value};`;
	return `${text.slice(0, from + 1)} ${next.trim()} ${text.slice(to - 1)}`;
}

const list = (s) => `(${s.split(',').map((x) => x.trim()).filter(Boolean).map(quote).join(', ')})`;
const FIELDS = [ // part, key, kind
	['when', 'event', 'list'], ['when', 'area', 'text'], ['when', 'min_severity', 'severity'], ['when', 'count_min', 'number'], ['when', 'reporters_min', 'number'], ['when', 'hours', 'text'],
	['then', 'severity', 'severity'], ['then', 'raise', 'number'], ['then', 'queue', 'queue'], ['then', 'notify', 'text'], ['then', 'escalate_after_s', 'number'],
];
const shown = (v) => (v === null || v === undefined || v === '' ? '' : Array.isArray(v) ? v.map((x) => (x && typeof x === 'object' ? `${word('section', x.section)} (${word('level', x.level)})` : x)).join(', ') : typeof v === 'object' ? Object.values(v).join(' ') : String(v));

function control([part, key, kind], rule) {
	const now = shown(rule[part]?.[key]), name = `${part}.${key}`, none = ['', t(part === 'when' ? 'editor.form.always' : 'editor.form.unset')];
	if (kind === 'severity') return select([none, ...[5, 4, 3, 2, 1].map((n) => [String(n), `${n} · ${t(`severity.${n}`)}`])], {name, value: now});
	if (kind === 'queue') return select([none, ...[...new Set([...(session.all_queues || session.queues || []), now].filter(Boolean))].map((q) => [q, word('queue', q)])], {name, value: now});
	return input({name, value: now, inputmode: kind === 'number' ? 'numeric' : null, pattern: kind === 'number' ? '[0-9]*' : null});
}
const HINTS = {event: 'editor.form.events', hours: 'editor.form.hours', area: 'editor.form.area'};

export async function editRule(rule, code) {
	const values = await ask({title: rule.name, ok: t('ui.ok'), fields: [
		h('div.form-grid', ['when', 'then'].map((part) => h('fieldset', h('legend', t(`editor.form.${part}`)), FIELDS.filter(([p]) => p === part).map((f) => field(t(`cond.${f[1]}`), control(f, rule), {hint: HINTS[f[1]] ? t(HINTS[f[1]]) : null})))))]});
	if (!values) return null;
	let text = code;
	for (const [part, key, kind] of FIELDS) {
		const v = values[`${part}.${key}`].trim(), was = shown(rule[part]?.[key]);
		if (v === was) continue;
		text = set(text, rule, part, key, v === '' ? null : kind === 'list' ? list(v) : kind === 'number' || kind === 'severity' ? v : quote(v));
		if (text === null) throw new Error(t('editor.form.gone'));
	}
	return text;
}

// A new rule goes to the end of the list `rules`.
export async function newRule(code) {
	const values = await ask({title: t('editor.new'), fields: [field(t('editor.rule.name'), input({name: 'name', required: true, maxlength: 47})), field(t('cond.event'), input({name: 'event', required: true}), {hint: t('editor.form.events')})]});
	if (!values) return null;
	const at = code.search(/\brules\s*=\s*\(/);
	if (at < 0) throw new Error(t('editor.form.gone'));
	let i = code.indexOf('(', at) + 1, last = -1;
	for (let g = group(code, i); g && !/\)\s*;/.test(code.slice(i, g[0])); g = group(code, i)) last = i = g[1];
	const rule = `\n  { name = ${quote(values.name)};\n    when = { event = ${list(values.event)}; };\n    then = { }; }`;
	return last < 0 ? `${code.slice(0, i)}${rule}${code.slice(i)}` : `${code.slice(0, last)},${rule}${code.slice(last)}`;
}

export function formView(form, {go, edit}) {
	const words = (part) => Object.entries(part || {}).map(([k, v]) => [word('cond', k), shown(v)]).filter(([, v]) => v);
	return h('ol.rule-cards', (form.rules || []).map((r, i) => h('li.rule-card',
		h('header', h('span.muted.num', i + 1), h('h3', h('bdi', r.name)), h('button.link', {type: 'button', onclick: () => go(r.line)}, t('editor.line', {n: r.line})),
			button(t('editor.form.edit'), {kind: 'small', 'aria-label': `${t('editor.form.edit')}: ${r.name}`, onclick: () => edit(r)})),
		h('dl', ['when', 'then'].map((part) => [h('dt', t(`editor.form.${part}`)), h('dd', words(r[part]).length ? words(r[part]).map(([k, v]) => h('span.term', h('span.muted', k), ' ', h('b', v))) : h('span.muted', t(part === 'when' ? 'editor.form.always' : 'editor.form.unset')))])))));
}
