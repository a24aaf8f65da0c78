import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '#api/index.ts';
import { decode, encode, toText, type Value } from '#crypto/encoding.ts';
import { client, inviteTo, openPage, roomOf, therapist, until, wordsIn, type Page } from './tests/people.ts';
import { FakeServer, headOf } from './tests/server.ts';

const ERASE = 2;
let server: FakeServer;
let alma: Page & { root: Uint8Array<ArrayBuffer> };
let noor: Page;

beforeEach(async () => {
	server = new FakeServer();
	noor = await therapist(server);
	alma = await client(server, await inviteTo(noor));
	alma.listen();
	await alma.opened.catchUp();
	await noor.opened.catchUp();
	await until(() => noor.opened.outbox.letters.length === 0, 'the acceptance is in the logs');
	await alma.opened.catchUp();
	await roomOf(alma).write('not meant for you');
	await until(() => alma.opened.outbox.letters.length === 0, 'the words are in the log');
	await noor.opened.catchUp();
});

const newest = (page: Page) => roomOf(page).items.at(-1)!;
const erasures = () => server.spaces.get(roomOf(alma).sid)!.frames.filter((frame) => headOf(frame)[0] === ERASE);
const isDone = () => until(() => alma.opened.outbox.letters.length === 0 && erasures().length > 0, 'erased in the log');

test('own words: gone here at once, gone there when it hears of it, out of the memory and the store of both', async () => {
	const { seq, iid } = newest(alma);
	await roomOf(alma).unsend(iid);
	expect(newest(alma)).toMatchObject({ text: null, fault: 'erased', seq });
	await isDone();
	await noor.opened.catchUp();
	for (const page of [alma, noor]) {
		await until(() => newest(page).state === 'said' && newest(page).fault === 'erased', 'said in its place');
		expect(newest(page)).toMatchObject({ text: null, seq });
		const [kept] = (await page.store.frames(roomOf(page).sid)).slice(seq! - 1, seq!);
		expect(decode(kept!)[2]).toBe(null);
	}
	expect(erasures()).toHaveLength(1);
	// A tab that has not heard of it yet takes them back once more.
	await roomOf(alma).unsend(iid);
	await until(() => alma.opened.outbox.letters.length === 0, 'nothing waits');
	expect(erasures()).toHaveLength(1);
});

test('offline: taken back at once, said as waiting, sent once, also by a page that is opened later', async () => {
	server.next('append', 'unreachable');
	await roomOf(alma).unsend(newest(alma).iid);
	expect(newest(alma)).toMatchObject({ text: null, fault: 'erased', state: 'unsending' });
	alma.kill();
	const again = await openPage(server, alma);
	expect(newest(again)).toMatchObject({ text: null, fault: 'erased', state: 'unsending' });
	again.opened.sender.leads = true;
	await again.opened.catchUp();
	await until(() => again.opened.outbox.letters.length === 0, 'nothing waits');
	await again.opened.catchUp();
	expect(erasures()).toHaveLength(1);
	expect(newest(again)).toMatchObject({ fault: 'erased', state: 'said' });
});

test('twice, in two tabs, with a lost answer and a conflict: one erasure more at most, and nothing waits', async () => {
	const other = await openPage(server, alma);
	await other.opened.catchUp();
	const { iid } = newest(alma);
	server.next('append', 'lost', new Refusal('order', 409, ''));
	await roomOf(other).unsend(iid);
	await roomOf(alma).unsend(iid);
	await roomOf(alma).unsend(iid);
	await alma.opened.outbox.reload();
	alma.opened.sender.kick();
	await isDone();
	await alma.opened.catchUp();
	expect(newest(alma)).toMatchObject({ fault: 'erased', state: 'said' });
	expect(erasures().length).toBeLessThanOrEqual(2);
	expect(await alma.store.letters()).toHaveLength(0);
});

test('words that never left simply go', async () => {
	alma.opened.sender.leads = false;
	await roomOf(alma).write('better not');
	await roomOf(alma).unsend(newest(alma).iid);
	expect(wordsIn(roomOf(alma))).toEqual(['not meant for you']);
	expect(await alma.store.letters()).toHaveLength(0);
	expect(erasures()).toHaveLength(0);
});

describe('somebody else’s words', () => {
	test('are not the page’s to take back', async () => {
		await roomOf(noor).unsend(newest(noor).iid);
		expect(noor.opened.outbox.letters.filter(({ row }) => row.sid === roomOf(noor).sid)).toEqual([]);
		expect(newest(noor)).toMatchObject({ text: 'not meant for you', fault: null });
	});

	test('an erasure that a server lets pass all the same is not taken: said, and the words stay', async () => {
		await roomOf(noor).write('keep this');
		await until(() => erasures().length === 0 && noor.opened.outbox.letters.length === 0, 'written');
		await alma.opened.catchUp();
		const { seq, iid } = newest(alma);
		expect(newest(alma).mine).toBe(false);
		const own = await alma.crypto.find(roomOf(alma).sid, roomOf(alma).items.find(({ mine }) => mine)!.iid);
		await expect(alma.crypto.erase(roomOf(alma).sid, [seq!])).rejects.toMatchObject({ code: 'rights' });
		const frame = await forged(own!.seq, seq!);
		server.append(roomOf(alma).sid, frame);
		await noor.opened.catchUp();
		expect(roomOf(noor).alarm).toMatchObject({ code: 'rights' });
		expect(roomOf(noor).items.find((one) => one.iid === iid)).toMatchObject({ text: 'keep this', fault: null });
	});

	test('taken by a keeper, whose right it is by the protocol, is not said to be its author’s doing', async () => {
		const { seq } = newest(alma);
		server.append(roomOf(alma).sid, toText((await noor.crypto.erase(roomOf(noor).sid, [seq!])).frame));
		await alma.opened.catchUp();
		expect(newest(alma)).toMatchObject({ mine: true, text: null, fault: 'erased-by-other' });
	});
});

/** Alma's own signature under an erasure that reaches another's place: her page would not make it, so its one range is put in before it is signed. */
async function forged(own: number, other: number): Promise<string> {
	const sign = crypto.subtle.sign.bind(crypto.subtle);
	const swap = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
		const [label, head, hash] = decode(bytes) as [Value, Uint8Array, Value];
		return encode(label, reach(head, other), hash);
	};
	crypto.subtle.sign = (how: AlgorithmIdentifier, key: CryptoKey, data: BufferSource) => sign(how, key, swap(data as Uint8Array<ArrayBuffer>));
	try {
		const { frame } = await alma.crypto.erase(roomOf(alma).sid, [own]);
		const [suite, head, body, sig] = decode(frame) as [Value, Uint8Array, Value, Value];
		return toText(encode(suite, reach(head, other), body, sig));
	} finally {
		crypto.subtle.sign = sign;
	}
}

function reach(head: Uint8Array, seq: number): Uint8Array<ArrayBuffer> {
	const fields = decode(head);
	fields[9] = [[seq, seq]];
	return encode(...fields);
}
