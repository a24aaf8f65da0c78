import { SvelteMap } from 'svelte/reactivity';
import type { Appointment, Room } from '#vault/index.ts';
import { Hour } from './hour.svelte.ts';
import { Own } from './own.svelte.ts';

const GIVEN_UP_AFTER = 3_000;

/** Where this page stands in one session. The keeper's begins as soon as somebody waits, so that the line is warm when she opens the door. */
export class Place {
	readonly own = new Own();
	hour = $state.raw<Hour | null>(null);
	#room: string | null = null;
	#open = false;
	#reached = false;
	#withdrawing: ReturnType<typeof setTimeout> | undefined;

	/** Stand in the waiting room, or at the door of it. Does nothing where one stands already, but begins anew after an ending. */
	stand(session: Appointment, room: Room): void {
		if (this.hour && !this.hour.view.ending) return;
		this.hour?.stop();
		// Two that stand in one room would both answer the same offer, and neither would ever connect.
		for (const other of places.values()) if (other !== this && other.#room === room.sid) other.leave();
		this.#room = room.sid;
		this.hour = new Hour({ session, room, own: this.own });
	}

	/** A hand is on its way to "Let in": what the browser already allows is opened, so that the face is there with the door. */
	async reach(): Promise<void> {
		clearTimeout(this.#withdrawing);
		if (this.#open || !this.hour || !(await allowed()) || this.#open) return;
		this.#reached = true;
		void this.own.start();
	}

	/** Not pressed after all. */
	withdraw(): void {
		clearTimeout(this.#withdrawing);
		if (this.#reached) this.#withdrawing = setTimeout(() => this.#giveUp(), GIVEN_UP_AFTER);
	}

	/** Pressed, wherever: the word goes out before the next page is drawn. */
	letIn(): void {
		this.hour?.letIn();
		this.open();
	}

	/** Her own page stands here: camera and microphone stay. */
	open(): void {
		this.#open = true;
		void this.own.start();
	}

	#giveUp(): void {
		this.#reached = false;
		if (!this.#open) this.own.stop();
	}

	/** Nobody waits here any more: unless her own page stands here, nothing stays warm. */
	cool(): void {
		if (!this.#open) this.leave();
	}

	leave(): void {
		clearTimeout(this.#withdrawing);
		this.#open = this.#reached = false;
		this.hour?.stop();
		this.hour = null;
		this.own.stop();
	}
}

/** Both devices were allowed for good: opening them asks nothing. */
async function allowed(): Promise<boolean> {
	const asked = ['camera', 'microphone'].map((name) => navigator.permissions.query({ name: name as PermissionName }));
	const answers = await Promise.allSettled(asked);
	return answers.every((answer) => answer.status === 'fulfilled' && answer.value.state === 'granted');
}

const places = new SvelteMap<string, Place>();

/** By the door's key. */
export function placeOf(door: string): Place {
	const place = places.get(door) ?? new Place();
	places.set(door, place);
	return place;
}

export function coolAllBut(doors: readonly string[]): void {
	for (const [door, place] of places) if (!doors.includes(door)) place.cool();
}

/** Locked, or signed out: nothing stays open. */
export function leaveAll(): void {
	for (const place of places.values()) place.leave();
	places.clear();
}
