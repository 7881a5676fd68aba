// SPDX-License-Identifier: GPL-2.0-or-later
// What the browser tests share: a chromium on a real station, people who are logged in, texts that arrive at the modem.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {createRequire} from 'node:module';
import {mkdirSync} from 'node:fs';

const station = JSON.parse(process.env.TAMA_BROWSER); // url, tama, config, modemsim, control, shots, modules, passwords
const need = createRequire(`${station.modules}/`);
const {chromium} = need('playwright-core');
export const axePath = need.resolve('axe-core/axe.min.js');
export {assert, station};
export const SLOW = Number(process.env.TAMA_SLOW || 0) ? 10 : 1;
mkdirSync(station.shots, {recursive: true});

let browser = null;
const problems = []; // console errors, exceptions, requests elsewhere: of every page of the run
export const requests = [];

export async function open({width = 1280, height = 860, scheme = 'dark', lang = 'fr', offline = false} = {}) {
	browser ??= await chromium.launch({executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu']});
	const context = await browser.newContext({viewport: {width, height}, colorScheme: scheme, locale: lang === 'fr' ? 'fr-FR' : 'en-GB', ignoreHTTPSErrors: true, reducedMotion: 'reduce'});
	context.setDefaultTimeout(15000 * SLOW);
	const page = await context.newPage();
	// Not logged in, refused or restarted: the browser writes such answers down by itself, and the tests bring them about.
	const expected = /status of (401|403|409|422|429|502|503)|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|ERR_NETWORK|ERR_FAILED|ERR_TOO_MANY_RETRIES/;
	page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !expected.test(m.text())) problems.push(`${page.url()}: ${m.text()}`); });
	page.on('pageerror', (e) => problems.push(`${page.url()}: ${e.stack || e.message}`));
	page.on('request', (r) => {
		const u = new URL(r.url());
		// The browser's own viewer of PDF asks for parts of itself, in schemes that leave no machine.
		if (/^(https?|wss?|ftp):$/.test(u.protocol) && u.origin !== new URL(station.url).origin) problems.push(`a request to ${u.origin}`);
		requests.push(r);
	});
	return page;
}

export async function login(page, name, {go = '#/queue'} = {}) {
	await page.goto(`${station.url}/${go}`);
	await page.fill('input[name=name]', name);
	await page.fill('input[name=password]', station.passwords[name]);
	await page.click('button[type=submit]');
	await page.waitForSelector('.shell');
	return page;
}
export const person = async (name, how) => login(await open(how), name, how);

export function arrive(from, text) {
	execFileSync(station.modemsim, ['send', '--control', station.control, from, text]);
}
export const tama = (...args) => execFileSync(station.tama, [...args, '-c', station.config], {encoding: 'utf8'});
export const status = () => JSON.parse(tama('status', '--json'));
export const row = (page, what) => page.locator('.alert-row', {hasText: what});
export const shot = (page, name, options = {}) => page.screenshot({path: `${station.shots}/${name}.png`, ...options});

export async function until(condition, what, seconds = 15) {
	const end = Date.now() + seconds * 1000 * SLOW;
	for (;;) {
		const value = await condition();
		if (value) return value;
		if (Date.now() > end) throw new Error(`${what}: not within ${seconds * SLOW} s`);
		await new Promise((f) => setTimeout(f, 50));
	}
}

const steps = [];
export const test = (name, run) => steps.push([name, run]);
// Runs the tests in their order; one line each; what a page complained of is a failure of the test it happened in.
export async function main() {
	let failed = 0;
	for (const [name, run] of steps) {
		const began = Date.now();
		try {
			await run();
			assert.deepEqual(problems.splice(0), [], 'the pages complained');
			console.log(`ok      ${name} (${Date.now() - began} ms)`);
		} catch (e) {
			failed++;
			problems.splice(0);
			console.log(`FAILED  ${name}: ${e.stack || e.message}`);
			for (const [i, c] of (browser?.contexts() || []).entries())
				for (const p of c.pages()) await p.screenshot({path: `${station.shots}/failed-${steps.findIndex(([n]) => n === name)}-${i}.png`}).catch(() => {});
		}
	}
	await browser?.close();
	console.log(`${steps.length - failed} of ${steps.length}`);
	process.exit(failed ? 1 : 0);
}
