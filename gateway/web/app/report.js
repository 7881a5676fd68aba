// SPDX-License-Identifier: GPL-2.0-or-later
// How many alerts got a response, how fast, where: a page, and the same on paper as the weekly report.

import {h, fill} from './dom.js';
import {t, word, date, moment, percent, span, countdown} from './i18n.js';
import {get, now, query, session} from './api.js';
import {button, empty, failed, field, input, loading, section, table} from './ui.js';
import {frame} from './page.js';

const rate = (part, whole) => (whole ? percent(part / whole) : '–');
const time = (s) => (s === null || s === undefined ? '–' : s < 3600 ? span(s) : s < 172800 ? countdown(s) : span(s));

export async function page(root) {
	const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);
	const from = input({type: 'date', value: dayOf(now() - 6 * 86400000), onchange: () => draw().catch(failed)}), to = input({type: 'date', value: dayOf(now()), onchange: () => draw().catch(failed)});
	const page = await frame(root, t('report.title'), t('report.text'), field(t('report.from'), from), field(t('report.to'), to), button(t('report.print'), {icon: 'print', onclick: () => print()}));
	const body = h('div.page.report', loading());
	page.append(body);
	const figure = (n, label, kind) => h('div.figure', {class: kind}, h('b', n), h('span', label));

	async function draw() {
		const r = await get(`report${query({from: from.value, to: to.value})}`), a = r.totals || {};
		const bar = (x) => h('progress', {max: 1, value: x.alerts ? x.responded / x.alerts : 0, 'aria-label': t('report.rate')});
		if (!a.alerts) { fill(body, empty(t('report.none'))); return; }
		fill(body, h('header.report-head', h('h2', t('report.heading', {from: date(from.value), to: date(to.value)})), h('p.muted', t('report.station', {name: session.station?.name || ''}))),
			h('section.panel', h('div.figures', figure(a.alerts, t('report.alerts')), figure(rate(a.acknowledged, a.alerts), t('report.ackrate')), figure(rate(a.responded, a.alerts), t('report.resprate')),
				figure(time(a.median_ack_s), t('report.medack')), figure(time(a.median_respond_s), t('report.medresp')), figure(a.overdue ?? 0, t('report.overdue'), a.overdue ? 'late' : null))),
			section(t('report.areas'), table([{head: t('report.area'), cell: (x) => ((x.name || '').startsWith('(') ? t('report.few') : x.name || x.area || t('place.unknown'))}, {head: t('report.alerts'), class: 'n', cell: (x) => x.alerts}, {head: t('report.acked'), class: 'n', cell: (x) => x.acknowledged},
				{head: t('report.responded'), class: 'n', cell: (x) => x.responded}, {head: t('report.closed'), class: 'n', cell: (x) => x.closed}, {head: t('report.rate'), cell: (x) => h('span.rate', bar(x), rate(x.responded, x.alerts))},
				{head: t('report.ack50'), class: 'n', cell: (x) => time(x.median_ack_s)}, {head: t('report.ack90'), class: 'n', cell: (x) => time(x.p90_ack_s)}, {head: t('report.resp50'), class: 'n', cell: (x) => time(x.median_respond_s)},
				{head: t('report.overdue'), class: 'n', cell: (x) => x.overdue ?? 0}], r.areas || [], {caption: t('report.areas')})),
			h('div.columns', section(t('report.sections'), table([{head: t('report.section'), cell: (x) => word('section', x.name ?? x.section)}, {head: t('sections.items'), class: 'n', cell: (x) => x.items ?? x.alerts ?? '–'}, {head: t('sections.read'), class: 'n', cell: (x) => x.read ?? '–'},
				{head: t('sections.unread'), class: 'n', cell: (x) => x.unread ?? ((x.items ?? 0) - (x.read ?? 0))}], r.sections || [], {caption: t('report.sections')})),
			section(t('report.outcomes'), table([{head: t('report.outcome'), cell: ([k]) => word('outcome', k)}, {head: t('report.number'), class: 'n', cell: ([, n]) => n}], Object.entries(r.outcomes || {}), {caption: t('report.outcomes')}))),
			h('p.muted', t('report.made', {at: moment(new Date(now()).toISOString()), who: session.name})));
	}
	await draw();
	return {};
}
