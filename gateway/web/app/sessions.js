// SPDX-License-Identifier: GPL-2.0-or-later
import {h, fill} from './dom.js';
import {t, moment} from './i18n.js';
import {get, post} from './api.js';
import {button, failed, pill, section, table, toast} from './ui.js';

export async function sessionsPanel() {
	const box = h('div'), el = section(t('sessions.title'), box);
	async function end(id) {
		try {
			await post('sessions/end', {id});
			toast(t('sessions.ended'));
			await draw();
		} catch (e) { failed(e); }
	}
	async function draw() {
		fill(box, table([{head: t('people.name'), cell: (s) => [s.name, ' ', s.this ? pill(t('sessions.this'), 'state-acknowledged') : null]}, {head: t('sessions.since'), cell: (s) => moment(s.since)}, {head: t('sessions.seen'), cell: (s) => moment(s.seen)},
			{head: t('sessions.address'), cell: (s) => s.address || '–'}, {head: t('people.actions'), cell: (s) => (s.this ? '' : button(t('sessions.end'), {kind: 'small', 'aria-label': `${t('sessions.end')}: ${s.name}`, onclick: () => end(s.id)}))}],
		await get('sessions'), {caption: t('sessions.title')}));
	}
	await draw();
	return el;
}
