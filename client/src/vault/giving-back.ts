import { toText } from '#crypto/encoding.ts';
import type { Crypto } from '#crypto/types.ts';
import { Refusal, type Api } from '#api/index.ts';
import { contact, given, type Contact } from './content.ts';
import { hindrance } from './giving.ts';
import type { Opened } from './opened.ts';
import { Problem } from './problem.ts';
import type { LiveRoom } from './room.ts';
import type { GivingBack, WhoInTheCall } from './knock.ts';

const TRIES = 5;
const SAID_WITHIN = 5_000;

/** Knocks that are being closed: what ends a session is told more than once. */
const closing = new Set<string>();

interface Parts {
	api: Api;
	crypto: Crypto;
	opened: Opened;
	pid: string;
	clockOff(): number;
}

/** Rooms given back after a knock, the past later and apart, and knocks that are over. */
export class RoomsGivenBack implements GivingBack {
	readonly #parts: Parts;

	constructor(parts: Parts) {
		this.#parts = parts;
	}

	async hindrance(who: WhoInTheCall): Promise<string | null> {
		return this.#hindrance(who);
	}

	#hindrance(who: WhoInTheCall): string | null {
		const { opened, pid, clockOff } = this.#parts;
		const room = this.#roomOf(who.chosen);
		return hindrance({
			held: who.held,
			me: pid,
			knocker: who.knocker,
			knock: opened.rooms.get(who.knock)?.log.view ?? null,
			contacts: [...opened.own.contacts.values()],
			chosen: who.chosen,
			room: room && { view: room.log.view, whole: room.checked === 'whole', entries: room.log.entries.flatMap((entry) => entry ?? []), heard: (of) => room.signals.heardFrom.has(of) },
			now: Date.now() + clockOff()
		});
	}

	/** From now on, and nothing of what was said before. */
	async give(who: WhoInTheCall): Promise<void> {
		const { crypto, opened } = this.#parts;
		const known = opened.own.contacts.get(who.chosen);
		const { room, seq } = await this.#succeed(who);
		const pin = await crypto.pin(room.sid, seq);
		// The contact is the new keys from here on, and nobody has compared them.
		const next: Contact = { name: '', notes: null, ...known, pid: who.knocker, compared: null, sid: room.sid };
		const own = opened.ownLog.sid;
		await opened.put([
			{ sid: who.knock, what: given({ sid: room.sid, ...pin }) },
			...(known ? [{ sid: own, what: contact({ ...known, sid: null }) }] : []),
			{ sid: own, what: contact(next) }
		]);
	}

	/** The knocker's own pick was right: a room is taken from this person, and from nobody else. */
	async believe(knock: string, pid: string): Promise<void> {
		await this.#parts.opened.believe(knock, pid);
	}

	/** What was said before, for who has a place by succession. Only once she was compared by a way that the server does not carry. */
	async givePast(sid: string): Promise<void> {
		const room = this.#parts.opened.rooms.get(sid);
		if (room?.past !== 'waits') throw new Problem('not-compared', 'the past is given to a successor who was compared');
		await this.#append(room, { do: 'past', to: room.other.pid });
	}

	/** Knocks of sessions that are over: what was said last gets there first. */
	async closeKnocks(sids: readonly string[]): Promise<void> {
		for (const sid of sids) {
			const room = this.#parts.opened.rooms.get(sid);
			if (!room || room.judgement !== 'knock' || !room.iAmKeeper || room.log.view?.closed || closing.has(sid)) continue;
			closing.add(sid);
			try {
				await room.signals.quiet(SAID_WITHIN);
				if (room.checked === 'whole' && !room.log.view?.closed) await this.#append(room, { do: 'close' });
			} finally {
				closing.delete(sid);
			}
		}
	}

	#roomOf(chosen: string): LiveRoom | null {
		const { opened } = this.#parts;
		const sid = opened.own.contacts.get(chosen)?.sid;
		return (sid && opened.rooms.get(sid)) || null;
	}

	/** Each try is checked anew: what overtook it may be a word of the old key. */
	async #succeed(who: WhoInTheCall): Promise<{ room: LiveRoom; seq: number }> {
		const check = (): LiveRoom => {
			const room = this.#roomOf(who.chosen);
			const code = this.#hindrance(who);
			if (code || !room) throw new Problem(code ?? 'not-a-contact', 'the room is not given back');
			return room;
		};
		const room = check();
		const card = this.#parts.opened.rooms.get(who.knock)?.log.view?.epoch.members.find(({ pid }) => pid === who.knocker)?.card;
		if (!card) throw new Problem('unusual-room', 'the knocker is not in this space');
		const seq = await this.#append(room, { do: 'succeed', was: who.chosen, card, past: false, assents: [] }, check);
		return { room, seq };
	}

	async #append(room: LiveRoom, change: Parameters<Crypto['sealEpoch']>[1], check: () => unknown = () => undefined): Promise<number> {
		for (let tries = 0; tries < TRIES; tries++) {
			try {
				const { frame } = await this.#parts.crypto.sealEpoch(room.sid, change);
				const { seq } = await this.#parts.api.append(room.sid, toText(frame));
				await room.log.reach(seq);
				const entry = room.log.entries[seq - 1];
				if (!entry?.mine || entry.type !== 'epoch') throw new Problem('unreachable', 'acknowledged, but not listed');
				return seq;
			} catch (refusal) {
				if (!(refusal instanceof Refusal) || refusal.status !== 409) throw refusal;
				await room.log.catchUp();
				check();
			}
		}
		throw new Problem('unreachable', 'others write faster than we can seal');
	}
}
