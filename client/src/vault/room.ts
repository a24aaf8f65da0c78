import type { Crypto, EntryView, Member } from '#crypto/types.ts';
import { Change } from './change.ts';
import { Comparing } from './comparing.ts';
import { contact, made, message, seen, type NewContent } from './content.ts';
import type { Local } from './local.ts';
import type { Log } from './log.ts';
import type { Outbox } from './outbox.ts';
import type { Own } from './own.ts';
import type { Notes } from './notes.ts';
import { Problem } from './problem.ts';
import type { RoomSignals } from './signals.ts';
import { Thread } from './thread.ts';
import type { GivenBack } from './knock.ts';
import type { Alarm, Judgement, Newcomer, Other, Room, Said } from './types.ts';

const LARGEST_WORDS = 60_000;
const SEEN_AT_MOST_EVERY = 60_000;

export interface RoomParts {
	crypto: Crypto;
	own: Own;
	outbox: Outbox;
	local: Local;
	/** Keeps all of these, then sends them when their turn comes. */
	put(letters: { sid: string; what: NewContent }[]): Promise<void>;
	/** Writes into the own space. */
	note(...what: NewContent[]): Promise<void>;
	kick(sid: string): void;
	/** Content of an `own-at` for this room. */
	ownAt(sid: string): Promise<NewContent['content']>;
	notes: Notes;
	accept(room: LiveRoom): Promise<void>;
	changed(): void;
}

/** A space that two people share, as screens see it. */
export class LiveRoom implements Room {
	readonly sid: string;
	readonly log: Log;
	readonly signals: RoomSignals;
	readonly thread = new Thread();
	readonly comparing: Comparing;
	readonly notes: Notes;

	readonly #parts: RoomParts;
	readonly #change = new Change();
	#judgement: Judgement = 'judging';
	#items: readonly Said[] = [];
	#draft = '';
	#draftSaving: Promise<void> | null = null;
	#seenSaving: Promise<void> | null = null;
	#visits = 0;
	#unreadFrom: number | null = null;
	#seenNoted = 0;
	#seenLater: ReturnType<typeof setTimeout> | undefined;
	#witnessed = 0;
	/** Where the log ended when this device first listed it; null once another's newer words have confirmed that it ended there. */
	#newAt: number | null = null;
	#givenBack: GivenBack | null = null;

	constructor(log: Log, signals: RoomSignals, parts: RoomParts) {
		this.sid = log.sid;
		this.log = log;
		this.signals = signals;
		this.#parts = parts;
		this.notes = parts.notes;
		this.comparing = new Comparing({
			crypto: parts.crypto,
			sid: log.sid,
			others: () => this.#members.filter(({ mine }) => !mine).map((member) => this.#known(member)),
			known: (pid) => parts.own.contacts.get(pid) ?? null,
			note: (what) => parts.note(what)
		});
	}

	/** What only this device keeps of the room. */
	async recall(): Promise<void> {
		const { local, own } = this.#parts;
		this.#draft = (await local.recall<string>(`draft/${this.sid}`)) ?? '';
		this.#witnessed = (await local.recall<number>(`witnessed/${this.sid}`)) ?? 0;
		this.#newAt = (await local.recall<number>(`new-at/${this.sid}`)) ?? null;
		const seenHere = (await local.recall<number>(`seen/${this.sid}`)) ?? 0;
		await this.notes.recall();
		own.seen.set(this.sid, Math.max(seenHere, own.seen.get(this.sid) ?? 0));
		this.tell();
	}

	/** Entries that are new in the log, or have changed. */
	take(entries: EntryView[]): void {
		const keepers = new Set(this.#members.filter(({ role }) => role === 0).map(({ pid }) => pid));
		this.thread.take(entries, (pid) => keepers.has(pid));
		const confirmed = this.#newAt;
		if (confirmed !== null && entries.some(({ seq, mine }) => seq > confirmed && !mine)) this.#isNewAt(null);
		this.tell();
	}

	/** On this device for the first time: that the server listed all of it is only the server's word. */
	comeNew(): void {
		this.#isNewAt(this.log.count);
	}

	#isNewAt(seq: number | null): void {
		this.#newAt = seq;
		void this.#parts.local.keep(`new-at/${this.sid}`, seq);
	}

	tell(): void {
		const { from } = this.log;
		const items = this.thread.with(this.#parts.outbox.of(this.sid), (iid) => this.log.wrote(iid));
		// What is read whatever is looked at has its line where its place is looked at.
		this.#items = from === 1 ? items : items.filter(({ seq }) => seq === null || seq >= from);
		this.#change.tell();
	}

	stop(): void {
		clearTimeout(this.#seenLater);
		this.signals.stop();
	}

	get #members(): Member[] {
		return this.log.view?.epoch.members ?? [];
	}

	get isAlone(): boolean {
		return this.#members.length > 0 && this.#members.every(({ mine }) => mine);
	}

	get #otherMember(): Member | null {
		const others = this.#members.filter(({ mine }) => !mine);
		return others.find(({ role }) => (role === 0) !== this.#iKeep) ?? others[0] ?? null;
	}

	get #pastNow(): 'shut' | 'waits' | null {
		const row = this.#otherMember;
		if (!this.#iKeep || !row || row.role === 0 || row.was === null || row.givenPast) return null;
		return this.#known(row).compared === null ? 'shut' : 'waits';
	}

	get #iKeep(): boolean {
		return this.#members.some(({ mine, role }) => mine && role === 0);
	}

	/** A key that took another's place is called as the one before, which says nothing about whose it is. */
	#known(member: Member | null): Other {
		const { contacts } = this.#parts.own;
		const pid = member?.pid ?? '';
		const said = this.thread.names.get(pid);
		const known = contacts.get(pid);
		const noted = known?.name || (member?.was !== null && this.#parts.own.contactIn(this.sid)?.name);
		// A keeper calls people as she notes them; her own name is as she last gave it, in every room.
		const name = (this.#iKeep ? noted || said?.name : said?.name || noted) || '';
		return { pid, name, theirName: said?.name ?? '', form: said?.form ?? 0, compared: known?.compared ?? null };
	}

	/** Derived from the log alone, so that no reload, tab or second device knows less: who was not there at the founding, and is not compared. */
	#newcomerNow(): Newcomer | null {
		const came = this.#members.filter(({ mine, left, since }) => !mine && !left && since > 1);
		const member = came.find(({ pid }) => (this.#parts.own.contacts.get(pid)?.compared ?? null) === null);
		return member ? { ...this.#known(member), replaces: member.was !== null, readsPast: member.givenPast } : null;
	}

	readonly #fields = {
		other: this.#change.field(() => this.#known(this.#otherMember)),
		newcomer: this.#change.field(() => this.#newcomerNow()),
		iAmKeeper: this.#change.field(() => this.#iKeep),
		judgement: this.#change.field(() => this.#judgement),
		welcome: this.#change.field(() => this.thread.welcome),
		items: this.#change.field(() => this.#items),
		hasEarlier: this.#change.field(() => this.log.from > 1),
		progress: this.#change.field(() => this.log.progress),
		unreadFrom: this.#change.field(() => (this.#visits > 0 ? this.#unreadFrom : this.#firstUnread)),
		unreadCount: this.#change.field(() => this.#unread.length),
		alarm: this.#change.field(() => this.log.alarm),
		checked: this.#change.field(() => this.log.checked),
		newHere: this.#change.field(() => this.#newAt !== null),
		keyFits: this.#change.field(() => this.thread.keyFits),
		draft: this.#change.field(() => this.#draft),
		past: this.#change.field(() => this.#pastNow),
		givenBack: this.#change.field(() => this.#givenBack),
		latestAt: this.#change.field(() => this.#items.at(-1)?.at ?? 0)
	};

	get other(): Other {
		return this.#fields.other();
	}

	get newcomer(): Newcomer | null {
		return this.#fields.newcomer();
	}

	get iAmKeeper(): boolean {
		return this.#fields.iAmKeeper();
	}

	get judgement(): Judgement {
		return this.#fields.judgement();
	}

	set judgement(judgement: Judgement) {
		this.#judgement = judgement;
		this.tell();
	}

	get welcome(): string {
		return this.#fields.welcome();
	}

	get items(): readonly Said[] {
		return this.#fields.items();
	}

	get hasEarlier(): boolean {
		return this.#fields.hasEarlier();
	}

	get progress(): Room['progress'] {
		return this.#fields.progress();
	}

	get unreadFrom(): number | null {
		return this.#fields.unreadFrom();
	}

	get unreadCount(): number {
		return this.#fields.unreadCount();
	}

	get alarm(): Alarm | null {
		return this.#fields.alarm();
	}

	get checked(): 'checking' | 'whole' | 'stopped' {
		return this.#fields.checked();
	}

	get newHere(): boolean {
		return this.#fields.newHere();
	}

	get keyFits(): boolean {
		return this.#fields.keyFits();
	}

	get draft(): string {
		return this.#fields.draft();
	}

	get past(): 'shut' | 'waits' | null {
		return this.#fields.past();
	}

	get givenBack(): GivenBack | null {
		return this.#fields.givenBack();
	}

	set givenBack(givenBack: GivenBack | null) {
		this.#givenBack = givenBack;
		this.tell();
	}

	get latestAt(): number {
		return this.#fields.latestAt();
	}

	earlier(): Promise<void> {
		return this.log.earlier();
	}

	pause(paused: boolean): Promise<void> {
		return this.log.pause(paused);
	}

	async write(text: string): Promise<void> {
		const what = message(text);
		if (what.content.length > LARGEST_WORDS) throw new Problem('too-big', 'one message holds about 60 kB: send it in parts');
		if (this.#judgement !== 'accepted' && this.#judgement !== 'knock') throw new Problem('not-accepted', 'this room is not written to before it is accepted');
		const witness = await this.#witness();
		await this.#parts.put([{ sid: this.sid, what }, ...witness]);
		if (witness.length > 0) await this.#parts.local.keep(`witnessed/${this.sid}`, this.#witnessed);
		this.keepDraft('');
	}

	/** After a change of what unlocks, whom we know or invited, the shared space is told where our own space stands. */
	async #witness(): Promise<{ sid: string; what: NewContent }[]> {
		const { own, ownAt } = this.#parts;
		if (own.witnessedAt <= this.#witnessed) return [];
		this.#witnessed = own.witnessedAt;
		return [{ sid: this.sid, what: made('own-at', await ownAt(this.sid)) }];
	}

	keepDraft(text: string): void {
		this.#draft = text;
		this.#change.tell();
		this.#draftSaving ??= this.#saveDraft();
	}

	/** The newest words win; while they are being kept, newer ones wait for the next round. */
	async #saveDraft(): Promise<void> {
		try {
			for (let kept: string | null = null; kept !== this.#draft; ) {
				kept = this.#draft;
				await this.#parts.local.keep(`draft/${this.sid}`, kept === '' ? null : kept);
			}
		} finally {
			this.#draftSaving = null;
		}
	}

	/** Resolves once nothing typed or read here is still on its way to this device's store. */
	async kept(): Promise<void> {
		await Promise.all([this.#draftSaving, this.#seenSaving, this.notes.kept()]);
	}

	/** A refused letter's place in the chain may be taken by now: it is sealed anew, under its old iid. */
	async retry(iid: string): Promise<void> {
		const letter = this.#parts.outbox.find(iid);
		if (letter) await this.#parts.outbox.change(letter, { state: 'waiting', why: null, frame: null });
		this.#parts.kick(this.sid);
	}

	async drop(iid: string): Promise<void> {
		const letter = this.#parts.outbox.find(iid);
		if (letter) await this.#parts.outbox.drop(letter);
		this.#parts.kick(this.sid);
	}

	async unsend(iid: string): Promise<void> {
		const said = this.thread.said.find((one) => one.mine && one.iid === iid);
		if (!said || this.#parts.outbox.find(iid)) return this.drop(iid);
		await this.#parts.outbox.takeBack({ sid: this.sid, iid, what: message(''), pids: this.pids });
		this.#parts.kick(this.sid);
	}

	async sendAnyway(iid: string): Promise<void> {
		const letter = this.#parts.outbox.find(iid);
		if (letter) await this.#parts.outbox.readdress(letter, this.pids);
		this.#parts.kick(this.sid);
	}

	/** Who reads here now. */
	get pids(): string[] {
		return this.#members.filter(({ left }) => !left).map(({ pid }) => pid);
	}

	get #unread(): Said[] {
		const upTo = this.#parts.own.seen.get(this.sid) ?? 0;
		const unread: Said[] = [];
		for (const said of this.thread.said.toReversed()) {
			if ((said.seq ?? 0) <= upTo) break;
			if (!said.mine) unread.unshift(said);
		}
		return unread;
	}

	/** Null also where it stands before all that is here: such a room is opened at its newest words. */
	get #firstUnread(): number | null {
		const isHere = (this.#parts.own.seen.get(this.sid) ?? 0) >= this.log.from - 1;
		return isHere ? (this.#unread[0]?.seq ?? null) : null;
	}

	visit(): () => void {
		if (this.#visits++ === 0) this.#unreadFrom = this.#firstUnread;
		return () => {
			this.#visits--;
			this.tell();
		};
	}

	seen(): void {
		const newest = this.#unread.at(-1)?.seq;
		if (!newest) return;
		this.#parts.own.seen.set(this.sid, newest);
		this.#seenSaving = this.#parts.local.keep(`seen/${this.sid}`, newest);
		const wait = Math.max(0, this.#seenNoted + SEEN_AT_MOST_EVERY - Date.now());
		clearTimeout(this.#seenLater);
		this.#seenLater = setTimeout(() => this.#noteSeen(), wait);
		this.tell();
		this.#parts.changed();
	}

	#noteSeen(): void {
		this.#seenNoted = Date.now();
		void this.#parts.note(seen(this.sid, this.#parts.own.seen.get(this.sid) ?? 0));
	}

	async rename(name: string): Promise<void> {
		const { pid } = this.other;
		const known = this.#parts.own.contacts.get(pid);
		await this.#parts.note(contact({ compared: null, notes: null, ...known, pid, name, sid: this.sid }));
		this.tell();
	}

	accept(): Promise<void> {
		return this.#parts.accept(this);
	}
}
