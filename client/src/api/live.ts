import type { Push } from './types.ts';

const SILENCE = 25_000;
const SHORTEST = 500;
const LONGEST = 30_000;
const SIGNED_OUT = [4401, 4403];

export interface LiveListener {
	/** The socket is open: what was missed has to be listed now. */
	opened(): void;
	closed(): void;
	/** The session has ended; no further tries are made until `open()`. */
	signedOut(): void;
	said(push: Push): void;
}

/**
 * The one socket. It only listens. A server is heard at least every 10 s; silence for 25 s means a half-open line, which is dropped.
 */
export class Live {
	readonly #listener: LiveListener;
	#socket: WebSocket | null = null;
	#wanted = false;
	#tries = 0;
	#next: ReturnType<typeof setTimeout> | undefined;
	#silence: ReturnType<typeof setTimeout> | undefined;

	constructor(listener: LiveListener) {
		this.#listener = listener;
	}

	open(): void {
		if (this.#wanted) return;
		this.#wanted = true;
		addEventListener('online', this.#tryNow);
		addEventListener('offline', this.#drop);
		document.addEventListener('visibilitychange', this.#seen);
		this.#connect();
	}

	close(): void {
		this.#wanted = false;
		removeEventListener('online', this.#tryNow);
		removeEventListener('offline', this.#drop);
		document.removeEventListener('visibilitychange', this.#seen);
		clearTimeout(this.#next);
		this.#drop();
	}

	#connect(): void {
		clearTimeout(this.#next);
		const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/live`);
		this.#socket = socket;
		this.#awaitSound();
		socket.onopen = () => this.#opened(socket);
		socket.onmessage = (event) => this.#heard(socket, event.data as string);
		socket.onclose = (event) => this.#gone(socket, event.code);
	}

	#opened(socket: WebSocket): void {
		if (socket !== this.#socket) return;
		this.#awaitSound();
		this.#listener.opened();
	}

	#heard(socket: WebSocket, data: string): void {
		if (socket !== this.#socket) return;
		this.#tries = 0;
		this.#awaitSound();
		const push = JSON.parse(data) as Push;
		if (push.what !== 'pulse') this.#listener.said(push);
	}

	#gone(socket: WebSocket, code: number): void {
		if (socket !== this.#socket) return;
		this.#socket = null;
		clearTimeout(this.#silence);
		this.#listener.closed();
		if (SIGNED_OUT.includes(code)) {
			this.close();
			this.#listener.signedOut();
		} else if (this.#wanted) {
			this.#next = setTimeout(() => this.#connect(), this.#pause());
		}
	}

	#pause(): number {
		const ceiling = Math.min(LONGEST, SHORTEST * 2 ** this.#tries++);
		return ceiling * (0.5 + Math.random() / 2);
	}

	#awaitSound(): void {
		clearTimeout(this.#silence);
		this.#silence = setTimeout(this.#drop, SILENCE);
	}

	// A half-open socket takes its time to close: it is forgotten at once.
	readonly #drop = (): void => {
		const socket = this.#socket;
		if (!socket) return;
		this.#gone(socket, 1006);
		socket.close();
	};

	readonly #tryNow = (): void => {
		this.#tries = 0;
		if (this.#wanted && !this.#socket) this.#connect();
	};

	readonly #seen = (): void => {
		if (document.visibilityState === 'visible') this.#tryNow();
	};
}
