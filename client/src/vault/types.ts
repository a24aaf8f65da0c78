/**
 * What screens see of the vault. Ids (pid, sid, iid, appointment id, writer, stream) are base64url strings without padding, times are Unix ms.
 * Everything marked `readonly` on a live object (Vault, Room, Signals) is Svelte state: read it in markup and it stays true.
 */

/** Address form in French and Arabic: 0 none, 1 feminine, 2 masculine. */
export type Form = 0 | 1 | 2;

/**
 * `nobody`: this browser holds no person. `locked`: a person with a way to unlock. `open`: rooms can be shown. `no-store`: the browser keeps nothing
 * for this page. `newer-store`: what it keeps was written by a newer version.
 */
export type Phase = 'starting' | 'nobody' | 'locked' | 'open' | 'no-store' | 'newer-store';

/** What can stand in sealed content (the protocol's E). */
export type { Value } from '#crypto/encoding.ts';

import type { Value } from '#crypto/encoding.ts';
import type { Appointments } from './calendar.ts';
import type { GivenBack, GivingBack, Knock, Words } from './knock.ts';

export interface Me {
	pid: string;
	therapist: boolean;
	/** Login name, null for a person without account. */
	login: string | null;
	/** Own name as shown to others; sealed. */
	name: string;
	form: Form;
	/** Therapist: the welcome shown in invitations and rooms. */
	welcome: string;
	language: string;
	timeZone: string;
	/** False while the only key lies on this one device. */
	kept: boolean;
}

export interface Profile {
	name: string;
	welcome: string;
	form: Form;
}

/** Why reading or writing stopped, or what stands in place of an entry; the codes of protocol.md. */
export interface Alarm {
	code: string;
	/** Place in the log where it stands, null if it concerns the whole room or person. */
	seq: number | null;
}

/**
 * `said`: in the log. `waiting`: kept here, goes out by itself. `not-sent`: refused, kept here. `asks`: new people read here, ask before sending
 * (`room.sendAnyway(iid)`). `unsending`: in the log, taken back here; the server hears of it when it is reached.
 */
export type SaidState = 'said' | 'waiting' | 'not-sent' | 'asks' | 'unsending';

/** Stands in place of words: on the server and not here, removed by the server unasked, erased by its author, by somebody else or by the period, altered, does
 * not open, newer version or kind. `key`: here begins an epoch whose key does not fit; `no-key`: what was written under it. */
export type Fault = 'elsewhere' | 'removed' | 'erased' | 'erased-by-other' | 'expired' | 'altered' | 'unopened' | 'newer' | 'wrong-date' | 'clock' | 'key' | 'no-key';

export interface Said {
	/** Unlike any other in the room, and the same while waiting and once said. */
	key: string;
	iid: string;
	seq: number | null;
	mine: boolean;
	/** The author's clock. */
	at: number;
	state: SaidState;
	/** Null when a fault stands in its place. */
	text: string | null;
	fault: Fault | null;
	/** Code of the refusal while `not-sent`. */
	why: string | null;
	/** The key that came in here; no words, but a line across the talk. */
	newKey?: string;
}

export interface Other {
	pid: string;
	/** As the keeper: my contact's name, else the name they gave. As a member: the name they gave, else my contact's. */
	name: string;
	/** The name they gave themselves in this room, '' before it came. */
	theirName: string;
	form: Form;
	/** When this very key was compared, by this person on any of her devices; null: it was not. */
	compared: number | null;
}

/** Whose key came into the room after its founding and was not compared: a new device, or another person. */
export interface Newcomer extends Other {
	/** The key took another one's place; else somebody was added. */
	replaces: boolean;
	/** What was written before opens with it too. */
	readsPast: boolean;
}

/** What two people hold against each other (protocol.md 2). */
export interface Comparison {
	pid: string;
	/** Both fingerprints, in the order in which both see them. */
	words: string[];
	digits: string[];
	/** Text for a code that the other's camera reads. */
	code: string;
}

/** Comparing keys with the other of a room. Everything names the key it is about: one that changes meanwhile is never marked. */
export interface Comparing {
	with(pid: string): Promise<Comparison>;
	/** What a camera read on the other's screen. */
	scanned(pid: string, text: string): Promise<'fits' | 'differs' | 'not-a-number'>;
	/** Keeps the answer. Throws Problem `key-changed` where this key is not in use any more. */
	settle(pid: string, agree: boolean): Promise<void>;
}

/** What a therapist writes about the person of a room, for herself: spaces that she alone is in. */
export interface Notes {
	/** In the order in which they were written, then what waits. Replaced, never mutated. */
	readonly items: readonly Said[];
	readonly draft: string;
	/** The first that is wrong with any of these spaces; what stands before it stays readable. */
	readonly alarm: Alarm | null;
	/** Keeps the words on this device, shows them at once, sends them when their turn comes. Clears the draft. */
	write(text: string): Promise<void>;
	keepDraft(text: string): void;
	retry(iid: string): Promise<void>;
}

/** How a new room was judged by the keeper's device (protocol.md 6). `knock`: the space of one call, with
 * somebody whom nothing was checked of; no room to keep. Anything but these two is not written to. */
export type Judgement = 'accepted' | 'judging' | 'knock' | 'late' | 'foreign-link' | 'used-twice' | 'no-proof' | 'unusual-room' | 'stranger';

export interface Room {
	readonly sid: string;
	readonly other: Other;
	readonly newcomer: Newcomer | null;
	readonly comparing: Comparing;
	readonly iAmKeeper: boolean;
	readonly judgement: Judgement;
	readonly welcome: string;
	/** Messages in the order of the log, then what waits; `hasEarlier`: more stands before the first. Replaced, never mutated. */
	readonly items: readonly Said[];
	readonly hasEarlier: boolean;
	/** While a long log is checked, of which nothing new is shown yet; `pause` stops that, or goes on with it. */
	readonly progress: { done: number; of: number; paused: boolean } | null;
	/** Seq of the first message of the other that was new when the visit began, null if none. */
	readonly unreadFrom: number | null;
	readonly unreadCount: number;
	readonly alarm: Alarm | null;
	readonly checked: 'checking' | 'whole' | 'stopped';
	/** This device is new here, and nobody else has written since: whether the newest words were kept back cannot be known yet. */
	readonly newHere: boolean;
	/** False while the key of the epoch in force does not fit: nothing is read or sent until a keeper makes a new one. */
	readonly keyFits: boolean;
	readonly draft: string;
	/** Time of the newest message, 0 if none: for sorting lists. */
	readonly latestAt: number;
	/** Keeper, of somebody who took another's place: what was said before is shut to her until she is compared, then waits to be given. */
	readonly past: 'shut' | 'waits' | null;
	/** In a knock, as the knocker: the room that was given back. */
	readonly givenBack: GivenBack | null;
	/** Brings what was said before the first of `items`, from this device or the server. Rejects when that cannot be reached. */
	earlier(): Promise<void>;
	pause(paused: boolean): Promise<void>;
	/** Keeps the words on this device, shows them at once, sends them when their turn comes. Resolves once they are stored. Clears the draft. */
	write(text: string): Promise<void>;
	keepDraft(text: string): void;
	retry(iid: string): Promise<void>;
	/** Takes back what was never transmitted. */
	drop(iid: string): Promise<void>;
	/** Takes back own words: what waits goes if it never left; what was said is gone here at once, and everywhere once the server has been told. */
	unsend(iid: string): Promise<void>;
	sendAnyway(iid: string): Promise<void>;
	/** The room was looked at: everything up to its newest entry is read. Call freely. */
	seen(): void;
	/** Somebody looks at the room from now on: `unreadFrom` stands still until the returned function is called. */
	visit(): () => void;
	/** Changes how I call the other (own contacts only). */
	rename(name: string): Promise<void>;
	/** Keeper only, after `late`: take the room all the same. */
	accept(): Promise<void>;
	readonly signals: Signals;
}

/** Signals of one room. A call is a pair of pages; its stream is ordered, gap-free and acknowledged. Only checked signals arrive here. */
export interface Signals {
	/** Say hi: when the waiting room or a "Let in" is shown, and again whenever the other's page is new. Calls appear by `onCall`. */
	greet(): void;
	/** Called for every call that exists now, and for each that comes. Returns the way to stop. */
	onCall(listener: (call: Call) => void): () => void;
	/** A page of the other has acknowledged the greeting: their screen shows that you are here. */
	onSeen(listener: () => void): () => void;
	readonly writer: string;
	/** The words of a call, which both read out before a room is given back. */
	words(call: string): Promise<Words>;
	/** What stopped a page of the other from being met: `hi-changed` | `too-many`. */
	readonly trouble: string | null;
}

export interface CallSignal {
	kind: string;
	content: Value[];
}

export interface Call {
	/** Stream id of the pair of pages. */
	readonly id: string;
	readonly sid: string;
	/** The other page. */
	readonly pid: string;
	readonly writer: string;
	readonly otherIsKeeper: boolean;
	/** The smaller pid owns offers and ICE restarts. */
	readonly iOwnOffers: boolean;
	/** When this pair of pages met, by this device's clock. */
	readonly since: number;
	/**
	 * Sends offer | answer | candidate | state | end | leave … in order, again for a minute. Resolves when the other page acknowledged,
	 * rejects with Problem `unacknowledged` after a minute.
	 */
	send(kind: string, content: Value[]): Promise<void>;
	/** In order; signals that came before the first subscriber are kept for it. */
	subscribe(listener: (signal: CallSignal) => void): () => void;
	/** Lets in the page of this call (keeper only). */
	admit(): Promise<void>;
	/** Forgets this call: its signals are dropped from now on. */
	close(): void;
}

export interface Invitation {
	iid: string;
	/** The name under which the invited will be seen. */
	name: string;
	expires: number;
	state: 'open' | 'used' | 'revoked' | 'expired';
	usedAt: number | null;
	sid: string | null;
	/** The link again, while open and made by this therapist. */
	link: string | null;
}

/** An invitation opened by the invited. Nothing is used up yet. */
export interface Arrival {
	iid: string;
	/** The therapist's name, welcome and address form, from the sealed note. */
	name: string;
	welcome: string;
	form: Form;
	expires: number;
}

/** Code is one of: torn | unknown | used | expired | revoked | tampered | holds-person | unreachable | throttled | newer. */
export interface Closed {
	code: string;
	/** When it was used, until when it was open, or from when on it may be looked at again, if known. */
	at: number | null;
}

export interface SetUp {
	token: string;
	name: string;
	language: string;
	timeZone: string;
	login: string;
	passphrase: string;
	welcome?: string;
	form?: Form;
}

/** The ways in of whoever is open. `now` is what opens at present, passphrase or code; '' for who has none. */
export interface Keyring {
	/** The seven groups of a new code, which opens nothing yet and is kept nowhere. Throws Problem: words-do-not-open. */
	drawSheet(now: string): Promise<string[]>;
	/** Whether this group was typed, however written. */
	isGroup(group: string, typed: string): boolean;
	/**
	 * Makes the code a way in, in place of earlier ones, once at least two of its groups were typed from paper (place → typed). Throws Problem:
	 * not-on-paper | unreachable: nothing was begun | way-waits: begun, kept here, finished by itself.
	 */
	keepSheet(groups: readonly string[], typed: ReadonlyMap<number, string>): Promise<void>;
	/** In place of the passphrase there is; `login` counts where there is none yet. Same problems, and words-do-not-open, login-taken. */
	keepPassphrase(words: { now: string; login: string; passphrase: string }): Promise<void>;
	/** How many other sessions of this person the server counts. */
	others(): Promise<number>;
	signOthersOut(): Promise<void>;
}

export interface Vault {
	readonly phase: Phase;
	readonly me: Me | null;
	/** While locked: the login name that is known here, and the kinds of ways in (1 passphrase, 2 sheet, 3 room link). */
	readonly login: string | null;
	readonly ways: readonly number[];
	readonly keyring: Keyring;
	/** Somebody was here, and her key is gone from this browser though nobody forgot her. */
	readonly lost: boolean;
	/** A therapist has invited somebody, and no sheet opens her key yet: that comes before the next invitation. */
	readonly secondWayFirst: boolean;
	/** She was signed out here from another browser. */
	readonly signedOut: boolean;
	/** navigator.onLine. */
	readonly online: boolean;
	/** The socket is open and the last list was complete. */
	readonly serverReachable: boolean;
	/** Nobody has set up yet; null while the server has not answered. */
	readonly needsSetUp: boolean | null;
	/** A throw-away house with invented people. */
	readonly demo: boolean;
	/** The server has a relay. */
	readonly relay: boolean;
	/** Server's clock minus this device's, ms. */
	readonly clockOff: number;
	/** About the person: a way in that is not mine, own records rolled back … Rooms have their own. */
	readonly alarms: readonly Alarm[];
	/** Rooms to show, newest words first. */
	readonly rooms: readonly Room[];
	/** Rooms that the keeper's device did not accept; `checking`: long ones, checked for the first time in this browser and not shown yet. */
	readonly doubtful: readonly Room[];
	readonly checking: readonly Room[];
	readonly invitations: readonly Invitation[];
	readonly appointments: Appointments;
	/** Null while locked. */
	givingBack(): Promise<GivingBack | null>;

	/** Idempotent; call once in the root layout. */
	start(): Promise<void>;
	room(sid: string): Room | null;
	/** Null in a room that one does not keep. */
	notes(sid: string): Notes | null;

	drawWords(): Promise<string[]>;
	setUp(choice: SetUp): Promise<void>;
	/** Throws Problem: words-do-not-open | mistyped (too short) | altered | throttled (retryAt) | unreachable | not-this-person. Login may be left out when locked on this device. */
	unlock(words: { login?: string; passphrase: string }): Promise<void>;
	/** The code of the sheet, as typed. Same problems, and half | mistyped. */
	unlockBySheet(code: string): Promise<void>;
	/** Room link (kind 3): the fragment without #. Same problems, and torn. */
	openRoomLink(fragment: string): Promise<void>;
	lock(): Promise<void>;
	/** Locks, and leaves a blank page. */
	leaveQuickly(): Promise<void>;
	/** Forgets this person on this device. Without a way to unlock the room is lost: ask first. */
	signOut(): Promise<void>;
	/** While held, the auto-lock waits (calls, unsealed words). Returns the way to let go. */
	holdOpen(): () => void;
	saveProfile(profile: Profile): Promise<void>;
	saveLanguage(language: string, timeZone: string): Promise<void>;

	/** Something that is being written on a page, by name: kept on this device, sealed, as JSON; null forgets it. */
	keepDraft(name: string, value: unknown): Promise<void>;
	recallDraft<T>(name: string): Promise<T | null>;
	/** The link is in the log of the own space and on the server when this resolves. `myName` and `welcome` are those of the profile if left out. Throws Problem `second-way-first` while that holds. */
	invite(who: { name: string; form?: Form; days: number; myName?: string; welcome?: string }): Promise<{ iid: string; link: string; expires: number }>;
	revoke(iid: string): Promise<void>;
	/** Looks through the door, uses nothing. */
	peek(fragment: string): Promise<Arrival | Closed>;
	/** Looks at an appointment's link; uses nothing. */
	lookAtKnock(link: string): Promise<Knock | Closed>;
	/** Knocks with fresh keys. Resolves with the id of the session at whose door she stands. */
	knock(knock: Knock): Promise<string>;
	/** Steps in by the arrival last peeked at: makes the key, founds the room, opens the vault. Resolves with the room's sid. */
	stepIn(arrival: Arrival, name: string): Promise<string>;
}
