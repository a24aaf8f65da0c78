import { expect, test } from 'vitest';
import type { Api } from '#api/index.ts';
import { LiveAppointments } from './appointments.ts';
import type { Appointment } from './calendar.ts';
import type { Local } from './local.ts';

const SESSION: Appointment = {
	id: 'a', space: 's', starts_at: 0, minutes: 50, way: 'video', label: '', state: 'planned', began_at: null, ended_at: null, waiting: [], link: null, knocks: []
};
const ALMA = { pid: 'alma', space: 's', since: 7 };

/** A server whose answers come when they are let go, as it was when it was asked. */
async function slowServer() {
	const answers: (() => void)[] = [];
	let waiting: Appointment['waiting'] = [];
	const appointments = () => {
		const answer = [{ ...SESSION, waiting }];
		return new Promise<Appointment[]>((resolve) => answers.push(() => resolve(answer)));
	};
	const live = new LiveAppointments({ appointments } as unknown as Api);
	await live.open({ recall: async () => [SESSION], keep: async () => undefined } as unknown as Local);
	return { live, letGo: () => answers.shift()?.(), come: () => (waiting = [ALMA]), asked: () => answers.length };
}

test('who comes to the door while an older list is on its way is not lost with it', async () => {
	const { live, letGo, come } = await slowServer();
	const refreshed = live.refresh();
	come();
	live.waiting({ what: 'waiting', appointment: 'a', ...ALMA });
	letGo();
	await new Promise((resolve) => setTimeout(resolve));
	letGo();
	await refreshed;
	expect(live.all[0]?.waiting).toEqual([ALMA]);
});

test('two lists at once come to an end', async () => {
	const { live, letGo } = await slowServer();
	const both = Promise.all([live.refresh(), live.refresh()]);
	for (let answers = 0; answers < 4; answers++) {
		letGo();
		await new Promise((resolve) => setTimeout(resolve));
	}
	await both;
	expect(live.all).toHaveLength(1);
});

test('a list that comes after locking is not shown', async () => {
	const { live, letGo, asked } = await slowServer();
	const refreshed = live.refresh();
	live.close();
	letGo();
	await refreshed;
	expect(live.all).toEqual([]);
	expect(live.listed).toBe(false);
	expect(asked()).toBe(0);
});
