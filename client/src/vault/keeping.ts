import { Refusal as Unsealed } from '#crypto/refusals.ts';
import type { Bytes, Crypto, EntryView, Pin, Sid, Taken } from '#crypto/types.ts';
import type { Local } from './local.ts';
import type { Store } from './store.ts';

export type Ranges = [number, number][];

/** What this device has checked of a space, under its own seal. */
interface Kept {
	pin: Pin;
	/** Places whose text the server had when they were listed. */
	held: Ranges;
	/** False while the first check of the log is under way: nothing of it is shown yet. */
	whole?: boolean;
}

export interface KeepingParts {
	crypto: Crypto;
	store: Store;
	local: Local;
	/** The first place that is looked at when a log of so many entries is opened; left out, all of it is. */
	first?(sid: Sid, count: number): number;
}

export interface Opened {
	taken: Taken | null;
	whole: boolean;
	/** The first place whose words are here. */
	from: number;
}

const STORED_EVERY = 250;

/**
 * What this device keeps of one log: the frames as they came; how far they were checked; and, of long ones, the checked log in brief, so that opening
 * it costs what is looked at and not what was ever said. All but the frames is sealed for this device, and each frame is held to the id that was checked.
 */
export class Keeping {
	readonly #sid: Sid;
	readonly #parts: KeepingParts;
	#held: Ranges = [];
	#storedAt = 0;

	constructor(sid: Sid, parts: KeepingParts) {
		this.#sid = sid;
		this.#parts = parts;
	}

	/** The first place to be looked at of so many. */
	first(count: number): number {
		return this.#parts.first?.(this.#sid, count) ?? 1;
	}

	/** Hands the worker what is kept; `pins` are places that other devices have seen. */
	async open(pins: Pin[]): Promise<Opened> {
		const kept = await this.#parts.local.recall<Kept>(`log/${this.#sid}`);
		this.#held = kept?.held ?? [];
		const seen = [...(kept ? [kept.pin] : []), ...pins];
		return (kept?.whole !== false && kept && (await this.#goOn(kept, seen))) || this.#load(kept, seen);
	}

	/** From the stored log; null where there is none, or where it or what it needs is damaged: then everything is read and checked. */
	async #goOn({ pin }: Kept, pins: Pin[]): Promise<Opened | null> {
		const { crypto, store, local } = this.#parts;
		const stored = this.#parts.first ? await store.sealed(storedName(this.#sid)) : null;
		if (!stored) return null;
		try {
			const { count, needs } = await crypto.recall(this.#sid, local.device, stored);
			const from = this.first(Math.max(count, pin.seq));
			const [needed, looked, frames] = await Promise.all([
				store.framesAt(this.#sid, needs.filter((seq) => seq < from)),
				store.frames(this.#sid, from, count),
				store.frames(this.#sid, count + 1)
			]);
			const brought = [...needed, ...looked.map((frame, at): [number, Bytes] => [from + at, frame])];
			const taken = await crypto.goOn(this.#sid, { brought, frames, held: this.#held, checked: pin, pins, from });
			this.#storedAt = count;
			return { taken, whole: true, from };
		} catch (refusal) {
			if (!(refusal instanceof Unsealed) || refusal.code === 'locked') throw refusal;
			return null;
		}
	}

	async #load(kept: Kept | null, pins: Pin[]): Promise<Opened> {
		const { crypto, store } = this.#parts;
		const frames = await store.frames(this.#sid);
		const checked = kept && kept.pin.seq <= frames.length ? kept.pin : null;
		const whole = kept?.whole ?? frames.length > 0;
		await crypto.forget(this.#sid);
		const taken = await crypto.load(this.#sid, { frames, held: this.#held.flatMap(placesOf), checked, pins, more: !whole });
		return { taken, whole, from: 1 };
	}

	/** Frames of places that are looked at only now. */
	async bring(from: number, to: number): Promise<EntryView[]> {
		const { crypto, store } = this.#parts;
		await crypto.fill(this.#sid, from, await store.frames(this.#sid, from, to));
		return crypto.views(this.#sid, from, to);
	}

	/** Keeps these places as the worker has them now. */
	async keepTexts(from: number, to: number): Promise<void> {
		const frames = await this.#parts.crypto.frames(this.#sid, from, to);
		await this.#parts.store.keepFrames(this.#sid, new Map(frames.map((frame, at) => [from + at, frame])));
	}

	/** Keeps what came after a place, and what changed before it. */
	async keep({ entries, space: { count, run } }: Taken, { before, whole, held }: { before: number; whole: boolean; held: number[] }): Promise<void> {
		const { store, local } = this.#parts;
		for (const seq of held) addTo(this.#held, seq);
		for (const { seq } of entries.filter((entry) => entry.seq <= before)) await this.#keepAgain(seq);
		if (count > before) await this.keepTexts(before + 1, count);
		await local.keep(`log/${this.#sid}`, { pin: { seq: count, run }, held: this.#held, whole } satisfies Kept);
		if (!whole || !this.#parts.first || count - this.#storedAt < STORED_EVERY) return;
		await store.keepSealed(storedName(this.#sid), await this.#parts.crypto.store(this.#sid, local.device));
		this.#storedAt = count;
	}

	/** A place whose text has come, or is gone: from here too. */
	async #keepAgain(seq: number): Promise<void> {
		const frames = await this.#parts.store.frames(this.#sid, seq, seq);
		if (frames.length === 0) return;
		await this.#parts.crypto.fill(this.#sid, seq, frames);
		await this.keepTexts(seq, seq);
	}
}

const storedName = (sid: Sid): string => `stored/${sid}`;

const placesOf = ([from, to]: [number, number]): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

function addTo(ranges: Ranges, seq: number): void {
	const last = ranges.at(-1);
	if (last && last[1] === seq - 1) last[1] = seq;
	else if (!last || seq > last[1]) ranges.push([seq, seq]);
}
