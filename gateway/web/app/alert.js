// SPDX-License-Identifier: GPL-2.0-or-later
// One alert, whole: what was said, how it was read, what has been done, what can be done now.

import {h, fill, one, all} from './dom.js';
import {t, word, moment} from './i18n.js';
import {get, post, session} from './api.js';
import * as keys from './keys.js';
import {act, question, report} from './act.js';
import {button, deadline, failed, flagPill, iconButton, loading, pill, problem, severity, toast} from './ui.js';
import {icon} from './icons.js';
import {eventName, placeName} from './row.js';
import * as parts from './parts.js';

const STEPS = ['new', 'acknowledged', 'verifying', 'responded', 'closed'];
const KEYS = {ack: 'a', verify: 'v', note: 'n', respond: 'd', refer: 'f', close: 'c', assign: 's'};
const PRIMARY = {new: 'ack', acknowledged: 'verify', verifying: 'respond', responded: 'close', referred: 'close'};
const ORDER = ['ack', 'verify', 'respond', 'refer', 'close', 'assign', 'note', 'merge', 'split'];

function stepper(a) {
	const at = STEPS.indexOf(a.state === 'referred' ? 'responded' : a.state);
	return h('ol.steps', {'aria-label': t('alert.steps')}, STEPS.map((s, i) => h('li', {class: i < at ? 'past' : i === at ? 'now' : null, 'aria-current': i === at ? 'step' : null},
		word('state', i === 3 && a.state === 'referred' ? 'referred' : s))));
}

export function openAlert(pane, id, on) {
	let gone = false, a = on.known || null, busy = false;
	const root = h('article.alert', {tabindex: '-1', 'aria-labelledby': 'alert-title'});
	fill(pane, root);
	if (a) draw({partial: true}); else fill(root, loading());
	root.focus({preventScroll: true});
	pane.scrollTop = 0;
	post('alerts/presence', {id}).catch(() => {});

	async function refresh(background = false) {
		try {
			const fresh = await get(`alerts/${id}`, {background});
			if (gone) return;
			a = fresh;
			keeping(() => draw({}));
		} catch (e) {
			if (!gone && e.status !== 401) fill(root, head(), problem(e, () => refresh()));
		}
	}
	// What somebody types, has unfolded or stands on is not swept away by what others do.
	function keeping(redraw) {
		const typed = one('textarea[name=text]', root)?.value, unfolded = all('details[open]', root).map((d) => d.dataset.fold), on = root.contains(document.activeElement) ? document.activeElement : null;
		const again = on && on !== root ? (on.dataset.action ? `[data-action="${on.dataset.action}"]` : on.name ? `[name="${on.name}"]` : on.tagName === 'SUMMARY' ? 'summary' : null) : null;
		redraw();
		const text = one('textarea[name=text]', root);
		if (typed && text) text.value = typed;
		all('details', root).forEach((d) => { d.open = unfolded.includes(d.dataset.fold); });
		if (on) ((again && one(again, root)) || root).focus({preventScroll: true});
	}
	async function run(action) {
		if (busy || !(a.actions || []).includes(action)) return;
		const values = await question(action);
		if (!values) return;
		busy = true;
		try {
			report(action, await act(action, [id], values));
			await refresh();
			on.changed(a);
		} catch (e) { failed(e); }
		busy = false;
	}
	async function addNote(text) {
		try {
			report('note', await act('note', [id], {note: text}));
			await refresh();
		} catch (e) { failed(e); }
	}
	function head() { return h('div.pane-tools.row', iconButton('left', t('alert.back'), on.close, {class: 'back'}), h('span.muted.num', t('alert.number', {id: String(id)})),
		h('span.grow'), h('span.viewers', {id: 'viewers'}), iconButton('up', t('keys.up'), () => on.step(-1), {class: 'wide-only'}),
		iconButton('down', t('keys.down'), () => on.step(1), {class: 'wide-only'}), iconButton('close', t('alert.close'), on.close, {class: 'wide-only'})); }

	function actionBar() {
		const allowed = ORDER.filter((x) => (a.actions || []).includes(x)), first = PRIMARY[a.state];
		if (!allowed.length) return a.state === 'closed' ? h('p.notice', icon('check'), h('span', t('alert.closed', {outcome: word('outcome', a.outcome)}))) : null;
		return h('div.actions', {role: 'toolbar', 'aria-label': t('alert.actions')}, allowed.sort((x, y) => (y === first) - (x === first))
			.map((x) => button(t(`action.${x}`), {kind: x === first ? 'primary' : '', key: KEYS[x], onclick: () => run(x), data: {action: x}})));
	}
	function drawViewers(who) {
		const others = (who || []).filter((v) => v !== session.name), el = one('#viewers', root);
		if (el) fill(el, others.length ? [icon('eye'), t('row.viewing', {who: others.join(', ')})] : null);
	}
	function draw({partial}) {
		const flags = a.flags || [];
		document.title = document.title.replace(/^.*·/, `${eventName(a)} ·`);
		fill(root, head(),
			h('header.alert-head', {class: `s${a.severity}`}, severity(a.severity),
				h('h2', {id: 'alert-title'}, eventName(a), Number.isInteger(a.count) ? h('span.count', `× ${a.count}`) : null),
				h('p.place', h('b', placeName(a)), a.place ? h('span.code', a.place) : null, a.area ? h('span.muted', a.area) : null),
				h('p.facts', deadline(a), a.escalated ? pill(t('row.escalated'), 'escalated') : null, flags.map(flagPill),
					h('span', t('alert.received', {at: moment(a.received_at)})), a.sent_at ? h('span.muted', t('alert.sent', {at: moment(a.sent_at)})) : null)),
			stepper(a), actionBar(),
			flags.includes('duress') ? h('p.notice.bad', {role: 'note'}, icon('warn'), h('span', t('alert.duress'))) : null,
			a.no_contact ? h('p.notice', icon('lock'), h('span', t('alert.nocontact'))) : null,
			a.tampered ? h('p.notice.bad', icon('warn'), h('span', t('alert.tampered'))) : null,
			a.refers_as ? h('p.notice', icon('warn'), h('span', t(a.refers_to ? `alert.refers.${a.refers_as}` : 'alert.refers.unknown', {id: String(a.refers_to)}), ' ',
				a.refers_to ? h('a', {href: `#/queue/${a.refers_to}`}, t('alert.refers.see')) : null)) : null,
			a.expired ? h('p.notice', t('alert.expired')) : parts.message(a),
			partial ? loading() : [a.trend ? h('p.notice', icon('chart'), h('span', a.trend)) : null,
				parts.readings(a), parts.why(a), parts.neighbours(a),
				parts.verification(a, addNote), parts.reply(a, sendReply), parts.identity(a), parts.history(a)]);
		drawViewers(a.viewers);
	}
	async function sendReply(text, flash) {
		const r = await post('alerts/reply', {id, text, flash});
		toast(r.ok === false ? r.message : t('reply.sent'), r.ok === false ? 'bad' : '');
		if (r.ok === false) return;
		one('textarea[name=text]', root).value = '';
		await refresh();
	}
	const undo = keys.bind({...Object.fromEntries(Object.entries(KEYS).map(([x, k]) => [k, [() => run(x), `action.${x}`]])),
		r: [() => one('textarea[name=text]', root)?.focus(), 'action.reply']}, 'keys.alert');
	refresh();
	return {refresh, presence: (p) => { if (p.id === id) drawViewers(p.viewers); }, leave() {
		gone = true;
		undo();
		post('alerts/presence', {id: null}).catch(() => {});
	}};
}
