import { afterEach, expect, test, vi } from 'vitest';
import type { Appointment, Room } from '#vault/index.ts';

// Runes as plain values: nothing is drawn here.
vi.stubGlobal('$state', Object.assign((value: unknown) => value, { raw: (value: unknown) => value }));
const standing: string[] = [];
vi.mock('./own.svelte.ts', () => ({ Own: class { start = () => Promise.resolve(); stop = () => undefined } }));
vi.mock('./hour.svelte.ts', () => ({
	Hour: class {
		view = { ending: null };
		readonly id: string;
		constructor({ session }: { session: Appointment }) {
			this.id = session.id;
			standing.push(session.id);
		}
		stop() {
			standing.splice(standing.indexOf(this.id), 1);
		}
	}
}));
const { coolAllBut, leaveAll, placeOf } = await import('./place.svelte.ts');
const session = (id: string) => ({ id }) as Appointment;
const room = (sid: string) => ({ sid }) as Room;
afterEach(leaveAll);

test('one stands in a room only once, whatever sessions there are in it', () => {
	placeOf('first').stand(session('first'), room('a'));
	placeOf('elsewhere').stand(session('elsewhere'), room('b'));
	placeOf('second').stand(session('second'), room('a'));
	expect(standing).toEqual(['elsewhere', 'second']);
});

test('where nobody waits any more nothing stays warm, except under her own page', () => {
	for (const id of ['gone', 'waits', 'open']) placeOf(id).stand(session(id), room(id));
	placeOf('open').open();
	coolAllBut(['waits']);
	expect(standing).toEqual(['waits', 'open']);
});
