// SPDX-License-Identifier: GPL-2.0-or-later
// Where it is worse than usual: a map of outlines that needs no network, and a timeline. Everything on the map also stands
// in lists beside it.

import {h, fill, one} from './dom.js';
import {t} from './i18n.js';
import {get, now, sheet} from './api.js';
import * as live from './live.js';
import {age, failed, iconButton, problem, section, select, severityMark, severity, show, table, loading} from './ui.js';
import {frame, style} from './page.js';
import {drawTimeline} from './timeline.js';

const APART_PX = 36, NAMES_ZOOM = 5;

// Leaflet asks for innerHTML at a few places; only what it says by itself passes, never a word of ours.
function guard() {
	if (!window.trustedTypes || trustedTypes.defaultPolicy) return;
	const own = new Set(['', '<svg/>', '<v:shape adj="1"/>']);
	trustedTypes.createPolicy('default', {createHTML: (s) => (own.has(s) ? s : null)});
}
async function libraries() {
	guard();
	const slow = navigator.connection && (navigator.connection.saveData || /2g/.test(navigator.connection.effectiveType || ''));
	const [world] = await Promise.all([fetch(`/vendor/world-atlas/countries-${slow ? '110m' : '50m'}.json`).then((r) => r.json()),
		import('/vendor/leaflet/leaflet.js'), import('/vendor/topojson-client/topojson-client.min.js'), style('/vendor/leaflet/leaflet.css')]);
	return {L: globalThis.leaflet || globalThis.L, topojson: globalThis.topojson, world};
}

// A place without coordinates stands around the nearest one above it that has some, always at the same spot.
export function positions(places) {
	const by = new Map(places.map((p) => [p.pcode, p])), at = new Map();
	const known = (p) => p.lat !== null && p.lon !== null && p.lat !== undefined && !(p.lat === 0 && p.lon === 0);
	for (const p of places) {
		let up = p, steps = 0;
		while (up && !known(up)) { up = by.get(up.parent); steps++; }
		if (!up) continue;
		const turn = [...p.pcode].reduce((n, c) => (n * 31 + c.charCodeAt(0)) % 360, 7) * Math.PI / 180, far = steps ? 0.16 + 0.06 * (steps - 1) : 0;
		at.set(p.pcode, {lat: up.lat + far * Math.sin(turn), lon: up.lon + far * Math.cos(turn), exact: !steps});
	}
	return at;
}

function colours() {
	const s = getComputedStyle(document.documentElement);
	return (name) => s.getPropertyValue(`--${name}`).trim();
}

export async function page(root) {
	const days = select([['7', t('map.days.7')], ['30', t('map.days.30')], ['90', t('map.days.90')]], {value: '30', 'aria-label': t('map.days'), onchange: () => draw().catch(failed)});
	const page = await frame(root, t('map.title'), t('map.text', {n: '30'}), days);
	const canvas = h('div.map', {role: 'application', 'aria-label': t('map.map')}), tools = h('div.map-tools'), side = h('div.map-side'), legend = h('ul.map-legend', {'aria-label': t('map.legend')});
	const chart = h('div.chart'), timeline = section(t('map.timeline'), chart), list = section(t('map.incidents'));
	page.append(h('div.map-grid', h('section.panel.map-panel', canvas, tools, legend), side), timeline, list);
	fill(side, loading());
	let map = null, marks = null, incidents = null, drawIncidents = () => {}, timer = null, plot = null, gone = false, libs = null;

	const marker = (L, where, el, title, size, interactive = false) => L.marker([where.lat, where.lon], {title, alt: title, keyboard: false, interactive, icon: L.divIcon({html: el, className: 'map-mark', iconSize: [size, size]})});

	function outline(L, topojson, world) {
		const c = colours();
		map = L.map(canvas, {attributionControl: false, zoomControl: false, preferCanvas: true, zoomSnap: 0.25, minZoom: 2, maxZoom: 12, worldCopyJump: true});
		L.geoJSON(topojson.feature(world, world.objects.countries), {interactive: false, style: () => ({color: c('line-strong'), weight: 1, fillColor: c('raised'), fillOpacity: 1})}).addTo(map);
		marks = L.layerGroup().addTo(map);
		incidents = L.layerGroup().addTo(map);
		map.on('zoomend', () => { canvas.classList.toggle('far', map.getZoom() < NAMES_ZOOM); drawIncidents(); });
		fill(tools, iconButton('plus', t('map.in'), () => map.zoomIn()), iconButton('minus', t('map.out'), () => map.zoomOut()), iconButton('home', t('map.home'), home));
	}
	let bounds = null;
	const home = () => { if (bounds) map.fitBounds(bounds, {padding: [24, 24], maxZoom: 8, animate: false}); };

	function put(L, m, places) {
		const at = positions(places), by = new Map(places.map((p) => [p.pcode, p])), byCode = new Map(places.map((p) => [p.code, p]));
		marks.clearLayers();
		const shown = [];
		for (const p of places) {
			const w = at.get(p.pcode);
			if (w?.exact && p.level !== 'village') {
				shown.push([w.lat, w.lon]);
				marks.addLayer(L.circleMarker([w.lat, w.lon], {radius: p.level === 'region' ? 3 : 2, color: colours()('muted'), weight: 1, fillOpacity: 1, interactive: false}));
				if (p.level === 'region') marks.addLayer(L.marker([w.lat, w.lon], {interactive: false, keyboard: false, icon: L.divIcon({html: h('span.map-name', p.name), className: '', iconSize: [0, 0]})}));
			}
		}
		for (const p of m.places) {
			const w = at.get(p.pcode), name = by.get(p.pcode)?.name || p.pcode;
			if (!w) continue;
			if (p.silent_days) marks.addLayer(marker(L, w, h('span.silence'), `${name}: ${t('map.silent.days', {n: p.silent_days})}`, 30));
			if (p.unusual) marks.addLayer(marker(L, w, h('span.unusual', '!'), `${name}: ${p.unusual}`, 44));
		}
		const placed = m.incidents.map((i) => ({...i, at: at.get(i.pcode || byCode.get(i.place)?.pcode)})), nowhere = placed.filter((i) => !i.at).length;
		if (!bounds && shown.length) { bounds = shown; home(); }
		else if (!bounds) map.setView([15, -4], 4);
		drawIncidents = () => {
			incidents.clearLayers();
			for (const g of groups(placed.filter((i) => i.at))) incidents.addLayer(incidentMark(L, g, byCode));
		};
		drawIncidents();
		fill(legend, [5, 4, 3, 2, 1].map((n) => h('li', severityMark(n), t(`severity.${n}`))), h('li', h('span.map-key.fresh'), t('map.fresh')), h('li', h('span.map-key.older'), t('map.older')),
			h('li', h('span.silence'), t('map.silent')), h('li', h('span.unusual', '!'), t('map.unusual')), nowhere ? h('li', t('map.nowhere', {n: nowhere})) : null,
			places.some((p) => !at.get(p.pcode)?.exact) ? h('li', t('map.approx')) : null);
	}
	// Marks that would cover one another become one, of the worst of them; it opens a list.
	function groups(placed) {
		const out = [];
		for (const i of [...placed].sort((a, b) => b.severity - a.severity || Date.parse(b.last_at) - Date.parse(a.last_at))) {
			const p = map.latLngToLayerPoint([i.at.lat, i.at.lon]), g = out.find((o) => o.point.distanceTo(p) < APART_PX);
			if (g) g.list.push(i); else out.push({point: p, list: [i]});
		}
		return out;
	}
	function incidentMark(L, {list: all}, byCode) {
		const [i] = all, fresh = all.some((x) => now() - Date.parse(x.last_at) < 86400000), label = `${i.severity} ${t(`severity.${i.severity}`)}: ${eventOf(i)}, ${placeOf(i, byCode)}`;
		const name = h('span.visually-hidden', all.length > 1 ? `${label}. ${t('map.here', {n: all.length})}` : label), what = {class: fresh ? 'fresh' : 'older'};
		const open = () => {
			const d = show(t('map.here', {n: all.length}), h('ul.near', all.map((x) => h('li', severityMark(x.severity), h('a', {href: `#/queue/${x.id}`, onclick: () => d.close()}, `${eventOf(x)} · ${placeOf(x, byCode)}`), age(x.last_at)))));
		};
		const el = all.length > 1 ? h('button.map-incident', {type: 'button', onclick: open, ...what}, name, severityMark(i.severity), h('span.map-more', {'aria-hidden': 'true'}, all.length)) : h('a.map-incident', {href: `#/queue/${i.id}`, ...what}, name, severityMark(i.severity));
		return marker(L, i.at, el, label, 30, true);
	}
	const eventOf = (i) => i.event_name || i.event || t('event.undecoded');
	const placeOf = (i, byCode) => i.place_name || byCode.get(i.place)?.name || i.place || t('place.unknown');

	async function draw(background = false) {
		const [m, s] = await Promise.all([get(`map?days=${days.value}`, {background}), sheet()]);
		if (gone) return;
		const by = new Map(s.places.map((p) => [p.pcode, p])), byCode = new Map(s.places.map((p) => [p.code, p])), nameOf = (p) => by.get(p.pcode)?.name || p.pcode;
		one('.page-head p', page).textContent = t('map.text', {n: days.value});
		const odd = m.places.filter((p) => p.unusual), silent = m.places.filter((p) => p.silent_days);
		fill(side, section(t('map.unusual'), odd.length ? h('ul.odd', {tabindex: '0', 'aria-label': t('map.unusual')}, odd.map((p) => h('li', h('span.unusual', '!'), h('div', h('b', nameOf(p)), h('p', p.unusual))))) : h('p.muted', t('map.unusual.none'))),
			section(t('map.silent'), silent.length ? h('ul.odd', {tabindex: '0', 'aria-label': t('map.silent')}, silent.map((p) => h('li', h('span.silence'), h('div', h('b', nameOf(p)), h('p.muted', t('map.silent.days', {n: p.silent_days})))))) : h('p.muted', t('map.silent.none'))));
		fill(list, h('h2', t('map.incidents')), table([{head: t('filter.severity').split(' ')[0], cell: (i) => severity(i.severity)}, {head: t('map.event'), cell: (i) => h('a', {href: `#/queue/${i.id}`}, eventOf(i))},
			{head: t('map.place'), cell: (i) => placeOf(i, byCode)}, {head: t('map.reporters'), class: 'n', cell: (i) => i.reporters}, {head: t('map.last'), class: 'n', cell: (i) => age(i.last_at)}],
		m.incidents, {caption: t('map.incidents'), empty: t('map.incidents.none')}));
		plot?.();
		plot = await drawTimeline(chart, m.timeline);
		if (!libs) {
			libs = await libraries();
			if (gone) return;
			outline(libs.L, libs.topojson, libs.world);
		}
		put(libs.L, m, s.places);
	}
	const undo = [live.hear('change', () => { clearTimeout(timer); timer = setTimeout(() => { if (!document.hidden) draw(true).catch(failed); }, 5000); })];
	try { await draw(); } catch (e) {
		if (e.status === 401) throw e;
		fill(side, problem(e, () => draw().catch(failed)));
		if (!('status' in e)) console.error(e);
	}
	return {leave() { gone = true; undo.forEach((f) => f()); clearTimeout(timer); plot?.(); map?.remove(); }};
}
