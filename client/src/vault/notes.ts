import type { EntryView, Sid } from '#crypto/types.ts';
import { Change } from './change.ts';
import { contact, note, readText, type NewContent } from './content.ts';
import type { Local } from './local.ts';
import type { Log } from './log.ts';
import type { Letter, Outbox } from './outbox.ts';
import type { Own } from './own.ts';
import type { Papers } from './papers.ts';
import { Problem } from './problem.ts';
import { FAULTS } from './thread.ts';
import { Turn } from './turn.ts';
import type { Alarm, Notes as Face, Other, Said } from './types.ts';

const LARGEST_NOTE = 60_000;

export interface NotesParts {
	own: Own;
	ownSid: Sid;
	papers: Papers;
	outbox: Outbox;
	local: Local;
	put(letters: { sid: Sid; what: NewContent }[]): Promise<void>;
	kick(sid: Sid): void;
	draftChanged(): void;
}

/** Notes about the person of one room. */
export class Notes implements Face {
	readonly #about: Sid;
	readonly #other: () => Other;
	readonly #parts: NotesParts;
	readonly #change = new Change();
	readonly #writing = new Turn();
	#draft = '';
	#draftSaving: Promise<void> | null = null;

	constructor(about: Sid, other: () => Other, parts: NotesParts) {
		this.#about = about;
		this.#other = other;
		this.#parts = parts;
	}

	readonly #fields = {
		items: this.#change.field(() => this.#itemsNow()),
		draft: this.#change.field(() => this.#draft),
		alarm: this.#change.field(() => this.#logs.find(({ alarm }) => alarm)?.alarm ?? null)
	};

	get items(): readonly Said[] {
		return this.#fields.items();
	}

	get draft(): string {
		return this.#fields.draft();
	}

	get alarm(): Alarm | null {
		return this.#fields.alarm();
	}

	tell(): void {
		this.#change.tell();
	}

	/** The words under way, as this device keeps them: also what another tab has written. */
	async recall(): Promise<void> {
		if (this.#draftSaving) return;
		this.#draft = (await this.#parts.local.recall<string>(this.#draftName)) ?? '';
		this.tell();
	}

	write(text: string): Promise<void> {
		return this.#writing.take(() => this.#write(text));
	}

	async #write(text: string): Promise<void> {
		const what = note(text);
		if (what.content.length > LARGEST_NOTE) throw new Problem('too-big', 'one note holds about 60 kB: keep it in parts');
		const known = this.#logs.findLast(({ count }) => count > 0)?.sid;
		const sid = known ?? (await this.#parts.papers.found());
		await this.#parts.put([...(known ? [] : [this.#named(sid)]), { sid, what }]);
		this.keepDraft('');
	}

	/** What ties the space to the person: an item of the own space, kept together with the first words or not at all. */
	#named(notes: Sid): { sid: Sid; what: NewContent } {
		const { own, ownSid } = this.#parts;
		const { pid, name } = this.#other();
		const known = own.contacts.get(pid) ?? { pid, name, compared: null };
		return { sid: ownSid, what: contact({ ...known, sid: this.#about, notes }) };
	}

	keepDraft(text: string): void {
		this.#draft = text;
		this.tell();
		this.#draftSaving ??= this.#saveDraft();
	}

	/** The newest words win; while they are being kept, newer ones wait for the next round. */
	async #saveDraft(): Promise<void> {
		try {
			for (let kept: string | null = null; kept !== this.#draft; ) {
				kept = this.#draft;
				await this.#parts.local.keep(this.#draftName, kept === '' ? null : kept);
			}
		} finally {
			this.#draftSaving = null;
		}
		this.#parts.draftChanged();
	}

	/** Resolves once nothing typed here is still on its way to this device's store. */
	async kept(): Promise<void> {
		await this.#draftSaving;
	}

	async retry(iid: string): Promise<void> {
		const letter = this.#parts.outbox.find(iid);
		if (!letter) return;
		await this.#parts.outbox.change(letter, { state: 'waiting', why: null, frame: null });
		this.#parts.kick(letter.row.sid);
	}

	get #draftName(): string {
		return `notes/${this.#about}`;
	}

	get #logs(): Log[] {
		const { own, papers } = this.#parts;
		return [...(own.papers.get(this.#about) ?? [])].flatMap((sid) => papers.logs.get(sid) ?? []);
	}

	#itemsNow(): readonly Said[] {
		const logs = this.#logs;
		const said = logs.flatMap(({ entries }) => entries.flatMap((entry) => (entry ? noteOf(entry) : [])));
		const waiting = logs.flatMap((log) => this.#parts.outbox.of(log.sid).filter(({ row }) => !log.wrote(row.iid)).map(waitingNote));
		return [...(logs.length > 1 ? said.toSorted((a, b) => a.at - b.at) : said), ...waiting];
	}
}

function noteOf({ seq, iid, mine, time, item }: EntryView): Said[] {
	if (!item) return [];
	const known = item.kind === 'note' && item.version === 1;
	const text = known && item.content ? readText(item.content) : null;
	const fault = FAULTS[item.state] ?? (text !== null ? null : known ? 'unopened' : 'newer');
	return [{ key: iid, iid, seq, mine, at: time, state: 'said', text, fault, why: null }];
}

function waitingNote({ row, what, at }: Letter): Said {
	const state = row.state === 'not-sent' ? 'not-sent' : 'waiting';
	return { key: row.iid, iid: row.iid, seq: null, mine: true, at, state, text: readText(what.content), fault: null, why: row.why };
}
