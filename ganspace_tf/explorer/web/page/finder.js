// Five tabs below: ways to find a picture or a direction, and what was found.
import { $, el, button } from './dom.js';
import { t } from './texts.js';
import * as S from './state.js';
import { Seeds } from './seeds.js';
import { Map2 } from './map.js';
import { Teach } from './teach.js';
import { Film } from './film.js';
import { Past } from './past.js';

export class Finder {
	constructor(app) {
		this.app = app; this.at = 0; this.sheet = false; this.job = null;
		this.tabs = [['tabSeeds', new Seeds(app, this)], ['tabMap', new Map2(app, this)], ['tabTeach', new Teach(app, this)], ['tabFilm', new Film(app, this)], ['tabHistory', new Past(app, this)]];
		this.buttons = this.tabs.map(([name], at) => el('button', { type: 'button', role: 'tab', id: 'tab-' + at, 'aria-controls': 'panel-' + at, onclick: () => this.open(at, true) }, t(name)));
		this.panels = this.tabs.map(([, tab], at) => el('div', { role: 'tabpanel', id: 'panel-' + at, 'aria-labelledby': 'tab-' + at, class: 'panel', tabIndex: -1 }, tab.node));
		const list = el('div', { class: 'tabs', role: 'tablist', onkeydown: (event) => {
			const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
			if (by) { event.preventDefault(); event.stopPropagation(); this.open((this.at + by + 5) % 5); this.buttons[this.at].focus(); }
		} }, ...this.buttons);
		this.closeButton = button(t('closeSheet'), '', () => this.close(), { class: 'quiet closer' });
		$('finder').append(list, this.closeButton, el('div', { class: 'panels' }, ...this.panels));
		this.choose(0);
	}
	get tab() { return this.tabs[this.at][1]; }
	choose(at) {
		this.at = at;
		this.buttons.forEach((node, index) => { node.setAttribute('aria-selected', String(index === at)); node.tabIndex = index === at ? 0 : -1; });
		this.panels.forEach((node, index) => { node.hidden = index !== at; });
	}
	open(at, pressed = false) {
		const again = pressed && at === this.at && $('finder').classList.contains('up');
		this.choose(at);
		$('finder').classList.toggle('up', !again);
		if (this.app.state) { this.tab.shown?.(); this.tab.update?.(); }
		if (!pressed) this.buttons[at].focus();
	}
	close() { $('finder').classList.remove('up'); this.buttons[this.at].focus(); }
	// After the connection was lost: what was asked for did not come.
	afresh() { for (const [, tab] of this.tabs) tab.key = ''; }
	built() { for (const [, tab] of this.tabs) tab.built?.(); this.tab.shown?.(); }
	update() { for (const [, tab] of this.tabs) tab.changed?.(); this.tab.update?.(); }
	seen() { this.tab.seen?.(); }
	// On the thumbnail that has the focus, else on the picture.
	star(chosen) {
		const { app } = this, state = chosen || this.focused() || app.state;
		const at = app.stars.findIndex((one) => S.same(one, state));
		app.stars = at < 0 ? [...app.stars, state] : app.stars.filter((_, index) => index !== at);
		app.keep(); app.changed();
		app.toast(t(at < 0 ? 'starred' : 'unstarred'));
	}
	focused() { return document.activeElement?.closest?.('.thumb')?.state || null; }
	mark(sign) { if (this.at === 2) this.tabs[2][1].mark(this.focused() || this.app.state, sign); }
	escape() { if (this.job) this.job(); else if ($('finder').classList.contains('up')) this.close(); }
}

// A picture that can be chosen. canvas: what it shows, or nothing yet. short: what is written below, if not all of the label.
export function thumb(state, label, act, canvas, more = [], short = label) {
	const press = el('button', { type: 'button', class: 'face', 'aria-label': label, title: short === label ? null : label, onclick: act });
	const node = el('div', { class: 'thumb' }, press, ...more);
	node.state = state;
	node.face = (picture) => {
		const copy = el('canvas', { width: picture.width, height: picture.height, 'aria-hidden': 'true' });
		copy.getContext('2d').drawImage(picture, 0, 0);
		press.querySelector('canvas')?.remove();
		press.prepend(copy);
	};
	if (canvas) node.face(canvas);
	press.append(el('span', { class: 'caption', 'aria-hidden': 'true' }, short));
	return node;
}

// Fill thumbs; those whose pictures were seen are filled at once, and asked for if they were small or previews.
// Returns something to cancel.
export function fill(app, kind, nodes, side) {
	const missing = [];
	for (const node of nodes) {
		const seen = app.thumbs.get(S.keyOf(node.state));
		if (seen) node.face(seen);
		if (!seen || seen.width < Math.min(side, app.model.width) || !(seen.exact || kind === 'dots')) missing.push(node);
	}
	if (!missing.length) return null;
	const { state, items } = variants(app.state, missing.map((node) => node.state));
	return app.sheet(kind, state, items, side, (index, canvas) => {
		const node = missing[index];
		if (!node) return;
		app.keepThumb(S.keyOf(node.state), canvas); node.face(canvas);
	});
}
// States as one of them and what differs, strengths alone where that says all: messages are short.
export function variants(base, states) {
	const most = states.reduce((one, two) => (two.edits.length > one.edits.length ? two : one), base);
	const state = { ...base, edits: most.edits };
	const items = states.map((one) => {
		const item = Object.fromEntries(Object.entries(one).filter(([field, value]) => !S.same(value, state[field]))), sigmas = item.edits && strengths(state.edits, one.edits);
		if (sigmas) { delete item.edits; item.sigmas = sigmas; }
		return item;
	});
	return { state, items };
}
// What `edits` differ from `most` in, if that is the strengths of two at most; one that is not there has none.
function strengths(most, edits) {
	const found = {}; let at = 0;
	for (const edit of most) {
		const own = edits[at] && edits[at].of === edit.of ? edits[at++] : { ...edit, sigma: 0 };
		if (!S.same({ ...own, sigma: 0 }, { ...edit, sigma: 0 })) return null;
		if (own.sigma !== edit.sigma) found[edit.of] = own.sigma;
	}
	return at === edits.length && Object.keys(found).length <= 2 ? found : null;
}
