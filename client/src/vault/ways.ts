import { toBytes, toText } from '#crypto/encoding.ts';
import { Refusal as Unsealed } from '#crypto/refusals.ts';
import type { Bytes, Crypto, Me, Unlock } from '#crypto/types.ts';
import { Refusal, type Api, type KeyRecord, type Person } from '#api/index.ts';
import type { Making } from './keyring.ts';
import type { Own } from './own.ts';
import { Problem } from './problem.ts';
import type { Alarm } from './types.ts';

/** What the server is shown of a way to unlock. */
export interface Keys {
	login: string;
	loginSecret: string;
}

export interface Way extends Keys {
	unlock: Unlock;
}

type Parts = { api: Api; crypto: Crypto };

/** Words that open nothing are not an error of the house. */
export function asProblem(cause: unknown): unknown {
	if (cause instanceof Unsealed) {
		if (cause.code === 'wrong-secret') return new Problem('words-do-not-open', cause.message);
		return new Problem(cause.code, cause.message);
	}
	if (!(cause instanceof Refusal)) return cause;
	if (cause.status === 0) return new Problem('unreachable', cause.message);
	if (cause.status === 429 || cause.code === 'too_many_login_attempts') return new Problem('throttled', cause.message, cause.retryAt);
	return new Problem(cause.code, cause.message, cause.retryAt);
}

/** Opens with a record that this device keeps; null if none of them opens. */
export async function openHere({ crypto }: Parts, records: KeyRecord[], { unlock, login }: Way): Promise<Me | null> {
	const record = records.find((one) => one.kind === unlock.kind && one.login === login);
	if (!record) return null;
	try {
		return await crypto.openRecord(toBytes(record.record), unlock);
	} catch (refusal) {
		if (refusal instanceof Unsealed && refusal.code === 'wrong-secret') return null;
		throw refusal;
	}
}

/** Signs in and opens with the record that the server keeps. */
export async function openThere({ api, crypto }: Parts, way: Way): Promise<{ me: Me; records: KeyRecord[] }> {
	await logIn(api, way);
	const records = await api.records();
	const record = records.find((one) => one.kind === way.unlock.kind && one.login === way.login);
	if (!record) throw new Problem('altered', 'the server let us in and has no record for this way');
	return { me: await crypto.openRecord(toBytes(record.record), way.unlock), records };
}

export async function logIn(api: Api, { login, loginSecret }: Keys): Promise<void> {
	try {
		await api.logIn(login, loginSecret);
	} catch (refusal) {
		if (!(refusal instanceof Refusal) || refusal.passing || refusal.code === 'too_many_login_attempts') throw refusal;
		if (refusal.status === 409) return logInAnew(api, { login, loginSecret });
		throw new Problem('words-do-not-open', refusal.message);
	}
}

/** Somebody is signed in already: a new session for these words. */
async function logInAnew(api: Api, { login, loginSecret }: Keys): Promise<void> {
	await logOut(api);
	await api.me();
	await api.logIn(login, loginSecret);
}

/** The server answers a log-out with 401, as nobody is signed in any more. */
export async function logOut(api: Api): Promise<void> {
	try {
		await api.logOut();
	} catch (refusal) {
		if (!(refusal instanceof Refusal) || refusal.status !== 401) throw refusal;
	}
}

/** The protocol's sign-in by key, for a person without a way to unlock. */
export async function signInByKey({ api, crypto }: Parts, pid: string): Promise<Person> {
	const { nonce } = await api.signInNonce();
	const signature = await crypto.signIn(toBytes(nonce));
	return api.signIn({ pid, signature: toText(signature) });
}

/** What was typed is somebody else's than this browser holds: nothing of it stays here. */
export async function refuseOther({ api, crypto }: Parts): Promise<never> {
	await crypto.lock();
	await logOut(api);
	throw new Problem('not-this-person', 'the record is of another person than this browser holds');
}

/** Makes the record that survives a reload as long as the session does. */
export async function stayOpen({ api, crypto }: Parts, device: Bytes): Promise<Bytes> {
	const { record, share } = await crypto.makeResume(device);
	await api.putShare(toText(share));
	return record;
}

/**
 * Holds the records served against what the own space says: one that no item ever held is not ours, and a removed one is removed again, under
 * whatever name it is served. A lost one is put back if it is the very one whose words were just typed, else said. Every way that is ours stays
 * on this device (`held`), so that it opens here even when the server has lost it. What is under way (`making`) is neither lost nor removed yet.
 */
export async function compareWays(
	{ api }: Pick<Parts, 'api'>,
	own: Own,
	{ held, typed, making }: { held: readonly KeyRecord[]; typed: Way | null; making: Making | null }
): Promise<{ records: KeyRecord[]; alarms: Alarm[] }> {
	const served = await api.records();
	const alarms: Alarm[] = [];
	for (const { mid, record } of served) {
		const made = own.everHeld.get(record);
		if (made === undefined) alarms.push({ code: 'record-not-yours', seq: null });
		else if (own.unlocks.get(made) === null) await api.removeRecord(mid);
	}
	const records: KeyRecord[] = [];
	for (const [mid, record] of own.unlocks) {
		if (record === null) continue;
		const isServed = served.some((one) => one.record === record);
		const known = [...served, ...held].find((one) => one.record === record);
		if (known) records.push({ ...known, mid });
		if (isServed || mid === making?.mid || making?.replaces.includes(mid)) continue;
		if (known && typed && opens(typed, known)) await api.putRecord({ ...known, mid, login_secret: typed.loginSecret });
		else alarms.push({ code: 'way-in-lost', seq: null });
	}
	return { records, alarms };
}

const opens = ({ unlock, login }: Way, record: KeyRecord): boolean => record.kind === unlock.kind && record.login === login;
