import { Refusal as Unsealed } from '#crypto/refusals.ts';
import type { Bytes, Crypto, EntryView, Listing, Pin, Sid, SpaceView, State, Taken } from '#crypto/types.ts';
import { Refusal, type Api } from '#api/index.ts';
import { toBytes } from '#crypto/encoding.ts';
import type { Local } from './local.ts';
import type { Store } from './store.ts';
import { Turn } from './turn.ts';
import type { Alarm } from './types.ts';

const PUSH_COMES_WITHIN = 700;
const ASKED_AT_ONCE = 1_000;
const MISSING: State[] = ['held', 'altered', 'gone-unexplained'];

export interface LogParts {
	api: Api;
	crypto: Crypto;
	store: Store;
	local: Local;
	/** Places of this space that another device of this person has seen. */
	pins?(sid: Sid): Pin[];
}

/** What this device has checked of a space, under its own seal. */
interface Kept {
	pin: Pin;
	held: number[];
}

interface Wish {
	holds: () => boolean;
	answer: (held: boolean) => void;
	timer: ReturnType<typeof setTimeout>;
}

/**
 * One space's log on this device: its cache, what the server lists, what is pushed. Nothing is shown that the worker has not checked from the
 * founding or from the cache that this device checked itself.
 */
export class Log {
	readonly sid: Sid;
	/** By place; entry seq stands at seq - 1. */
	readonly entries: EntryView[] = [];
	view: SpaceView | null = null;
	/** The server answers that we have no place here (any more). */
	shut = false;
	/** This device held nothing of it when the page was opened. */
	fresh = false;

	readonly #parts: LogParts;
	readonly #changed: (log: Log, entries: EntryView[]) => void;
	readonly #turn = new Turn();
	readonly #wishes = new Set<Wish>();
	readonly #mine = new Set<string>();
	#held: number[] = [];
	#refused: Alarm | null = null;
	/**
	 * What a checked signal told of this space. Another's signed word is not refuted by the server that it speaks against, so a clean listing alone ends
	 * nothing: `withheld` ends with a clean listing that brought more than we had when it was raised, since what was kept from us is then here or
	 * will be told again; `fork` stays as long as this page. Neither is kept on the device: a page that is opened later raises it anew if it is still true.
	 */
	#told: Alarm | null = null;
	#loaded = false;

	constructor(sid: Sid, parts: LogParts, changed: (log: Log, entries: EntryView[]) => void) {
		this.sid = sid;
		this.#parts = parts;
		this.#changed = changed;
	}

	get count(): number {
		return this.view?.count ?? 0;
	}

	get checked(): 'checking' | 'whole' | 'stopped' {
		if (this.alarm) return 'stopped';
		return this.count > 0 ? 'whole' : 'checking';
	}

	get alarm(): Alarm | null {
		if (this.shut) return { code: 'shut', seq: null };
		return this.view?.alarm ?? this.#refused ?? this.#told;
	}

	/** A signal has stopped this space. What stopped it already is not the signal's. */
	stopBy(told: Alarm): void {
		if (this.alarm || !['withheld', 'fork'].includes(told.code)) return;
		this.#told = told;
		this.#changed(this, []);
	}

	/** From the cache of this device, without the server. */
	load(): Promise<void> {
		return this.#turn.take(() => this.#loadOnce());
	}

	/** Lists what is missing and checks it. Throws Refusal when the server cannot be reached. */
	catchUp(): Promise<void> {
		return this.#turn.take(async () => {
			await this.#loadOnce();
			await this.#list();
			// A gap may be an entry that the listing overtook: it is fetched once more before it is said.
			if (this.view?.alarm) await this.#list();
		});
	}

	/** Texts that are not here, or were given otherwise than they were signed, are asked for anew: what was taken away unasked may be given again. */
	async fetchShown(): Promise<void> {
		const missing = this.entries.filter(({ item }) => item && MISSING.includes(item.state)).map(({ seq }) => seq);
		const [first, last] = [missing[0], missing.at(-1)];
		if (this.shut || first === undefined || last === undefined) return;
		await this.#turn.take(async () => {
			const { frames } = await this.#parts.api.entries(this.sid, first - 1, Math.min(ASKED_AT_ONCE, last - first + 1));
			const views = await Promise.all(missing.map((seq) => this.#fill(seq, frames[seq - first])));
			const entries = views.filter((view) => view !== null);
			if (!this.view || entries.length === 0) return;
			await this.#keep({ entries, space: this.view, behind: false }, this.count);
			this.#adopt({ entries, space: this.view, behind: false });
		});
	}

	/** The entry, if it reads otherwise now. */
	async #fill(seq: number, frame: string | undefined): Promise<EntryView | null> {
		if (frame === undefined) return null;
		try {
			const view = await this.#parts.crypto.fill(this.sid, seq, toBytes(frame));
			return view.item?.state === this.entries[seq - 1]?.item?.state ? null : view;
		} catch (refusal) {
			// What is no frame is no text.
			if (!(refusal instanceof Unsealed) || refusal.code === 'locked') throw refusal;
			return null;
		}
	}

	/** Frames of one's own making, before the server has them (founding). */
	found(frames: Bytes[]): Promise<void> {
		return this.#turn.take(async () => {
			for (const frame of frames) {
				await this.#take({ after: this.count, count: null, frames: [frame], held: [] });
			}
			this.#loaded = true;
		});
	}

	/** What the server pushed, or took from us, for a place. */
	push(seq: number, frame: Bytes | null): Promise<void> {
		return this.#turn.take(async () => {
			await this.#loadOnce();
			if (seq <= this.count) return;
			const next = frame && seq === this.count + 1 && !this.view?.alarm;
			if (next) await this.#take({ after: this.count, count: null, frames: [frame], held: [] });
			if (seq > this.count) await this.#list();
		});
	}

	/** Resolves once the place is here: by the push that comes by itself, or by a list if it does not. */
	async reach(seq: number): Promise<void> {
		if (!(await this.until(() => this.count >= seq, PUSH_COMES_WITHIN))) await this.catchUp();
	}

	/** True as soon as it holds, false when it does not within `patience` ms. */
	until(holds: () => boolean, patience: number): Promise<boolean> {
		if (holds()) return Promise.resolve(true);
		return new Promise((resolve) => {
			const wish = { holds, answer: resolve, timer: setTimeout(() => this.#answer(wish, false), patience) };
			this.#wishes.add(wish);
		});
	}

	/** An entry of one's own by any of one's pages. */
	wrote(iid: string): boolean {
		return this.#mine.has(iid);
	}

	#answer(wish: Wish, answer: boolean): void {
		clearTimeout(wish.timer);
		this.#wishes.delete(wish);
		wish.answer(answer);
	}

	async #loadOnce(): Promise<void> {
		if (this.#loaded) return;
		const { crypto, store, local } = this.#parts;
		const [frames, kept] = await Promise.all([store.frames(this.sid), local.recall<Kept>(`log/${this.sid}`)]);
		this.#held = kept?.held ?? [];
		this.fresh = frames.length === 0;
		const pins = [...(kept ? [kept.pin] : []), ...(this.#parts.pins?.(this.sid) ?? [])];
		const checked = kept && kept.pin.seq <= frames.length ? kept.pin : null;
		await crypto.forget(this.sid);
		const taken = await this.#refusable(() => crypto.load(this.sid, { frames, held: this.#held, checked, pins }));
		if (taken) this.#adopt(taken);
		this.#loaded = true;
	}

	async #list(): Promise<void> {
		const after = this.count;
		await this.#parts.crypto.hold(this.sid, this.#parts.pins?.(this.sid) ?? []);
		try {
			const answer = await this.#parts.api.entries(this.sid, after);
			this.shut = false;
			const frames = await this.#refusable(async () => answer.frames.map((frame) => toBytes(frame)));
			if (frames) await this.#take({ after, count: answer.count, frames, held: answer.held });
		} catch (refusal) {
			if (!(refusal instanceof Refusal) || refusal.status !== 404) throw refusal;
			this.shut = true;
			this.#changed(this, []);
		}
	}

	async #take(listing: Listing): Promise<void> {
		const before = this.count;
		const taken = await this.#refusable(() => this.#parts.crypto.take(this.sid, listing));
		if (!taken || taken.behind) return;
		this.#refused = null;
		this.#held = [...this.#held, ...listing.held];
		await this.#keep(taken, before);
		const isClean = listing.count !== null && !taken.space.alarm;
		if (isClean && this.#told?.code === 'withheld' && taken.space.count > (this.#told.seq ?? 0)) this.#told = null;
		this.#adopt(taken);
	}

	/** A space of which not even the founding can be believed has no view: only why. */
	async #refusable<T>(work: () => Promise<T>): Promise<T | null> {
		try {
			return await work();
		} catch (refusal) {
			if (!(refusal instanceof Unsealed) || refusal.code === 'locked') throw refusal;
			this.#refused = { code: refusal.code, seq: 1 };
			this.#changed(this, []);
			return null;
		}
	}

	async #keep(taken: Taken, before: number): Promise<void> {
		const { crypto, store, local } = this.#parts;
		const { count, run } = taken.space;
		const frames = new Map<number, Bytes>();
		for (const { seq } of taken.entries.filter((entry) => entry.seq <= before)) {
			for (const frame of await crypto.frames(this.sid, seq, seq)) frames.set(seq, frame);
		}
		if (count > before) (await crypto.frames(this.sid, before + 1, count)).forEach((frame, index) => frames.set(before + 1 + index, frame));
		if (frames.size === 0) return;
		await store.keepFrames(this.sid, frames);
		await local.keep(`log/${this.sid}`, { pin: { seq: count, run }, held: this.#held } satisfies Kept);
	}

	#adopt(taken: Taken): void {
		for (const entry of taken.entries) {
			this.entries[entry.seq - 1] = entry;
			if (entry.mine) this.#mine.add(entry.iid);
		}
		this.view = taken.space;
		for (const wish of [...this.#wishes]) if (wish.holds()) this.#answer(wish, true);
		this.#changed(this, taken.entries);
	}
}
