/** What a keeper's device checks before a room is given back, and a knocker's before she stays in one. Each check alone. */
import { describe, expect, it } from 'vitest';
import type { EntryView, EpochView, Member, SpaceView } from '#crypto/types.ts';
import { hindrance, strangeness, type Giving } from './giving.ts';

const NOW = 2_000_000_000_000;
const DAY = 86_400_000;
const card = { sign_pk: new Uint8Array(32), recv_pk: new Uint8Array(1216) };
const member = (pid: string, role: 0 | 1, more: Partial<Member> = {}): Member => ({ pid, role, card, was: null, placed: false, left: false, mine: false, since: 1, givenPast: false, wroteAt: 0, ...more });
const epoch = (members: Member[]): EpochView => ({ n: 1, id: 'e', seq: 1, members, policy: [], key: 'fits', past: null });
const space = (sid: string, members: Member[], more: Partial<SpaceView> = {}): SpaceView => ({
	sid, count: 1, run: 'r', founder: members[0]?.pid ?? '', epoch: epoch(members), closed: null, alarm: null, leaverFirst: false, ...more
});
const entry = (author: string, time: number, more: Partial<EntryView> = {}): EntryView => ({
	seq: 1, id: 'i', iid: 'i', author, writer: 'w', mine: false, time, type: 'item', item: null, edit: null, erased: null, epoch: null, change: null, ...more
});

const room: NonNullable<Giving['room']> = { view: space('room', [member('alma', 1), member('noor', 0)]), whole: true, entries: [entry('alma', NOW - 2 * DAY)], heard: () => false };
const fine: Giving = {
	held: true,
	me: 'noor',
	knocker: 'new',
	knock: space('knock', [member('new', 1), member('noor', 0)]),
	contacts: [{ pid: 'alma', name: 'Alma', compared: null, sid: 'room', notes: null }],
	chosen: 'alma',
	room,
	now: NOW
};
const but = (more: Partial<Giving>) => hindrance({ ...fine, ...more });
const butRoom = (more: Partial<NonNullable<Giving['room']>>) => but({ room: { ...room, ...more } });

describe('a room is given back', () => {
	it('on an ordinary day', () => {
		expect(hindrance(fine)).toBe(null);
	});
	it('peer-swapped: not over a line that is not held to what was signed', () => {
		expect(but({ held: false })).toBe('peer-swapped');
	});
	it('unusual-room: only from a space of exactly these two', () => {
		const three = [member('new', 1), member('noor', 0), member('eve', 1)];
		const odd = [three, [member('noor', 0), member('new', 1)], [member('eve', 1), member('noor', 0)], [member('new', 0), member('noor', 0)], [member('new', 1)]];
		for (const members of odd) expect(but({ knock: space('knock', members) })).toBe('unusual-room');
		expect(but({ knock: space('knock', [member('new', 1, { left: true }), member('noor', 0)]) })).toBe('unusual-room');
		expect(but({ knock: space('knock', [member('new', 1), member('noor', 0)], { closed: { by: 'noor', time: NOW } }) })).toBe('unusual-room');
		expect(but({ knock: null })).toBe('unusual-room');
	});
	it('known: not to a key that is somebody’s, or was ever in that room', () => {
		expect(but({ contacts: [...fine.contacts, { pid: 'new', name: 'Robin', compared: null, sid: null, notes: null }] })).toBe('known');
		expect(butRoom({ entries: [entry('noor', NOW - 9 * DAY, { type: 'epoch', epoch: epoch([member('new', 1)]) })] })).toBe('known');
	});
	it('not-a-contact: to one of the keeper’s own, with a place in that very room', () => {
		expect(but({ chosen: 'eve' })).toBe('not-a-contact');
		expect(but({ room: null })).toBe('not-a-contact');
		expect(but({ contacts: [{ ...fine.contacts[0]!, sid: 'another' }] })).toBe('not-a-contact');
		expect(butRoom({ view: space('room', [member('alma', 1, { left: true }), member('noor', 0)]) })).toBe('not-a-contact');
		expect(butRoom({ view: space('room', [member('alma', 0), member('noor', 0)]) })).toBe('not-a-contact');
	});
	it('not-whole: nothing on what was not checked whole', () => {
		expect(butRoom({ whole: false })).toBe('not-whole');
	});
	it('others-stay: nobody is passed over', () => {
		expect(butRoom({ view: space('room', [member('alma', 1), member('noor', 0), member('ines', 0)]) })).toBe('others-stay');
		expect(butRoom({ view: space('room', [member('alma', 1), member('noor', 0), member('ines', 0, { left: true })]) })).toBe(null);
	});
	it('still-here: not while the old key is about', () => {
		const wrote = (wroteAt: number) => butRoom({ view: space('room', [member('alma', 1, { wroteAt }), member('noor', 0, { wroteAt: NOW })]) });
		expect(wrote(NOW - DAY + 1)).toBe('still-here');
		expect(wrote(NOW + 9 * DAY)).toBe('still-here');
		expect(wrote(NOW - DAY)).toBe(null);
		expect(butRoom({ heard: (pid) => pid === 'alma' })).toBe('still-here');
	});
	it('what the keeper herself wrote and said today is no reason', () => {
		expect(butRoom({ heard: (pid) => pid === 'noor' })).toBe(null);
	});
});

describe('a room that is named to the knocker', () => {
	const named = epoch([member('new', 1, { was: 'alma', mine: true }), member('noor', 0)]);
	const there = { view: space('room', named.members), whole: true, entry: entry('noor', NOW, { type: 'epoch', epoch: named }) };
	const by = { compared: 'noor', me: 'new' };
	it('is entered where she has a place by succession, from whom she compared', () => {
		expect(strangeness(there, by)).toBe(null);
	});
	it('wrong-peer: not by anybody else’s hand', () => {
		expect(strangeness({ ...there, entry: { ...there.entry, author: 'eve' } }, by)).toBe('wrong-peer');
	});
	it('wrong-room: not without a place that was somebody’s, not where that keeper keeps no more, not unchecked', () => {
		const unnamed = epoch([member('new', 1, { mine: true }), member('noor', 0)]);
		expect(strangeness({ ...there, entry: { ...there.entry, epoch: unnamed } }, by)).toBe('wrong-room');
		expect(strangeness({ ...there, entry: { ...there.entry, epoch: epoch([member('noor', 0)]) } }, by)).toBe('wrong-room');
		expect(strangeness({ ...there, view: space('room', [member('new', 1, { was: 'alma' }), member('eve', 0)]) }, by)).toBe('wrong-room');
		expect(strangeness({ ...there, view: space('room', [member('new', 1, { was: 'alma' }), member('noor', 1)]) }, by)).toBe('wrong-room');
		expect(strangeness({ ...there, whole: false }, by)).toBe('wrong-room');
		expect(strangeness({ ...there, view: null }, by)).toBe('wrong-room');
		expect(strangeness({ ...there, entry: undefined }, by)).toBe('wrong-room');
		expect(strangeness({ ...there, entry: { ...there.entry, type: 'item' } }, by)).toBe('wrong-room');
	});
});
