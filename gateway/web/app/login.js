// SPDX-License-Identifier: GPL-2.0-or-later
// The way in: name, password, code; and the first run, which makes the first officer from the code that `tama init` printed.

import {h, fill, one} from './dom.js';
import * as i18n from './i18n.js';
import {t, has} from './i18n.js';
import {post} from './api.js';
import {button, field, input} from './ui.js';
import {icon} from './icons.js';
import {svg} from './dom.js';

const drum = () => svg('svg', {viewBox: '0 0 32 32', class: 'drum', 'aria-hidden': 'true'}, svg('path', {d: 'M7 4h18l-6.500 12L25 28H7l6.500-12z'}),
	svg('path', {d: 'M10 4l5 12-5 12M22 4l-5 12 5 12M16 4v24'}));

function page(root, station, ...content) {
	document.title = t('login.title');
	fill(root, h('main.way-in', {id: 'main'}, h('div.card',
		h('header', drum(), h('div', h('p.brand', 'Tama'), h('p.muted', station.name || t('login.station')))),
		station.demo ? h('p.notice', icon('warn'), h('span', t('login.demo'))) : null, content),
	h('footer.row', ['fr', 'en'].map((l) => h('button.link', {type: 'button', lang: l, 'aria-pressed': String(i18n.lang === l), onclick: async () => {
		await i18n.load(l);
		page.again();
	}}, l === 'fr' ? 'Français' : 'English')))));
}

function submitting(form, wrong, send) {
	form.addEventListener('submit', async (e) => {
		e.preventDefault();
		const go = one('button[type=submit]', form);
		if (go.disabled) return;
		go.disabled = true;
		form.setAttribute('aria-busy', 'true');
		fill(wrong);
		try {
			await send(Object.fromEntries(new FormData(form)));
		} catch (x) {
			fill(wrong, icon('warn'), h('span', x.body?.retry_after_s ? `${x.message} ${t('login.wait', {n: x.body.retry_after_s})}` : x.message));
		}
		form.removeAttribute('aria-busy');
		go.disabled = false;
	});
	return form;
}

function firstRun(root, state, done) {
	page.again = () => firstRun(root, state, done);
	const wrong = h('p.wrong', {role: 'alert'});
	const form = h('form.stack', h('h1', t('first.title')), h('p.muted', t('first.text')), wrong,
		field(t('first.code'), input({name: 'code', required: true, autocapitalize: 'characters', spellcheck: 'false'}), {hint: t('first.code.hint')}),
		field(t('login.name'), input({name: 'name', required: true, autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', maxlength: 31})),
		field(t('login.password'), input({name: 'password', type: 'password', required: true, autocomplete: 'new-password'}), {hint: t('password.hint')}),
		field(t('password.again'), input({name: 'again', type: 'password', required: true, autocomplete: 'new-password'})),
		button(t('first.make'), {type: 'submit', kind: 'primary big'}));
	page(root, state.station, submitting(form, wrong, async ({again, ...v}) => {
		if (again !== v.password) throw new Error(t('password.differ'));
		await post('first-run', v);
		await done();
	}));
	one('input', form).focus();
}

export function loginPage(root, state, done) {
	if (state.first_run && !state.past) return firstRun(root, state, done);
	page.again = () => loginPage(root, state, done);
	const wrong = h('p.wrong', {role: 'alert'});
	const why = state.reason && has(`ended.${state.reason}`) ? t(`ended.${state.reason}`) : null;
	const code = input({name: 'totp', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 8});
	const codeField = field(t('login.totp'), code, {hint: t('login.totp.hint')});
	codeField.hidden = true;
	const form = h('form.stack', h('h1', t('login.title')), why ? h('p.notice', {role: 'status'}, icon('lock'), h('span', why)) : null, wrong,
		field(t('login.name'), input({name: 'name', required: true, autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', maxlength: 31, value: state.name || ''})),
		field(t('login.password'), input({name: 'password', type: 'password', required: true, autocomplete: 'current-password'})),
		codeField, button(t('login.go'), {type: 'submit', kind: 'primary big'}));
	page(root, state.station, submitting(form, wrong, async (v) => {
		if (codeField.hidden) delete v.totp;
		try {
			await post('login', v);
		} catch (e) {
			if (e.error !== 'totp') throw e;
			const first = codeField.hidden;
			codeField.hidden = false;
			code.required = true;
			code.focus();
			if (first) return;
			throw e;
		}
		await done();
	}));
	one(state.name ? 'input[type=password]' : 'input', form).focus();
	return form;
}
