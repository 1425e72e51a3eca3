// States as values: every function gives a new one. The server checks them again, whatever comes from here.
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
export const isComponent = (slider) => /^v\d+$/.test(slider.of);
export const isChannel = (slider) => Boolean(slider.channels) && slider.name === slider.channels; // one that nobody has named
export const find = (state, of) => state.edits.find((edit) => edit.of === of);

// What the picture depends on, as text: the key of pictures that were seen.
export function keyOf(state) {
	const edits = state.edits.filter((edit) => edit.on && edit.sigma);
	const basis = edits.some((edit) => /^v\d+$/.test(edit.of)) ? state.basis : null;
	return JSON.stringify({ ...state, basis, edits, centred: edits.length ? state.centred : false });
}
export function editOf(state, slider) {
	return find(state, slider.of) || { of: slider.of, first_layer: slider.first_layer, last_layer: slider.last_layer, sigma: 0, on: true };
}
export function withEdit(state, slider, change) {
	const edit = { ...editOf(state, slider), ...change };
	edit.sigma = Math.round(edit.sigma * 100) / 100 || 0;
	const plain = !edit.sigma && edit.on && edit.first_layer === slider.first_layer && edit.last_layer === slider.last_layer;
	const there = Boolean(find(state, slider.of));
	let edits = state.edits;
	if (plain) edits = edits.filter((one) => one.of !== slider.of);
	else if (there) edits = edits.map((one) => (one.of === slider.of ? edit : one));
	else edits = [...edits, edit];
	return { ...state, edits };
}
export const within = (sigma) => Math.max(-1000, Math.min(1000, sigma));
export const without = (state) => ({ ...state, edits: [] });

export const signed = (number) => (number > 0 ? '+' : number < 0 ? '−' : '') + String(Math.abs(Math.round(number * 100) / 100));

// The paper's notation; named directions by their names.
export function notation(state, sliders, last) {
	const parts = state.edits.filter((edit) => edit.on && edit.sigma).map((edit) => {
		const slider = sliders.find((one) => one.of === edit.of);
		const layers = edit.first_layer === 0 && edit.last_layer === last ? '' : edit.first_layer === edit.last_layer ? `, ${edit.first_layer}` : `, ${edit.first_layer}-${edit.last_layer}`;
		const name = /^v\d+$/.test(edit.of) ? edit.of : `“${slider ? slider.name : edit.of.slice(0, 8)}”`;
		if (slider && slider.channels) return `${isChannel(slider) ? slider.name : name} = ${signed(edit.sigma)}`;
		return `E(${name}${layers}) = ${signed(edit.sigma)}`;
	});
	return parts.join('; ');
}
export function describe(state, sliders, last) {
	const words = [notation(state, sliders, last), state.latent ? `latents ${state.latent.slice(0, 8)}` : `seed ${state.seed}`];
	if (state.psi !== null) words.push(`psi ${state.psi}`);
	if (state.cutoff !== null) words.push(`cutoff ${state.cutoff}`);
	if (state.class !== null) words.push(`class ${state.class}`);
	if (state.noise !== 'stored') words.push(`noise ${state.noise}`);
	if (state.centred) words.push('centred');
	const [x, y, turn] = state.transform || [0, 0, 0];
	if (x || y) words.push(`moved ${signed(x)}, ${signed(y)}`);
	if (turn) words.push(`turned ${signed(turn)}°`);
	return words.filter(Boolean).join(' · ');
}

// ---------------------------------------------------------------- links: deflated JSON in base64url
const LONGEST = 6144;
async function through(stream, bytes, most) {
	const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
	const parts = []; let size = 0;
	for (;;) {
		const { done, value } = await reader.read();
		if (done) break;
		size += value.length;
		if (size > most) throw new Error('too long');
		parts.push(value);
	}
	return new Uint8Array(await new Blob(parts).arrayBuffer());
}
export const base64url = (bytes) => btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join('')).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const fromBase64url = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0));

// own: directions, as in their files, that the state needs and a server does not have by itself.
export async function packed(state, own = []) {
	const bytes = new TextEncoder().encode(JSON.stringify(own.length ? { ...state, own } : state));
	const text = typeof CompressionStream === 'function' ? base64url(await through(new CompressionStream('deflate-raw'), bytes, 1 << 16)) : '.' + base64url(bytes);
	return state.latent || text.length > LONGEST ? null : text;
}
export async function unpacked(text) {
	if (text.length > 2 * LONGEST) throw new Error('too long');
	const bytes = text.startsWith('.') ? fromBase64url(text.slice(1)) : await through(new DecompressionStream('deflate-raw'), fromBase64url(text), 1 << 16);
	const { own = [], ...state } = JSON.parse(new TextDecoder().decode(bytes));
	if (!Array.isArray(state.edits) || typeof state.model !== 'string' || !Array.isArray(own)) throw new Error('no state');
	return { state, own };
}
