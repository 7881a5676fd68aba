// SPDX-License-Identifier: GPL-2.0-or-later
// A station without officers: whoever holds the paper of `tama init` makes the first one, once.

import {readFileSync} from 'node:fs';
import {assert, axePath, main, open, shot, station, test} from './kit.mjs';

test('the first officer is made with the code of the paper, in both languages', async () => {
	const page = await open({width: 360, height: 740});
	await page.goto(station.url);
	await page.waitForSelector('h1:has-text("Premier démarrage")');
	await page.getByRole('button', {name: 'English'}).click();
	await page.waitForSelector('h1:has-text("First run")');
	await shot(page, 'first-run-360-en-dark');
	await page.evaluate(readFileSync(axePath, 'utf8')).catch(() => {});
	assert.deepEqual(await page.evaluate(async () => (await globalThis.axe.run()).violations.map((v) => v.id)), []);
	await page.fill('[name=name]', 'awa');
	for (const name of ['password', 'again']) await page.fill(`[name=${name}]`, 'une phrase assez longue');
	await page.fill('[name=code]', 'AAAAA-AAAAA-AAAAA-AAAAA');
	await page.click('button[type=submit]');
	await page.waitForSelector('.wrong:not(:empty)');
	await page.waitForTimeout(1500);
	await page.fill('[name=code]', station.code.toLowerCase());
	await page.click('button[type=submit]');
	await page.waitForSelector('.shell');
	await page.waitForSelector('.empty:has-text("No open alert")');
	await page.context().close();
});

test('and never again', async () => {
	const page = await open();
	await page.goto(station.url);
	await page.waitForSelector('h1:has-text("Connexion")');
	await page.context().close();
});

await main();
