import { beforeEach, expect, test } from 'vitest';
import { contact, readContact } from './content.ts';
import { Store } from './store.ts';
import { client, inviteTo, openPage, roomOf, therapist, until, type Page } from './tests/people.ts';
import { FakeServer, withoutText } from './tests/server.ts';

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

test('a browser that is new believes the witness in the room more than an own space cut short, as long as they differ', async () => {
	const { frames } = server.spaces.get(alma.row.ownSid)!;
	const last = frames.pop()!;
	const page = await openPage(server, { ...alma, store: new Store('witness') });
	await page.opened.catchUp();
	expect(page.opened.ownLog.alarm).toBeNull();
	expect(codes(page)).toEqual(['own-rollback']);
	frames.push(last);
	await page.opened.catchUp();
	expect(codes(page)).toEqual([]);
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

test('an own space that is not listed alarms until it is listed again', async () => {
	const { ownSid } = alma.row;
	const own = server.spaces.get(ownSid)!;
	server.spaces.delete(ownSid);
	await alma.opened.catchUp().catch(() => undefined);
	expect(codes(alma)).toContain('own-missing');
	server.spaces.set(ownSid, own);
	await alma.opened.catchUp();
	expect(codes(alma)).toEqual([]);
});

test('a text of the own space that was taken away: a browser that is new says so, takes nobody in, and reads it once it is there', async () => {
	await alma.opened.note(contact({ ...readContact(noteOfNoor(alma).content)!, compared: 1 }));
	await settled(alma);
	await alma.opened.catchUp();
	const { frames } = server.spaces.get(alma.row.ownSid)!;
	const whole = frames.at(-1)!;
	frames[frames.length - 1] = await withoutText(whole);
	const page = await openPage(server, { ...alma, store: new Store('emptied') });
	await page.opened.catchUp();
	expect(codes(page)).toEqual(['own-removed']);
	expect(roomOf(page).other.compared).toBeNull();
	frames[frames.length - 1] = whole;
	await page.opened.catchUp();
	expect(codes(page)).toEqual([]);
	expect(roomOf(page).other.compared).toBe(1);
});

test('words that a server took away are read again once it gives them, and kept on this device', async () => {
	const { sid } = roomOf(alma);
	const { frames } = server.spaces.get(sid)!;
	const at = roomOf(alma).items.find(({ text }) => text === 'its witness knows of the own space')!.seq! - 1;
	const whole = frames[at]!;
	frames[at] = await withoutText(whole);
	const device = { ...alma, store: new Store('words') };
	const page = await openPage(server, device);
	await page.opened.catchUp();
	const words = (of: Page) => roomOf(of).items.find(({ seq }) => seq === at + 1);
	expect(words(page)).toMatchObject({ text: null, fault: 'removed' });
	for (const other of [frames[at - 1]!, 'AAAA', await withoutText(whole)]) {
		frames[at] = other;
		await page.opened.catchUp();
		expect(words(page)?.text).toBeNull();
		expect(roomOf(page).alarm).toBeNull();
	}
	frames[at] = whole;
	await page.opened.catchUp();
	expect(words(page)).toMatchObject({ text: 'its witness knows of the own space', fault: null });
	expect(words(await openPage(server, device))).toMatchObject({ text: 'its witness knows of the own space', fault: null });
});
