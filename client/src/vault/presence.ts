import { Refusal as Unsealed } from '#crypto/refusals.ts';
import type { Crypto, Me as Keys } from '#crypto/types.ts';
import { Refusal, type Api, type KeyRecord, type Me as Answer, type Push } from '#api/index.ts';
import type { Live, LiveListener } from '#api/live.ts';
import { toBytes } from '#crypto/encoding.ts';
import { LiveAppointments } from './appointments.ts';
import { Change } from './change.ts';
import { isOver } from './doors.ts';
import type { RoomsGivenBack } from './giving-back.ts';
import { Idle } from './idle.ts';
import { Invitations } from './invitations.ts';
import { LiveKeyring, type Making } from './keyring.ts';
import { Local } from './local.ts';
import { Opened } from './opened.ts';
import { Problem } from './problem.ts';
import type { PersonRow, Store } from './store.ts';
import type { Tabs, Word } from './tabs.ts';
import { rememberWho } from './trace.ts';
import type { Phase } from './types.ts';
import { logIn, logOut, lookAtWays, mendWays, signInByKey, stayOpen, type Way, type Ways } from './ways.ts';

const MINUTE = 60_000;
const LOCKS_AFTER = { therapist: 15 * MINUTE, client: 60 * MINUTE };
const TRY_AGAIN = 4_000;

export interface PresenceParts {
	api: Api;
	crypto: Crypto;
	store: Store;
	tabs: Tabs;
	live(listener: LiveListener): Live;
}

export interface Open {
	opened: Opened;
	local: Local;
	invitations: Invitations;
	/** Words typed on this page, to sign in with and to put back a record that the server lost. */
	way: Way | null;
}

/** Who is here: nobody, somebody locked, somebody open; and, while open, the line to the server. */
export class Presence {
	readonly change = new Change();
	readonly appointments: LiveAppointments;
	readonly idle: Idle;
	readonly keyring: LiveKeyring;
	phase: Phase = 'starting';
	row: PersonRow | null = null;
	answer: Answer | null = null;
	/** The server's clock minus this device's, ms. */
	clockOff = 0;
	open: Open | null = null;
	/** The line is open and everything that was missed has been listed. */
	caughtUp = false;

	readonly #parts: PresenceParts;
	readonly #live: Live;
	#again: ReturnType<typeof setTimeout> | undefined;
	#shutting: Promise<void> = Promise.resolve();

	constructor(parts: PresenceParts) {
		this.#parts = parts;
		this.appointments = new LiveAppointments(parts.api);
		this.keyring = new LiveKeyring(parts, this);
		this.#live = parts.live({
			opened: () => void this.#catchUp(),
			closed: () => this.#lineLost(),
			signedOut: () => void this.#signInAgain(),
			said: (push) => void this.#hear(push)
		});
		this.idle = new Idle(
			() => void this.lock(),
			() => parts.tabs.tell('active')
		);
	}

	listen(): void {
		this.#parts.tabs.listen((word) => void this.#hearTab(word));
		for (const event of ['online', 'offline']) addEventListener(event, () => this.change.tell());
		addEventListener('pagehide', () => void this.open?.opened.pin());
	}

	become(phase: Phase): void {
		this.phase = phase;
		this.change.tell();
	}

	/** Who the server says is signed in. What it said last stands when it cannot be reached. */
	async ask(): Promise<Answer | null> {
		try {
			return await this.#askNow();
		} catch (refusal) {
			if (!(refusal instanceof Refusal)) throw refusal;
			if (!this.answer) this.#askOn(refusal);
			return this.answer;
		}
	}

	/** Who was never answered goes on asking: a page that came while the server was away opens by itself once it is back. */
	#askOn({ retryAt }: Refusal): void {
		clearTimeout(this.#again);
		this.#again = setTimeout(() => void this.ask(), Math.max(TRY_AGAIN, (retryAt ?? 0) - Date.now()));
	}

	async #askNow(): Promise<Answer> {
		this.answer = await this.#parts.api.me();
		this.clockOff = this.answer.now - Date.now();
		this.change.tell();
		return this.answer;
	}

	/** The worker is started by the first thing asked of it: somebody who only looks at the door does not load it. */
	async wake(): Promise<Crypto> {
		// A lock that is still under way would take the new keys along. What went wrong with it was said to who locked.
		await Promise.allSettled([this.#shutting]);
		// The page's own, never the server's word: what is bound to another installation would be worth something there.
		await this.#parts.crypto.setOrigin(location.origin);
		return this.#parts.crypto;
	}

	/** By both halves of what stayed open over a reload; false if they are not both here. */
	async resume(): Promise<boolean> {
		const keys = this.row && (await this.#fromHalves(this.row));
		if (keys) await this.enter(keys, null);
		return keys !== null;
	}

	/** Null if the server's half is not there, or is not the one that fits: then the words open. */
	async #fromHalves({ resume, device, ownSid }: PersonRow): Promise<Keys | null> {
		if (!resume) return null;
		try {
			const [crypto, { share }] = await Promise.all([this.wake(), this.#parts.api.share()]);
			if (!share) return null;
			const keys = await crypto.openResume(resume, toBytes(share), device);
			await crypto.setOwnSid(ownSid);
			return keys;
		} catch (refusal) {
			if (!(refusal instanceof Refusal || refusal instanceof Unsealed)) throw refusal;
			return null;
		}
	}

	/** Keys are in the worker: shows what this device holds, and opens the line. */
	async enter({ writer }: Keys, way: Way | null): Promise<void> {
		const { api, crypto, store, tabs } = this.#parts;
		const row = this.row;
		if (!row) return;
		const local = new Local(crypto, store, row.device);
		const changed = (): void => this.change.tell();
		const outboxChanged = (): void => tabs.tell('outbox');
		const draftChanged = (): void => tabs.tell('drafts');
		const opened = new Opened({ api, crypto, store, local, pid: row.pid, ownSid: row.ownSid, writer, changed, outboxChanged, draftChanged });
		const invitations = new Invitations({ api, crypto, opened, pid: row.pid, changed });
		this.open = { opened, local, invitations, way };
		await Promise.all([opened.load(), this.appointments.open(local)]);
		rememberWho('here');
		this.become('open');
		this.#watch();
		tabs.askToLead(() => void this.#lead(opened));
		this.#live.open();
	}

	/** Locks by itself whoever can unlock. */
	#watch(): void {
		if (this.row) this.idle.start(this.row.records.length === 0 ? null : LOCKS_AFTER[this.row.therapist ? 'therapist' : 'client']);
	}

	/** A way in was made in place of others: from here on the key lies on this device no longer, save under it. */
	async kept({ mid, kind, login, record }: KeyRecord, replaced: readonly string[]): Promise<void> {
		const others = (this.row?.records ?? []).filter((one) => one.mid !== mid && !replaced.includes(one.mid));
		await this.keepRow({ root: null, records: [...others, { mid, kind, login, record }], ...(kind === 1 ? { login } : {}) });
		await this.keepOpenIfHeard();
		this.#watch();
		this.#parts.tabs.tell('kept');
	}

	/** What stays open over a reload, as long as the session and this device both have their half. */
	async keepOpen(): Promise<void> {
		if (!this.row) return;
		const shutting = this.#shutting;
		const resume = await stayOpen(this.#parts, this.row.device);
		// Locked meanwhile, here or in another tab: both halves are to be gone, and the server's may only just have got there.
		if (shutting !== this.#shutting) return void (await this.#parts.api.dropShare());
		await this.keepRow({ resume });
		this.#parts.tabs.tell('opened');
	}

	/** Not reached: a reload asks for the words again. */
	async keepOpenIfHeard(): Promise<void> {
		try {
			await this.keepOpen();
		} catch (refusal) {
			if (!(refusal instanceof Refusal)) throw refusal;
		}
	}

	async keepRow(change: Partial<PersonRow>): Promise<void> {
		if (this.row) this.row = { ...this.row, ...change };
		await this.#parts.store.changePerson(change);
		this.change.tell();
	}

	/** Wipes memory and both halves of what stayed open. A person without a way to unlock is not locked out of her room. */
	async lock(): Promise<void> {
		if (this.phase !== 'open' || this.row?.root) return;
		// Begun first: a page that is left in the middle of it is locked all the same.
		const closed = this.keepRow({ resume: null });
		await this.#shut('locked');
		this.#parts.tabs.tell('locked');
		await closed;
		try {
			await this.#parts.api.dropShare();
		} catch (refusal) {
			// The half on the server opens nothing without ours, which is gone.
			if (!(refusal instanceof Refusal)) throw refusal;
		}
	}

	/** Leaves no trace of the person on this device. */
	async forget(): Promise<void> {
		await this.#shut('nobody');
		this.row = null;
		this.answer = this.answer && { ...this.answer, person: null };
		rememberWho('forgotten');
		await this.#parts.store.wipe();
		this.#parts.tabs.tell('signed-out');
		await logOut(this.#parts.api);
	}

	/** Before somebody new comes in where nobody is held. A session that outlived its key opens nothing, and would stand in the way. */
	async clearTheWay(): Promise<void> {
		await this.#parts.store.wipe();
		if (!this.answer?.person) return;
		await logOut(this.#parts.api);
		await this.ask();
	}

	#shut(phase: Phase): Promise<void> {
		this.#shutting = this.#close(phase);
		return this.#shutting;
	}

	async #close(phase: Phase): Promise<void> {
		const open = this.open;
		this.open = null;
		this.become(phase);
		clearTimeout(this.#again);
		this.#live.close();
		this.idle.stop();
		this.caughtUp = false;
		this.appointments.close();
		try {
			this.#parts.tabs.forget();
			await open?.opened.close();
		} finally {
			// Whatever could not be kept: the keys go.
			this.#parts.tabs.yieldLead();
			await this.#parts.crypto.lock();
		}
	}

	async #lead(opened: Opened): Promise<void> {
		opened.sender.leads = true;
		await opened.outbox.reload();
		opened.sender.kick();
	}

	async #catchUp(): Promise<void> {
		const { open, row } = this;
		if (!open || !row) return;
		try {
			await open.opened.catchUp();
			await Promise.all([this.appointments.refresh(), row.therapist && open.invitations.refresh(), this.#compare(open)]);
			await this.#closeKnocks();
			this.caughtUp = true;
			for (const room of open.opened.rooms.values()) room.signals.back();
			this.change.tell();
		} catch (refusal) {
			this.#tryAgain(refusal, () => this.#catchUp());
		}
	}

	/** The space of a knock ends with its session. */
	async #closeKnocks(): Promise<void> {
		const over = this.appointments.all.filter((one) => isOver(one, Date.now() + this.clockOff)).flatMap(({ knocks }) => knocks);
		if (over.length > 0) await (await this.givingBack())?.closeKnocks(over);
	}

	/** Of use in few hours of few people: fetched when it is. Null while locked. */
	async givingBack(): Promise<RoomsGivenBack | null> {
		const { RoomsGivenBack } = await import('./giving-back.ts');
		const { open, row } = this;
		const { api, crypto } = this.#parts;
		return open && row && new RoomsGivenBack({ api, crypto, opened: open.opened, pid: row.pid, clockOff: () => this.clockOff });
	}

	/** Our ways in and our own space, against what the server serves and what the rooms have witnessed. */
	async #compare(open: Open): Promise<void> {
		const { opened } = open;
		// A list that ends too early would accuse ways that are ours.
		if (opened.ownLog.checked !== 'whole') return;
		const making = await this.keyring.finish(open);
		let ways = await this.#look(opened, making);
		if (ways.foreign.length + ways.removed.length + ways.lost.length > 0) {
			// Another device may have made one, or put one in place of another, since the own space was listed.
			await opened.ownLog.catchUp();
			if (opened.ownLog.checked !== 'whole') return;
			ways = await this.#look(opened, making);
		}
		opened.found('ways', await mendWays(this.#parts, ways, open.way));
		await this.keepRow({ records: ways.records });
	}

	async #look({ own }: Opened, making: Making | null): Promise<Ways> {
		return lookAtWays(await this.#parts.api.records(), own, { held: this.row?.records ?? [], making, now: Date.now() });
	}

	#tryAgain(refusal: unknown, work: () => Promise<void>): void {
		// Locked meanwhile: what was under way has lost its keys.
		if (!this.open) return;
		if (!(refusal instanceof Refusal)) throw refusal;
		clearTimeout(this.#again);
		if (refusal.status === 401) void this.#signInAgain();
		else this.#again = setTimeout(() => void work(), Math.max(TRY_AGAIN, (refusal.retryAt ?? 0) - Date.now()));
	}

	#lineLost(): void {
		this.caughtUp = false;
		this.change.tell();
	}

	/** The session has ended: by key without asking, by the words just typed, or not at all. Who was signed out from another browser is not let in again. */
	async #signInAgain(): Promise<void> {
		const { row, open } = this;
		if (!row || !open) return;
		try {
			const { signed_out: signedOut } = await this.#askNow();
			if (signedOut && !row.root) return await this.lock();
			await this.wake();
			if (row.root) await signInByKey(this.#parts, row.pid);
			else if (open.way) await logIn(this.#parts.api, open.way);
			else return await this.lock();
			if (!row.root) await this.keepOpen();
			this.#live.open();
		} catch (refusal) {
			// The words of this page open no more: they were changed elsewhere.
			if (refusal instanceof Problem) await this.lock();
			else this.#tryAgain(refusal, () => this.#signInAgain());
		}
	}

	async #hear(push: Push): Promise<void> {
		const { open } = this;
		if (!open) return;
		const { opened, invitations } = open;
		try {
			if (push.what === 'entry') await opened.pushed(push.space, push.seq, push.frame === null ? null : toBytes(push.frame));
			else if (push.what === 'signals') await opened.heard(push.space, push.frames);
			else if (push.what === 'waiting') this.appointments.waiting(push);
			else if (push.what === 'appointments') await this.appointments.refresh().then(() => this.#closeKnocks());
			else if (push.what === 'invitations') await invitations.refresh();
			else if (push.what === 'spaces') await opened.catchUp();
		} catch (refusal) {
			this.#tryAgain(refusal, () => this.#catchUp());
		}
	}

	async #hearTab(word: Word): Promise<void> {
		if (word === 'active') this.idle.active();
		else if (word === 'locked' && this.phase === 'open') await this.#shut('locked');
		else if (word === 'signed-out') await this.#forgotten();
		else if (word === 'opened' && this.phase === 'locked') await this.#openedElsewhere();
		else if (word === 'drafts') await this.open?.opened.recallDrafts();
		else if (word === 'kept') await this.#keptElsewhere();
		else if (word === 'outbox') await this.open?.opened.outbox.reload().then(() => this.open?.opened.sender.kick());
	}

	async #forgotten(): Promise<void> {
		this.row = null;
		await this.#shut('nobody');
	}

	async #keptElsewhere(): Promise<void> {
		this.row = await this.#parts.store.person();
		this.#watch();
		this.change.tell();
	}

	async #openedElsewhere(): Promise<void> {
		this.row = await this.#parts.store.person();
		await this.resume();
	}
}
