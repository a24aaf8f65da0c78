import type { Sid } from '#crypto/types.ts';
import { contact, pins, type NewContent, type Pinned } from './content.ts';
import { strangeness } from './giving.ts';
import type { GivenBack } from './knock.ts';
import type { Own } from './own.ts';
import type { LiveRoom } from './room.ts';

interface Parts {
	own: Own;
	me: string;
	note(...what: NewContent[]): Promise<void>;
	room(sid: Sid): Promise<LiveRoom>;
}

/** The one room that a compared keeper named, held to the place that was named with it. She stays only where she was given a place. */
export async function enterGiven({ own, me, note, room: roomOf }: Parts, place: Pinned, compared: string): Promise<GivenBack> {
	const isPinned = own.pins.some(({ sid, seq, run }) => sid === place.sid && seq === place.seq && run === place.run);
	if (!isPinned) await note(pins([place]));
	const room = await roomOf(place.sid);
	await room.log.catchUp();
	const entry = room.log.entries[place.seq - 1];
	const code = strangeness({ view: room.log.view, whole: room.log.checked === 'whole', entry }, { compared, me });
	if (code) return { code };
	await note(contact({ name: '', compared: null, notes: null, ...own.contacts.get(compared), pid: compared, sid: place.sid }));
	room.judgement = 'accepted';
	return { sid: place.sid };
}
