import type { CallSignal, PageCall, Signalling } from '#rtc/signalling.ts';
import type { Call, CallSignal as Heard, Signals, Value } from '#vault/index.ts';

/** The vault's sealed signals, as a call needs them. Of the pages met earlier only the last may still be there. */
export function signallingOf(signals: Signals): Signalling {
	return {
		greet: () => signals.greet(),
		onCall: (meet) => {
			const earlier: Call[] = [];
			let listening = false;
			const stop = signals.onCall((call) => (listening ? meet(pageCall(call)) : void earlier.push(call)));
			listening = true;
			const last = earlier.sort((a, b) => a.since - b.since).at(-1);
			if (last) meet(pageCall(last));
			return stop;
		}
	};
}

function pageCall(call: Call): PageCall {
	return {
		id: call.id,
		owner: call.iOwnOffers,
		send: (signal) => (signal.kind === 'admit' ? call.admit() : call.send(signal.kind, contentOf(signal))),
		subscribe: (hear) =>
			call.subscribe((heard) => {
				const signal = read(heard, call.otherIsKeeper);
				if (signal) hear(signal);
			})
	};
}

const bit = (on: boolean): number => (on ? 1 : 0);

/** The fields of a signal's content, in the protocol's order. */
export function contentOf(signal: CallSignal): Value[] {
	switch (signal.kind) {
		case 'offer':
		case 'answer':
			return [signal.sdp];
		case 'candidate':
			return [signal.candidate, signal.mid, signal.line];
		case 'state':
			return [bit(signal.mic), bit(signal.camera), bit(signal.picture), bit(signal.sound)];
		default:
			return [];
	}
}

/** Null: another kind, another shape, or one that only a keeper may say. */
export function read({ kind, content }: Pick<Heard, 'kind' | 'content'>, fromKeeper: boolean): CallSignal | null {
	if (kind === 'offer' || kind === 'answer') return typeof content[0] === 'string' ? { kind, sdp: content[0] } : null;
	if (kind === 'candidate') return readCandidate(content);
	if (kind === 'state') return readState(content);
	if (kind === 'leave' || kind === 'differ' || kind === 'swapped') return { kind };
	return (kind === 'admit' || kind === 'end' || kind === 'words') && fromKeeper ? { kind } : null;
}

function readCandidate([candidate, mid, line]: Value[]): CallSignal | null {
	if (typeof candidate !== 'string' || !(mid === null || typeof mid === 'string') || !(line === null || typeof line === 'number')) return null;
	return { kind: 'candidate', candidate, mid, line };
}

function readState(content: Value[]): CallSignal | null {
	const [mic, camera, picture, sound] = content.map((one) => one === 1);
	if (content.length !== 4 || content.some((one) => one !== 0 && one !== 1)) return null;
	return { kind: 'state', mic: mic === true, camera: camera === true, picture: picture === true, sound: sound === true };
}
