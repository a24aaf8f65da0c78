import { asList, decode, encode, toBytes, toText, type Value } from '#crypto/encoding.ts';
import { Refusal, type Api, type Entries, type Invitation, type JoinBody, type KeyRecord, type Person, type SetUpBody } from '#api/index.ts';

interface Space {
	frames: string[];
	members: Set<string>;
}

/** What goes wrong with the next request of a kind. `lost`: done, and the answer does not come back. */
export type Mishap = 'unreachable' | 'lost' | Refusal;

/**
 * A server of one test: keeps frames in order, knows who wrote an iid already, and can be told to misbehave. It does not run the log's rules: that is
 * tested against the real one.
 */
export class FakeServer {
	readonly spaces = new Map<string, Space>();
	readonly invitations = new Map<string, Invitation & { record: string; by: string }>();
	readonly people = new Map<string, Person>();
	readonly records = new Map<string, KeyRecord[]>();
	/** Frames that were posted, in the order in which they came in. */
	readonly #posted: { sid: string; frame: string }[] = [];
	readonly #mishaps: { door: string; mishap: Mishap }[] = [];
	/** What was listed: from where, and how many texts. */
	readonly listed: { sid: string; after: number; texts: number }[] = [];
	/** How many signals came with each request. */
	readonly breaths: number[] = [];
	readonly #hearers: { pid: string; listener: (sid: string, frames: string[]) => void }[] = [];
	readonly #listeners = new Set<(push: { space: string; seq: number; frame: string }) => void>();

	postedTo(sid: string): string[] {
		return this.#posted.filter((one) => one.sid === sid).map(({ frame }) => frame);
	}

	/** The next requests at this door go wrong. */
	next(door: 'append' | 'entries' | 'found' | 'join' | 'signal', ...mishaps: Mishap[]): void {
		this.#mishaps.push(...mishaps.map((mishap) => ({ door, mishap })));
	}

	/** Pushes go to members alone. */
	onEntry(pid: string, listener: (push: { space: string; seq: number; frame: string }) => void): () => void {
		const mine: typeof listener = (push) => this.spaces.get(push.space)?.members.has(pid) && listener(push);
		this.#listeners.add(mine);
		return () => this.#listeners.delete(mine);
	}

	/** The server as one signed-in person reaches it. */
	api(who: { pid: string }): Api {
		const doors: Partial<Api> = {
			spaces: async () => this.#listSpaces(who.pid),
			entries: (sid, page) => this.#through('entries', async () => this.#entries(sid, page)),
			append: (sid, frame) => this.#through('append', async () => this.append(sid, frame)),
			signal: (sid, frames) => this.#through('signal', async () => this.#relay(who.pid, sid, frames)),
			foundSpace: (body) => this.#through('found', async () => this.#found(who.pid, body)),
			records: async () => this.records.get(who.pid) ?? [],
			setUp: async (body) => this.#setUp(who, body),
			invite: async ({ iid, record, expires }) => this.#invite(who.pid, { iid, record, expires }),
			invitations: async () => [...this.invitations.values()].filter(({ by }) => by === who.pid),
			door: async (iid) => this.#door(iid),
			join: (iid, body) => this.#through('join', async () => this.#join(who, iid, body)),
			appointments: async () => []
		};
		return doors as Api;
	}

	/** Relayed to the other members, never kept. */
	onSignal(pid: string, listener: (sid: string, frames: string[]) => void): void {
		this.#hearers.push({ pid, listener });
	}

	#relay(from: string, sid: string, frames: string[]): null {
		this.breaths.push(frames.length);
		const members = this.spaces.get(sid)?.members;
		for (const { pid, listener } of this.#hearers) if (pid !== from && members?.has(pid)) queueMicrotask(() => listener(sid, frames));
		return null;
	}

	append(sid: string, frame: string): { seq: number; id: string } {
		this.#posted.push({ sid, frame });
		const space = this.spaces.get(sid);
		if (!space) throw new Refusal('not-found', 404, sid);
		const known = space.frames.findIndex((other) => nameOf(other) === nameOf(frame));
		if (known >= 0) return { seq: known + 1, id: '' };
		space.frames.push(frame);
		const push = { space: sid, seq: space.frames.length, frame };
		for (const listener of this.#listeners) queueMicrotask(() => listener(push));
		return { seq: space.frames.length, id: '' };
	}

	async #through<T>(door: string, work: () => Promise<T>): Promise<T> {
		const at = this.#mishaps.findIndex((one) => one.door === door);
		const mishap = at < 0 ? null : this.#mishaps.splice(at, 1)[0]?.mishap;
		if (mishap === 'unreachable') throw new Refusal('unreachable', 0, door);
		if (mishap instanceof Refusal) throw mishap;
		const answer = await work();
		if (mishap === 'lost') throw new Refusal('unreachable', 0, `${door}: the answer was lost`);
		return answer;
	}

	#found(pid: string, { sid, frame }: { sid: string; frame: string }) {
		const space = this.spaces.get(sid) ?? { frames: [frame], members: new Set([pid]) };
		this.spaces.set(sid, space);
		return { sid, count: space.frames.length, run: '' };
	}

	#listSpaces(pid: string) {
		const mine = [...this.spaces].filter(([, { members }]) => members.has(pid));
		return mine.map(([sid, { frames }]) => ({ sid, count: frames.length, run: '' }));
	}

	async #entries(sid: string, { after, most, textsFrom }: { after: number; most: number; textsFrom: number }): Promise<Entries> {
		const { frames } = this.spaces.get(sid) ?? { frames: [] };
		const listed = frames.slice(after, after + most);
		const held = listed.flatMap((frame, at) => (after + at + 1 < textsFrom && isTalk(frame) ? [after + at + 1] : []));
		this.listed.push({ sid, after, texts: listed.length - held.length });
		const bare = await Promise.all(listed.map((frame, at) => (held.includes(after + at + 1) ? withoutText(frame) : frame)));
		return { count: frames.length, frames: bare, held };
	}

	#person(who: { pid: string }, of: Partial<Person>): Person {
		const base = { pid: who.pid, sign_pk: '', recv_pk: '', therapist: false, login: null, language: 'en', time_zone: 'UTC', own_space: '', record_kinds: [] };
		const person: Person = { ...base, ...of };
		this.people.set(who.pid, person);
		return person;
	}

	#setUp(who: { pid: string }, body: SetUpBody): Person {
		this.spaces.set(body.own.sid, { frames: body.own.frames, members: new Set([who.pid]) });
		const { mid, kind, login, record } = body.method;
		this.records.set(who.pid, [{ mid, kind, login, record }]);
		return this.#person(who, { therapist: true, login, own_space: body.own.sid, record_kinds: [1] });
	}

	#invite(by: string, { iid, record, expires }: { iid: string; record: string; expires: number }): Invitation {
		const invitation = { iid, record, expires, by, state: 'open' as const, used_at: null, space: null };
		this.invitations.set(iid, invitation);
		return invitation;
	}

	#door(iid: string) {
		const invitation = this.invitations.get(iid);
		if (!invitation) throw new Refusal('not-found', 404, iid);
		const { state, expires, used_at, record } = invitation;
		return { state, expires, used_at, record: state === 'open' ? record : null };
	}

	#join(who: { pid: string }, iid: string, body: JoinBody): Person {
		const invitation = this.invitations.get(iid);
		if (!invitation) throw new Refusal('not-found', 404, iid);
		const again = this.people.get(who.pid);
		if (again) return again;
		if (invitation.state !== 'open') throw new Refusal(invitation.state, 409, iid);
		Object.assign(invitation, { state: 'used', used_at: Date.now(), space: body.shared.sid });
		this.spaces.set(body.own.sid, { frames: body.own.frames, members: new Set([who.pid]) });
		this.spaces.set(body.shared.sid, { frames: [body.shared.frame], members: new Set([who.pid, invitation.by]) });
		return this.#person(who, { own_space: body.own.sid });
	}
}

/** An item of the talk that still has its text. */
function isTalk(frame: string): boolean {
	const [kind, extra] = [headOf(frame)[0], headOf(frame)[9]];
	return kind === 1 && (extra as Value[])[0] === 0 && decode(toBytes(frame)).length === 4;
}

/** The frame bare: its text is gone, its place stays. */
export async function withoutText(frame: string): Promise<string> {
	const [suite, head, body, sig] = decode(toBytes(frame)) as [Value, Value, Uint8Array<ArrayBuffer>, Value];
	return toText(encode(suite, head, null, sig, new Uint8Array(await crypto.subtle.digest('SHA-256', body))));
}

/** Author's place and iid of a frame. */
function nameOf(frame: string): string {
	const [, head] = decode(toBytes(frame));
	const [, , who, , iid] = decode(head as Uint8Array) as Value[];
	return `${String(who)}/${toText(iid as Uint8Array)}`;
}

export const headOf = (frame: string): Value[] => asList(decode(decode(toBytes(frame))[1] as Uint8Array));
