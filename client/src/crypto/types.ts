/**
 * What the sealing worker offers, and the shapes that cross its boundary (contract/protocol.md).
 *
 * Names of things (people, spaces, entries, runs, invitations, pages) are base64url text without padding, so that they compare with `===`
 * and fit the HTTP contract; whatever is signed, sealed or opened is bytes. Times are Unix milliseconds. Secrets stay in the worker.
 */
export type Bytes = Uint8Array<ArrayBuffer>;
/** hash of a person's keys, 32 bytes */
export type Pid = string;
/** a space, 32 bytes */
export type Sid = string;
/** an entry, 32 bytes */
export type EntryId = string;
/** the run of a log at a place, 32 bytes */
export type Run = string;
/** the client's own id of one entry (16 bytes), or of an invitation */
export type Iid = string;
/** one page load of one person, 8 bytes */
export type Writer = string;

/** 0 talk, 1 care, 2 own */
export type Drawer = 0 | 1 | 2;
/** 0 keeper (therapist), 1 member (client) */
export type Role = 0 | 1;
/** [drawer, days kept] with drawers rising; 0 days or absent: kept */
export type Policy = [Drawer, number][];

/** Why something was not done or not believed: one code of the protocol, or of this page (see `refusals.ts`). */
export type Code =
  | 'malformed' | 'newer' | 'dropped' | 'closed' | 'gap' | 'weak-key' | 'old-epoch' | 'not-a-member' | 'bad-signature'
  | 'replay' | 'order' | 'fork' | 'rights' | 'rollback' | 'altered' | 'withheld'
  | 'mistyped' | 'wrong-secret' | 'locked' | 'not-loaded' | 'stopped' | 'no-key' | 'leaver-first' | 'too-big'
  | 'torn' | 'tampered' | 'expired' | 'no-such-call' | 'not-yours';

export interface Card { sign_pk: Bytes; recv_pk: Bytes }
export interface Me { pid: Pid; card: Card; writer: Writer; ownSid: Sid | null }
export interface Pin { seq: number; run: Run }

// ---- unlocking --------------------------------------------------------------------------------------------------------------------
/** 0 passkey (PRF output, 32 bytes) · 1 passphrase (as typed) · 2 recovery code (as typed, or its 16 bytes) · 3 room link (16 bytes) */
export type UnlockKind = 0 | 1 | 2 | 3;
export interface Unlock { kind: UnlockKind; login?: string; secret: string | Bytes }
/** What `PUT /api/records/{mid}` and set-up take. `item` is the content of the `unlock` item that goes into the own space first. */
export interface Method { mid: string; kind: UnlockKind; login: string; loginSecret: string; record: Bytes; item: Bytes }
export interface Fingerprint { digits: string[]; words: string[] }
/** What two read to each other in a call: the true row, and the four among which it is picked; `place` is where it stands there. */
export interface KnockWords { row: Fingerprint; among: Fingerprint[]; place: number }
/** Both halves, smaller pid first. */
export interface SafetyNumber { halves: [Fingerprint, Fingerprint]; mine: 0 | 1 }

// ---- spaces -----------------------------------------------------------------------------------------------------------------------
/**
 * `since`: place of the epoch that brought this key in, 1 for those of the founding. `givenPast`: older keys were given to it. `wroteAt`: the
 * greatest time under which it has written here, 0 for never.
 */
export interface Member {
  pid: Pid; card: Card; role: Role; was: Pid | null; placed: boolean; left: boolean; mine: boolean; since: number; givenPast: boolean;
  wroteAt: number;
}
export interface EpochView {
  n: number; id: EntryId; seq: number; members: Member[]; policy: Policy;
  /** ours opens · the wrap for us does not open or fit (its author is at fault) · we have no place in it */
  key: 'fits' | 'does-not-fit' | 'none';
  /** older keys given to us in it: null if none were */
  past: 'fits' | 'does-not-fit' | null;
}
export interface SpaceView {
  sid: Sid; count: number; run: Run; founder: Pid;
  /** members of the epoch in force; empty when closed */
  epoch: EpochView;
  closed: { by: Pid; time: number } | null;
  /** what stopped this space; nothing is written, signalled or called until a fresh listing is clean */
  alarm: Alarm | null;
  /** somebody in the epoch in force has left: seal `{do: 'renew'}` before anything else */
  leaverFirst: boolean;
}
export interface Alarm { code: Code; seq: number }
/**
 * open · does-not-open · no-key: from before one's time · held: the server has the text, not fetched yet ·
 * altered: fetched text with another hash · gone-erased, gone-expired: explained · gone-unexplained: removed without being asked ·
 * gone-date-wrong: nobody can be accused, the date of the place is wrong · clock-unsure: this clock, or that of who wrote last, is wrong
 */
export type State = 'open' | 'does-not-open' | 'no-key' | 'held' | 'altered' | 'gone-erased' | 'gone-expired' | 'gone-unexplained'
  | 'gone-date-wrong' | 'clock-unsure';
export interface Item { drawer: Drawer; blobs: string[]; state: State; kind: string; version: number; content: Bytes | null }
/** An edit that counts (same author and drawer as what it changes): show `content` in place of entry `seq`'s. */
export interface Edit { seq: number; id: EntryId; kind: string; version: number; content: Bytes }
export interface EntryView {
  seq: number; id: EntryId; iid: Iid; author: Pid; writer: Writer; mine: boolean; time: number;
  type: 'epoch' | 'item' | 'erase' | 'leave';
  /** type item: kind '', version 0, content null unless `state` is open */
  item: Item | null;
  edit: Edit | null;
  /** type erase: [from, to] ranges */
  erased: [number, number][] | null;
  /** type epoch: what it states, and what it changed */
  epoch: EpochView | null;
  change: EpochChange | null;
}
export interface EpochChange {
  what: 'founded' | 'renewed' | 'closed' | 'changed';
  added: Pid[]; removed: Pid[]; succeeded: { was: Pid; now: Pid; bySelf: boolean }[]; policyChanged: boolean; pastGiven: Pid[];
}
/**
 * One snapshot of the server's answer: everything after `after`. `count`: how many entries it counts, null for a push, which claims nothing.
 * `held`: places listed bare whose text the server still has.
 */
export interface Listing {
  after: number; count: number | null; frames: (Bytes | string)[]; held: number[];
  /** more of the log is to come: the end is not judged yet */
  more?: boolean;
  /** views are given of what is read whatever is looked at, and of everything from here on; left out, of all */
  from?: number;
}
export interface Taken {
  /** views that are new or have changed (an erase entry changes earlier ones), rising by seq */
  entries: EntryView[];
  space: SpaceView;
  /** places whose texts were erased by what was taken, whether they are looked at or not: they go from this device's store too */
  gone: number[];
  /** the listing began after a place we do not have: list from `space.count` instead; nothing was taken */
  behind: boolean;
}
export interface NewItem { iid?: Iid; drawer: Drawer; kind: string; version: number; content: Bytes; blobs?: string[] }
export interface Sealed { iid: Iid; frame: Bytes }
export interface NewMember { card: Card; role: Role }
export interface Assent { pid: Pid; sig: Bytes }
/** Every change also drops those who left. `past`: hand the newcomer (or `to`) the older keys this device has. */
export type Change =
  | { do: 'renew' }
  | { do: 'remove'; pid: Pid }
  | { do: 'add'; card: Card; role: Role; past: boolean; assents: readonly Assent[] }
  | { do: 'succeed'; was: Pid; card: Card; past: boolean; assents: readonly Assent[] }
  | { do: 'policy'; policy: Policy }
  | { do: 'past'; to: Pid }
  | { do: 'close' };

// ---- coming in --------------------------------------------------------------------------------------------------------------------
export interface Row { role: Role; sign_pk: Bytes; recv_pk: Bytes }
export interface NewInvitation { others: NewMember[]; policy: Policy; expires: number; note: string }
/** `fragment` goes after `/i#`; `item` is the `invite` item's content for the own space, sealed there before the link is shown. */
export interface Invitation { iid: Iid; s: Bytes; record: Bytes; fragment: string; item: Bytes }
export interface Opened { iid: Iid; keeper: Pid; card: Card; others: NewMember[]; policy: Policy; expires: number; note: string }
export interface Founding { sid: Sid; frame: Bytes }
/** An `invite` item, decoded: state 0 open · 1 revoked · 2 used. */
export interface Invite { s: Bytes; others: NewMember[]; policy: Policy; expires: number; state: 0 | 1 | 2; sid: Sid | null }
/** What a space is to this keeper: `own`, `invited` (ours, accept it), `late` (the person decides), `knock` (a space of two, of either, not checked), or a refusal to show. */
export type Verdict =
  | 'own' | 'invited' | 'late' | 'knock' | 'foreign-link' | 'used-twice' | 'no-proof' | 'unusual-room' | 'not-keeper';
export interface Judgement { verdict: Verdict; iid: Iid | null; s: Bytes | null; founder: Pid }

// ---- signals ----------------------------------------------------------------------------------------------------------------------
export interface Signal {
  sid: Sid; author: Pid; writer: Writer; mine: boolean; kind: string; content: Bytes;
  /** the call it belongs to, or null for the page's own stream */
  call: string | null; stream: string; n: number;
}
/** A call that two pages agreed on. `offers`: this side owns offers and ICE restarts. */
export interface Call { call: string; sid: Sid; peer: Pid; writer: Writer; offers: boolean }
export interface Heard {
  /** dropped without a word · list first, then hear the same bytes again (still so: `withheld` stands in `alarm`) · taken */
  outcome: 'taken' | 'dropped' | 'list-first' | 'stopped';
  alarm: Alarm | null;
  /** whose word it was, once that is certain */
  from: Pid | null;
  /** what was said, in order; hi and ack are handled inside and not repeated here */
  signals: Signal[];
  /** POST these, in this order */
  send: Bytes[];
  /** acknowledgements: POST these too, within half a second */
  acks: Bytes[];
  /** calls that began by this signal; one that was ended here begins again, under the same name, when both pages show themselves again */
  calls: Call[];
  /** the other side's page broke the ceremony (no call with it), or is one page too many (say so; reload) */
  trouble: 'hi-changed' | 'too-many' | null;
}
/**
 * A signal without an answer yet. `first`: the bytes as `sealSignal` or `hi` gave them; `frame`: what to send now, the same or, after a new
 * epoch, sealed again; null while nothing may be signalled here.
 */
export interface Unacknowledged { first: Bytes; frame: Bytes | null }
export interface NewSignal { kind: string; content: Bytes; call?: string }

/** Everything the vault may ask of the worker. Each refusal rejects with `Refusal`, whose `code` is above. */
export interface Crypto {
  setOrigin(origin: string): Promise<void>;
  // identity
  create(): Promise<Me>;
  openRoot(root: Bytes, ownSid: Sid | null): Promise<Me>;
  /** For a person without an account only: the root is stored on the device as it is. */
  rootForDevice(): Promise<Bytes>;
  me(): Promise<Me | null>;
  /** The own space's id, where no record told it (resume, device root); checked when the space is taken. */
  setOwnSid(sid: Sid): Promise<void>;
  /** An `old-root` item's root: still opens what was before a change of keys. */
  addOldRoot(root: Bytes): Promise<Pid>;
  /** Wipes every key, root and log from the worker's memory. */
  lock(): Promise<void>;
  drawWords(): Promise<string[]>;
  drawCode(): Promise<{ bytes: Bytes; text: string }>;
  makeMethod(unlock: Unlock): Promise<Method>;
  /** What the server is sent as user name and password; the stretched secret is kept for `openRecord` right after. */
  signInSecret(unlock: Unlock): Promise<{ login: string; loginSecret: string }>;
  openRecord(record: Bytes, unlock: Unlock): Promise<Me>;
  /** Whether this opens the record; changes nothing of who is here. Refused as `mistyped` where it can be nobody's. */
  opensRecord(record: Bytes, unlock: Unlock): Promise<boolean>;
  makeRoomLink(keeper: Pid): Promise<Method & { fragment: string }>;
  readRoomLink(fragment: string): Promise<{ login: string; loginSecret: string; unlock: Unlock; keeperStart: Bytes }>;
  makeResume(device: Bytes): Promise<{ record: Bytes; share: Bytes }>;
  openResume(record: Bytes, share: Bytes, device: Bytes): Promise<Me>;
  signIn(nonce: Bytes): Promise<Bytes>;
  /** `name` says what the bytes are, and is bound in: what was sealed as one thing does not open as another. */
  sealLocal(device: Bytes, name: string, plain: Bytes): Promise<Bytes>;
  openLocal(device: Bytes, name: string, sealed: Bytes): Promise<Bytes>;
  // comparing
  fingerprint(pid: Pid): Promise<Fingerprint>;
  safetyNumber(other: Pid): Promise<SafetyNumber>;
  qr(other: Pid): Promise<Bytes>;
  readQr(scanned: Bytes, other: Pid): Promise<'fits' | 'differs' | 'not-a-number'>;
  // spaces
  /** New own space. Take the frame with `take` before sealing more into it, then send all frames together. */
  foundOwn(): Promise<Founding>;
  /** One more space with oneself alone, for notes. */
  foundAlone(): Promise<Founding>;
  /**
   * This device's cache, before the first listing. `checked` is the place up to which this device itself has checked these very frames
   * (kept under `sealLocal`): signatures up to there are not checked again. `pins`: every place ever seen (own `pins` items too).
   * null: nothing was cached; the pins are kept for the first listing.
   */
  load(sid: Sid, cached: { frames: Bytes[]; checked: Pin | null; pins: Pin[]; more?: boolean }): Promise<Taken | null>;
  /** The checked log in brief, sealed for this device, which then need not read every frame to go on. */
  store(sid: Sid, device: Bytes): Promise<Bytes>;
  /** Opens what `store` gave: how far it goes, the places whose frames `goOn` needs, and whether its end was judged. Refused as `altered` or `newer`. */
  recall(sid: Sid, device: Bytes, stored: Bytes): Promise<{ count: number; needs: number[]; whole: boolean }>;
  /**
   * After `recall`: takes the frames of those places and of others, then those after the stored log, as `load` does. Gives what `shown` gives.
   * Refused as `altered` where a frame that it needs is not the one that was checked.
   */
  goOn(sid: Sid, kept: { brought: [number, Bytes][]; frames: Bytes[]; checked: Pin | null; pins: Pin[]; from: number }): Promise<Taken>;
  /** Views of all that is read whatever is looked at, and of everything from a place on. */
  shown(sid: Sid, from: number): Promise<Taken>;
  take(sid: Sid, listing: Listing): Promise<Taken>;
  /** Places that another device of this person has seen, learnt after loading: the next listing is held to them. */
  hold(sid: Sid, pins: Pin[]): Promise<void>;
  /**
   * Frames for places from `from` on, out of this device's store or fetched. Another one than was checked is `altered`, in its place. `held`: the
   * server was asked for the texts, and says of these places that it has them and did not give them.
   */
  fill(sid: Sid, from: number, frames: (Bytes | string)[], held?: number[]): Promise<EntryView[]>;
  space(sid: Sid): Promise<SpaceView>;
  views(sid: Sid, from: number, to: number): Promise<EntryView[]>;
  /** the run at a place that we have (for pins, `room`) */
  pin(sid: Sid, seq: number): Promise<Pin>;
  /** What this device keeps of these places: frames as received, bare where gone; none of those whose text lies on the server. */
  kept(sid: Sid, from: number, to: number): Promise<[number, Bytes][]>;
  /** the frame's bytes as received or bare where gone */
  frames(sid: Sid, from: number, to: number): Promise<Bytes[]>;
  /** Where an entry of ours stands, by iid and any of one's own pids; null: not in the log. */
  find(sid: Sid, iid: Iid): Promise<{ seq: number; id: EntryId; erased: boolean } | null>;
  forget(sid: Sid): Promise<void>;
  sealItem(sid: Sid, item: NewItem): Promise<Sealed>;
  /** Seals an `edit` of an own entry. */
  sealEdit(sid: Sid, edit: { iid?: Iid; id: EntryId; kind: string; version: number; content: Bytes }): Promise<Sealed>;
  sealEpoch(sid: Sid, change: Change): Promise<Sealed>;
  assent(sid: Sid, to: { pid: Pid; role: Role; was: Pid | null; past: boolean }): Promise<Assent>;
  leave(sid: Sid): Promise<Sealed>;
  /** Erases these places, and the edits of what is erased. */
  erase(sid: Sid, seqs: number[]): Promise<Sealed>;
  /** Content of an `own-at` item for this shared space, from the own space as loaded; null while there is none. */
  ownAt(sid: Sid): Promise<Bytes>;
  /** Compares an own `own-at` item with the own space as loaded: null is well. */
  checkOwnAt(sid: Sid, content: Bytes): Promise<Alarm | null>;
  // invitations
  makeInvitation(invitation: NewInvitation): Promise<Invitation>;
  peek(fragment: string, record: Bytes): Promise<Opened>;
  /** iid of a link, to ask the server for its record; refused as `torn` if the link is cut. */
  readLink(fragment: string): Promise<{ iid: Iid }>;
  foundFrom(fragment: string, record: Bytes): Promise<{ own: Founding; shared: Founding }>;
  /** Own space and the space of a knock, [member self, keeper], for a keeper known by nothing but this card. */
  foundKnock(keeper: Card): Promise<{ keeper: Pid; own: Founding; shared: Founding }>;
  /** Against this keeper's own list: the `invite` items of the own space as loaded. */
  judge(sid: Sid): Promise<Judgement>;
  // signals
  /** Shows this page in the space: the waiting room, or "Let in". */
  hi(sid: Sid): Promise<Bytes>;
  sealSignal(sid: Sid, signal: NewSignal): Promise<Bytes>;
  hear(sid: Sid, frame: Bytes): Promise<Heard>;
  /** What is not acknowledged yet and younger than a minute. */
  unacknowledged(sid: Sid): Promise<Unacknowledged[]>;
  /** The words of a call, to be read out when a room is given back. New rows to pick from each time. */
  knockWords(sid: Sid, call: string): Promise<KnockWords>;
  /** Stops resending what was said in it; the pair of pages keeps its name and streams, should both come back. */
  endCall(sid: Sid, call: string): Promise<void>;
}
