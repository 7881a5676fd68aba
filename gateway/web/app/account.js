// SPDX-License-Identifier: GPL-2.0-or-later
// What an officer sets for themself: display, sound, password, duress password, one-time codes.

import {h, fill, one} from './dom.js';
import {t} from './i18n.js';
import {post, remember, session} from './api.js';
import {button, checkbox, failed, field, input, section, select, toast, ask} from './ui.js';
import {frame} from './page.js';
import {sessionsPanel} from './sessions.js';
import * as sound from './sound.js';

function passwordForm(fields, label, send) {
	const wrong = h('p.wrong', {role: 'alert'});
	const form = h('form.stack', {onsubmit: async (e) => {
		e.preventDefault();
		fill(wrong);
		const v = Object.fromEntries(new FormData(form));
		if (v.new !== v.again) { fill(wrong, t('password.differ')); return; }
		try { await send(v); form.reset(); } catch (x) { fill(wrong, x.message); }
	}}, input({type: 'text', autocomplete: 'username', value: session.name, hidden: true, 'aria-hidden': 'true', tabindex: '-1'}), fields, wrong, h('div', button(label, {type: 'submit', kind: 'primary'})));
	return form;
}
const secret = (label, name, complete, hint) => field(label, input({type: 'password', name, required: true, autocomplete: complete}), {hint});

export async function page(root) {
	const page = await frame(root, t('account.title'));
	const theme = select([['auto', t('account.theme.auto')], ['dark', t('account.theme.dark')], ['light', t('account.theme.light')]], {value: remember('theme') || 'auto', onchange: () => {
		remember('theme', theme.value);
		if (theme.value === 'auto') delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme.value;
	}});
	const from = select([['5', t('account.sound.5')], ['4', t('account.sound.4')]], {value: String(sound.least()), onchange: () => remember('sound-from', from.value)});
	const letters = checkbox(t('account.keys'), {checked: remember('keys') !== 'off', onchange: (e) => remember('keys', e.target.checked ? 'on' : 'off')});
	const totp = h('div.stack');

	function drawTotp() {
		fill(totp, h('p', t(session.totp ? 'account.totp.on' : 'account.totp.off')), h('div', session.totp ? button(t('account.totp.end'), {onclick: off}) : button(t('account.totp.begin'), {onclick: () => begin().catch(failed)})));
	}
	async function off() {
		const v = await ask({title: t('account.totp.end'), ok: t('account.totp.end'), fields: [secret(t('login.password'), 'password', 'current-password')]});
		if (!v) return;
		try { await post('totp/off', v); session.totp = false; toast(t('account.totp.ended')); drawTotp(); } catch (e) { failed(e); }
	}
	async function begin() {
		const b = await post('totp/begin'), wrong = h('p.wrong', {role: 'alert'});
		const form = h('form.stack', {onsubmit: async (e) => {
			e.preventDefault();
			try { await post('totp/confirm', {code: one('input', form).value.trim()}); session.totp = true; toast(t('account.totp.done')); drawTotp(); } catch (x) { fill(wrong, x.message); }
		}}, h('p', t('account.totp.scan')), b.qr_svg ? h('img.qr', {alt: t('account.totp.qr'), src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(b.qr_svg)}`}) : null, h('code.secret-text', b.secret_base32),
		field(t('account.totp.code'), input({inputmode: 'numeric', autocomplete: 'one-time-code', required: true, maxlength: 8})), wrong, h('div', button(t('account.totp.confirm'), {type: 'submit', kind: 'primary'})));
		fill(totp, form);
		one('input', form).focus();
	}
	drawTotp();
	page.append(h('div.columns',
		section(t('account.display'), field(t('account.theme'), theme), field(t('account.sound'), from), h('div.row', button(t('account.sound.try'), {icon: 'sound', onclick: () => sound.play()}), letters)),
		section(t('account.totp'), totp),
		section(t('account.password'), passwordForm([secret(t('account.old'), 'old', 'current-password'), secret(t('account.new'), 'new', 'new-password', t('password.hint')), secret(t('password.again'), 'again', 'new-password')], t('account.change'),
			async (v) => { await post('password', {old: v.old, new: v.new}); toast(t('account.changed')); })),
		section(t('account.duress'), h('p.hint', t('account.duress.text')), passwordForm([secret(t('account.old'), 'old', 'current-password'), secret(t('account.duress.new'), 'new', 'new-password'), secret(t('password.again'), 'again', 'new-password')], t('account.duress.set'),
			async (v) => { await post('password', {old: v.old, new: v.old, duress: v.new}); toast(t('account.duress.done')); }))),
	await sessionsPanel());
	return {};
}
