// Two directions as the axes of a map around the current picture.
import { el, button, labelled, select, replace } from './dom.js';
import { t, clean } from './texts.js';
import * as S from './state.js';
import { thumb, fill } from './finder.js';
import { Dots } from './dots.js';

const SIZES = [5, 7, 9, 11, 15], SIDE = 64;

export class Map2 {
	constructor(app) {
		this.app = app; this.count = 7; this.reach = 2; this.names = ['', '']; this.key = ''; this.mode = 'grid'; this.dots = new Dots(app);
		this.dots.drawn = () => this.label(this.dots.reach);
		this.modes = select(['grid', 'sprites', 'dots'].map((one) => [one, t('map-' + one)]), 'grid', (value) => this.turn(value));
		this.axes = [0, 1].map((at) => el('select', { onchange: () => { this.names[at] = this.axes[at].value; this.update(); } }));
		this.size = select(SIZES.map((one) => [String(one), `${one} × ${one}`]), '7', (value) => { this.count = Number(value); this.update(); });
		this.span = select(['1', '2', '3', '5'].map((one) => [one, one + ' σ']), '2', (value) => { this.reach = Number(value); this.update(); });
		this.grid = el('div', { class: 'map', role: 'group', 'aria-label': t('tabMap'), onkeydown: (event) => this.key2(event), onpointerdown: (event) => this.press(event) });
		this.node = el('div', {}, el('p', { class: 'soft' }, t('mapHelp')), el('div', { class: 'bar' }, labelled(t('across'), this.axes[0]), labelled(t('up'), this.axes[1]), labelled(t('mapShow'), this.modes), this.sizeLabel = labelled(t('size'), this.size), this.spanLabel = labelled(t('span'), this.span)), this.empty = el('p', { class: 'soft', hidden: true }), this.chart = el('div', { class: 'chart' }, this.upAxis = el('div', { class: 'axis up', 'aria-hidden': 'true' }), this.grid, this.acrossAxis = el('div', { class: 'axis', 'aria-hidden': 'true' })));
	}
	built() {
		const { app } = this;
		this.axes.forEach((node, at) => {
			replace(node, ...app.sliders.map((slider) => el('option', { value: slider.of }, clean(slider.name, 40))));
			if (!app.slider(this.names[at])) this.names[at] = app.sliders[at]?.of || '';
			node.value = this.names[at];
		});
		this.key = '';
	}
	sheet() { return this.mode === 'grid' ? this.cells : null; }
	shown() { this.key = ''; }
	get sliders() { return this.names.map((of) => this.app.slider(of)); }
	at(x, y) { const step = (2 * this.reach) / (this.count - 1); return [-this.reach + x * step, this.reach - y * step].map((one) => Math.round(one * 100) / 100); }
	stateOf(x, y) {
		const values = this.at(x, y);
		return this.sliders.reduce((state, slider, at) => S.withEdit(state, slider, { sigma: values[at], on: true }), this.app.state);
	}
	// What the map stands on: the state without the two, so that walking in it does not draw it anew.
	get ground() { return this.sliders.reduce((state, slider) => ({ ...state, edits: state.edits.filter((edit) => edit.of !== slider.of) }), this.app.state); }
	// A grid of what the two would make, or samples where they lie: as pictures or as dots.
	turn(mode) {
		const was = this.mode === 'grid', grid = mode === 'grid';
		this.mode = mode;
		if (was !== grid) { this.key = ''; this.filling?.cancel(); this.dots.stop(); this.grid.replaceWith(this.dots.node); if (grid) this.dots.node.replaceWith(this.grid); }
		this.sizeLabel.hidden = this.spanLabel.hidden = !grid;
		if (!grid) this.dots.pictures(mode === 'sprites');
		this.update();
	}
	label(reach) { for (const [at, node] of [[0, this.acrossAxis], [1, this.upAxis]]) replace(node, ...[S.signed(-reach) + ' σ', clean(this.sliders[at].name, 40), S.signed(reach) + ' σ'].map((one) => el('span', {}, one))); }
	update() {
		const { app } = this, short = this.sliders.some((one) => !one) || this.names[0] === this.names[1];
		this.chart.hidden = short; this.empty.hidden = !short;
		this.empty.textContent = t(app.sliders.length < 2 ? 'mapFew' : 'mapSame');
		if (short) { this.key = ''; this.cells = []; return; }
		const grid = this.mode === 'grid', key = JSON.stringify([S.keyOf(grid ? this.ground : { ...this.ground, seed: 0, latent: null }), this.names, grid ? [this.count, this.reach] : this.sliders.map((one) => S.editOf(app.state, one)).map((one) => [one.first_layer, one.last_layer])]);
		if (key !== this.key) { this.key = key; clearTimeout(this.timer); this.timer = setTimeout(() => (this.mode === 'grid' ? this.fill() : this.dots.fill(this.ground, this.sliders, this.mode === 'sprites')), this.cells ? 300 : 0); }
		if (!grid) { this.dots.update(); return; }
		const now = this.sliders.map((slider) => S.editOf(app.state, slider).sigma);
		for (const node of this.cells || []) node.classList.toggle('here', S.same(node.values, now));
	}
	fill() {
		const { app } = this, size = this.count;
		this.filling?.cancel();
		this.grid.style.setProperty('--count', String(size));
		this.cells = [];
		for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) {
			const values = this.at(x, y), [across, up] = this.sliders;
			const node = thumb(this.stateOf(x, y), t('cell', { x: across.name, a: S.signed(values[0]), y: up.name, b: S.signed(values[1]) }), () => { if (!this.drawn) app.set(this.stateOf(x, y)); });
			node.values = values; node.firstChild.tabIndex = -1;
			this.cells.push(node);
		}
		const middle = this.cells[(size * size - 1) / 2];
		middle.firstChild.tabIndex = 0;
		replace(this.grid, ...this.cells);
		this.label(this.reach);
		const from = (node) => (node.values[0] ** 2 + node.values[1] ** 2);
		this.filling = fill(app, 'map', [...this.cells].sort((a, b) => from(a) - from(b)), SIDE);
		this.update();
	}
	key2(event) {
		const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.count, ArrowDown: this.count }[event.key];
		const at = this.cells ? this.cells.findIndex((node) => node.contains(document.activeElement)) : -1;
		if (!by || at < 0) return;
		event.preventDefault();
		const x = at % this.count, to = at + by;
		if (to < 0 || to >= this.cells.length || (by === -1 && x === 0) || (by === 1 && x === this.count - 1)) return;
		this.cells[at].firstChild.tabIndex = -1; this.cells[to].firstChild.tabIndex = 0; this.cells[to].firstChild.focus();
		this.app.set(this.cells[to].state, { gesture: 'map' });
	}
	// Drawn over several cells: their pictures are the keyframes of a film.
	press(event) {
		const cell = () => document.elementFromPoint(this.x, this.y)?.closest?.('.map .thumb');
		this.drawn = false;
		if (event.button || event.pointerType === 'touch') return;
		const path = [];
		const move = (next) => {
			this.x = next.clientX; this.y = next.clientY;
			const node = cell();
			if (node && !path.includes(node)) { path.push(node); if (path.length > 1) { this.drawn = true; path.forEach((one) => one.classList.add('path')); } }
		};
		const end = () => {
			removeEventListener('pointermove', move);
			path.forEach((one) => one.classList.remove('path'));
			if (this.drawn) { this.app.keyframes = path.map((one) => one.state); this.app.keep(); this.app.finder.open(3); setTimeout(() => { this.drawn = false; }); }
		};
		move(event);
		addEventListener('pointermove', move);
		addEventListener('pointerup', end, { once: true });
	}
}
