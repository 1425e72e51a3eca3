// The picture, and comparing it: before, A and B with a divider, difference.
import { $, el, button, replace } from './dom.js';
import { t } from './texts.js';
import * as S from './state.js';

export class Picture {
	constructor(app) {
		this.app = app; this.mode = ''; this.a = null; this.pinned = null; this.held = false; this.divider = 50; this.factor = 4; this.bitmap = null;
		this.canvas = el('canvas', { id: 'picture', role: 'img', 'aria-label': t('noPicture'), width: 256, height: 256 });
		this.over = el('canvas', { id: 'over', 'aria-hidden': 'true', hidden: true });
		this.slider = el('input', { type: 'range', min: '0', max: '100', step: '1', value: '50', class: 'divider', 'aria-label': t('divider'), oninput: () => { this.divider = Number(this.slider.value); this.paint(); } });
		this.wrong = el('p', { id: 'wrong', role: 'alert', hidden: true });
		this.frame = el('div', { id: 'frame' }, this.canvas, this.over, this.wrong);
		this.labelA = el('span', { class: 'tag left', hidden: true }); this.labelB = el('span', { class: 'tag right', hidden: true }, 'B');
		this.frame.append(this.labelA, this.labelB);
		this.status = el('p', { id: 'status' });
		this.beforeButton = button(t('before'), t('beforeTip'), null, { class: 'quiet', onpointerdown: (event) => { event.preventDefault(); this.hold(true); }, onpointerup: () => this.hold(false), onpointerleave: () => this.hold(false), onpointercancel: () => this.hold(false),
			onkeydown: (event) => { if (event.key === ' ' || event.key === 'Enter') { event.preventDefault(); this.hold(true); } }, onkeyup: () => this.hold(false) });
		this.pinButton = button(t('pin'), t('pinTip'), () => this.pin(), { class: 'quiet' });
		this.splitButton = button(t('split'), t('splitTip'), () => this.setMode('split'), { class: 'quiet', 'aria-pressed': 'false' });
		this.diffButton = button(t('diff'), t('diffTip'), () => this.setMode('diff'), { class: 'quiet', 'aria-pressed': 'false' });
		this.starButton = button('☆', t('starTip'), () => app.finder.star(app.state), { class: 'quiet round', 'aria-label': t('starTip'), 'aria-pressed': 'false' });
		this.sizeButton = button(t('actual'), t('actualTip'), () => this.size(), { class: 'quiet', 'aria-pressed': 'false' });
		this.strength = el('input', { type: 'range', min: '1', max: '16', step: '1', value: '4', 'aria-label': t('strength', { n: 4 }), oninput: () => { this.factor = Number(this.strength.value); this.paint(); this.words(); } });
		this.strengthRow = el('label', { class: 'strength' }, this.strengthText = el('span', {}), this.strength);
		this.table = el('div', { id: 'differences', hidden: true });
		$('stage').append(this.frame, el('div', { class: 'bar under' }, this.status, this.beforeButton, this.splitButton, this.diffButton, this.pinButton, this.starButton, this.sizeButton), this.table);
	}
	// What cannot be drawn is said in the place of the picture.
	fail(text) { this.wrong.textContent = text; this.wrong.hidden = !text; this.frame.classList.toggle('failed', Boolean(text)); }
	draw(bitmap, exact) {
		this.fail('');
		this.bitmap = bitmap; this.bitmapExact = exact;
		if (!this.held) this.put(this.canvas, bitmap);
		if (this.mode) this.paint();
	}
	put(canvas, bitmap) {
		const { model } = this.app;
		const w = Math.max(bitmap.width, model.width || model.resolution), h = Math.max(bitmap.height, model.height || model.resolution);
		if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; this.frame.style.setProperty('--ratio', String(w / h)); }
		const context = canvas.getContext('2d');
		context.imageSmoothingQuality = 'high';
		context.drawImage(bitmap, 0, 0, w, h);
	}
	update() {
		const { app } = this;
		this.canvas.setAttribute('aria-label', app.notation);
		const starred = app.stars.some((one) => S.same(one, app.state));
		this.starButton.textContent = starred ? '★' : '☆'; this.starButton.setAttribute('aria-pressed', String(starred));
		this.beforeButton.disabled = !app.state.edits.some((edit) => edit.on && edit.sigma);
		if (this.mode) { this.words(); this.loadA(); }
	}
	// -------------------------------------------------------------- before
	async hold(on) {
		if (!this.app.state || this.held === on || (on && this.beforeButton.disabled)) return;
		this.held = on;
		this.beforeButton.classList.toggle('pressed', on);
		if (!on) { if (this.bitmap) this.put(this.canvas, this.bitmap); return; }
		try {
			const bitmap = await this.app.exactOf(S.without(this.app.state));
			if (this.held) this.put(this.canvas, bitmap);
		} catch { /* another wish came first */ }
	}
	// -------------------------------------------------------------- A and B
	pin() {
		this.pinned = this.app.state;
		if (!this.mode) this.setMode('split'); else this.update();
	}
	get stateA() { return this.pinned || S.without(this.app.state); }
	setMode(mode) {
		this.mode = this.mode === mode ? '' : mode;
		if (!this.mode) this.pinned = null;
		this.splitButton.setAttribute('aria-pressed', String(this.mode === 'split')); this.diffButton.setAttribute('aria-pressed', String(this.mode === 'diff'));
		const split = this.mode === 'split';
		if (split) this.frame.append(this.slider); else this.slider.remove();
		if (this.mode === 'diff') this.table.before(this.strengthRow); else this.strengthRow.remove();
		this.frame.classList.toggle('split', split);
		this.over.hidden = !this.mode; this.labelA.hidden = this.labelB.hidden = !split; this.table.hidden = !this.mode;
		this.a = null; this.keyA = '';
		if (this.mode) this.update();
	}
	async loadA() {
		const key = S.keyOf(this.stateA);
		if (key === this.keyA) { this.paint(); return; }
		this.keyA = key;
		try {
			const bitmap = await this.app.exactOf(this.stateA);
			if (key === this.keyA) { this.a = bitmap; this.paint(); }
		} catch { if (key === this.keyA) this.keyA = ''; }
	}
	paint() {
		if (!this.mode || !this.a || !this.bitmap) return;
		if (this.mode === 'split') {
			this.put(this.over, this.a);
			this.over.style.clipPath = `inset(0 ${100 - this.divider}% 0 0)`;
			this.frame.style.setProperty('--divider', this.divider + '%');
			return;
		}
		this.over.style.clipPath = '';
		const w = this.a.width, h = this.a.height;
		const pixels = (bitmap) => {
			const canvas = el('canvas', { width: w, height: h }), context = canvas.getContext('2d', { willReadFrequently: true });
			context.drawImage(bitmap, 0, 0, w, h);
			return context.getImageData(0, 0, w, h);
		};
		const one = pixels(this.a), two = pixels(this.bitmap);
		for (let i = 0; i < one.data.length; i += 4) {
			for (let c = 0; c < 3; c += 1) one.data[i + c] = 128 + this.factor * (two.data[i + c] - one.data[i + c]);
			one.data[i + 3] = 255;
		}
		const canvas = el('canvas', { width: w, height: h });
		canvas.getContext('2d').putImageData(one, 0, 0);
		this.put(this.over, canvas);
	}
	words() {
		const { app } = this;
		this.labelA.textContent = t('isA', { what: t(this.pinned ? 'pinned' : 'unedited') });
		this.strengthText.textContent = t('strength', { n: this.factor });
		this.strength.setAttribute('aria-label', t('strength', { n: this.factor }));
		const rows = differences(this.stateA, app.state, app);
		if (!rows.length) { replace(this.table, el('p', { class: 'soft' }, t('same'))); return; }
		replace(this.table, el('table', {}, el('caption', {}, t('differ')), el('thead', {}, el('tr', {}, ...[t('setting'), 'A', 'B'].map((one) => el('th', { scope: 'col' }, one)))),
			el('tbody', {}, ...rows.map(([name, a, b]) => el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, a), el('td', {}, b))))));
	}
	size() {
		const actual = this.frame.classList.toggle('actual');
		this.sizeButton.setAttribute('aria-pressed', String(actual));
	}
}

// [name, A, B] of every setting in which two states differ.
export function differences(a, b, app) {
	const rows = [];
	const shown = (value) => (value === null || value === undefined ? t('none') : value === true ? t('yes') : value === false ? t('no') : Array.isArray(value) ? value.join(', ') : String(value));
	for (const [field, name] of [['latent', 'latentSetting'], ['seed', 'seedSetting'], ['class', 'classSetting'], ['psi', 'psiSetting'], ['cutoff', 'cutoffSetting'], ['noise', 'noiseSetting'], ['centred', 'centredSetting'], ['transform', 'transformSetting']]) {
		if (!S.same(a[field], b[field])) rows.push([t(name), ...[a, b].map((one) => (field === 'cutoff' && one[field] === null ? t('all') : shown(one[field])))]);
	}
	const strength = (edit) => (!edit ? '0' : S.signed(edit.sigma) + (edit.first_layer === 0 && (edit.last_layer ?? app.last) === app.last ? '' : ` (${edit.first_layer}-${edit.last_layer ?? app.last})`) + (edit.on ? '' : ' ' + t('offWord')));
	for (const of of new Set([...a.edits, ...b.edits].map((edit) => edit.of))) {
		const one = S.find(a, of), two = S.find(b, of), slider = app.slider(of);
		if (!S.same(one, two)) rows.push([slider ? slider.name : of.slice(0, 8), strength(one), strength(two)]);
	}
	return rows;
}
