import { expect, test } from 'vitest';
import { encode, toBytes, toText } from '#crypto/encoding.ts';
import { Refusal } from '#api/index.ts';
import type { KeyRecord, Method } from '#api/index.ts';
import type { Unlock } from '#crypto/types.ts';
import { made, removedMethod } from './content.ts';
import type { Making } from './keyring.ts';
import { Own } from './own.ts';
import { random } from './random.ts';
import { lookAtWays, mendWays, type Way } from './ways.ts';

const NOW = 2_000_000_000_000;
const DAY = 86_400_000;

interface Server {
	records: KeyRecord[];
	put: Method[];
	removed: string[];
}

const wordsOf = new Map<string, string>();

/** A way in that this person made: in her own space, and as the server lists it. */
function way(own: Own, login: string, { kind = 1, words = `words of ${login}`, at = NOW - 2 * DAY }: { kind?: 1 | 2 | 3; words?: string; at?: number } = {}): KeyRecord {
	const mid = random(16);
	const record = { mid: toText(mid), kind, login, record: toText(encode(1, mid, kind, random(32), random(100))) };
	wordsOf.set(record.record, words);
	own.expect(made('unlock', encode(mid, toBytes(record.record))), at);
	return record;
}

const remove = (own: Own, { mid }: KeyRecord): void => own.expect(removedMethod(mid));
const typed = ({ kind, login, record }: KeyRecord, words = wordsOf.get(record)!): Way => ({
	unlock: { kind: kind as 1, login, secret: words },
	login,
	loginSecret: `secret of ${words}`
});
const opensRecord = async (record: Uint8Array<ArrayBuffer>, { secret }: Unlock) => wordsOf.get(toText(record)) === secret;

async function compare(own: Own, served: KeyRecord[], { held = [], by = null, making = null }: { held?: KeyRecord[]; by?: Way | null; making?: Making | null } = {}) {
	const server: Server & { replaced: string[] } = { records: served, put: [], removed: [], replaced: [] };
	const api = {
		putRecord: async ({ replaces = [], ...method }: Method & { replaces?: string[] }) => {
			server.put.push(method);
			server.replaced.push(...replaces);
		},
		removeRecord: async (mid: string) => {
			if (server.records.length === 1) throw new Refusal('last-record', 409, mid);
			server.removed.push(mid);
		}
	};
	const ways = lookAtWays(served, own, { held, making, now: NOW });
	const alarms = await mendWays({ api, crypto: { opensRecord } } as unknown as Parameters<typeof mendWays>[0], ways, by);
	return { ...server, records: ways.records, alarms: alarms.map(({ code }) => code) };
}

test('all that was made is there: nothing is said or done, whatever was typed', async () => {
	const own = new Own();
	const ways = [way(own, 'noor'), way(own, 'noor', { kind: 2 })];
	expect(await compare(own, ways)).toMatchObject({ alarms: [], put: [], removed: [], records: ways });
	expect(await compare(own, ways, { held: ways, by: typed(ways[0]!) })).toMatchObject({ alarms: [], put: [], removed: [], records: ways });
});

test('a record that no item ever held: a way in that was not made here', async () => {
	const own = new Own();
	const mine = way(own, 'noor');
	const foreign = way(new Own(), 'noor', { kind: 2 });
	expect(await compare(own, [mine, foreign])).toMatchObject({ alarms: ['record-not-yours'], records: [mine] });
	// In the place of one's own: that one is lost besides.
	expect(await compare(own, [{ ...foreign, mid: mine.mid }])).toMatchObject({ alarms: ['record-not-yours', 'way-in-lost'], records: [] });
});

test('one that was removed is removed again, under whatever name it is served', async () => {
	const own = new Own();
	const [mine, gone] = [way(own, 'noor'), way(own, 'old')];
	remove(own, gone);
	expect(await compare(own, [mine, gone])).toMatchObject({ alarms: [], removed: [gone.mid], records: [mine] });
	expect(await compare(own, [mine, { ...gone, mid: 'another' }])).toMatchObject({ alarms: [], removed: ['another'], records: [mine] });
});

test('a lost one is put back with its own words, and stays on this device', async () => {
	const own = new Own();
	const mine = way(own, 'noor');
	const back = await compare(own, [], { held: [mine], by: typed(mine) });
	expect(back).toMatchObject({ alarms: [], put: [{ ...mine, login_secret: 'secret of words of noor' }], records: [mine] });
	expect(await compare(own, [], { held: [mine] })).toMatchObject({ alarms: ['way-in-lost'], put: [], records: [mine] });
});

test('a lost one is never put back under the words of another way', async () => {
	const own = new Own();
	const [mine, code] = [way(own, 'noor'), way(own, 'noor', { kind: 2 })];
	for (const held of [[], [mine, code]]) {
		expect(await compare(own, [mine], { held, by: typed(mine) })).toMatchObject({ alarms: ['way-in-lost'], put: [] });
	}
});

test('words that sign in under the same name, and open another record, put nothing back', async () => {
	const own = new Own();
	const mine = way(own, 'noor');
	expect(await compare(own, [], { held: [mine], by: typed(mine, 'older words') })).toMatchObject({ alarms: ['way-in-lost'], put: [] });
});

test('what is just being made, and what it replaces, is neither lost nor removed', async () => {
	const own = new Own();
	const [old, fresh] = [way(own, 'noor'), way(own, 'noor')];
	const making = { ...fresh, login_secret: 'secret', replaces: [old.mid] };
	expect(await compare(own, [old], { held: [old], making })).toMatchObject({ alarms: [], removed: [], records: [old] });
	expect(await compare(own, [fresh], { held: [fresh], making })).toMatchObject({ alarms: [], removed: [], records: [fresh] });
});

test('a change that another device began and could not end: no step of it is an alarm here, or undone', async () => {
	const own = new Own();
	const [old, fresh] = [way(own, 'noor', { words: 'old' }), way(own, 'noor', { words: 'new', at: NOW })];
	// The record has not been put yet; then it has, and the item that ends the old one is still to come. Here the old one or both are held.
	for (const held of [[], [old], [old, fresh]]) {
		for (const by of [null, typed(old), typed(fresh)]) {
			expect(await compare(own, [old], { held: held.slice(0, 1), by })).toMatchObject({ alarms: [], put: [], removed: [] });
			expect(await compare(own, [fresh], { held, by })).toMatchObject({ alarms: [], put: [], removed: [] });
		}
	}
	// Both are gone: that is no step of it.
	expect(await compare(own, [], { held: [old] })).toMatchObject({ alarms: ['way-in-lost'] });
});

test('a first sheet that another device is making has a day to come; one that was there and is not is lost at once', async () => {
	for (const [at, alarms] of [[NOW - DAY / 2, []], [NOW - 2 * DAY, ['way-in-lost']]] as const) {
		const own = new Own();
		const [words, sheet] = [way(own, 'noor'), way(own, 'code', { kind: 2, at })];
		expect(await compare(own, [words])).toMatchObject({ alarms });
		expect(await compare(own, [words], { held: [words, sheet] })).toMatchObject({ alarms: ['way-in-lost'] });
	}
});

test('of two room links both are to be there', async () => {
	const own = new Own();
	const [one, other] = [way(own, 'one', { kind: 3 }), way(own, 'other', { kind: 3 })];
	expect(await compare(own, [one], { held: [one, other] })).toMatchObject({ alarms: ['way-in-lost'] });
});

test('a server that turned back to the record before: said, and with the newer words put right in one step', async () => {
	const own = new Own();
	const [old, mine] = [way(own, 'noor', { words: 'old' }), way(own, 'noor', { words: 'new' })];
	remove(own, old);
	// The only one that it has cannot be removed; that is no reason to be silent.
	expect(await compare(own, [old], { held: [mine] })).toMatchObject({ alarms: ['way-in-lost'], removed: [], put: [] });
	expect(await compare(own, [old], { held: [mine], by: typed(mine) })).toMatchObject({ alarms: [], put: [{ mid: mine.mid }], replaced: [old.mid] });
});
