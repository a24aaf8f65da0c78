import { expect, test } from 'vitest';
import { encode } from '#crypto/encoding.ts';
import type { EntryView, EpochView, State } from '#crypto/types.ts';
import { Thread } from './thread.ts';

const NOOR = 'noor';
const entry = (seq: number, of: Partial<EntryView>): EntryView =>
	({ seq, iid: `i${seq}`, author: NOOR, mine: false, time: seq, item: null, edit: null, epoch: null, ...of }) as EntryView;
const epoch = (seq: number, key: EpochView['key']): EntryView => entry(seq, { type: 'epoch', epoch: { key } as EpochView });
const item = (seq: number, state: State): EntryView => {
	const open = state === 'open';
	return entry(seq, { type: 'item', item: { drawer: 0, blobs: [], state, kind: open ? 'message' : '', version: open ? 1 : 0, content: open ? encode(`words ${seq}`) : null } });
};

function read(...entries: EntryView[]): Thread {
	const thread = new Thread();
	thread.take(entries, () => true);
	return thread;
}
const told = ({ said }: Thread) => said.map(({ seq, text, fault }) => [seq, text ?? fault]);

test('a key that does not fit is said where it begins, and in the place of each entry under it; everything else stays', () => {
	const thread = read(epoch(1, 'fits'), item(2, 'open'), epoch(3, 'does-not-fit'), item(4, 'does-not-open'), item(5, 'does-not-open'));
	expect(told(thread)).toEqual([[2, 'words 2'], [3, 'key'], [4, 'no-key'], [5, 'no-key']]);
	expect(thread.keyFits).toBe(false);
	expect(thread.said[1]).toMatchObject({ mine: false, state: 'said' });
});

test('a new key that fits: what came under the old one stays closed, and is still said', () => {
	const thread = read(epoch(1, 'fits'), epoch(2, 'does-not-fit'), item(3, 'does-not-open'));
	thread.take([epoch(4, 'fits'), item(5, 'open'), item(6, 'does-not-open')], () => true);
	expect(told(thread)).toEqual([[2, 'key'], [3, 'no-key'], [5, 'words 5'], [6, 'unopened']]);
	expect(thread.keyFits).toBe(true);
});

test('what was said before one’s time is no fault', () => {
	const thread = read(epoch(1, 'none'), item(2, 'no-key'), epoch(3, 'fits'), item(4, 'open'));
	expect(told(thread)).toEqual([[4, 'words 4']]);
	expect(thread.keyFits).toBe(true);
});

test('an edit that is here before what it edits is looked at counts once that is, the newest of them', () => {
	const edit = (seq: number, text: string): EntryView => ({ ...item(seq, 'open'), item: { ...item(seq, 'open').item!, kind: 'edit' }, edit: { seq: 2, id: 'i2', kind: 'message', version: 1, content: encode(text) } });
	const thread = read(edit(9, 'newest'), edit(8, 'older'));
	thread.take([item(2, 'open'), item(3, 'open')], () => true);
	expect(told(thread)).toEqual([[2, 'newest'], [3, 'words 3']]);
	thread.take([item(2, 'gone-erased')], () => true);
	expect(told(thread)).toEqual([[2, 'erased-by-other'], [3, 'words 3']]);
});
