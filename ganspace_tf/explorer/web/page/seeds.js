// Seeds as a grid: choose where to start.
import { el, button, labelled, replace } from './dom.js';
import { t } from './texts.js';
import * as S from './state.js';
import { thumb, fill } from './finder.js';

const COUNT = 24, SIDE = 96;

export class Seeds {
	constructor(app) {
		this.app = app; this.first = 0; this.key = '';
		this.withEdits = el('input', { type: 'checkbox', onchange: () => { this.key = ''; this.update(); } });
		this.grid = el('div', { class: 'grid' });
		this.node = el('div', {}, el('div', { class: 'bar' }, el('p', { class: 'soft' }, t('seedsHelp')), el('span', { class: 'gap' }), labelled(t('withEdits'), this.withEdits, { class: 'check' }),
			button(t('earlier'), '', () => this.page(-COUNT), { class: 'quiet' }), button(t('later'), '', () => this.page(COUNT), { class: 'quiet' })), this.grid);
	}
	sheet() { return this.nodes; }
	page(by) { this.first = Math.max(0, this.first + by); this.key = ''; this.update(); }
	stateOf(seed) {
		const { state } = this.app;
		return { ...state, seed, latent: null, edits: this.withEdits.checked ? state.edits : [] };
	}
	update() {
		const { app } = this;
		const key = this.first + S.keyOf(this.stateOf(0));
		if (key !== this.key) {
			this.key = key;
			clearTimeout(this.timer);
			this.timer = setTimeout(() => this.fill(), this.nodes ? 300 : 0);
		}
		for (const node of this.nodes || []) node.classList.toggle('here', node.state.seed === app.state.seed && !app.state.latent);
	}
	fill() {
		const { app } = this;
		this.filling?.cancel();
		this.nodes = Array.from({ length: COUNT }, (_, at) => {
			const seed = this.first + at;
			return thumb(this.stateOf(seed), t('seedNo', { n: seed }), () => app.look.seed(seed));
		});
		replace(this.grid, ...this.nodes);
		this.filling = fill(app, 'seeds', this.nodes, SIDE);
		this.update();
	}
}
