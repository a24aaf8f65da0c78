import { beforeEach, describe, expect, test } from 'vitest';
import { client, inviteTo, openPage, roomOf, therapist, until, type Page } from './tests/people.ts';
import { FakeServer } from './tests/server.ts';
import type { Call, CallSignal } from './types.ts';

let server: FakeServer;
let noor: Page & { root: Uint8Array<ArrayBuffer> };
let alma: Page & { root: Uint8Array<ArrayBuffer> };

const hears = (page: Page) => server.onSignal(page.row.pid, (sid, frames) => void page.opened.heard(sid, frames));

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

async function allIsAcknowledged(): Promise<void> {
	let open = Infinity;
	const ask = async () => {
		const waiting = await Promise.all([noor, alma].map(({ crypto, opened }) => crypto.unacknowledged([...opened.rooms.keys()][0]!)));
		open = waiting.flat().length;
	};
	await until(() => (void ask(), open === 0), 'all is acknowledged');
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

test('what is said in one breath goes out together, and so do its acknowledgements', async () => {
	const [hers] = await meet(noor, alma);
	await allIsAcknowledged();
	server.breaths.length = 0;
	await Promise.all([hers.admit(), hers.send('candidate', ['a', null, 0]), hers.send('candidate', ['b', null, 0])]);
	expect(server.breaths).toEqual([3, 3]);
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

describe('a signal that tells of something we were not shown', () => {
	const frames = () => server.spaces.get(roomOf(alma).sid)!.frames;

	/** Her words stand in her own log; the server then takes them back, so that the other is not shown them. */
	async function saysUnseen(words: string): Promise<string> {
		noor.kill();
		noor.opened.sender.leads = true;
		await roomOf(alma).write(words);
		await until(() => alma.opened.outbox.letters.length === 0, 'in her log');
		// Her witness of the own space may have come along.
		const hidden = frames().splice(roomOf(noor).log.count);
		return hidden.length === 1 ? hidden[0]! : Promise.reject(new Error(`${hidden.length} were hidden`));
	}

	async function greetsUntil(code: string): Promise<void> {
		roomOf(alma).signals.greet();
		await until(() => roomOf(noor).alarm?.code === code, code);
	}

	beforeEach(async () => {
		await roomOf(alma).write('hello');
		await until(() => alma.opened.outbox.letters.length === 0, 'the first words and the witness are in the log');
		await noor.opened.catchUp();
	});

	test('withheld: stays over listings that bring nothing, words wait; ends when what was withheld is here', async () => {
		const hidden = await saysUnseen('kept from you');
		await greetsUntil('withheld');
		await noor.opened.catchUp();
		expect(roomOf(noor).alarm?.code).toBe('withheld');
		expect(roomOf(noor).checked).toBe('stopped');
		await roomOf(noor).write('waits');
		noor.opened.sender.kick();
		await noor.opened.catchUp();
		expect(roomOf(noor).items.at(-1)).toMatchObject({ text: 'waits', state: 'waiting' });
		server.append(roomOf(noor).sid, hidden);
		await noor.opened.catchUp();
		expect(roomOf(noor).alarm).toBe(null);
		await until(() => roomOf(noor).items.at(-1)?.state === 'said', 'what waited goes out');
		expect(roomOf(noor).items.map(({ text }) => text)).toEqual(['hello', 'kept from you', 'waits']);
	});

	test('two histories: no listing of the same server takes that back; a page that is opened later starts afresh', async () => {
		await saysUnseen('to one');
		await roomOf(noor).write('to the other');
		await until(() => noor.opened.outbox.letters.length === 0, 'in the log of the other history');
		await greetsUntil('fork');
		await noor.opened.catchUp();
		await roomOf(noor).write('waits');
		await noor.opened.catchUp();
		expect(roomOf(noor).alarm?.code).toBe('fork');
		expect(roomOf(noor).items.at(-1)).toMatchObject({ text: 'waits', state: 'waiting' });
		const again = await openPage(server, noor);
		await again.opened.catchUp();
		expect(roomOf(again).alarm).toBe(null);
	});

	test('what stopped the log for a while stops it no longer than that, though a signal came meanwhile', async () => {
		frames().push('AAAA');
		await noor.opened.catchUp();
		expect(roomOf(noor).alarm).not.toBe(null);
		const heard = roomOf(noor).alarm;
		roomOf(alma).signals.greet();
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(roomOf(noor).alarm).toEqual(heard);
		frames().pop();
		await noor.opened.catchUp();
		expect(roomOf(noor).alarm).toBe(null);
	});
});
