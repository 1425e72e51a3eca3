// The strip of layers: which of them the chosen slider changes, and what they see.
import { $, el, button, labelled, select, replace } from './dom.js';
import { t, clean } from './texts.js';
import * as S from './state.js';

const SIDE = 48;
const PRESETS = { all: () => true, coarse: (px) => px <= 8, middle: (px) => px > 8 && px < 64, fine: (px) => px >= 64 };

export class Layers {
	constructor(app) {
		this.app = app; this.cells = []; this.show = 'numbers'; this.pictures = new Map();
		this.title = el('h2', {}, t('layers'));
		this.strip = el('div', { id: 'strip', role: 'group', tabIndex: 0, title: t('stripHelp'), onkeydown: (event) => this.key(event), onpointerdown: (event) => this.press(event) });
		this.from = el('select', { onchange: () => this.set(Number(this.from.value), Math.max(Number(this.from.value), this.range[1])) });
		this.to = el('select', { onchange: () => this.set(Math.min(this.range[0], Number(this.to.value)), Number(this.to.value)) });
		this.presets = el('div', { class: 'bar presets', role: 'group', 'aria-label': t('layers') });
		this.thumbs = select([['numbers', t('thumbsNone')], ['sees', t('thumbsSees')], ['does', t('thumbsDoes')]], 'numbers', (value) => { this.show = value; this.asked = ''; this.pictures.clear(); this.built(); this.ask(); });
		$('layers').append(el('div', { class: 'bar head' }, this.title, this.presets, labelled(t('fromLayer'), this.from), labelled(t('toLayer'), this.to), labelled(t('thumbs'), this.thumbs)), this.strip, this.about = el('p', { class: 'soft', hidden: true }));
	}
	get slider() { return this.app.sliderPanel.slider; }
	get range() {
		const edit = this.slider && S.editOf(this.app.state, this.slider);
		return edit ? [edit.first_layer, edit.last_layer === null ? this.app.last : edit.last_layer] : [0, this.app.last];
	}
	built() {
		const { app } = this;
		if (!app.model) return;
		const layers = app.model.layers, channels = this.slider ? this.slider.channels : '', name = this.slider ? clean(this.slider.name, 40) : '';
		this.title.textContent = this.slider ? t(channels ? 'channelsOf' : 'layersOf', { name }) : t('layers');
		this.about.hidden = !channels; this.about.textContent = channels ? t('channelsMore', { channels: channels.replace(/-/g, '−') }) : '';
		for (const node of [this.presets, this.strip, ...[this.from, this.to, this.thumbs].map((one) => one.parentNode)]) node.hidden = Boolean(channels);
		this.strip.setAttribute('aria-label', this.title.textContent);
		replace(this.strip, ...(this.cells = layers.map(({ index, resolution }) => el('span', { class: 'cell', 'data-layer': String(index), title: t('layer', { n: index, px: resolution }) }, el('b', {}, String(index)), el('small', {}, resolution + '²')))));
		for (const [node, label] of [[this.from, t('fromLayer')], [this.to, t('toLayer')]]) {
			replace(node, ...layers.map(({ index }) => el('option', { value: String(index) }, String(index))));
			node.setAttribute('aria-label', this.title.textContent + ', ' + label);
		}
		replace(this.presets, ...Object.entries(PRESETS).map(([key, fits]) => {
			const chosen = layers.filter((layer) => fits(layer.resolution));
			return chosen.length ? button(t(key), '', () => this.set(chosen[0].index, chosen[chosen.length - 1].index), { class: 'quiet', 'data-first': String(chosen[0].index), 'data-last': String(chosen[chosen.length - 1].index) }) : null;
		}));
		for (const [index, canvas] of this.pictures) this.cells[index]?.prepend(canvas);
		if (app.state) this.update();
	}
	update() {
		const [first, last] = this.range;
		this.cells.forEach((cell, index) => cell.classList.toggle('in', index >= first && index <= last));
		this.from.value = String(first); this.to.value = String(last);
		for (const node of this.presets.children) node.setAttribute('aria-pressed', String(Number(node.dataset.first) === first && Number(node.dataset.last) === last));
		if (this.show !== 'numbers') { clearTimeout(this.timer); this.timer = setTimeout(() => this.ask(), 600); }
	}
	set(first, last, how) {
		const most = this.app.last;
		first = Math.max(0, Math.min(most, first)); last = Math.max(first, Math.min(most, last));
		if (this.slider) this.app.edit(this.slider, { first_layer: first, last_layer: last }, how);
	}
	key(event) {
		const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
		if (!by || event.ctrlKey || event.metaKey) return;
		event.preventDefault();
		const [first, last] = this.range, how = { gesture: 'layers ' + this.app.sliderPanel.chosen };
		if (event.shiftKey) this.set(first, Math.max(first, last + by), how);
		else if (first + by >= 0 && last + by <= this.app.last) this.set(first + by, last + by, how);
	}
	press(event) {
		const at = (x) => this.cells.findIndex((cell) => { const box = cell.getBoundingClientRect(); return x >= box.left && x < box.right; });
		const begin = at(event.clientX);
		if (begin < 0 || event.button) return;
		this.strip.setPointerCapture(event.pointerId);
		const how = { gesture: 'layers ' + this.app.sliderPanel.chosen, moving: true };
		const move = (next) => { const now = at(next.clientX); if (now >= 0) this.set(Math.min(begin, now), Math.max(begin, now), how); };
		const end = () => { this.strip.removeEventListener('pointermove', move); this.app.commit(); };
		move(event);
		this.strip.addEventListener('pointermove', move);
		this.strip.addEventListener('pointerup', end, { once: true });
		this.strip.addEventListener('pointercancel', end, { once: true });
	}
	// Thumbnails come from the activations of the last picture, the latest layers first where that is cheaper.
	ask() {
		if (this.show === 'numbers' || (this.show === 'does' && !this.slider) || this.slider?.channels) return;
		const asked = JSON.stringify([this.show, S.keyOf(this.app.state), this.show === 'does' && this.slider.of]);
		if (asked === this.asked) return;
		this.asked = asked;
		if (this.job) this.job.cancel();
		this.job = this.app.job('layers', { state: this.app.state, of: this.show === 'does' ? this.slider.of : null, side: SIDE });
		this.app.jobs.get(this.job.id).thumb = async (head, blob) => {
			const bitmap = await createImageBitmap(blob), canvas = el('canvas', { width: bitmap.width, height: bitmap.height, 'aria-hidden': 'true' });
			canvas.getContext('2d').drawImage(bitmap, 0, 0);
			this.cells[head.index]?.querySelector('canvas')?.remove();
			this.cells[head.index]?.prepend(canvas); this.pictures.set(head.index, canvas);
		};
		this.job.catch((error) => { if (error.message !== t('cancelled')) this.app.toast(error.message); });
	}
}
