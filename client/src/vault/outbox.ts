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

	/** Reads what this device holds: at opening, and when another tab has changed it. */
	async reload(): Promise<void> {
		const known = new Map(this.letters.map((letter) => [letter.row.iid, letter]));
		const rows = await this.#store.letters();
		const before = this.letters;
		this.letters = await Promise.all(rows.map((row) => this.#open(row, known.get(row.iid))));
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

	async change(letter: Letter, change: Partial<Pick<LetterRow, 'frame' | 'state' | 'why'>>): Promise<void> {
		Object.assign(letter.row, change);
		await this.#store.changeLetter(letter.row);
		this.#changed(letter.row.sid);
	}

	/** The author has said yes to who reads here now. */
	async readdress(letter: Letter, pids: string[]): Promise<void> {
		letter.pids = pids;
		letter.row.box = await this.#local.seal(boxName(letter.row.iid), boxOf(letter));
		await this.change(letter, { state: 'waiting', why: null });
	}

	async remove(letter: Letter): Promise<void> {
		if (letter.row.order !== undefined) await this.#store.removeLetter(letter.row.order);
		this.letters = this.letters.filter((other) => other !== letter);
		this.#changed(letter.row.sid);
	}

	async #close({ sid, what, pids, iid = toText(random(16)) }: NewLetter): Promise<Letter> {
		const letter = { what, pids, at: Date.now() };
		const box = await this.#local.seal(boxName(iid), boxOf(letter));
		return { ...letter, row: { sid, iid, box, frame: null, state: 'waiting', why: null } };
	}

	async #open(row: LetterRow, known: Letter | undefined): Promise<Letter> {
		const { pids, at, content, ...what } = await this.#local.open<Box>(boxName(row.iid), row.box);
		const letter = { row, what: { ...what, content: toBytes(content) }, pids, at };
		return known ? Object.assign(known, letter) : letter;
	}
}

/** The bytes of a frame that was made for the log go as they are; only a letter that never left can be dropped without a trace. */
export const wasTransmitted = ({ row }: Letter): boolean => row.frame !== null;

const boxName = (iid: string): string => `letter/${iid}`;

function boxOf({ what, pids, at }: Omit<Letter, 'row'>): Box {
	return { drawer: what.drawer, kind: what.kind, version: what.version, content: toText(what.content), pids, at };
}
