import type { Appointment } from './calendar.ts';

/** An appointment as it stands at one of its doors: that of its own room, or of the space of somebody who knocked. */
export function atDoor(session: Appointment, space: string): Appointment {
	return { ...session, space, waiting: session.waiting.filter((one) => one.space === space) };
}

export const doorKey = ({ id, space }: Pick<Appointment, 'id' | 'space'>): string => `${id} ${space}`;

/** Every door at which somebody else than `me` waits. */
export function doorsOf(all: readonly Appointment[], me: string | undefined): Appointment[] {
	const planned = all.filter((one) => one.state === 'planned');
	return planned.flatMap((session) => {
		const others = session.waiting.filter(({ pid }) => pid !== me);
		return [...new Set(others.map(({ space }) => space))].map((space) => atDoor(session, space));
	});
}

export const isKnock = ({ knocks, space }: Pick<Appointment, 'knocks' | 'space'>): boolean => knocks.includes(space);

const MINUTE = 60_000;
const OPEN_AFTER = 120 * MINUTE;

/** Nobody is let in any more. */
export const isOver = ({ state, starts_at, minutes }: Appointment, now: number): boolean =>
	state !== 'planned' || now > starts_at + minutes * MINUTE + OPEN_AFTER;
