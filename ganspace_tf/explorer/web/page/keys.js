// Keys of the whole page. Single keys never act inside fields, and can be switched off.
import { $ } from './dom.js';
import { Store } from './store.js';

const typing = (node) => node && (node.isContentEditable || node.tagName === 'TEXTAREA' || node.tagName === 'SELECT' || (node.tagName === 'INPUT' && !['range', 'checkbox', 'button', 'radio'].includes(node.type)));

export function keys(app) {
	const focus = (id) => { const node = $(id); if (node) { node.focus(); if (node.select && node.type !== 'range') node.select(); } };
	const single = {
		j: () => app.sliderPanel.step(1), k: () => app.sliderPanel.step(-1), '/': () => app.sliderPanel.filter.focus(), l: () => app.layers.strip.focus(),
		s: () => focus('seed'), n: () => app.look.by(1), p: () => app.look.by(-1), r: () => app.look.random(), t: () => focus('psi'), y: () => focus('cutoff'), g: () => focus('class'), o: () => focus('noise'),
		c: (event) => (event.shiftKey ? app.picture.pin() : app.picture.hold(true)), d: () => app.picture.setMode('diff'), h: () => app.picture.size(),
		e: () => app.files.save('recipe'), m: () => app.files.saveDirection(), f: () => app.finder.star(), '+': () => app.finder.mark(1), '-': () => app.finder.mark(-1), '?': () => app.help(),
		1: () => app.finder.open(0), 2: () => app.finder.open(1), 3: () => app.finder.open(2), 4: () => app.finder.open(3), 5: () => app.finder.open(4),
	};
	document.addEventListener('keydown', (event) => {
		if (!app.state || document.querySelector('dialog[open]')) return;
		const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
		if (event.ctrlKey || event.metaKey) {
			if (event.altKey) return;
			if (key === 's') { event.preventDefault(); app.files.save('picture'); }
			else if (key === 'z' && !typing(event.target)) { event.preventDefault(); if (event.shiftKey) app.redo(); else app.undo(); }
			else if (key === 'y' && !typing(event.target)) { event.preventDefault(); app.redo(); }
			return;
		}
		if (key === 'Escape') { app.finder.escape(); return; }
		if (event.altKey || event.defaultPrevented || typing(event.target) || Store.flag('single') === 'off') return;
		if (event.repeat && !['n', 'p', 'j', 'k'].includes(key)) return;
		const act = single[key];
		if (act) { event.preventDefault(); act(event); }
	});
	document.addEventListener('keyup', (event) => { if (event.key.toLowerCase() === 'c' && app.picture.held) app.picture.hold(false); });
	addEventListener('blur', () => { if (app.picture.held) app.picture.hold(false); });
}
