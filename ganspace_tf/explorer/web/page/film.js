// A film: one slider there and back, or a path through keyframes.
import { el, button, labelled, select, replace } from './dom.js';
import { t, clean } from './texts.js';
import * as S from './state.js';
import { thumb, fill } from './finder.js';

const SIDE = 96;

export class Film {
	constructor(app) {
		this.app = app;
		const number = (value, min, max, step) => el('input', { type: 'number', value: String(value), min: String(min), max: String(max), step: String(step), required: true, oninput: () => this.words() });
		this.slider = el('select', { onchange: () => { this.picked = true; this.ends(); } });
		this.low = number(-2, -1000, 1000, 'any'); this.high = number(2, -1000, 1000, 'any');
		this.frames = number(40, 2, 100000, 1); this.fps = number(20, 1, 60, 'any');
		this.ease = el('input', { type: 'checkbox', checked: true }); this.loop = el('input', { type: 'checkbox' });
		this.ending = select([['.gif', 'GIF'], ['.mp4', 'MP4']], '.gif', () => {});
		this.keys = el('div', { class: 'grid keys' });
		this.bar = el('progress', { max: 1, value: 0, hidden: true });
		this.said = el('span', { class: 'soft', role: 'status' });
		this.go = button(t('make'), '', () => this.make(), { class: 'strong' });
		this.stop = button(t('cancel'), '', () => this.cancel(), { class: 'quiet', hidden: true });
		this.moves = el('div', { class: 'bar' }, labelled(t('moveSlider'), this.slider), labelled(t('from'), this.low), labelled(t('to'), this.high));
		this.pathRow = el('div', { class: 'bar' }, labelled(t('ease'), this.ease, { class: 'check' }), labelled(t('loop'), this.loop, { class: 'check' }));
		this.node = el('div', {}, el('div', { class: 'bar' }, el('p', { class: 'soft' }, t('filmHelp')), el('span', { class: 'gap' }), button(t('addKey'), '', () => this.add(), { class: 'quiet' })), this.keys, this.moves, this.pathRow,
			el('div', { class: 'bar' }, labelled(t('frames'), this.frames), labelled(t('fps'), this.fps), labelled(t('ending'), this.ending), this.length = el('span', { class: 'soft' }), el('span', { class: 'gap' }), this.bar, this.said, this.stop, this.go));
	}
	sheet() { return [...this.keys.querySelectorAll('.thumb')]; }
	shown() {
		const { chosen } = this.app.sliderPanel;
		if (chosen && !this.picked && this.slider.value !== chosen) { this.slider.value = chosen; this.ends(); }
	}
	built() {
		const { app } = this, now = this.slider.value;
		replace(this.slider, ...app.sliders.map((slider) => el('option', { value: slider.of }, clean(slider.name, 40))));
		this.slider.value = app.slider(now) ? now : app.sliderPanel.chosen || '';
		if (this.slider.value !== now) this.ends();
		this.key = '';
	}
	ends() { const slider = this.app.slider(this.slider.value); if (slider) { this.low.value = String(slider.low); this.high.value = String(slider.high); } this.words(); }
	add() { this.app.commit(); this.app.keyframes = [...this.app.keyframes, this.app.state]; this.app.keep(); this.update(); }
	words() { this.length.textContent = t('seconds', { s: (Number(this.fps.value) > 0 && Number(this.frames.value) > 0 ? Number(this.frames.value) / Number(this.fps.value) : 0).toFixed(1) }); }
	update() {
		const { app } = this, key = JSON.stringify(app.keyframes), path = app.keyframes.length > 1;
		this.moves.hidden = path; this.pathRow.hidden = !path; this.words();
		if (key === this.key) return;
		this.key = key;
		const nodes = app.keyframes.map((state, at) => thumb(state, t('keyNo', { n: at + 1 }), () => app.set(state), null, [button('×', t('removeKey', { n: at + 1 }), () => { app.keyframes = app.keyframes.filter((_, index) => index !== at); app.keep(); this.update(); }, { class: 'mark', 'aria-label': t('removeKey', { n: at + 1 }) })]));
		replace(this.keys, ...(nodes.length ? nodes : [el('p', { class: 'soft' }, t('noKeys'))]));
		fill(app, 'strip', nodes, SIDE);
	}
	async make() {
		const { app } = this, path = app.keyframes.length > 1;
		if (![this.frames, this.fps, ...(path ? [] : [this.low, this.high])].every((one) => one.reportValidity())) return;
		app.commit();
		this.go.disabled = true; this.stop.hidden = this.bar.hidden = false; this.bar.value = 0; this.said.textContent = '';
		this.job = app.job('film', { of: path ? null : this.slider.value, low: Number(this.low.value), high: Number(this.high.value), state: app.state, keyframes: path ? app.keyframes : [], frames: Number(this.frames.value), fps: Number(this.fps.value), ease: this.ease.checked, loop: this.loop.checked, ending: this.ending.value }, (message) => {
			this.bar.max = message.total || 1; this.bar.value = message.done; this.said.textContent = t('filming', { done: message.done, total: message.total });
		});
		app.finder.job = () => this.cancel();
		try { const value = await this.job; await app.files.download(value); if (value.recipe) await app.files.download(value.recipe); this.said.textContent = ''; } catch (error) { this.said.textContent = error.message; }
		app.finder.job = null;
		this.go.disabled = false; this.stop.hidden = this.bar.hidden = true;
	}
	cancel() { if (this.job) this.job.cancel(); }
}
