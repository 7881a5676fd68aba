// SPDX-License-Identifier: GPL-2.0-or-later
// Everything around the queue: accounts and second factor, people and their queues, sessions, sections and their tokens,
// figures, the audit chain, identity, duress.

import {createHmac} from 'node:crypto';
import {arrive, assert, login, main, open, person, row, shot, station, test, until} from './kit.mjs';

const field = (page, name) => page.locator(`dialog[open] [name="${name}"]`);
const ok = (page) => page.click('dialog[open] button[type=submit]');
const told = (page, text) => page.waitForSelector(`.toast:has-text("${text}")`);

// RFC 6238 as an officer's telephone does it.
function totp(secret, at = Date.now()) {
	const bits = [...secret.replace(/[\s=]/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2))), counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
	const mac = createHmac('sha1', key).update(counter).digest(), o = mac[19] & 15;
	return String((mac.readUInt32BE(o) & 0x7fffffff) % 1000000).padStart(6, '0');
}

test('a wrong password is told in words, and the right one still opens', async () => {
	const page = await open();
	await page.goto(station.url);
	await page.fill('input[name=name]', 'moussa');
	await page.fill('input[name=password]', 'not this');
	await page.click('button[type=submit]');
	await page.waitForSelector('.wrong:has-text("Nom ou mot de passe inconnu")');
	await page.waitForTimeout(1200);
	await page.fill('input[name=password]', station.passwords.moussa);
	await page.click('button[type=submit]');
	await page.waitForSelector('.shell');
	assert.equal(await page.locator('.rail a[data-page=people]').count(), 0, 'an officer has no page of people');
	await page.context().close();
});

test('an administrator adds a person, who then reads the queue that was granted, and no other page', async () => {
	const page = await person('zeina', {go: '#/people'});
	await page.getByRole('button', {name: 'Ajouter une personne'}).click();
	await field(page, 'name').fill('salif');
	await field(page, 'password').fill('demo demo demo');
	await field(page, 'queue.protection').check();
	await ok(page);
	await page.waitForSelector('tr:has-text("salif"):has-text("protection")');
	station.passwords.salif = 'demo demo demo';
	const other = await person('salif');
	arrive('+22310000601', 'A1 12H 7');
	await row(other, 'Kayes').waitFor();
	await page.locator('tr', {hasText: 'salif'}).getByRole('button', {name: /Révoquer/}).click();
	await ok(page);
	await page.waitForSelector('tr:has-text("salif"):has-text("révoqué")');
	await other.waitForSelector('.way-in form');
	await Promise.all([page.context().close(), other.context().close()]);
});

test('a second factor is turned on by its code, asked for at the next login, and turned off', async () => {
	const page = await person('fatou', {go: '#/account'});
	await page.getByRole('button', {name: 'Activer', exact: true}).click();
	await page.waitForSelector('img.qr');
	assert.ok(await page.locator('img.qr').evaluate((i) => i.complete && i.naturalWidth > 20), 'the code is drawn');
	const secret = await page.textContent('.secret-text');
	await shot(page, 'totp-1280-fr-dark');
	// A console that has just begun takes none of that half minute; the next one's is taken early.
	const step = Math.floor(Date.now() / 30000);
	await page.locator('form:has(.secret-text) input').fill(totp(secret, Date.now() + 30000));
	await page.getByRole('button', {name: 'Confirmer'}).click();
	await told(page, 'Activé');
	const other = await open();
	await other.goto(station.url);
	await other.fill('input[name=name]', 'fatou');
	await other.fill('input[name=password]', station.passwords.fatou);
	await other.click('button[type=submit]');
	await other.waitForSelector('input[name=totp]:visible');
	// One code counts once: the next one is taken.
	await until(() => Math.floor(Date.now() / 30000) > step, 'the next half minute', 31);
	await other.fill('input[name=totp]', totp(secret, Date.now() + 30000));
	await other.click('button[type=submit]');
	await other.waitForSelector('.shell');
	await page.getByRole('button', {name: 'Désactiver', exact: true}).click();
	await field(page, 'password').fill(station.passwords.fatou);
	await ok(page);
	await told(page, 'Désactivé');
	await Promise.all([page.context().close(), other.context().close()]);
});

test('a password is changed; the old one opens no more', async () => {
	const page = await person('bakary', {go: '#/account'});
	const form = page.locator('section', {has: page.locator('h2', {hasText: /^Mot de passe$/})}).locator('form');
	await form.locator('[name=old]').fill(station.passwords.bakary);
	for (const name of ['new', 'again']) await form.locator(`[name=${name}]`).fill('une autre phrase');
	await form.locator('button').click();
	await told(page, 'Mot de passe changé');
	await page.context().close();
	const again = await open();
	await again.goto(station.url);
	await again.fill('input[name=name]', 'bakary');
	await again.fill('input[name=password]', station.passwords.bakary);
	await again.click('button[type=submit]');
	await again.waitForSelector('.wrong:has-text("Nom ou mot de passe inconnu")');
	station.passwords.bakary = 'une autre phrase';
	await again.waitForTimeout(1200);
	await again.fill('input[name=password]', station.passwords.bakary);
	await again.click('button[type=submit]');
	await again.waitForSelector('.shell');
	await again.context().close();
});

test('a duress password opens a console that looks the same and shows nothing of the queue', async () => {
	const page = await person('moussa', {go: '#/account'});
	const form = page.locator('section', {has: page.locator('h2', {hasText: 'sous contrainte'})}).locator('form');
	await form.locator('[name=old]').fill(station.passwords.moussa);
	for (const name of ['new', 'again']) await form.locator(`[name=${name}]`).fill('phrase tranquille');
	await form.locator('button').click();
	await told(page, 'Défini');
	await page.context().close();
	const forced = await open();
	await login({...forced, goto: (u) => forced.goto(u), fill: (s, v) => forced.fill(s, s.includes('password') ? 'phrase tranquille' : v), click: (s) => forced.click(s), waitForSelector: (s) => forced.waitForSelector(s)}, 'moussa');
	await forced.waitForSelector('.alerts');
	await forced.waitForFunction(() => !document.querySelector('.alerts [aria-busy]'));
	assert.equal(await row(forced, 'Kayes').count(), 0);
	assert.equal(await forced.textContent('.who b'), 'moussa');
	await forced.context().close();
});

test('a session is ended from elsewhere, and its page says so', async () => {
	const [one, two] = [await person('awa', {go: '#/account'}), await person('awa')];
	await one.reload();
	await one.locator('tr', {hasText: 'awa'}).getByRole('button', {name: /Fermer/}).first().click();
	await told(one, 'Session fermée');
	await two.waitForSelector('.way-in .notice:has-text("fermée ailleurs")');
	await Promise.all([one.context().close(), two.context().close()]);
});

test('a section gets a token that is shown once, and loses it', async () => {
	const page = await person('zeina', {go: '#/sections'});
	const card = page.locator('[data-section=operations]');
	await card.getByRole('button', {name: 'Nouveau jeton'}).click();
	const token = (await page.textContent('dialog[open] .secret')).trim();
	assert.ok(token.length >= 20);
	await page.keyboard.press('Escape');
	await until(async () => !(await page.content()).includes(token), 'the token is gone from the page', 5);
	await card.getByRole('button', {name: 'Révoquer'}).click();
	await ok(page);
	await card.locator('.pill', {hasText: 'révoqué'}).waitFor();
	await page.context().close();
});

test('an identity is asked for with a reason, and nothing more is shown', async () => {
	const page = await person('awa');
	await row(page, 'Kayes').first().locator('.alert-link').click();
	await page.click('.alert summary:has-text("Lever le secret")');
	await page.getByRole('button', {name: 'Demander la levée'}).click();
	await field(page, 'reason').fill('la famille est menacée de mort');
	await ok(page);
	await page.waitForSelector('dialog[open] textarea[readonly]');
	const asked = await page.inputValue('dialog[open] textarea[readonly]');
	assert.ok(asked.length > 100 && !/\+?22310\d{6}/.test(asked));
	await page.keyboard.press('Escape');
	await page.waitForSelector('.reveal');
	await page.context().close();
});

test('the report has the figures, prints without the frame; the auditor reads the chain and no queue', async () => {
	const page = await person('awa', {go: '#/report'});
	await page.waitForSelector('.report .figure');
	await page.emulateMedia({media: 'print', colorScheme: 'light'});
	assert.equal(await page.locator('.rail').isVisible(), false);
	await shot(page, 'report-print', {fullPage: true});
	await page.context().close();
	const auditor = await person('oumar');
	await auditor.waitForFunction(() => ['report', 'audit'].includes(document.body.dataset.page));
	assert.equal(await auditor.locator('[data-page=queue]').count(), 0);
	await auditor.evaluate(() => { location.hash = '#/audit'; });
	await auditor.waitForSelector('tr:has-text("zeina")');
	await until(async () => (await auditor.textContent('code.head')).length > 3, 'the head of the chain');
	await auditor.context().close();
});

await main();
