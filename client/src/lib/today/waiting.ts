import { doorsOf, isKnock, type Appointment, type Vault } from '#vault/index.ts';

export interface Waiting {
	/** As it stands at the door of this one. */
	session: Appointment;
	/** Came by the session's link, with new keys: `name` is whom she says to be. */
	knocks: boolean;
	pid: string;
	name: string;
	/** Unix ms. */
	since: number;
}

/** Whoever stands before a session of mine, longest first. */
export function waitingNow(vault: Pick<Vault, 'appointments' | 'room' | 'me'>): Waiting[] {
	const all = doorsOf(vault.appointments.all, vault.me?.pid).flatMap((session) =>
		session.waiting
			.filter(({ pid }) => pid !== vault.me?.pid)
			.map(({ pid, since }) => ({ session, pid, since, knocks: isKnock(session), name: nameIn(vault, session) }))
	);
	return all.sort((a, b) => a.since - b.since);
}

/** Of the person whose session it is, at whichever door. */
export function nameIn(vault: Pick<Vault, 'room' | 'appointments'>, session: Appointment): string {
	const own = vault.appointments.all.find(({ id }) => id === session.id)?.space ?? session.space;
	return vault.room(own)?.other.name ?? '';
}
