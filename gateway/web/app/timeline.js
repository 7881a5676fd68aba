// SPDX-License-Identifier: GPL-2.0-or-later
// Alerts a day as stacked bars by severity, with the usual number as a line; the same figures as a table below it.

import {h, fill} from './dom.js';
import {day, t} from './i18n.js';
import {table} from './ui.js';
import {style} from './page.js';

export async function drawTimeline(root, timeline) {
	const [{default: Plot}] = await Promise.all([import('/vendor/uplot/uPlot.esm.js'), style('/vendor/uplot/uPlot.min.css')]);
	const look = getComputedStyle(document.documentElement), colour = (n) => look.getPropertyValue(`--${n}`).trim();
	const xs = timeline.map((d) => Date.parse(`${d.day}T00:00:00Z`) / 1000);
	const series = [{}], data = [xs];
	// The most severe at the bottom, where lengths can be compared; each bar reaches up to its own sum and covers those behind.
	for (let top = 1; top <= 5; top++) {
		data.push(timeline.map((d) => d.by_severity.slice(top - 1).reduce((a, b) => a + b, 0)));
		series.push({label: t(`severity.${top}`), fill: colour(`s${top}`), stroke: colour('surface'), width: 1, paths: Plot.paths.bars({size: [0.8, 40]}), points: {show: false}});
	}
	data.push(timeline.map((d) => d.usual ?? null));
	series.push({label: t('map.usual'), stroke: colour('text'), width: 2, dash: [6, 4], points: {show: false}});
	const axis = {stroke: colour('muted'), grid: {stroke: colour('line'), width: 1}, ticks: {show: false}, font: '12px system-ui, sans-serif'};
	const box = h('div.plot', {'aria-hidden': 'true'});
	fill(root, h('ul.map-legend', [5, 4, 3, 2, 1].map((n) => h('li', h('span.swatch', {class: `s${n}`}), t(`severity.${n}`))), h('li', h('span.swatch.usual'), t('map.usual'))), box,
		h('details', h('summary', t('map.figures')), table([{head: t('map.day'), cell: (d) => day(`${d.day}T00:00:00Z`)}, ...[5, 4, 3, 2, 1].map((n) => ({head: t(`severity.${n}`), class: 'n', cell: (d) => d.by_severity[n - 1]})),
			{head: t('map.usual'), class: 'n', cell: (d) => d.usual ?? '–'}], [...timeline].reverse(), {caption: t('map.timeline')})));
	const plot = new Plot({width: Math.max(260, box.clientWidth || 600), height: 200, legend: {show: false}, cursor: {show: false}, scales: {x: {time: true}, y: {range: (u, lo, hi) => [0, Math.max(4, hi * 1.1)]}},
		tzDate: (ts) => Plot.tzDate(new Date(ts * 1000), 'Etc/UTC'), series,
		axes: [{...axis, values: (u, v) => v.map((s) => day(new Date(s * 1000).toISOString()).replace(/^\S+ /, ''))}, {...axis, size: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]}]}, data, box);
	const resize = new ResizeObserver(() => plot.setSize({width: Math.max(260, box.clientWidth), height: 200}));
	resize.observe(box);
	return () => { resize.disconnect(); plot.destroy(); };
}
