import { Refusal as Unsealed } from '#crypto/refusals.ts';
import type { Crypto, EntryView, Pin, Sid, Taken } from '#crypto/types.ts';
import type { Local } from './local.ts';
import type { Store } from './store.ts';

/** How far this device has checked a space, under its own seal. */
interface Kept {
	pin: Pin;
}

export interface KeepingParts {
	crypto: Crypto;
	store: Store;
	local: Local;
	/** The first place that is looked at when a log of so many entries is opened; left out, all of it is. */
	first?(sid: Sid, count: number): number;
}

/** A log as it was kept. */
export interface Recalled {
	/** Null: nothing of it is here. */
	taken: Taken | null;
	/** It was checked to its end. Else nothing of it is shown yet. */
	whole: boolean;
	/** The first place whose words are here. */
	from: number;
}

/** Entries between one writing of the brief log and the next: those after it are read and hashed again at each opening. */
const STORED_EVERY = 250;
/** The same while a long log is checked, after the first page: those after it are checked again if the page dies. */
const STORED_IN_CHECK = 3_000;

/**
 * What this device keeps of one log: how far it was checked; the frames whose texts it has; and, of long ones, the checked log in brief, so that opening
 * it costs what is looked at and not what was ever said. All but the frames is sealed for this device, and each frame is held to the id that was checked.
 */
export class Keeping {
	readonly #sid: Sid;
	readonly #parts: KeepingParts;
	#storedAt = 0;
	#storedWhole = true;

	constructor(sid: Sid, parts: KeepingParts) {
		this.#sid = sid;
		this.#parts = parts;
	}

	/** The first place to be looked at of so many. */
	first(count: number): number {
		return this.#parts.first?.(this.#sid, count) ?? 1;
	}

	/** Hands the worker what is kept; `pins` are places that other devices have seen. */
	async recall(pins: Pin[]): Promise<Recalled> {
		const pin = (await this.#parts.local.recall<Kept>(keptName(this.#sid)))?.pin ?? null;
		const seen = pin ? [pin, ...pins] : pins;
		return (await this.#goOn(pin, seen)) ?? (await this.#load(pin, seen));
	}

	/** From the log in brief; null where there is none, or where it or what it needs is damaged. */
	async #goOn(pin: Pin | null, pins: Pin[]): Promise<Recalled | null> {
		const { crypto, store, local } = this.#parts;
		const stored = await store.sealed(storedName(this.#sid));
		if (!stored) return null;
		try {
			const { count, needs, whole } = await crypto.recall(this.#sid, local.device, stored);
			const from = this.first(Math.max(count, pin?.seq ?? 0));
			const [needed, looked, frames] = await Promise.all([
				store.framesAt(this.#sid, needs.filter((seq) => seq < from)),
				store.framesIn(this.#sid, from, count),
				store.frames(this.#sid, count + 1)
			]);
			const taken = await crypto.goOn(this.#sid, { brought: [...needed, ...looked], frames, checked: pin, pins, from });
			[this.#storedAt, this.#storedWhole] = [count, whole];
			return { taken, whole, from };
		} catch (refusal) {
			if (!(refusal instanceof Unsealed) || refusal.code === 'locked') throw refusal;
			return null;
		}
	}

	/** From the frames alone. Fewer than were checked are no log to be shown: the server is asked for the rest first. */
	async #load(pin: Pin | null, pins: Pin[]): Promise<Recalled> {
		const { crypto, store } = this.#parts;
		const frames = await store.frames(this.#sid);
		const whole = frames.length > 0 && frames.length >= (pin?.seq ?? 0);
		await crypto.forget(this.#sid);
		const taken = await crypto.load(this.#sid, { frames, checked: whole ? pin : null, pins, more: !whole });
		return { taken, whole, from: 1 };
	}

	/** Frames of places that are looked at only now, as far as they are here. */
	async bring(from: number, to: number): Promise<EntryView[]> {
		const { crypto, store } = this.#parts;
		for (const [seq, frame] of await store.framesIn(this.#sid, from, to)) await crypto.fill(this.#sid, seq, [frame]);
		return crypto.views(this.#sid, from, to);
	}

	/** Keeps these places as the worker has them now. */
	async keepFrames(from: number, to: number): Promise<void> {
		await this.#parts.store.keepFrames(this.#sid, new Map(await this.#parts.crypto.kept(this.#sid, from, to)));
	}

	/** Keeps what came after a place; what is gone goes from here too. */
	async keep({ gone, space: { count, run } }: Taken, { before, whole }: { before: number; whole: boolean }): Promise<void> {
		const { crypto, store, local } = this.#parts;
		if (!whole && (await this.#isKept(count))) return;
		await this.#drop(gone);
		const isDue = whole !== this.#storedWhole || count - this.#storedAt >= (whole ? STORED_EVERY : STORED_IN_CHECK);
		const [frames, kept, stored] = await Promise.all([
			count > before ? crypto.kept(this.#sid, before + 1, count) : [],
			local.seal(keptName(this.#sid), { pin: { seq: count, run } } satisfies Kept),
			isDue ? crypto.store(this.#sid, local.device) : null
		]);
		const sealed = new Map([[keptName(this.#sid), kept]]);
		if (stored) sealed.set(storedName(this.#sid), stored);
		await store.keepFrames(this.#sid, new Map(frames), sealed);
		if (stored) [this.#storedAt, this.#storedWhole] = [count, whole];
	}

	/** Another tab is further than this one, which checks as well. */
	async #isKept(count: number): Promise<boolean> {
		const kept = await this.#parts.local.recall<Kept>(keptName(this.#sid));
		return kept !== null && kept.pin.seq >= count;
	}

	/** The worker keeps no text of what was erased, so these stay without. */
	async #drop(gone: number[]): Promise<void> {
		for (const [seq, frame] of await this.#parts.store.framesAt(this.#sid, gone)) {
			await this.#parts.crypto.fill(this.#sid, seq, [frame]);
			await this.keepFrames(seq, seq);
		}
	}
}

const keptName = (sid: Sid): string => `log/${sid}`;
const storedName = (sid: Sid): string => `stored/${sid}`;
