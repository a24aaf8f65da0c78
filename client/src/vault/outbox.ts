import { toBytes, toText } from '#crypto/encoding.ts';
import type { Drawer, Sid } from '#crypto/types.ts';
import type { NewContent } from './content.ts';
import type { Local } from './local.ts';
import { random } from './random.ts';
import type { LetterRow, Store } from './store.ts';

/** Something that waits to be appended: what it says, and for whom it was written. */
export interface Letter {
	row: LetterRow;
	what: NewContent;
	/** People of the epoch it was written for; whoever is new among the readers is asked about first. */
	pids: string[];
	at: number;
}

export interface NewLetter {
	sid: Sid;
	what: NewContent;
	pids: string[];
	iid?: string;
}

interface Box {
	drawer: Drawer;
	kind: string;
	version: number;
	content: string;
	pids: string[];
	at: number;
}

/** What waits, on this device: kept before it is shown, gone only once it is found in the log. */
export class Outbox {
	/** In the order in which it was written. */
	letters: readonly Letter[] = [];

	readonly #store: Store;
	readonly #local: Local;
	readonly #changed: (sid: Sid) => void;

	constructor(store: Store, local: Local, changed: (sid: Sid) => void) {
		this.#store = store;
		this.#local = local;
		this.#changed = changed;
	}

	of(sid: Sid): Letter[] {
		return this.letters.filter(({ row }) => row.sid === sid);
	}

	find(iid: string): Letter | null {
		return this.letters.find(({ row }) => row.iid === iid) ?? null;
	}

	/** Reads what this device holds: at opening, and when another tab has changed it; again if this tab wrote meanwhile. */
	async reload(): Promise<void> {
		const before = this.letters;
		const known = new Map(before.map((letter) => [letter.row.iid, letter]));
		const rows = await this.#store.letters();
		const read = await Promise.all(rows.map((row) => this.#open(row)));
		if (this.letters !== before) return this.reload();
		this.letters = read.map((letter) => Object.assign(known.get(letter.row.iid) ?? letter, letter));
		for (const sid of new Set([...before, ...this.letters].map(({ row }) => row.sid))) this.#changed(sid);
	}

	/** Keeps all of them, or none. What is already here or on its way (same iid) is not kept twice. */
	async put(letters: NewLetter[]): Promise<Letter[]> {
		const fresh = letters.filter(({ iid }) => !iid || !this.find(iid));
		const kept = await Promise.all(fresh.map((letter) => this.#close(letter)));
		await this.#store.addLetters(kept.map(({ row }) => row));
		this.letters = [...this.letters, ...kept];
		for (const sid of new Set(kept.map(({ row }) => row.sid))) this.#changed(sid);
		return kept;
	}

	/** Own words that stand in the log are to be erased: kept as dropped until that is done. */
	async takeBack(letter: NewLetter): Promise<void> {
		const kept = await this.#close(letter);
		kept.row.state = 'dropped';
		await this.#store.addLetters([kept.row]);
		this.#follow(kept, kept.row);
	}

	/** False if it is gone: taken back before its bytes left, or put away by another tab. */
	async change(letter: Letter, change: Partial<Pick<LetterRow, 'frame' | 'state' | 'why' | 'box'>>): Promise<boolean> {
		Object.assign(letter.row, change);
		return this.#follow(letter, await this.#store.changeLetter(letter.row.order, change));
	}

	/** Takes it back for good, whatever becomes of this page: kept as dropped if its bytes may turn up, else gone. */
	async drop(letter: Letter): Promise<void> {
		letter.row.state = 'dropped';
		this.#follow(letter, await this.#store.dropLetter(letter.row));
	}

	/** It stands in the log, and goes; false if it was taken back meanwhile, here or in another tab. */
	async arrived(letter: Letter): Promise<boolean> {
		const gone = await this.#store.letterArrived(letter.row.order);
		this.#follow(letter, gone ? null : { ...letter.row, state: 'dropped' });
		return gone;
	}

	/** As the store has it now. */
	#follow(letter: Letter, row: LetterRow | null): boolean {
		if (row) Object.assign(letter.row, row);
		const others = this.letters.filter((other) => other !== letter);
		if (!row) this.letters = others;
		else if (others.length === this.letters.length) this.letters = [...others, letter];
		this.#changed(letter.row.sid);
		return row !== null;
	}

	/** The author has said yes to who reads here now. */
	async readdress(letter: Letter, pids: string[]): Promise<void> {
		letter.pids = pids;
		const box = await this.#local.seal(boxName(letter.row.iid), boxOf(letter));
		await this.change(letter, { box, state: 'waiting', why: null });
	}

	async remove(letter: Letter): Promise<void> {
		await this.#store.removeLetter(letter.row.order);
		this.#follow(letter, null);
	}

	async #close({ sid, what, pids, iid = toText(random(16)) }: NewLetter): Promise<Letter> {
		const letter = { what, pids, at: Date.now() };
		const box = await this.#local.seal(boxName(iid), boxOf(letter));
		return { ...letter, row: { sid, iid, box, frame: null, state: 'waiting', why: null } as Omit<LetterRow, 'order'> as LetterRow };
	}

	async #open(row: LetterRow): Promise<Letter> {
		const { pids, at, content, ...what } = await this.#local.open<Box>(boxName(row.iid), row.box);
		return { row, what: { ...what, content: toBytes(content) }, pids, at };
	}
}

const boxName = (iid: string): string => `letter/${iid}`;

function boxOf({ what, pids, at }: Omit<Letter, 'row'>): Box {
	return { drawer: what.drawer, kind: what.kind, version: what.version, content: toText(what.content), pids, at };
}
