// SPDX-License-Identifier: GPL-2.0-or-later
// The work of officers in open pages: a text that arrives is seen, acknowledged, verified, answered and closed; two race;
// the keyboard alone is enough; a console that restarts says so.

import {arrive, assert, login, main, open, person, row, shot, status, test, until} from './kit.mjs';

const openRow = async (page, what) => {
	await row(page, what).locator('.alert-link').click();
	await page.waitForSelector('.alert .history');
};
const press = async (page, action, values = {}) => {
	await page.click(`.actions [data-action=${action}]`);
	if (!Object.keys(values).length) return;
	for (const [name, value] of Object.entries(values)) {
		const control = page.locator(`dialog[open] [name=${name}]`);
		if (await control.evaluate((e) => e.tagName) === 'SELECT') await control.selectOption(value);
		else await control.fill(value);
	}
	await page.click('dialog[open] button[type=submit]');
};
const state = (page, name) => page.waitForSelector(`.steps [aria-current=step]:has-text("${name}")`);

test('a text sent at the modem appears without a reload and is worked to its end', async () => {
	const page = await person('awa');
	await page.evaluate(() => { window.sameDocument = true; });
	await page.waitForSelector('.mode[data-mode=live]');
	await page.waitForSelector('.empty');
	arrive('+22310000001', 'A1 12H 40');
	await row(page, 'Kayes').waitFor();
	assert.match(await row(page, 'Kayes').textContent(), /critique.*Attaque en cours.*nouvelle/s);
	await row(page, '× 40').waitFor();
	await until(async () => /\(1\)/.test(await page.title()), 'the title calls');
	await openRow(page, 'Kayes');
	assert.equal((await page.textContent('.sms')).trim(), 'A1 12H 40');
	assert.ok(await page.locator('.sms .code').count() >= 1, 'codes are marked in the text');
	await press(page, 'ack');
	await state(page, 'prise en charge');
	await press(page, 'verify', {note: 'je rappelle le relais'});
	await state(page, 'en vérification');
	await page.locator('.checks input').first().check();
	await page.waitForSelector('.checks li:first-child .muted');
	await page.fill('.alert textarea[name=text]', 'merci, le prix est note');
	await page.click('.alert form button[type=submit]');
	await page.waitForSelector('.toast:has-text("Réponse remise au modem")');
	await press(page, 'respond', {note: 'patrouille envoyée'});
	await state(page, 'réponse donnée');
	await press(page, 'close', {detail: 'confirmed', note: 'vu par la patrouille'});
	await state(page, 'close');
	assert.match(await page.textContent('.history'), /vu par la patrouille.*patrouille envoyée.*je rappelle le relais/s);
	await page.click('.pane-tools [aria-label="Fermer l’alerte"]');
	await until(async () => !(await row(page, 'Kayes').count()), 'the closed alert leaves the list');
	assert.equal(await page.evaluate(() => window.sameDocument), true, 'the page was loaded again');
	await page.context().close();
});

test('what a villager writes stays text', async () => {
	const page = await person('awa');
	await page.waitForSelector('.shell');
	arrive('+22310000002', 'A5 13K <img src=x onerror=alert(1)> مرحبا');
	await row(page, 'Kéniéba').waitFor();
	await openRow(page, 'Kéniéba');
	assert.equal(await page.locator('.sms img').count(), 0);
	assert.match(await page.textContent('.sms'), /<img src=x onerror=alert\(1\)> مرحبا/);
	assert.equal(await page.getAttribute('.sms', 'dir'), 'auto');
	await page.context().close();
});

test('two officers race for one alert: exactly one has it, the other is told who', async () => {
	const [a, b] = await Promise.all([person('awa'), person('moussa')]);
	arrive('+22310000003', 'B3 41R 2');
	await Promise.all([row(a, 'Koro').waitFor(), row(b, 'Koro').waitFor()]);
	await openRow(a, 'Koro');
	await openRow(b, 'Koro');
	await a.waitForSelector('.viewers:has-text("moussa")');
	// Both see the button before either has pressed it.
	await Promise.all([a.waitForSelector('[data-action=ack]'), b.waitForSelector('[data-action=ack]')]);
	const told = async (p) => until(async () => (await p.locator('.toast').count() ? p.locator('.toast').first().evaluate((e) => (e.classList.contains('bad') ? 'lost' : 'won')) : null), 'an answer');
	const press1 = (p) => p.evaluate(() => document.querySelector('[data-action=ack]').click());
	await Promise.all([press1(a), press1(b)]);
	const ends = await Promise.all([told(a), told(b)]);
	assert.deepEqual([...ends].sort(), ['lost', 'won']);
	const [winner, loser] = ends[0] === 'won' ? ['awa', b] : ['moussa', a];
	assert.match(await loser.locator('.toast.bad').first().textContent(), new RegExp(winner));
	await state(loser, 'prise en charge');
	await shot(a, 'race-winner');
	await Promise.all([a.context().close(), b.context().close()]);
});

test('many texts about one attack are one line, which unfolds', async () => {
	const page = await person('fatou');
	for (let i = 0; i < 4; i++) arrive(`+2231000010${i}`, 'C1 207Z');
	await row(page, 'Madugu').waitFor();
	await page.waitForSelector('.unfold:has-text("3")');
	assert.equal(await row(page, 'Madugu').count(), 1);
	await page.click('.unfold');
	await page.waitForSelector('.alerts.inner .alert-row');
	assert.equal(await page.locator('.alerts.inner .alert-row').count(), 3);
	await page.context().close();
});

test('the keyboard alone: find, open, acknowledge, note, close, go to the map and back', async () => {
	arrive('+22310000200', 'D1 223X');
	const page = await person('moussa');
	await row(page, 'Forgho').waitFor();
	await page.keyboard.press('?');
	await page.waitForSelector('dialog[open] kbd');
	await page.keyboard.press('Escape');
	await page.keyboard.press('/');
	await page.keyboard.type('Forgho');
	await until(async () => await page.locator('.alert-row').count() === 1, 'the search');
	await page.keyboard.press('Escape');
	await page.keyboard.press('j');
	await page.keyboard.press('Enter');
	await page.waitForSelector('.alert .history');
	await page.keyboard.press('a');
	await state(page, 'prise en charge');
	await page.keyboard.press('n');
	await page.waitForSelector('dialog[open] textarea');
	await page.keyboard.type('barrage confirmé par le chauffeur');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await page.waitForSelector('.history:has-text("barrage confirmé")');
	await page.keyboard.press('c');
	await page.waitForSelector('dialog[open] select');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Tab');
	await page.keyboard.type('levé');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await state(page, 'close');
	await page.keyboard.press('Escape');
	await page.waitForFunction(() => !document.querySelector('.alert'));
	await page.keyboard.press('g');
	await page.keyboard.press('m');
	await page.waitForFunction(() => document.body.dataset.page === 'map');
	await page.keyboard.press('g');
	await page.keyboard.press('q');
	await page.waitForFunction(() => document.body.dataset.page === 'queue');
	await page.context().close();
});

test('several alerts at once: chosen, acknowledged together', async () => {
	arrive('+22310000301', 'E3 200J 150');
	arrive('+22310000302', 'C3 211Q');
	const page = await person('moussa');
	for (const place of ['Walado', 'Kani Peulh']) {
		await row(page, place).waitFor();
		await row(page, place).locator('.pick input').check({force: true});
	}
	await page.locator('.bulk button').first().click();
	await page.waitForSelector('.toast:has-text("2 alertes prises en charge")');
	for (const place of ['Walado', 'Kani Peulh']) await row(page, place).locator('.state-acknowledged').waitFor();
	await page.context().close();
});

test('where events do not pass, the page asks by itself', async () => {
	const page = await open();
	await page.route('**/api/1/events', (r) => r.abort());
	await login(page, 'awa');
	await page.waitForSelector('.mode[data-mode=poll]');
	arrive('+22310000401', 'C5 226D');
	await row(page, 'Tidar Peulh').waitFor({timeout: 30000});
	await page.context().close();
});

test('a console that restarts says why one must log in again, and where one was stays', async () => {
	const page = await person('awa');
	await row(page, 'Kéniéba').waitFor();
	await openRow(page, 'Kéniéba');
	const hash = await page.evaluate(() => location.hash), console_ = () => status().processes.find((p) => p.name === 'console'), before = console_().pid;
	process.kill(before, 'SIGKILL');
	await until(() => console_()?.pid && console_().pid !== before && console_().ready, 'the console is there again');
	await page.waitForSelector('.way-in .notice:has-text("redémarré")', {timeout: 60000});
	await shot(page, 'restart-1280-fr-dark');
	assert.equal(await page.inputValue('input[name=name]'), 'awa');
	await page.fill('input[name=password]', 'demo');
	await page.click('button[type=submit]');
	await page.waitForSelector('.alert .history');
	assert.equal(await page.evaluate(() => location.hash), hash);
	await page.context().close();
});

await main();
