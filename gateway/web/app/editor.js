// SPDX-License-Identifier: GPL-2.0-or-later
// Rules, and the code sheet: form and text side by side; tried, replayed, proposed, approved by another, rolled back.

import {h, fill} from './dom.js';
import {t, word, moment} from './i18n.js';
import {get, may, post, session, forgetSheet} from './api.js';
import {icon} from './icons.js';
import {ask, button, confirm, failed, field, input, pill, section, severity, show, table, toast} from './ui.js';
import {frame} from './page.js';
import {codeArea, diffView} from './code.js';
import {editRule, formView, newRule} from './ruleform.js';
import {cardsPanel} from './cards.js';

const drafts = {}; // what is typed stays while one looks at other pages

export async function page(root, rest, name) {
	const rules = name === 'rules', at = rules ? 'rules' : 'sheets';
	let state = await get(at), timer = null, turn = 0, form = {rules: []};
	const bar = h('div.row.no-print'), verdict = h('div.verdict', {role: 'status'}), formSide = h('div.form-side'), lower = h('div.columns'), proposals = h('div'), history = h('div');
	const page = await frame(root, t(rules ? 'editor.rules.title' : 'editor.sheet.title'), t(rules ? 'editor.rules.text' : 'editor.sheet.text'), bar);
	const about = h('p.muted');
	const code = codeArea({value: drafts[at] ?? state.text, label: t('editor.file'), onchange: (v) => {
		drafts[at] = v === state.text ? undefined : v;
		drawBar();
		clearTimeout(timer);
		timer = setTimeout(() => check().catch(failed), 450);
	}});

	function drawBar() {
		const changed = code.value !== state.text;
		fill(bar, changed ? pill(t('editor.changed'), 'escalated') : null, changed ? button(t('editor.diff'), {onclick: () => show(t('editor.diff'), diffView(state.text, code.value)).classList.add('broad')}) : null,
			changed ? button(t('editor.reset'), {onclick: () => { code.value = state.text; }}) : null,
			may('administrator') ? button(t('editor.propose'), {kind: 'primary', disabled: !changed, onclick: propose}) : h('span.muted', t('editor.only')));
		fill(about, state.at ? t('editor.version', {version: String(state.version ?? '–'), at: moment(state.at)}) : t('editor.version.first'), state.by ? `, ${t('editor.by', {by: state.by})}` : '', state.approved === false ? ` · ${t('editor.unapproved')}` : '');
	}
	async function check() {
		const mine = ++turn, text = code.value;
		fill(verdict, h('span.muted', t('editor.checking')));
		const r = await post(`${at}/check`, {text});
		if (mine !== turn) return;
		code.problems(r.problems || []);
		const list = r.problems || [], wrong = list.some((p) => p.severity === 'error');
		fill(verdict, list.length ? h('p', {class: wrong ? 'wrong' : null}, icon('warn'), t('editor.problems', {n: list.length})) : h('p.right', icon('check'), rules ? t('editor.ok', {n: r.rules ?? 0}) : t('editor.ok.sheet')),
			r.tests ? h('p.muted', t('editor.tests', {n: r.tests.run - (r.tests.failed || []).length, failed: (r.tests.failed || []).length})) : null,
			h('ol.problems', list.slice(0, 50).map((p) => h('li', {class: p.severity}, h('button.link', {type: 'button', onclick: () => code.go(p.line || 1)}, t('editor.line', {n: p.line || 1})), ' ', h('bdi', p.message),
				p.found ? h('span.muted', ` ${t('editor.found', {found: p.found})}`) : null, p.expected ? h('span.muted', ` ${t('editor.expected', {expected: p.expected})}`) : null,
				p.suggestion ? h('b', ` ${t('editor.suggestion', {suggestion: p.suggestion})}`) : null))));
		if (rules && !wrong) {
			form = await post('rules/form', {text});
			if (mine !== turn) return;
			fill(formSide, formView(form, {go: (l) => code.go(l), edit: (r2) => put(editRule(r2, code.value))}), may('administrator') ? button(t('editor.new'), {icon: 'plus', onclick: () => put(newRule(code.value))}) : null);
		} else if (rules && !form.rules.length) fill(formSide, h('p.muted', t('editor.form.none')));
	}
	async function put(later) {
		try {
			const text = await later;
			if (text !== null) code.value = text;
		} catch (e) { toast(e.message, 'bad'); }
	}
	async function propose() {
		const v = await ask({title: t('editor.propose'), text: t('editor.propose.text'), ok: t('editor.propose'), fields: [field(t('editor.comment'), h('textarea', {name: 'comment', rows: 3, required: true, maxlength: 500})), diffView(state.text, code.value)]});
		if (!v) return;
		try {
			await post(`${at}/propose`, {text: code.value, comment: v.comment.trim()});
			toast(t('editor.proposed'));
			drafts[at] = undefined;
			await again();
		} catch (e) { failed(e); }
	}
	async function decide(verb, body, sure, done) {
		if (sure && !await confirm(sure[0], sure[1], sure[0], 'primary')) return;
		try {
			await post(`${at}/${verb}`, body);
			toast(t(done));
			forgetSheet();
			await again();
		} catch (e) { failed(e); }
	}
	async function again() {
		const clean = code.value === state.text || drafts[at] === undefined;
		state = await get(at);
		if (clean) code.value = state.text;
		drawBar();
		drawProposals();
	}
	function drawProposals() {
		const list = state.proposals || [];
		fill(proposals, section(t('editor.proposals'), list.length ? list.map((p) => h('article.proposal', h('header.row.spread', h('div', h('b', p.by), h('span.muted', ` ${moment(p.at)}`)),
			h('div.row', button(t('editor.take'), {kind: 'small', onclick: () => { code.value = p.text; }}),
				p.by === session.name ? null : button(t('editor.approve'), {kind: 'small primary', onclick: () => decide('approve', {id: p.id}, [t('editor.approve'), t('editor.approve.sure')], 'editor.approved')}),
				button(t('editor.reject'), {kind: 'small', onclick: () => decide('reject', {id: p.id}, null, 'editor.rejected')}))),
		h('p', {dir: 'auto'}, p.comment), p.by === session.name ? h('p.hint', t('editor.own')) : null, diffView(state.text, p.text))) : h('p.muted', t('editor.proposals.none'))));
		fill(history, section(t('editor.history'), table([{head: t('editor.history.version'), cell: (v) => [String(v.version), ' ', v.active ? pill(t('editor.active'), 'state-responded') : null]}, {head: t('editor.history.at'), cell: (v) => moment(v.at)},
			{head: t('editor.history.by'), cell: (v) => v.proposed_by || '–'}, {head: t('editor.history.approved'), cell: (v) => v.approved_by || '–'}, {head: t('editor.history.comment'), cell: (v) => h('span', {dir: 'auto'}, v.comment || '–')},
			{head: t('people.actions'), cell: (v) => (v.active || !may('administrator') ? '' : button(t('editor.rollback'), {kind: 'small', 'aria-label': `${t('editor.rollback')}: ${v.version}`,
				onclick: () => decide('rollback', {version: v.version}, [t('editor.rollback'), t('editor.rollback.sure', {version: String(v.version)})], 'editor.rolled')}))}],
		state.history || [], {caption: t('editor.history')})));
	}
	drawBar();
	page.append(about, h('div.editor', {class: rules ? 'two' : null}, h('section.panel.text-side', {'aria-label': t('editor.file')}, code.el, verdict),
		rules ? h('section.panel.form-panel', h('h2', t('editor.form')), formSide) : cardsPanel()), lower, proposals, history);
	if (rules) fill(lower, tryPanel(() => code.value), replayPanel(() => code.value));
	drawProposals();
	check().catch(failed);
	return {leave() { clearTimeout(timer); }};
}

function tryPanel(text) {
	const out = h('div', {'aria-live': 'polite'}), message = input({value: 'A1 12H 40', dir: 'auto', oninput: later}), hour = input({type: 'number', min: 0, max: 23, value: '2', oninput: later}), reporters = input({type: 'number', min: 1, value: '1', oninput: later});
	let timer = null;
	function later() { clearTimeout(timer); timer = setTimeout(() => run().catch(failed), 350); }
	async function run() {
		if (!message.value.trim()) { fill(out); return; }
		let r;
		try {
			r = await post('rules/try', {text: text(), message: message.value, hour: Number(hour.value || 0), reporters: Number(reporters.value || 1)});
		} catch (e) {
			if (e.status !== 422) throw e;
			fill(out, h('p.muted', t('editor.form.none'))); // the text has a mistake, which is told at its line
			return;
		}
		const d = r.decision || {}, term = (k, v) => (v || v === 0 ? [h('dt', t(k)), h('dd', v)] : null);
		fill(out, (r.readings || []).length ? h('ul.readings', r.readings.map((x) => h('li', h('b', [x.event, x.event_name].filter(Boolean).join(' ') || t('event.undecoded')), h('span', [x.place, x.place_name].filter(Boolean).join(' ') || t('place.unknown')), Number.isInteger(x.count) ? `× ${x.count}` : ''))) : h('p.muted', t('editor.try.none')),
			h('dl.terms', term('editor.try.severity', d.severity ? severity(d.severity) : null), term('editor.try.queue', d.queue ? word('queue', d.queue) : null), term('editor.try.oversight', d.oversight ? word('queue', d.oversight) : null),
				term('editor.try.notify', d.notify), term('editor.try.escalate', d.escalate_after_s ? t('time.min', {n: Math.round(d.escalate_after_s / 60)}) : null),
				term('editor.try.shares', (d.shares || []).map((s) => `${word('section', s.section)} (${word('level', s.level)})`).join(', '))),
			h('h3', t('editor.try.trace')), h('ol.trace', (r.trace || []).map((l) => h('li', {class: l.startsWith('+') ? 'yes' : null}, h('bdi', l)))));
	}
	later();
	return section(t('editor.try'), h('div.try-fields', field(t('editor.try.text'), message), field(t('editor.try.hour'), hour), field(t('editor.try.reporters'), reporters)), out);
}

function replayPanel(text) {
	const out = h('div', {'aria-live': 'polite'});
	async function run() {
		const r = await post('rules/replay', {text: text(), days: 30});
		const rows = (r.changes || []).flatMap((c) => Object.entries(c).filter(([k, v]) => k !== 'id' && Array.isArray(v)).map(([k, v]) => ({id: c.id, k, now: v[0], then: v[1]})).filter((x) => JSON.stringify(x.now) !== JSON.stringify(x.then)));
		const value = (k, v) => (k === 'severity' ? `${v} ${t(`severity.${v}`)}` : Array.isArray(v) ? v.join(', ') : v === '' || v === null ? '–' : word(k === 'queue' ? 'queue' : 'column', v));
		fill(out, h('p', t('editor.replay.sum', {n: r.replayed, severer: r.severer, milder: r.milder, moved: r.moved}), ' ', r.sealed ? t('editor.replay.sealed', {n: r.sealed}) : ''),
			table([{head: t('editor.replay.alert'), cell: (x) => h('a', {href: `#/queue/${x.id}`}, String(x.id))}, {head: t('editor.replay.what'), cell: (x) => word('cond', x.k)}, {head: t('editor.replay.now'), cell: (x) => value(x.k, x.now)}, {head: t('editor.replay.then'), cell: (x) => h('b', value(x.k, x.then))}],
				rows, {caption: t('editor.replay'), empty: t('editor.replay.none')}));
	}
	const go = button(t('editor.replay'), {icon: 'clock', onclick: async () => { go.disabled = true; try { await run(); } catch (e) { failed(e); } go.disabled = false; }});
	return section(t('editor.replay'), h('p.hint', t('editor.replay.text')), h('div', go), out);
}
