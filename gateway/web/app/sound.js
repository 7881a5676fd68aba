// SPDX-License-Identifier: GPL-2.0-or-later
// What calls a tired person back to the screen: two tones and a blinking title when a severe alert comes.

import {remember} from './api.js';
import {t} from './i18n.js';
import * as live from './live.js';
import {shout} from './ui.js';

let context = null, base = 'Tama', waiting = 0, blinking = null, quiet = () => {};
export const isOn = () => remember('sound') === 'on';
export const least = () => Number(remember('sound-from') || 5);

function tone(from, to, at) {
	const o = context.createOscillator(), g = context.createGain();
	o.frequency.setValueAtTime(from, at);
	o.frequency.setValueAtTime(to, at + 0.18);
	g.gain.setValueAtTime(0.0001, at);
	g.gain.exponentialRampToValueAtTime(0.25, at + 0.03);
	g.gain.exponentialRampToValueAtTime(0.0001, at + 0.42);
	o.connect(g).connect(context.destination);
	o.start(at);
	o.stop(at + 0.45);
}
export function play() {
	try {
		context ??= new AudioContext();
		context.resume();
		tone(620, 830, context.currentTime + 0.02);
		tone(620, 830, context.currentTime + 0.55);
	} catch { /* no sound here: the title still blinks */ }
}
export function turn() {
	const on = !isOn();
	remember('sound', on ? 'on' : 'off');
	if (on) play();
	return on;
}

const draw = (mark) => { document.title = waiting ? `${mark} (${waiting}) ${base}` : base; };
export function title(text) {
	base = `${text} · Tama`;
	draw('●');
}
function attend() {
	waiting = 0;
	clearInterval(blinking);
	blinking = null;
	draw('');
}
export function severe(a) {
	waiting++;
	shout(t('sound.severe', {what: [a.event_name || a.event, a.place_name || a.place].filter(Boolean).join(', ')}));
	if (isOn()) play();
	let on = false;
	blinking ??= setInterval(() => { on = !on; draw(on ? '▲' : '●'); }, 900);
	draw('▲');
}

const known = new Set();
export function start() {
	quiet = live.hear('change', (c) => (c.alerts || []).forEach((a) => {
		if (a.state !== 'new' || a.severity < least() || known.has(a.id) || (a.flags || []).includes('drill')) return;
		known.add(a.id);
		severe(a);
	}));
	for (const e of ['pointerdown', 'keydown']) addEventListener(e, attend, {passive: true});
}
export function stop() {
	quiet();
	attend();
	document.title = 'Tama';
}
