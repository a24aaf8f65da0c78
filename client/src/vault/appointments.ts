import { toBytes, toText } from '#crypto/encoding.ts';
import type { Api, Push } from '#api/index.ts';
import { Change } from './change.ts';
import type { Local } from './local.ts';
import { random } from './random.ts';
import type { Appointment, Appointments, Relay } from './calendar.ts';

const KEPT_AS = 'appointments';

/** When people meet: the server's list, kept here for when it cannot be reached. */
export class LiveAppointments implements Appointments {
	readonly #api: Api;
	readonly #change = new Change();
	#local: Local | null = null;
	#all: readonly Appointment[] = [];
	#listed = false;
	readonly #fields = { all: this.#change.field(() => this.#all), listed: this.#change.field(() => this.#listed) };
	#planning: { wanted: string; id: string } | null = null;

	constructor(api: Api) {
		this.#api = api;
	}

	get all(): readonly Appointment[] {
		return this.#fields.all();
	}

	get listed(): boolean {
		return this.#fields.listed();
	}

	async open(local: Local): Promise<void> {
		this.#local = local;
		this.#show((await local.recall<Appointment[]>(KEPT_AS)) ?? []);
	}

	close(): void {
		this.#local = null;
		this.#listed = false;
		this.#show([]);
	}

	/** Asks for the list, and again where somebody came to a door meanwhile: an older list would send her away. After a lock it is nobody's. */
	async refresh(): Promise<void> {
		const [local, before] = [this.#local, this.#all];
		const all = await this.#api.appointments();
		if (this.#local !== local) return;
		if (this.#all !== before) return this.refresh();
		this.#listed = true;
		this.#show(all);
		await local?.keep(KEPT_AS, this.#all);
	}

	/** Asked again with the same wishes, after an answer that was lost, plans it once. */
	async plan(wish: { room: string; startsAt: number; minutes: number; label: string }): Promise<Appointment> {
		const wanted = JSON.stringify(wish);
		if (this.#planning?.wanted !== wanted) this.#planning = { wanted, id: toText(random(16)) };
		const { room: space, startsAt: starts_at, minutes, label } = wish;
		const planned = await this.#api.plan({ id: this.#planning.id, space, starts_at, minutes, way: 'video', label });
		this.#planning = null;
		await this.refresh();
		return planned;
	}

	async cancel(id: string): Promise<void> {
		await this.#api.cancel(id);
		await this.refresh();
	}

	async spoken(link: string): Promise<string[]> {
		const { writeSpoken } = await import('#crypto/spoken.ts');
		return (await writeSpoken(toBytes(link))).split('-');
	}

	async here(id: string): Promise<void> {
		await this.#api.here(id);
	}

	async away(id: string): Promise<void> {
		await this.#api.away(id);
	}

	relay(id: string): Promise<Relay> {
		return this.#api.relay(id);
	}

	async began(id: string): Promise<void> {
		await this.#api.began(id);
	}

	async ended(id: string): Promise<void> {
		await this.#api.ended(id);
		await this.refresh();
	}

	/** Who came to, or left, the waiting room. */
	waiting({ appointment, space, pid, since }: Extract<Push, { what: 'waiting' }>): void {
		this.#show(this.#all.map((one) => (one.id === appointment ? { ...one, waiting: withPerson(one.waiting, { pid, space, since }) } : one)));
	}

	#show(all: readonly Appointment[]): void {
		this.#all = all.toSorted((a, b) => a.starts_at - b.starts_at);
		this.#change.tell();
	}
}

function withPerson(waiting: Appointment['waiting'], { pid, space, since }: { pid: string; space: string; since: number | null }): Appointment['waiting'] {
	const others = waiting.filter((one) => one.pid !== pid || one.space !== space);
	return since === null ? others : [...others, { pid, space, since }];
}
