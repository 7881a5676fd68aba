// SPDX-License-Identifier: GPL-2.0-or-later
// A text area for a configuration file: line numbers, and what is wrong told at its own line while one types.

import {h, fill} from './dom.js';
import {t} from './i18n.js';

const LINE = 21; // px, as in pages.css

export function codeArea({value, label, onchange}) {
	const gutter = h('div.gutter', {'aria-hidden': 'true'}), marks = h('div.line-marks', {'aria-hidden': 'true'});
	const text = h('textarea.code-text', {spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off', wrap: 'off', 'aria-label': label, dir: 'ltr'});
	text.value = value;
	let problems = [], lines = 0;
	const el = h('div.code-area', gutter, h('div.code-body', marks, text));

	function drawGutter() {
		const n = text.value.split('\n').length, bad = new Map(problems.map((p) => [p.line, p.severity]));
		if (n === lines && !drawGutter.dirty) return;
		lines = n;
		drawGutter.dirty = false;
		fill(gutter, Array.from({length: n}, (_, i) => h('div', {class: bad.get(i + 1) || null}, bad.has(i + 1) ? '● ' : '', i + 1)));
	}
	function scroll() {
		gutter.scrollTop = text.scrollTop;
		marks.style.setProperty('transform', `translateY(${-text.scrollTop}px)`);
	}
	text.addEventListener('scroll', scroll);
	text.addEventListener('input', () => { drawGutter(); onchange(text.value); });
	// A tab indents; Escape first lets the keyboard out again.
	let out = false;
	text.addEventListener('keydown', (e) => {
		if (e.key === 'Escape') { out = true; return; }
		if (e.key === 'Tab' && !e.shiftKey && !out && !e.ctrlKey && !e.altKey) {
			e.preventDefault();
			text.setRangeText('\t', text.selectionStart, text.selectionEnd, 'end');
			text.dispatchEvent(new Event('input'));
		}
		out = false;
	});
	drawGutter();
	return {el, get value() { return text.value; }, set value(v) { text.value = v; drawGutter.dirty = true; drawGutter(); scroll(); onchange(v); },
		problems(list) {
			problems = list;
			drawGutter.dirty = true;
			drawGutter();
			fill(marks, list.filter((p) => p.line > 0).map((p) => {
				const m = h('div.line-mark', {class: p.severity}, h('span', p.message));
				m.style.setProperty('top', `${(p.line - 1) * LINE}px`);
				return m;
			}));
			text.setAttribute('aria-invalid', String(list.some((p) => p.severity === 'error')));
			scroll();
		},
		go(line) {
			const at = text.value.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0), end = text.value.indexOf('\n', at);
			text.focus();
			text.setSelectionRange(at, end < 0 ? text.value.length : end);
			text.scrollTop = Math.max(0, (line - 5) * LINE);
			scroll();
		}};
}

// Lines that differ, with two of context: longest common subsequence on what lies between the common head and tail.
export function diff(before, after) {
	const a = before.split('\n'), b = after.split('\n');
	let head = 0, tail = 0;
	while (head < a.length && head < b.length && a[head] === b[head]) head++;
	while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
	const x = a.slice(head, a.length - tail), y = b.slice(head, b.length - tail), out = [];
	const context = (from, to) => a.slice(Math.max(0, from), to).forEach((l) => out.push([' ', l]));
	if (!x.length && !y.length) return out;
	context(head - 2, head);
	if (x.length * y.length > 250000) { x.forEach((l) => out.push(['-', l])); y.forEach((l) => out.push(['+', l])); }
	else {
		const w = y.length + 1, len = new Uint32Array((x.length + 1) * w);
		for (let i = x.length - 1; i >= 0; i--) for (let j = y.length - 1; j >= 0; j--) len[i * w + j] = x[i] === y[j] ? len[(i + 1) * w + j + 1] + 1 : Math.max(len[(i + 1) * w + j], len[i * w + j + 1]);
		let i = 0, j = 0;
		while (i < x.length || j < y.length) {
			if (i < x.length && j < y.length && x[i] === y[j]) { out.push([' ', x[i++]]); j++; }
			else if (i < x.length && (j === y.length || len[(i + 1) * w + j] >= len[i * w + j + 1])) out.push(['-', x[i++]]);
			else out.push(['+', y[j++]]);
		}
	}
	context(a.length - tail, Math.min(a.length, a.length - tail + 2));
	return out;
}
export function diffView(before, after) {
	const lines = diff(before, after);
	return lines.length ? h('pre.diff', {tabindex: '0', role: 'region', 'aria-label': t('editor.diff')}, lines.map(([sign, l]) => h('span', {class: sign === '+' ? 'plus' : sign === '-' ? 'minus' : null}, `${sign} ${l}\n`))) : h('p.muted', t('editor.diff.none'));
}
