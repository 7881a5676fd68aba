// SPDX-License-Identifier: GPL-2.0-or-later
// Who may read what, and who is logged in.

import {h, fill} from './dom.js';
import {t, word} from './i18n.js';
import {get, may, post, session} from './api.js';
import {ask, button, checkbox, confirm, failed, field, iconButton, input, pill, select, table, toast} from './ui.js';
import {frame} from './page.js';
import {sessionsPanel} from './sessions.js';

const ROLES = ['officer', 'supervisor', 'administrator', 'auditor'];

export async function page(root) {
	const admin = may('administrator');
	const page = await frame(root, t('people.title'), t('people.text'), admin ? button(t('people.add'), {kind: 'primary', icon: 'plus', onclick: add}) : null);
	const list = h('section.panel');
	const queues = () => [...new Set([...(session.all_queues || []), ...(session.queues || [])])];
	page.append(list, await sessionsPanel());

	async function say(path, body, done) {
		try {
			await post(`people/${path}`, body);
			toast(done);
			await draw();
		} catch (e) { failed(e); }
	}
	async function add() {
		const boxes = queues().map((q) => checkbox(word('queue', q), {name: `queue.${q}`, value: q}));
		const v = await ask({title: t('people.add'), ok: t('people.add'), fields: [field(t('people.name'), input({name: 'name', required: true, maxlength: 31, autocapitalize: 'none', spellcheck: 'false'})),
			field(t('people.role'), select(ROLES.map((r) => [r, word('role', r)]), {name: 'role'})), field(t('people.password'), input({name: 'password', type: 'password', required: true, autocomplete: 'new-password'}), {hint: t('password.hint')}),
			h('fieldset', h('legend', t('people.queues')), boxes)]});
		if (v) await say('add', {name: v.name.trim(), role: v.role, password: v.password, queues: Object.keys(v).filter((k) => k.startsWith('queue.')).map((k) => k.slice(6))}, t('people.added', {name: v.name}));
	}
	async function grant(p) {
		const v = await ask({title: t('people.grant'), fields: [field(t('people.queue'), select(queues().filter((q) => !(p.queues || []).includes(q)).map((q) => [q, word('queue', q)]), {name: 'queue', required: true}))]});
		if (v?.queue) await say('grant', {name: p.name, queue: v.queue}, t('people.granted'));
	}
	async function revoke(p) {
		if (await confirm(t('people.revoke'), t('people.revoke.sure', {name: p.name}), t('people.revoke'), 'danger')) await say('revoke', {name: p.name}, t('people.revoke.done', {name: p.name}));
	}
	async function draw() {
		const all = await get('people');
		fill(list, h('h2', t('people.title')), table([{head: t('people.name'), cell: (p) => h('b', p.name)}, {head: t('people.role'), cell: (p) => word('role', p.role)},
			{head: t('people.queues'), cell: (p) => h('span.row.tight', (p.queues || []).map((q) => h('span.pill', word('queue', q), admin && !p.revoked ? iconButton('close', t('people.ungrant', {queue: word('queue', q)}), () => say('ungrant', {name: p.name, queue: q}, t('people.ungranted')), {class: 'tiny'}) : null)))},
			{head: t('people.totp'), cell: (p) => (p.totp ? t('ui.yes') : t('ui.no'))}, {head: t('people.state'), cell: (p) => pill(p.revoked ? t('people.revoked') : t('people.active'), p.revoked ? '' : 'state-responded')},
			...(admin ? [{head: t('people.actions'), cell: (p) => (p.revoked ? '' : h('span.row', button(t('people.grant'), {kind: 'small', 'aria-label': `${t('people.grant')}: ${p.name}`, onclick: () => grant(p)}),
				p.name === session.name ? null : button(t('people.revoke'), {kind: 'small', 'aria-label': `${t('people.revoke')}: ${p.name}`, onclick: () => revoke(p)})))}] : [])], all, {caption: t('people.title')}));
	}
	await draw();
	return {};
}
