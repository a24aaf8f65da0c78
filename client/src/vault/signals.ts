import { encode, toBytes, toText, type Value } from '#crypto/encoding.ts';
import { Refusal as Unsealed } from '#crypto/refusals.ts';
import type { Bytes, Call as Met, Crypto, Heard, KnockWords, Signal, Unacknowledged } from '#crypto/types.ts';
import { Refusal, type Api } from '#api/index.ts';
import { Change } from './change.ts';
import { readValues } from './content.ts';
import type { Log } from './log.ts';
import { Problem } from './problem.ts';
import { Turn } from './turn.ts';
import type { Call, CallSignal, Signals } from './types.ts';

const RESEND_EVERY = 1_000;
const RESENT_FOR = 60_000;
const LOOK_AGAIN = 100;
const MOST_EARLY = 200;
/** An acknowledgement is in no hurry, as long as it comes before the other side says it again: what has to arrive goes first. */
const ACKS_AFTER = 250;
/** That the server takes at once. */
const AT_ONCE = 32;

export interface SignalParts {
	api: Api;
	crypto: Crypto;
	log: Log;
	writer: string;
}

interface Sent {
	at: number;
	acknowledged(): void;
	lost(problem: unknown): void;
}

interface Asked extends Omit<Sent, 'at'> {
	call: string;
	kind: string;
	content: Value[];
}

/** The unkept words between the pages that are open in one room. The worker checks, orders and acknowledges; here they are carried. */
export class RoomSignals implements Signals {
	readonly writer: string;

	readonly #parts: SignalParts;
	readonly #change = new Change();
	readonly #hearing = new Turn();
	readonly #posting = new Turn();
	readonly #calls = new Map<string, LiveCall>();
	readonly #callListeners = new Set<(call: Call) => void>();
	readonly #seenListeners = new Set<() => void>();
	/** By the bytes that went out. */
	readonly #sent = new Map<string, Sent>();
	/** Everybody of whom this page has heard a word here, whatever it was. */
	readonly heardFrom = new Set<string>();
	#trouble: string | null = null;
	readonly #troubleField = this.#change.field(() => this.#trouble);
	#asked: Asked[] = [];
	#acks: Bytes[] = [];
	#acknowledging: ReturnType<typeof setTimeout> | undefined;
	#resending: ReturnType<typeof setTimeout> | undefined;
	#greeting = false;

	constructor(parts: SignalParts) {
		this.#parts = parts;
		this.writer = parts.writer;
	}

	get trouble(): string | null {
		return this.#troubleField();
	}

	greet(): void {
		this.#greeting = true;
		this.#say(async () => {
			const frame = await this.#parts.crypto.hi(this.#parts.log.sid);
			this.#await(frame, { acknowledged: () => this.#seenListeners.forEach((listener) => listener()), lost: () => undefined });
			await this.#post([frame]);
		});
	}

	onCall(listener: (call: Call) => void): () => void {
		this.#callListeners.add(listener);
		this.#calls.forEach((call) => listener(call));
		return () => this.#callListeners.delete(listener);
	}

	onSeen(listener: () => void): () => void {
		this.#seenListeners.add(listener);
		return () => this.#seenListeners.delete(listener);
	}

	/** What is asked for in one breath goes out together, and waits for nothing that went before: the reader puts in order. Resolves once acknowledged. */
	send(call: string, kind: string, content: Value[]): Promise<void> {
		return new Promise<void>((acknowledged, lost) => {
			this.#asked.push({ call, kind, content, acknowledged, lost });
			if (this.#asked.length === 1) this.#posting.take(() => this.#sealAsked()).then((frames) => this.#post(frames)).catch(lost);
		});
	}

	/** Frames that the socket brought. */
	hear(frames: string[]): Promise<void> {
		return this.#hearing.take(async () => {
			const heard: Heard[] = [];
			for (const frame of frames) heard.push(await this.#open(toBytes(frame)));
			heard.forEach((one) => this.#take(one));
			await this.#settle();
			this.#change.tell();
		});
	}

	/** The way to the server is back: whoever shows a waiting room or a "Let in" says so again. */
	back(): void {
		if (this.#greeting) this.greet();
		this.#resendSoon();
	}

	words(call: string): Promise<KnockWords> {
		return this.#parts.crypto.knockWords(this.#parts.log.sid, call);
	}

	/** Resolves once what was said has been acknowledged, or after that many ms. */
	async quiet(patience: number): Promise<void> {
		const end = Date.now() + patience;
		while (this.#sent.size > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
	}

	forget(call: string): void {
		this.#calls.delete(call);
		void this.#parts.crypto.endCall(this.#parts.log.sid, call);
	}

	stop(): void {
		clearTimeout(this.#resending);
		clearTimeout(this.#acknowledging);
		this.#greeting = false;
	}

	async #open(frame: Bytes): Promise<Heard> {
		const heard = await this.#parts.crypto.hear(this.#parts.log.sid, frame);
		if (heard.outcome !== 'list-first') return heard;
		await this.#parts.log.catchUp();
		return await this.#parts.crypto.hear(this.#parts.log.sid, frame);
	}

	#take(heard: Heard): void {
		if (heard.from) this.heardFrom.add(heard.from);
		if (heard.alarm) this.#parts.log.stopBy(heard.alarm);
		if (heard.trouble) this.#trouble = heard.trouble;
		for (const met of heard.calls) this.#meet(met);
		for (const signal of heard.signals) this.#tell(signal);
		if (heard.send.length > 0) this.#say(() => this.#post(heard.send));
		this.#acknowledge(heard.acks);
	}

	#acknowledge(acks: Bytes[]): void {
		if (acks.length > 0 && this.#acks.length === 0) this.#acknowledging = setTimeout(() => this.#say(() => this.#post(this.#acks.splice(0))), ACKS_AFTER);
		this.#acks.push(...acks);
	}

	async #sealAsked(): Promise<Bytes[]> {
		const frames: Bytes[] = [];
		for (const { call, kind, content, acknowledged, lost } of this.#asked.splice(0)) {
			try {
				const frame = await this.#parts.crypto.sealSignal(this.#parts.log.sid, { kind, content: encode(...content), call });
				this.#await(frame, { acknowledged, lost });
				frames.push(frame);
			} catch (refusal) {
				lost(refusal);
			}
		}
		return frames;
	}

	/** In the order of asking. A space that is stopped, or was locked meanwhile, says nothing. */
	#say(work: () => Promise<void>): void {
		this.#posting.take(work).catch((refusal: unknown) => {
			if (!(refusal instanceof Unsealed)) throw refusal;
		});
	}

	#meet(met: Met): void {
		const member = this.#parts.log.view?.epoch.members.find(({ pid }) => pid === met.peer);
		const call = this.#calls.get(met.call) ?? new LiveCall(met, this, member?.role === 0);
		this.#calls.set(met.call, call);
		this.#callListeners.forEach((listener) => listener(call));
	}

	#tell({ call, mine, kind, content }: Signal): void {
		const values = readValues(content);
		if (call && !mine && values) this.#calls.get(call)?.hear({ kind, content: values });
	}

	#await(frame: Bytes, sent: Omit<Sent, 'at'>): void {
		this.#sent.set(toText(frame), { ...sent, at: Date.now() });
	}

	/** What does not get through now is sent again: the worker keeps it until it is acknowledged. */
	async #post(frames: Bytes[]): Promise<void> {
		if (frames.length === 0) return;
		this.#resendSoon();
		try {
			for (let from = 0; from < frames.length; from += AT_ONCE) {
				await this.#parts.api.signal(this.#parts.log.sid, frames.slice(from, from + AT_ONCE).map(toText));
			}
		} catch (refusal) {
			if (!(refusal instanceof Refusal)) throw refusal;
			if (refusal.status === 409) await this.#parts.log.catchUp();
		}
	}

	#resendSoon(): void {
		clearTimeout(this.#resending);
		this.#resending = setTimeout(() => this.#say(() => this.#resend()), RESEND_EVERY);
	}

	async #resend(): Promise<void> {
		await this.#post((await this.#settle()).flatMap(({ frame }) => frame ?? []));
	}

	/** Tells who waits for an acknowledgement; gives what still has none. */
	async #settle(): Promise<Unacknowledged[]> {
		const waiting = await this.#unacknowledged();
		if (!waiting) return [];
		const open = new Set(waiting.map(({ first }) => toText(first)));
		for (const [frame, sent] of this.#sent) {
			if (open.has(frame)) continue;
			this.#sent.delete(frame);
			if (Date.now() - sent.at < RESENT_FOR) sent.acknowledged();
			else sent.lost(new Problem('unacknowledged', 'the other page did not answer within a minute'));
		}
		return waiting;
	}

	/** Null while the worker cannot tell (locked, forgotten): then nothing counts as answered. */
	async #unacknowledged(): Promise<Unacknowledged[] | null> {
		try {
			return await this.#parts.crypto.unacknowledged(this.#parts.log.sid);
		} catch (refusal) {
			if (refusal instanceof Unsealed) return null;
			throw refusal;
		}
	}
}

class LiveCall implements Call {
	readonly id: string;
	readonly sid: string;
	readonly pid: string;
	readonly writer: string;
	readonly iOwnOffers: boolean;
	readonly otherIsKeeper: boolean;
	readonly since = Date.now();

	readonly #signals: RoomSignals;
	readonly #listeners = new Set<(signal: CallSignal) => void>();
	#early: CallSignal[] = [];

	constructor({ call, sid, peer, writer, offers }: Met, signals: RoomSignals, otherIsKeeper: boolean) {
		[this.id, this.sid, this.pid, this.writer, this.iOwnOffers] = [call, sid, peer, writer, offers];
		this.otherIsKeeper = otherIsKeeper;
		this.#signals = signals;
	}

	send(kind: string, content: Value[]): Promise<void> {
		return this.#signals.send(this.id, kind, content);
	}

	admit(): Promise<void> {
		return this.send('admit', [toBytes(this.writer)]);
	}

	subscribe(listener: (signal: CallSignal) => void): () => void {
		this.#listeners.add(listener);
		const early = this.#early;
		this.#early = [];
		early.forEach(listener);
		return () => this.#listeners.delete(listener);
	}

	hear(signal: CallSignal): void {
		if (this.#listeners.size === 0) this.#early = [...this.#early.slice(-MOST_EARLY), signal];
		this.#listeners.forEach((listener) => listener(signal));
	}

	close(): void {
		this.#signals.forget(this.id);
	}
}
