import { Refusal as Unsealed } from '#crypto/refusals.ts';
import type { Bytes, EntryView, Listing, Pin, Sid, SpaceView, State, Taken } from '#crypto/types.ts';
import { Refusal, type Api, type Entries } from '#api/index.ts';
import { Keeping, type KeepingParts } from './keeping.ts';
import { Turn } from './turn.ts';
import type { Alarm } from './types.ts';

const PUSH_COMES_WITHIN = 700;
const PAGE = 1_000;
/** Looked at together, going back. */
const EARLIER = 60;
/** Where a room's welcome stands, of which nothing outside its seal tells. */
const BEGINNING = 20;
/** Asked for anew whenever they are looked at: what was taken away unasked may be given again. */
const LACKING: State[] = ['held', 'altered', 'gone-unexplained'];

export interface LogParts extends KeepingParts {
	api: Api;
	/** Places of this space that another device of this person has seen. */
	pins?(sid: Sid): Pin[];
	/** What waits in the outbox for this space. */
	waiting?(sid: Sid): string[];
}

/** How far a check has come. */
export interface Progress {
	done: number;
	of: number;
	/** Somebody has stopped it. */
	paused: boolean;
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
	/** By place, those that were looked at; entry seq stands at seq - 1. */
	readonly entries: (EntryView | undefined)[] = [];
	/** The first place whose words are here; before it stands only what is read whatever is looked at. */
	from = 1;
	/** While a long listing is checked. */
	progress: Progress | null = null;
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
	readonly #keeping: Keeping;
	/** How far the worker has the log, also while nothing of it is shown. */
	#at = 0;
	/** The log was checked to its end once, by this device. */
	#whole = false;
	#paused = false;
	/** How many entries the server says there are. */
	#expected = 0;
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
		this.#keeping = new Keeping(sid, parts);
	}

	get count(): number {
		return this.view?.count ?? 0;
	}

	get checked(): 'checking' | 'whole' | 'stopped' {
		if (this.alarm) return 'stopped';
		return this.#whole && this.count > 0 ? 'whole' : 'checking';
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

	/** Lists what is missing and checks it; `expected`: how many entries the server counts. Throws Refusal when the server cannot be reached. */
	catchUp(expected = 0): Promise<void> {
		return this.#turn.take(async () => {
			this.#expected = Math.max(expected, this.#expected);
			await this.#loadOnce();
			await this.#list();
			// A gap may be an entry that the listing overtook: it is fetched once more before it is said.
			if (this.view?.alarm) await this.#list();
		});
	}

	/** Frames of one's own making, before the server has them (founding). */
	found(frames: Bytes[]): Promise<void> {
		return this.#turn.take(async () => {
			for (const frame of frames) {
				await this.#take({ after: this.#at, count: null, frames: [frame], held: [] });
			}
			this.#loaded = true;
		});
	}

	/** What the server pushed, or took from us, for a place. */
	push(seq: number, frame: Bytes | null): Promise<void> {
		return this.#turn.take(async () => {
			await this.#loadOnce();
			if (seq <= this.#at) return;
			this.#expected = Math.max(seq, this.#expected);
			const next = frame && seq === this.#at + 1 && (this.#whole || seq === 1) && !this.view?.alarm;
			if (next) await this.#take({ after: this.#at, count: null, frames: [frame], held: [] });
			if (seq > this.#at) await this.#list();
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
		const kept = await this.#refusable(() => this.#keeping.recall(this.#parts.pins?.(this.sid) ?? []));
		this.#whole = kept?.whole ?? false;
		this.fresh = !this.#whole;
		this.#at = kept?.taken?.space.count ?? 0;
		this.from = (this.#whole && kept?.from) || 1;
		if (kept?.taken) await this.#findWaiting();
		if (kept?.taken && this.#whole) this.#adopt(kept.taken);
		this.#loaded = true;
	}

	/** What waits in the outbox may stand in the log already, before the first place that is looked at. */
	async #findWaiting(): Promise<void> {
		for (const iid of this.#parts.waiting?.(this.sid) ?? []) if (await this.#parts.crypto.find(this.sid, iid)) this.#mine.add(iid);
	}

	async #list(): Promise<void> {
		if (this.progress?.paused) return;
		await this.#parts.crypto.hold(this.sid, this.#parts.pins?.(this.sid) ?? []);
		try {
			await this.#listPages();
		} catch (refusal) {
			if (!(refusal instanceof Refusal) || refusal.status !== 404) throw refusal;
			this.shut = true;
			this.#changed(this, []);
		} finally {
			if (this.progress && !this.#paused) this.#tell(null);
		}
	}

	/** Page by page; the next one is on its way while one is checked. Nothing of them is shown before the end was judged. */
	async #listPages(): Promise<void> {
		const before = this.#at;
		const gone: number[] = [];
		if (!this.#whole && before > 0) this.#tell({ done: before, of: Math.max(before, this.#expected), paused: false });
		let answer = await this.#page(before);
		for (;;) {
			this.shut = false;
			const after = this.#at;
			const more = answer.frames.length > 0 && after + answer.frames.length < answer.count;
			const next = more && !this.#paused ? this.#page(after + answer.frames.length) : null;
			void next?.catch(() => undefined);
			const taken = await this.#refusable(() => this.#parts.crypto.take(this.sid, { after, ...answer, more, from: this.#lookedFrom(answer.count) }));
			if (!taken || taken.behind) return;
			this.#at = taken.space.count;
			gone.push(...taken.gone);
			if (!more || taken.space.alarm) return this.#ended({ ...taken, gone }, before);
			if (!this.#whole) await this.#keeping.keep(taken, { before: after, whole: false });
			this.#tell({ done: this.#at, of: answer.count, paused: this.#paused });
			if (!next || this.#paused) return;
			answer = await next;
		}
	}

	#lookedFrom(count: number): number {
		return this.#whole ? this.from : this.#keeping.first(count);
	}

	#page(after: number): Promise<Entries> {
		return this.#parts.api.entries(this.sid, { after, most: PAGE, textsFrom: this.#lookedFrom(this.#expected) });
	}

	#tell(progress: Progress | null): void {
		this.progress = progress;
		this.#changed(this, []);
	}

	/** A listing was judged to its end, or as far as it can be believed. */
	async #ended(taken: Taken, before: number): Promise<void> {
		const { crypto } = this.#parts;
		const { count, alarm } = taken.space;
		const isFirst = !this.#whole;
		this.#refused = null;
		this.from = this.#lookedFrom(count);
		this.#paused = false;
		if (isFirst) await this.#findWaiting();
		if (isFirst && !alarm && this.from > 1) await this.#fetch(1, Math.min(BEGINNING, this.from - 1));
		const shown = isFirst || before + PAGE < count ? await crypto.shown(this.sid, this.from) : taken;
		this.#whole = true;
		await this.#keeping.keep(taken, { before, whole: true });
		if (!alarm && this.#told?.code === 'withheld' && count > (this.#told.seq ?? 0)) this.#told = null;
		this.#adopt(shown);
	}

	async #take(listing: Listing): Promise<void> {
		const before = this.#at;
		const taken = await this.#refusable(() => this.#parts.crypto.take(this.sid, { ...listing, from: this.from }));
		if (!taken || taken.behind) return;
		this.#refused = null;
		this.#at = taken.space.count;
		this.#whole = true;
		await this.#keeping.keep(taken, { before, whole: true });
		this.#adopt(taken);
	}

	/** What was said before: from this device, or fetched when it is looked at. Throws Refusal when it is needed and the server cannot be reached. */
	earlier(): Promise<void> {
		return this.#turn.take(async () => {
			const to = this.from - 1;
			if (!this.#whole || to < 1) return;
			const from = Math.max(1, to - EARLIER + 1);
			const kept = await this.#keeping.bring(from, to);
			const entries = kept.some(isLacking) ? await this.#fetch(from, to) : kept;
			this.from = from;
			this.#show(entries);
		});
	}

	/** Texts of what is shown that are not here, or were given otherwise than they were signed. */
	async fetchShown(): Promise<void> {
		const missing = this.entries.flatMap((entry) => (entry && entry.seq >= this.from && isLacking(entry) ? [entry.seq] : []));
		const [first, last] = [missing[0], missing.at(-1)];
		if (this.shut || first === undefined || last === undefined) return;
		await this.#turn.take(async () => {
			const entries = await this.#fetch(first, Math.min(last, first + PAGE - 1));
			const fresh = entries.filter(({ seq, item }) => item?.state !== this.entries[seq - 1]?.item?.state);
			if (fresh.length > 0) this.#show(fresh);
		});
	}

	async #fetch(from: number, to: number): Promise<EntryView[]> {
		const most = to - from + 1;
		const { frames, held } = await this.#parts.api.entries(this.sid, { after: from - 1, most, textsFrom: 0 });
		const entries = await this.#parts.crypto.fill(this.sid, from, frames.slice(0, most), held);
		await this.#keeping.keepFrames(from, to);
		return entries;
	}

	/** Stops a long check after the page under way, or goes on with it. */
	async pause(paused: boolean): Promise<void> {
		this.#paused = paused;
		if (this.progress) this.#tell({ ...this.progress, paused });
		if (!paused) await this.catchUp();
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

	#adopt({ entries, space }: Taken): void {
		this.view = space;
		this.#show(entries);
	}

	#show(entries: EntryView[]): void {
		for (const entry of entries) {
			this.entries[entry.seq - 1] = entry;
			if (entry.mine) this.#mine.add(entry.iid);
		}
		for (const wish of [...this.#wishes]) if (wish.holds()) this.#answer(wish, true);
		this.#changed(this, entries);
	}
}

const isLacking = ({ item }: EntryView): boolean => item !== null && LACKING.includes(item.state);
