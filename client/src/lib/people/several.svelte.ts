import { sayProblem } from '#i18n/problem.svelte.ts';
import { area } from '#i18n/words.svelte.ts';
import type { Invitation, Vault } from '#vault/index.ts';
import { readNames, without, type Names } from './names.ts';

const KEPT = 'several';
interface Kept {
	text: string;
	made: string[];
}

type Needs = Pick<Vault, 'invite' | 'invitations' | 'online' | 'keepDraft' | 'recallDraft'>;

/** Many invitations from one list, one after the other: how far it is, what stopped it, and what is still to do. */
export class Several {
	text = $state('');
	days = $state(7);
	busy = $state(false);
	stopping = $state(false);
	done = $state(0);
	all = $state(0);
	fault = $state.raw<(() => string) | null>(null);

	readonly #vault: Needs;
	readonly #t = area('people');
	#iids = $state.raw<readonly string[]>([]);

	constructor(vault: Needs) {
		this.#vault = vault;
	}

	get names(): Names {
		const open = this.#vault.invitations.filter(({ state, iid }) => state === 'open' && !(this.busy && this.#iids.includes(iid)));
		return readNames(this.text, open.map(({ name }) => name));
	}

	/** What this list has made, in its order; each as it stands now. */
	get made(): Invitation[] {
		return this.#iids.flatMap((iid) => this.#vault.invitations.find((one) => one.iid === iid) ?? []);
	}

	/** What was typed and made here before a reload, on this device. */
	async recall(): Promise<void> {
		const kept = await this.#vault.recallDraft<Kept>(KEPT);
		if (!kept || this.text !== '') return;
		this.text = kept.text;
		this.#iids = kept.made;
	}

	keep(): Promise<void> {
		const empty = this.text === '' && this.#iids.length === 0;
		return this.#vault.keepDraft(KEPT, empty ? null : ({ text: this.text, made: [...this.#iids] } satisfies Kept));
	}

	/** One after the other; the first that fails ends it, and she is still on the list. */
	async run(): Promise<void> {
		if (this.busy) return;
		const { take } = this.names;
		Object.assign(this, { busy: true, stopping: false, fault: null, done: 0, all: take.length });
		try {
			for (const name of take) {
				if (this.stopping) return;
				await this.#inviteOne(name);
				this.done++;
			}
		} catch (error) {
			this.fault = () => this.#t('several_stopped', { n: this.done, all: this.all, why: sayProblem(error) });
		} finally {
			this.busy = false;
		}
	}

	async #inviteOne(name: string): Promise<void> {
		if (!this.#vault.online) throw Object.assign(new Error('offline'), { code: 'unreachable' });
		const { iid } = await this.#vault.invite({ name, days: this.days });
		this.#iids = [...this.#iids, iid];
		this.text = without(this.text, name);
		await this.keep();
	}

	stop(): void {
		this.stopping = true;
	}

	async clear(): Promise<void> {
		this.#iids = [];
		await this.keep();
	}
}
