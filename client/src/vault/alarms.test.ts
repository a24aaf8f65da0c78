import { beforeEach, expect, test } from 'vitest';
import { contact } from './content.ts';
import { Store } from './store.ts';
import { client, inviteTo, openPage, roomOf, therapist, until, type Page } from './tests/people.ts';
import { FakeServer } from './tests/server.ts';

let server: FakeServer;
let alma: Page & { root: Uint8Array<ArrayBuffer> };

const settled = (page: Page) => until(() => page.opened.outbox.letters.length === 0, 'nothing waits');
const codes = (page: Page) => page.opened.alarms.map(({ code }) => code);

function noteOfNoor(by: Page) {
	const { other, sid } = roomOf(by);
	return contact({ pid: other.pid, name: 'Noor', compared: null, sid, notes: null });
}

beforeEach(async () => {
	server = new FakeServer();
	const noor = await therapist(server);
	alma = await client(server, await inviteTo(noor));
	await alma.opened.catchUp();
	await roomOf(alma).write('its witness knows of the own space');
	await settled(alma);
	await alma.opened.catchUp();
});

test('an own space cut short alarms for as long as the server says so', async () => {
	const { frames } = server.spaces.get(alma.row.ownSid)!;
	const last = frames.pop()!;
	await alma.opened.catchUp();
	expect(codes(alma)).toEqual(['own-rollback']);
	frames.push(last);
	await alma.opened.catchUp();
	expect(codes(alma)).toEqual([]);
});

test('one listing that a newer answer overtook alarms nobody', async () => {
	const { frames } = server.spaces.get(alma.row.ownSid)!;
	const api = server.api(alma.row);
	let older = 1;
	const page = await openPage(server, alma, {
		...api,
		entries: async (sid, after, ...rest) => {
			const answer = await api.entries(sid, after, ...rest);
			return sid === alma.row.ownSid && older-- > 0 ? { ...answer, count: frames.length - 1, frames: [] } : answer;
		},
		spaces: async () => (await api.spaces()).map((space) => (space.sid === alma.row.ownSid ? { ...space, count: space.count - 1 } : space))
	});
	await page.opened.catchUp();
	expect(older).toBeLessThan(0);
	expect(codes(page)).toEqual([]);
});

test('another device that writes into both spaces between two listings is no lost state', async () => {
	const second = await openPage(server, { ...alma, store: new Store('second') });
	second.opened.sender.leads = true;
	await second.opened.catchUp();
	const api = server.api(alma.row);
	const { sid } = roomOf(alma);
	let crossed = false;
	const page = await openPage(server, { ...alma, store: new Store('third') }, {
		...api,
		entries: async (of, after, ...rest) => {
			if (of === sid && !crossed) {
				crossed = true;
				await second.opened.note(noteOfNoor(second));
				await settled(second);
				await second.opened.catchUp();
				await roomOf(second).write('after the own listing, before the room’s');
				await settled(second);
			}
			return api.entries(of, after, ...rest);
		}
	});
	await page.opened.catchUp();
	expect(crossed).toBe(true);
	expect(codes(page)).toEqual([]);
});
