import { beforeEach, expect, test } from 'vitest';
import { client, inviteTo, openPage, roomOf, therapist, until, type Page } from './tests/people.ts';
import { FakeServer } from './tests/server.ts';

let server: FakeServer;
let noor: Page & { root: Uint8Array<ArrayBuffer> };
let alma: Page;

beforeEach(async () => {
	server = new FakeServer();
	noor = await therapist(server);
	alma = await client(server, await inviteTo(noor));
	await noor.opened.catchUp();
	await until(() => noor.opened.outbox.letters.length === 0, 'accepted');
	await alma.opened.catchUp();
	await roomOf(alma).write('seen before the lock');
	await until(() => alma.opened.outbox.letters.length === 0, 'in the log');
	await noor.opened.catchUp();
});

/** What another device of hers would learn now. */
async function pinsElsewhere(): Promise<number[]> {
	const other = await openPage(server, noor);
	await other.opened.ownLog.catchUp();
	return other.opened.own.pins.filter(({ sid }) => sid === roomOf(noor).sid).map(({ seq }) => seq);
}

test('what was seen is in the log when the page is locked, not only at the next unlock', async () => {
	await noor.opened.close();
	await until(() => noor.opened.outbox.letters.length === 0, 'put away');
	expect(await pinsElsewhere()).toContain(roomOf(noor).log.count);
});

test('a lock does not wait for a server that does not answer: it is kept, and goes out at the next unlock', async () => {
	server.next('append', ...Array<'unreachable'>(9).fill('unreachable'));
	const began = Date.now();
	await noor.opened.close();
	expect(Date.now() - began).toBeLessThan(2_000);
	expect((await noor.store.letters()).length).toBe(1);
});

test('nothing new was seen: nothing is written', async () => {
	await noor.opened.pin();
	await until(() => noor.opened.outbox.letters.length === 0, 'in the log');
	const before = server.spaces.get(noor.row.ownSid)!.frames.length;
	await noor.opened.pin();
	await noor.opened.close();
	expect(server.spaces.get(noor.row.ownSid)!.frames.length).toBe(before);
});
