/** The kinds of item that the product writes, and what stands in them (version 1 all). Readers answer null where the shape does not fit. */
import { asBytes, asList, asNumber, asText, decode, encode, orNull, tidyText, toBytes, toText, utf8, type Value } from '#crypto/encoding.ts';
import { Refusal } from '#crypto/refusals.ts';
import type { Bytes, Drawer, Sid } from '#crypto/types.ts';
import type { Form, Profile } from './types.ts';

export interface NewContent {
	drawer: Drawer;
	kind: string;
	version: number;
	content: Bytes;
}

export interface Contact {
	pid: string;
	name: string;
	compared: number | null;
	sid: Sid | null;
	notes: Sid | null;
}

const TALK = 0;
const CARE = 1;
const OWN = 2;

const item = (drawer: Drawer, kind: string, ...values: Value[]): NewContent => ({ drawer, kind, version: 1, content: encode(...values) });

export const message = (text: string) => item(TALK, 'message', tidyText(text));
export const note = (text: string) => item(OWN, 'note', tidyText(text));
export const welcome = (text: string) => item(TALK, 'welcome', tidyText(text));
export const cardName = (name: string, form: Form) => item(CARE, 'name', tidyText(name), form);
/** In a knock's space: the room that was given back, and the place where. */
export const given = ({ sid, seq, run }: Pinned) => item(TALK, 'room', toBytes(sid), seq, toBytes(run));
export const profile = ({ name, welcome, form }: Profile) => item(OWN, 'profile', tidyText(name), tidyText(welcome), form);
export const invitee = (iid: string, name: string) => item(OWN, 'invitee', toBytes(iid), tidyText(name));
export const seen = (sid: Sid, seq: number) => item(OWN, 'seen', toBytes(sid), seq);
export const contact = ({ pid, name, compared, sid, notes }: Contact) =>
	item(OWN, 'contact', toBytes(pid), tidyText(name), compared, sid && toBytes(sid), notes && toBytes(notes));
export interface Pinned {
	sid: Sid;
	seq: number;
	run: string;
}
/** How far each space was seen, for devices to come. */
export const pins = (places: Pinned[]) => item(OWN, 'pins', ...places.map(({ sid, seq, run }) => [toBytes(sid), seq, toBytes(run)]));
/** Content that the worker made: `invite`, `unlock`, `own-at`. */
export const made = (kind: 'invite' | 'unlock' | 'own-at', content: Bytes): NewContent => ({ drawer: OWN, kind, version: 1, content });
export const removedMethod = (mid: string) => item(OWN, 'unlock', toBytes(mid), null);

export interface Invite {
	s: string;
	expires: number;
	state: number;
	sid: Sid | null;
	values: Value[];
}

/** The same invitation in another state: 0 open · 1 revoked · 2 used. */
export const inviteAs = (invite: Invite, state: 1 | 2, sid: Sid | null) =>
	item(OWN, 'invite', ...invite.values.slice(0, 4), state, sid && toBytes(sid));

export const readGiven = reader(([sid, seq, run]): Pinned => ({ sid: id(sid), seq: asNumber(seq, 1), run: id(run) }));
/** Any shape; null where it is none. */
export const readValues = reader((values) => values);
export const readText = reader(([text]) => asText(text));
export const readName = reader(([name, form]) => ({ name: asText(name), form: asNumber(form, 0, 2) as Form }));
export const readProfile = reader(([name, words, form]) => ({
	name: asText(name),
	welcome: asText(words),
	form: asNumber(form, 0, 2) as Form
}));
export const readInvitee = reader(([iid, name]) => ({ iid: toText(asBytes(iid, 16)), name: asText(name) }));
export const readSeen = reader(([sid, seq]) => ({ sid: toText(asBytes(sid, 32)), seq: asNumber(seq) }));
export const readPins = reader((places) =>
	places.map((place): Pinned => {
		const [sid, seq, run] = asList(place, 3);
		return { sid: id(sid), seq: asNumber(seq), run: id(run) };
	})
);
export const readContact = reader(
	([pid, name, compared, sid, notes]): Contact => ({
		pid: toText(asBytes(pid, 32)),
		name: asText(name),
		compared: orNull(compared, asNumber),
		sid: orNull(sid, id),
		notes: orNull(notes, id)
	})
);
export const readInvite = reader(
	(values): Invite => ({
		s: toText(asBytes(values[0], 16)),
		expires: asNumber(values[3]),
		state: asNumber(values[4], 0, 2),
		sid: orNull(values[5], id),
		values
	})
);
export const readUnlock = reader(([mid, record]) => ({ mid: toText(asBytes(mid, 16)), record: orNull(record, (value) => toText(asBytes(value))) }));

/** The sealed note of an invitation: JSON `{name, welcome, form}`. */
export function readNote(note: string): Profile {
	const said = JSON.parse(note) as Partial<Profile>;
	const form = said.form === 1 || said.form === 2 ? said.form : 0;
	return { name: String(said.name ?? ''), welcome: String(said.welcome ?? ''), form };
}

export const writeNote = ({ name, welcome, form }: Profile): string => JSON.stringify({ name, welcome, form });

/** An iid that any device of the same person would choose for the same act, so that doing it twice writes it once. */
export async function sameIid(act: string, ...about: string[]): Promise<string> {
	const digest = await crypto.subtle.digest('SHA-256', utf8([act, ...about].join(' ')));
	return toText(new Uint8Array(digest).slice(0, 16));
}

function id(value: Value | undefined): string {
	return toText(asBytes(value, 32));
}

function reader<T>(read: (values: Value[]) => T): (content: Bytes) => T | null {
	return (content) => {
		try {
			return read(decode(content));
		} catch (refusal) {
			if (refusal instanceof Refusal) return null;
			throw refusal;
		}
	};
}
