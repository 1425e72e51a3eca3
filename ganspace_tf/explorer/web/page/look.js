// Seed, truncation, class, noise, and what the family has besides.
import { $, el, button, labelled, select, replace } from './dom.js';
import { t, clean } from './texts.js';

const MOST_SEED = 2 ** 32 - 1;

export class Look {
	constructor(app) { this.app = app; this.row = el('div', { class: 'bar' }); $('look').append(el('h2', { class: 'unseen' }, t('look')), this.row); }
	set(change, how) { this.app.set({ ...this.app.state, ...change }, how); }
	seed(seed) { this.set({ seed: Math.min(MOST_SEED, Math.max(0, Math.round(seed) || 0)), latent: null }); }
	by(step) { this.seed(this.app.state.seed + step); }
	random() { this.seed(crypto.getRandomValues(new Uint32Array(1))[0] % 1000000); }
	built() {
		const { app } = this, { model } = app;
		this.seedBox = el('input', { type: 'number', id: 'seed', min: '0', max: String(MOST_SEED), step: '1', required: true, onchange: () => { if (this.seedBox.reportValidity()) this.seed(Number(this.seedBox.value)); }, onblur: () => this.update() });
		this.latentNote = el('span', { class: 'soft', hidden: true });
		const parts = [el('div', { class: 'field' }, labelled(t('seed'), this.seedBox), button('◀', t('prev'), () => this.by(-1), { 'aria-label': t('prev'), class: 'quiet round' }), button('▶', t('next'), () => this.by(1), { 'aria-label': t('next'), class: 'quiet round' }), button(t('random'), t('randomTip'), () => this.random(), { class: 'quiet' }), this.latentNote)];
		this.psiBox = this.cutoffBox = this.classBox = this.noiseBox = null; this.moves = [];
		if (model.truncates) {
			this.psiBox = el('input', { type: 'range', id: 'psi', min: model.has_cutoff === false ? '0.05' : '0', max: model.has_cutoff === false ? '1' : '1.5', step: '0.05', 'aria-label': t('psi'), title: t('psiTip'), oninput: () => this.set({ psi: Number(this.psiBox.value) }, { gesture: 'psi', moving: true }), onchange: () => app.commit() });
			this.psiText = el('output', { for: 'psi' });
			parts.push(el('div', { class: 'field' }, labelled(t('psi'), this.psiBox, { title: t('psiTip') }), this.psiText));
			if (model.has_cutoff !== false) {
				this.cutoffBox = select([['', t('all')], ...model.layers.map(({ index }) => [String(index + 1), String(index + 1)])], '', (value) => this.set({ cutoff: value === '' ? null : Number(value) }), { id: 'cutoff', title: t('cutoffTip') });
				parts.push(el('div', { class: 'field' }, labelled(t('cutoff'), this.cutoffBox)));
			}
		}
		if (model.has_classes) parts.push(this.classes());
		if (model.has_noise) {
			this.noiseBox = select([], '', (value) => this.set({ noise: value === 'numpy' ? 'numpy:' + this.noiseSeed() : value }), { id: 'noise' });
			parts.push(el('div', { class: 'field' }, labelled(t('noise'), this.noiseBox), button(t('newNoise'), 'numpy:SEED', () => this.set({ noise: 'numpy:' + this.noiseSeed(1) }), { class: 'quiet' })));
		}
		this.centredBox = el('input', { type: 'checkbox', onchange: () => this.set({ centred: this.centredBox.checked }) });
		parts.push(labelled(t('centred'), this.centredBox, { class: 'check', title: t('centredTip') }));
		if (model.has_transform) parts.push(this.transform());
		replace(this.row, ...parts);
	}
	noiseSeed(more = 0) { const found = /^numpy:(\d+)$/.exec(this.app.state.noise); return found ? (Number(found[1]) + more) % (MOST_SEED + 1) : 0; }
	classes() {
		const { model } = this.app, names = model.classes || [];
		const list = el('datalist', { id: 'class-names' }, ...names.map((name, index) => el('option', { value: clean(name, 80) + ' #' + index })));
		this.classBox = el('input', { id: 'class', list: 'class-names', type: 'text', autocomplete: 'off', onchange: () => {
			const text = this.classBox.value.trim(), index = /(?:#|^)(\d+)$/.exec(text);
			let chosen = index ? Number(index[1]) : names.findIndex((name) => name.toLowerCase().includes(text.toLowerCase()));
			if (!text) chosen = null; else if (/^\d+:/.test(text)) chosen = text;
			if (typeof chosen === 'number' && (chosen < 0 || chosen >= model.n_classes)) { this.app.toast(t('classRange', { text })); this.classBox.blur(); this.update(); return; }
			this.set({ class: chosen });
		} });
		return el('div', { class: 'field' }, labelled(t('cls'), this.classBox), list);
	}
	transform() {
		const names = [['x', -0.5, 0.5, 0.01], ['y', -0.5, 0.5, 0.01], ['turn', -180, 180, 1]];
		this.moves = names.map(([name, low, high, step], at) => el('input', { type: 'range', min: String(low), max: String(high), step: String(step), 'aria-label': t('movePicture') + ' ' + t(name), oninput: (event) => {
			const transform = [...(this.app.state.transform || [0, 0, 0])];
			transform[at] = Number(event.target.value);
			this.set({ transform: transform.some(Boolean) ? transform : null }, { gesture: 'transform', moving: true });
		}, onchange: () => this.app.commit() }));
		this.moveTexts = names.map(() => el('output'));
		return el('div', { class: 'field' }, el('span', {}, t('movePicture')), ...this.moves.flatMap((input, at) => [labelled(t(names[at][0]), input), this.moveTexts[at]]), button(t('transformOff'), '', () => this.set({ transform: null }), { class: 'quiet' }));
	}
	update() {
		const { state, model } = this.app;
		if (!this.seedBox) return;
		if (document.activeElement !== this.seedBox) this.seedBox.value = state.latent ? '' : String(state.seed);
		this.latentNote.hidden = !state.latent; this.latentNote.textContent = state.latent ? t('latent', { name: state.latent.slice(0, 8) }) : '';
		if (this.psiBox) { this.psiBox.value = String(state.psi === null ? 1 : state.psi); this.psiText.textContent = state.psi === null ? t('psiOff') : state.psi.toFixed(2); }
		if (this.cutoffBox) this.cutoffBox.value = state.cutoff === null ? '' : String(state.cutoff);
		if (this.classBox && document.activeElement !== this.classBox) {
			const names = model.classes || [];
			this.classBox.value = state.class === null ? '' : typeof state.class === 'number' && names[state.class] ? `${clean(names[state.class], 80)} #${state.class}` : String(state.class);
		}
		if (this.noiseBox) {
			const seed = this.noiseSeed(), own = state.noise.startsWith('numpy:');
			replace(this.noiseBox, el('option', { value: 'stored' }, t('noiseStored')), el('option', { value: 'numpy' }, t('noiseSeed', { n: seed })), el('option', { value: 'none' }, t('noiseNone')));
			this.noiseBox.value = own ? 'numpy' : state.noise;
		}
		this.centredBox.checked = state.centred;
		this.moves.forEach((input, at) => {
			const value = (state.transform || [0, 0, 0])[at];
			input.value = String(value);
			this.moveTexts[at].textContent = at < 2 ? value.toFixed(2) : `${value}°`;
		});
	}
}
