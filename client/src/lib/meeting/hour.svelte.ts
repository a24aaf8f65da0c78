import { tryLine } from '#rtc/devices.ts';
import { Session, type SessionView } from '#rtc/session.ts';
import { codeOf } from '#i18n/problem.svelte.ts';
import { vault, type Appointment, type Room } from '#vault/index.ts';
import type { Own } from './own.svelte.ts';
import { differed } from './differed.ts';
import { signallingOf } from './signalling.ts';

const HERE_EVERY = 10_000;
const ASK_AGAIN = 3_000;
/** What only the server waits for is told after the first frames: until then the line is theirs. */
const AFTERWARDS = 1_500;
/** Drawing keeps the page busy: the word that opens the door gets out before, and a cold line may be found. */
const LINE_GOES_FIRST = 400;
const LET_IN = 'attune.let-in';
const HIDES = 'attune.relay-alone';

export type LineStanding = 'trying' | 'relayed' | 'unreachable' | 'no-relay' | 'hidden' | 'offline';
const nobody: SessionView = {
	phase: 'alone', ending: null, linked: false, quietSince: null, gone: false, known: false, remote: null, quality: null, voice: 0, theirs: null, resting: false, refused: null, call: null, held: false, words: false
};

/** One stay in one session, from the waiting room to its end. */
export class Hour {
	view = $state.raw<SessionView>(nobody);
	line = $state<LineStanding>('trying');
	hides = $state(localStorage.getItem(HIDES) !== null);
	/** Since when the call has been heard, Unix ms. */
	since = $state<number | null>(null);
	/** Keeper of a knock: a room was given back in this call. */
	gave = $state(false);
	/** Let in was pressed before the other's page had answered. */
	promised = $state(false);

	readonly #session: Appointment;
	readonly #room: Room;
	readonly #own: Own;
	#call = $state.raw<Session | null>(null);
	#timers: ReturnType<typeof setTimeout>[] = [];
	#drawing: ReturnType<typeof setTimeout> | undefined;
	readonly #stopUsing: () => void;
	#owed: ('began' | 'ended')[] = [];
	#stopped = false;

	constructor(of: { session: Appointment; room: Room; own: Own }) {
		[this.#session, this.#room, this.#own] = [of.session, of.room, of.own];
		this.#stopUsing = of.own.onChange((sending) => this.#call?.use(sending));
		if (!of.room.iAmKeeper) this.#sayHere();
		void this.#begin();
	}

	get inCall(): boolean {
		return ['joining', 'live', 'quiet'].includes(this.view.phase);
	}

	/** The other's page is here and has answered. */
	get met(): boolean {
		return ['met', 'warming', 'warm'].includes(this.view.phase);
	}

	letIn(): void {
		if (!this.#room.iAmKeeper || this.inCall) return;
		this.#call?.letIn();
		this.promised = !this.#call?.joined;
	}

	end(): void {
		this.#call?.end();
		if (!this.#call || this.view.ending === 'left') this.view = { ...nobody, ending: 'ended', phase: 'over' };
		this.#owe('ended');
		forget();
	}

	/** Keeper: both are asked for the words. */
	askForWords(): void {
		this.#call?.words();
	}

	/** The two saw different words: nothing goes on between these two pages, and the session itself stays open. */
	differ(): void {
		this.#call?.differ();
		forget();
	}

	leave(): void {
		this.#call?.leave();
		forget();
	}

	server(there: boolean): void {
		this.#call?.server(there);
		if (there) void this.#settle();
	}

	/** Before admission only: the way is made anew. */
	hide(hides: boolean): void {
		this.hides = hides;
		if (hides) localStorage.setItem(HIDES, '1');
		else localStorage.removeItem(HIDES);
		this.#call?.close();
		this.#call = null;
		this.line = 'trying';
		void this.#begin();
	}

	/** The screen goes: whoever is still in the session leaves it. */
	stop(): void {
		this.#stopped = true;
		if (this.view.phase !== 'over') this.#call?.leave();
		this.#call?.close();
		this.#stopUsing();
		clearTimeout(this.#drawing);
		this.#timers.forEach(clearTimeout);
		if (!this.#room.iAmKeeper) void this.#away();
	}

	async #begin(): Promise<void> {
		const relay = await this.#askRelay();
		if (!relay || this.#stopped) return;
		const line = await tryLine(relay.ice_servers as RTCIceServer[]);
		if (this.#stopped || this.#call) return;
		this.line = line === 'unreachable' && this.hides ? 'hidden' : line;
		if (this.line === 'hidden') return;
		this.#call = this.#open(line === 'relayed' ? (relay.ice_servers as RTCIceServer[]) : []);
		this.#call.use(this.#own.sending);
		this.#call.server(vault.serverReachable);
	}

	#open(iceServers: RTCIceServer[]): Session {
		return new Session({
			keeper: this.#room.iAmKeeper,
			known: wasLetIn(this.#session.id, this.#room.other.pid),
			hides: this.hides && iceServers.length > 0,
			iceServers,
			signalling: signallingOf(this.#room.signals),
			changed: (view) => this.#changed(view)
		});
	}

	#changed(view: SessionView): void {
		const waited = this.#drawing !== undefined;
		clearTimeout(this.#drawing);
		this.#drawing = undefined;
		const isReady = this.inCall || view.phase !== 'joining' || (waited && view.linked);
		if (isReady) this.#show(view);
		else this.#drawing = setTimeout(() => this.#show(view), view.linked ? 0 : LINE_GOES_FIRST);
	}

	#show(view: SessionView): void {
		const before = this.inCall;
		this.view = view;
		if (this.promised && this.met) queueMicrotask(() => this.#call?.letIn());
		if (this.inCall && !before) this.#entered();
		if (view.phase === 'live') this.since ??= Date.now();
		if (view.ending === 'differ' && view.call) differed.add(view.call);
		if (view.phase === 'over' && !this.#room.iAmKeeper) void this.#away();
	}

	#entered(): void {
		this.promised = false;
		this.#own.stopMeter();
		this.#timers.push(setTimeout(() => void (this.inCall && this.#tellServer()), AFTERWARDS));
		if (this.#room.iAmKeeper) sessionStorage.setItem(LET_IN, JSON.stringify([this.#session.id, this.#room.other.pid]));
	}

	#tellServer(): void {
		if (this.#room.iAmKeeper) this.#owe('began');
		else void this.#away();
	}

	async #askRelay() {
		try {
			return await vault.appointments.relay(this.#session.id);
		} catch (problem) {
			this.line = 'offline';
			codeOf(problem);
			this.#timers.push(setTimeout(() => void this.#begin(), ASK_AGAIN));
			return null;
		}
	}

	/** While waiting: the server shows it to the keeper's devices, and forgets it 25 s after the last time. */
	#sayHere(): void {
		if (this.#stopped || this.view.phase === 'over') return;
		if (!this.inCall) void reached(vault.appointments.here(this.#session.id));
		this.#timers.push(setTimeout(() => this.#sayHere(), HERE_EVERY));
	}

	async #away(): Promise<void> {
		await reached(vault.appointments.away(this.#session.id));
	}

	/** What the server keeps of a call, that it began and ended, is told until it has heard it. */
	#owe(what: 'began' | 'ended'): void {
		if (!this.#owed.includes(what)) this.#owed.push(what);
		void this.#settle();
	}

	async #settle(): Promise<void> {
		for (const what of [...this.#owed]) {
			if (!(await reached(vault.appointments[what](this.#session.id)))) return;
			this.#owed = this.#owed.filter((one) => one !== what);
		}
	}
}

/** Whether the server has heard it, whatever it made of it. */
async function reached(act: Promise<void>): Promise<boolean> {
	try {
		await act;
		return true;
	} catch (problem) {
		return codeOf(problem) !== 'unreachable';
	}
}

function wasLetIn(session: string, pid: string): boolean {
	return sessionStorage.getItem(LET_IN) === JSON.stringify([session, pid]);
}

function forget(): void {
	sessionStorage.removeItem(LET_IN);
}
