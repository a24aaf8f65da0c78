import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decode, encode, toBytes, toText, type Value } from '#crypto/encoding.ts';
import type { Bytes } from '#crypto/types.ts';
import type { Entries } from '#api/index.ts';
import { message } from './content.ts';
import { firstLooked } from './opened.ts';
import { Store } from './store.ts';
import { client, inviteTo, openPage, roomOf, therapist, until, wordsIn, type Page } from './tests/people.ts';
import { FakeServer, withoutText } from './tests/server.ts';

type Device = Page & { root: Uint8Array<ArrayBuffer> };
const LENGTH = 1_300;
let server: FakeServer;
let alma: Device;
let noor: Device;
let sid: string;
let whole: string[];
let stores = 0;

beforeAll(async () => {
	server = new FakeServer();
	noor = await therapist(server);
	alma = await client(server, await inviteTo(noor));
	await alma.opened.catchUp();
	await noor.opened.catchUp();
	await until(() => noor.opened.outbox.letters.length === 0, 'the acceptance is in the logs');
	await alma.opened.catchUp();
	sid = roomOf(alma).sid;
	const { frames } = server.spaces.get(sid)!;
	while (frames.length < LENGTH) {
		const { frame } = await alma.crypto.sealItem(sid, message(`words ${frames.length + 1}`));
		frames.push(toText(frame));
		await alma.crypto.take(sid, { after: frames.length - 1, count: null, frames: [frame], held: [] });
	}
	noor.kill();
	alma.kill();
	whole = [...frames];
}, 120_000);

beforeEach(() => {
	server.spaces.get(sid)!.frames = [...whole];
	server.listed.length = 0;
});

const fresh = (): Device => ({ ...alma, store: new Store(`long-${stores++}`) });
const open = (device: Device) => openPage(server, device);
async function checked(device: Device): Promise<Page> {
	const page = await open(device);
	await page.opened.catchUp();
	return page;
}
const lost = (page: Page) => roomOf(page).items.filter(({ text }) => text === null);
const last = `words ${LENGTH}`;

/** Puts something else where the device keeps something. */
async function tamper(store: Store, name: string, change: (bytes: Bytes) => Bytes): Promise<void> {
	const kept = await store.sealed(name);
	await store.keepSealed(name, change(kept!.slice()));
}
/** The answer without one text, which is said to be there. */
async function withheld(answer: Entries, { page, at }: { page: { after: number }; at: number }): Promise<Entries> {
	const index = at - page.after - 1;
	if (at === 0 || !answer.frames[index] || answer.held.includes(at)) return answer;
	const bare = await withoutText(answer.frames[index]);
	return { ...answer, frames: answer.frames.map((frame, one) => (one === index ? bare : frame)), held: [...answer.held, at] };
}
const flip = (bytes: Bytes): Bytes => {
	bytes[bytes.length - 40]! ^= 1;
	return bytes;
};

test('where a room is opened: the newest, and back to what is unread, within reason', () => {
	expect(firstLooked(10_000, 10_000)).toBe(9_941);
	expect(firstLooked(10_000, 9_900)).toBe(9_893);
	expect(firstLooked(10_000, 9_807)).toBe(9_941);
	expect(firstLooked(10_000, 9_808)).toBe(9_801);
	expect(firstLooked(10_000, 0)).toBe(9_941);
	expect(firstLooked(40, 0)).toBe(1);
	expect(firstLooked(249, 0)).toBe(1);
	expect(firstLooked(250, 250)).toBe(191);
});

describe('a fresh browser', () => {
	test('checks the whole log, and fetches the texts of what is looked at', async () => {
		const page = await checked(fresh());
		const room = roomOf(page);
		expect(room.log.count).toBe(LENGTH);
		expect(room).toMatchObject({ alarm: null, checked: 'whole', hasEarlier: true, progress: null });
		expect(room.items.at(-1)).toMatchObject({ text: last });
		expect(lost(page)).toEqual([]);
		expect(room.welcome).toBe('Come in');
		const texts = server.listed.filter((one) => one.sid === sid).reduce((sum, one) => sum + one.texts, 0);
		expect(texts).toBeLessThan(300);
		const before = room.items.length;
		await room.earlier();
		expect(room.items.length).toBe(before + 60);
		expect(lost(page)).toEqual([]);
		while (room.hasEarlier) await room.earlier();
		expect(wordsIn(room).slice(-1_200)).toEqual(Array.from({ length: 1_200 }, (_, at) => `words ${LENGTH - 1_199 + at}`));
	});

	test('shows nothing before the end is judged, says how far it is, stops when told and goes on where it was', async () => {
		const page = await open(fresh());
		const seen: [number, number][] = [];
		await page.opened.ownLog.catchUp();
		const room = await new Promise<ReturnType<typeof roomOf>>((resolve) => {
			void page.opened.catchUp();
			void until(() => page.opened.rooms.size > 0, 'the room is known').then(() => resolve(roomOf(page)));
		});
		await until(() => room.progress !== null, 'it is under way');
		seen.push([room.progress!.done, room.progress!.of]);
		expect(seen).toEqual([[1_000, LENGTH]]);
		expect(room).toMatchObject({ checked: 'checking', items: [] });
		await room.pause(true);
		await until(() => room.log.checked === 'checking' && room.progress?.paused === true, 'it is stopped');
		await room.pause(false);
		expect(room).toMatchObject({ checked: 'whole', progress: null });
		expect(room.items.at(-1)).toMatchObject({ text: last });
	});

	test('that dies in the middle of the first check goes on where it was, and shows nothing of the half meanwhile', async () => {
		const device = fresh();
		const api = server.api(device.row);
		let asked = 0;
		const dies = { ...api, entries: (of: string, page: Parameters<typeof api.entries>[1]) => (of === sid && ++asked > 1 ? new Promise<never>(() => undefined) : api.entries(of, page)) };
		const first = await openPage(server, device, dies);
		void first.opened.catchUp();
		await until(() => asked > 1, 'the second page is asked for');
		await until(() => roomOf(first).progress !== null, 'the first page is kept');
		first.kill();
		const again = await open(device);
		expect(roomOf(again)).toMatchObject({ checked: 'checking', items: [], hasEarlier: false });
		await roomOf(again).earlier();
		expect(roomOf(again).items).toEqual([]);
		server.listed.length = 0;
		await again.opened.catchUp();
		expect(server.listed.filter((one) => one.sid === sid)[0]).toMatchObject({ after: 1_000 });
		expect(roomOf(again)).toMatchObject({ alarm: null, checked: 'whole' });
		expect(roomOf(again).items.at(-1)).toMatchObject({ text: last });
	});

	test('of somebody who has read nothing of it opens it at the newest words', async () => {
		const page = await checked({ ...noor, store: new Store(`long-${stores++}`) });
		const room = roomOf(page);
		expect(room).toMatchObject({ checked: 'whole', unreadFrom: null });
		expect(room.items).toHaveLength(60);
		expect(room.log.view!.epoch.members.find(({ pid }) => pid === alma.row.pid)!.wroteAt).toBeGreaterThan(0);
	});

	test('of which one place in the middle is altered: said there, what stands before is readable, nothing after it', async () => {
		const { frames } = server.spaces.get(sid)!;
		const [suite, head, body, sig] = decode(toBytes(frames[1_099]!)) as [Value, Value, Value, Bytes];
		frames[1_099] = toText(encode(suite, head, body, flip(Uint8Array.from([...sig]))));
		const page = await checked(fresh());
		expect(roomOf(page).alarm).toMatchObject({ seq: 1_100 });
		expect(roomOf(page).items.at(-1)).toMatchObject({ text: 'words 1099' });
	});

	test('a text that is another than was signed is altered, in its place', async () => {
		const page = await checked(fresh());
		const room = roomOf(page);
		const at = room.log.from - 2;
		const { frames } = server.spaces.get(sid)!;
		const [suite, head, body, sig] = decode(toBytes(frames[at]!)) as [Value, Value, Bytes, Value];
		frames[at] = toText(encode(suite, head, flip(Uint8Array.from([...body])), sig));
		await room.earlier();
		expect(room.items.find(({ seq }) => seq === at + 1)).toMatchObject({ text: null, fault: 'altered' });
		expect(lost(page)).toHaveLength(1);
		expect(room.alarm).toBe(null);
	});

	test('a text that the server says it has, and does not give, is said to lie there; asked for again when the page is opened anew', async () => {
		const device = fresh();
		const api = server.api(device.row);
		const seq = LENGTH - 200;
		const withholds = { ...api, entries: async (of: string, page: Parameters<typeof api.entries>[1]) => withheld(await api.entries(of, page), { page, at: of === sid ? seq : 0 }) };
		const page = await openPage(server, device, withholds);
		await page.opened.catchUp();
		while (roomOf(page).log.from > seq) await roomOf(page).earlier();
		expect(lost(page)).toMatchObject([{ seq, fault: 'elsewhere' }]);
		page.kill();
		const again = await checked(device);
		while (roomOf(again).log.from > seq) await roomOf(again).earlier();
		expect(lost(again)).toEqual([]);
	});

	test('a text that the server says it does not have is removed', async () => {
		const page = await checked(fresh());
		const room = roomOf(page);
		const at = room.log.from - 2;
		server.spaces.get(sid)!.frames[at] = await withoutText(whole[at]!);
		await room.earlier();
		expect(room.items.find(({ seq }) => seq === at + 1)).toMatchObject({ text: null, fault: 'removed' });
	});
});

describe('a browser that holds the room', () => {
	let device: Device;
	beforeEach(async () => {
		device = fresh();
		(await checked(device)).kill();
		server.listed.length = 0;
	});

	test('opens it from what it checked and sealed, offline, and reads no more than is looked at', async () => {
		let read = 0;
		const { framesIn } = device.store;
		device.store.framesIn = async (...which) => {
			const given = await framesIn.apply(device.store, which);
			if (which[0] === sid) read += given.length;
			return given;
		};
		const page = await open(device);
		expect(roomOf(page)).toMatchObject({ alarm: null, checked: 'whole', welcome: 'Come in' });
		expect(roomOf(page).items.at(-1)).toMatchObject({ text: last });
		expect(lost(page)).toEqual([]);
		expect(read).toBeLessThan(300);
		expect(server.listed).toEqual([]);
		await page.opened.catchUp();
		expect(server.listed.filter((one) => one.sid === sid)).toEqual([]);
	});

	test('goes on writing, in two tabs, and another tab’s words stand in both', async () => {
		const [one, two] = [await open(device), await open(device)];
		one.opened.sender.leads = true;
		await Promise.all([one.opened.catchUp(), two.opened.catchUp()]);
		await roomOf(one).write('one more');
		await until(() => one.opened.outbox.letters.length === 0, 'in the log');
		await two.opened.catchUp();
		for (const page of [one, two]) {
			expect(roomOf(page).alarm).toBe(null);
			expect(roomOf(page).items.at(-1)).toMatchObject({ text: 'one more' });
		}
		one.kill();
		two.kill();
		expect(roomOf(await open(device)).items.at(-1)).toMatchObject({ text: 'one more' });
	});

	test('whose stored log was altered, or is another’s, shows nothing before it has checked everything anew', async () => {
		for (const change of [flip, () => new Uint8Array(200)]) {
			await tamper(device.store, `stored/${sid}`, change);
			const page = await open(device);
			expect(roomOf(page)).toMatchObject({ checked: 'checking', items: [] });
			await page.opened.catchUp();
			expect(roomOf(page)).toMatchObject({ alarm: null, checked: 'whole' });
			expect(roomOf(page).items.at(-1)).toMatchObject({ text: last });
			page.kill();
		}
	});

	test('whose stored log is gone still knows how far it had come, by its own word alone', async () => {
		const writer = await checked(fresh());
		writer.listen();
		writer.opened.sender.leads = true;
		for (let more = 1; more <= 10; more++) await roomOf(writer).write(`more ${more}`);
		await until(() => writer.opened.outbox.letters.length === 0, 'in the log');
		writer.kill();
		(await checked(device)).kill();
		await device.store.keepSealed(`stored/${sid}`, null);
		server.spaces.get(sid)!.frames.splice(LENGTH + 5);
		const page = await checked(device);
		expect(page.opened.own.pins.some((pin) => pin.sid === sid && pin.seq > LENGTH + 5)).toBe(false);
		expect(roomOf(page).alarm).toMatchObject({ code: 'rollback' });
	});

	test('a frame that is read whatever is looked at, altered in the store: everything is checked anew', async () => {
		const [[seq, frame]] = (await device.store.framesIn(sid, 2, LENGTH)).filter(([at]) => at !== 1) as [[number, Bytes]];
		await device.store.keepFrames(sid, new Map([[seq, flip(frame.slice())]]));
		const page = await open(device);
		expect(roomOf(page)).toMatchObject({ checked: 'checking', items: [] });
		await page.opened.catchUp();
		expect(roomOf(page)).toMatchObject({ alarm: null, checked: 'whole' });
	});

	test('what is erased goes from its store too, whether it is looked at or not', async () => {
		const page = await checked(device);
		const room = roomOf(page);
		await room.earlier();
		const seq = room.log.from + 5;
		page.kill();
		expect(await device.store.framesAt(sid, [seq])).toHaveLength(1);
		const writer = await checked(fresh());
		writer.opened.sender.leads = true;
		while (roomOf(writer).log.from > seq) await roomOf(writer).earlier();
		await roomOf(writer).unsend(roomOf(writer).items.find((one) => one.seq === seq)!.iid);
		await until(() => writer.opened.outbox.letters.length === 0 && server.spaces.get(sid)!.frames.length > LENGTH, 'erased in the log');
		const again = await open(device);
		expect(again.opened.rooms.get(sid)!.log.from).toBeGreaterThan(seq);
		await again.opened.catchUp();
		expect(decode((await device.store.framesAt(sid, [seq]))[0]![1])[2]).toBe(null);
		expect(roomOf(again).alarm).toBe(null);
	});

	test('a frame that was altered in the store is not shown: its place is fetched again', async () => {
		const seq = LENGTH - 3;
		const [frame] = await device.store.frames(sid, seq);
		const [suite, head, body, sig] = decode(frame!) as [Value, Value, Bytes, Value];
		await device.store.keepFrames(sid, new Map([[seq, encode(suite, head, flip(Uint8Array.from([...body])), sig)]]));
		const page = await open(device);
		expect(roomOf(page).items.find((one) => one.seq === seq)).toMatchObject({ text: null, fault: 'altered' });
		await page.opened.catchUp();
		expect(roomOf(page).items.find((one) => one.seq === seq)).toMatchObject({ text: `words ${seq}`, fault: null });
	});

	test('a server that goes back is seen', async () => {
		server.spaces.get(sid)!.frames = whole.slice(0, LENGTH - 5);
		const page = await checked(device);
		expect(roomOf(page).alarm).toMatchObject({ code: 'rollback' });
		expect(roomOf(page).items.at(-1)).toMatchObject({ text: last });
	});

	test('another history after the stored one is seen', async () => {
		const [suite, head, body, sig] = decode(toBytes(whole[LENGTH - 1]!)) as [Value, Value, Value, Bytes];
		server.spaces.get(sid)!.frames = [...whole.slice(0, LENGTH - 1), toText(encode(suite, head, body, flip(Uint8Array.from([...sig])))), whole[LENGTH - 1]!];
		const page = await checked(device);
		expect(roomOf(page).alarm).not.toBe(null);
	});
});
