import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '#api/index.ts';
import { client, inviteTo, openPage, roomOf, therapist, until, wordsIn, type Page } from './tests/people.ts';
import { FakeServer, headOf } from './tests/server.ts';
import { toText } from '#crypto/encoding.ts';
import { createEngine } from '#crypto/engine.ts';
import type { Change } from '#crypto/types.ts';

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
	// The first words bring the room's witness of the own space along; what follows goes alone.
	await roomOf(alma).write('hello');
	await until(() => alma.opened.outbox.letters.length === 0, 'the first words are in the log');
	await noor.opened.catchUp();
	const before = written();
	roomOf(noor).seen();
	await until(() => written() > before, 'what she read is noted');
});

/** Entries on the server, in all rooms. */
const written = (): number => [...server.spaces.values()].reduce((sum, { frames }) => sum + frames.length, 0);
const newest = (page: Page) => roomOf(page).items.at(-1)!;
const posted = () => server.postedTo(roomOf(alma).sid);
const iidsIn = (sid: string): string[] => server.spaces.get(sid)!.frames.map((frame) => toText(headOf(frame)[4] as Uint8Array));

/** The sentence is in the log, once, and nothing waits. */
async function isThereOnce(page: Page, words: string): Promise<void> {
	const room = roomOf(page);
	await until(() => page.opened.outbox.letters.length === 0, 'nothing waits');
	expect(room.items.filter(({ text, state }) => text === words && state === 'said')).toHaveLength(1);
	const iids = iidsIn(room.sid);
	expect(new Set(iids).size).toBe(iids.length);
}

test('words are in the log, and read by the other', async () => {
	await roomOf(alma).write('good evening');
	await isThereOnce(alma, 'good evening');
	await noor.opened.catchUp();
	expect(wordsIn(roomOf(noor))).toEqual(['hello', 'good evening']);
	expect(roomOf(noor).unreadCount).toBe(1);
});

test('what is written offline is shown at once, waits, and goes out in order', async () => {
	server.next('append', 'unreachable');
	await roomOf(alma).write('first');
	await roomOf(alma).write('second');
	expect(roomOf(alma).items.slice(1).map(({ text, state }) => [text, state])).toEqual([['first', 'waiting'], ['second', 'waiting']]);
	alma.opened.sender.kick();
	await isThereOnce(alma, 'second');
	expect(wordsIn(roomOf(alma))).toEqual(['hello', 'first', 'second']);
});

test('a server that was away for a moment is asked again by itself', async () => {
	server.next('append', 'unreachable');
	await roomOf(alma).write('is it back');
	await isThereOnce(alma, 'is it back');
});

test('an answer that was lost: the same bytes again, once in the log', async () => {
	const before = posted().length;
	server.next('append', 'lost');
	await roomOf(alma).write('are you there');
	await until(() => posted().length > before, 'posted');
	alma.opened.sender.kick();
	await isThereOnce(alma, 'are you there');
	const [first, ...again] = posted().slice(before);
	for (const frame of again) expect(frame).toBe(first);
});

describe('a page that dies between send and answer', () => {
	test('after the server had it', async () => {
		server.next('append', 'lost');
		await roomOf(alma).write('before the crash');
		await until(() => alma.opened.outbox.letters[0]?.row.frame !== null, 'sealed');
		alma.kill();
		const again = await openPage(server, alma);
		expect(wordsIn(roomOf(again))).toContain('before the crash');
		again.opened.sender.leads = true;
		await again.opened.catchUp();
		await isThereOnce(again, 'before the crash');
	});

	test('before the server had it', async () => {
		server.next('append', 'unreachable');
		await roomOf(alma).write('before the crash');
		await until(() => alma.opened.outbox.letters[0]?.row.frame !== null, 'sealed');
		const frame = alma.opened.outbox.letters[0]!.row.frame!;
		alma.kill();
		const again = await openPage(server, alma);
		again.opened.sender.leads = true;
		await again.opened.catchUp();
		await isThereOnce(again, 'before the crash');
		expect(posted().at(-1)).toBe(toText(frame));
	});
});

test('a conflict: lists, looks for the iid, seals again under the same iid', async () => {
	const before = posted().length;
	server.next('append', new Refusal('order', 409, ''));
	await roomOf(alma).write('in the middle');
	await isThereOnce(alma, 'in the middle');
	expect(posted().length).toBe(before + 1);
});

test('two tabs: what the other tab wrote is sent by the one that leads, once', async () => {
	const second = await openPage(server, alma);
	await second.opened.catchUp();
	await roomOf(second).write('from the other tab');
	expect(second.opened.outbox.letters).toHaveLength(1);
	await alma.opened.outbox.reload();
	alma.opened.sender.kick();
	await isThereOnce(alma, 'from the other tab');
	await second.opened.catchUp();
	await second.opened.outbox.reload();
	await isThereOnce(second, 'from the other tab');
});

describe('what the store says of another tab’s words comes late, while this tab writes', () => {
	test.each(['before', 'after'] as const)('read %s they are kept: they wait here, once, and go out', async (read) => {
		const { store, opened: { outbox, sender } } = alma;
		sender.leads = false;
		const letters = store.letters.bind(store);
		let letGo = (): void => undefined;
		const held = new Promise<void>((resolve) => (letGo = resolve));
		store.letters = async () => {
			store.letters = letters;
			const rows = read === 'before' ? await letters() : null;
			await held;
			return rows ?? letters();
		};
		const reloaded = outbox.reload();
		await roomOf(alma).write('meanwhile');
		const inHand = outbox.letters[0]!;
		letGo();
		await reloaded;
		expect(outbox.letters).toEqual([inHand]);
		await outbox.change(inHand, { why: null });
		expect(outbox.letters).toEqual([inHand]);
		expect(wordsIn(roomOf(alma))).toEqual(['hello', 'meanwhile']);
		sender.leads = true;
		sender.kick();
		await isThereOnce(alma, 'meanwhile');
	});
});

test('both tabs send at once, should the lock ever fail: still once', async () => {
	server.next('append', 'unreachable');
	await roomOf(alma).write('twice');
	const second = await openPage(server, alma);
	second.opened.sender.leads = true;
	await Promise.all([second.opened.catchUp(), Promise.resolve(alma.opened.sender.kick())]);
	await until(() => alma.opened.outbox.letters.length === 0 && second.opened.outbox.letters.length === 0, 'both are done');
	await alma.opened.catchUp();
	await isThereOnce(alma, 'twice');
});

test('refused for good: said, kept, tried again by hand', async () => {
	server.next('append', new Refusal('too-big', 413, ''));
	await roomOf(alma).write('refused');
	await until(() => newest(alma).state === 'not-sent', 'said');
	expect(newest(alma)).toMatchObject({ text: 'refused', why: 'too-big' });
	await roomOf(alma).retry(newest(alma).iid);
	await isThereOnce(alma, 'refused');
});

test('what was never transmitted is dropped without a trace', async () => {
	alma.opened.sender.leads = false;
	await roomOf(alma).write('better not');
	await roomOf(alma).drop(newest(alma).iid);
	expect(wordsIn(roomOf(alma))).toEqual(['hello']);
	expect(await alma.store.letters()).toHaveLength(0);
});

test('dropped in two tabs before it was sealed: no row stays behind', async () => {
	alma.opened.sender.leads = false;
	await roomOf(alma).write('better not');
	const { iid } = newest(alma);
	const other = await openPage(server, alma);
	await roomOf(other).drop(iid);
	await roomOf(alma).drop(iid);
	alma.opened.sender.leads = true;
	await alma.opened.catchUp();
	alma.opened.sender.kick();
	await until(() => alma.opened.outbox.letters.length === 0, 'nothing is left');
	expect(await alma.store.letters()).toHaveLength(0);
});

test('what was transmitted, dropped, and turns up all the same is erased', async () => {
	const before = server.spaces.get(roomOf(alma).sid)!.frames.length;
	server.next('append', 'lost');
	await roomOf(alma).write('better not');
	alma.opened.sender.leads = false; // what is on its way arrives; it is not tried again before it is taken back
	await until(() => server.spaces.get(roomOf(alma).sid)!.frames.length > before, 'transmitted');
	await roomOf(alma).drop(newest(alma).iid);
	alma.opened.sender.leads = true;
	await alma.opened.catchUp();
	alma.opened.sender.kick();
	await until(() => alma.opened.outbox.letters.length === 0, 'erased');
	await noor.opened.catchUp();
	expect(newest(noor)).toMatchObject({ text: null, fault: 'erased' });
});

describe('taken back while it is being put away', () => {
	/** Transmitted and in the log of this page; the sender has not looked yet. */
	async function transmitted(words: string): Promise<string> {
		server.next('append', 'lost');
		await roomOf(alma).write(words);
		alma.opened.sender.leads = false;
		const { iid } = newest(alma);
		await until(() => iidsIn(roomOf(alma).sid).includes(iid), 'transmitted');
		return iid;
	}

	async function isErased(page: Page): Promise<void> {
		await until(() => page.opened.outbox.letters.length === 0, 'nothing waits');
		await noor.opened.catchUp();
		expect(newest(noor)).toMatchObject({ text: null, fault: 'erased' });
	}

	async function comesAgain(): Promise<Page> {
		const again = await openPage(server, alma);
		again.opened.sender.leads = true;
		await again.opened.catchUp();
		return again;
	}

	test('here, and the page dies before it is erased', async () => {
		const iid = await transmitted('better not');
		const remove = alma.store.letterArrived.bind(alma.store);
		let dropped: Promise<void> | undefined;
		alma.store.letterArrived = (order) => {
			dropped = roomOf(alma).drop(iid);
			return remove(order).finally(() => alma.kill());
		};
		server.next('append', 'unreachable');
		alma.opened.sender.leads = true;
		await alma.opened.catchUp();
		await until(() => dropped !== undefined, 'it is being put away');
		await dropped;
		await isErased(await comesAgain());
	});

	test('in another tab, when this one has put it away already', async () => {
		const iid = await transmitted('better not');
		const other = await openPage(server, alma);
		alma.opened.sender.leads = true;
		await alma.opened.catchUp();
		await until(() => alma.opened.outbox.letters.length === 0, 'put away');
		await roomOf(other).drop(iid);
		alma.kill();
		other.kill();
		await isErased(await comesAgain());
	});

	test('in another tab, while this one seals it: its bytes never leave', async () => {
		alma.opened.sender.leads = false;
		await roomOf(alma).write('better not');
		const { iid } = newest(alma);
		const other = await openPage(server, alma);
		const seal = alma.crypto.sealItem.bind(alma.crypto);
		alma.crypto.sealItem = async (sid, item) => {
			const sealed = await seal(sid, item);
			await roomOf(other).drop(iid);
			return sealed;
		};
		alma.opened.sender.leads = true;
		alma.opened.sender.kick();
		await until(() => alma.opened.outbox.letters.length === 0, 'nothing waits');
		expect(iidsIn(roomOf(alma).sid)).not.toContain(iid);
	});

	test('in another tab, while the bytes of this one are on their way', async () => {
		const iid = await transmitted('better not');
		const other = await openPage(server, alma);
		await roomOf(other).drop(iid);
		alma.opened.sender.leads = true;
		await alma.opened.catchUp();
		await isErased(alma);
	});
});

test('an acknowledgement that is not in the list keeps the words waiting', async () => {
	const { frames } = server.spaces.get(roomOf(alma).sid)!;
	const push = frames.push.bind(frames);
	frames.push = () => frames.length;
	await roomOf(alma).write('swallowed');
	await until(() => alma.opened.outbox.letters[0]?.row.frame !== null, 'sealed');
	expect(newest(alma)).toMatchObject({ text: 'swallowed', state: 'waiting' });
	frames.push = push;
});

test('a draft survives the page, and goes with the words', async () => {
	roomOf(alma).keepDraft('half a sen');
	await roomOf(alma).kept();
	alma.kill();
	const again = await openPage(server, alma);
	expect(roomOf(again).draft).toBe('half a sen');
	again.opened.sender.leads = true;
	await roomOf(again).write('half a sentence');
	expect(roomOf(again).draft).toBe('');
});

describe('new people while words wait', () => {
	/** The therapist appends an epoch; her page is the one that makes it. */
	async function change(epoch: Change): Promise<void> {
		const { sid } = roomOf(noor);
		await noor.opened.catchUp();
		server.append(sid, toText((await noor.crypto.sealEpoch(sid, epoch)).frame));
	}

	test('keys that were not there when it was written: nothing leaves before the author says so', async () => {
		alma.opened.sender.leads = false;
		await roomOf(alma).write('for Noor alone');
		const { iid } = newest(alma);
		const { card } = await createEngine().create();
		await change({ do: 'succeed', was: noor.row.pid, card, past: false, assents: [] });
		alma.opened.sender.leads = true;
		await alma.opened.catchUp();
		await until(() => newest(alma).state === 'asks', 'she is asked');
		expect(iidsIn(roomOf(alma).sid)).not.toContain(iid);
		expect(posted().filter((frame) => toText(headOf(frame)[4] as Uint8Array) === iid)).toEqual([]);
		await roomOf(alma).sendAnyway(iid);
		await isThereOnce(alma, 'for Noor alone');
	});

	test('a new key for the same people asks nothing', async () => {
		alma.opened.sender.leads = false;
		await roomOf(alma).write('for Noor');
		await change({ do: 'renew' });
		alma.opened.sender.leads = true;
		await alma.opened.catchUp();
		await isThereOnce(alma, 'for Noor');
	});
});
