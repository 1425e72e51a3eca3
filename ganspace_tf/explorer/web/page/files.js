// What leaves the page and what comes in: pictures, recipes, directions, projects, links, commands.
import { $, el, button, labelled, ask, replace } from './dom.js';
import { t, clean, KEYS } from './texts.js';
import { differences } from './picture.js';
import { variants } from './finder.js';
import { Store } from './store.js';
import * as S from './state.js';

const LARGEST = 8 << 20;
const base64 = (bytes) => btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(''));

export class Files {
	constructor(app) {
		this.app = app;
		const input = $('file');
		input.addEventListener('change', () => { this.openAll(input.files); input.value = ''; });
		addEventListener('dragover', (event) => { if (event.dataTransfer?.types.includes('Files')) { event.preventDefault(); document.body.classList.add('dropping'); } });
		addEventListener('dragleave', (event) => { if (!event.relatedTarget) document.body.classList.remove('dropping'); });
		addEventListener('drop', (event) => { event.preventDefault(); document.body.classList.remove('dropping'); this.openAll(event.dataTransfer.files); });
	}
	buttons() {
		const menu = el('div', { class: 'menu', role: 'menu', hidden: true });
		const more = button('▾', t('saveMore'), () => this.menu(!menu.hidden), { 'aria-label': t('saveMore'), 'aria-haspopup': 'menu', 'aria-expanded': 'false', class: 'strong round' });
		const item = (text, key, act) => button('', '', () => { this.menu(true); act(); }, { role: 'menuitem' });
		for (const [text, key, act] of [['savePicture', 'picKey', () => this.save('picture')], ['saveRecipe', 'recipeKey', () => this.save('recipe')], ['saveDirection', 'directionKey', () => this.saveDirection()], ['saveProject', '', () => this.saveProject()], ['saveSheet', '', () => this.saveSheet()], ['saveFilm', '', () => this.app.finder.open(3)]]) {
			const node = item(text, key, act);
			node.append(el('span', {}, t(text)), el('kbd', {}, key ? t(key) : ''));
			menu.append(node);
		}
		menu.addEventListener('keydown', (event) => {
			const all = [...menu.children], at = all.indexOf(document.activeElement), by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
			if (by) { event.preventDefault(); all[(at + by + all.length) % all.length].focus(); }
			if (event.key === 'Escape') { this.menu(true); more.focus(); }
		});
		menu.addEventListener('focusout', (event) => { if (event.relatedTarget && !event.relatedTarget.closest('.menus')) this.menu(true); });
		document.addEventListener('pointerdown', (event) => { if (!event.target.closest('.menus')) this.menu(true); });
		this.menu = (close) => { menu.hidden = close; more.setAttribute('aria-expanded', String(!close)); if (!close) menu.firstChild.focus(); };
		return [button(t('share'), t('shareTip'), () => this.link(), { class: 'quiet' }), button(t('open'), t('openTip'), () => $('file').click(), { class: 'quiet' }),
			el('span', { class: 'menus' }, button(t('save'), t('saveTip'), () => this.save('picture'), { class: 'strong' }), more, menu)];
	}
	// -------------------------------------------------------------- out
	async save(what, name = '') {
		const { app } = this;
		app.commit();
		try {
			const value = await app.job('save', { what, state: app.state, name });
			await this.download(value);
			return value;
		} catch (error) { app.banner(error.message); return null; }
	}
	async download(value) {
		const { app } = this;
		const answer = await app.net.fetch('file/' + encodeURIComponent(value.file));
		if (!answer.ok) throw new Error((await answer.text()).trim());
		value.blob = await answer.blob();
		this.give(value.blob, value.name);
		app.toast(t(value.written ? 'savedAt' : 'saved', { name: value.name }));
		if (value.notice) app.banner(clean(value.notice));
	}
	give(blob, name) {
		const url = URL.createObjectURL(blob);
		const link = el('a', { href: url, download: name });
		document.body.append(link); link.click(); link.remove();
		setTimeout(() => URL.revokeObjectURL(url), 60000);
	}
	async saveDirection() {
		const { app } = this;
		if (!app.state.edits.some((edit) => edit.on && edit.sigma)) { app.toast(t('nothingMoved')); return; }
		const input = el('input', { type: 'text', maxlength: '80', required: true, autocomplete: 'off' });
		const name = await ask(t('nameDirection'), [labelled(t('nameHint'), input, { class: 'stack' }), el('p', { class: 'soft' }, S.notation(app.state, app.sliders, app.last))], t('save'), t('cancel'), () => input.value.trim() || undefined);
		if (!name) return;
		const value = await this.save('direction', name);
		if (!value) return;
		try { await this.upload(value.blob, value.name); app.toast(t('namedSlider', { name, file: value.name })); } catch (error) { app.banner(error.message); }
	}
	saveProject() {
		const { app } = this;
		const directions = Object.values(app.extra).map(({ text }) => JSON.parse(text));
		const project = { kind: 'ganspace project', format: 1, model: app.model.fingerprint, states: app.steps, at: app.at, stars: app.stars, keyframes: app.keyframes, plus: app.plus, minus: app.minus, directions };
		this.give(new Blob([JSON.stringify(project, null, 1) + '\n'], { type: 'application/json' }), 'project.json');
	}
	// What the open tab shows, drawn at full quality.
	async saveSheet() {
		const { app } = this, shown = (app.finder.tab.sheet?.() || []).map((node) => node.state);
		if (shown.length < 2) { app.toast(t('noSheet')); return; }
		try {
			const job = app.job('sheet', variants(app.state, shown), (message) => app.toast(t('drawingSheet', { done: message.done, total: message.total })));
			app.finder.job = () => job.cancel();
			await this.download(await job);
		} catch (error) { app.toast(error.message); }
		app.finder.job = null;
	}
	async link() {
		this.app.commit();
		const { app } = this, own = app.ownOf(app.state);
		const whole = await S.packed(app.state, own), text = whole || await S.packed(app.state);
		if (!text) { app.toast(t('longLink')); return; }
		const url = new URL(document.baseURI); url.hash = 's=' + text;
		this.copy(url.href, whole ? t('copyLink') : t('copyLinkWithout', { names: own.map((one) => one.name).join(', ') }));
	}
	async copyCommand() {
		try { const value = await this.app.job('save', { what: 'command', state: this.app.state, name: '' }); this.copy(value.text, t('copied')); } catch (error) { this.app.banner(error.message); }
	}
	async copy(text, said) {
		try { await navigator.clipboard.writeText(text); this.app.toast(said); } catch {
			const area = el('textarea', { rows: 4, readOnly: true, 'aria-label': t('copyThis') });
			area.value = text;
			setTimeout(() => area.select());
			await ask(t('copyThis'), [area], t('closeHelp'));
		}
	}
	// -------------------------------------------------------------- in
	async upload(blob, name) {
		const { app } = this;
		const answer = this.noPost ? null : await app.net.fetch('open?name=' + encodeURIComponent(name), { method: 'POST', body: blob, headers: { 'Content-Type': 'application/octet-stream' } }).catch(() => null);
		const ours = answer && /json/.test(answer.headers.get('Content-Type') || '');
		this.noPost = !ours;
		const value = ours ? await answer.json() : await this.pieces(blob, name); // a proxy in between lets no POST through
		if (ours && !answer.ok) throw Object.assign(new Error(clean(value.text)), { refused: true });
		if (value.kind === 'direction') app.addSlider(value.slider, await blob.text());
		return value;
	}
	async pieces(blob, name) {
		const { app } = this, bytes = new Uint8Array(await blob.arrayBuffer()), id = app.nextJob();
		const step = app.net.polling ? 3000 : 45000; // an address has to be short
		let told = () => {};
		const answer = new Promise((resolve, reject) => app.jobs.set(id, { resolve, reject: (error) => reject(Object.assign(error, { refused: true })), progress: () => told() }));
		for (let at = 0; at < bytes.length || !at; at += step) {
			const next = new Promise((resolve) => { told = resolve; });
			app.net.send({ type: 'piece', id, name: name.slice(-100), at, size: bytes.length, data: base64(bytes.subarray(at, at + step)) });
			await Promise.race([next, answer]);
		}
		return answer;
	}
	async openAll(files) { for (const file of [...files].slice(0, 20)) await this.openOne(file); }
	async openOne(file) {
		const { app } = this;
		if (!app.model) return;
		try {
			if (file.size > LARGEST) throw new Error(t('tooLarge'));
			const value = await this.upload(file, file.name), name = clean(file.name, 60);
			if (value.kind === 'direction') app.toast(t('openedSlider', { name: value.slider.name }));
			else if (value.kind === 'latent') { if (await ask(t('openTitle', { name }), [el('p', {}, t('openLatent', { text: value.text }))], t('openIt'), t('cancel'))) app.set({ ...app.state, latent: value.digest }); }
			else if (value.kind === 'project') await this.project(value.project, name);
			else await this.openState(value, name);
		} catch (error) { app.banner(error.message); }
	}
	// own: directions that came with it and that the page does not have.
	async openState({ state, directions = [] }, name) {
		const { app } = this, own = directions.filter((one) => !app.slider(one.slider.of)), to = { ...app.initial, ...state };
		const rows = differences(app.state, to, { last: app.last, slider: (of) => app.slider(of) || own.find((one) => one.slider.of === of)?.slider });
		const body = rows.length ? [el('p', {}, t('openChanges')), el('table', {}, el('tbody', {}, ...rows.map(([what, a, b]) => el('tr', {}, el('th', { scope: 'row' }, what), el('td', {}, a), el('td', {}, '→ ' + b)))))] : [el('p', {}, t('openNothing'))];
		if (!await ask(t('openTitle', { name }), body, t('openIt'), t('cancel'))) return;
		own.forEach((one) => app.addSlider(one.slider, JSON.stringify(one.direction)));
		app.set(app.rebased(to));
	}
	async project(project, name) {
		const { app } = this;
		if (!await ask(t('openTitle', { name }), [el('p', {}, t('openProject', { n: project.states.length, k: project.keyframes.length, d: project.sliders.length }))], t('openIt'), t('cancel'))) return;
		project.sliders.forEach((slider) => app.addSlider(slider));
		const { states, at, ...rest } = project;
		Object.assign(app, { stars: rest.stars, keyframes: rest.keyframes, plus: rest.plus, minus: rest.minus });
		if (states.length) { app.commit(); app.steps = states.map((one) => app.rebased(one)); app.at = at; app.state = app.steps[at]; app.show(false); }
		app.keep(); app.finder.built(); app.changed();
	}
	help() {
		const single = el('input', { type: 'checkbox', checked: Store.flag('single') !== 'off', onchange: (event) => Store.flag('single', event.target.checked ? 'on' : 'off') });
		ask(t('helpTitle'), [el('dl', { class: 'keys' }, ...KEYS.flatMap(([key, what]) => [el('dt', {}, el('kbd', {}, key)), el('dd', {}, what)])), labelled(t('singleKeys'), single, { class: 'check' })], t('closeHelp'));
	}
}
