import { foldCode } from '#crypto/codes.ts';
import { encode, toBytes, toText } from '#crypto/encoding.ts';
import { Refusal as Unsealed } from '#crypto/refusals.ts';
import type { Crypto, Unlock } from '#crypto/types.ts';
import { Refusal, type Api, type KeyRecord, type NewRecord } from '#api/index.ts';
import { made, removedMethod, sameIid, type NewContent } from './content.ts';
import type { Open, Presence } from './presence.ts';
import { Problem } from './problem.ts';
import type { PersonRow } from './store.ts';
import { Turn } from './turn.ts';
import type { Keyring } from './types.ts';
import { asProblem } from './ways.ts';

const PATIENCE = 20_000;
const PASSPHRASE = 1;
const SHEET = 2;
const PROVEN_BY = 2;
/** The name under which this device keeps a way in that is being made. */
const MAKING = 'way';

/** A way in that is being made: kept, sealed, until it stands in the own space and at the server, and what it replaces is gone from both. */
export interface Making extends NewRecord {
	replaces: string[];
}

/** The ways in of whoever is open: made, put in place of each other, one at a time and whatever becomes of the page meanwhile. */
export class LiveKeyring implements Keyring {
	readonly #parts: { api: Api; crypto: Crypto };
	readonly #here: Presence;
	readonly #turn = new Turn();

	constructor(parts: { api: Api; crypto: Crypto }, here: Presence) {
		this.#parts = parts;
		this.#here = here;
	}

	async drawSheet(now: string): Promise<string[]> {
		return this.#problems(async () => {
			await this.#prove(now);
			return (await this.#parts.crypto.drawCode()).text.split('-');
		});
	}

	isGroup(group: string, typed: string): boolean {
		return foldCode(typed) === group;
	}

	async keepSheet(groups: readonly string[], typed: ReadonlyMap<number, string>): Promise<void> {
		const proven = [...typed].filter(([place, words]) => this.isGroup(groups[place] ?? '', words)).length;
		if (proven < PROVEN_BY || proven < typed.size) throw new Problem('not-on-paper', 'two groups of the printed code have to be typed');
		await this.#problems(() => this.#add({ kind: SHEET, secret: groups.join('') }));
	}

	async keepPassphrase({ now, login, passphrase }: { now: string; login: string; passphrase: string }): Promise<void> {
		await this.#problems(async () => {
			await this.#prove(now);
			await this.#add({ kind: PASSPHRASE, login: this.#row.login ?? login, secret: passphrase });
		});
	}

	async others(): Promise<number> {
		return (await this.#problems(() => this.#parts.api.otherSessions())).count;
	}

	async signOthersOut(): Promise<void> {
		await this.#problems(() => this.#parts.api.endOtherSessions());
	}

	/** What another page of this device, or an earlier one, began and could not end. Gives what is still under way. */
	finish(open: Open): Promise<Making | null> {
		return this.#turn.take(async () => {
			const making = await open.local.recall<Making>(MAKING);
			if (!making) return null;
			try {
				await this.#put(open, making);
				return null;
			} catch (problem) {
				if (!(problem instanceof Problem)) throw problem;
				return problem.code === 'way-waits' ? making : null;
			}
		});
	}

	get #row(): PersonRow {
		const { row } = this.#here;
		if (!row) throw new Problem('locked', 'unlock first');
		return row;
	}

	/** Whoever already has words shows that she is the one who sits here. A room link is no words that one could type. */
	async #prove(now: string): Promise<void> {
		const asked = this.#row.records.filter(({ kind }) => kind === PASSPHRASE || kind === SHEET);
		if (asked.length === 0) return;
		for (const record of asked) if (await this.#opens(record, now)) return;
		throw new Problem('words-do-not-open', 'they open no record of this person');
	}

	async #opens({ kind, login, record }: KeyRecord, secret: string): Promise<boolean> {
		try {
			return await this.#parts.crypto.opensRecord(toBytes(record), { kind: kind as Unlock['kind'], login, secret });
		} catch (refusal) {
			if (refusal instanceof Unsealed && refusal.code === 'mistyped') return false;
			throw refusal;
		}
	}

	/** In place of every way in of its kind. Begun only while the server is heard, so that it is seldom left half done. */
	async #add(unlock: Unlock): Promise<void> {
		const { open, caughtUp } = this.#here;
		if (!open) throw new Problem('locked', 'unlock first');
		if (!caughtUp) throw new Problem('unreachable', 'a way in is made while the server answers');
		await this.#turn.take(async () => {
			const { mid, kind, login, loginSecret, record } = await this.#parts.crypto.makeMethod(unlock);
			const unfinished = await open.local.recall<Making>(MAKING);
			const replaces = [...this.#row.records.filter((one) => one.kind === kind).map((one) => one.mid), ...(unfinished ? [unfinished.mid] : [])];
			const making = { mid, kind, login, login_secret: loginSecret, record: toText(record), replaces };
			await open.local.keep(MAKING, making);
			await this.#put(open, making);
			open.way = { unlock, login, loginSecret };
		});
	}

	/**
	 * First the item that holds the record, then the record in place of the old ones in one step, then the items that end the old ones: wherever this
	 * breaks off, either the old or the new opens. Each step done twice is done once.
	 */
	async #put(open: Open, { replaces, ...record }: Making): Promise<void> {
		await this.#write(open, record.mid, made('unlock', encode(toBytes(record.mid), toBytes(record.record))));
		try {
			await this.#parts.api.putRecord({ ...record, replaces });
		} catch (refusal) {
			if (!(refusal instanceof Refusal) || refusal.passing || refusal.status === 401) throw waits(refusal);
			await this.#write(open, `no ${record.mid}`, removedMethod(record.mid));
			await open.local.keep(MAKING, null);
			throw asProblem(refusal);
		}
		await this.#here.kept(record, replaces);
		for (const mid of replaces) await this.#write(open, `no ${mid}`, removedMethod(mid));
		await open.local.keep(MAKING, null);
	}

	/** Into the own space, once, and waits until it stands there. */
	async #write({ opened }: Open, act: string, what: NewContent): Promise<void> {
		const iid = await sameIid('way', act);
		if (opened.ownLog.wrote(iid)) return;
		await opened.put([{ sid: opened.ownLog.sid, what, iid }]);
		if (!(await opened.ownLog.until(() => opened.ownLog.wrote(iid), PATIENCE))) throw waits('the own space could not be written');
	}

	async #problems<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (cause) {
			throw asProblem(cause);
		}
	}
}

/** Begun and kept here: it is finished by itself once the server answers. */
function waits(why: unknown): Problem {
	return new Problem('way-waits', String(why));
}
