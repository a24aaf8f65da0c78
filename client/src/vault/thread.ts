import type { Bytes, EntryView, EpochChange, EpochView, State } from '#crypto/types.ts';
import { readName, readText } from './content.ts';
import type { Letter } from './outbox.ts';
import type { Fault, Form, Said, SaidState } from './types.ts';

const TALK = 0;
/** Talk items that are no words of their own in the thread. */
const SILENT = ['welcome', 'edit', 'room'];

export const FAULTS: Partial<Record<State, Fault>> = {
	held: 'elsewhere',
	'does-not-open': 'unopened',
	altered: 'altered',
	'gone-erased': 'erased',
	'gone-expired': 'expired',
	'gone-unexplained': 'removed',
	'gone-date-wrong': 'wrong-date',
	'clock-unsure': 'clock'
};

/** The words of a room as its checked log tells them. */
export class Thread {
	/** In the order of the log. */
	said: readonly Said[] = [];
	welcome = '';
	/** What each person calls herself here, newest. */
	readonly names = new Map<string, { name: string; form: Form }>();
	/** Every `own-at` of one's own, for comparing at unlock: the newest may have been written by a device that was lied to. */
	readonly ownAts = new Map<number, Bytes>();

	readonly #bySeq = new Map<number, Said>();
	/** The newest edit of each place, which may be here before the place is looked at. */
	readonly #edits = new Map<number, { seq: number; text: string | null }>();
	readonly #newest = new Map<string, number>();
	/** Which places each person has erased. */
	readonly #erasures: { by: string; ranges: [number, number][] }[] = [];
	/** Epochs by the place where they begin, rising. */
	readonly #keys = new Map<number, EpochView['key']>();

	take(entries: EntryView[], isKeeper: (pid: string) => boolean): void {
		// First: what is gone is listed before the entry that took it away.
		for (const { author, erased } of entries) if (erased) this.#erasures.push({ by: author, ranges: erased });
		for (const entry of entries) this.#take(entry, isKeeper);
		if (entries.length > 0) this.said = this.#inOrder();
	}

	/** What was said before may open later than what was said since. */
	#inOrder(): readonly Said[] {
		const said = [...this.#bySeq.values()];
		const isInOrder = said.every(({ seq }, at) => (seq ?? 0) >= (said[at - 1]?.seq ?? 0));
		return isInOrder ? said : said.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
	}

	/** Of each kind and author, the newest by its place counts, whenever it opened. */
	#isNewest(what: string, seq: number): boolean {
		if (seq < (this.#newest.get(what) ?? 0)) return false;
		this.#newest.set(what, seq);
		return true;
	}

	/** Whether the key of the epoch in force opens here. */
	get keyFits(): boolean {
		return this.#keyAt(Infinity) !== 'does-not-fit';
	}

	#keyAt(seq: number): EpochView['key'] | undefined {
		return [...this.#keys].findLast(([begins]) => begins < seq)?.[1];
	}

	/** The log's words, then what waits for its turn. */
	with(letters: Letter[], wrote: (iid: string) => boolean): readonly Said[] {
		if (letters.length === 0) return this.said;
		const waiting = letters.filter(isWaitingWords).filter(({ row }) => !wrote(row.iid));
		const unsent = new Set(letters.filter(({ row }) => row.state === 'dropped').map(({ row }) => row.iid));
		const said = unsent.size > 0 ? this.said.map((one) => (one.mine && unsent.has(one.iid) ? unsending(one) : one)) : this.said;
		return [...said, ...waiting.map(waitingWords)];
	}

	#take(entry: EntryView, isKeeper: (pid: string) => boolean): void {
		if (entry.epoch) this.#turn(entry, entry.epoch);
		if (entry.change) this.#greet(entry, entry.change);
		const { item } = entry;
		if (!item) return;
		if (item.state === 'open' && item.content) this.#read(entry, isKeeper);
		if (SILENT.includes(item.kind)) this.#bySeq.delete(entry.seq);
		if (item.drawer === TALK && !SILENT.includes(item.kind) && item.state !== 'no-key') this.#say(entry);
		if (entry.edit?.kind === 'message') this.#edited(entry.edit.seq, { seq: entry.seq, text: readText(entry.edit.content) });
	}

	/** A new epoch. A key that does not fit is said where it begins, under the name of who made it. */
	#turn({ seq, iid, author, mine, time }: EntryView, { key }: EpochView): void {
		this.#keys.set(seq, key);
		const said: Said = { key: `${author}/${iid}`, iid, seq, mine, at: time, state: 'said', text: null, fault: 'key', why: null };
		if (key === 'does-not-fit') this.#bySeq.set(seq, said);
	}

	/** A key that came in later is said where it came, whoever brought it. */
	#greet({ seq, iid, author, mine, time, epoch }: EntryView, { added, succeeded }: EpochChange): void {
		const newKey = [...succeeded.map(({ now }) => now), ...added].find((pid) => epoch?.members.some((one) => one.pid === pid && !one.mine));
		if (newKey === undefined || seq === 1) return;
		this.#bySeq.set(seq, { key: `${author}/${iid}`, iid, seq, mine, at: time, state: 'said', text: null, fault: null, why: null, newKey });
	}

	#faultOf({ seq, author }: EntryView, state: State): Fault | null {
		if (state === 'gone-erased' && !this.#erasedBy(author, seq)) return 'erased-by-other';
		if (state === 'does-not-open' && this.#keyAt(seq) === 'does-not-fit') return 'no-key';
		return FAULTS[state] ?? null;
	}

	#erasedBy(author: string, seq: number): boolean {
		return this.#erasures.some(({ by, ranges }) => by === author && ranges.some(([from, to]) => from <= seq && seq <= to));
	}

	#read({ item, author, mine, ...entry }: EntryView, isKeeper: (pid: string) => boolean): void {
		if (!item?.content) return;
		if (item.kind === 'welcome' && isKeeper(author) && this.#isNewest('welcome', entry.seq)) this.welcome = readText(item.content) ?? this.welcome;
		if (item.kind === 'own-at' && mine) this.ownAts.set(entry.seq, item.content);
		if (item.kind !== 'name') return;
		const card = readName(item.content);
		if (card && this.#isNewest(`name ${author}`, entry.seq)) this.names.set(author, card);
	}

	#say(entry: EntryView): void {
		const { seq, iid, author, mine, time, item } = entry;
		if (!item) return;
		const known = item.kind === 'message' && item.version === 1;
		const text = known && item.content ? readText(item.content) : null;
		const fault = this.#faultOf(entry, item.state) ?? (item.state !== 'open' || text !== null ? null : known ? 'unopened' : 'newer');
		this.#bySeq.set(seq, { key: mine ? iid : `${author}/${iid}`, iid, seq, mine, at: time, state: 'said', text, fault, why: null });
		this.#reword(seq);
	}

	#edited(seq: number, edit: { seq: number; text: string | null }): void {
		if (edit.text === null || edit.seq < (this.#edits.get(seq)?.seq ?? 0)) return;
		this.#edits.set(seq, edit);
		this.#reword(seq);
	}

	#reword(seq: number): void {
		const said = this.#bySeq.get(seq);
		const text = this.#edits.get(seq)?.text;
		if (said && !said.fault && text) this.#bySeq.set(seq, { ...said, text });
	}
}

const isWaitingWords = ({ row, what }: Letter): boolean => what.kind === 'message' && row.state !== 'dropped';

/** Gone here at once, though the server has not been told yet. */
const unsending = (said: Said): Said => (said.fault ? said : { ...said, text: null, fault: 'erased', state: 'unsending' });

function waitingWords({ row, what, at }: Letter): Said {
	const state: SaidState = row.state === 'dropped' ? 'waiting' : row.state;
	return { key: row.iid, iid: row.iid, seq: null, mine: true, at, state, text: readText(what.content), fault: null, why: row.why };
}
