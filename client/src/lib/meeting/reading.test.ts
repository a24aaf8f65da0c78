import { beforeEach, expect, test, vi } from 'vitest';
import type { Room } from '#vault/index.ts';
import type { Hour } from './hour.svelte.ts';

// Runes as plain values: nothing is drawn here.
vi.stubGlobal('$state', Object.assign((value: unknown) => value, { raw: (value: unknown) => value }));
const giving = { hindrance: vi.fn(), give: vi.fn(), believe: vi.fn() };
const givingBack = vi.fn();
vi.mock('#vault/index.ts', () => ({ vault: { givingBack } }));
vi.mock('#i18n/problem.svelte.ts', () => ({ codeOf: ({ code }: { code: string }) => code }));
const { Reading } = await import('./reading.svelte.ts');

const TRUE = 2;
const words = { row: ['hers'], among: [['a'], ['b'], ['heard'], ['c']], place: TRUE };
let calls = 0;
/** The reading of one call, as the keeper or as who knocks. */
function readingOf(keeper: boolean, call = `call ${calls++}`) {
	const room = { sid: 'knock', iAmKeeper: keeper, other: { pid: 'other' }, signals: { words: () => Promise.resolve(words) } } as unknown as Room;
	const hour = { view: { call, held: true }, askForWords: vi.fn(), differ: vi.fn() };
	return { reading: new Reading(room, hour as unknown as Hour), hour, call };
}

beforeEach(() => {
	vi.resetAllMocks();
	givingBack.mockResolvedValue(giving);
	giving.hindrance.mockResolvedValue(null);
});

async function listening() {
	const { reading, hour, call } = readingOf(true);
	reading.chosen = 'alma';
	await reading.begin();
	expect(reading.step).toBe('listen');
	return { reading, hour, call };
}

test('what stands against it is said before a word is read', async () => {
	const { reading, hour } = readingOf(true);
	giving.hindrance.mockResolvedValue('still-here');
	reading.chosen = 'alma';
	await reading.begin();
	expect([reading.code, reading.step, reading.words]).toEqual(['still-here', 'choose', null]);
	expect(hour.askForWords).not.toHaveBeenCalled();
});

test('the right pick gives the room, to whom the call is with', async () => {
	const { reading } = await listening();
	await reading.pick(TRUE);
	expect(giving.give).toHaveBeenCalledWith({ knock: 'knock', knocker: 'other', chosen: 'alma', held: true });
	expect(reading.step).toBe('read');
});

test.each([0, 1, 3, null])('the keeper picks %s: nothing is given, the call ends, and there is no second try in it', async (place) => {
	const { reading, hour, call } = await listening();
	await reading.pick(place);
	expect(hour.differ).toHaveBeenCalledOnce();
	expect(giving.give).not.toHaveBeenCalled();
	const again = readingOf(true, call).reading;
	again.chosen = 'alma';
	await again.begin();
	expect([again.code, again.step]).toEqual(['no-second-try', 'choose']);
});

test.each([0, 1, 3, null])('who knocked picks %s: no room is taken from anybody', async (place) => {
	const { reading, hour } = readingOf(false);
	await vi.waitFor(() => expect(reading.words).not.toBeNull());
	reading.haveRead();
	await reading.pick(place);
	expect(hour.differ).toHaveBeenCalledOnce();
	expect(giving.believe).not.toHaveBeenCalled();
});

test('who knocked picks right: a room is taken from the keeper of this call', async () => {
	const { reading } = readingOf(false);
	await vi.waitFor(() => expect(reading.words).not.toBeNull());
	await reading.pick(TRUE);
	expect(giving.believe).not.toHaveBeenCalled(); // not before she has read hers
	reading.haveRead();
	await reading.pick(TRUE);
	expect(giving.believe).toHaveBeenCalledWith('knock', 'other');
	expect(reading.step).toBe('waits');
});

test('where nothing could be given nothing says that it was', async () => {
	const locked = await listening();
	givingBack.mockResolvedValue(null);
	await locked.reading.pick(TRUE);
	expect([locked.reading.code, locked.reading.step]).toEqual(['not-a-contact', 'choose']);
	givingBack.mockResolvedValue(giving);
	const refused = await listening();
	giving.give.mockRejectedValue({ code: 'known' });
	await refused.reading.pick(TRUE);
	expect([refused.reading.code, refused.reading.step]).toEqual(['known', 'choose']);
});
