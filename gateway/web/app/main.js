// SPDX-License-Identifier: GPL-2.0-or-later
// Begins: language, session, then either the way in or the shell.

import {fill, one} from './dom.js';
import * as i18n from './i18n.js';
import {get, remember, session, setSession, whenSessionEnds, Refusal} from './api.js';
import * as live from './live.js';
import {problem} from './ui.js';
import {openShell, closeShell} from './shell.js';

const theme = remember('theme');
if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;

async function wayIn(state) {
	live.stop();
	closeShell();
	const station = state.station || session.station || {};
	setSession(null);
	const {loginPage} = await import('./login.js');
	loginPage(one('#app'), {...state, station}, begin);
}

export async function begin() {
	try {
		setSession(await get('session'));
		whenSessionEnds((refusal) => wayIn({name: session.name, reason: refusal.body.reason || refusal.body.why || refusal.error, ...refusal.body}));
		openShell(one('#app'), {leave: wayIn});
	} catch (e) {
		if (e instanceof Refusal && e.status === 401) await wayIn(e.body.first_run ? e.body : {...e.body, reason: null});
		else fill(one('#app'), problem(e, () => location.reload()));
	}
}

await i18n.load();
await begin();
