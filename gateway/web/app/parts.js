// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of an open alert, each a section with a heading.

import {h, one} from './dom.js';
import {has, t, word, moment} from './i18n.js';
import {icon} from './icons.js';
import {age, button, checkbox, failed, field, pill, section, severityMark, statePill} from './ui.js';
import {identity as identityPart} from './reveal.js';

export const identity = identityPart;

// The station counts octets of UTF-8.
function cut(text, spans) {
	const octets = new TextEncoder().encode(text), read = new TextDecoder();
	return spans.map((s) => ({kind: s.kind.replace(' ', '-'), text: read.decode(octets.slice(s.from, s.to))}));
}
export function message(a) {
	if (!a.text) return section(t('alert.text'), h('p.muted', t((a.flags || []).includes('beep') ? 'alert.beep' : 'alert.notext')));
	const pieces = a.spans?.length ? cut(a.text, a.spans) : [{kind: 'free-text', text: a.text}];
	const kinds = [...new Set(pieces.map((p) => p.kind))].filter((k) => k !== 'free-text');
	return section(t('alert.text'),
		h('blockquote.sms', {dir: 'auto'}, pieces.map((p) => (p.kind === 'free-text' ? p.text : h('span.span', {class: p.kind, title: word('span', p.kind)}, p.text)))),
		kinds.length ? h('ul.legend', kinds.map((k) => h('li', h('span.span', {class: k, 'aria-hidden': 'true'}, 'Aa'), word('span', k)))) : null,
		(a.mends || []).length ? h('ul.mends', a.mends.map((m) => {
			const rule = m.rule || m;
			return h('li', icon('note'), h('span', has(`mend.${rule}`) ? t(`mend.${rule}`) : rule, m.from ? [' ', h('code', m.from), ' → ', h('code', m.to)] : null));
		})) : null,
		(a.unknown || []).length ? h('p', t('alert.unknown'), ' ', a.unknown.map((u, i) => [i ? ', ' : '', h('bdi.code', u)])) : null);
}

export function readings(a) {
	const list = a.readings || [];
	if (!list.length) return section(t('alert.readings'), h('p.muted', t('alert.readings.none')));
	const others = (a.other_sheets || []).map((s) => h('p.notice', icon('sheet'), h('span', t('alert.othersheet', {sheet: `${s.sheet} ${s.version}`}), ' ',
		s.readings.map((r) => `${r.event || '–'} ${r.event_name || ''} · ${r.place || '–'} ${r.place_name || ''}`).join('; '))));
	return section(list.length > 1 ? t('alert.readings.many', {n: list.length}) : t('alert.readings'),
		list.length > 1 ? h('p.hint', t('alert.readings.why')) : null,
		h('ol.readings', list.map((r) => h('li', r.severity ? severityMark(r.severity) : null, h('span', h('b', r.event ? `${r.event} ${r.event_name || ''}` : t('event.undecoded')), ' ',
			r.place ? h('span', `${r.place} ${r.place_name || ''}`) : h('span.muted', t('place.unknown')), ' ', Number.isInteger(r.count) ? `× ${r.count}` : '',
			r.place_unverified ? pill(t('alert.unverified'), 'flag') : null)))), others);
}

export function why(a) {
	const g = a.grade || '';
	return section(t('alert.why'),
		(a.rules || []).length ? [h('p', t('alert.rules')), h('ul.rules', a.rules.map((r) => h('li', icon('rules'), h('bdi', r.name || r))))] : h('p.muted', t('alert.rules.none')),
		g ? h('p', h('b.grade', g), ' ', t(`grade.source.${g[0]}`), ' ', t(`grade.info.${g[1]}`)) : null,
		a.source?.reporter ? h('p', t('alert.reporter', {id: String(a.source.reporter)})) : null, (a.notes || []).map((n) => h('p.hint', n.text)),
		h('p', t('alert.queue', {queue: word('queue', a.queue)}), a.oversight ? ` ${t('alert.oversight', {queue: word('queue', a.oversight)})}` : ''),
		(a.shares || []).length ? [h('p', t('alert.shares')), h('ul.plain', a.shares.map((s) => h('li', pill(word('section', s.section)), ' ', word('level', s.level))))] : null,
		a.notify ? h('p', t('alert.notify', {who: word('notify', a.notify)})) : null);
}

export function neighbours(a) {
	const list = a.neighbours || [];
	return section(t('alert.neighbours'), a.reporters > 1 ? h('p', t('row.reporters', {n: a.reporters})) : null,
		list.length ? h('ul.near', list.map((n) => h('li', severityMark(n.severity), h('a', {href: `#/queue/${n.id}`}, `${n.event_name || n.event || '–'} · ${n.place_name || n.place || '–'}`),
			h('span.muted', t(`near.${n.why}`)), age(n.received_at), statePill(n)))) : h('p.muted', t('near.none')));
}

// Steps that experience asks for before one believes a report. Ticking one writes a note, so that all see who did what.
const CHECKS = ['second', 'place', 'pattern', 'contact', 'danger'];
export function verification(a, addNote) {
	const done = new Map();
	for (const s of a.history || []) {
		const m = /^\[✓ (\w+)\]/.exec(s.note || '');
		if (m) done.set(m[1], s);
	}
	if (a.state === 'closed' && !done.size) return null;
	return section(t('verify.title'), h('p.hint', t('verify.text')), h('ul.checks', CHECKS.map((c) => {
		const s = done.get(c);
		return h('li', checkbox(t(`verify.${c}`), {checked: Boolean(s), disabled: Boolean(s) || !(a.actions || []).includes('note'),
			onchange: (e) => { e.target.disabled = true; addNote(`[✓ ${c}] ${t(`verify.${c}`)}`); }}), s ? h('span.muted', `${s.officer}, ${moment(s.at)}`) : null);
	})));
}

export function reply(a, send) {
	const duress = (a.flags || []).includes('duress');
	// A station that does not say whether it may leaves it to its refusal; under duress nobody is ever asked.
	if (duress || a.no_contact || a.may_reply === false) return section(t('reply.title'), h('p.muted', t(duress ? 'reply.duress' : a.no_contact ? 'alert.nocontact' : 'reply.no')));
	const left = h('span.muted', {'aria-live': 'off'});
	const text = h('textarea', {name: 'text', rows: 2, maxlength: 160, dir: 'auto', required: true, oninput: () => { left.textContent = t('reply.left', {n: 160 - text.value.length}); }});
	const flash = checkbox(t('reply.flash'), {name: 'flash', checked: true});
	const form = h('form.stack', {onsubmit: async (e) => {
		e.preventDefault();
		const b = one('button', form);
		b.disabled = true;
		try { await send(text.value.trim(), one('input', flash).checked); } catch (x) { failed(x); }
		b.disabled = false;
	}}, field(t('reply.text'), text, {hint: t('reply.hint')}), h('div.row.spread', flash, left), h('div', button(t('action.reply'), {icon: 'send', type: 'submit'})));
	return section(t('reply.title'), a.reply_window_until ? h('p.hint', t('reply.until', {at: moment(a.reply_window_until)})) : null, form);
}

export function history(a) {
	const list = [...(a.history || [])].reverse();
	return section(t('alert.history'), h('ol.history', list.map((s) => h('li', h('div', h('b', s.officer), ' ', word('did', s.action), s.detail ? [' ', h('bdi', word(s.action === 'close' ? 'outcome' : 'queue', s.detail))] : null,
		h('span.muted', moment(s.at))), s.note ? h('p.note', {dir: 'auto'}, s.note.replace(/^\[✓ \w+\] /, '✓ ')) : null)),
	h('li', h('div', t('alert.arrived'), h('span.muted', moment(a.received_at))))));
}
