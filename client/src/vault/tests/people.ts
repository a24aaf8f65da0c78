import 'fake-indexeddb/auto';
import { vi } from 'vitest';
import { createEngine } from '#crypto/engine.ts';
import type { Crypto, Me } from '#crypto/types.ts';
import type { Api } from '#api/index.ts';
import { arrivalOf, foundByInvitation, foundForSetUp, join, lookThrough } from '../arriving.ts';
import { Invitations } from '../invitations.ts';
import { Local } from '../local.ts';
import { Opened } from '../opened.ts';
import type { LiveRoom } from '../room.ts';
import { Store, type PersonRow } from '../store.ts';
import type { FakeServer } from './server.ts';

// What the hash costs is the business of src/crypto and its tests; here every therapist would take half a second for it.
vi.mock(import('hash-wasm'), async (original) => {
	const { argon2id, ...others } = await original();
	return { ...others, argon2id: ((options) => argon2id({ ...options, iterations: 1, memorySize: 64 })) as typeof argon2id };
});

const ORIGIN = 'https://attune.example';
let databases = 0;

/** One page of one person, without a screen. */
export interface Page {
	opened: Opened;
	crypto: Crypto;
	store: Store;
	row: PersonRow;
	invitations: Invitations;
	/** Lets the page hear pushes from now on. */
	listen(): void;
	/** As kill -9: the page is gone, its device keeps what it has stored. */
	kill(): void;
}

export async function until(holds: () => boolean, what: string, patience = 10_000): Promise<void> {
	const end = Date.now() + patience;
	while (!holds()) {
		if (Date.now() > end) throw new Error(`${what}: not within ${patience} ms`);
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}

/** Opens a page on what the device holds: by root, as an account-free person would. */
export async function openPage(
	server: FakeServer,
	device: { store: Store; row: PersonRow; root: Uint8Array<ArrayBuffer> },
	api = server.api(device.row)
): Promise<Page> {
	const crypto = createEngine();
	await crypto.setOrigin(ORIGIN);
	const me = await crypto.openRoot(device.root, device.row.ownSid);
	return page(server, { ...device, crypto, me }, api);
}

async function page(server: FakeServer, { store, row, crypto, me }: { store: Store; row: PersonRow; crypto: Crypto; me: Me }, api: Api): Promise<Page> {
	const local = new Local(crypto, store, row.device);
	const changed = (): void => undefined;
	const opened = new Opened({ api, crypto, store, local, pid: row.pid, ownSid: row.ownSid, writer: me.writer, changed, outboxChanged: changed, draftChanged: changed });
	const invitations = new Invitations({ api, crypto, opened, pid: row.pid, changed });
	let stop = (): unknown => undefined;
	await opened.load();
	return {
		opened,
		crypto,
		store,
		row,
		invitations,
		listen: () => (stop = server.onEntry(row.pid, ({ space, seq }) => void opened.pushed(space, seq, null).catch(() => undefined))),
		kill: () => (stop(), opened.sender.stop())
	};
}

export async function therapist(server: FakeServer): Promise<Page & { root: Uint8Array<ArrayBuffer> }> {
	vi_location();
	const crypto = createEngine();
	await crypto.setOrigin(ORIGIN);
	const store = new Store(`therapist-${databases++}`);
	const choice = { token: 't', name: 'Noor', welcome: 'Come in', language: 'en', timeZone: 'UTC', login: 'noor', passphrase: 'one two three four five six' };
	const { row, body } = await foundForSetUp({ api: server.api({ pid: '' }), crypto, store }, choice);
	await server.api(row).setUp(body);
	await store.keepPerson(row);
	const root = await crypto.rootForDevice();
	const opened = await openPage(server, { store, row, root });
	opened.opened.sender.leads = true;
	return { ...opened, root };
}

/** A link of this therapist, for the name under which she will see who comes. */
export async function inviteTo(by: Page, name = 'Alma'): Promise<string> {
	by.listen();
	const { link } = await by.invitations.invite({ name, days: 7 }, { name: 'Noor', welcome: 'Come in', form: 0 });
	return link.slice(link.indexOf('#') + 1);
}

export async function foundClient(server: FakeServer, fragment: string): Promise<{ store: Store; row: PersonRow; crypto: Crypto; root: Uint8Array<ArrayBuffer> }> {
	const crypto = createEngine();
	await crypto.setOrigin(ORIGIN);
	const store = new Store(`client-${databases++}`);
	const parts = { api: server.api({ pid: '' }), crypto, store };
	const door = await lookThrough(parts, fragment);
	if ('code' in door) throw new Error(`the door is closed: ${door.code}`);
	arrivalOf(door);
	const row = await foundByInvitation(parts, door, { name: 'Alma', language: 'en', timeZone: 'UTC' });
	return { store, row, crypto, root: await crypto.rootForDevice() };
}

export async function client(server: FakeServer, fragment: string): Promise<Page & { root: Uint8Array<ArrayBuffer> }> {
	const { store, row, crypto, root } = await foundClient(server, fragment);
	await join({ api: server.api(row), crypto, store }, row);
	const opened = await openPage(server, { store, row: { ...row, joining: null }, root });
	opened.opened.sender.leads = true;
	return { ...opened, root };
}

export function roomOf({ opened }: Page): LiveRoom {
	const [room] = opened.rooms.values();
	if (!room) throw new Error('no room');
	return room;
}

export const wordsIn = (room: LiveRoom): (string | null)[] => room.items.map(({ text }) => text);

function vi_location(): void {
	Object.assign(globalThis, { location: { origin: ORIGIN } });
}
