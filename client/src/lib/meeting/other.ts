import { vault, type Appointment, type Room } from '#vault/index.ts';

type Say = (key: 'unchecked', values: { name: string }) => string;

/** Whom somebody who knocked says to be: the link that was used is that of this person's session. */
export function claimed(session: Pick<Appointment, 'id'>): string {
	const own = vault.appointments.all.find(({ id }) => id === session.id)?.space;
	return own === undefined ? '' : (vault.room(own)?.other.name ?? '');
}

/** The other by a name that promises no more than was checked: in a knock, nothing was. */
export function otherIn(room: Room, session: Pick<Appointment, 'id'>, say: Say): Room['other'] {
	if (room.judgement !== 'knock') return room.other;
	return { ...room.other, name: say('unchecked', { name: room.iAmKeeper ? claimed(session) : room.other.name }) };
}
