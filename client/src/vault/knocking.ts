import { toBytes, toText } from '#crypto/encoding.ts';
import { Refusal as Unsealed } from '#crypto/refusals.ts';
import { closedBy, foundWith, newRow, ownCard, type ArrivingParts } from './arriving.ts';
import { contact, profile } from './content.ts';
import { Local } from './local.ts';
import { Log } from './log.ts';
import type { PersonRow } from './store.ts';
import type { Knock } from './knock.ts';
import type { Closed } from './types.ts';

/** What an appointment's link shows, followed or as it was read out; uses nothing. All of it is the server's word. */
export async function lookAtKnock({ api }: Pick<ArrivingParts, 'api'>, given: string): Promise<Knock | Closed> {
	const link = isLink(given) ? given : await linkSaid(given);
	if (link === null) return { code: 'torn', at: null };
	try {
		const { starts_at: startsAt, minutes, name, card } = await api.lookAtKnock(link);
		return { link, startsAt, minutes, name, card: { sign_pk: toBytes(card.sign_pk), recv_pk: toBytes(card.recv_pk) } };
	} catch (refusal) {
		return closedBy(refusal);
	}
}

/** Null: no code of a session's link. A recovery sheet's is none either, so that nobody sends hers here by mistake. */
async function linkSaid(typed: string): Promise<string | null> {
	const { readSpoken } = await import('#crypto/spoken.ts');
	try {
		return toText(await readSpoken(typed));
	} catch (refusal) {
		if (refusal instanceof Unsealed) return null;
		throw refusal;
	}
}

function isLink(link: string): boolean {
	try {
		return toBytes(link, 16).length === 16;
	} catch (refusal) {
		if (refusal instanceof Unsealed) return false;
		throw refusal;
	}
}

/** Fresh keys, and a space of the two that nobody has checked: on this device before anything is posted. */
export async function foundByKnock(parts: ArrivingParts, { link, name, card }: Knock, here: { language: string; timeZone: string }): Promise<PersonRow> {
	const { crypto, store } = parts;
	await crypto.create();
	const { own, shared, keeper } = await crypto.foundKnock(card);
	const row = await newRow(parts, { ownSid: own.sid, ...here, therapist: false });
	// Without a room: this one is not the contact's, and ends with the call.
	const known = contact({ pid: keeper, name, compared: null, sid: null, notes: null });
	const founding = await foundWith(parts, row, own, [known, profile({ name: '', welcome: '', form: 0 })]);
	await new Log(shared.sid, { ...parts, local: new Local(crypto, store, row.device) }, () => undefined).found([shared.frame]);
	const body = {
		link,
		card: await ownCard(crypto),
		own: founding,
		shared: { sid: shared.sid, frames: [toText(shared.frame)] },
		language: here.language,
		time_zone: here.timeZone
	};
	const complete = { ...row, root: await crypto.rootForDevice(), joining: { iid: null, body } };
	await store.keepPerson(complete);
	return complete;
}

/** Somebody who came by a knock and got no room: her keys are of use for that call alone. */
export const isPassing = (row: PersonRow | null): boolean => row?.root !== undefined && row.root !== null && row.cameBy === null;
