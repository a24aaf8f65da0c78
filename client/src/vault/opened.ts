import { toText } from '#crypto/encoding.ts';
import type { Bytes, EntryView, Judgement as Judged, Sid } from '#crypto/types.ts';
import type { SpaceCount } from '#api/index.ts';
import { cardName, contact, inviteAs, pins, readGiven, sameIid, welcome, type NewContent, type Pinned } from './content.ts';
import { Log, type LogParts } from './log.ts';
import { Notes } from './notes.ts';
import { Outbox, type NewLetter } from './outbox.ts';
import { Own } from './own.ts';
import { Papers } from './papers.ts';
import { LiveRoom } from './room.ts';
import { Sender } from './sender.ts';
import { RoomSignals } from './signals.ts';
import { Turn } from './turn.ts';
import type { Alarm, Judgement } from './types.ts';

const PINNED_EVERY = 100;
const PINS_LEAVE_WITHIN = 1_000;
const LOOKED_AT = 60;
/** Shorter ones are looked at whole. */
const LONG = 250;
const MOST_UNREAD = 200;
const BEFORE_UNREAD = 8;
/** In the own space, which keeps everything, no text goes but by one's own hand. */
const TAKEN_AWAY = ['gone-unexplained', 'gone-expired', 'gone-date-wrong', 'clock-unsure', 'altered', 'held'];

/** Where a room of so many entries is opened: the newest, and back to what is unread unless that is too much. */
export function firstLooked(count: number, seen: number): number {
	if (count < LONG) return 1;
	const newest = count - LOOKED_AT + 1;
	const unread = seen - BEFORE_UNREAD + 1;
	return unread > count - MOST_UNREAD ? Math.min(newest, unread) : newest;
}

export interface OpenedParts extends LogParts {
	pid: string;
	ownSid: Sid;
	writer: string;
	changed(): void;
	/** Other tabs have to read the outbox again. */
	outboxChanged(): void;
	/** Other tabs have to read the drafts of notes again. */
	draftChanged(): void;
}

export type Letters = Omit<NewLetter, 'pids'>[];

/** Everything that is open between unlocking and locking: the own space, the rooms, what waits. */
export class Opened {
	readonly own = new Own();
	readonly ownLog: Log;
	readonly outbox: Outbox;
	readonly sender: Sender;
	readonly rooms = new Map<Sid, LiveRoom>();
	readonly papers: Papers;

	readonly #parts: OpenedParts;
	/** What each check found when it looked last. */
	readonly #found = new Map<'spaces' | 'witnesses' | 'ways', Alarm[]>();
	readonly #judging = new Turn();
	#loading: Promise<void> | null = null;

	constructor(parts: OpenedParts) {
		this.#parts = parts;
		this.ownLog = new Log(parts.ownSid, parts, (_log, entries) => this.#ownChanged(entries));
		this.papers = new Papers({ ...parts, pins: (sid) => this.#pinsOf(sid), own: this.own, changed: (sid) => this.#paperChanged(sid) });
		this.outbox = new Outbox(parts.store, parts.local, (sid) => (this.papers.logs.has(sid) ? this.#tellNotes() : this.rooms.get(sid)?.tell()));
		this.sender = new Sender({
			api: parts.api,
			crypto: parts.crypto,
			outbox: this.outbox,
			log: (sid) => this.#log(sid),
			ownPid: () => parts.pid,
			begin: (sid) => this.papers.begin(sid)
		});
	}

	/** What this device holds, without the server. */
	load(): Promise<void> {
		this.#loading ??= this.#load();
		return this.#loading;
	}

	async #load(): Promise<void> {
		await this.ownLog.load();
		await this.outbox.reload();
		for (const { what, at } of this.outbox.of(this.#parts.ownSid)) this.own.expect(what, at);
		await this.papers.follow();
		const held = (await this.#parts.store.spaces()).filter((sid) => this.#isShared(sid));
		await Promise.all(held.map((sid) => this.#room(sid).then((room) => room.log.load())));
		for (const room of this.rooms.values()) await this.#judge(room);
		this.#parts.changed();
	}

	/** Compares with what the server has, lists what is missing. Throws Refusal when it cannot be reached. */
	async catchUp(): Promise<void> {
		await this.load();
		const spaces = await this.#parts.api.spaces();
		const own = spaces.find(({ sid }) => sid === this.#parts.ownSid);
		this.found('spaces', own ? [] : [{ code: 'own-missing', seq: null }]);
		await this.#compare(this.ownLog, own);
		await this.papers.catchUp(spaces);
		const others = new Set([...this.rooms.keys(), ...spaces.map(({ sid }) => sid)].filter((sid) => this.#isShared(sid)));
		await Promise.all([...others].map((sid) => this.#catchUpRoom(sid, spaces)));
		await this.checkWitnesses();
		for (const room of this.rooms.values()) await this.#judge(room);
		await this.pin(PINNED_EVERY);
		this.sender.kick();
		this.#parts.changed();
	}

	async #catchUpRoom(sid: Sid, spaces: SpaceCount[]): Promise<void> {
		const room = await this.#room(sid);
		await this.#compare(room.log, spaces.find((space) => space.sid === sid));
	}

	async #compare(log: Log, listed: SpaceCount | undefined): Promise<void> {
		if (listed?.count !== log.count || log.checked !== 'whole') await log.catchUp(listed?.count);
		await log.fetchShown();
	}

	/** An entry that the server pushed. */
	async pushed(sid: Sid, seq: number, frame: Bytes | null): Promise<void> {
		await this.load();
		const alone = sid === this.#parts.ownSid ? this.ownLog : this.papers.logs.get(sid);
		if (alone) return alone.push(seq, frame);
		const room = await this.#room(sid);
		await room.log.push(seq, frame);
		await this.#judge(room);
	}

	async heard(sid: Sid, frames: string[]): Promise<void> {
		const room = this.rooms.get(sid);
		if (room && takesWords(room.judgement)) await room.signals.hear(frames);
	}

	/** Keeps all of these letters, or none; they go out when their turn comes. */
	async put(letters: Letters): Promise<void> {
		await this.outbox.put(letters.map((letter) => ({ ...letter, pids: this.#readers(letter.sid) })));
		for (const { sid, what } of letters) if (sid === this.#parts.ownSid) this.own.expect(what);
		this.#parts.outboxChanged();
		for (const sid of new Set(letters.map((letter) => letter.sid))) this.sender.kick(sid);
		this.#parts.changed();
	}

	/** Writes into the own space. */
	note(...contents: NewContent[]): Promise<void> {
		return this.put(contents.map((what) => ({ sid: this.#parts.ownSid, what })));
	}

	/** Takes a room that came by one of the own invitations: contact, invitation used, welcome and name. */
	async accept(room: LiveRoom, { iid, s, founder }: Pick<Judged, 'iid' | 's' | 'founder'>): Promise<void> {
		const { ownSid } = this.#parts;
		const invite = s ? this.own.invites.get(toText(s)) : undefined;
		const profile = this.own.profile ?? { name: '', welcome: '', form: 0 };
		const known = { pid: founder, name: (iid && this.own.invitees.get(iid)) || '', compared: null, sid: room.sid, notes: null };
		const acts: [string, string, NewContent][] = [
			['contact', ownSid, contact(known)],
			...(invite ? [['used', ownSid, inviteAs(invite, 2, room.sid)] as [string, string, NewContent]] : []),
			['welcome', room.sid, welcome(profile.welcome)],
			['name', room.sid, cardName(profile.name, profile.form)]
		];
		room.judgement = 'accepted';
		await this.put(await Promise.all(acts.map(async ([act, sid, what]) => ({ sid, what, iid: await sameIid(act, room.sid) }))));
	}

	/** Whose words the knocker compared in this knock's call: kept, so that a page loaded anew still knows from whom a room is taken. */
	async believe(knock: Sid, pid: string): Promise<void> {
		await this.#parts.local.keep(believedAs(knock), pid);
		const room = this.rooms.get(knock);
		if (room) await this.#judging.take(() => this.#takeGiven(room));
	}

	/** A room that was given back: entered only from whom she compared, and only where that person has put her. */
	async #takeGiven(room: LiveRoom): Promise<void> {
		if (room.iAmKeeper || room.givenBack) return;
		const compared = await this.#parts.local.recall<string>(believedAs(room.sid));
		const item = room.log.entries.findLast((entry) => entry?.item?.kind === 'room' && !entry.mine);
		const place = item?.item?.content ? readGiven(item.item.content) : null;
		if (!compared || !item || !place) return;
		const { enterGiven } = await import('./entering.ts');
		const enter = { own: this.own, me: this.#parts.pid, note: (...what: NewContent[]) => this.note(...what), room: (sid: Sid) => this.#room(sid) };
		room.givenBack = item.author === compared ? await enterGiven(enter, place, compared) : { code: 'wrong-peer' };
	}

	/** Each as long as the check that found it finds it again. */
	get alarms(): Alarm[] {
		const { alarm, entries } = this.ownLog;
		const emptied = entries.find((entry) => entry?.item && TAKEN_AWAY.includes(entry.item.state));
		return [
			...[...this.#found.values()].flat(),
			...(alarm ? [{ code: `own-${alarm.code}`, seq: alarm.seq }] : []),
			...(emptied ? [{ code: 'own-removed', seq: emptied.seq }] : [])
		];
	}

	/** What one check finds now; what it found before counts no more. */
	found(by: 'spaces' | 'witnesses' | 'ways', alarms: Alarm[]): void {
		this.#found.set(by, alarms);
		this.#parts.changed();
	}

	/** The own space against what it witnessed in the shared ones. */
	async checkWitnesses(): Promise<void> {
		const alarms: Alarm[] = [];
		for (const { sid, thread } of this.rooms.values()) {
			for (const content of thread.ownAts.values()) {
				if (!(await this.#parts.crypto.checkOwnAt(sid, content))) continue;
				// Another device may have written into both since the own log was listed.
				await this.ownLog.catchUp();
				const alarm = await this.#parts.crypto.checkOwnAt(sid, content);
				if (alarm) alarms.push({ code: `own-${alarm.code}`, seq: alarm.seq });
			}
		}
		this.found('witnesses', alarms);
	}

	/** At lock, when the page goes, and every hundred entries: how far this device has seen, for devices to come. */
	async pin(every = 1): Promise<void> {
		if (this.ownLog.checked !== 'whole') return;
		const logs = [...[...this.rooms.values()].map(({ log }) => log), ...this.papers.logs.values()].filter(({ checked }) => checked === 'whole');
		const places = logs.flatMap(({ sid, view }) => (view ? [{ sid, seq: view.count, run: view.run }] : []));
		const pinned = new Map(this.own.pins.map(({ sid, seq }) => [sid, seq]));
		const grown = places.reduce((sum, { sid, seq }) => sum + seq - (pinned.get(sid) ?? 0), 0);
		if (grown >= every) await this.note(pins(places));
	}

	/** What is written down now waits a little for the server; if that does not answer, it goes out at the next unlock. */
	async close(): Promise<void> {
		await this.pin();
		const last = this.outbox.of(this.#parts.ownSid).at(-1)?.row.iid;
		if (last && this.sender.leads) await this.ownLog.until(() => this.ownLog.wrote(last), PINS_LEAVE_WITHIN);
		this.sender.stop();
		await Promise.all([...this.rooms.values()].map((room) => room.kept()));
		this.rooms.forEach((room) => room.stop());
	}

	#isShared(sid: Sid): boolean {
		return sid !== this.#parts.ownSid && !this.papers.logs.has(sid);
	}

	/** What came as a space of ours before the own space said what for is no room. */
	async #followPapers(): Promise<void> {
		await this.papers.follow();
		for (const sid of this.papers.logs.keys()) {
			this.rooms.get(sid)?.stop();
			this.rooms.delete(sid);
		}
		this.#tellNotes();
	}

	#paperChanged(sid: Sid): void {
		this.#tellNotes();
		this.sender.kick(sid);
		this.#parts.changed();
	}

	#tellNotes(): void {
		for (const room of this.rooms.values()) room.notes.tell();
	}

	/** Another tab has written into a draft. */
	async recallDrafts(): Promise<void> {
		await Promise.all([...this.rooms.values()].map(({ notes }) => notes.recall()));
	}

	#pinsOf(sid: Sid): Pinned[] {
		return this.own.pins.filter((pin) => pin.sid === sid);
	}

	#readers(sid: Sid): string[] {
		return this.rooms.get(sid)?.pids ?? [this.#parts.pid];
	}

	#log(sid: Sid): Log | null {
		return sid === this.#parts.ownSid ? this.ownLog : (this.papers.logs.get(sid) ?? this.rooms.get(sid)?.log ?? null);
	}

	#ownChanged(entries: EntryView[]): void {
		const again = this.own.follow(this.ownLog, entries);
		if (again) for (const { what, at } of this.outbox.of(this.#parts.ownSid)) this.own.expect(what, at);
		void this.#followPapers();
		for (const room of this.rooms.values()) room.tell();
		this.sender.kick(this.#parts.ownSid);
		this.#parts.changed();
	}

	async #room(sid: Sid): Promise<LiveRoom> {
		const known = this.rooms.get(sid);
		if (known) return known;
		const room = this.#makeRoom(sid);
		this.rooms.set(sid, room);
		await room.recall();
		return room;
	}

	#makeRoom(sid: Sid): LiveRoom {
		const { api, crypto, local, writer } = this.#parts;
		const parts = {
			...this.#parts,
			pins: (of: Sid) => this.#pinsOf(of),
			waiting: (of: Sid) => this.outbox.of(of).map(({ row }) => row.iid),
			first: (of: Sid, count: number) => firstLooked(count, this.own.seen.get(of) ?? 0)
		};
		const log = new Log(sid, parts, (_log, entries) => {
			room.take(entries);
			this.sender.kick(sid);
			this.#parts.changed();
		});
		const room: LiveRoom = new LiveRoom(log, new RoomSignals({ api, crypto, log, writer }), {
			crypto,
			own: this.own,
			outbox: this.outbox,
			local,
			put: (letters) => this.put(letters),
			note: (...contents) => this.note(...contents),
			kick: (space) => {
				this.#parts.outboxChanged();
				this.sender.kick(space);
			},
			ownAt: (space) => crypto.ownAt(space),
			notes: new Notes(sid, () => room.other, {
				own: this.own,
				ownSid: this.#parts.ownSid,
				papers: this.papers,
				outbox: this.outbox,
				local,
				put: (letters) => this.put(letters),
				kick: (space) => this.sender.kick(space),
				draftChanged: () => this.#parts.draftChanged()
			}),
			accept: (late) => this.#judging.take(() => this.#acceptLate(late)),
			changed: () => this.#parts.changed()
		});
		return room;
	}

	/** A room whose checking stopped is judged by its founding, so that it is shown; it is accepted in writing once it is whole. */
	#judge(room: LiveRoom): Promise<void> {
		return this.#judging.take(() => this.#judgeInTurn(room));
	}

	async #judgeInTurn(room: LiveRoom): Promise<void> {
		// A space of ours alone that nothing names yet is no room.
		if (room.log.checked === 'checking' || room.isAlone) return;
		if (this.own.contactIn(room.sid)) {
			// Accepted by another device before this one held anything.
			if (room.judgement === 'judging' && this.ownLog.fresh && room.log.fresh) room.comeNew();
			room.judgement = 'accepted';
		} else if (!room.log.view) {
			room.judgement = 'unusual-room';
		} else {
			const judged = await this.#verdict(room.sid);
			if (judged.verdict === 'invited' && this.#ownInDoubt) return;
			room.judgement = judgementOf(judged.verdict);
			if (judged.verdict === 'knock') await this.#takeGiven(room);
			if (judged.verdict === 'invited' && room.log.checked === 'whole') await this.accept(room, judged);
		}
		this.#parts.changed();
	}

	/** Who comes is judged by our own list: while that may be an old or another one, nobody new is taken in. */
	get #ownInDoubt(): boolean {
		return this.ownLog.checked !== 'whole' || this.alarms.some(({ code }) => code.startsWith('own-'));
	}

	/** By the log of the own space, and by what is still on its way there: of two who come by one link at once, the second is told so. */
	async #verdict(sid: Sid): Promise<Judged> {
		const judged = await this.#parts.crypto.judge(sid);
		const invite = judged.s && this.own.invites.get(toText(judged.s));
		if (!invite || !['invited', 'late'].includes(judged.verdict)) return judged;
		if (invite.state === 1) return { ...judged, verdict: 'foreign-link' };
		return invite.state === 2 && invite.sid !== sid ? { ...judged, verdict: 'used-twice' } : judged;
	}

	/** The person's own decision, for what came after its time and for nothing else. */
	async #acceptLate(room: LiveRoom): Promise<void> {
		const judged = await this.#verdict(room.sid);
		if (judged.verdict === 'late' && !this.#ownInDoubt && room.log.checked === 'whole') await this.accept(room, judged);
	}
}

const believedAs = (knock: Sid): string => `believed/${knock}`;

/** Where something may be written and said: a room that was accepted, and the space of a knock. */
const takesWords = (judgement: Judgement): boolean => judgement === 'accepted' || judgement === 'knock';

function judgementOf(verdict: Judged['verdict']): Judgement {
	if (verdict === 'own' || verdict === 'invited') return 'accepted';
	return verdict === 'not-keeper' ? 'stranger' : verdict;
}
