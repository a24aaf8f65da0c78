import { beforeEach, describe, expect, test } from 'vitest';
import { createEngine } from '#crypto/engine.ts';
import { toText } from '#crypto/encoding.ts';
import type { Card, Change } from '#crypto/types.ts';
import { client, inviteTo, openPage, roomOf, therapist, until, type Page } from './tests/people.ts';
import { FakeServer } from './tests/server.ts';
import { Store } from './store.ts';

let server: FakeServer;
let noor: Page & { root: Uint8Array<ArrayBuffer> };
let alma: Page & { root: Uint8Array<ArrayBuffer> };

beforeEach(async () => {
	server = new FakeServer();
	noor = await therapist(server);
	alma = await client(server, await inviteTo(noor));
	alma.listen();
	await noor.opened.catchUp();
	await until(() => noor.opened.outbox.letters.length === 0, 'accepted');
	await alma.opened.catchUp();
});

/** Compared on this page, and in the log of the own space. */
async function compare(page: Page): Promise<void> {
	const room = roomOf(page);
	await room.comparing.settle(room.other.pid, true);
	await until(() => page.opened.outbox.letters.length === 0, 'kept');
}

async function change(by: Page, epoch: Change): Promise<void> {
	const { sid } = roomOf(by);
	await by.opened.catchUp();
	server.append(sid, toText((await by.crypto.sealEpoch(sid, epoch)).frame));
	await by.opened.catchUp();
}

const newKeys = async (): Promise<Card> => (await createEngine().create()).card;
const almaGoesTo = async (card: Card): Promise<Change> => ({ do: 'succeed', was: alma.row.pid, card, past: false, assents: [] });

/** One more browser of the same person, which holds nothing yet. */
let browsers = 0;
async function elsewhere(page: Page & { root: Uint8Array<ArrayBuffer> }): Promise<Page> {
	const store = new Store(`elsewhere-${browsers++}`);
	await store.keepPerson(page.row);
	const other = await openPage(server, { store, row: page.row, root: page.root });
	await other.opened.catchUp();
	return other;
}

test('both see the same numbers, and each may read the other’s code', async () => {
	const [hers, mine] = [await roomOf(noor).comparing.with(alma.row.pid), await roomOf(alma).comparing.with(noor.row.pid)];
	expect(hers.words).toEqual(mine.words);
	expect(hers.words).toHaveLength(10);
	expect(hers.digits).toEqual(mine.digits);
	expect(await roomOf(noor).comparing.scanned(alma.row.pid, mine.code)).toBe('fits');
	expect(await roomOf(alma).comparing.scanned(noor.row.pid, mine.code)).toBe('differs');
	expect(await roomOf(alma).comparing.scanned(noor.row.pid, 'https://example.org/menu')).toBe('not-a-number');
});

test('what differs takes the mark away', async () => {
	await compare(noor);
	expect(roomOf(noor).other.compared).not.toBeNull();
	await roomOf(noor).comparing.settle(alma.row.pid, false);
	expect(roomOf(noor).other.compared).toBeNull();
});

test('the mark is hers, not her device’s, and a new name leaves it', async () => {
	await compare(noor);
	await roomOf(noor).rename('A.');
	await until(() => noor.opened.outbox.letters.length === 0, 'renamed');
	const other = await elsewhere(noor);
	expect(roomOf(other).other).toMatchObject({ name: 'A.' });
	expect(roomOf(other).other.compared).not.toBeNull();
});

describe('a changed key', () => {
	test('of the client: nothing of the old mark counts, on no device; it is said where it stands until she is compared', async () => {
		await compare(noor);
		const card = await newKeys();
		await change(alma, await almaGoesTo(card));
		await noor.opened.catchUp();
		for (const page of [noor, await elsewhere(noor)]) {
			const room = roomOf(page);
			expect(room.other.pid).not.toBe(alma.row.pid);
			expect(room.other).toMatchObject({ name: 'Alma', compared: null });
			expect(room.newcomer).toMatchObject({ pid: room.other.pid, replaces: true, readsPast: false });
			expect(room.items.filter(({ newKey }) => newKey === room.other.pid)).toHaveLength(1);
		}
		await compare(noor);
		expect(roomOf(noor).newcomer).toBeNull();
		expect(roomOf(noor).other.compared).not.toBeNull();
		expect(roomOf(await elsewhere(noor)).newcomer).toBeNull();
	});

	test('of the therapist, who hands the past on: the client is told that too', async () => {
		await compare(alma);
		await change(noor, { do: 'succeed', was: noor.row.pid, card: await newKeys(), past: true, assents: [] });
		await alma.opened.catchUp();
		expect(roomOf(alma).newcomer).toMatchObject({ replaces: true, readsPast: true, compared: null });
	});

	test('somebody who was added, with the client’s own assent, is not compared either', async () => {
		await compare(alma);
		const added = await createEngine().create();
		const to = { pid: added.pid, role: 0, was: null, past: false } as const;
		await noor.opened.catchUp();
		const assent = await alma.crypto.assent(roomOf(alma).sid, to);
		await change(noor, { do: 'add', card: added.card, role: 0, past: false, assents: [assent] });
		await alma.opened.catchUp();
		expect(roomOf(alma).newcomer).toMatchObject({ pid: added.pid, replaces: false });
		expect(roomOf(alma).other.compared).not.toBeNull();
	});

	test('an answer about the key before marks nothing', async () => {
		const before = roomOf(noor).other.pid;
		await change(alma, await almaGoesTo(await newKeys()));
		await noor.opened.catchUp();
		await expect(roomOf(noor).comparing.settle(before, true)).rejects.toMatchObject({ code: 'key-changed' });
		expect(roomOf(noor).other.compared).toBeNull();
		expect(roomOf(noor).newcomer).not.toBeNull();
	});
});

test('daily life changes no key: a renewed epoch, another browser, a page loaded anew, words from both', async () => {
	for (const page of [noor, alma]) expect(roomOf(page).newcomer).toBeNull();
	await compare(noor);
	await compare(alma);
	await change(noor, { do: 'renew' });
	await roomOf(alma).write('from here');
	await until(() => alma.opened.outbox.letters.length === 0, 'said');
	await noor.opened.catchUp();
	const pages = [noor, alma, await elsewhere(noor), await elsewhere(alma), await openPage(server, noor), await openPage(server, alma)];
	for (const page of pages) {
		expect(roomOf(page).newcomer).toBeNull();
		expect(roomOf(page).other.compared).not.toBeNull();
		expect(roomOf(page).items.filter(({ newKey }) => newKey)).toEqual([]);
	}
});
