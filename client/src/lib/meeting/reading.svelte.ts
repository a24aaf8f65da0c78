import { codeOf } from '#i18n/problem.svelte.ts';
import { vault, type Room, type WhoInTheCall, type Words } from '#vault/index.ts';
import { differed } from './differed.ts';
import type { Hour } from './hour.svelte.ts';

/** Keeper: choose, listen, giving, read. Knocker: read, listen, waits. */
export type Step = 'choose' | 'listen' | 'giving' | 'read' | 'waits';

/** The reading of words in one call, of either side. One's own row is not shown while one listens. */
export class Reading {
	step = $state<Step>('choose');
	words = $state.raw<Words | null>(null);
	/** Why it does not go on. */
	code = $state<string | null>(null);
	/** Own pick was right: in this call nobody stands between. */
	matched = $state(false);
	/** Whom the keeper has picked. Nobody, to begin with. */
	chosen = $state<string | null>(null);
	called = $state('');

	readonly #room: Room;
	readonly #hour: Hour;
	readonly #knocker: string;

	constructor(room: Room, hour: Hour) {
		[this.#room, this.#hour, this.#knocker] = [room, hour, room.other.pid];
		if (!room.iAmKeeper) void this.#show('read');
	}

	/** Keeper: whether anything stands against it, then both begin. */
	async begin(): Promise<void> {
		const who = this.#who();
		const giving = await vault.givingBack();
		this.code = who && giving ? await giving.hindrance(who) : 'not-a-contact';
		if (this.code) return;
		this.#hour.askForWords();
		await this.#show('listen');
	}

	/** Knocker: has read hers out. */
	haveRead(): void {
		this.step = 'listen';
	}

	/** `place` of what was heard, null for none of these. */
	async pick(place: number | null): Promise<void> {
		const call = this.#hour.view.call;
		if (this.step !== 'listen' || !this.words || !call) return;
		if (place !== this.words.place) {
			differed.add(call);
			return this.#hour.differ();
		}
		this.matched = true;
		if (this.#room.iAmKeeper) return this.#give();
		this.step = 'waits';
		await (await vault.givingBack())?.believe(this.#room.sid, this.#knocker);
	}

	async #give(): Promise<void> {
		this.step = 'giving';
		try {
			const who = this.#who();
			const giving = await vault.givingBack();
			// Locked meanwhile: nothing was given, so nothing says that it was.
			if (!who || !giving) return this.#stop('not-a-contact');
			await giving.give(who);
			this.#hour.gave = true;
			this.step = 'read';
		} catch (problem) {
			this.#stop(codeOf(problem));
		}
	}

	#stop(code: string): void {
		this.code = code;
		this.step = 'choose';
	}

	async #show(step: Step): Promise<void> {
		const call = this.#hour.view.call;
		if (!call || differed.has(call)) this.code = 'no-second-try';
		else {
			this.words ??= await this.#room.signals.words(call);
			this.step = step;
		}
	}

	#who(): WhoInTheCall | null {
		const { chosen } = this;
		return chosen === null ? null : { knock: this.#room.sid, knocker: this.#knocker, chosen, held: this.#hour.view.held };
	}
}
