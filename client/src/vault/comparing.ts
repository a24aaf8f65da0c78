import { toBytes, toText } from '#crypto/encoding.ts';
import { Refusal } from '#crypto/refusals.ts';
import type { Crypto } from '#crypto/types.ts';
import { contact, type Contact, type NewContent } from './content.ts';
import { Problem } from './problem.ts';
import type { Comparing as Face, Comparison, Other } from './types.ts';

export interface ComparingParts {
	crypto: Crypto;
	sid: string;
	/** The people of the room, as they are now; nobody else is compared. */
	others(): Other[];
	known(pid: string): Contact | null;
	note(what: NewContent): Promise<void>;
}

/** Holding keys against each other. The mark stands in the own space, under the key that was compared. */
export class Comparing implements Face {
	readonly #parts: ComparingParts;

	constructor(parts: ComparingParts) {
		this.#parts = parts;
	}

	async with(pid: string): Promise<Comparison> {
		const { crypto } = this.#parts;
		const { halves } = await crypto.safetyNumber(pid);
		const code = toText(await crypto.qr(pid));
		return { pid, words: halves.flatMap(({ words }) => words), digits: halves.flatMap(({ digits }) => digits), code };
	}

	async scanned(pid: string, text: string): Promise<'fits' | 'differs' | 'not-a-number'> {
		try {
			return await this.#parts.crypto.readQr(toBytes(text), pid);
		} catch (refusal) {
			if (refusal instanceof Refusal) return 'not-a-number';
			throw refusal;
		}
	}

	async settle(pid: string, agree: boolean): Promise<void> {
		const { sid, others, known, note } = this.#parts;
		const other = others().find((one) => one.pid === pid);
		if (!other) throw new Problem('key-changed', 'the key that was compared is not in use here any more');
		if (!agree && other.compared === null) return;
		const before = known(pid) ?? { name: other.name, notes: null };
		await note(contact({ ...before, pid, sid, compared: agree ? Date.now() : null }));
	}
}
