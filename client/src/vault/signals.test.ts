import { beforeEach, expect, test } from 'vitest';
import { client, inviteTo, openPage, roomOf, therapist, until, type Page } from './tests/people.ts';
import { FakeServer } from './tests/server.ts';
import type { Call, CallSignal } from './types.ts';

let server: FakeServer;
let noor: Page;
let alma: Page & { root: Uint8Array<ArrayBuffer> };

const hears = (page: Page) => server.onSignal(page.row.pid, (sid, frame) => void page.opened.heard(sid, frame));

beforeEach(async () => {
	server = new FakeServer();
	noor = await therapist(server);
	alma = await client(server, await inviteTo(noor));
	await noor.opened.catchUp();
	await until(() => noor.opened.outbox.letters.length === 0, 'accepted');
	await alma.opened.catchUp();
	[noor, alma].forEach(hears);
});

async function meet(a: Page, b: Page): Promise<[Call, Call]> {
	const met: [Call?, Call?] = [];
	roomOf(a).signals.onCall((call) => (met[0] = call));
	roomOf(b).signals.onCall((call) => (met[1] = call));
	roomOf(a).signals.greet();
	roomOf(b).signals.greet();
	await until(() => met[0] !== undefined && met[1] !== undefined, 'the pages meet');
	return met as [Call, Call];
}

function listenTo(call: Call): CallSignal[] {
	const heard: CallSignal[] = [];
	call.subscribe((signal) => heard.push(signal));
	return heard;
}

test('two pages that greet meet in one call, of which one side owns the offers', async () => {
	let seen = false;
	roomOf(alma).signals.onSeen(() => (seen = true));
	const [hers, mine] = await meet(noor, alma);
	expect(hers.id).toBe(mine.id);
	expect(hers.iOwnOffers).toBe(!mine.iOwnOffers);
	expect(mine).toMatchObject({ otherIsKeeper: true, pid: noor.row.pid });
	await until(() => seen, 'the other page has acknowledged the greeting');
});

test('what is said arrives in order, and is acknowledged', async () => {
	const [hers, mine] = await meet(noor, alma);
	const heard = listenTo(mine);
	await Promise.all([hers.send('offer', ['sdp']), hers.send('candidate', ['c', null, 0]), hers.admit()]);
	expect(heard.map(({ kind }) => kind)).toEqual(['offer', 'candidate', 'admit']);
});

test('what got lost on the way is sent again by itself', async () => {
	const [hers, mine] = await meet(noor, alma);
	const heard = listenTo(mine);
	server.next('signal', 'unreachable');
	await hers.send('state', [1, 0, 1, 0]);
	expect(heard).toEqual([{ kind: 'state', content: [1, 0, 1, 0] }]);
});

test('what came before anybody listened is kept for the first who does', async () => {
	const [hers, mine] = await meet(noor, alma);
	await hers.send('offer', ['early']);
	expect(listenTo(mine)).toEqual([{ kind: 'offer', content: ['early'] }]);
});

test('a second page of the same person is another call', async () => {
	const [first] = await meet(noor, alma);
	const second = await openPage(server, alma);
	await second.opened.catchUp();
	hears(second);
	const calls: Call[] = [];
	roomOf(noor).signals.onCall((call) => calls.push(call));
	roomOf(second).signals.greet();
	await until(() => calls.some(({ id }) => id !== first.id), 'the second page is met');
	expect(new Set(calls.map(({ writer }) => writer)).size).toBe(2);
});

test('a signal that has seen more than this page lists first, then counts', async () => {
	const [hers, mine] = await meet(noor, alma);
	const heard = listenTo(mine);
	alma.kill();
	await roomOf(noor).write('written just before');
	await until(() => noor.opened.outbox.letters.length === 0, 'in the log');
	await hers.send('offer', ['after it']);
	expect(heard).toHaveLength(1);
	expect(roomOf(alma).items.map(({ text }) => text)).toEqual(['written just before']);
});
