// SPDX-License-Identifier: GPL-2.0-or-later
// Every string of the console, out of /lang/fr.json or /lang/en.json; dates and numbers in the same language.

let words = {}, plural = new Intl.PluralRules('fr');
export let lang = 'fr';

const remembered = () => { try { return localStorage.getItem('lang'); } catch { return null; } };

export async function load(wanted) {
	const own = navigator.language && !navigator.language.startsWith('fr') ? 'en' : 'fr';
	lang = ['fr', 'en'].includes(wanted) ? wanted : remembered() || own;
	const answer = await fetch(`/lang/${lang}.json`, {credentials: 'omit'});
	words = await answer.json();
	plural = new Intl.PluralRules(lang);
	document.documentElement.lang = lang;
	try { localStorage.setItem('lang', lang); } catch { /* a browser that keeps nothing */ }
}

export const has = (key) => key in words || `${key}.other` in words;

// t('queue.more', {n: 3}) takes queue.more, or queue.more.one and queue.more.other by n; {name} is put in.
export function t(key, values = {}) {
	let s = words[key];
	if (s === undefined && 'n' in values) s = words[`${key}.${plural.select(values.n)}`] ?? words[`${key}.other`];
	if (s === undefined) { console.error(`no words for ${key}`); return key; }
	return s.replace(/\{(\w+)\}/g, (_, name) => {
		const v = values[name];
		return typeof v === 'number' ? number(v) : v ?? '';
	});
}
// A word of the station (a state, a flag) which may be newer than this page.
export const word = (group, value) => (has(`${group}.${value}`) ? t(`${group}.${value}`) : String(value ?? '–'));

export const number = (n, digits = 0) => new Intl.NumberFormat(lang, {maximumFractionDigits: digits}).format(n);
export const percent = (part) => new Intl.NumberFormat(lang, {style: 'percent', maximumFractionDigits: 0}).format(part);

const format = (options) => (iso) => (iso ? new Intl.DateTimeFormat(lang, {...options, timeZone: 'UTC'}).format(new Date(iso)) : '–');
export const date = format({day: 'numeric', month: 'short', year: 'numeric'});
export const day = format({weekday: 'short', day: 'numeric', month: 'short'});
export const clock = format({hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});
export const moment = format({day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23'});

// "3 min", "2 h", "4 d": short, for columns.
export function span(seconds) {
	const s = Math.max(0, Math.round(seconds));
	if (s < 60) return t('time.s', {n: s});
	if (s < 3600) return t('time.min', {n: Math.floor(s / 60)});
	if (s < 86400 * 2) return t('time.h', {n: Math.floor(s / 3600)});
	return t('time.d', {n: Math.floor(s / 86400)});
}
// "4:07" below an hour, "3 h 12" above.
export function countdown(seconds) {
	const s = Math.max(0, Math.round(seconds));
	const two = (n) => String(n).padStart(2, '0');
	if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
	return `${Math.floor(s / 3600)} h ${two(Math.floor(s % 3600 / 60))}`;
}
