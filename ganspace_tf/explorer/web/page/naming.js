// What sliders are called: another name for one, and sliders of single style channels.
import { el, ask, button, labelled } from './dom.js';
import { t, clean } from './texts.js';
import * as S from './state.js';

export class Naming {
	constructor(panel) {
		this.panel = panel; this.app = panel.app;
		this.channelButton = button(t('addChannel'), t('addChannelTip'), () => this.channel(), { class: 'quiet', hidden: true });
		this.renameButton = button(t('rename'), t('renameTip'), () => this.rename(), { class: 'quiet' });
	}
	update() {
		const { slider } = this.panel;
		this.channelButton.hidden = !this.app.model?.style_layers.length;
		this.renameButton.disabled = !slider || S.isComponent(slider);
	}
	// A slider for S(layer, channel), measured on the server; "= +2" moves it there.
	async channel() {
		const { app, panel } = this, layers = app.model.style_layers;
		if (this.measuring) { this.measuring.cancel(); return; }
		const input = el('input', { type: 'text', maxlength: '80', required: true, autocomplete: 'off', spellcheck: 'false', placeholder: 'S(3, 35)' });
		const text = await ask(t('channelTitle'), [labelled(t('channelHint', { last: layers.length - 1 }), input, { class: 'stack' })], t('addIt'), t('cancel'), () => input.value.trim() || undefined);
		if (!text) return;
		this.measuring = app.job('channel', { text, state: app.state }, (message) => { this.channelButton.textContent = t('measuring', { done: message.done, total: message.total }); });
		try {
			const { slider, direction, sigma } = await this.measuring;
			if (!app.slider(slider.of)) app.addSlider(slider, JSON.stringify(direction));
			if (sigma !== null) app.edit(slider, { sigma: S.within(sigma), on: true });
			panel.show(slider.of);
		} catch (error) { app.toast(error.message); }
		this.measuring = null; this.channelButton.textContent = t('addChannel');
	}
	// The name of the chosen slider, where it stands: Enter keeps it, Escape leaves it as it was.
	rename(typed) {
		const { app, panel } = this, { slider } = panel, row = slider && panel.rows.get(slider.of);
		if (!row || S.isComponent(slider) || row.node.hidden) return;
		const label = row.node.querySelector('label'), input = el('input', { type: 'text', class: 'name', maxlength: '80', value: typed ?? clean(slider.name, 80), 'aria-label': t('renameLabel', { name: row.name }), autocomplete: 'off' });
		let over = false;
		this.typing = () => (over ? null : input.value);
		const end = async (keep) => {
			if (over || panel.building) return;
			over = true;
			const name = input.value.trim();
			input.replaceWith(label);
			row.input.focus();
			if (!keep || !name || name === slider.name) return;
			try {
				const value = await app.job('rename', { of: slider.of, name });
				app.addSlider(app.ranged(value.slider), JSON.stringify(value.direction));
			} catch (error) { app.toast(error.message); }
		};
		input.addEventListener('keydown', (event) => {
			if (event.key !== 'Enter' && event.key !== 'Escape') return;
			event.preventDefault(); event.stopPropagation();
			end(event.key === 'Enter');
		});
		input.addEventListener('blur', () => end(true));
		label.replaceWith(input);
		input.focus();
		if (typed === undefined) input.select();
	}
}
