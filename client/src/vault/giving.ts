import type { EntryView, Pid, SpaceView } from '#crypto/types.ts';
import type { Contact } from './content.ts';

const DAY = 86_400_000;

/** Why a room is not given back: the codes of contract/protocol.md 6, Knock, and what this version cannot do. */
export type Hindrance = 'peer-swapped' | 'unusual-room' | 'known' | 'not-a-contact' | 'not-whole' | 'others-stay' | 'still-here';

export interface Giving {
	/** The call's descriptions came signed in this very call, and the line was held to them just now. */
	held: boolean;
	me: Pid;
	/** Who is in this call; fixed from here on. */
	knocker: Pid;
	/** The space of the knock, as it is now. */
	knock: SpaceView | null;
	contacts: readonly Contact[];
	/** Whom the keeper has picked herself. */
	chosen: Pid;
	/** The room of the chosen, null where there is none. */
	room: { view: SpaceView | null; whole: boolean; entries: readonly EntryView[]; heard: (pid: Pid) => boolean } | null;
	now: number;
}

/** What the keeper's device checks before a word is read out, in this order. Null: nothing stands against it. */
export function hindrance(giving: Giving): Hindrance | null {
	const { held, knocker, knock, contacts, chosen, room } = giving;
	if (!held) return 'peer-swapped';
	if (!isOfTwo(giving, knock)) return 'unusual-room';
	const everHere = room?.entries.some(({ epoch }) => epoch?.members.some(({ pid }) => pid === knocker)) ?? false;
	if (everHere || contacts.some(({ pid }) => pid === knocker)) return 'known';
	if (!room || !contacts.some(({ pid, sid }) => pid === chosen && sid === room.view?.sid)) return 'not-a-contact';
	if (!room.whole) return 'not-whole';
	return ofRoom(giving, room);
}

function isOfTwo({ me, knocker }: Giving, knock: SpaceView | null): boolean {
	const [one, two, ...more] = knock?.epoch.members ?? [];
	const fits = one?.pid === knocker && one.role === 1 && !one.left && two?.pid === me && two.role === 0;
	return fits && more.length === 0 && knock?.closed === null;
}

function ofRoom({ chosen, me, now }: Giving, { view, heard }: NonNullable<Giving['room']>): Hindrance | null {
	const members = view?.epoch.members ?? [];
	const place = members.find(({ pid }) => pid === chosen);
	if (place?.role !== 1 || place.left) return 'not-a-contact';
	if (members.some(({ pid, left }) => pid !== chosen && pid !== me && !left)) return 'others-stay';
	// By the whole checked log, whatever of it is looked at.
	return place.wroteAt > now - DAY || heard(chosen) ? 'still-here' : null;
}

/** What the knocker's device checks of a room that a `room` item names. Null: she stays. */
export function strangeness(room: { view: SpaceView | null; whole: boolean; entry: EntryView | undefined }, by: { compared: Pid; me: Pid }): 'wrong-peer' | 'wrong-room' | null {
	const { view, whole, entry } = room;
	if (!whole || !view || entry?.type !== 'epoch') return 'wrong-room';
	if (entry.author !== by.compared) return 'wrong-peer';
	const keeps = view.epoch.members.some(({ pid, role, left }) => pid === by.compared && role === 0 && !left);
	const place = entry.epoch?.members.find(({ pid }) => pid === by.me);
	return keeps && place && place.was !== null ? null : 'wrong-room';
}
