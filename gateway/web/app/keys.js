// SPDX-License-Identifier: GPL-2.0-or-later
// The keyboard: pages say what keys do; `?` shows them. Single letters are off while one types, and can be turned off.

import {h} from './dom.js';
import {t} from './i18n.js';
import {remember} from './api.js';
import {show} from './ui.js';

const layers = []; // the last is asked first
let pending = '';

// bind({'j': [f, 'keys.down']}) returns a function that takes them away again.
export function bind(keys, group) {
	const layer = {keys, group};
	layers.push(layer);
	return () => layers.splice(layers.indexOf(layer), 1);
}
export const lettersOn = () => remember('keys') !== 'off';

export function help() {
	if (document.querySelector('dialog[open]')) return;
	const groups = layers.filter((l) => Object.keys(l.keys).length).map((l) => h('section', h('h3', t(l.group)),
		h('dl.keys', Object.entries(l.keys).map(([k, [, label]]) => h('div', h('dt', k.split(' ').map((c) => h('kbd', c))), h('dd', t(label)))))));
	show(t('keys.title'), h('div.key-groups', groups), lettersOn() ? null : h('p.hint', t('keys.off')));
}

const typing = (el) => el && (el.isContentEditable || /^(TEXTAREA|SELECT)$/.test(el.tagName) ||
	(el.tagName === 'INPUT' && !/^(checkbox|radio|button|submit)$/.test(el.type)));

document.addEventListener('keydown', (e) => {
	if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
	if (typing(e.target)) {
		if (e.key === 'Escape') e.target.blur();
		return;
	}
	if (e.key.length === 1 && !lettersOn() && e.key !== '?') return;
	const pressed = pending ? `${pending} ${e.key}` : e.key;
	pending = '';
	for (const layer of [...layers].reverse()) {
		if (layer.keys[pressed]) {
			e.preventDefault();
			layer.keys[pressed][0](e);
			return;
		}
		if (Object.keys(layer.keys).some((k) => k.startsWith(`${pressed} `))) {
			pending = pressed;
			setTimeout(() => { pending = ''; }, 1200);
			return;
		}
	}
});
