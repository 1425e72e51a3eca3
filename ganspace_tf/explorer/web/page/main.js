// Where everything meets: the state, its history, the connection, and the parts of the page.
import { $, el, choose, button } from './dom.js';
import { t, clean, TEXTS } from './texts.js';
import { Net } from './net.js';
import * as S from './state.js';
import { Store, takeToken, askOtherTabs } from './store.js';
import { Picture } from './picture.js';
import { Sliders } from './sliders.js';
import { Layers } from './layers.js';
import { Look } from './look.js';
import { Finder } from './finder.js';
import { Files } from './files.js';
import { keys } from './keys.js';

const MOST_STEPS = 200, MOST_PICTURES = 60, MOST_THUMBS = 1000, THUMB = 96;
const MOST_BROUGHT = 16; // directions in a link
const GESTURE = 700; // ms after the last key of a gesture

export class App {
	constructor() {
		this.model = null; this.sliders = []; this.state = null; this.steps = []; this.at = 0; this.branches = []; this.stars = [];
		this.keyframes = []; this.plus = []; this.minus = [];
		this.pictures = new Map(); this.thumbs = new Map(); this.jobs = new Map(); this.extra = {};
		this.id = 0; this.shownId = 0; this.exact = false; this.drawn = 0; this.gesture = null; this.probe = null; this.listeners = [];
		this.token = takeToken();
		this.linkSeed = location.hash.startsWith('#s=') ? location.hash.slice(3) : null;
		this.net = new Net(this.token, { text: (m) => this.text(m), frame: (h, b) => this.frame(h, b), state: (name) => this.connection(name) });
		this.picture = new Picture(this); this.sliderPanel = new Sliders(this); this.layers = new Layers(this); this.look = new Look(this);
		this.finder = new Finder(this); this.files = new Files(this);
		this.header(); keys(this);
		for (const node of document.querySelectorAll('[data-label]')) { node.setAttribute('aria-label', t(node.dataset.label)); node.setAttribute('role', 'region'); }
		this.status(t('starting', { text: '…' }));
		this.wait(true);
	}
	// Until the network is there, nothing can be pressed.
	wait(on) { for (const id of ['main', 'finder', 'foot', 'actions']) $(id).inert = on; }
	get name() { return clean(this.model.name).replace(/\/+$/, '').split('/').pop(); }
	get last() { return this.model.layers.length - 1; }
	get notation() { return S.describe(this.state, this.sliders, this.last); }
	slider(of) { return this.sliders.find((one) => one.of === of); }

	header() {
		this.undoButton = button(t('undo'), t('undoTip'), () => this.undo(), { class: 'quiet', disabled: true });
		this.redoButton = button(t('redo'), t('redoTip'), () => this.redo(), { class: 'quiet', disabled: true });
		$('actions').append(this.undoButton, this.redoButton, el('span', { class: 'gap' }), ...this.files.buttons(), button('?', t('helpTip'), () => this.help(), { 'aria-label': t('help'), class: 'quiet round' }));
		this.copyButton = button(t('copyCommand'), '', () => this.files.copyCommand(), { class: 'quiet' });
		this.foot = el('code', { id: 'notation' });
		$('foot').append(this.foot, this.copyButton);
	}

	// -------------------------------------------------------------- the connection
	async start() {
		if (!this.token) { this.token = await askOtherTabs(); this.net.token = this.token; }
		this.net.connect();
	}
	connection(name) {
		this.banner('');
		if (name === 'down') { this.banner(t('offline')); this.status(t('offlineShort')); }
		else if (name === 'token' || name === 'wrong') this.askToken(t(name === 'wrong' ? 'tokenWrong' : 'tokenNeeded'));
		else if (name === 'full') this.banner(t('full'));
		else if (name === 'polling') this.toast(t('polling'));
	}
	askToken(text) {
		if (this.tokenField && this.tokenField.isConnected) return;
		this.tokenField = el('input', { type: 'text', 'aria-label': t('tokenLabel'), autocomplete: 'off', spellcheck: 'false' });
		const form = el('form', { onsubmit: (event) => {
			event.preventDefault();
			const token = this.tokenField.value.trim().replace(/^.*#token=/, '');
			if (!token) return;
			Store.token(token); this.token = this.net.token = token; this.banner(''); this.net.connect();
		} }, el('p', {}, text), el('div', { class: 'bar' }, this.tokenField, el('button', { type: 'submit', class: 'strong' }, t('tokenGo'))));
		this.banner(form);
		this.tokenField.focus();
	}
	text(message) {
		const job = this.jobs.get(message.id);
		if (message.type === 'welcome') this.welcome(message);
		else if (message.type === 'starting') this.status(t('starting', { text: message.text }));
		else if (message.type === 'refused') {
			if (job) { this.jobs.delete(message.id); job.reject(new Error(clean(message.text))); }
			else if (message.id === this.id) { this.picture.fail(clean(message.text)); this.status('–'); }
			else if (!message.id) { this.banner(clean(message.text)); this.status('–'); }
			if (this.probe && message.id === this.probe.id) { const probe = this.probe; this.probe = null; probe.reject(new Error(clean(message.text))); }
		} else if (message.type === 'notice') {
			if (message.level === 'calibrated') this.calibrated = true;
			if (message.level === 'starting' && !this.drawn) this.status(t('starting', { text: message.text }));
			if (message.level === 'finding') { this.finding = message.text; this.sliderPanel.seek(); }
			if (['starting', 'ready', 'calibrated', 'finding'].includes(message.level)) return;
			if (message.level === 'error' || message.level === 'fatal' || message.level === 'warning') this.banner(clean(message.text)); else this.toast(clean(message.text));
		} else if (message.type === 'progress' && job) job.progress(message);
		else if (message.type === 'result' && job) { this.jobs.delete(message.id); job.resolve(message.value); }
		else if (message.type === 'done' && job) { this.jobs.delete(message.id); job.resolve(null); }
		else if (message.type === 'found') this.found(message);
	}
	async welcome(message) {
		const again = this.model;
		this.banner('');
		if (again && again.fingerprint !== message.model.fingerprint) {
			if (!await choose(t('otherServer'), [el('p', {}, t('otherServerMore'))], [['new', t('otherServerGo')], [null, t('otherServerStay')]])) { this.net.leave(); this.banner(t('otherServerLeft')); return; }
			this.state = null; this.steps = []; this.linkSeed = null; this.pictures.clear(); this.thumbs.clear(); this.branches = [];
		}
		this.calibrated = Boolean(message.calibrated); this.finding = message.finding || null; this.model = message.model; this.limits = message.limits; this.initial = message.initial;
		this.store = new Store(this.model.fingerprint);
		const kept = this.store.read();
		this.extra = kept.extra || {};
		this.sliders = message.sliders; this.ranges = kept.ranges || {};
		await this.bringBack();
		this.sliders = this.sliders.map((one) => this.ranged(one));
		this.wait(false);
		$('model').textContent = this.name;
		document.title = this.name + ' · ganspace explore';
		$('top').querySelector('.facts')?.remove();
		$('title').append(el('small', { class: 'facts' }, `${this.model.resolution} px`));
		if (!this.state) await this.first(kept);
		else this.state = this.rebased(this.state);
		if (again) { for (const job of this.jobs.values()) job.reject(new Error(t('offlineShort'))); this.jobs.clear(); this.finder.afresh(); this.toast(t('back')); }
		this.fit();
		for (const part of [this.sliderPanel, this.layers, this.look, this.finder]) part.built();
		this.show(false); this.changed(); this.keep();
	}
	ranged(slider) { const ends = this.ranges[slider.of]; return ends ? { ...slider, low: ends[0], high: ends[1], measured: true } : slider; }
	// The components are there: sliders for them, and steps of earlier visits are whole again.
	found(message) {
		if (!this.state) return;
		this.finding = null; this.initial = message.initial;
		this.sliders = [...this.sliders.filter((one) => !message.sliders.some((two) => two.of === one.of)), ...message.sliders.map((one) => this.ranged(one))];
		const before = this.state, back = this.raw && this.at < this.raw.length && !this.gesture && S.same(before, this.steps[this.at]);
		this.steps = this.whole.map((one) => this.rebased(one)); this.raw = null;
		this.state = back ? this.steps[this.at] : this.rebased(before);
		for (const part of [this.sliderPanel, this.layers, this.finder]) part.built();
		if (S.keyOf(this.state) !== S.keyOf(before)) this.show(false);
		this.changed(); this.keep();
	}
	// The steps with what is still being sought: edits of components that earlier visits had.
	get whole() { return this.raw ? [...this.raw, ...this.steps.slice(this.raw.length)] : this.steps; }
	// Directions that the page was given (opened, taught) and a server that was started anew does not know.
	async bringBack() {
		for (const [of, { text, slider }] of Object.entries(this.extra)) {
			if (this.slider(of)) { this.addSlider(slider, text); continue; } // known by another name: here it has its own
			try { await this.files.upload(new Blob([text]), 'direction.json'); } catch (error) { if (error.refused) delete this.extra[of]; else this.addSlider(slider, text); }
		}
	}
	// Directions that a link carries; what is missing is said.
	async bringAlong(linked, own) {
		const needed = () => linked.edits.filter((edit) => edit.on && edit.sigma && !/^v\d+$/.test(edit.of) && !this.slider(edit.of));
		for (const one of needed().length ? own.slice(0, MOST_BROUGHT) : []) {
			try { await this.files.upload(new Blob([JSON.stringify(one)]), 'direction.json'); } catch { /* said below */ }
		}
		const missing = needed().length;
		if (missing) this.toast(t('linkLacks', { n: missing }));
	}
	// The directions that a state moves and only this page has, as in their files, without pictures.
	ownOf(state) { return state.edits.filter((edit) => edit.on && edit.sigma && this.extra[edit.of]).map((edit) => ({ ...JSON.parse(this.extra[edit.of].text), preview: null })); }
	addSlider(slider, text) {
		if (text) this.extra[slider.of] = { text, slider };
		if (!this.slider(slider.of)) this.sliders = [slider, ...this.sliders];
		else this.sliders = this.sliders.map((one) => (one.of === slider.of ? slider : one));
		if (this.state) { this.sliderPanel.built(); this.layers.built(); this.finder.built(); this.changed(); this.keep(); }
	}
	async first(kept) {
		let steps = kept.steps || [];
		this.at = Math.min(kept.at || 0, steps.length - 1);
		this.stars = kept.stars || []; this.keyframes = kept.keyframes || []; this.plus = kept.plus || []; this.minus = kept.minus || [];
		this.link = kept.link || null;
		if (this.linkSeed && this.linkSeed !== this.link) { // the page's own address says nothing that is not kept
			try {
				const { state, own } = await S.unpacked(this.linkSeed), linked = await this.fitting(state);
				if (linked) await this.bringAlong(linked, own);
				if (linked && !(steps[this.at] && S.same(this.rebased(linked), this.rebased(steps[this.at])))) {
					this.branches = steps.slice(this.at + 1).map((one) => this.rebased(one));
					steps = [...steps.slice(0, this.at + 1), linked].slice(-MOST_STEPS); this.at = steps.length - 1;
				}
			} catch { this.toast(t('badLink')); }
		}
		if (!steps.length) { steps = [this.initial]; this.at = 0; }
		this.raw = this.finding ? steps : null;
		this.steps = steps.map((one) => this.rebased(one)); this.state = this.steps[this.at];
	}
	async fitting(linked) {
		if (linked.model === this.model.fingerprint) return linked;
		const how = await choose(t('otherModel'), [], [['all', t('otherAnyway')], ['look', t('otherDrop')], [null, t('otherCancel')]]);
		const { model, initial, last } = this;
		if (!how) return null;
		const edits = how === 'look' ? [] : linked.edits.filter((edit) => edit.first_layer <= last).map((edit) => ({ ...edit, last_layer: Math.min(last, edit.last_layer === null ? last : edit.last_layer) }));
		return { ...initial, seed: linked.seed, edits, psi: model.truncates ? linked.psi : null, noise: model.has_noise ? linked.noise : initial.noise, centred: linked.centred };
	}
	// Of a state from elsewhere: this session's basis, and only edits that it knows.
	rebased(state) {
		return { ...state, basis: this.initial.basis, edits: state.edits.filter((edit) => this.slider(edit.of)) };
	}
	fit() { this.state = { ...this.initial, ...this.state }; }

	// -------------------------------------------------------------- changes
	set(state, { gesture = 'one', moving = false } = {}) {
		if (!this.state || S.same(state, this.state)) return;
		if (this.gesture && this.gesture !== gesture) this.commit();
		this.state = state; this.gesture = gesture;
		clearTimeout(this.gestureTimer);
		if (gesture === 'one') this.commit();
		else if (!moving) this.gestureTimer = setTimeout(() => this.commit(), GESTURE);
		this.show(moving || gesture !== 'one'); this.changed();
	}
	edit(slider, change, how) { this.set(S.withEdit(this.state, slider, change), how); }
	commit() {
		clearTimeout(this.gestureTimer);
		this.gesture = null;
		if (!this.state || S.same(this.state, this.steps[this.at])) return;
		this.push(); this.changed();
	}
	push() {
		if (this.at < this.steps.length - 1) this.branches = [...this.branches, ...this.steps.slice(this.at + 1)].slice(-MOST_STEPS);
		const steps = [...this.steps.slice(0, this.at + 1), this.state], old = Math.max(0, steps.length - MOST_STEPS);
		if (this.raw) this.raw = this.raw.slice(0, this.at + 1).slice(old);
		this.steps = steps.slice(old);
		this.at = this.steps.length - 1;
		this.keep();
	}
	jump(at) {
		this.commit();
		if (at < 0 || at >= this.steps.length || at === this.at) return;
		this.at = at; this.state = this.steps[at]; this.keep(); this.show(false); this.changed();
	}
	undo() { this.commit(); this.jump(this.at - 1); }
	redo() { this.commit(); this.jump(this.at + 1); }
	changed() {
		if (!this.state) return;
		this.undoButton.disabled = this.at === 0 && S.same(this.state, this.steps[0]);
		this.redoButton.disabled = this.at >= this.steps.length - 1;
		this.foot.textContent = clean(this.notation, 2000);
		for (const part of [this.picture, this.sliderPanel, this.layers, this.look, this.finder]) part.update();
	}
	keep() {
		clearTimeout(this.keepTimer);
		this.keepTimer = setTimeout(() => this.keepNow(), 300); // browsers count changes of the address
	}
	keepNow() {
		if (!this.store) return;
		const merged = this.store.write({ steps: this.whole, at: this.at, stars: this.stars, keyframes: this.keyframes, plus: this.plus, minus: this.minus, extra: this.extra, ranges: this.ranges, link: this.link });
		this.stars = merged.stars; this.extra = merged.extra;
		const state = this.whole[this.at];
		S.packed(state, this.ownOf(state)).then((text) => text || S.packed(state)).then((text) => {
			const hash = text ? '#s=' + text : '';
			if (text === this.link && location.hash === hash) return;
			this.link = text;
			history.replaceState(null, '', hash || location.pathname + location.search);
			this.keep();
		});
	}

	// -------------------------------------------------------------- pictures
	// Ask for the picture of the state; one request in 16 ms at most, the newest wins.
	show(moving) {
		const picture = this.pictures.get(S.keyOf(this.state));
		this.id += 1; this.exact = false;
		if (picture) { this.id += 1; this.drawn = this.id; this.exact = true; this.picture.draw(picture, true); this.statusExact(picture); clearTimeout(this.asking); this.asking = null; return; }
		if (!moving || $('status').classList.contains('exact')) this.status(t('drawing'));
		this.moving = moving;
		clearTimeout(this.settling);
		if (moving) this.settling = setTimeout(() => { this.moving = false; this.request(); }, 120);
		if (!this.asking) this.asking = setTimeout(() => { this.asking = null; this.request(); }, 16);
	}
	request() {
		if (this.probe || !this.model) return;
		if (!this.exact) this.net.send({ type: 'show', id: this.id, state: this.state, moving: Boolean(this.moving) });
	}
	async frame(head, blob) {
		if (head.kind === 1) { this.jobs.get(head.id)?.thumb?.(head, blob); return; }
		const probe = this.probe && head.id === this.probe.id ? this.probe : null;
		const id = this.id, state = this.state;
		if (!probe && head.id < this.drawn) { this.net.send({ type: 'seen', id: head.id, stage: head.stage }); return; }
		const bitmap = await createImageBitmap(blob).catch(() => null);
		this.net.send({ type: 'seen', id: head.id, stage: head.stage });
		if (!bitmap) return;
		if (probe) {
			if (!head.exact) return;
			this.remember(probe.state, bitmap); this.probe = null; probe.resolve(bitmap); this.request();
			return;
		}
		if (head.id < this.drawn) return;
		this.drawn = head.id;
		const current = head.id === this.id;
		this.picture.draw(bitmap, head.exact && current);
		const preview = t(this.calibrated ? 'previewMs' : 'rough', { w: head.width, ms: Math.round(head.ms) });
		if (!current) { this.status(preview); return; }
		if (this.net.up) this.banner('');  // a picture that was still being decoded takes no message of the loss away
		if (head.exact) {
			this.exact = true;
			if (head.id === id) this.remember(state, bitmap);
			this.statusExact(bitmap); this.finder.seen();
		} else this.status(preview);
	}
	remember(state, bitmap) {
		const key = S.keyOf(state);
		this.pictures.delete(key); this.pictures.set(key, bitmap);
		while (this.pictures.size > MOST_PICTURES) this.pictures.delete(this.pictures.keys().next().value);
		const thumb = el('canvas', { width: THUMB, height: THUMB });
		const scale = Math.min(THUMB / bitmap.width, THUMB / bitmap.height), w = bitmap.width * scale, h = bitmap.height * scale;
		const context = thumb.getContext('2d');
		context.imageSmoothingQuality = 'high';
		context.drawImage(bitmap, (THUMB - w) / 2, (THUMB - h) / 2, w, h);
		thumb.exact = true;
		this.keepThumb(key, thumb);
	}
	keepThumb(key, thumb) {
		this.thumbs.set(key, thumb);
		while (this.thumbs.size > MOST_THUMBS) this.thumbs.delete(this.thumbs.keys().next().value);
	}
	// The exact picture of another state, in full size: from what was seen, or drawn now.
	async exactOf(state) {
		const seen = this.pictures.get(S.keyOf(state));
		if (seen) return seen;
		if (this.probe) this.probe.reject(new Error('superseded'));
		this.id += 1;
		return new Promise((resolve, reject) => {
			this.probe = { id: this.id, state, resolve, reject };
			this.net.send({ type: 'show', id: this.id, state, moving: false });
			this.id += 1;
		});
	}
	statusExact(bitmap) { this.status(t('exact', { w: bitmap.width, h: bitmap.height }), true); }

	// -------------------------------------------------------------- jobs
	job(kind, args, progress = () => {}) {
		const id = this.nextJob();
		const promise = new Promise((resolve, reject) => this.jobs.set(id, { resolve, reject, progress }));
		this.net.send({ type: 'job', id, kind, arguments: args });
		return Object.assign(promise, { id, cancel: () => { const job = this.jobs.get(id); if (!job) return; job.reject(new Error(t('cancelled'))); this.jobs.delete(id); this.net.send({ type: 'cancel', id }); } });
	}
	// Small pictures of variants of a state; `thumb(index, canvas)` as they come.
	sheet(kind, state, items, side, thumb) {
		const id = this.nextJob();
		const left = new Set(items.keys()); // those of dots stay previews; all others come again, finished
		this.jobs.set(id, { resolve() {}, reject: (error) => this.toast(error.message), progress() {}, thumb: async (head, blob) => {
			const bitmap = await createImageBitmap(blob);
			const canvas = el('canvas', { width: bitmap.width, height: bitmap.height });
			canvas.getContext('2d').drawImage(bitmap, 0, 0);
			canvas.exact = head.exact;
			if (left.has(head.index) || head.exact) thumb(head.index, canvas);
			if (head.exact || kind === 'dots') left.delete(head.index);
			if (!left.size) this.jobs.delete(id);
		} });
		this.net.send({ type: 'sheet', id, kind, state, items, side });
		return { id, cancel: () => { if (this.jobs.delete(id)) this.net.send({ type: 'cancel', id }); } };
	}
	nextJob() { this.jobId = (this.jobId || 2 ** 31) + 1; return this.jobId; }

	// -------------------------------------------------------------- words
	status(text, exact = false) {
		const node = $('status');
		if (!node) return;
		node.textContent = text; node.classList.toggle('exact', exact);
		node.title = exact ? t('exactTip') : '';
		clearTimeout(this.liveTimer);
		this.liveTimer = setTimeout(() => { $('live').textContent = text; }, 1000);
	}
	banner(content) {
		const node = $('banner');
		if (!content && this.tokenField && this.tokenField.isConnected && !this.net.token) return;
		const said = typeof content === 'string' ? el('span', {}, content) : content;
		node.replaceChildren(...(content ? [said, button('×', '', () => this.banner(''), { 'aria-label': t('closeHelp'), class: 'quiet round' })] : []));
		node.hidden = !content;
	}
	toast(text) {
		$('toast')?.remove();
		const node = el('div', { id: 'toast', role: 'status' }, text);
		document.body.append(node);
		clearTimeout(this.toastTimer);
		this.toastTimer = setTimeout(() => node.remove(), 5000);
	}
	help() { this.files.help(); }
}

const app = new App();
app.start();
addEventListener('pagehide', () => app.keepNow());
