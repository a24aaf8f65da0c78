import { api } from '#api/index.ts';
import { Live } from '#api/live.ts';
import { startCrypto, type Crypto } from '#crypto/index.ts';
import { Store } from './store.ts';
import { Tabs } from './tabs.ts';
import { LiveVault } from './vault.ts';
import type { Vault } from './types.ts';

export type * from './calendar.ts';
export type * from './knock.ts';
export type * from './types.ts';
export { atDoor, doorKey, doorsOf, isKnock } from './doors.ts';
export { Problem } from './problem.ts';

let started: Crypto | undefined;
// The worker is started by the first thing asked of it.
const crypto = new Proxy({} as Crypto, { get: (_face, call: keyof Crypto) => (started ??= startCrypto())[call] });

let store: Store | undefined;

/** The one vault of this page. */
export const vault: Vault = new LiveVault({
	api,
	crypto,
	get store() {
		return (store ??= new Store());
	},
	tabs: new Tabs(),
	live: (listener) => new Live(listener)
});
