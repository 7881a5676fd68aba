// SPDX-License-Identifier: GPL-2.0-or-later
// An administrator changes a rule and another approves: by the text, by the form; mistakes are told at their line.

import {assert, main, person, shot, test, until} from './kit.mjs';

const text = (page) => page.locator('.code-text');

test('a mistake is told at its line while one types', async () => {
	const page = await person('zeina', {go: '#/rules'});
	await page.waitForSelector('.rule-card');
	const good = await text(page).inputValue(), line = good.split('\n').findIndex((l) => l.includes('"A3", "A5"')) + 1;
	await text(page).fill(good.replace('"A3", "A5"', '"A3", "Q7"'));
	await page.waitForSelector('.line-mark.error');
	assert.match(await page.textContent('.problems'), new RegExp(`ligne ${line}\\b`));
	assert.ok(await page.locator(`.gutter .error`).count() >= 1);
	await shot(page, 'rules-error-1280-fr-dark');
	await text(page).fill(good);
	await page.waitForSelector('.right');
	await page.context().close();
});

test('a message is tried live with its trace', async () => {
	const page = await person('zeina', {go: '#/rules'});
	await page.waitForSelector('.trace li');
	assert.match(await page.textContent('.trace'), /\+ attack now/);
	await page.context().close();
});

test('one administrator proposes by the form, the other approves; not oneself', async () => {
	const page = await person('zeina', {go: '#/rules'});
	const card = page.locator('.rule-card', {hasText: 'large group'});
	await card.getByRole('button', {name: /Modifier/}).click();
	await page.fill('dialog[open] [name="when.count_min"]', '15');
	await page.click('dialog[open] button[type=submit]');
	await until(async () => /count_min = 15;/.test(await text(page).inputValue()), 'the text follows the form');
	await page.waitForSelector('.right');
	await page.getByRole('button', {name: /Rejouer/}).click();
	await page.waitForSelector('text=alertes rejouées');
	await page.getByRole('button', {name: 'Proposer'}).click();
	await page.fill('dialog[open] [name=comment]', 'quinze hommes suffisent');
	await shot(page, 'propose-1280-fr-dark');
	await page.click('dialog[open] button[type=submit]');
	await page.waitForSelector('.proposal:has-text("quinze hommes suffisent")');
	assert.equal(await page.getByRole('button', {name: 'Approuver'}).count(), 0, 'one does not approve one\'s own');

	const other = await person('bakary', {go: '#/rules'});
	await other.waitForSelector('.proposal .plus:has-text("count_min = 15")');
	await other.getByRole('button', {name: 'Approuver'}).click();
	await other.click('dialog[open] button[type=submit]');
	await other.waitForSelector('.toast:has-text("Approuvé")');
	await until(async () => /count_min = 15;/.test(await text(other).inputValue()), 'the active text');
	await other.waitForSelector('td:has-text("bakary")');
	await Promise.all([page.context().close(), other.context().close()]);
});

test('an older version is restored', async () => {
	const zeina = await person('zeina', {go: '#/rules'}), bakary = await person('bakary', {go: '#/rules'});
	await zeina.waitForSelector('.right');
	await text(zeina).fill((await text(zeina).inputValue()).replace('count_min = 15;', 'count_min = 25;'));
	await zeina.getByRole('button', {name: 'Proposer'}).click();
	await zeina.fill('dialog[open] [name=comment]', 'vingt-cinq');
	await zeina.click('dialog[open] button[type=submit]');
	await zeina.waitForSelector('.proposal:has-text("vingt-cinq")');
	await bakary.reload();
	await bakary.getByRole('button', {name: 'Approuver'}).click();
	await bakary.click('dialog[open] button[type=submit]');
	await until(async () => /count_min = 25;/.test(await text(bakary).inputValue()), 'the new text');
	await bakary.locator('tr', {hasText: 'quinze hommes suffisent'}).getByRole('button', {name: /Y revenir/}).click();
	await bakary.click('dialog[open] button[type=submit]');
	await until(async () => /count_min = 15;/.test(await text(bakary).inputValue()), 'the former text');
	await Promise.all([zeina.context().close(), bakary.context().close()]);
});

test('the code sheet: a changed name is proposed', async () => {
	const page = await person('zeina', {go: '#/sheet'});
	await page.waitForSelector('.code-text');
	const good = await text(page).inputValue();
	await text(page).fill(good.replace('name = "Kubaye";', 'name = "Kubaye-Bas";'));
	await page.getByRole('button', {name: 'Proposer'}).click();
	await page.fill('dialog[open] [name=comment]', 'nouveau nom');
	await page.click('dialog[open] button[type=submit]');
	await page.waitForSelector('.proposal:has-text("nouveau nom"):has-text("Kubaye-Bas")');
	await page.context().close();
});

test('the card of a place is shown as it would be printed', async () => {
	const page = await person('zeina', {go: '#/sheet'});
	await page.getByRole('button', {name: 'Voir la carte'}).click();
	const link = page.locator('.card-preview a');
	await link.waitFor();
	assert.match(await link.getAttribute('href'), /^blob:/);
	await page.context().close();
});

await main();
