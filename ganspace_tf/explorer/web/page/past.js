// Every step as a picture; branches that undo left; what was starred.
import { el, replace } from './dom.js';
import { t } from './texts.js';
import * as S from './state.js';
import { thumb, fill } from './finder.js';
import { differences } from './picture.js';

const SIDE = 96, SHOWN = 60;

export class Past {
	constructor(app) {
		this.app = app; this.key = '';
		[this.steps, this.stars, this.branches] = [0, 1, 2].map(() => el('div', { class: 'grid told' }));
		this.node = el('div', {}, el('p', { class: 'soft' }, t('historyHelp')), this.steps, el('h3', {}, t('stars')), this.stars, this.branchTitle = el('h3', {}, t('branch')), this.branches);
	}
	sheet() { return [...this.steps.querySelectorAll('.thumb')].reverse(); }
	built() { this.key = ''; }
	shown() { this.key = ''; }
	seen() { this.update(); }
	what(state) { return S.describe(state, this.app.sliders, this.app.last); }
	// What a step changed, for the room below a small picture.
	difference(from, to) {
		return differences(from, to, this.app).map(([name, , now]) => `${name} ${now}`).join(', ') || t('noChange');
	}
	update() {
		const { app } = this;
		const key = JSON.stringify([app.steps.length, app.at, app.stars.length, app.branches.length, S.keyOf(app.state), app.exact]);
		if (key === this.key || app.gesture) return;
		this.key = key;
		const first = Math.max(0, app.steps.length - SHOWN);
		const steps = app.steps.slice(first).map((state, index) => {
			const node = thumb(state, t('stepNo', { n: first + index + 1, what: this.what(state) }), () => app.jump(first + index),
				null, [], index || first ? this.difference(app.steps[first + index - 1], state) : t('beginning'));
			node.classList.toggle('here', first + index === app.at);
			return node;
		}).reverse();
		const simple = (state) => thumb(state, this.what(state), () => app.set(state), null, [], this.difference(app.initial, state));
		const stars = app.stars.map(simple), branches = app.branches.slice(-24).reverse().map(simple);
		replace(this.steps, ...steps); replace(this.stars, ...(stars.length ? stars : [el('p', { class: 'soft' }, t('noStars'))])); replace(this.branches, ...branches);
		this.branchTitle.hidden = !branches.length;
		this.filling?.cancel();
		this.filling = fill(app, 'strip', [...steps, ...stars, ...branches].slice(0, 225), SIDE);
	}
}
