// SPDX-License-Identifier: GPL-2.0-or-later
// The paper cards of the active code sheet, as they come out of the printer.

import {h, fill} from './dom.js';
import {lang, t} from './i18n.js';
import {query, sheet} from './api.js';
import {button, checkbox, failed, field, section, select, loading} from './ui.js';

const LANGUAGES = {fr: 'Français', bm: 'Bamanankan', ff: 'Fulfulde', son: 'Soŋay', taq: 'Tamasheq', ar: 'العربية', en: 'English'};

export function cardsPanel() {
	const out = h('div.card-preview'), fields = h('div.stack', loading());
	let url = null;
	sheet().then((s) => {
		const place = select(s.places.map((p) => [p.pcode, `${p.code} ${p.name}`])), tongue = select(Object.entries(LANGUAGES), {value: lang});
		const cover = checkbox(t('editor.cards.cover'));
		const run = async () => {
			const a = await fetch(`/api/1/sheets/cards${query({place: place.value, cover: cover.querySelector('input').checked ? '1' : '0', lang: tongue.value})}`, {cache: 'no-store', credentials: 'same-origin'});
			if (a.status === 503) { fill(out, h('p.hint', t('editor.cards.command')), h('code', `tama sheet print --place ${place.selectedOptions[0].text.split(' ')[0]}`)); return; }
			if (!a.ok) throw new Error((await a.json().catch(() => ({}))).message || t('error.unknown', {status: a.status}));
			if (url) URL.revokeObjectURL(url);
			url = URL.createObjectURL(await a.blob());
			fill(out, h('iframe', {src: url, title: t('editor.cards.frame')}), h('a', {href: url, target: '_blank', rel: 'noopener'}, t('editor.cards.pdf')));
		};
		fill(fields, field(t('editor.cards.place'), place), field(t('editor.cards.lang'), tongue), cover, h('div', button(t('editor.cards.show'), {icon: 'print', onclick: () => run().catch(failed)})));
	}).catch(failed);
	return section(t('editor.cards'), fields, out);
}
