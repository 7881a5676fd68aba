// SPDX-License-Identifier: GPL-2.0-or-later
// The sections of the mission: their feeds and tokens, who has read what and when.

import {h, fill} from './dom.js';
import {t, word, moment, percent} from './i18n.js';
import {get, may, post} from './api.js';
import {button, confirm, empty, failed, pill, section, show, table, toast} from './ui.js';
import {frame} from './page.js';

const FEEDS = ['alerts.json', 'cap.xml', 'alerts.geojson', 'alerts.csv'];

export async function page(root) {
	const page = await frame(root, t('sections.title'), t('sections.text')), list = h('div.columns.wide');
	page.append(list);

	async function newToken(s) {
		try {
			const {token} = await post('sections/token', {section: s.name});
			const box = h('p.secret', token);
			show(t('sections.token.title', {section: word('section', s.name)}), h('p', t('sections.token.text')), box,
				h('div.row.end', button(t('ui.copy'), {onclick: () => navigator.clipboard?.writeText(token).catch(() => {})}))).addEventListener('close', () => fill(box));
			await draw();
		} catch (e) { failed(e); }
	}
	async function revoke(s, id) {
		if (!await confirm(t('sections.revoke'), t('sections.revoke.sure'), t('sections.revoke'), 'danger')) return;
		try {
			await post('sections/revoke', {section: s.name, id});
			toast(t('sections.revoked'));
			await draw();
		} catch (e) { failed(e); }
	}
	const figure = (n, label, kind) => h('div.figure', {class: kind}, h('b', n), h('span', label));

	function one(s) {
		const bar = h('progress', {max: Math.max(1, s.items), value: s.read, 'aria-label': t('sections.read')});
		return h('section.panel', {data: {section: s.name}}, h('header.row.spread', h('h2', word('section', s.name)), pill(word('side', s.side))),
			h('div.figures', figure(s.items, t('sections.items')), figure(s.read, t('sections.read')), figure(s.unread, t('sections.unread'), s.unread ? 'late' : null), s.items ? figure(percent(s.read / s.items), t('sections.read')) : null),
			bar, h('p.muted', t('sections.last'), ' : ', s.last_read_at ? moment(s.last_read_at) : t('sections.never')),
			h('h3', t('sections.tokens')), (s.tokens || []).length ? h('ul.plain', s.tokens.map((k) => h('li.row', k.revoked ? pill(t('sections.revoked')) : null, t('sections.token.made', {at: moment(k.made_at)}),
				h('span.muted', k.last_used_at ? t('sections.token.used', {at: moment(k.last_used_at)}) : t('sections.token.unused')),
				!k.revoked && may('administrator') ? button(t('sections.revoke'), {kind: 'small', onclick: () => revoke(s, k.id)}) : null))) : h('p.muted', t('sections.tokens.none')),
			may('administrator') ? h('div', button(t('sections.token.new'), {icon: 'key', onclick: () => newToken(s)})) : null,
			h('details', h('summary', t('sections.feeds')), h('p.hint', t('sections.feeds.text')), h('ul.plain', FEEDS.map((f) => h('li', h('code', `/feeds/${s.name}/${f}`))))),
			h('details', h('summary', t('sections.detail')), table([{head: t('sections.alert'), cell: (i) => h('a', {href: `#/queue/${i.alert_id}`}, String(i.alert_id))}, {head: t('sections.level'), cell: (i) => word('level', i.level)},
				{head: t('sections.shared'), cell: (i) => moment(i.at)}, {head: t('sections.readat'), cell: (i) => (i.read_at ? moment(i.read_at) : pill(t('sections.unread'), 'escalated'))}], s.items_detail || [], {caption: t('sections.detail')})));
	}
	async function draw() {
		const all = await get('sections');
		fill(list, all.length ? all.map(one) : empty(t('sections.none')));
	}
	await draw();
	return {};
}
