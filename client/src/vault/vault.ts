import { foldCode, SIGNS } from '#crypto/codes.ts';
import type { Me as Keys, Unlock } from '#crypto/types.ts';
import { Refusal, type KeyRecord, type SetUpBody } from '#api/index.ts';
import type { LiveAppointments } from './appointments.ts';
import { arrivalOf, foundByInvitation, foundForSetUp, join, lookThrough, rowOf, whereWeAre, type Door } from './arriving.ts';
import { cardName, profile as profileItem, sameIid, welcome } from './content.ts';
import { fieldsOf } from './face.ts';
import { Presence, type PresenceParts } from './presence.ts';
import { Problem } from './problem.ts';
import type { LiveRoom } from './room.ts';
import type { PersonRow } from './store.ts';
import type { GivingBack, Knock } from './knock.ts';
import type { Alarm, Arrival, Closed, Invitation, Keyring, Me, Notes, Phase, Profile, SetUp, Vault } from './types.ts';
import { asProblem, openHere, openThere, refuseOther, type Way } from './ways.ts';

const LEAVES_WITHIN = 400;
const STAYS_WITHIN = 1_500;
const STORE_ANSWERS_WITHIN = 10_000;

/** The only place where sealed becomes plain. */
export class LiveVault implements Vault {
	readonly #parts: PresenceParts;
	readonly #here: Presence;
	#door: Door | null = null;
	#settingUp: { choice: string; row: PersonRow; body: SetUpBody } | null = null;
	#starting: Promise<void> | null = null;
	readonly #fields: ReturnType<typeof fieldsOf>;

	constructor(parts: PresenceParts) {
		this.#parts = parts;
		this.#here = new Presence(parts);
		this.#fields = fieldsOf(this.#here);
	}

	get phase(): Phase {
		return this.#fields.phase();
	}

	get me(): Me | null {
		return this.#fields.me();
	}

	get login(): string | null {
		return this.#fields.login();
	}

	get ways(): readonly number[] {
		return this.#fields.ways();
	}

	get online(): boolean {
		return this.#fields.online();
	}

	get serverReachable(): boolean {
		return this.#fields.reachable();
	}

	get needsSetUp(): boolean | null {
		return this.#fields.needsSetUp();
	}

	get demo(): boolean {
		return this.#fields.demo();
	}

	get relay(): boolean {
		return this.#fields.relay();
	}

	get clockOff(): number {
		return this.#fields.clockOff();
	}

	get alarms(): readonly Alarm[] {
		return this.#fields.alarms();
	}

	get rooms(): readonly LiveRoom[] {
		return this.#fields.rooms();
	}

	get doubtful(): readonly LiveRoom[] {
		return this.#fields.doubtful();
	}

	get checking(): readonly LiveRoom[] {
		return this.#fields.checking();
	}

	get invitations(): readonly Invitation[] {
		return this.#fields.invitations();
	}

	get keyring(): Keyring {
		return this.#here.keyring;
	}

	get lost(): boolean {
		return this.#fields.lost();
	}

	get secondWayFirst(): boolean {
		return this.#fields.secondWayFirst();
	}

	get signedOut(): boolean {
		return this.#fields.signedOut();
	}

	givingBack(): Promise<GivingBack | null> {
		return this.#here.givingBack();
	}

	get appointments(): LiveAppointments {
		return this.#here.appointments;
	}

	room(sid: string): LiveRoom | null {
		return this.#fields.every().find((room) => room.sid === sid) ?? null;
	}

	notes(sid: string): Notes | null {
		const room = this.room(sid) as LiveRoom | null;
		return room?.iAmKeeper ? room.notes : null;
	}

	start(): Promise<void> {
		this.#starting ??= this.#start();
		return this.#starting;
	}

	async #start(): Promise<void> {
		const here = this.#here;
		here.listen();
		if (!(await this.#recall())) return;
		if (here.row?.root && !here.row.joining) {
			// Nothing of the server's is needed to open: what this device holds is shown at once.
			const crypto = await here.wake();
			await here.enter(await crypto.openRoot(here.row.root, here.row.ownSid), null);
			await here.ask();
			return;
		}
		const [, isOpen] = await Promise.all([here.ask(), here.row?.joining ? false : here.resume()]);
		if (here.row?.joining) return this.#finishJoining(here.row);
		if (isOpen) return;
		here.become(here.row || here.answer?.person?.record_kinds.length ? 'locked' : 'nobody');
	}

	/** Who this browser holds; false, and said, where it keeps nothing for us. A store that is only slow is believed once it answers. */
	async #recall(): Promise<boolean> {
		const silent = setTimeout(() => this.#here.become('no-store'), STORE_ANSWERS_WITHIN);
		try {
			this.#here.row = await this.#parts.store.person();
			return true;
		} catch (cause) {
			this.#here.become(cause instanceof Error && cause.name === 'VersionError' ? 'newer-store' : 'no-store');
			return false;
		} finally {
			clearTimeout(silent);
		}
	}

	/** A join whose answer never came is posted once more, the same bytes. */
	async #finishJoining(row: PersonRow): Promise<void> {
		try {
			await this.#joinAndEnter(row);
		} catch (problem) {
			if (!(problem instanceof Problem)) throw problem;
			if (problem.code !== 'unreachable') this.#here.row = null;
			this.#here.become('nobody');
		}
	}

	async #joinAndEnter(row: PersonRow): Promise<void> {
		await join(this.#parts, row);
		this.#here.row = { ...row, joining: null };
		await this.#here.ask();
		if (!row.root) throw new Problem('key-lost', 'a join was kept without its key');
		await this.#here.enter(await (await this.#here.wake()).openRoot(row.root, row.ownSid), null);
	}

	drawWords(): Promise<string[]> {
		return this.#parts.crypto.drawWords();
	}

	async setUp(choice: SetUp): Promise<void> {
		const { store, api } = this.#parts;
		if (this.#here.row) throw new Problem('holds-person', 'this browser already holds a person');
		await this.#here.ask();
		const crypto = await this.#here.wake();
		const wanted = JSON.stringify(choice);
		if (this.#settingUp?.choice !== wanted) {
			await store.wipe();
			this.#settingUp = { choice: wanted, ...(await this.#problems(() => foundForSetUp(this.#parts, choice))) };
		}
		const { row, body } = this.#settingUp;
		const person = await this.#problems(() => api.setUp(body));
		await this.#arrive({ ...row, therapist: person.therapist });
		this.#settingUp = null;
		const keys = await crypto.me();
		if (keys) await this.#enterToStay(keys, null);
	}

	async #arrive(row: PersonRow): Promise<void> {
		await this.#parts.store.keepPerson(row);
		this.#here.row = row;
	}

	async unlock({ login, passphrase }: { login?: string; passphrase: string }): Promise<void> {
		const name = login ?? this.login ?? '';
		const held = this.#here.row?.login;
		if (held && name !== held) throw new Problem('holds-person', 'another person is held here: sign out first');
		await this.#unlockWith({ kind: 1, login: name, secret: passphrase });
	}

	async unlockBySheet(code: string): Promise<void> {
		if (foldCode(code).length < SIGNS) throw new Problem('half', 'a code has seven groups of four');
		await this.#unlockWith({ kind: 2, secret: code });
	}

	async #unlockWith(unlock: Unlock): Promise<void> {
		await this.#problems(async () => {
			const crypto = await this.#here.wake();
			await this.#openBy({ unlock, ...(await crypto.signInSecret(unlock)) });
		});
	}

	async openRoomLink(fragment: string): Promise<void> {
		await this.#problems(async () => {
			const { login, loginSecret, unlock } = await (await this.#here.wake()).readRoomLink(fragment);
			const held = this.#here.row;
			if (held && !held.records.some((record) => record.login === login)) throw new Problem('holds-person', 'another room is held here');
			if (this.#here.phase !== 'open') await this.#openBy({ unlock, login, loginSecret });
		});
	}

	/** With the record on this device, so that it opens offline too; else with the server's. */
	async #openBy(way: Way): Promise<void> {
		const here = this.#here;
		const mine = here.row && (await openHere(this.#parts, here.row.records, way));
		const answer = await here.ask();
		if (mine && (answer?.person?.pid === mine.pid || !navigator.onLine)) return this.#enterToStay(mine, way);
		try {
			const { me, records } = await openThere(this.#parts, way);
			if (here.row && here.row.pid !== me.pid) await refuseOther(this.#parts);
			if (!here.row) await this.#arrive(await this.#rowFor(me, way, records));
			await this.#enterToStay(me, way);
		} catch (refusal) {
			if (!(refusal instanceof Refusal)) throw refusal;
			const known = here.row?.records.some((record) => record.login === way.login) ?? false;
			if (!mine && known && refusal.status === 0) throw new Problem('words-do-not-open', 'they open no record of this device');
			if (!mine) throw refusal;
			await this.#enterToStay(mine, way);
		}
	}

	async #rowFor({ pid, ownSid }: Keys, { unlock, login }: Way, records: KeyRecord[]): Promise<PersonRow> {
		const person = (await this.#here.ask())?.person;
		if (!person || person.pid !== pid) throw new Problem('altered', 'the record is not of the person who is signed in');
		return rowOf(person, records, { ownSid: ownSid ?? person.own_space, login: unlock.kind === 1 ? login : person.login });
	}

	/** What stays open is kept before anything is shown, so that even a quick reload finds it; offline the door does not wait for it. */
	async #enterToStay(keys: Keys, way: Way | null): Promise<void> {
		await Promise.race([this.#here.keepOpenIfHeard(), new Promise((resolve) => setTimeout(resolve, STAYS_WITHIN))]);
		await this.#here.enter(keys, way);
	}

	lock(): Promise<void> {
		return this.#here.lock();
	}

	async leaveQuickly(): Promise<void> {
		document.documentElement.hidden = true;
		try {
			this.#parts.tabs.forget();
			await Promise.race([this.lock(), new Promise((resolve) => setTimeout(resolve, LEAVES_WITHIN))]);
		} finally {
			location.replace('about:blank');
		}
	}

	signOut(): Promise<void> {
		return this.#here.forget();
	}

	holdOpen(): () => void {
		return this.#here.idle.hold();
	}

	async saveProfile(profile: Profile): Promise<void> {
		const { open } = this.#here;
		if (!open) throw new Problem('locked', 'unlock first');
		const shared = this.rooms.flatMap(({ sid, iAmKeeper }) => [
			{ sid, what: cardName(profile.name, profile.form) },
			...(iAmKeeper ? [{ sid, what: welcome(profile.welcome) }] : [])
		]);
		await open.opened.note(profileItem(profile));
		await open.opened.put(shared);
	}

	async saveLanguage(language: string, timeZone: string): Promise<void> {
		await this.#here.keepRow({ language, timeZone });
		await this.#problems(() => this.#parts.api.saveMe({ language, time_zone: timeZone }));
	}

	async keepDraft(name: string, value: unknown): Promise<void> {
		await this.#here.open?.local.keep(`draft/${name}`, value);
	}

	async recallDraft<T>(name: string): Promise<T | null> {
		return (await this.#here.open?.local.recall<T>(`draft/${name}`)) ?? null;
	}

	async invite(who: Parameters<Vault['invite']>[0]): ReturnType<Vault['invite']> {
		const [open, me] = [this.#here.open, this.me];
		if (!open || !me) throw new Problem('locked', 'unlock first');
		if (this.secondWayFirst) throw new Problem('second-way-first', 'a printed sheet comes before the second client');
		return this.#problems(() => open.invitations.invite(who, me));
	}

	async revoke(iid: string): Promise<void> {
		await this.#problems(async () => this.#here.open?.invitations.revoke(iid));
	}

	async peek(fragment: string): Promise<Arrival | Closed> {
		await this.start();
		const held = this.#here.row;
		if (this.#here.phase !== 'nobody') return { code: 'holds-person', at: null };
		const seen = await lookThrough(this.#parts, fragment);
		if ('code' in seen) return seen;
		if (held && held.joining?.iid !== seen.opened.iid) return { code: 'holds-person', at: null };
		this.#door = seen;
		return arrivalOf(seen);
	}

	async stepIn(arrival: Arrival, name: string): Promise<string> {
		const door = this.#door;
		if (door?.opened.iid !== arrival.iid) throw new Problem('not-peeked', 'look at the invitation first');
		const held = this.#here.row;
		if (!held) await this.#problems(() => this.#here.clearTheWay());
		const row = held ?? (await this.#problems(() => foundByInvitation(this.#parts, door, { name, ...whereWeAre() })));
		// The only key lies here: a browser may otherwise evict it after a while of disuse.
		void navigator.storage?.persist?.();
		await this.#comeIn(row);
		return this.#introduce(row, name);
	}

	async lookAtKnock(link: string): Promise<Knock | Closed> {
		await this.start();
		const { row } = this.#here;
		const { isPassing, lookAtKnock } = await import('./knocking.ts');
		const isFree = !row || (this.phase === 'nobody' ? row.joining?.iid === null : isPassing(row) && this.rooms.length === 0);
		return isFree ? lookAtKnock(this.#parts, link) : { code: 'holds-person', at: null };
	}

	async knock(knock: Knock): Promise<string> {
		if (this.phase === 'open') await this.signOut();
		await this.#here.ask();
		const { row: held } = this.#here;
		const again = held?.joining?.iid === null && held.joining.body.link === knock.link ? held : null;
		if (!again) await this.#problems(() => this.#here.clearTheWay());
		await this.#here.wake();
		const { foundByKnock } = await import('./knocking.ts');
		const row = again ?? (await this.#problems(() => foundByKnock(this.#parts, knock, whereWeAre())));
		await this.#comeIn(row);
		await this.appointments.refresh();
		const session = this.appointments.all.find(({ space }) => space === row.joining?.body.shared.sid);
		if (!session) throw new Problem('unknown', 'the door was left meanwhile');
		return session.id;
	}

	/** Somebody new, whose keys are on this device by now. */
	async #comeIn(row: PersonRow): Promise<void> {
		this.#here.row = row;
		try {
			await this.#joinAndEnter(row);
		} catch (problem) {
			if (problem instanceof Problem && problem.code !== 'unreachable') this.#here.row = null;
			throw problem;
		}
	}

	/** Tells the therapist's room what name was typed. */
	async #introduce({ joining }: PersonRow, name: string): Promise<string> {
		const sid = joining?.body.shared.sid ?? '';
		const iid = await sameIid('name', sid);
		await this.#here.open?.opened.put([{ sid, what: cardName(name, 0), iid }]);
		return sid;
	}

	async #problems<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (cause) {
			throw asProblem(cause);
		}
	}
}
