import { toText } from '#crypto/encoding.ts';
import type { Sid } from '#crypto/types.ts';
import type { SpaceCount } from '#api/index.ts';
import { Log, type LogParts } from './log.ts';
import type { Own } from './own.ts';

export interface PapersParts extends LogParts {
	own: Own;
	/** One of them has changed. */
	changed(sid: Sid): void;
}

/**
 * The spaces that a person founds for herself alone, for notes. Which there are stands in her own space only; the server sees that she has them,
 * and nothing that ties one to a room.
 */
export class Papers {
	readonly logs = new Map<Sid, Log>();

	readonly #parts: PapersParts;
	/** What the server has. One that was founded here goes there before its first words. */
	readonly #served = new Set<Sid>();

	constructor(parts: PapersParts) {
		this.#parts = parts;
	}

	/** Those that the own space names now; new ones are read from this device. */
	async follow(): Promise<void> {
		const named = [...this.#parts.own.papers.values()].flatMap((sids) => [...sids]);
		const fresh = named.filter((sid) => !this.logs.has(sid)).map((sid) => this.#open(sid));
		await Promise.all(fresh.map((log) => log.load()));
	}

	async catchUp(spaces: SpaceCount[]): Promise<void> {
		for (const { sid } of spaces) this.#served.add(sid);
		await this.follow();
		const counts = new Map(spaces.map(({ sid, count }) => [sid, count]));
		await Promise.all([...this.logs.values()].map((log) => this.#compare(log, counts.get(log.sid))));
	}

	async #compare(log: Log, count: number | undefined): Promise<void> {
		if (this.#lacks(log, count)) await log.catchUp();
		if (count !== undefined) await log.fetchShown();
	}

	/** One that stands nowhere but here is not missed by the server; one that has words was there, and is. */
	#lacks(log: Log, count: number | undefined): boolean {
		if (count === undefined && log.count <= 1) return false;
		return count !== log.count || log.checked !== 'whole';
	}

	/** A new one, on this device. */
	async found(): Promise<Sid> {
		const { sid, frame } = await this.#parts.crypto.foundAlone();
		await this.#open(sid).found([frame]);
		return sid;
	}

	/** Before anything is appended to it the server has it; the same founding again changes nothing there. */
	async begin(sid: Sid): Promise<void> {
		if (!this.logs.has(sid) || this.#served.has(sid)) return;
		const [frame] = await this.#parts.crypto.frames(sid, 1, 1);
		if (frame) await this.#parts.api.foundSpace({ sid, frame: toText(frame) });
		this.#served.add(sid);
	}

	#open(sid: Sid): Log {
		const log = new Log(sid, this.#parts, () => this.#parts.changed(sid));
		this.logs.set(sid, log);
		return log;
	}
}
