import { describe, expect, it } from 'vitest';
import { stageOf } from './stage.ts';

const MINUTE = 60_000;
const session = { state: 'planned' as const, starts_at: 1_000 * MINUTE, minutes: 50 };
const room = { checked: 'whole' as const };
const at = (minute: number) => ({ session, room, view: null, now: minute * MINUTE });
const live = { phase: 'live' as const, ending: null };

describe('where somebody stands', () => {
	it('follows the hour', () => {
		expect(stageOf(at(989))).toBe('early');
		expect(stageOf(at(990))).toBe('door');
		expect(stageOf(at(1_050))).toBe('door');
		expect(stageOf(at(1_171))).toBe('late');
	});
	it('waits for the room to be checked, and stops where it does not add up', () => {
		expect(stageOf({ ...at(1_000), room: null })).toBe('opening');
		expect(stageOf({ ...at(1_000), room: { checked: 'checking' } })).toBe('opening');
		expect(stageOf({ ...at(1_000), room: { checked: 'stopped' } })).toBe('stopped');
	});
	it('a waiting room does not close while the room is checked anew', () => {
		expect(stageOf({ ...at(1_000), room: { checked: 'checking' }, view: { phase: 'warm', ending: null } })).toBe('door');
	});
	it('a call that is heard goes on, whatever the server says', () => {
		for (const state of ['planned', 'cancelled', 'ended'] as const) expect(stageOf({ ...at(1_200), session: { ...session, state }, view: live })).toBe('call');
		expect(stageOf({ ...at(1_000), room: { checked: 'stopped' }, view: { phase: 'quiet', ending: null } })).toBe('call');
	});
	it('an ending stands', () => {
		for (const [ending, stage] of [['ended', 'over'], ['left', 'left'], ['swapped', 'swapped'], ['differ', 'differ']] as const) {
			expect(stageOf({ ...at(1_000), view: { phase: 'over', ending } })).toBe(stage);
		}
	});
	it('the server’s word counts outside a call', () => {
		expect(stageOf({ ...at(1_000), session: { ...session, state: 'ended' } })).toBe('over');
		expect(stageOf({ ...at(1_000), session: { ...session, state: 'cancelled' }, view: { phase: 'warm', ending: null } })).toBe('cancelled');
	});
});
