import { toBytes, toText } from '#crypto/encoding.ts';
import { Refusal as Unsealed } from '#crypto/refusals.ts';
import type { Bytes, Crypto, Opened as OpenedLink } from '#crypto/types.ts';
import { Refusal, type Api, type Founding, type KeyRecord, type Person, type SetUpBody } from '#api/index.ts';
import { contact, made, profile, readNote, type NewContent } from './content.ts';
import { Local } from './local.ts';
import { Log } from './log.ts';
import { Problem } from './problem.ts';
import { random } from './random.ts';
import type { PersonRow, Store } from './store.ts';
import type { Arrival, Closed, SetUp } from './types.ts';

export interface ArrivingParts {
	api: Api;
	crypto: Crypto;
	store: Store;
}

/** An invitation that was looked at: what stepping in needs. */
export interface Door {
	fragment: string;
	record: Bytes;
	opened: OpenedLink;
}

/** Looks at an invitation; uses nothing. */
export async function lookThrough({ api, crypto }: ArrivingParts, fragment: string): Promise<Door | Closed> {
	try {
		const { iid } = await crypto.readLink(fragment);
		const door = await api.door(iid);
		if (door.record === null) return { code: door.state, at: door.state === 'used' ? door.used_at : door.expires };
		const record = toBytes(door.record);
		return { fragment, record, opened: await crypto.peek(fragment, record) };
	} catch (refusal) {
		return closedBy(refusal);
	}
}

export function closedBy(refusal: unknown): Closed {
	if (refusal instanceof Unsealed) return { code: refusal.code, at: null };
	if (!(refusal instanceof Refusal)) throw refusal;
	if (refusal.status === 404) return { code: 'unknown', at: null };
	if (refusal.status === 429) return { code: 'throttled', at: refusal.retryAt };
	return { code: refusal.passing ? 'unreachable' : refusal.code, at: null };
}

export function arrivalOf({ opened }: Door): Arrival {
	return { iid: opened.iid, expires: opened.expires, ...readNote(opened.note) };
}

/** A person who came by an invitation: key, own space and shared space are on this device before anything is posted. */
export async function foundByInvitation(parts: ArrivingParts, door: Door, who: { name: string; language: string; timeZone: string }): Promise<PersonRow> {
	const { crypto, store } = parts;
	await crypto.create();
	const { own, shared } = await crypto.foundFrom(door.fragment, door.record);
	const row = await newRow(parts, { ownSid: own.sid, language: who.language, timeZone: who.timeZone, therapist: false });
	const keeper = { pid: door.opened.keeper, name: readNote(door.opened.note).name, compared: null, sid: shared.sid, notes: null };
	const founding = await foundWith(parts, row, own, [contact(keeper), profile({ name: who.name, welcome: '', form: 0 })]);
	await new Log(shared.sid, { ...parts, local: new Local(crypto, store, row.device) }, () => undefined).found([shared.frame]);
	const joining = {
		iid: door.opened.iid,
		body: {
			card: await ownCard(crypto),
			own: founding,
			shared: { sid: shared.sid, frame: toText(shared.frame) },
			language: who.language,
			time_zone: who.timeZone
		}
	};
	const complete = { ...row, root: await crypto.rootForDevice(), joining, cameBy: door.opened.iid };
	await store.keepPerson(complete);
	return complete;
}

/** Posts the join that is kept; the same bytes again get the same answer. A refusal forgets the person who was not let in. */
export async function join({ api, store }: ArrivingParts, { joining }: PersonRow): Promise<Person> {
	if (!joining) throw new Problem('not-joining', 'no join is waiting to be posted');
	try {
		const person = await (joining.iid === null ? api.knock(joining.body) : api.join(joining.iid, joining.body));
		await store.changePerson({ joining: null });
		return person;
	} catch (refusal) {
		if (!(refusal instanceof Refusal)) throw refusal;
		if (refusal.passing) throw new Problem('unreachable', refusal.message, refusal.retryAt);
		await store.wipe();
		throw new Problem(refusal.code, refusal.message);
	}
}

/** A therapist's set-up: founds the own space with her way to unlock in it. */
export async function foundForSetUp(parts: ArrivingParts, choice: SetUp): Promise<{ row: PersonRow; body: SetUpBody }> {
	const { crypto } = parts;
	await crypto.create();
	const own = await crypto.foundOwn();
	const row = await newRow(parts, { ownSid: own.sid, language: choice.language, timeZone: choice.timeZone, therapist: true });
	const method = await crypto.makeMethod({ kind: 1, login: choice.login, secret: choice.passphrase });
	const said = profile({ name: choice.name, welcome: choice.welcome ?? '', form: choice.form ?? 0 });
	const founding = await foundWith(parts, row, own, [made('unlock', method.item), said]);
	const record = { mid: method.mid, kind: method.kind, login: method.login, record: toText(method.record) };
	const body = {
		token: choice.token,
		name: choice.name,
		language: choice.language,
		time_zone: choice.timeZone,
		card: await ownCard(crypto),
		own: founding,
		method: { ...record, login_secret: method.loginSecret }
	};
	return { row: { ...row, login: method.login, records: [record] }, body };
}

export const whereWeAre = () => ({ language: document.documentElement.lang, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone });

/** Of somebody who comes to this browser by her own way in. */
export function rowOf({ pid, therapist, language, time_zone: timeZone }: Person, records: KeyRecord[], of: Pick<PersonRow, 'ownSid' | 'login'>): PersonRow {
	return { ...of, pid, therapist, language, timeZone, records, device: random(8), root: null, resume: null, joining: null, cameBy: null };
}

export async function newRow({ crypto }: ArrivingParts, of: Pick<PersonRow, 'ownSid' | 'language' | 'timeZone' | 'therapist'>): Promise<PersonRow> {
	const me = await crypto.me();
	if (!me) throw new Problem('locked', 'no key was made');
	return { ...of, pid: me.pid, device: random(8), root: null, resume: null, records: [], login: null, joining: null, cameBy: null };
}

/** The own space with its first items, kept on this device and ready to be posted. */
export async function foundWith(parts: ArrivingParts, row: PersonRow, own: { sid: string; frame: Bytes }, items: NewContent[]): Promise<Founding> {
	const log = new Log(own.sid, { ...parts, local: new Local(parts.crypto, parts.store, row.device) }, () => undefined);
	await log.found([own.frame]);
	const frames = [own.frame];
	for (const item of items) {
		const { frame } = await parts.crypto.sealItem(own.sid, item);
		await log.found([frame]);
		frames.push(frame);
	}
	return { sid: own.sid, frames: frames.map(toText) };
}

export async function ownCard(crypto: Crypto): Promise<{ sign_pk: string; recv_pk: string }> {
	const me = await crypto.me();
	if (!me) throw new Problem('locked', 'no key was made');
	return { sign_pk: toText(me.card.sign_pk), recv_pk: toText(me.card.recv_pk) };
}
