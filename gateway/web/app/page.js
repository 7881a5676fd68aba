// SPDX-License-Identifier: GPL-2.0-or-later
// What the pages beside the queue share: their frame, and style sheets that come when they are needed.

import {h} from './dom.js';

const styles = new Map();
export function style(href) {
	if (!styles.has(href)) styles.set(href, new Promise((done, failed) => {
		const el = h('link', {rel: 'stylesheet', href, onload: () => done(), onerror: () => { styles.delete(href); failed(new Error(href)); }});
		document.head.append(el);
	}));
	return styles.get(href);
}
// The style of these pages and the heading every one of them has.
export async function frame(root, title, text, ...right) {
	await style('/app/pages.css');
	const page = h('div.page', h('header.page-head', h('div', h('h1', title), text ? h('p', text) : null), h('div.row.no-print', right)));
	root.append(page);
	return page;
}
