import { SvelteMap } from 'svelte/reactivity';
import type { Appointment, Room } from '#vault/index.ts';
import { Hour } from './hour.svelte.ts';
import { Own } from './own.svelte.ts';

/** Where this page stands in one session. The keeper's begins as soon as somebody waits, so that the line is warm when she opens the door. */
export class Place {
	readonly own = new Own();
	hour = $state.raw<Hour | null>(null);

	/** Stand in the waiting room, or at the door of it. Does nothing where one stands already, but begins anew after an ending. */
	stand(session: Appointment, room: Room): void {
		if (this.hour && !this.hour.view.ending) return;
		this.hour?.stop();
		this.hour = new Hour({ session, room, own: this.own });
	}

	leave(): void {
		this.hour?.stop();
		this.hour = null;
		this.own.stop();
	}
}

const places = new SvelteMap<string, Place>();

export function placeOf(session: string): Place {
	const place = places.get(session) ?? new Place();
	places.set(session, place);
	return place;
}

/** Locked, or signed out: nothing stays open. */
export function leaveAll(): void {
	for (const place of places.values()) place.leave();
	places.clear();
}
