// SPDX-License-Identifier: GPL-2.0-or-later
// What changes at the station, as it changes: server-sent events, and asking every ten seconds where these do not pass.

import {get, session} from './api.js';

const POLL_MS = 10000, AGAIN_MS = 60000;
const hears = {change: new Set(), presence: new Set(), station: new Set(), mode: new Set()};
let source = null, poll = null, version = 0, failures = 0, retry = null;
export let mode = 'off'; // live, poll, off

const tell = (what, value) => hears[what].forEach((f) => f(value));
export function hear(what, f) {
	hears[what].add(f);
	return () => hears[what].delete(f);
}
function setMode(m) {
	if (m === mode) return;
	mode = m;
	tell('mode', m);
}

function change(c) {
	if (c.version && c.version <= version) return;
	version = c.version || version;
	tell('change', c);
}
const data = (f) => (e) => { try { f(JSON.parse(e.data)); } catch (x) { console.error('an event that is no JSON', x.name); } };

async function ask() {
	try {
		const c = await get(`changes?since=${version}`);
		setMode('poll');
		if (c.alerts || c.many) change(c);
		if (c.station) tell('station', c.station);
	} catch (e) {
		if (e.status !== 401) setMode('off');
	}
}
function startPolling() {
	poll ??= setInterval(ask, POLL_MS);
	ask();
	retry ??= setTimeout(() => { retry = null; openSource(); }, AGAIN_MS);
}
function stopPolling() {
	clearInterval(poll);
	poll = null;
}

function openSource() {
	source?.close();
	source = new EventSource('/api/1/events');
	source.addEventListener('change', data(change));
	source.addEventListener('presence', data((p) => tell('presence', p)));
	source.addEventListener('station', data((s) => tell('station', s)));
	source.addEventListener('end', () => { source.close(); get('session').catch(() => {}); });
	source.onopen = () => {
		const missed = failures > 0 || mode === 'poll';
		failures = 0;
		stopPolling();
		setMode('live');
		if (missed) ask().then(() => setMode('live'));
	};
	source.onerror = () => {
		failures++;
		if (mode === 'live') setMode('off');
		// The browser tries again by itself unless it was refused; then, or after three tries, we ask ourselves.
		if (source.readyState === EventSource.CLOSED || failures >= 3) {
			source.close();
			if (session.csrf) startPolling();
		}
	};
}

export function start(from) {
	version = from || 0;
	failures = 0;
	openSource();
}
export function stop() {
	source?.close();
	source = null;
	stopPolling();
	clearTimeout(retry);
	retry = null;
	setMode('off');
}
export const seen = (v) => { version = Math.max(version, v || 0); };
