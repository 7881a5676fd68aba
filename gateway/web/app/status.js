// SPDX-License-Identifier: GPL-2.0-or-later
// The station itself: locked or not, modems, processes.

import {h, fill} from './dom.js';
import {t, word, number} from './i18n.js';
import {get} from './api.js';
import {icon} from './icons.js';
import {failed, pill, section, table} from './ui.js';
import {frame} from './page.js';

const EVERY_MS = 10000;

export async function page(root) {
	const page = await frame(root, t('status.title'), t('status.text')), body = h('div.page');
	page.append(body);
	const figure = (n, label, kind) => h('div.figure', {class: kind}, h('b', n), h('span', label));
	const raw = h('pre.raw', {tabindex: '0', role: 'region', 'aria-label': t('status.raw')}), details = h('details', h('summary', t('status.raw')), raw);
	const bytes = (n) => (n > 1e9 ? `${number(n / 1e9, 1)} GB` : `${number(n / 1e6)} MB`);
	async function draw(background = false) {
		const s = await get('status', {background}), disk = s.disk_free_bytes ?? s.disk_free ?? s.disk?.free_bytes;
		fill(body, h('p.notice', {class: s.locked ? 'bad' : 'fine'}, icon(s.locked ? 'lock' : 'check'), h('b', t(s.locked ? 'status.locked' : 'status.unlocked')), s.locked ? h('span', t('banner.locked')) : null),
			h('section.panel', h('div.figures', figure(number(s.received ?? 0), t('status.received')), figure(number(s.triaged ?? 0), t('status.triaged')), figure(number(s.spool_depth ?? 0), t('status.depth'), s.spool_depth ? 'late' : null),
				figure(number(s.rejected ?? 0), t('status.rejected')), disk ? figure(bytes(disk), t('status.disk')) : null)),
			section(t('status.modems'), table([{head: t('status.modem'), cell: (m) => h('b', m.name)}, {head: t('status.state'), cell: (m) => pill(word('modemstate', m.state), m.state === 'running' ? 'state-responded' : 'escalated')}, {head: t('status.signal'), cell: (m) => m.signal ?? m.signal_percent ?? '–'},
				{head: t('status.network'), cell: (m) => m.network ?? '–'}, {head: t('status.slots'), class: 'n', cell: (m) => (m.slots ? `${m.slots_used ?? 0}/${m.slots}` : m.slots_used ?? '–')}, {head: t('status.restarts'), class: 'n', cell: (m) => m.restarts}], s.modems || [], {caption: t('status.modems')})),
			section(t('status.processes'), table([{head: t('status.process'), cell: (p) => h('b', p.name)}, {head: t('status.state'), cell: (p) => pill(t(p.ready ? 'status.ready' : 'status.notready'), p.ready ? 'state-responded' : 'escalated')}, {head: t('status.pid'), class: 'n', cell: (p) => String(p.pid)},
				{head: t('status.restarts'), class: 'n', cell: (p) => p.restarts}], s.processes || [], {caption: t('status.processes')})), details);
		raw.textContent = JSON.stringify(s, null, 2);
	}
	await draw();
	const timer = setInterval(() => { if (!document.hidden && !body.contains(document.activeElement)) draw(true).catch(failed); }, EVERY_MS);
	return {leave: () => clearInterval(timer)};
}
