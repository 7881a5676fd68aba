// SPDX-License-Identifier: GPL-2.0-or-later
// What every page is made of: badges, buttons, fields, dialogs, messages, and times that move by themselves.

import {h, fill, one, uid} from './dom.js';
import {icon} from './icons.js';
import * as i18n from './i18n.js';
import {t, word} from './i18n.js';
import {now} from './api.js';

// Severity is a colour, a shape, a digit and a word: any one of them is enough.
export const severityMark = (n) => h('span.mark', {class: `s${n}`, 'aria-hidden': 'true'}, h('b', n));
export const severity = (n) => h('span.severity', {class: `s${n}`}, severityMark(n), h('span.severity-word', t(`severity.${n}`)));
export const pill = (text, kind = '') => h('span.pill', {class: kind}, text);
export const statePill = (a) => pill(a.outcome ? `${word('state', a.state)} · ${word('outcome', a.outcome)}` : word('state', a.state), `state-${a.state}`);
export const flagPill = (f) => h('span.pill.flag', {class: `flag-${f}`, title: i18n.has(`flagwhy.${f}`) ? t(`flagwhy.${f}`) : null}, word('flag', f));

export function button(label, {kind = '', icon: name, onclick, type = 'button', key, ...rest} = {}) {
	return h('button.button', {class: kind, type, onclick, 'aria-keyshortcuts': key, ...rest},
		name ? icon(name) : null, h('span', label), key ? h('kbd', {'aria-hidden': 'true'}, key) : null);
}
export const iconButton = (name, label, onclick, rest = {}) =>
	h('button.icon-button', {type: 'button', 'aria-label': label, title: label, onclick, ...rest}, icon(name));

export function field(label, control, {hint, wide} = {}) {
	const id = control.id || (control.id = uid('f'));
	if (hint) control.setAttribute('aria-describedby', `${id}h`);
	return h('div.field', {class: wide ? 'wide' : null}, h('label', {for: id}, label), control, hint ? h('p.hint', {id: `${id}h`}, hint) : null);
}
export const input = (props = {}) => h('input', {type: 'text', autocomplete: 'off', ...props});
export const select = (options, props = {}) => {
	const el = h('select', props, options.map(([value, text]) => h('option', {value}, text)));
	if (props.value !== undefined) el.value = props.value;
	return el;
};
export const checkbox = (label, props = {}) => h('label.check', h('input', {type: 'checkbox', ...props}), h('span', label));

export function toast(text, kind = '') {
	const el = h('div.toast', {class: kind}, icon(kind === 'bad' ? 'warn' : 'check'), h('span', text));
	one('#toasts').append(el);
	setTimeout(() => el.remove(), kind === 'bad' ? 9000 : 4500);
}
export const shout = (text) => fill(one('#shout'), text);
export const failed = (e) => { if (e.status !== 401) toast(e.message, 'bad'); if (!('status' in e)) console.error(e); };

export const empty = (title, text) => h('div.empty', h('p.empty-title', title), text ? h('p', text) : null);
export const loading = () => h('p.loading', {'aria-busy': 'true'}, t('ui.loading'));
export const problem = (e, again) => h('div.empty', h('p.empty-title', t('ui.failed')), h('p', e.message),
	again ? button(t('ui.again'), {onclick: again}) : null);

// A question with a form. Resolves with the values, or null when put away. `draw(form)` may return extra elements.
export function ask({title, text, fields = [], ok, kind = 'primary', check}) {
	return new Promise((done) => {
		const id = uid('d'), wrong = h('p.wrong', {role: 'alert'});
		let result = null;
		const form = h('form', {method: 'dialog', onsubmit: (e) => {
			e.preventDefault();
			const values = Object.fromEntries(new FormData(form));
			const complaint = check ? check(values) : null;
			if (complaint) { fill(wrong, complaint); return; }
			result = values;
			dialog.close();
		}},
		h('h2', {id}, title), text ? h('p', text) : null, fields, wrong,
		h('div.row.end', button(t('ui.cancel'), {onclick: () => dialog.close()}), button(ok || t('ui.ok'), {type: 'submit', kind})));
		const dialog = h('dialog', {'aria-labelledby': id}, form);
		dialog.addEventListener('close', () => { dialog.remove(); done(result); });
		document.body.append(dialog);
		dialog.showModal();
		(one('input:not([type=checkbox]):not([type=radio]),textarea,select', form) || one('button.primary,button.danger', form)).focus();
	});
}
export function show(title, ...content) {
	const id = uid('d');
	const dialog = h('dialog', {'aria-labelledby': id}, h('div.row.spread', h('h2', {id}, title),
		iconButton('close', t('ui.close'), () => dialog.close())), content);
	dialog.addEventListener('close', () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
	return dialog;
}
export const confirm = (title, text, ok, kind) => ask({title, text, ok, kind});

// Times that are drawn again by one clock: ages and deadlines.
const moving = new Set();
export function age(iso) {
	const el = h('time.age', {datetime: iso, title: i18n.moment(iso)});
	el.tick = () => { el.textContent = i18n.span((now() - new Date(iso)) / 1000); };
	el.tick();
	moving.add(el);
	return el;
}
export function deadline(a) {
	if (!a.deadline_at || a.state !== 'new') return null; // it is about the acknowledgement
	const at = new Date(a.deadline_at);
	const text = h('span.deadline-time'), el = h('span.deadline', icon('clock'), text);
	el.tick = () => {
		const left = (at - now()) / 1000;
		el.classList.toggle('overdue', left <= 0);
		el.classList.toggle('soon', left > 0 && left < 300);
		text.textContent = left > 0 ? i18n.countdown(left) : t('deadline.late', {span: i18n.span(-left)});
		el.title = t(left > 0 ? 'deadline.until' : 'deadline.was', {at: i18n.moment(a.deadline_at)});
	};
	el.tick();
	moving.add(el);
	return el;
}
setInterval(() => moving.forEach((el) => (el.isConnected ? el.tick() : moving.delete(el))), 1000);

// A table whose columns become labelled lines on a phone.
export function table(columns, rows, {caption, empty: none} = {}) {
	if (!rows.length) return empty(none || t('ui.nothing'));
	return h('div.table-wrap', {tabindex: '0', role: 'region', 'aria-label': caption}, h('table', caption ? h('caption.visually-hidden', caption) : null,
		h('thead', h('tr', columns.map((c) => h('th', {scope: 'col', class: c.class}, c.head)))),
		h('tbody', rows.map((r) => h('tr', {class: r.class_}, columns.map((c) => h('td', {'data-head': c.head, class: c.class}, c.cell(r))))))));
}
export const section = (title, ...kids) => h('section.panel', h('h2', title), kids);
