// What outlives the page: the token for this tab, everything else by the model's fingerprint.
const TOKEN = 'ganspace-token';

export class Store {
	constructor(fingerprint) { this.key = 'ganspace:' + fingerprint; this.last = { stars: [], extra: {} }; }
	read() {
		try {
			const kept = JSON.parse(localStorage.getItem(this.key) || '{}');
			const state = (one) => one && typeof one === 'object' && Array.isArray(one.edits);
			for (const part of ['steps', 'stars', 'keyframes', 'plus', 'minus']) kept[part] = Array.isArray(kept[part]) ? kept[part].filter(state) : [];
			kept.extra = kept.extra && typeof kept.extra === 'object' ? kept.extra : {};
			this.last = { stars: kept.stars, extra: { ...kept.extra } };
			return kept;
		} catch { return {}; }
	}
	// With the stars and directions of other tabs, without those that they took away; returns what is kept.
	write(value) {
		const { last } = this, there = this.read();
		value = { ...value, ...(there.stars ? { stars: merged(value.stars, there.stars, last.stars), extra: Object.fromEntries(merged(Object.entries(value.extra), Object.entries(there.extra), Object.entries(last.extra))) } : {}) };
		this.last = { stars: value.stars, extra: { ...value.extra } };
		this.put(value);
		return value;
	}
	put(value) {
		try { localStorage.setItem(this.key, JSON.stringify(value)); }
		catch { try { localStorage.setItem(this.key, JSON.stringify({ ...value, steps: value.steps.slice(-20), at: Math.min(value.at, 19), extra: {} })); } catch { /* full or forbidden: the link still has the state */ } }
	}
	static token(value) { try { sessionStorage.setItem(TOKEN, value); } catch { /* kept in memory alone */ } }
	static flag(name, value) {
		try {
			if (value === undefined) return localStorage.getItem('ganspace-' + name);
			localStorage.setItem('ganspace-' + name, value);
		} catch { /* forbidden */ }
		return value;
	}
}

// `mine` with what is in `theirs` and was not before, without what was before and is not in `theirs`.
function merged(mine, theirs, before) {
	const [there, then, here] = [theirs, before, mine].map((all) => new Set(all.map((one) => JSON.stringify(one))));
	const kept = mine.filter((one) => there.has(JSON.stringify(one)) || !then.has(JSON.stringify(one)));
	return [...kept, ...theirs.filter((one) => !here.has(JSON.stringify(one)) && !then.has(JSON.stringify(one)))];
}

// Out of the address bar at once: the token must be in no bookmark, link or screenshot.
export function takeToken() {
	const found = /^#token=([\w-]+)(?:&(s=.*))?$/.exec(location.hash);
	let token = '';
	try { token = sessionStorage.getItem(TOKEN) || ''; } catch { /* forbidden */ }
	if (found) {
		token = found[1];
		Store.token(token);
		history.replaceState(null, '', found[2] ? '#' + found[2] : location.pathname + location.search);
	}
	answerOtherTabs();
	return token;
}

// A link opened in a second tab of this browser: the first tab lends its token. Nobody but this origin hears it.
const CHANNEL = 'ganspace-token:' + new URL('.', document.baseURI).pathname;
function answerOtherTabs() {
	if (typeof BroadcastChannel !== 'function') return;
	const channel = new BroadcastChannel(CHANNEL);
	channel.onmessage = (event) => {
		let token = '';
		try { token = sessionStorage.getItem(TOKEN) || ''; } catch { /* forbidden */ }
		if (event.data === 'who' && token) channel.postMessage({ token });
	};
}
export function askOtherTabs() {
	if (typeof BroadcastChannel !== 'function') return Promise.resolve('');
	return new Promise((resolve) => {
		const channel = new BroadcastChannel(CHANNEL);
		const end = (token) => { channel.close(); if (token) Store.token(token); resolve(token); };
		channel.onmessage = (event) => { if (event.data && typeof event.data.token === 'string') end(event.data.token); };
		channel.postMessage('who');
		setTimeout(() => end(''), 400);
	});
}
