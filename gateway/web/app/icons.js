// SPDX-License-Identifier: GPL-2.0-or-later
// Line icons on a grid of 24, drawn for this console; always beside a word or with a label on their button.

import {svg} from './dom.js';

const PATHS = {
	queue: 'M4 6h16M4 12h16M4 18h10',
	map: 'M9 4 3 6v14l6-2 6 2 6-2V4l-6 2-6-2zM9 4v14M15 6v14',
	chart: 'M4 20V4M4 20h16M8 16v-5M12 16V8M16 16v-7',
	rules: 'M5 4h14v16H5zM8 8h8M8 12h8M8 16h5',
	sheet: 'M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h5',
	sections: 'M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z',
	report: 'M5 21V3h14v18zM9 8h6M9 12h6M9 16h3',
	people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.5 2.5-6 6-6s6 2.500 6 6M16 11a3 3 0 1 0-1-5.8M17 14c2.500.5 4 2.800 4 6',
	account: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 21c0-4 3-7 7-7s7 3 7 7',
	audit: 'M12 3 5 6v6c0 4.500 3 7.500 7 9 4-1.500 7-4.500 7-9V6zM9 12l2 2 4-4',
	status: 'M3 12h4l3-7 4 14 3-7h4',
	sound: 'M4 9v6h4l5 4V5L8 9zM16 9c1.500 1.500 1.500 4.500 0 6M18.500 6.500c3 3 3 8 0 11',
	mute: 'M4 9v6h4l5 4V5L8 9zM17 9l5 6M22 9l-5 6',
	moon: 'M20 14A8.500 8.500 0 0 1 10 4a8.500 8.500 0 1 0 10 10z',
	sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2',
	search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5',
	filter: 'M3 5h18l-7 8v6l-4 2v-8z',
	down: 'M6 9l6 6 6-6',
	left: 'M14 5l-7 7 7 7',
	right: 'M10 5l7 7-7 7',
	close: 'M6 6l12 12M18 6 6 18',
	check: 'M5 12l5 5L20 7',
	eye: 'M2 12c3-5 6.500-7 10-7s7 2 10 7c-3 5-6.500 7-10 7s-7-2-10-7zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
	note: 'M5 19l1-4L16 5l3 3L9 18zM14 7l3 3',
	send: 'M4 4l17 8-17 8 3-8zM7 12h14',
	refer: 'M14 5l6 6-6 6M20 11H9c-3 0-5 2-5 6v2',
	clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l4 2',
	lock: 'M6 11h12v10H6zM8 11V8a4 4 0 0 1 8 0v3',
	up: 'M12 20V5M6 11l6-6 6 6',
	print: 'M7 8V3h10v5M7 17H4V9h16v8h-3M7 14h10v7H7z',
	key: 'M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 12h9v3M17 12v3',
	help: 'M9 9a3 3 0 1 1 4 2.800c-.8.4-1 1-1 2.200M12 17.500v.5M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z',
	more: 'M5 12h.1M12 12h.1M19 12h.1',
	out: 'M10 4H4v16h6M15 8l5 4-5 4M20 12H9',
	warn: 'M12 4 2 20h20zM12 10v5M12 17.500v.5',
	plus: 'M12 5v14M5 12h14', minus: 'M5 12h14',
	home: 'M4 11l8-7 8 7v9H4z',
};

export function icon(name) {
	return svg('svg', {viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false'}, svg('path', {d: PATHS[name]}));
}
