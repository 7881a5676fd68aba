// SPDX-License-Identifier: GPL-2.0-or-later
// The steps of an officer on one or many alerts: asks what must be asked, sends, says how it ended.

import {h} from './dom.js';
import {t, word} from './i18n.js';
import {post, session} from './api.js';
import {ask, field, input, select, toast} from './ui.js';

export const OUTCOMES = ['confirmed', 'unverifiable', 'false', 'duplicate', 'drill'];
const note = (key, {required = false, value = ''} = {}) => field(t(key), h('textarea', {name: 'note', rows: 4, maxlength: 3000, required, value}));
const queues = () => [...new Set([...(session.all_queues || []), ...(session.queues || [])])];
const sections = () => (session.sections || []).map((s) => s.name ?? s);

const isSection = (name) => !queues().includes(name);

const QUESTIONS = {
	verify: () => ({text: t('ask.verify'), fields: [note('field.note')]}),
	note: () => ({fields: [note('field.note', {required: true})]}),
	assign: () => ({fields: [field(t('field.officer'), input({name: 'detail', required: true, value: session.name, maxlength: 31, spellcheck: 'false', autocapitalize: 'none'}))]}),
	respond: () => ({text: t('ask.respond'), fields: [note('field.response', {required: true})]}),
	refer: () => {
		const level = field(t('field.level'), select(['place', 'area', 'count', 'full'].map((l) => [l, word('level', l)]), {name: 'level', value: 'area'}), {hint: t('field.level.hint')});
		const to = select([], {name: 'detail', required: true, onchange: () => { level.hidden = !isSection(to.value); }});
		const group = (label, names, word_) => (names.length ? h('optgroup', {label: t(label)}, names.map((n) => h('option', {value: n}, word(word_, n)))) : '');
		to.append(group('filter.queue', queues(), 'queue'), group('nav.sections', sections().filter((s) => !queues().includes(s)), 'section'));
		level.hidden = !isSection(to.value);
		return {text: t('ask.refer'), fields: [field(t('field.to'), to), level, note('field.reason')]};
	},
	close: () => ({text: t('ask.close'), kind: 'primary', fields: [field(t('field.outcome'), select([['', t('field.choose')], ...OUTCOMES.map((o) => [o, word('outcome', o)])],
		{name: 'detail', required: true})), note('field.closing', {required: true})], check: (v) => (v.note.trim() ? null : t('ask.close.note'))}),
	merge: () => ({text: t('ask.merge'), fields: [field(t('field.alert'), input({name: 'detail', required: true, inputmode: 'numeric', pattern: '[0-9]+'}))]}),
	split: () => ({text: t('ask.split')}),
};

// Returns the values to send, or null. An acknowledgement asks nothing: it must take one key.
export async function question(action, n = 1) {
	if (!QUESTIONS[action]) return {};
	const q = QUESTIONS[action]();
	return ask({title: n > 1 ? t('ask.several', {action: t(`action.${action}`), n}) : t(`action.${action}`), ok: t(`action.${action}`), ...q});
}

export async function act(action, ids, values) {
	const body = {ids, action};
	if (values.detail) body.detail = values.detail;
	if (action === 'refer' && isSection(values.detail)) body.level = values.level;
	if (values.note?.trim()) body.note = values.note.trim();
	return (await post('alerts/act', body)).results;
}

export async function bulk(action, ids) {
	if (action === 'merge' && ids.length > 1) {
		const values = await ask({title: t('action.merge'), text: t('ask.merge.many', {n: ids.length}), ok: t('action.merge')});
		return values ? report(action, await act(action, ids.slice(1), {detail: String(ids[0])})) : false;
	}
	const values = await question(action, ids.length);
	return values ? report(action, await act(action, ids, values)) : false;
}

export function report(action, results) {
	const bad = results.filter((r) => !r.ok);
	if (!bad.length) toast(t(`done.${action}`, {n: results.length}));
	else bad.slice(0, 3).forEach((r) => toast(t('done.refused', {id: String(r.id), why: r.message || ''}), 'bad'));
	return bad.length < results.length || results.length === 0;
}
