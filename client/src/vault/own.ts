import type { EntryView, Sid } from '#crypto/types.ts';
import {
	readContact,
	readInvite,
	readInvitee,
	readPins,
	readProfile,
	readSeen,
	readUnlock,
	type Contact,
	type Invite,
	type NewContent,
	type Pinned
} from './content.ts';
import type { Log } from './log.ts';
import type { Profile } from './types.ts';

const WITNESSED = ['unlock', 'contact', 'invite'];

/**
 * What the own space says, newest of each: contacts, invitations, ways to unlock, what was read. What waits to be appended counts already,
 * as this device wrote it.
 */
export class Own {
	readonly contacts = new Map<string, Contact>();
	/** Every space of notes that a contact ever named, by the room it is about: of two that two devices founded none is lost. */
	readonly papers = new Map<Sid, Set<Sid>>();
	/** By s. */
	readonly invites = new Map<string, Invite>();
	/** Names of the invited, by iid. */
	readonly invitees = new Map<string, string>();
	/** Records by mid, null where removed; and the mid of every record that ever was. */
	readonly unlocks = new Map<string, string | null>();
	readonly everHeld = new Map<string, string>();
	/** When each record was written down, by the clock of the device that made it. */
	readonly madeAt = new Map<string, number>();
	readonly seen = new Map<Sid, number>();
	/** Every place that a device of this person has seen and written down. */
	pins: Pinned[] = [];
	profile: Profile | null = null;
	/** Place of the newest entry that the shared spaces have to witness (own-at). */
	witnessedAt = 0;

	#read = 0;

	/** Takes what is new in the log; all of it again once a text came back that was missing, as of each the newest counts. True if it did. */
	follow(log: Log, changed: EntryView[] = []): boolean {
		const again = changed.some(({ seq }) => seq <= this.#read);
		if (again) this.pins = [];
		for (const entry of log.entries.slice(again ? 0 : this.#read)) if (entry) this.#take(entry);
		this.#read = log.entries.length;
		return again;
	}

	/** What was just written and is on its way. */
	expect(what: NewContent, at = Date.now()): void {
		this.#apply(what.kind, what.content, at);
	}

	contactIn(sid: Sid): Contact | null {
		return [...this.contacts.values()].findLast((contact) => contact.sid === sid) ?? null;
	}

	#take({ seq, time, item }: EntryView): void {
		if (item?.state !== 'open' || !item.content) return;
		if (WITNESSED.includes(item.kind)) this.witnessedAt = Math.max(seq, this.witnessedAt);
		this.#apply(item.kind, item.content, time);
	}

	#apply(kind: string, content: NewContent['content'], at: number): void {
		if (kind === 'contact') this.#knows(readContact(content));
		else if (kind === 'invite') keep(this.invites, readInvite(content), ({ s }) => s);
		else if (kind === 'seen') this.#readUpTo(readSeen(content));
		else if (kind === 'pins') this.pins = [...this.pins, ...(readPins(content) ?? [])];
		else if (kind === 'profile') this.profile = readProfile(content) ?? this.profile;
		else if (kind === 'invitee') this.#invited(readInvitee(content));
		else if (kind === 'unlock') this.#way(readUnlock(content), at);
	}

	#knows(contact: Contact | null): void {
		keep(this.contacts, contact, ({ pid }) => pid);
		if (!contact?.sid || !contact.notes) return;
		this.papers.set(contact.sid, new Set([...(this.papers.get(contact.sid) ?? []), contact.notes]));
	}

	#readUpTo(seen: ReturnType<typeof readSeen>): void {
		if (seen) this.seen.set(seen.sid, Math.max(seen.seq, this.seen.get(seen.sid) ?? 0));
	}

	#invited(invitee: ReturnType<typeof readInvitee>): void {
		if (invitee) this.invitees.set(invitee.iid, invitee.name);
	}

	#way(unlock: ReturnType<typeof readUnlock>, at: number): void {
		if (!unlock) return;
		this.unlocks.set(unlock.mid, unlock.record);
		if (!unlock.record) return;
		this.everHeld.set(unlock.record, unlock.mid);
		this.madeAt.set(unlock.record, at);
	}
}

function keep<T>(into: Map<string, T>, value: T | null, key: (value: T) => string): void {
	if (value) into.set(key(value), value);
}
