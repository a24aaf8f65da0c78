import { beforeEach, expect, test, vi } from 'vitest';
import { Refusal } from '#api/index.ts';
import { Refusal as Unsealed } from '#crypto/refusals.ts';
import { Presence, type PresenceParts } from './presence.ts';
import type { PersonRow } from './store.ts';

const said: string[] = [];
let sharePut = (): void => undefined;
const say =
	(what: string) =>
	async (...args: unknown[]): Promise<null> => {
		said.push([what, ...args.map((arg) => JSON.stringify(arg))].join(' '));
		return null;
	};

function presence(close: () => Promise<void> = async () => undefined, me?: () => Promise<unknown>): Presence {
	const parts = {
		api: { me, share: async () => ({ share: 'AAAA' }), dropShare: say('drop share'), putShare: () => new Promise<void>((resolve) => (said.push('share is put'), (sharePut = resolve))) },
		crypto: { setOrigin: say('origin'), lock: say('keys gone'), openResume: () => Promise.reject(new Unsealed('altered', 'another half')), makeResume: async () => ({ record: new Uint8Array(1), share: new Uint8Array(1) }) },
		store: { changePerson: say('row') },
		tabs: { tell: say('tabs'), yieldLead: () => undefined, forget: say('tab forgets'), listen: () => undefined },
		live: () => ({ open: () => undefined, close: () => undefined })
	} as unknown as PresenceParts;
	const here = new Presence(parts);
	here.phase = 'open';
	here.row = { pid: 'noor', root: null } as PersonRow;
	here.open = { opened: { close } } as unknown as Presence['open'];
	return here;
}

beforeEach(() => {
	said.length = 0;
	vi.stubGlobal('location', { origin: 'https://attune.example' });
	vi.stubGlobal('removeEventListener', () => undefined);
});

test('secrets are bound to the page’s own origin, whatever the server calls itself', async () => {
	const here = presence();
	here.answer = { origin: 'https://another.example' } as Presence['answer'];
	await here.wake();
	expect(said).toEqual(['origin "https://attune.example"']);
});

test('locking: both halves of what stayed open are dropped, and the keys', async () => {
	await presence().lock();
	expect(said).toEqual(['row {"resume":null}', 'tab forgets', 'keys gone', 'tabs "locked"', 'drop share']);
});

test('a page that is left in the middle of locking does not open again by itself', () => {
	void presence(() => new Promise(() => undefined)).lock();
	expect(said).toEqual(['row {"resume":null}', 'tab forgets']);
});

test('a page that goes away writes down how far it has seen', () => {
	const heard = new Map<string, () => void>();
	vi.stubGlobal('addEventListener', (event: string, listener: () => void) => heard.set(event, listener));
	const here = presence();
	here.open = { opened: { pin: say('pins') } } as unknown as Presence['open'];
	here.listen();
	heard.get('pagehide')?.();
	expect(said).toEqual(['pins']);
	here.open = null;
	heard.get('pagehide')?.();
	expect(said).toEqual(['pins']);
});

test('who unlocks at once waits until the lock is done: it would take the new keys along', async () => {
	let close = (): void => undefined;
	const here = presence(() => new Promise((resolve) => (close = resolve)));
	const locked = here.lock();
	const woken = here.wake();
	await new Promise((resolve) => setTimeout(resolve, 20));
	expect(said).not.toContain('origin "https://attune.example"');
	close();
	await Promise.all([locked, woken]);
	expect(said.indexOf('keys gone')).toBeLessThan(said.indexOf('origin "https://attune.example"'));
});

test('a lock that comes while the resume record is made leaves neither half behind', async () => {
	const here = presence();
	const kept = here.keepOpen();
	await vi.waitFor(() => expect(said).toContain('share is put'));
	await here.lock();
	sharePut();
	await kept;
	expect(here.row?.resume).toBeNull();
	expect(said.filter((one) => one.startsWith('row'))).toEqual(['row {"resume":null}']);
	expect(said.at(-1)).toBe('drop share');
});

test('a half of the server’s that does not fit ours opens nothing, and the words are asked for', async () => {
	const here = presence();
	here.row = { pid: 'noor', root: null, resume: new Uint8Array(1), device: new Uint8Array(8) } as unknown as PersonRow;
	expect(await here.resume()).toBe(false);
});

test('the keys go even if something could not be kept', async () => {
	const full = new Error('the disk is full');
	await expect(presence(() => Promise.reject(full)).lock()).rejects.toBe(full);
	expect(said).toContain('keys gone');
});

test('who came while the server was away goes on asking who is here, until it has said so once', async () => {
	vi.useFakeTimers();
	const me = vi.fn<() => Promise<unknown>>().mockRejectedValue(new Refusal('unreachable', 0, 'away'));
	const here = presence(undefined, me);
	expect(await here.ask()).toBeNull();
	await vi.advanceTimersByTimeAsync(9_000);
	expect(me).toHaveBeenCalledTimes(3);
	me.mockResolvedValue({ now: Date.now(), needs_set_up: true });
	await vi.advanceTimersByTimeAsync(60_000);
	expect(here.answer?.needs_set_up).toBe(true);
	expect(me).toHaveBeenCalledTimes(4);
	vi.useRealTimers();
});
