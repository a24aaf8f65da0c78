import { beforeEach, describe, expect, test } from 'vitest';
import { toBytes, toText } from '#crypto/encoding.ts';
import { frameBytes, readFrame } from '#crypto/frames.ts';
import { join } from './arriving.ts';
import { contact, inviteAs, pins } from './content.ts';
import { Store } from './store.ts';
import { client, foundClient, inviteTo, openPage, roomOf, therapist, until, type Page } from './tests/people.ts';
import { FakeServer } from './tests/server.ts';

let server: FakeServer;
let noor: Page;

beforeEach(async () => {
	server = new FakeServer();
	noor = await therapist(server);
});

const settled = (page: Page) => until(() => page.opened.outbox.letters.length === 0, 'nothing waits');

describe('a founding, as the therapist’s device judges it', () => {
	test('by her own link: accepted by contact, used invitation, welcome and name, each once', async () => {
		const alma = await client(server, await inviteTo(noor, 'A. from Tuesday'));
		await noor.opened.catchUp();
		await settled(noor);
		expect(roomOf(noor)).toMatchObject({ judgement: 'accepted', iAmKeeper: true, other: { name: 'A. from Tuesday' } });
		expect([...noor.opened.own.invites.values()]).toMatchObject([{ state: 2, sid: roomOf(noor).sid }]);
		await alma.opened.catchUp();
		expect(roomOf(alma)).toMatchObject({ judgement: 'accepted', welcome: 'Come in', other: { name: 'Noor', theirName: 'Noor' } });
		await noor.opened.catchUp();
		await settled(noor);
		expect(server.spaces.get(roomOf(noor).sid)!.frames).toHaveLength(3);
	});

	test('accepted on two of her pages at once: still once', async () => {
		await client(server, await inviteTo(noor));
		const second = await openPage(server, noor as Page & { root: Uint8Array<ArrayBuffer> });
		second.opened.sender.leads = true;
		await Promise.all([noor.opened.catchUp(), second.opened.catchUp()]);
		await Promise.all([settled(noor), settled(second)]);
		expect(server.spaces.get(roomOf(noor).sid)!.frames).toHaveLength(3);
	});

	test('a second space by the same link: used twice, not written to', async () => {
		const fragment = await inviteTo(noor);
		await client(server, fragment);
		await noor.opened.catchUp();
		await settled(noor);
		for (const invitation of server.invitations.values()) invitation.state = 'open';
		const thief = await client(server, fragment);
		await noor.opened.catchUp();
		const room = noor.opened.rooms.get(roomOf(thief).sid)!;
		expect(room.judgement).toBe('used-twice');
		await expect(room.write('hello')).rejects.toMatchObject({ code: 'not-accepted' });
	});

	test('two spaces by the same link at once: one is taken, the other is told, whichever is listed first', async () => {
		const fragment = await inviteTo(noor);
		await client(server, fragment);
		for (const invitation of server.invitations.values()) invitation.state = 'open';
		await client(server, fragment);
		await noor.opened.catchUp();
		await settled(noor);
		expect([...noor.opened.rooms.values()].map(({ judgement }) => judgement).toSorted()).toEqual(['accepted', 'used-twice']);
		expect(noor.opened.own.contacts.size).toBe(1);
	});

	test('by a link that was taken back: a foreign link', async () => {
		const fragment = await inviteTo(noor);
		const [iid] = [...server.invitations.keys()];
		server.invitations.get(iid!)!.state = 'open';
		const alma = await foundClient(server, fragment);
		const invite = [...noor.opened.own.invites.values()][0]!;
		await noor.opened.note(inviteAs(invite, 1, null));
		await settled(noor);
		await join({ api: server.api(alma.row), crypto: alma.crypto, store: alma.store }, alma.row);
		await noor.opened.catchUp();
		expect(roomOf(noor).judgement).toBe('foreign-link');
	});
});

describe('stepping in', () => {
	test('the key is on the device before the join is posted', async () => {
		const { store, row, root } = await foundClient(server, await inviteTo(noor));
		const kept = await store.person();
		expect(kept?.joining?.iid).toBe(row.joining!.iid);
		expect(toText(kept!.root!)).toBe(toText(root));
		expect([...server.invitations.values()]).toMatchObject([{ state: 'open' }]);
	});

	test('an answer that was lost: the same bytes again let her in', async () => {
		const { store, row, crypto } = await foundClient(server, await inviteTo(noor));
		const parts = { api: server.api(row), crypto, store };
		server.next('join', 'lost');
		await expect(join(parts, row)).rejects.toMatchObject({ code: 'unreachable' });
		const kept = (await store.person())!;
		expect(kept.joining).not.toBeNull();
		expect((await join(parts, kept)).pid).toBe(row.pid);
		expect((await store.person())!.joining).toBeNull();
	});

	test('a link that somebody else used meanwhile leaves no trace of a person here', async () => {
		const fragment = await inviteTo(noor);
		const late = await foundClient(server, fragment);
		await client(server, fragment);
		await expect(join({ api: server.api(late.row), crypto: late.crypto, store: late.store }, late.row)).rejects.toMatchObject({ code: 'used' });
		expect(await late.store.person()).toBeNull();
		expect(await late.store.spaces()).toEqual([]);
	});
});

describe('catching up', () => {
	test('from the cache of this device, without the server', async () => {
		const alma = await client(server, await inviteTo(noor));
		await alma.opened.catchUp();
		await roomOf(alma).write('kept');
		await settled(alma);
		server.next('entries', 'unreachable');
		const again = await openPage(server, alma);
		expect(roomOf(again)).toMatchObject({ checked: 'whole', items: [{ text: 'kept' }] });
	});

	test('pushes in the wrong order, or only their place: nothing is missing', async () => {
		const alma = await client(server, await inviteTo(noor));
		await noor.opened.catchUp();
		await settled(noor);
		await alma.opened.catchUp();
		for (const words of ['one', 'two', 'three']) await roomOf(alma).write(words);
		await settled(alma);
		const { sid } = roomOf(noor);
		const { frames } = server.spaces.get(sid)!;
		const last = frames.length;
		await noor.opened.pushed(sid, last, toBytes(frames[last - 1]!));
		await noor.opened.pushed(sid, last - 1, null);
		expect(roomOf(noor).items.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
	});

	test('an entry that the server leaves out: what came before stays, nothing goes out', async () => {
		const alma = await client(server, await inviteTo(noor));
		noor.kill();
		await alma.opened.catchUp();
		for (const words of ['one', 'two', 'three']) await roomOf(alma).write(words);
		await settled(alma);
		const { frames } = server.spaces.get(roomOf(alma).sid)!;
		frames.splice(frames.length - 2, 1);
		await noor.opened.catchUp();
		expect(roomOf(noor).checked).toBe('stopped');
		expect(roomOf(noor).items.map(({ text }) => text)).toEqual(['one']);
		await roomOf(noor).write('waits');
		expect(roomOf(noor).items.at(-1)).toMatchObject({ text: 'waits', state: 'waiting' });
		expect(noor.opened.outbox.of(roomOf(noor).sid).every(({ row }) => row.frame === null)).toBe(true);
	});

	test('a server that shows less than this device has seen', async () => {
		const alma = await client(server, await inviteTo(noor));
		await alma.opened.catchUp();
		await roomOf(alma).write('seen');
		await settled(alma);
		server.spaces.get(roomOf(alma).sid)!.frames.pop();
		const again = await openPage(server, alma);
		await again.opened.catchUp();
		expect(roomOf(again)).toMatchObject({ checked: 'stopped', alarm: { code: 'rollback' }, items: [{ text: 'seen' }] });
	});

	test('what one device has seen holds for the others: one that is new, and one that was open', async () => {
		const alma = await client(server, await inviteTo(noor));
		await alma.opened.catchUp();
		const second = await openPage(server, { ...alma, store: new Store('second') });
		await second.opened.catchUp();
		await roomOf(alma).write('seen');
		await settled(alma);
		const { sid, log } = roomOf(alma);
		await alma.opened.note(pins([{ sid, seq: log.count, run: log.view!.run }]));
		await settled(alma);
		const fresh = await openPage(server, { ...alma, store: new Store('pinned') });
		await fresh.opened.catchUp();
		expect(roomOf(fresh)).toMatchObject({ checked: 'whole', alarm: null });
		server.spaces.get(sid)!.frames.pop();
		const other = await openPage(server, { ...alma, store: new Store('pinned-2') });
		for (const page of [second, other]) {
			await page.opened.catchUp();
			expect(roomOf(page)).toMatchObject({ checked: 'stopped', alarm: { code: 'rollback' } });
		}
	});

	test('an own space rolled back for a fresh device is told by what the room has witnessed', async () => {
		const alma = await client(server, await inviteTo(noor));
		await alma.opened.catchUp();
		await roomOf(alma).write('the witness goes with it');
		await settled(alma);
		server.spaces.get(alma.row.ownSid)!.frames.pop();
		const fresh = await openPage(server, { ...alma, store: new Store('fresh') });
		await fresh.opened.catchUp();
		expect(fresh.opened.alarms).toMatchObject([{ code: 'own-rollback' }]);
	});

	test('a witness of a device that was lied to does not cover an older one', async () => {
		const alma = await client(server, await inviteTo(noor));
		await alma.opened.catchUp();
		await roomOf(alma).write('the witness goes with it');
		await settled(alma);
		const own = server.spaces.get(alma.row.ownSid)!;
		own.frames.pop();
		const fooled = await openPage(server, { ...alma, store: new Store('fooled') });
		fooled.opened.sender.leads = true;
		await fooled.opened.catchUp();
		await fooled.opened.note(contact({ pid: roomOf(alma).other.pid, name: 'Noor', compared: null, sid: roomOf(alma).sid, notes: null }));
		await settled(fooled);
		await roomOf(fooled).write('a younger witness');
		await settled(fooled);
		const fresh = await openPage(server, { ...alma, store: new Store('fresh-2') });
		await fresh.opened.catchUp();
		expect(fresh.opened.alarms).toMatchObject([{ code: 'own-fork' }]);
	});

	test('while one’s own list may be an old one, nobody new is taken in', async () => {
		await client(server, await inviteTo(noor, 'Alma'));
		await noor.opened.catchUp();
		await settled(noor);
		const fragment = await inviteTo(noor, 'Vera');
		await roomOf(noor).write('after inviting Vera');
		await settled(noor);
		const [, iid] = [...server.invitations.keys()];
		await noor.opened.note(inviteAs([...noor.opened.own.invites.values()][1]!, 1, null));
		await settled(noor);
		await roomOf(noor).write('after taking it back');
		await settled(noor);
		server.invitations.get(iid!)!.state = 'open';
		const vera = await client(server, fragment);
		server.spaces.get(noor.row.ownSid)!.frames.pop();
		const fresh = await openPage(server, { ...(noor as Page & { root: Uint8Array<ArrayBuffer> }), store: new Store('fresh-3') });
		fresh.opened.sender.leads = true;
		await fresh.opened.catchUp();
		expect(fresh.opened.alarms).toMatchObject([{ code: 'own-rollback' }]);
		expect(fresh.opened.rooms.get(roomOf(vera).sid)!.judgement).toBe('judging');
	});

	test('a device that is new to a room says what it cannot know, until the other writes again', async () => {
		const alma = await client(server, await inviteTo(noor));
		await noor.opened.catchUp();
		await alma.opened.catchUp();
		await settled(noor);
		await roomOf(alma).write('kept back');
		await settled(alma);
		const { frames } = server.spaces.get(roomOf(alma).sid)!;
		const [last] = frames.splice(-1);
		const device = { ...(noor as Page & { root: Uint8Array<ArrayBuffer> }), store: new Store('fresh-5') };
		const fresh = await openPage(server, device);
		await fresh.opened.catchUp();
		expect(roomOf(fresh)).toMatchObject({ newHere: true, alarm: null });
		expect(roomOf(noor).newHere).toBe(false);
		const reloaded = await openPage(server, device);
		await reloaded.opened.catchUp();
		expect(roomOf(reloaded).newHere).toBe(true);
		frames.push(last!);
		await reloaded.opened.catchUp();
		expect(roomOf(reloaded).newHere).toBe(false);
	});

	test('a text that the server says it holds and does not give is said to lie there', async () => {
		const alma = await client(server, await inviteTo(noor));
		await noor.opened.catchUp();
		await alma.opened.catchUp();
		await roomOf(alma).write('kept back');
		await settled(alma);
		const { sid } = roomOf(alma);
		const { frames } = server.spaces.get(sid)!;
		const at = roomOf(alma).items.at(-1)!.seq! - 1;
		const bare = await readFrame(toBytes(frames[at]!));
		frames[at] = toText(frameBytes({ ...bare, body: null }));
		const { entries } = server.api(alma.row);
		const api = { ...server.api(alma.row), entries: async (of: string, page: Parameters<typeof entries>[1]) => ({ ...(await entries(of, page)), held: of === sid ? [at + 1] : [] }) };
		const fresh = await openPage(server, { ...alma, store: new Store('fresh-4') }, api);
		await fresh.opened.catchUp();
		expect(roomOf(fresh).items).toMatchObject([{ text: null, fault: 'elsewhere' }]);
	});
});

test('renaming is the therapist’s own and sealed', async () => {
	await client(server, await inviteTo(noor, 'Alma'));
	await noor.opened.catchUp();
	await roomOf(noor).rename('Alma, Tuesdays');
	await settled(noor);
	expect(roomOf(noor).other.name).toBe('Alma, Tuesdays');
	expect(contact({ pid: roomOf(noor).other.pid, name: 'x', compared: null, sid: null, notes: null }).drawer).toBe(2);
});
