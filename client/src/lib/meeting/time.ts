import type { Appointment } from '#vault/index.ts';

const MINUTE = 60_000;
/** The door opens ten minutes before, and what the server gives for a call ends two hours after. */
export const OPENS_BEFORE = 10 * MINUTE;
const STAYS_AFTER = 120 * MINUTE;

export function endOf(session: Pick<Appointment, 'starts_at' | 'minutes'>): number {
	return session.starts_at + session.minutes * MINUTE;
}

export type Season = 'early' | 'open' | 'late';

/** @param now Unix ms by the server's clock */
export function season(session: Pick<Appointment, 'starts_at' | 'minutes'>, now: number): Season {
	if (now < session.starts_at - OPENS_BEFORE) return 'early';
	return now > endOf(session) + STAYS_AFTER ? 'late' : 'open';
}
