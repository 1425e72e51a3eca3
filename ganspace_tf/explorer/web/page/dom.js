// Elements, without HTML in strings: text can never become markup.
export function el(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (value === null || value === undefined) continue; // set as a property, null would be the word
		if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
		else if (name in node && typeof value !== 'string') node[name] = value;
		else if (value !== false) node.setAttribute(name, value === true ? '' : value);
	}
	node.append(...children.filter((child) => child !== null && child !== undefined));
	return node;
}
export function button(text, tip, act, attributes = {}) {
	return el('button', { type: 'button', title: tip || null, onclick: act, ...attributes }, text);
}
export function labelled(text, control, attributes = {}) {
	return el('label', attributes, el('span', {}, text), control);
}
export function select(options, value, act, attributes = {}) {
	const node = el('select', { onchange: () => act(node.value), ...attributes });
	for (const [key, text] of options) node.append(el('option', { value: key }, text));
	node.value = value;
	return node;
}
export const $ = (id) => document.getElementById(id);
export function replace(node, ...children) { node.replaceChildren(...children.filter(Boolean)); return node; }

// One modal question with several answers, [value, text] each; resolves to one of them, or null.
export function choose(title, body, answers) {
	return new Promise((resolve) => {
		let answer = null;
		const dialog = el('dialog', { 'aria-labelledby': 'dialog-title' }, el('h2', { id: 'dialog-title' }, title), ...body,
			el('div', { class: 'stack answers' }, ...answers.map(([value, text]) => button(text, '', () => { answer = value; dialog.close(); }))));
		dialog.addEventListener('close', () => { dialog.remove(); resolve(answer); });
		document.body.append(dialog);
		dialog.showModal();
	});
}
// One modal question; resolves to what `read` gives when it is confirmed, else to null.
export function ask(title, body, confirm, cancel, read = () => true) {
	return new Promise((resolve) => {
		const form = el('form', { method: 'dialog' }, el('h2', { id: 'dialog-title' }, title), ...body);
		const buttons = el('div', { class: 'bar end' });
		const dialog = el('dialog', { 'aria-labelledby': 'dialog-title' }, form);
		let answer = null;
		if (cancel) buttons.append(button(cancel, '', () => dialog.close()));
		buttons.append(el('button', { type: 'submit', class: 'strong' }, confirm));
		form.append(buttons);
		form.addEventListener('submit', (event) => {
			event.preventDefault();
			answer = read();
			if (answer !== undefined) dialog.close();
		});
		dialog.addEventListener('close', () => { dialog.remove(); resolve(answer); });
		document.body.append(dialog);
		dialog.showModal();
	});
}
