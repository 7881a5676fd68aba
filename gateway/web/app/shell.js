// SPDX-License-Identifier: GPL-2.0-or-later
// The frame around the pages: where one can go, what the station says, sound, light, language; and the way between pages.

import {h, fill, one, all} from './dom.js';
import {icon} from './icons.js';
import * as i18n from './i18n.js';
import {t} from './i18n.js';
import {may, now, post, remember, session} from './api.js';
import * as live from './live.js';
import * as keys from './keys.js';
import * as sound from './sound.js';
import {iconButton, loading, problem, show, toast} from './ui.js';

const EVERYONE = ['officer', 'supervisor', 'administrator'];
const PAGES = [ // name, roles, key
	['queue', EVERYONE, 'q'], ['map', EVERYONE, 'm'], ['sections', ['supervisor', 'administrator'], 's'],
	['report', ['supervisor', 'administrator', 'auditor'], 'r'], ['rules', ['supervisor', 'administrator'], 'e'],
	['sheet', ['supervisor', 'administrator'], 'c'], ['people', ['supervisor', 'administrator'], 'p'],
	['audit', ['supervisor', 'administrator', 'auditor'], 'a'], ['status', [...EVERYONE, 'auditor'], 't'], ['account', [...EVERYONE, 'auditor'], 'u'],
];
const mine = () => PAGES.filter(([, roles]) => may(...roles));
const modules = {queue: () => import('./queue.js'), map: () => import('./map.js'), sections: () => import('./sections.js'),
	report: () => import('./report.js'), rules: () => import('./editor.js'), sheet: () => import('./editor.js'), people: () => import('./people.js'),
	audit: () => import('./audit.js'), status: () => import('./status.js'), account: () => import('./account.js')};

let undo = [], leavePage = null, current = null, idleTimer = null, lastMove = 0;

const link = ([name]) => h('a', {href: `#/${name}`, data: {page: name}}, icon(name), h('span', t(`nav.${name}`)));

function more() {
	const d = show(t('nav.more'), h('nav.more-nav', {'aria-label': t('nav.more')}, mine().map(link)),
		h('div.row', h('button.link', {type: 'button', onclick: signOut}, icon('out'), t('nav.logout'))));
	all('a', d).forEach((a) => a.addEventListener('click', () => d.close()));
}

async function signOut() {
	const name = session.name;
	await post('logout').catch(() => {});
	leave({reason: null, name});
}
let leave = () => {};

function switchTheme() {
	const dark = document.documentElement.dataset.theme === 'dark' ||
		(!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
	document.documentElement.dataset.theme = remember('theme', dark ? 'light' : 'dark');
	drawTools();
}
async function switchLanguage() {
	await i18n.load(i18n.lang === 'fr' ? 'en' : 'fr');
	openShell(one('#app'), {leave});
}
function switchSound() {
	const on = sound.turn();
	toast(t(on ? 'sound.on' : 'sound.off'));
	drawTools();
}

function drawTools() {
	const tools = one('#tools');
	if (!tools) return;
	const dark = document.documentElement.dataset.theme === 'dark' ||
		(!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
	fill(tools,
		iconButton(sound.isOn() ? 'sound' : 'mute', t(sound.isOn() ? 'sound.turn.off' : 'sound.turn.on'), switchSound, {'aria-pressed': String(sound.isOn())}),
		iconButton(dark ? 'sun' : 'moon', t(dark ? 'theme.light' : 'theme.dark'), switchTheme),
		h('button.icon-button.lang', {type: 'button', lang: i18n.lang === 'fr' ? 'en' : 'fr', onclick: switchLanguage,
			title: i18n.lang === 'fr' ? 'English' : 'Français'}, i18n.lang === 'fr' ? 'EN' : 'FR'),
		iconButton('help', t('keys.title'), keys.help, {class: 'wide-only', 'aria-keyshortcuts': '?'}),
		iconButton('out', t('nav.logout'), signOut, {class: 'wide-only'}));
}

function drawMode() {
	const el = one('#mode');
	if (el) { fill(el, h('span.dot', {'aria-hidden': 'true'}), h('span', t(`mode.${live.mode}`))); el.dataset.mode = live.mode; }
}
function drawBanner(s) {
	const el = one('#banner');
	if (!el) return;
	const text = s.locked ? t('banner.locked') : s.banner ? (i18n.has(`banner.${s.banner}`) ? t(`banner.${s.banner}`) : s.banner) : null;
	el.hidden = !text;
	el.classList.toggle('bad', Boolean(s.locked));
	fill(el, text ? [icon(s.locked ? 'lock' : 'warn'), h('span', text)] : null);
}
function drawClock() {
	const el = one('#clock');
	if (el) el.textContent = `${i18n.clock(new Date(now()).toISOString())} UTC`;
}

function idle() {
	const limit = session.idle_s;
	if (!limit) return;
	const still = (Date.now() - lastMove) / 1000;
	if (still >= limit) {
		post('logout').catch(() => {});
		leave({reason: 'idle', name: session.name});
	} else if (still >= limit - 60 && still < limit - 55) toast(t('idle.soon'), 'bad');
}
const moved = () => { lastMove = Date.now(); };

async function go() {
	const [name, ...rest] = location.hash.replace(/^#\/?/, '').split('/');
	const page = mine().find(([n]) => n === name) ? name : mine()[0][0];
	const main = one('#main');
	if (!main) return;
	all('[data-page]').forEach((a) => (a.dataset.page === page ? a.setAttribute('aria-current', 'page') : a.removeAttribute('aria-current')));
	if (current?.name === page && current.move) { current.move(rest); return; }
	leavePage?.();
	leavePage = null;
	document.body.dataset.page = page;
	sound.title(t(`nav.${page}`));
	const asked = current = {name: page};
	fill(main, loading());
	try {
		const module = await modules[page]();
		if (current !== asked) return;
		fill(main);
		const made = await module.page(main, rest, page);
		if (current !== asked) { made?.leave?.(); return; }
		leavePage = made?.leave || null;
		asked.move = made?.move;
	} catch (e) {
		if (current === asked && e.status !== 401) fill(main, h('h1.visually-hidden', t(`nav.${page}`)), problem(e, () => { current = null; go(); }));
		if (!('status' in e)) console.error(e);
	}
}

export function openShell(root, how) {
	closeShell();
	leave = how.leave;
	moved();
	const list = mine(), first = list.slice(0, 4);
	fill(root, h('div.shell',
		h('a.skip', {href: '#main', onclick: (e) => { e.preventDefault(); one('#main').focus(); }}, t('nav.skip')),
		h('nav.rail', {'aria-label': t('nav.label')}, h('a.brand', {href: '#/queue'}, 'Tama'), list.map(link),
			h('p.who', h('b', session.name), h('span.muted', t(`role.${session.role}`)))),
		h('header.bar', h('p.station', session.station?.name || 'Tama', session.station?.demo ? h('span.pill', t('bar.demo')) : null),
			h('span.mode', {id: 'mode', role: 'status'}), h('span.clock', {id: 'clock'}), h('div.tools', {id: 'tools'})),
		h('div.banner', {id: 'banner', role: 'status', hidden: true}),
		h('main', {id: 'main', tabindex: '-1'}),
		h('nav.foot', {'aria-label': t('nav.foot')}, first.map(link), h('button', {type: 'button', onclick: more}, icon('more'), h('span', t('nav.more'))))));
	drawTools();
	drawMode();
	drawClock();
	drawBanner(session.station || {});
	idleTimer = setInterval(() => { drawClock(); idle(); }, 5000);
	const goTo = Object.fromEntries(list.map(([n, , k]) => [`g ${k}`, [() => { location.hash = `#/${n}`; }, `nav.${n}`]]));
	undo = [keys.bind({'?': [keys.help, 'keys.help'], ...goTo}, 'keys.everywhere'), live.hear('mode', drawMode), live.hear('station', drawBanner)];
	for (const e of ['pointerdown', 'keydown']) addEventListener(e, moved, {passive: true});
	addEventListener('hashchange', go);
	live.start(session.version);
	sound.start();
	go();
}

export function closeShell() {
	undo.forEach((f) => f());
	undo = [];
	leavePage?.();
	leavePage = null;
	current = null;
	clearInterval(idleTimer);
	removeEventListener('hashchange', go);
	sound.stop();
	all('dialog').forEach((d) => d.close());
	delete document.body.dataset.page;
}
