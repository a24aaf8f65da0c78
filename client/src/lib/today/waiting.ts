import type { Appointment, Vault } from '#vault/index.ts';

export interface Waiting {
	session: Appointment;
	pid: string;
	name: string;
	/** Unix ms. */
	since: number;
}

/** Whoever stands before a session of mine, longest first. */
export function waitingNow(vault: Pick<Vault, 'appointments' | 'room' | 'me'>): Waiting[] {
	const planned = vault.appointments.all.filter((one) => one.state === 'planned');
	const all = planned.flatMap((session) =>
		session.waiting.filter(({ pid }) => pid !== vault.me?.pid).map(({ pid, since }) => ({ session, pid, since, name: nameIn(vault, session) }))
	);
	return all.sort((a, b) => a.since - b.since);
}

export function nameIn(vault: Pick<Vault, 'room'>, session: Appointment): string {
	return vault.room(session.space)?.other.name ?? '';
}
