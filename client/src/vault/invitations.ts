import { toBytes, toText } from '#crypto/encoding.ts';
import type { Crypto } from '#crypto/types.ts';
import type { Api, Invitation as Served } from '#api/index.ts';
import { invitee, inviteAs, made, writeNote, type Invite } from './content.ts';
import type { Opened } from './opened.ts';
import { Problem } from './problem.ts';
import { random } from './random.ts';
import type { Invitation, Profile } from './types.ts';

const DAY = 86_400_000;
const PATIENCE = 20_000;

export interface NewInvitee {
	name: string;
	days: number;
	myName?: string;
	welcome?: string;
}

/** The links a therapist has given out: the server's word for their state, her own space for what they are. */
export class Invitations {
	all: readonly Invitation[] = [];

	readonly #parts: { api: Api; crypto: Crypto; opened: Opened; pid: string; changed(): void };
	#served: Served[] = [];
	/** iid of each invite item, by s. */
	readonly #iids = new Map<string, string>();

	constructor(parts: { api: Api; crypto: Crypto; opened: Opened; pid: string; changed(): void }) {
		this.#parts = parts;
	}

	async refresh(): Promise<void> {
		this.#served = await this.#parts.api.invitations();
		await this.draw();
	}

	/** From what is known now. */
	async draw(): Promise<void> {
		const invites = new Map<string, Invite>();
		for (const invite of this.#parts.opened.own.invites.values()) invites.set(await this.#iid(invite), invite);
		this.all = this.#served.map((served) => this.#show(served, invites.get(served.iid))).toSorted((a, b) => b.expires - a.expires);
		this.#parts.changed();
	}

	/** The link is given out only once its item stands in the log of the own space. */
	async invite(who: NewInvitee, myself: Profile): Promise<{ iid: string; link: string; expires: number }> {
		const { api, crypto } = this.#parts;
		const expires = Date.now() + who.days * DAY;
		const note = writeNote({ name: who.myName ?? myself.name, welcome: who.welcome ?? myself.welcome, form: myself.form });
		const fresh = await crypto.makeInvitation({ others: [], policy: [], expires, note });
		await this.#write([invitee(fresh.iid, who.name), made('invite', fresh.item)]);
		await api.invite({ iid: fresh.iid, record: toText(fresh.record), expires });
		await this.refresh();
		return { iid: fresh.iid, link: linkOf(fresh.fragment), expires };
	}

	/** First the own list, by which the therapist's device judges who comes, then the server's. */
	async revoke(iid: string): Promise<void> {
		const invite = await this.#find(iid);
		if (invite) await this.#write([inviteAs(invite, 1, null)]);
		await this.#parts.api.revoke(iid);
		await this.refresh();
	}

	/** Appends to the own space and waits until it stands there. */
	async #write(what: ReturnType<typeof made>[]): Promise<void> {
		const { opened } = this.#parts;
		const letters = what.map((one) => ({ sid: opened.ownLog.sid, what: one, iid: toText(random(16)) }));
		await opened.put(letters);
		const written = await opened.ownLog.until(() => letters.every(({ iid }) => opened.ownLog.wrote(iid)), PATIENCE);
		if (!written) throw new Problem('unreachable', 'the own space could not be written within 20 s');
	}

	async #find(iid: string): Promise<Invite | null> {
		for (const invite of this.#parts.opened.own.invites.values()) if ((await this.#iid(invite)) === iid) return invite;
		return null;
	}

	#show(served: Served, invite: Invite | undefined): Invitation {
		const { iid, expires, state, used_at: usedAt, space: sid } = served;
		const link = invite?.state === 0 && state === 'open' ? linkOf(fragmentOf(invite, this.#parts.pid)) : null;
		return { iid, expires, state, usedAt, sid, link, name: this.#parts.opened.own.invitees.get(iid) ?? '' };
	}

	async #iid(invite: Invite): Promise<string> {
		const known = this.#iids.get(invite.s);
		if (known) return known;
		const { iid } = await this.#parts.crypto.readLink(fragmentOf(invite, this.#parts.pid));
		this.#iids.set(invite.s, iid);
		return iid;
	}
}

function fragmentOf({ s }: Invite, pid: string): string {
	return toText(Uint8Array.from([...toBytes(s), ...toBytes(pid).slice(0, 16)]));
}

const linkOf = (fragment: string): string => `${location.origin}/i#${fragment}`;
