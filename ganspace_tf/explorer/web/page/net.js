// The connection: a WebSocket where one gets through, else the same messages by GET. Retries for ever.
import { t } from './texts.js';
import { base64url } from './state.js';

const HEAD = 24;
const LONGEST_WAIT = 8000;
const LONGEST_UP = 64 << 10; // the server hangs up on more

export function parseFrame(buffer) {
	const view = new DataView(buffer);
	if (buffer.byteLength < HEAD || view.getUint16(0) !== 0x4758 || view.getUint8(2) !== 1) return null;
	const head = {
		kind: view.getUint8(3), id: view.getUint32(4, true), stage: view.getUint8(8), of: view.getUint8(9),
		encoding: view.getUint8(10), exact: view.getUint8(11) === 1, width: view.getUint16(12, true), height: view.getUint16(14, true),
		index: view.getUint16(16, true), ms: view.getUint32(18, true) / 1000, total: view.getUint16(22, true),
	};
	const blob = new Blob([new Uint8Array(buffer, HEAD)], { type: head.encoding ? 'image/png' : 'image/jpeg' });
	return { head, blob };
}

export class Net {
	// on: { text(message), frame(head, blob), state(name) } with name up, down, token, wrong, full or polling
	constructor(token, on) {
		this.token = token; this.on = on; this.wait = 500; this.socket = null; this.up = false; this.polling = false; this.failures = 0;
		this.me = Array.from(crypto.getRandomValues(new Uint8Array(12)), (one) => one.toString(16).padStart(2, '0')).join('');
		addEventListener('online', () => this.hurry());
	}
	get headers() { return { 'X-Ganspace-Token': this.token }; }
	fetch(path, options = {}) {
		return fetch(path, { ...options, headers: { ...this.headers, ...(options.headers || {}) }, cache: 'no-store', credentials: 'omit' });
	}
	async connect() {
		clearTimeout(this.timer);
		if (!this.token) { this.on.state('token'); return; }
		let answer;
		try { answer = await this.fetch('ticket'); } catch { this.lost(); return; }
		if (answer.status === 401) { this.on.state('wrong'); return; }
		if (!answer.ok) { this.lost(); return; }
		const ticket = await answer.text();
		const url = new URL('ws', document.baseURI);
		url.protocol = url.protocol.replace('http', 'ws'); url.hash = ''; url.search = '?k=' + encodeURIComponent(ticket);
		const socket = new WebSocket(url);
		let opened = false;
		socket.binaryType = 'arraybuffer';
		socket.onopen = () => {
			opened = true; this.failures = 0;
			socket.send(JSON.stringify({ type: 'hello', v: 1, token: this.token, client: this.me }));
		};
		socket.onmessage = (event) => this.take(event.data);
		socket.onclose = (event) => {
			if (this.socket !== socket) return;
			this.socket = null;
			if (event.code === 4401) { this.on.state('wrong'); return; }
			if (event.code === 4429) { this.lost(); this.on.state('full'); return; }
			if (!opened && ++this.failures >= 2) { this.poll(); return; }
			this.lost();
		};
		this.socket = socket;
	}
	take(data) {
		if (typeof data === 'string') {
			const message = JSON.parse(data);
			if (message.type === 'welcome' || message.type === 'starting') { this.up = true; this.wait = 500; }
			this.on.text(message);
			return;
		}
		const frame = parseFrame(data);
		if (frame) this.on.frame(frame.head, frame.blob);
	}
	leave() { this.left = true; clearTimeout(this.timer); this.socket?.close(); }
	lost() {
		if (this.left) return;
		if (this.up || this.wait === 500) { this.up = false; this.on.state('down'); }
		this.timer = setTimeout(() => (this.polling ? this.poll() : this.connect()), this.wait * (0.7 + 0.6 * Math.random()));
		this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
	}
	hurry() { if (!this.up && this.token) { this.wait = 500; clearTimeout(this.timer); this.connect(); } }
	async poll() {
		if (!this.polling) { this.polling = true; this.on.state('polling'); }
		try {
			while (!this.left) {
				const answer = await this.fetch('frame?c=' + this.me);
				if (answer.status === 401) { this.on.state('wrong'); return; }
				if (!answer.ok) throw new Error(answer.status);
				this.up = true;
				const buffer = await answer.arrayBuffer();
				const view = new DataView(buffer);
				for (let at = 0; at + 5 <= buffer.byteLength;) {
					const length = view.getUint32(at, true), binary = view.getUint8(at + 4);
					const body = buffer.slice(at + 5, at + 5 + length);
					this.take(binary ? body : new TextDecoder().decode(body));
					at += 5 + length;
				}
			}
		} catch { this.lost(); }
	}
	send(message) {
		const text = JSON.stringify(message);
		if (text.length > LONGEST_UP) { setTimeout(() => this.on.text({ type: 'refused', id: message.id, text: t('tooMuch') })); return; }
		if (this.polling) {
			this.fetch(`send?c=${this.me}&m=${base64url(new TextEncoder().encode(text))}`).catch(() => {});
		} else if (this.socket && this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
	}
}
