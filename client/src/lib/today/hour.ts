import type { Appointment } from '#vault/index.ts';

const MINUTE = 60_000;
/** The button becomes "Enter" ten minutes before. */
export const OPENS_BEFORE = 10 * MINUTE;

export function endOf(session: Appointment): number {
	return session.starts_at + session.minutes * MINUTE;
}

/** The planned session that is on or comes next; an overrun one stays for half an hour, so that nobody is locked out by the clock. */
export function nextOf(all: readonly Appointment[], now: number): Appointment | undefined {
	return all.filter((one) => one.state === 'planned' && endOf(one) + 30 * MINUTE > now).sort((a, b) => a.starts_at - b.starts_at)[0];
}

export function isOpen(session: Appointment, now: number): boolean {
	return session.starts_at - now <= OPENS_BEFORE;
}

/** How far the door stands open: shut for long, .2 days before, .34 an hour before, .72 from ten minutes before. */
export function ajar(session: Appointment | undefined, now: number): number {
	if (!session) return 0;
	const left = session.starts_at - now;
	if (left <= OPENS_BEFORE) return 0.72;
	return left <= 60 * MINUTE ? 0.34 : 0.2;
}

/** Sessions of one calendar day of this device, by start. */
export function dayOf(all: readonly Appointment[], now: number): Appointment[] {
	const day = new Date(now).toDateString();
	return all.filter((one) => one.state !== 'cancelled' && new Date(one.starts_at).toDateString() === day).sort((a, b) => a.starts_at - b.starts_at);
}

/** The hours that the line of the day spans: from the first session's hour to the end of the last, eight at least. */
export function span(sessions: readonly Appointment[]): { from: number; hours: number } {
	const HOUR = 60 * MINUTE;
	const first = sessions[0];
	if (!first) return { from: 0, hours: 8 };
	const from = new Date(first.starts_at).setMinutes(0, 0, 0);
	const to = Math.max(...sessions.map(endOf));
	return { from, hours: Math.max(8, Math.ceil((to - from) / HOUR) + 1) };
}
