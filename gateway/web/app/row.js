// SPDX-License-Identifier: GPL-2.0-or-later
// One alert as a line of the queue, and the order of lines: what must be done next comes first.

import {h} from './dom.js';
import {icon} from './icons.js';
import {t} from './i18n.js';
import {session} from './api.js';
import {age, deadline, flagPill, pill, severity, statePill} from './ui.js';

// The station orders; this puts what comes live where the station would have put it.
export function before(a, b) {
	const closed = (x) => (x.state === 'closed' ? 1 : 0), due = (x) => (x.deadline_at ? Date.parse(x.deadline_at) : Infinity);
	return closed(a) - closed(b) || b.severity - a.severity || (due(a) === due(b) ? 0 : due(a) - due(b)) ||
		Date.parse(a.received_at) - Date.parse(b.received_at) || a.id - b.id;
}

export const eventName = (a) => a.event_name || a.event || ((a.flags || []).includes('beep') ? t('event.beep') : t('event.undecoded'));
export const placeName = (a) => a.place_name || a.place || t('place.unknown');

export function people(a) {
	const others = (a.viewers || []).filter((v) => v !== session.name);
	return [
		a.assignee ? h('span.person', {class: a.assignee === session.name ? 'me' : null}, icon('account'), a.assignee === session.name ? t('row.mine') : a.assignee) : null,
		others.length ? h('span.person.viewing', {title: t('row.viewing', {who: others.join(', ')})}, icon('eye'), others.join(', ')) : null];
}

export function row(a, on) {
	const flags = (a.flags || []).filter((f) => f !== 'expired');
	const label = `alert-${a.id}`;
	const el = h('li.alert-row', {class: `s${a.severity}`, data: {id: a.id}},
		h('label.pick', h('input', {type: 'checkbox', checked: on.picked(a.id), 'aria-labelledby': label, onchange: (e) => on.pick(a.id, e.target.checked)})),
		h('a.alert-link', {href: `#/queue/${a.id}`, id: label},
			severity(a.severity),
			h('span.what', h('b', a.unread ? [h('span.visually-hidden', t('row.unread')), h('span.unread-dot', {'aria-hidden': 'true'})] : null, eventName(a)), ' ', h('span.where', placeName(a)),
				Number.isInteger(a.count) ? h('span.count', {title: t('row.count')}, `× ${a.count}`) : null),
			h('span.sub', h('span.code', [a.event, a.place].filter(Boolean).join(' ')),
				a.area && a.area !== a.place_name ? h('span.area', a.area) : null,
				a.reporters > 1 ? h('span', t('row.reporters', {n: a.reporters})) : null,
				a.grade ? h('span.grade', {title: t(`grade.info.${a.grade[1]}`)}, a.grade) : null,
				a.text ? h('q.text', {dir: 'auto'}, a.text) : null)),
		h('span.state', statePill(a), a.escalated ? pill(a.escalated > 1 ? `${t('row.escalated')} × ${Number(a.escalated)}` : t('row.escalated'), 'escalated') : null, flags.map(flagPill),
			a.refers_as ? pill(t(`refers.${a.refers_as}`), 'refers') : null),
		h('span.when', deadline(a), age(a.received_at)),
		h('span.people', people(a)),
		a.others > 0 ? h('button.unfold', {type: 'button', 'aria-expanded': 'false', onclick: () => on.unfold(a, el)}, icon('down'), t('row.others', {n: a.others})) : null);
	el.classList.toggle('unread', Boolean(a.unread));
	el.classList.toggle('overdue', Boolean(a.overdue));
	el.classList.toggle('done', a.state === 'closed');
	el.classList.toggle('open', on.isOpen(a.id));
	el.classList.toggle('fresh', a.state === 'new');
	return el;
}
