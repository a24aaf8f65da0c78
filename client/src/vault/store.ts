import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Bytes, Sid } from '#crypto/types.ts';
import type { JoinBody, KeyRecord, KnockBody } from '#api/index.ts';

/** Who this browser profile holds. Nothing here opens anything, save `root`, which only a person without a way to unlock has. */
export interface PersonRow {
	pid: string;
	ownSid: Sid;
	/** 8 random bytes made once on this device. */
	device: Bytes;
	root: Bytes | null;
	/** Opens with the share that lies on the server. */
	resume: Bytes | null;
	records: KeyRecord[];
	login: string | null;
	therapist: boolean;
	language: string;
	timeZone: string;
	/** Join that was posted, or was about to be, and never answered: the same bytes go again. */
	joining: { iid: string; body: JoinBody } | { iid: null; body: KnockBody } | null;
	/** The invitation by which this person came. */
	cameBy: string | null;
}

export type LetterState = 'waiting' | 'not-sent' | 'asks' | 'dropped';

/** One thing to append. `box` is the plaintext, sealed locally; `frame` the bytes made for the log, kept until found there. */
export interface LetterRow {
	/** Given by the store, as it is kept. */
	order: number;
	sid: Sid;
	iid: string;
	box: Bytes;
	frame: Bytes | null;
	state: LetterState;
	why: string | null;
}

interface Shape extends DBSchema {
	person: { key: 'me'; value: PersonRow };
	frames: { key: [Sid, number]; value: Bytes };
	sealed: { key: string; value: Bytes };
	outbox: { key: number; value: LetterRow };
}

const STRICT = { durability: 'strict' } as const;

/** IndexedDB of this origin: frames as received, own key records, and what is sealed for this device. */
export class Store {
	readonly #db: Promise<IDBPDatabase<Shape>>;
	readonly #name: string;

	constructor(name = 'attune') {
		this.#name = name;
		this.#db = this.#open(name);
	}

	/** Rejects where the browser keeps nothing for this page, and with a VersionError where a newer version has kept something. */
	async #open(name: string): Promise<IDBPDatabase<Shape>> {
		return openDB<Shape>(name, 1, {
			upgrade(db) {
				db.createObjectStore('person');
				db.createObjectStore('frames');
				db.createObjectStore('sealed');
				db.createObjectStore('outbox', { keyPath: 'order', autoIncrement: true });
			},
			blocking: (_from, _to, event) => (event.target as IDBDatabase).close()
		});
	}

	async person(): Promise<PersonRow | null> {
		return (await (await this.#db).get('person', 'me')) ?? null;
	}

	async keepPerson(person: PersonRow): Promise<void> {
		const tx = (await this.#db).transaction('person', 'readwrite', STRICT);
		await tx.store.put(person, 'me');
		await tx.done;
	}

	/** Changes what is held of the person; nobody held is left as it is. */
	async changePerson(change: Partial<PersonRow>): Promise<void> {
		const tx = (await this.#db).transaction('person', 'readwrite', STRICT);
		const person = await tx.store.get('me');
		if (person) await tx.store.put({ ...person, ...change }, 'me');
		await tx.done;
	}

	/** Frames from a place on, without a hole. */
	async frames(sid: Sid, from = 1): Promise<Bytes[]> {
		const frames = await this.framesIn(sid, from, Number.MAX_SAFE_INTEGER);
		const hole = frames.findIndex(([seq], index) => seq !== from + index);
		return (hole < 0 ? frames : frames.slice(0, hole)).map(([, frame]) => frame);
	}

	/** Those of these places that are here. */
	async framesIn(sid: Sid, from: number, to: number): Promise<[number, Bytes][]> {
		if (to < from) return [];
		const range = IDBKeyRange.bound([sid, from], [sid, to]);
		const { store } = (await this.#db).transaction('frames');
		const [keys, frames] = await Promise.all([store.getAllKeys(range), store.getAll(range)]);
		return frames.map((frame, at) => [keys[at]?.[1] ?? 0, frame]);
	}

	/** Frames of single places, those that are here. */
	async framesAt(sid: Sid, places: number[]): Promise<[number, Bytes][]> {
		const { store } = (await this.#db).transaction('frames');
		const frames = await Promise.all(places.map((seq) => store.get([sid, seq])));
		return places.flatMap((seq, at): [number, Bytes][] => (frames[at] ? [[seq, frames[at]]] : []));
	}

	/** Frames by place, and what is sealed about them by name: all or none. */
	async keepFrames(sid: Sid, frames: Map<number, Bytes>, sealed = new Map<string, Bytes>()): Promise<void> {
		if (frames.size + sealed.size === 0) return;
		const tx = (await this.#db).transaction(['frames', 'sealed'], 'readwrite', STRICT);
		for (const [seq, frame] of frames) void tx.objectStore('frames').put(frame, [sid, seq]);
		for (const [name, bytes] of sealed) void tx.objectStore('sealed').put(bytes, name);
		await tx.done;
	}

	/** Ids of the spaces that this device holds something of. */
	async spaces(): Promise<Sid[]> {
		const keys = await (await this.#db).getAllKeys('frames');
		return [...new Set(keys.map(([sid]) => sid))];
	}

	async sealed(name: string): Promise<Bytes | null> {
		return (await (await this.#db).get('sealed', name)) ?? null;
	}

	async keepSealed(name: string, sealed: Bytes | null): Promise<void> {
		const tx = (await this.#db).transaction('sealed', 'readwrite', STRICT);
		await (sealed ? tx.store.put(sealed, name) : tx.store.delete(name));
		await tx.done;
	}

	async letters(): Promise<LetterRow[]> {
		return (await this.#db).getAll('outbox');
	}

	/** All or none. Gives each its order. */
	async addLetters(letters: LetterRow[]): Promise<void> {
		const tx = (await this.#db).transaction('outbox', 'readwrite', STRICT);
		for (const letter of letters) letter.order = await tx.store.add(letter);
		await tx.done;
	}

	/** Changes a letter and gives it as it is then; null for one that is gone. What was taken back meanwhile, in any tab, stays so. */
	async changeLetter(order: number, change: Partial<LetterRow>): Promise<LetterRow | null> {
		const tx = (await this.#db).transaction('outbox', 'readwrite', STRICT);
		const kept = await tx.store.get(order);
		const next = kept && { ...kept, ...change, state: kept.state === 'dropped' ? kept.state : (change.state ?? kept.state) };
		if (next) await tx.store.put(next);
		await tx.done;
		return next ?? null;
	}

	/** Takes a letter back. Null, and gone, if its bytes never left; else it stays to be erased, also where it was put away meanwhile. */
	async dropLetter(letter: LetterRow): Promise<LetterRow | null> {
		const tx = (await this.#db).transaction('outbox', 'readwrite', STRICT);
		const kept = await tx.store.get(letter.order);
		const next: LetterRow | null = kept?.frame === null ? null : { ...letter, ...kept, state: 'dropped' };
		await (next ? tx.store.put(next) : tx.store.delete(letter.order));
		await tx.done;
		return next;
	}

	/** A letter stands in the log: it goes; false, and it stays, if it was taken back meanwhile. */
	async letterArrived(order: number): Promise<boolean> {
		const tx = (await this.#db).transaction('outbox', 'readwrite', STRICT);
		const stays = (await tx.store.get(order))?.state === 'dropped';
		if (!stays) await tx.store.delete(order);
		await tx.done;
		return !stays;
	}

	async removeLetter(order: number): Promise<void> {
		const tx = (await this.#db).transaction('outbox', 'readwrite', STRICT);
		await tx.store.delete(order);
		await tx.done;
	}

	/** Leaves no trace of the person. */
	async wipe(): Promise<void> {
		const tx = (await this.#db).transaction(['person', 'frames', 'sealed', 'outbox'], 'readwrite', STRICT);
		await Promise.all([...tx.objectStoreNames].map((name) => tx.objectStore(name).clear()));
		await tx.done;
	}

	/** For tests: closes and removes the database. */
	async remove(): Promise<void> {
		(await this.#db).close();
		await deleteDB(this.#name);
	}

	async close(): Promise<void> {
		(await this.#db).close();
	}
}
