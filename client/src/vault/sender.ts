import { toText } from '#crypto/encoding.ts';
import { Refusal as Unsealed } from '#crypto/refusals.ts';
import type { Bytes, Sid } from '#crypto/types.ts';
import { Refusal } from '#api/index.ts';
import type { Log, LogParts } from './log.ts';
import { type Letter, type Outbox } from './outbox.ts';

const SHORTEST = 2_000;
const LONGEST = 60_000;
const CONFLICTS = 8;

/** What the server answers when it has to be asked again later: nothing was decided. */
const passing = (refusal: Refusal): boolean => refusal.passing || refusal.status === 401 || refusal.status === 403;

export interface SenderParts extends Pick<LogParts, 'api' | 'crypto'> {
	outbox: Outbox;
	log(sid: Sid): Log | null;
	ownPid(): string;
	/** What the server must have before anything is appended. */
	begin(sid: Sid): Promise<void>;
}

/**
 * Takes what waits to the log: one append in flight per space, in the order of writing. A letter is sealed when its turn comes, its bytes are
 * kept and sent again as they are, and it is gone once it is found in the log. Only the tab that holds the lock sends.
 */
export class Sender {
	leads = false;

	readonly #parts: SenderParts;
	readonly #busy = new Map<Sid, 'once' | 'again'>();
	#tries = 0;
	#later: ReturnType<typeof setTimeout> | undefined;

	constructor(parts: SenderParts) {
		this.#parts = parts;
	}

	/** Something may be sendable now: new words, a server that answers again, a log that grew. */
	kick(sid?: Sid): void {
		if (!this.leads) return;
		const waiting = new Set(this.#parts.outbox.letters.map(({ row }) => row.sid));
		for (const one of sid ? [sid] : waiting) if (waiting.has(one)) void this.#run(one);
	}

	stop(): void {
		this.leads = false;
		clearTimeout(this.#later);
	}

	async #run(sid: Sid): Promise<void> {
		if (this.#busy.has(sid)) {
			this.#busy.set(sid, 'again');
			return;
		}
		this.#busy.set(sid, 'once');
		try {
			while (await this.#step(sid));
			this.#tries = 0;
		} catch (refusal) {
			this.#pause(refusal);
		} finally {
			const again = this.#busy.get(sid) === 'again';
			this.#busy.delete(sid);
			if (again) this.kick(sid);
		}
	}

	/** One thing; false when nothing is left to do for now. */
	async #step(sid: Sid): Promise<boolean> {
		const log = this.#parts.log(sid);
		if (!this.leads || !log || log.checked !== 'whole') return false;
		await this.#clear(sid, log);
		const letter = this.#parts.outbox.of(sid).find(({ row }) => row.state === 'waiting');
		if (!letter) return false;
		if (this.#isForOthers(letter, log)) {
			await this.#parts.outbox.change(letter, { state: 'asks' });
			return true;
		}
		await this.#parts.begin(sid);
		await this.#send(letter, log);
		return true;
	}

	/** What is in the log has arrived; what was dropped and turned up all the same is erased; what was dropped and never left is gone. */
	async #clear(sid: Sid, log: Log): Promise<void> {
		for (const letter of this.#parts.outbox.of(sid)) {
			if (log.wrote(letter.row.iid)) await this.#putAway(letter, log);
			else if (letter.row.state === 'dropped' && letter.row.frame === null) await this.#parts.outbox.remove(letter);
		}
	}

	/** It may be taken back at any moment, here or in another tab: then it stays in the outbox until it is erased, whatever becomes of this page. */
	async #putAway(letter: Letter, log: Log): Promise<void> {
		if (letter.row.state !== 'dropped' && (await this.#parts.outbox.arrived(letter))) return;
		await this.#erase(log, letter.row.iid);
		await this.#parts.outbox.remove(letter);
	}

	async #erase(log: Log, iid: string): Promise<void> {
		for (let conflicts = 0; conflicts < CONFLICTS; conflicts++) {
			try {
				const place = await this.#parts.crypto.find(log.sid, iid);
				while (place && place.seq < log.from) await log.earlier();
				if (place && !place.erased) await this.#append(log, (await this.#parts.crypto.erase(log.sid, [place.seq])).frame);
				return;
			} catch (refusal) {
				if (!isConflict(refusal)) throw refusal;
				await log.catchUp();
			}
		}
		throw new Refusal('conflict', 409, 'others write faster than we can erase');
	}

	/** An answer is only a word: a letter is kept until it stands in the checked log. */
	async #found(letter: Letter, log: Log): Promise<void> {
		if (!log.wrote(letter.row.iid)) throw new Refusal('not-in-log', 0, 'acknowledged, but not listed');
		await this.#putAway(letter, log);
	}

	#isForOthers({ pids }: Letter, log: Log): boolean {
		const own = this.#parts.ownPid();
		return (log.view?.epoch.members ?? []).some(({ pid, left }) => !left && pid !== own && !pids.includes(pid));
	}

	async #send(letter: Letter, log: Log): Promise<void> {
		for (let conflicts = 0; conflicts < CONFLICTS; conflicts++) {
			try {
				await this.#renewIfLeft(log);
				const frame = letter.row.frame ?? (await this.#seal(letter));
				if (!frame) return;
				await this.#append(log, frame);
				return await this.#found(letter, log);
			} catch (refusal) {
				if (!isConflict(refusal)) return this.#refused(letter, refusal);
				await log.catchUp();
				if (log.wrote(letter.row.iid)) return this.#putAway(letter, log);
				await this.#parts.outbox.change(letter, { frame: null });
				if (this.#isForOthers(letter, log)) return;
			}
		}
		throw new Refusal('conflict', 409, 'others write faster than we can seal');
	}

	/** Nothing leaves before its bytes are kept; null if it was taken back meanwhile. */
	async #seal(letter: Letter): Promise<Bytes | null> {
		const { row, what } = letter;
		const { frame } = await this.#parts.crypto.sealItem(row.sid, { iid: row.iid, ...what });
		return (await this.#parts.outbox.change(letter, { frame })) && row.state !== 'dropped' ? frame : null;
	}

	async #renewIfLeft(log: Log): Promise<void> {
		if (!log.view?.leaverFirst) return;
		await this.#append(log, (await this.#parts.crypto.sealEpoch(log.sid, { do: 'renew' })).frame);
	}

	async #append(log: Log, frame: Bytes): Promise<void> {
		const { seq } = await this.#parts.api.append(log.sid, toText(frame));
		await log.reach(seq);
	}

	async #refused(letter: Letter, refusal: unknown): Promise<void> {
		if (refusal instanceof Unsealed && refusal.code !== 'too-big') throw refusal;
		if (refusal instanceof Refusal && passing(refusal)) throw refusal;
		if (!(refusal instanceof Refusal) && !(refusal instanceof Unsealed)) throw refusal;
		await this.#parts.outbox.change(letter, { state: 'not-sent', why: refusal.code });
	}

	#pause(refusal: unknown): void {
		if (!(refusal instanceof Refusal || refusal instanceof Unsealed)) throw refusal;
		const until = refusal instanceof Refusal && refusal.retryAt ? refusal.retryAt - Date.now() : 0;
		const pause = Math.max(until, Math.min(LONGEST, SHORTEST * 2 ** this.#tries++) * (0.5 + Math.random() / 2));
		clearTimeout(this.#later);
		this.#later = setTimeout(() => this.kick(), pause);
	}
}

function isConflict(refusal: unknown): boolean {
	return refusal instanceof Refusal && refusal.status === 409 && (refusal.code === 'old-epoch' || refusal.code === 'order');
}
