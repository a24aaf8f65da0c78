import { beforeEach, expect, test } from 'vitest';
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
	await noor.opened.catchUp();
	await until(() => noor.opened.outbox.letters.length === 0, 'accepted');
});

let browsers = 0;
/** Another browser of hers, which holds nothing yet. */
async function elsewhere(): Promise<Page> {
	const store = new Store(`notes-${browsers++}`);
	await store.keepPerson(noor.row);
	const other = await openPage(server, { store, row: noor.row, root: noor.root });
	await other.opened.catchUp();
	return other;
}

const kept = (): Promise<void> => until(() => noor.opened.outbox.letters.length === 0, 'in the log');
const texts = (page: Page): (string | null)[] => roomOf(page).notes.items.map(({ text }) => text);
const alone = (): string[] => [...server.spaces].filter(([sid, { members }]) => members.size === 1 && members.has(noor.row.pid) && sid !== noor.row.ownSid).map(([sid]) => sid);

test('the first note founds a space that nobody else is in, and every browser of hers reads it', async () => {
	await roomOf(noor).notes.write('The two chairs.');
	expect(texts(noor)).toEqual(['The two chairs.']);
	await kept();
	await roomOf(noor).notes.write('Ask about Sundays.');
	await kept();
	expect(alone()).toHaveLength(1);
	expect(noor.opened.own.contactIn(roomOf(noor).sid)).toMatchObject({ notes: alone()[0], name: 'Alma' });
	const other = await elsewhere();
	expect(texts(other)).toEqual(['The two chairs.', 'Ask about Sundays.']);
	expect([...other.opened.rooms.keys()]).toEqual([roomOf(noor).sid]);
});

test('the client has no word and no space of it', async () => {
	const { frames } = server.spaces.get(roomOf(noor).sid)!;
	const before = frames.length;
	await roomOf(noor).notes.write('For me alone.');
	await kept();
	await alma.opened.catchUp();
	expect([...alma.opened.rooms.keys()]).toEqual([roomOf(noor).sid]);
	expect(texts(alma)).toEqual([]);
	expect(frames).toHaveLength(before);
});

test('a server that cannot be reached: the note waits on the device, over a reload, and goes out once', async () => {
	server.next('found', 'unreachable', 'lost');
	await roomOf(noor).notes.write('Written in a train.');
	await until(() => server.spaces.get(noor.row.ownSid)!.frames.length > 0, 'tried');
	expect(roomOf(noor).notes.items).toMatchObject([{ text: 'Written in a train.', state: 'waiting' }]);
	noor.kill();
	const again = await openPage(server, noor);
	expect(texts(again)).toEqual(['Written in a train.']);
	again.opened.sender.leads = true;
	again.listen();
	await again.opened.catchUp();
	await until(() => again.opened.outbox.letters.length === 0, 'in the log', 20_000);
	expect(roomOf(again).notes.items).toMatchObject([{ text: 'Written in a train.', state: 'said' }]);
	expect(alone()).toHaveLength(1);
}, 30_000);

test('two of her browsers that each found a space lose no note of either', async () => {
	const other = await elsewhere();
	other.listen();
	other.opened.sender.leads = true;
	await roomOf(noor).notes.write('from here');
	await roomOf(other).notes.write('from there');
	await kept();
	await until(() => other.opened.outbox.letters.length === 0, 'both');
	for (const page of [noor, other, await elsewhere()]) {
		await page.opened.catchUp();
		await until(() => texts(page).length === 2, 'both are here');
		expect(texts(page).toSorted()).toEqual(['from here', 'from there']);
	}
});

test('two tabs of one browser: what one keeps is in the other, and the newest draft stands in both', async () => {
	const tab = await openPage(server, noor);
	tab.listen();
	roomOf(noor).notes.keepDraft('half a thought');
	await roomOf(noor).notes.kept();
	await tab.opened.recallDrafts();
	expect(roomOf(tab).notes.draft).toBe('half a thought');
	await roomOf(noor).notes.write('half a thought, finished');
	await kept();
	await until(() => texts(tab).length === 1, 'the other tab has it');
	await roomOf(noor).notes.kept();
	await tab.opened.recallDrafts();
	expect(roomOf(tab).notes.draft).toBe('');
});

test('a server that takes notes away is told by a browser that has seen them, and the rest stays readable', async () => {
	await roomOf(noor).notes.write('one');
	await roomOf(noor).notes.write('two');
	await kept();
	expect(roomOf(noor).notes.alarm).toBeNull();
	server.spaces.get(alone()[0]!)!.frames.pop();
	const again = await openPage(server, noor);
	await again.opened.catchUp();
	expect(roomOf(again).notes.alarm?.code).toBe('rollback');
	expect(texts(again)).toEqual(['one', 'two']);
});

test('more notes than a long room is opened with: a browser that is new shows the text of each', async () => {
	const many = Array.from({ length: 230 }, (_, number) => `note ${number}`);
	for (const text of many) await roomOf(noor).notes.write(text);
	await until(() => noor.opened.outbox.letters.length === 0, 'in the log', 60_000);
	expect(texts(await elsewhere())).toEqual(many);
}, 90_000);
