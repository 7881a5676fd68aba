// SPDX-License-Identifier: GPL-2.0-or-later
// The queue: a list that is live, and beside it the alert that is open.

import {h, fill, one, all} from './dom.js';
import {t} from './i18n.js';
import {get, post, query} from './api.js';
import * as live from './live.js';
import * as keys from './keys.js';
import {filterBar} from './filter.js';
import {before, row} from './row.js';
import {bulk} from './act.js';
import {button, empty, failed, loading, problem, iconButton} from './ui.js';
import {openAlert} from './alert.js';

const LIMIT = 50;
let filters = {}; // stays while one visits other pages; nowhere else

export async function page(root, rest) {
	const rows = new Map(), picked = new Set(), list = h('ol.alerts', {'aria-label': t('queue.list')});
	const counts = h('div.counts', {role: 'group', 'aria-label': t('queue.counts')}), more = h('div.more');
	const pane = h('section.pane', {'aria-label': t('alert.pane'), hidden: true}), bar = h('div.bulk', {role: 'toolbar', 'aria-label': t('bulk.label'), hidden: true});
	let next = null, open = null, alert = null, asked = 0, refreshTimer = null;

	const on = {
		picked: (id) => picked.has(id),
		isOpen: (id) => id === open,
		pick(id, yes) { if (yes) picked.add(id); else picked.delete(id); drawBulk(); },
		unfold: (a, el) => unfold(a, el).catch(failed),
	};
	const bar_ = filterBar(filters, (f) => { filters = f; reload().catch(failed); });

	function drawBulk() {
		bar.hidden = !picked.size;
		if (!picked.size) return;
		fill(bar, h('b', t('bulk.picked', {n: picked.size})),
			['ack', 'assign', 'note', 'merge', 'close'].map((a) => button(t(`action.${a}`), {kind: 'small', onclick: () => bulk(a, [...picked]).then(done => done && unpick()).catch(failed)})),
			iconButton('close', t('bulk.none'), unpick));
	}
	function unpick() {
		picked.clear();
		all('.pick input', list).forEach((i) => { i.checked = false; });
		drawBulk();
	}

	function drawCounts(c) {
		if (!c) return;
		const chip = (key, n, f) => h('button.chip', {type: 'button', class: key, 'aria-pressed': String(Object.entries(f).every(([k, v]) => (filters[k] || '') === v)),
			onclick: () => bar_.set(f)}, h('b', n ?? 0), ' ', t(`count.${key}`));
		fill(counts, chip('open', c.open, {state: '', flag: '', severity: ''}), chip('new', c.new, {state: 'new', severity: ''}),
			chip('severe', c.severe, {severity: '5', state: ''}), c.overdue ? chip('overdue', c.overdue, {flag: 'overdue'}) : null);
	}
	function put(a, where = list) {
		const old = rows.get(a.id), el = row(a, on);
		if (old) {
			const focused = old.el.contains(document.activeElement);
			const unfolded = one('ol', old.el);
			if (unfolded) el.append(unfolded);
			old.el.replaceWith(el);
			if (focused) one('.alert-link', el).focus({preventScroll: true});
		} else where.append(el);
		rows.set(a.id, {a, el});
		return el;
	}
	async function load(after) {
		const mine = ++asked, ask = (from) => get(`queue${query({...filters, incidents: true, limit: LIMIT, after: from})}`);
		const body = await ask(after);
		// A filter on what is sealed is looked for a thousand alerts at a time.
		for (let i = 0; i < 8 && body.next && body.alerts.length < LIMIT / 2; i++) {
			if (mine !== asked) return;
			const on = await ask(body.next);
			body.alerts.push(...on.alerts);
			body.next = on.next;
		}
		if (mine !== asked) return;
		if (!after) { rows.clear(); fill(list); }
		body.alerts.forEach((a) => put(a));
		next = body.next;
		live.seen(body.version);
		drawCounts(body.counts);
		fill(more, next ? button(t('queue.more'), {onclick: () => load(next).catch(failed)}) : null,
			body.sealed ? h('p.hint', t('queue.sealed', {n: body.sealed})) : null);
		if (!rows.size) fill(list, h('li.bare', empty(t(bar_.count() ? 'queue.none.filtered' : 'queue.none'), t(bar_.count() ? 'queue.none.filtered.text' : 'queue.none.text'))));
	}
	const reload = () => load(null);

	async function unfold(a, el) {
		const there = one('ol', el), b = one('.unfold', el);
		if (there) { there.remove(); b.setAttribute('aria-expanded', 'false'); return; }
		const inner = h('ol.alerts.inner', {'aria-label': t('row.others', {n: a.others})});
		(await get(`incidents/${a.incident}`)).alerts.filter((x) => x.id !== a.id).forEach((x) => put(x, inner));
		el.append(inner);
		b.setAttribute('aria-expanded', 'true');
	}

	// What the station tells of one alert is put into its line; a new one goes where it belongs.
	function arrive(c) {
		for (const id of c.gone || []) if (rows.has(id)) drop(id, rows.get(id).el);
		if (c.many) { later(200); return; }
		for (const a of c.alerts || []) {
			const known = rows.get(a.id);
			if (known) {
				const el = put({...known.a, ...a});
				if (a.state === 'closed' && !filters.all && filters.state !== 'closed' && a.id !== open) setTimeout(() => drop(a.id, el), 1500);
			} else if (!bar_.accepts(a)) continue;
			else {
				const first = a.incident && [...rows.values()].find((r) => r.a.incident === a.incident && r.el.parentNode === list);
				if (first) put({...first.a, others: (first.a.others || 0) + 1, reporters: a.reporters ?? first.a.reporters, unread: true, severity: Math.max(first.a.severity, a.severity)});
				else insert({unread: a.state === 'new', ...a});
			}
			if (a.id === open) alert?.refresh(true);
		}
		later(4000);
	}
	function drop(id, el) {
		if (id === open || !el.isConnected) return;
		el.remove();
		rows.delete(id);
	}
	function insert(a) {
		one('.bare', list)?.remove();
		const el = put(a);
		const after = [...list.children].find((x) => x !== el && rows.has(Number(x.dataset.id)) && before(a, rows.get(Number(x.dataset.id)).a) < 0);
		if (after) list.insertBefore(el, after);
		el.classList.add('arrived');
	}
	// The figures and what a short word leaves out: asked for once it has become quiet.
	function later(ms) {
		clearTimeout(refreshTimer);
		refreshTimer = setTimeout(async () => {
			if (document.hidden || !list.isConnected) return;
			try {
				const body = await get(`queue${query({...filters, incidents: true, limit: Math.min(200, Math.max(LIMIT, list.children.length))})}`, {background: true});
				drawCounts(body.counts);
				live.seen(body.version);
				const ids = new Set(body.alerts.map((a) => a.id));
				[...rows.values()].filter((r) => r.el.parentNode === list && !ids.has(r.a.id) && r.a.id !== open && !picked.has(r.a.id)).forEach((r) => { r.el.remove(); rows.delete(r.a.id); });
				body.alerts.forEach((a, i) => {
					const known = rows.get(a.id);
					if (!known) insert(a);
					else if (JSON.stringify(known.a) !== JSON.stringify(a)) put(a);
					const el = rows.get(a.id).el;
					if (list.children[i] !== el && !list.contains(document.activeElement)) list.insertBefore(el, list.children[i] || null);
				});
			} catch (e) { failed(e); }
		}, ms);
	}

	function move(r) {
		const id = Number(r[0]) || null;
		if (id === open && alert) return;
		if (open) rows.get(open)?.el.classList.remove('open');
		alert?.leave();
		alert = null;
		const was = open;
		open = id;
		root.classList.toggle('has-open', Boolean(id));
		pane.hidden = !id;
		if (!id) {
			fill(pane);
			one('.alert-link', rows.get(was)?.el || list)?.focus();
			return;
		}
		const known = rows.get(id);
		known?.el.classList.add('open');
		if (known?.a.unread) {
			put({...known.a, unread: false});
			post('alerts/read', {ids: [id]}).catch(failed);
		}
		alert = openAlert(pane, id, {known: known?.a, close: () => { location.hash = '#/queue'; }, step: (d) => step(d, true),
			changed: (a) => { const r2 = rows.get(a.id); if (r2) put({...r2.a, ...a, others: r2.a.others, unread: false}); later(3000); }});
	}
	const links = () => all('.alert-link', list);
	function step(by, opening) {
		const a = links(), at = opening && open ? a.findIndex((l) => Number(l.closest('li').dataset.id) === open) : a.indexOf(document.activeElement);
		const to = a[Math.min(a.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
		if (!to) return;
		if (opening && open) location.hash = to.hash; else to.focus();
		to.scrollIntoView({block: 'nearest'});
	}
	const focusedId = () => Number(document.activeElement?.closest?.('li[data-id]')?.dataset.id) || open;
	const toggle = () => { const id = focusedId(); if (id) { const i = one('.pick input', rows.get(id).el); i.click(); } };
	const quick = (action) => { const ids = picked.size ? [...picked] : [focusedId()].filter(Boolean); if (ids.length) bulk(action, ids).catch(failed); };
	const undo = [live.hear('change', arrive), live.hear('presence', (p) => { const r = rows.get(p.id); if (r) put({...r.a, viewers: p.viewers}); alert?.presence(p); }),
		keys.bind({
			j: [() => step(1, true), 'keys.down'], k: [() => step(-1, true), 'keys.up'], o: [() => document.activeElement?.click?.(), 'keys.open'],
			Escape: [() => (open ? (location.hash = '#/queue') : unpick()), 'keys.back'], x: [toggle, 'keys.pick'],
			e: [() => one('.unfold', rows.get(focusedId())?.el || h('p'))?.click(), 'keys.unfold'],
			'/': [() => bar_.focus(), 'keys.search'], u: [() => bar_.set({unread: filters.unread ? '' : '1'}), 'keys.unread'],
			a: [() => quick('ack'), 'keys.ack'],
		}, 'nav.queue')];

	root.classList.add('queue-page');
	fill(root, h('h1.visually-hidden', t('nav.queue')), h('div.list-side', counts, bar_.el, bar, list, more), pane);
	fill(list, h('li.bare', loading()));
	if (rest[0]) move(rest);
	try {
		await reload();
	} catch (e) {
		if (e.status === 401) throw e;
		fill(list, h('li.bare', problem(e, () => reload().catch(failed))));
	}
	if (open) rows.get(open)?.el.classList.add('open');
	else if (!location.hash.includes('/queue/')) one('.alert-link', list)?.focus({preventScroll: true});
	document.addEventListener('visibilitychange', visible);
	function visible() { if (!document.hidden) later(100); }

	return {move, leave() {
		undo.forEach((f) => f());
		clearTimeout(refreshTimer);
		document.removeEventListener('visibilitychange', visible);
		alert?.leave();
		root.classList.remove('queue-page', 'has-open');
	}};
}
