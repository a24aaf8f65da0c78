import { beforeEach, expect, test, vi } from 'vitest';
import { Presence, type PresenceParts } from './presence.ts';
import type { PersonRow } from './store.ts';

const said: string[] = [];
const say =
	(what: string) =>
	async (...args: unknown[]): Promise<null> => {
		said.push([what, ...args.map((arg) => JSON.stringify(arg))].join(' '));
		return null;
	};

function presence(close: () => Promise<void> = async () => undefined): Presence {
	const parts = {
		api: { dropShare: say('drop share') },
		crypto: { setOrigin: say('origin'), lock: say('keys gone') },
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

test('the keys go even if something could not be kept', async () => {
	const full = new Error('the disk is full');
	await expect(presence(() => Promise.reject(full)).lock()).rejects.toBe(full);
	expect(said).toContain('keys gone');
});
