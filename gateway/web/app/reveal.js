// SPDX-License-Identifier: GPL-2.0-or-later
// Who sent it: hidden, and only custodians together can say. Asks them, follows what they answer, shows a number once.

import {h, fill} from './dom.js';
import {t, word, moment} from './i18n.js';
import {get, post} from './api.js';
import {ask, button, checkbox, failed, field, pill, section, show} from './ui.js';

async function askFor(id, drawn) {
	const values = await ask({title: t('reveal.ask'), text: t('reveal.ask.text'), ok: t('reveal.ask.go'), kind: 'danger', fields: [
		field(t('reveal.reason'), h('textarea', {name: 'reason', rows: 4, required: true, minlength: 10, maxlength: 1000}), {hint: t('reveal.reason.hint')}),
		checkbox(t('reveal.emergency'), {name: 'emergency', value: '1'})]});
	if (!values) return;
	try {
		const r = await post('reveals', {alert_id: id, reason: values.reason.trim(), emergency: Boolean(values.emergency)});
		handOver(r.request);
		await drawn();
	} catch (e) { failed(e); }
}
function handOver(request) {
	if (!request) return;
	const text = h('textarea.mono', {rows: 10, readonly: true, value: request, 'aria-label': t('reveal.request')});
	show(t('reveal.request'), h('p', t('reveal.request.text')), text, h('div.row.end', button(t('ui.copy'), {onclick: () => { text.select(); navigator.clipboard?.writeText(request).catch(() => {}); }})));
	text.focus();
	text.select();
}
async function openOne(r, drawn) {
	const values = await ask({title: t('reveal.open'), text: t('reveal.open.text', {n: r.threshold}), ok: t('reveal.open'), kind: 'danger',
		fields: [field(t('reveal.approvals'), h('textarea.mono', {name: 'approvals', rows: 10, required: true, spellcheck: 'false'}))]});
	if (!values) return;
	const approvals = values.approvals.split(/(?=-----BEGIN )/).map((x) => x.trim()).filter(Boolean);
	try {
		const {number} = await post('reveals/open', {id: r.id, approvals});
		const box = h('p.secret', number);
		show(t('reveal.number'), h('p', t('reveal.number.text')), box).addEventListener('close', () => fill(box));
		await drawn();
	} catch (e) { failed(e); }
}

export function identity(a) {
	const list = h('div');
	async function draw() {
		const all = (await get('reveals')).filter?.((r) => r.alert_id === a.id) || [];
		fill(list, all.map((r) => h('div.reveal.row', pill(word('revealstate', r.state)), r.emergency ? pill(t('reveal.urgent'), 'escalated') : null,
			h('span', Number.isInteger(r.approvals) ? t('reveal.progress', {n: r.approvals, of: r.threshold ?? 0}) : t('reveal.needs', {n: r.threshold ?? 0})), h('span.muted', `${r.officer}, ${moment(r.at)}`),
			r.opens_at ? h('span.muted', t('reveal.opens', {at: moment(r.opens_at)})) : null, h('span.muted', t('reveal.expires', {at: moment(r.expires_at)})),
			r.request ? button(t('reveal.request'), {kind: 'small', onclick: () => handOver(r.request)}) : null,
			['open', 'ready', 'asked', 'pending', 'waiting'].includes(r.state) ? button(t('reveal.open'), {kind: 'small', onclick: () => openOne(r, draw)}) : null)));
	}
	if (a.expired) return null;
	const fold = h('details', {data: {fold: 'identity'}, ontoggle: () => { if (fold.open) draw().catch(failed); }}, h('summary', t('reveal.more')), h('p.hint', t('reveal.text')), list,
		button(t('reveal.ask'), {icon: 'key', onclick: () => askFor(a.id, draw)}));
	return section(t('reveal.title'), h('p', t('reveal.handle'), ' ', h('code', a.handle || '–')), fold);
}
