import { expect, test } from 'vitest';
import { toBytes, toText } from '#crypto/encoding.ts';
import type { KeyRecord, Method } from '#api/index.ts';
import { made, removedMethod } from './content.ts';
import type { Making } from './keyring.ts';
import { Own } from './own.ts';
import { random } from './random.ts';
import { compareWays, type Way } from './ways.ts';
import { encode } from '#crypto/encoding.ts';

interface Server {
	records: KeyRecord[];
	put: Method[];
	removed: string[];
}

/** A way in that this person made: in her own space, and as the server lists it. */
function way(own: Own, login: string, kind: 1 | 2 = 1): KeyRecord {
	const record = { mid: toText(random(16)), kind, login, record: toText(random(200)) };
	own.expect(made('unlock', encode(toBytes(record.mid), toBytes(record.record))));
	return record;
}

const remove = (own: Own, { mid }: KeyRecord): void => own.expect(removedMethod(mid));
const typed = ({ kind, login }: KeyRecord): Way => ({ unlock: { kind: kind as 1, login, secret: 'words' }, login, loginSecret: `secret of ${login}` });

async function compare(own: Own, served: KeyRecord[], { held = [], by = null, making = null }: { held?: KeyRecord[]; by?: Way | null; making?: Making | null } = {}) {
	const server: Server = { records: served, put: [], removed: [] };
	const api = {
		records: async () => server.records,
		putRecord: async (method: Method) => void server.put.push(method),
		removeRecord: async (mid: string) => (server.removed.push(mid), null)
	} as Parameters<typeof compareWays>[0]['api'];
	const { records, alarms } = await compareWays({ api }, own, { held, typed: by, making });
	return { ...server, records, alarms: alarms.map(({ code }) => code) };
}

test('all that was made is there: nothing is said or done, whatever was typed', async () => {
	const own = new Own();
	const ways = [way(own, 'noor'), way(own, 'noor', 2)];
	expect(await compare(own, ways)).toMatchObject({ alarms: [], put: [], removed: [], records: ways });
	expect(await compare(own, ways, { held: ways, by: typed(ways[0]!) })).toMatchObject({ alarms: [], put: [], removed: [], records: ways });
});

test('a record that no item ever held: a way in that was not made here', async () => {
	const own = new Own();
	const mine = way(own, 'noor');
	const foreign = way(new Own(), 'noor', 2);
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
	expect(back).toMatchObject({ alarms: [], put: [{ ...mine, login_secret: 'secret of noor' }], records: [mine] });
	expect(await compare(own, [], { held: [mine] })).toMatchObject({ alarms: ['way-in-lost'], put: [], records: [mine] });
});

test('a lost one is never put back under the words of another way', async () => {
	const own = new Own();
	const [mine, code] = [way(own, 'noor'), way(own, 'noor', 2)];
	for (const held of [[], [mine, code]]) {
		expect(await compare(own, [mine], { held, by: typed(mine) })).toMatchObject({ alarms: ['way-in-lost'], put: [] });
	}
});

test('what is just being made, and what it replaces, is neither lost nor removed', async () => {
	const own = new Own();
	const [old, fresh] = [way(own, 'noor'), way(own, 'noor')];
	const making = { ...fresh, login_secret: 'secret', replaces: [old.mid] };
	expect(await compare(own, [old], { held: [old], making })).toMatchObject({ alarms: [], removed: [], records: [old] });
	expect(await compare(own, [fresh], { held: [fresh], making })).toMatchObject({ alarms: [], removed: [], records: [fresh] });
	expect(await compare(own, [old], { held: [old] })).toMatchObject({ alarms: ['way-in-lost'] });
});
