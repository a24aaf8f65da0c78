import { describe, expect, it } from 'vitest';
import type { CallSignal } from '#rtc/signalling.ts';
import type { Call, Signals } from '#vault/index.ts';
import { contentOf, read, signallingOf } from './signalling.ts';

const all: CallSignal[] = [
	{ kind: 'offer', sdp: 'v=0' },
	{ kind: 'answer', sdp: 'v=0' },
	{ kind: 'candidate', candidate: 'candidate:1', mid: '0', line: 0 },
	{ kind: 'candidate', candidate: '', mid: null, line: null },
	{ kind: 'state', mic: true, camera: false, picture: true, sound: false },
	{ kind: 'admit' },
	{ kind: 'end' },
	{ kind: 'leave' },
	{ kind: 'words' },
	{ kind: 'differ' },
	{ kind: 'swapped' }
];

describe('signals of a call', () => {
	it('are read as they were said', () => {
		for (const signal of all) expect(read({ kind: signal.kind, content: contentOf(signal) }, true)).toEqual(signal);
	});
	it('admission, end and the asking for words count from a keeper only', () => {
		expect(read({ kind: 'admit', content: [] }, false)).toBeNull();
		expect(read({ kind: 'end', content: [] }, false)).toBeNull();
		expect(read({ kind: 'words', content: [] }, false)).toBeNull();
		for (const kind of ['leave', 'differ', 'swapped']) expect(read({ kind, content: [] }, false)).toEqual({ kind });
	});
	it('of another kind or shape are left out', () => {
		for (const [kind, content] of [['offer', [7]], ['candidate', ['x', 3, 0]], ['state', [1, 1]], ['state', [1, 1, 1, 2]], ['frame-key', []]] as const) {
			expect(read({ kind, content: [...content] }, true)).toBeNull();
		}
	});
});

describe('pages met earlier', () => {
	const call = (id: string, since: number): Call => ({
		id, since, sid: 's', pid: 'p', writer: 'w', otherIsKeeper: true, iOwnOffers: true,
		send: () => Promise.resolve(), subscribe: () => () => undefined, admit: () => Promise.resolve(), close: () => undefined
	});
	it('only the last is met, and each that comes', () => {
		let later: (call: Call) => void = () => undefined;
		const signals: Signals = {
			trouble: null, words: () => Promise.reject(new Error('not asked here')),
			writer: 'me',
			onSeen: () => () => undefined,
			greet: () => undefined,
			onCall: (listener) => {
				[call('a', 1), call('c', 3), call('b', 2)].forEach(listener);
				later = listener;
				return () => undefined;
			}
		};
		const met: string[] = [];
		signallingOf(signals).onCall(({ id }) => met.push(id));
		later(call('d', 4));
		expect(met).toEqual(['c', 'd']);
	});
});
