// SPDX-License-Identifier: GPL-2.0-or-later
// What of the queue is shown. Kept in the page's memory: an address with a place in it would stay in the browser's history.

import {h, fill, one} from './dom.js';
import {icon} from './icons.js';
import {lang, t, word} from './i18n.js';
import {session, sheet} from './api.js';
import {checkbox, failed, field, input, select} from './ui.js';

const STATES = ['new', 'acknowledged', 'verifying', 'responded', 'referred', 'closed'];
const FLAGS = ['overdue', 'escalated', 'duress', 'mended', 'ambiguous', 'undecoded', 'incomplete', 'raw', 'drill', 'beep', 'flood'];

export const nameOf = (e) => e.names?.[lang] || e.name;

export function filterBar(start, changed) {
	let f = {...start}, timer = null;
	const panel = h('div.filters', {id: 'filters', hidden: true});
	const search = input({type: 'search', value: f.q || '', placeholder: t('filter.search'), 'aria-label': t('filter.search'), oninput: () => {
		clearTimeout(timer);
		timer = setTimeout(() => set({q: search.value.trim()}), 350);
	}});
	const badge = h('span.badge', {hidden: true});
	const toggle = h('button.button', {type: 'button', 'aria-expanded': 'false', 'aria-controls': 'filters', onclick: () => {
		panel.hidden = !panel.hidden;
		toggle.setAttribute('aria-expanded', String(!panel.hidden));
		if (!panel.hidden) draw().catch(failed);
	}}, icon('filter'), h('span', t('filter.title')), badge);

	const count = () => Object.entries(f).filter(([k, v]) => v && k !== 'q').length + (f.q ? 1 : 0);
	function drawBadge() { badge.hidden = !count(); badge.textContent = count(); }
	function set(values) {
		f = {...f, ...values};
		for (const k of Object.keys(f)) if (!f[k]) delete f[k];
		drawBadge();
		if (!panel.hidden) draw().catch(failed);
		changed(f);
	}
	// No answer of the sheet is no reason to have no filters.
	async function draw() {
		const s = await sheet().catch(() => ({events: [], places: []}));
		const pick = (name, options) => select([['', t('filter.any')], ...options], {value: f[name] || '', onchange: (e) => set({[name]: e.target.value})});
		const areas = s.places.filter((p) => ['region', 'cercle', 'commune'].includes(p.level));
		const focused = panel.contains(document.activeElement) ? document.activeElement.name : null;
		const named = (name, el) => { el.name = name; return el; };
		fill(panel, h('div.filter-grid',
			field(t('filter.queue'), named('queue', pick('queue', (session.queues || []).map((q) => [q, word('queue', q)])))),
			field(t('filter.state'), named('state', pick('state', STATES.map((x) => [x, word('state', x)])))),
			field(t('filter.severity'), named('severity', pick('severity', [5, 4, 3, 2, 1].map((n) => [String(n), `${n} · ${t(`severity.${n}`)}`])))),
			field(t('filter.event'), named('event', pick('event', s.events.map((e) => [e.code, `${e.code} ${nameOf(e)}`])))),
			field(t('filter.area'), named('area', pick('area', areas.map((p) => [p.pcode, `${'  '.repeat(['region', 'cercle', 'commune'].indexOf(p.level))}${p.name}`])))),
			field(t('filter.flag'), named('flag', pick('flag', FLAGS.map((x) => [x, word('flag', x)]))))),
		h('div.row', checkbox(t('filter.unread'), {name: 'unread', checked: Boolean(f.unread), onchange: (e) => set({unread: e.target.checked ? '1' : ''})}),
			checkbox(t('filter.all'), {name: 'all', checked: Boolean(f.all), onchange: (e) => set({all: e.target.checked ? '1' : ''})}),
			h('button.link', {type: 'button', onclick: () => { search.value = ''; set(Object.fromEntries(Object.keys(f).map((k) => [k, '']))); }}, t('filter.clear'))));
		if (focused) one(`[name="${focused}"]`, panel)?.focus();
	}
	// Would the station have put this alert on the list? What cannot be told from a short word is left to the next answer.
	function accepts(a) {
		if (a.state === 'closed' && !f.all && f.state !== 'closed') return false;
		if (f.q || f.area) return false;
		return (!f.queue || f.queue === a.queue) && (!f.state || f.state === a.state) && (!f.event || f.event === a.event) &&
			(!f.severity || Number(f.severity) <= a.severity) && (!f.flag || (a.flags || []).includes(f.flag));
	}
	drawBadge();
	return {el: h('div.filter-bar', h('div.search', icon('search'), search), toggle, panel), set, accepts, count, focus: () => search.focus()};
}
