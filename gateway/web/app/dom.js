// SPDX-License-Identifier: GPL-2.0-or-later
// Builds elements. Text is only ever a text node: what villagers wrote can never become markup.

const SVG = 'http://www.w3.org/2000/svg';

function put(el, kid) {
	if (kid === null || kid === undefined || kid === false) return;
	if (Array.isArray(kid)) kid.forEach((k) => put(el, k));
	else el.append(kid instanceof Node ? kid : document.createTextNode(String(kid)));
}

// h('button.primary', {type: 'submit', onclick: f, 'aria-label': 'x'}, 'text', otherElement)
export function h(name, ...rest) {
	const [tag, ...classes] = name.split('.');
	const el = document.createElement(tag || 'div');
	if (classes.length) el.className = classes.join(' ');
	let kids = rest;
	if (rest.length && rest[0] && rest[0].constructor === Object) {
		kids = rest.slice(1);
		for (const [k, v] of Object.entries(rest[0])) {
			if (v === null || v === undefined || v === false) continue;
			if (k.startsWith('on')) el.addEventListener(k.slice(2), v);
			else if (k === 'class') el.className += (el.className ? ' ' : '') + v;
			else if (k === 'data') Object.assign(el.dataset, v);
			else if (k === 'value' || k === 'checked' || k === 'disabled' || k === 'selected') el[k] = v;
			else el.setAttribute(k, v === true ? '' : String(v));
		}
	}
	kids.forEach((k) => put(el, k));
	return el;
}

export function svg(name, attributes = {}, ...kids) {
	const el = document.createElementNS(SVG, name);
	for (const [k, v] of Object.entries(attributes)) el.setAttribute(k, v);
	kids.forEach((k) => el.append(k));
	return el;
}

export function fill(el, ...kids) {
	el.replaceChildren();
	kids.forEach((k) => put(el, k));
	return el;
}

export const one = (selector, from = document) => from.querySelector(selector);
export const all = (selector, from = document) => [...from.querySelectorAll(selector)];

let ids = 0;
export const uid = (prefix = 'i') => `${prefix}${++ids}`;
