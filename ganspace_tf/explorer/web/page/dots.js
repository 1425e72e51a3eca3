// Sampled pictures in the plane of two directions, where each of them lies: as pictures or as dots.
import { el, replace } from './dom.js';
import { t, clean } from './texts.js';
import * as S from './state.js';
import { thumb, fill } from './finder.js';

const COUNT = 500, SIDE = 40, MOST = 225;

export class Dots {
	constructor(app) {
		this.app = app; this.dots = []; this.sheets = []; this.reach = 2; this.here = null;
		this.mark = el('span', { class: 'spot', 'aria-hidden': 'true', hidden: true });
		this.node = el('div', { class: 'dots', role: 'group', 'aria-label': t('dotsLabel'), onkeydown: (event) => this.key(event) });
	}
	stop() { for (const one of [this.job, ...this.sheets]) one?.cancel(); this.job = null; this.sheets = []; clearTimeout(this.timer); }
	async fill(ground, sliders, pictures) {
		const { app } = this;
		this.stop();
		this.ground = ground; this.sliders = sliders;
		replace(this.node, el('p', { class: 'soft' }, t('placing')));
		this.dots = []; this.here = null;
		const job = this.job = app.job('places', { state: app.state, of: sliders.map((one) => one.of), count: COUNT });
		let value = null;
		try { value = await job; } catch (error) { if (job === this.job) replace(this.node, el('p', { class: 'soft' }, clean(error.message))); }
		if (job !== this.job || !value) return;
		this.job = null;
		const farthest = Math.max(...value.points.flat().map(Math.abs), 1);
		this.reach = Math.ceil(2 * farthest) / 2;
		this.dots = value.points.map((point, seed) => {
			const state = { ...ground, seed, latent: null };
			const label = `${t('seedNo', { n: seed })}: ${t('cell', { x: sliders[0].name, a: S.signed(point[0]), y: sliders[1].name, b: S.signed(point[1]) })}`;
			const node = thumb(state, label, () => app.set(state));
			node.firstChild.tabIndex = -1; node.firstChild.title = label; node.point = point;
			this.put(node, point);
			return node;
		});
		this.dots[0].firstChild.tabIndex = 0;
		replace(this.node, ...this.dots, this.mark);
		this.node.setAttribute('data-reach', String(this.reach));
		this.show(value.here); this.pictures(pictures); this.update();
		this.drawn?.();
	}
	put(node, [x, y]) {
		const part = (at) => 50 + (47 * at) / this.reach + '%';
		node.style.left = part(x); node.style.top = part(-y);
	}
	show(here) { this.here = here; this.mark.hidden = Math.max(...here.map(Math.abs)) > 1.05 * this.reach; this.put(this.mark, here); }
	// Their pictures, in as many sheets as it takes; asked for once.
	pictures(on) {
		this.node.classList.toggle('bare', !on);
		if (!on || this.sheets.length) return;
		for (let at = 0; at < this.dots.length; at += MOST) this.sheets.push(fill(this.app, 'dots', this.dots.slice(at, at + MOST), SIDE));
	}
	update() {
		const { app } = this;
		if (!this.dots.length) return;
		const plain = !app.state.latent && S.keyOf(app.state) === S.keyOf({ ...this.ground, seed: app.state.seed });
		this.dots.forEach((node, seed) => node.classList.toggle('here', plain && seed === app.state.seed));
		clearTimeout(this.timer);
		this.timer = setTimeout(() => this.ask(), 300);
	}
	// Where the picture is now.
	async ask() {
		const key = JSON.stringify([S.keyOf(this.app.state), this.sliders.map((one) => one.of)]);
		if (key === this.asked) return;
		this.asked = key;
		try {
			const value = await this.app.job('places', { state: this.app.state, of: this.sliders.map((one) => one.of), count: 0 });
			if (value && key === this.asked) this.show(value.here);
		} catch { this.asked = ''; }
	}
	// The nearest dot in the direction of the arrow.
	key(event) {
		const to = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
		const from = this.dots.find((node) => node.contains(document.activeElement));
		if (!to || !from) return;
		event.preventDefault();
		let best = null, least = Infinity;
		for (const node of this.dots) {
			const [x, y] = [node.point[0] - from.point[0], node.point[1] - from.point[1]];
			const ahead = x * to[0] + y * to[1], aside = Math.abs(x * to[1]) + Math.abs(y * to[0]);
			if (node !== from && ahead > 0 && aside <= ahead && ahead + aside < least) { best = node; least = ahead + aside; }
		}
		if (!best) return;
		from.firstChild.tabIndex = -1; best.firstChild.tabIndex = 0; best.firstChild.focus();
		this.app.set(best.state, { gesture: 'map' });
	}
}
