// One row a slider: named directions first, then what was taught or opened, then components.
import { $, el, ask, button, labelled, select, replace } from './dom.js';
import { t, clean } from './texts.js';
import * as S from './state.js';
import { Naming } from './naming.js';

const STEP = 0.1, STEPS = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageUp: 1, PageDown: -1, ',': -0.01, '.': 0.01 };
const RANGES = ['usable', '2', '5', '10', 'own'];

export class Sliders {
	constructor(app) {
		this.app = app; this.rows = new Map(); this.chosen = null; this.range = 'usable';
		this.filter = el('input', { type: 'search', placeholder: t('filter'), 'aria-label': t('filter'), title: t('filterTip'), oninput: () => this.sift() });
		this.moved = el('input', { type: 'checkbox', onchange: () => this.sift() });
		this.rangeSelect = select(RANGES.map((one) => [one, Number(one) ? '±' + one : t(one)]), 'usable', (value) => this.reach(value));
		this.list = el('div', { id: 'rows' });
		this.empty = el('p', { class: 'soft', hidden: true }); this.seeking = el('p', { class: 'seeking', hidden: true });
		this.nameButton = button(t('nameIt'), t('saveDirection'), () => app.files.saveDirection(), { class: 'strong', disabled: true });
		this.resetButton = button(t('resetAll'), '', () => app.set(S.without(app.state)), { class: 'quiet', disabled: true });
		this.measureButton = button(t('measure'), t('measureTip'), () => this.measure(), { class: 'quiet' });
		this.naming = new Naming(this);
		$('sliders').append(el('div', { class: 'bar head' }, el('h2', {}, t('sliders')), this.filter, labelled(t('movedOnly'), this.moved, { class: 'check' }), labelled(t('range'), this.rangeSelect), this.naming.channelButton), this.list, this.empty, this.seeking, el('div', { class: 'bar' }, this.nameButton, this.naming.renameButton, this.resetButton, this.note = el('small', { id: 'about' }), this.measureButton));
	}
	built() {
		const { app } = this;
		const active = document.activeElement, focused = active?.closest('#rows .slider')?.dataset.of, typed = active?.type === 'number' ? active.value : null, name = this.naming.typing?.();
		this.building = true; this.rows.clear();
		const channels = app.sliders.filter(S.isChannel), components = app.sliders.filter(S.isComponent);
		const named = app.sliders.filter((one) => !S.isComponent(one) && !S.isChannel(one));
		const groups = [[t('named'), named], [t('channels'), channels], [t('components'), components]].filter(([, all]) => all.length);
		replace(this.list, ...groups.map(([name, all]) => el('div', { class: 'group', role: 'group', 'aria-label': name }, el('h3', {}, name), ...all.map((one) => this.row(one)))));
		if (!app.slider(this.chosen)) this.chosen = app.sliders.length ? app.sliders[0].of : null;
		if (app.state) this.update();
		this.building = false;
		const row = this.rows.get(focused);
		if (row && typeof name === 'string') this.naming.rename(name);
		else if (row && typed !== null) { row.number.value = typed; row.number.focus(); } else row?.input.focus();
		this.sift(); this.seek();
	}
	// How far the search for components is; all else works meanwhile.
	seek() { this.seeking.hidden = !this.app.finding; this.seeking.textContent = this.app.finding ? t('finding', { text: this.app.finding }) : ''; }
	// How far all sliders go; own: as far as is typed in.
	async reach(range) {
		if (range === 'own') {
			const [low, high] = [-3, 3].map((value, at) => el('input', { type: 'number', step: '0.5', value: String((this.own || [])[at] ?? value) }));
			const own = await ask(t('ownRange'), [el('div', { class: 'bar' }, labelled(t('from'), low), labelled(t('to'), high))], t('use'), t('cancel'), () => (Number(low.value) < Number(high.value) ? [Number(low.value), Number(high.value)] : undefined));
			if (!own) { this.rangeSelect.value = this.range; return; }
			this.own = own;
		}
		this.range = range;
		this.built();
	}
	ends(slider) {
		if (this.range === 'own') return [Math.min(0, this.own[0]), Math.max(0, this.own[1])];
		if (this.range !== 'usable') return [-Number(this.range), Number(this.range)];
		return [Math.min(slider.low, 0), Math.max(slider.high, 0)];
	}
	row(slider) {
		const { app } = this, name = clean(slider.name, 80);
		const [low, high] = this.ends(slider);
		const id = 'slider-' + slider.of;
		const input = el('input', { type: 'range', id, step: '0.01', value: '0', 'data-of': slider.of, title: t('reset') });
		const number = el('input', { type: 'number', step: '0.1', value: '0', 'aria-label': t('number', { name }), inputmode: 'decimal' });
		const on = el('input', { type: 'checkbox', checked: true, 'aria-label': t('onLabel', { name }), tabIndex: -1 });
		const track = el('span', { class: 'track' }, input);
		const note = el('small', { title: clean(slider.note) }, S.isComponent(slider) ? clean(slider.note, 20) : '');
		const node = el('div', { class: 'slider', 'data-of': slider.of }, el('label', { for: id, title: clean(slider.note) }, name), note, track, number, el('label', { class: 'check on' }, on, el('span', { 'aria-hidden': 'true' }, t('on'))));
		const row = { slider, node, input, number, on, name };
		this.scale(row, low, high);
		input.addEventListener('focus', () => this.choose(slider.of));
		input.addEventListener('pointerdown', () => { row.dragging = true; });
		input.addEventListener('input', () => this.move(row, Number(input.value), row.dragging));
		input.addEventListener('change', () => { row.dragging = false; app.commit(); });
		input.addEventListener('dblclick', () => app.edit(slider, { sigma: 0 }));
		input.addEventListener('keydown', (event) => this.key(event, row));
		number.addEventListener('focus', () => this.choose(slider.of));
		number.addEventListener('change', () => { if (this.building) return; if (number.value.trim()) app.edit(slider, { sigma: S.within(Number(number.value)) }); number.value = String(S.editOf(app.state, slider).sigma); });
		number.addEventListener('keydown', (event) => { if (event.key === 'Enter') { number.dispatchEvent(new Event('change')); input.focus(); } });
		node.querySelector('label').addEventListener('dblclick', () => { this.choose(slider.of); this.naming.rename(); });
		on.addEventListener('change', () => app.edit(slider, { on: on.checked }));
		this.rows.set(slider.of, row);
		return node;
	}
	// From where to where the handle goes, with the marks between.
	scale({ slider, input }, low, high) {
		const span = high - low, part = (at) => Math.min(100, Math.max(0, (100 * (at - low)) / span)) + '%', track = input.parentNode;
		input.min = String(low); input.max = String(high);
		const marks = [-2, -1, 1, 2].filter((at) => at > low && at < high).map((at) => { const mark = el('i', { 'aria-hidden': 'true' }); mark.style.setProperty('--at', String((at - low) / span)); return mark; });
		track.querySelectorAll('i').forEach((mark) => mark.remove()); track.prepend(...marks);
		for (const [key, at] of [['--low', part(slider.low)], ['--high', part(slider.high)], ['--z', String(-low / span)]]) track.style.setProperty(key, at);
	}
	move(row, sigma, dragging) {
		const [low, high] = this.ends(row.slider);
		const near = dragging && Math.abs(sigma) < (high - low) / 120 ? 0 : sigma;
		this.app.edit(row.slider, { sigma: near, on: true }, { gesture: 'slide ' + row.slider.of, moving: Boolean(dragging) });
	}
	key(event, row) {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const { app } = this, { slider } = row;
		const now = S.editOf(app.state, slider).sigma, [low, high] = this.ends(slider);
		let to = null;
		if (event.key in STEPS) to = now + STEPS[event.key] * (event.shiftKey && event.key.startsWith('Arrow') ? 5 : 1);
		else if (event.key === 'Home') to = low;
		else if (event.key === 'End') to = high;
		else if (event.key === '0') to = 0;
		else if (event.key === 'x' || event.key === 'X') { event.preventDefault(); app.edit(slider, { on: !S.editOf(app.state, slider).on }); return; }
		else if (event.key === 'F2') { event.preventDefault(); this.naming.rename(); return; }
		else if (event.key === 'Enter') { event.preventDefault(); row.number.focus(); row.number.select(); return; }
		if (to === null) return;
		event.preventDefault();
		this.move(row, Math.max(Math.min(low, now), Math.min(Math.max(high, now), to)), false);
	}
	choose(of) {
		if (this.chosen === of) return;
		this.chosen = of;
		this.update(); this.app.layers.built();
	}
	// A slider that was just added: chosen, in sight, ready for the arrow keys.
	show(of) {
		this.filter.value = ''; this.moved.checked = false; this.sift(); this.choose(of);
		this.rows.get(of)?.input.focus();
	}
	// The next (1) or previous (-1) row that is shown.
	step(by) {
		const shown = [...this.rows.values()].filter((row) => !row.node.hidden);
		if (!shown.length) return;
		const at = shown.findIndex((row) => row.input === document.activeElement), from = at < 0 ? shown.findIndex((row) => row.slider.of === this.chosen) - (by > 0 ? 1 : 0) : at;
		shown[Math.max(0, Math.min(shown.length - 1, from + by))].input.focus();
	}
	// How far the chosen slider can go: some hundred pictures, in the background.
	async measure() {
		const { app, slider } = this;
		if (this.measuring) { this.measuring.cancel(); return; }
		if (!slider) return;
		this.measuring = app.job('measure', { of: slider.of, state: app.state }, (message) => { this.measureButton.textContent = t('measuring', { done: message.done, total: message.total }); });
		app.finder.job = () => this.measuring?.cancel();
		this.measureButton.textContent = t('cancel');
		try {
			const { low, high } = await this.measuring;
			app.sliders = app.sliders.map((one) => (one.of === slider.of ? { ...one, low, high, measured: true } : one));
			app.ranges = { ...app.ranges, [slider.of]: [low, high] };
			app.keep(); this.built();
		} catch (error) { app.toast(error.message); }
		this.measuring = app.finder.job = null; this.measureButton.textContent = t('measure');
	}
	get slider() { return this.app.slider(this.chosen); }
	update() {
		const { app } = this;
		for (const row of this.rows.values()) {
			const edit = S.editOf(app.state, row.slider), [low, high] = this.ends(row.slider);
			const ends = [Math.min(low, edit.sigma), Math.max(high, edit.sigma)];
			if (!row.dragging && !S.same(ends, [Number(row.input.min), Number(row.input.max)])) this.scale(row, ...ends);
			row.input.value = String(edit.sigma);
			if (document.activeElement !== row.number) row.number.value = String(edit.sigma);
			row.on.checked = edit.on;
			const last = edit.last_layer === null ? app.last : edit.last_layer;
			row.input.setAttribute('aria-valuetext', t(!edit.on ? 'valueOff' : row.slider.channels ? 'valueChannels' : 'value', { channels: row.slider.channels, name: row.name, sigma: (edit.sigma < 0 ? t('minus') + ' ' : edit.sigma > 0 ? t('plus') + ' ' : '') + Math.abs(edit.sigma), a: edit.first_layer, b: last }));
			row.node.classList.toggle('moved', Boolean(edit.sigma)); row.node.classList.toggle('off', !edit.on); row.node.classList.toggle('chosen', row.slider.of === this.chosen);
			row.node.classList.toggle('outside', edit.sigma < row.slider.low || edit.sigma > row.slider.high);
			row.moved = Boolean(edit.sigma) || !edit.on;
		}
		const any = app.state.edits.some((edit) => edit.sigma);
		const { slider } = this;
		this.note.textContent = slider ? `${clean(slider.name, 40)}: ${S.signed(slider.low)} … ${S.signed(slider.high)} σ, ${t(slider.measured ? 'measured' : 'notMeasured')}${slider.known ? ' · ' + t('known', { known: clean(slider.known, 20) }) : ''}` : '';
		this.naming.update();
		this.nameButton.disabled = !any; this.resetButton.disabled = !app.state.edits.length;
		if (this.moved.checked) this.sift();
	}
	sift() {
		const word = this.filter.value.trim().toLowerCase();
		let shown = 0;
		for (const row of this.rows.values()) {
			row.node.hidden = (word && !row.name.toLowerCase().includes(word)) || (this.moved.checked && !row.moved);
			shown += !row.node.hidden;
		}
		for (const group of this.list.children) group.hidden = ![...group.querySelectorAll('.slider')].some((node) => !node.hidden);
		this.empty.hidden = shown > 0 || (!this.rows.size && Boolean(this.app.finding));
		this.empty.textContent = !this.rows.size ? t('noDirections') : word ? t('noSlider') : t('noneMoved');
	}
}
