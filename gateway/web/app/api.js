// SPDX-License-Identifier: GPL-2.0-or-later
// Speaks to /api/1. Holds the session; tells the shell when it has ended, and why.

import {has, t} from './i18n.js';

export const session = {now: null};
let offset = 0, onEnd = () => {};

export class Refusal extends Error {
	constructor(status, body) {
		super(body.message || t('error.unknown', {status}));
		this.status = status;
		this.error = body.error || '';
		this.body = body;
		const key = body.key || `error.${this.error}`;
		if (has(key)) this.message = t(key);
	}
}

export const whenSessionEnds = (f) => { onEnd = f; };
export const now = () => Date.now() + offset;

export function setSession(s) {
	for (const k of Object.keys(session)) delete session[k];
	if (!s) return;
	Object.assign(session, s);
	if (s.now) offset = new Date(s.now).getTime() - Date.now();
}

async function call(method, path, body, background) {
	let answer;
	const headers = {Accept: 'application/json'};
	if (background) headers['X-Background'] = '1'; // nobody did it: it is no reason to stay logged in
	if (body !== undefined) {
		headers['Content-Type'] = 'application/json';
		if (session.csrf) headers['X-CSRF'] = session.csrf;
	}
	try {
		answer = await fetch(`/api/1/${path}`, {method, headers, credentials: 'same-origin', cache: 'no-store', referrerPolicy: 'no-referrer',
			body: body === undefined ? undefined : JSON.stringify(body)});
	} catch {
		throw new Refusal(0, {error: 'unreachable', message: t('error.unreachable')});
	}
	const type = answer.headers.get('Content-Type') || '';
	const value = type.includes('json') ? await answer.json().catch(() => ({})) : {};
	if (answer.ok) return value;
	const refusal = new Refusal(answer.status, value);
	if (answer.status === 401 && session.csrf && value.error !== 'totp' && !path.startsWith('login')) onEnd(refusal);
	throw refusal;
}

export const get = (path, {background = false} = {}) => call('GET', path, undefined, background);
export const post = (path, body = {}) => call('POST', path, body);
export const query = (o) => {
	const p = new URLSearchParams();
	for (const [k, v] of Object.entries(o)) if (v !== null && v !== undefined && v !== '' && v !== false) p.set(k, v === true ? '1' : v);
	const s = p.toString();
	return s ? `?${s}` : '';
};

export const may = (...roles) => roles.includes(session.role);
export const isSupervisor = () => may('supervisor', 'administrator');

// A small memory of the browser for what is no secret: theme, sound, columns. Never an alert.
export function remember(key, value) {
	try {
		if (value === undefined) return localStorage.getItem(key);
		localStorage.setItem(key, value);
	} catch { /* kept for this page only */ }
	return value ?? null;
}

let sheetAsked = null;
// The code sheet, asked for once: only filters, map and editors need it.
export const sheet = () => (sheetAsked ??= get('sheet').catch((e) => { sheetAsked = null; throw e; }));
export const forgetSheet = () => { sheetAsked = null; };
