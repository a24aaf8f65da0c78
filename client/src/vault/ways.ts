import { asNumber, decode, toBytes, toText } from '#crypto/encoding.ts';
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

/** Of these kinds somebody has one: a new one takes the old one's place. */
const ONE_OF_A_KIND = [1, 2];
/** As long as a way in may be under way on another device: that one goes on by itself when it is next opened. */
const UNDER_WAY = 86_400_000;

/** What the records served are, by what the own space says. */
export interface Ways {
	/** No item ever held them. */
	foreign: KeyRecord[];
	/** Removed before, under whatever name they are served. */
	removed: KeyRecord[];
	/** Ours, and not there though they were; those that are on this device. */
	lost: { mid: string; known: KeyRecord | undefined }[];
	/** All that are ours and known here: they stay on this device, where they go on opening even when the server has lost them. */
	records: KeyRecord[];
}

/**
 * Holds the records served against what the own space says. Nothing is lost that is only on its way, on this device (`making`) or another one: of two of a kind
 * one takes the other's place, and the server has either; one that never was there, as far as this device knows, has a day to come.
 */
export function lookAtWays(served: readonly KeyRecord[], own: Own, { held, making, now }: { held: readonly KeyRecord[]; making: Making | null; now: number }): Ways {
	const wayOf = ({ record }: KeyRecord): string | undefined => own.everHeld.get(record);
	const isServed = (record: string): boolean => served.some((one) => one.record === record);
	const ours = [...own.unlocks].flatMap(([mid, record]) => (record === null ? [] : [{ mid, record }]));
	const isReplaced = (mid: string, kind: number): boolean =>
		ONE_OF_A_KIND.includes(kind) && ours.some((other) => other.mid !== mid && kindOf(other.record) === kind && isServed(other.record));
	const lost = ours.flatMap(({ mid, record }) => {
		if (isServed(record) || mid === making?.mid || making?.replaces.includes(mid) || isReplaced(mid, kindOf(record))) return [];
		const known = held.find((one) => one.record === record);
		return known || (own.madeAt.get(record) ?? 0) < now - UNDER_WAY ? [{ mid, known }] : [];
	});
	const records = ours.flatMap(({ mid, record }) => {
		const known = [...served, ...held].find((one) => one.record === record);
		return known ? [{ ...known, mid }] : [];
	});
	return {
		foreign: served.filter((one) => wayOf(one) === undefined),
		removed: served.filter((one) => own.unlocks.get(wayOf(one) ?? '') === null),
		lost,
		records
	};
}

/** E(1, mid, kind, …). */
const kindOf = (record: string): number => asNumber(decode(toBytes(record))[2]);

/**
 * Puts a lost one back if it is the very one whose words were just typed, in place of those that were removed before; removes the others again. Gives what is
 * to be said.
 */
export async function mendWays({ api, crypto }: Pick<Parts, 'api' | 'crypto'>, { foreign, removed, lost }: Ways, typed: Way | null): Promise<Alarm[]> {
	const alarms: Alarm[] = foreign.map(() => ({ code: 'record-not-yours', seq: null }));
	const replaces = removed.map(({ mid }) => mid);
	for (const { mid, known } of lost) {
		if (known && typed && known.kind === typed.unlock.kind && (await crypto.opensRecord(toBytes(known.record), typed.unlock)))
			await api.putRecord({ ...known, mid, login_secret: typed.loginSecret, replaces: replaces.splice(0) });
		else alarms.push({ code: 'way-in-lost', seq: null });
	}
	for (const mid of replaces) await removeAgain(api, mid);
	return alarms;
}

/** Gone by another device's hand meanwhile, or the last that the server has: then one that is lost is said. */
async function removeAgain(api: Api, mid: string): Promise<void> {
	try {
		await api.removeRecord(mid);
	} catch (refusal) {
		if (!(refusal instanceof Refusal) || ![404, 409].includes(refusal.status)) throw refusal;
	}
}
