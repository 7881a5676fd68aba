// SPDX-License-Identifier: GPL-2.0-or-later
// How the pages look and weigh: no violation found by axe-core on any page, in both languages, on a phone and a laptop,
// light and dark; a picture of each; what travels on the wire.

import {readFileSync} from 'node:fs';
import {assert, axePath, main, open, person, requests, row, shot, station, test, until, arrive} from './kit.mjs';

const PAGES = ['queue', 'alert', 'map', 'sections', 'report', 'rules', 'sheet', 'people', 'audit', 'status', 'account'];
const KIB = 1024;
const axe = readFileSync(axePath, 'utf8');
const OPTIONS = {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']};

async function violations(page) {
	await page.evaluate(axe).catch(() => {}); // given by the debugger: the CSP of the page does not hold for it
	return page.evaluate(async (o) => (await globalThis.axe.run(document, o)).violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.any[0]?.message || n.all[0]?.message || ''}`).join(' | ')}`), OPTIONS);
}
async function settle(page, name) {
	await page.waitForFunction(() => !document.querySelector('#main [aria-busy]') && document.querySelector('#main h1, #main .alert'));
	if (name === 'map') await page.waitForSelector('.leaflet-container canvas');
	if (name === 'rules') await page.waitForSelector('.rule-card');
	if (name === 'alert') await page.waitForSelector('.alert .history');
	await page.evaluate(() => document.querySelectorAll('.toast').forEach((t) => t.remove()));
}
async function visit(page, name, first) {
	await page.evaluate((hash) => { location.hash = hash; }, name === 'alert' ? `#/queue/${first}` : `#/${name}`);
	await page.waitForFunction((n) => document.body.dataset.page === n, name === 'alert' ? 'queue' : name);
	await settle(page, name);
}
const seen = [];
async function look(page, names, what, first) {
	const found = [];
	for (const name of names) {
		if (!['login', 'first-run'].includes(name)) await visit(page, name, first);
		await shot(page, `${name}-${what}`);
		found.push(...(await violations(page)).map((v) => `${name} ${what}: ${v}`));
		const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		if (wide > 0) found.push(`${name} ${what}: ${wide} px wider than the window`);
		seen.push(name);
	}
	assert.deepEqual(found, []);
}

for (const [width, height] of [[1280, 860], [360, 740]])
	for (const lang of ['fr', 'en'])
		test(`every page at ${width} px in ${lang}, light and dark: no violation, nothing wider than the window`, async () => {
			const page = await open({width, height, lang, scheme: 'light'});
			await page.goto(`${station.url}/`);
			await page.waitForSelector('.way-in form');
			for (const scheme of ['light', 'dark']) {
				await page.emulateMedia({colorScheme: scheme});
				await look(page, ['login'], `${width}-${lang}-${scheme}`);
			}
			await page.fill('input[name=name]', 'zeina');
			await page.fill('input[name=password]', station.passwords.zeina);
			await page.click('button[type=submit]');
			await page.waitForSelector('.alert-row');
			const first = await page.locator('.alert-row').first().getAttribute('data-id');
			for (const scheme of ['light', 'dark']) {
				await page.emulateMedia({colorScheme: scheme});
				await look(page, PAGES, `${width}-${lang}-${scheme}`, first);
			}
			await page.context().close();
		});

test('the keyboard help and a dialog have no violation either', async () => {
	const page = await person('zeina');
	await page.waitForSelector('.alert-row');
	await page.keyboard.press('?');
	await page.waitForSelector('dialog[open] .keys');
	await shot(page, 'help-1280-fr-dark');
	assert.deepEqual(await violations(page), []);
	await page.keyboard.press('Escape');
	await page.locator('.alert-link').first().click();
	await page.click('.actions [data-action=close]');
	await page.waitForSelector('dialog[open] select');
	await shot(page, 'close-1280-fr-dark');
	assert.deepEqual(await violations(page), []);
	await page.context().close();
});

// What the network carries: headers and bodies as compressed, of every answer so far.
async function weigh(run) {
	requests.length = 0;
	await run();
	let sum = 0;
	for (const r of [...requests]) {
		if (r.url().endsWith('/events')) continue;
		const s = await r.sizes().catch(() => null);
		if (s) sum += s.responseBodySize + s.responseHeadersSize;
	}
	return sum;
}
test('the first load is below 120 KB, up to the queue', async () => {
	const page = await open();
	const octets = await weigh(async () => {
		await page.goto(`${station.url}/`);
		await page.fill('input[name=name]', 'awa');
		await page.fill('input[name=password]', station.passwords.awa);
		await page.click('button[type=submit]');
		await page.waitForSelector('.alert-row');
		await page.waitForLoadState('load');
	});
	console.log(`        first load ${(octets / KIB).toFixed(1)} KB in ${requests.length} requests`);
	assert.ok(octets > 10 * KIB, `only ${octets} octets were counted`);
	assert.ok(octets < 120 * KIB, `${octets} octets`);
	const lazy = requests.filter((r) => /vendor|editor|map\.js/.test(r.url()));
	assert.deepEqual(lazy.map((r) => r.url()), []);
	await page.context().close();
});
test('an update is below 2 KB', async () => {
	const page = await person('awa');
	await page.waitForSelector('.alert-row');
	const client = await page.context().newCDPSession(page);
	await client.send('Network.enable');
	let octets = 0, events = 0;
	client.on('Network.dataReceived', (e) => { octets += e.dataLength; });
	client.on('Network.eventSourceMessageReceived', () => { events++; });
	await page.waitForTimeout(500);
	octets = events = 0;
	arrive('+22310000777', 'C1 207Z');
	await until(() => events > 0, 'an event');
	await until(async () => await row(page, 'C1 207Z').count() || (await page.locator('.alert-row', {hasText: 'Madugu'}).count()), 'the row');
	console.log(`        an update of ${octets} octets`);
	assert.ok(octets > 0 && octets < 2 * KIB, `${octets} octets`);
	await page.context().close();
});
test('every page was looked at', () => assert.deepEqual([...new Set(seen)].sort(), ['login', ...PAGES].sort()));

await main();
