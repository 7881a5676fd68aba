// SPDX-License-Identifier: GPL-2.0-or-later
// The audit chain as it stands: who did what, when; its head, to be compared with the paper of the custodians.

import {h, fill} from './dom.js';
import {t, word, moment} from './i18n.js';
import {get, query} from './api.js';
import {button, failed, section, table} from './ui.js';
import {frame} from './page.js';

export async function page(root) {
	const page = await frame(root, t('audit.title'), t('audit.text')), head = h('code.head'), list = h('section.panel'), more = h('div.more');
	let all = [];
	page.append(section(t('audit.head'), head), list, more);
	async function load(after) {
		const r = await get(`audit${query({after})}`), got = [...(r.records || [])].sort((a, b) => b.seq - a.seq);
		all = after ? [...all, ...got] : got;
		head.textContent = r.head || '–';
		fill(list, h('h2', t('audit.title')), table([{head: t('audit.seq'), class: 'n', cell: (x) => String(x.seq)}, {head: t('audit.at'), cell: (x) => moment(x.at)}, {head: t('audit.kind'), cell: (x) => word('audit', x.kind)}, {head: t('audit.actor'), cell: (x) => x.actor || '–'},
			{head: t('audit.detail'), cell: (x) => h('span', {dir: 'auto'}, typeof x.detail === 'object' && x.detail ? JSON.stringify(x.detail) : x.detail || '')}], all, {caption: t('audit.title'), empty: t('audit.none')}));
		const last = all[all.length - 1], next = r.next ?? (got.length && last.seq > 1 ? last.seq : null);
		fill(more, next && got.length >= 20 ? button(t('audit.more'), {onclick: () => load(next).catch(failed)}) : null);
	}
	await load();
	return {};
}
