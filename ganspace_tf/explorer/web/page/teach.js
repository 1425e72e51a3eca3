// A direction from marked pictures.
import { el, button, replace } from './dom.js';
import { t } from './texts.js';
import * as S from './state.js';
import { thumb, fill } from './finder.js';

const BATCH = 24, NEXT = 12, CANDIDATES = 72, SIDE = 96, LEAST = 2;

export class Teach {
	constructor(app) {
		this.app = app; this.seeds = Array.from({ length: BATCH }, (_, at) => at); this.next = BATCH; this.nodes = [];
		this.count = el('p', { class: 'soft', role: 'status' });
		this.result = el('div', { class: 'result', hidden: true });
		this.grid = el('div', { class: 'grid' });
		this.more = button(t('moreSeeds'), '', () => this.offer(), { class: 'quiet' });
		this.node = el('div', {}, el('div', { class: 'bar' }, el('p', { class: 'soft' }, t('teachHelp'))), el('div', { class: 'bar' }, this.count, el('span', { class: 'gap' }), this.more, button(t('clearMarks'), '', () => this.clear(), { class: 'quiet' })), this.result, this.grid);
	}
	sheet() { return this.nodes; }
	built() { this.nodes = []; }
	plain(seed) { return { ...S.without(this.app.state), seed, latent: null, centred: false }; }
	shown() { if (!this.nodes.length) this.build(); }
	build() {
		const { app } = this;
		this.filling?.cancel();
		this.nodes = this.seeds.map((seed) => {
			const state = this.plain(seed);
			const marks = [1, -1].map((sign) => button(sign > 0 ? '+' : '−', t(sign > 0 ? 'plusMark' : 'minusMark'), () => this.mark(state, sign), { 'aria-label': `${t('seedNo', { n: seed })}: ${t(sign > 0 ? 'plusMark' : 'minusMark')}`, class: sign > 0 ? 'mark plus' : 'mark minus', 'aria-pressed': 'false' }));
			const node = thumb(state, t('seedNo', { n: seed }), () => app.look.seed(seed), null, marks);
			node.marks = marks;
			return node;
		});
		replace(this.grid, ...this.nodes);
		this.filling = fill(app, 'seeds', this.nodes, SIDE);
		this.update();
	}
	has(list, state) { return list.findIndex((one) => one.seed === state.seed && one.latent === state.latent && S.same(one.edits, state.edits)); }
	mark(state, sign) {
		const { app } = this, mine = sign > 0 ? 'plus' : 'minus', other = sign > 0 ? 'minus' : 'plus';
		const at = this.has(app[mine], state), there = this.has(app[other], state);
		if (there >= 0) app[other] = app[other].filter((_, index) => index !== there);
		app[mine] = at >= 0 ? app[mine].filter((_, index) => index !== at) : [...app[mine], state];
		app.keep(); this.update();
		if (app.plus.length >= LEAST && app.minus.length >= LEAST) { clearTimeout(this.timer); this.timer = setTimeout(() => this.learn(), 400); }
	}
	clear() { this.app.plus = []; this.app.minus = []; this.app.keep(); this.result.hidden = true; this.update(); }
	update() {
		const { app } = this;
		const left = Math.max(0, LEAST - app.plus.length) + Math.max(0, LEAST - app.minus.length);
		this.count.textContent = t('marks', { p: app.plus.length, m: app.minus.length }) + (left ? ' · ' + t('needMarks', { n: left }) : '');
		this.more.textContent = t(this.order ? 'nextBest' : 'moreSeeds');
		for (const node of this.nodes) {
			const plus = this.has(app.plus, node.state) >= 0, minus = this.has(app.minus, node.state) >= 0;
			node.classList.toggle('plus', plus); node.classList.toggle('minus', minus);
			node.marks[0].setAttribute('aria-pressed', String(plus)); node.marks[1].setAttribute('aria-pressed', String(minus));
		}
	}
	async learn() {
		const { app } = this;
		const candidates = Array.from({ length: CANDIDATES }, (_, at) => this.next + at);
		try {
			const value = await app.job('teach', { plus: app.plus, minus: app.minus, candidates: candidates.map((seed) => this.plain(seed)), state: this.plain(app.state.seed) });
			if (!value) return;
			this.order = (value.order || []).map((index) => candidates[index]).filter((seed) => seed !== undefined);
			const { slider } = value;
			if (this.taught && this.taught !== slider.of && ![app.state, ...app.steps].some((one) => S.find(one, this.taught))) {
				app.sliders = app.sliders.filter((one) => one.of !== this.taught); delete app.extra[this.taught];
			}
			this.taught = slider.of;
			app.addSlider(slider, value.direction ? JSON.stringify(value.direction) : null);
			this.tell(value, slider);
		} catch (error) { app.banner(error.message); }
		this.update();
	}
	tell(value, slider) {
		const { app } = this;
		const percent = value.agreement === null || value.agreement === undefined ? '–' : Math.round(100 * value.agreement) + ' %';
		const [near, cosine] = value.nearest || ['–', 0];
		const doubt = (value.doubtful || []).length;
		const ends = [-2, 0, 2].map((sigma) => { const state = S.withEdit(S.without(app.state), slider, { sigma }); return thumb(state, S.signed(sigma) + ' σ', () => app.set(state)); });
		replace(this.result, el('p', {}, t('teachDone', { a: percent, v: near, c: Number(cosine).toFixed(2) }), doubt ? el('strong', {}, ' · ' + t('teachDoubt', { n: doubt })) : ''), el('div', { class: 'strip' }, ...ends), button(t('nameIt'), '', () => { app.set(S.withEdit(S.without(app.state), slider, { sigma: 1 })); app.files.saveDirection(); }, { class: 'strong' }));
		this.result.hidden = false;
		fill(app, 'strip', ends, SIDE);
	}
	offer() {
		const marked = this.seeds.filter((seed) => { const state = this.plain(seed); return this.has(this.app.plus, state) >= 0 || this.has(this.app.minus, state) >= 0; });
		const chosen = this.order && this.order.length ? this.order.slice(0, NEXT) : Array.from({ length: BATCH }, (_, at) => this.next + at);
		this.next += this.order ? CANDIDATES : BATCH; this.order = null;
		this.seeds = [...chosen, ...marked];
		this.build();
		if (this.app.plus.length >= LEAST && this.app.minus.length >= LEAST) this.learn();
	}
}
