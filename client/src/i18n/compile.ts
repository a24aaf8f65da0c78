import { readFileSync } from 'node:fs';
import compile from 'icu-minify/compile';
import type { CompiledMessage } from 'icu-minify/format';

const SELECT = 1;
const PLURAL = 2;
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

type Node = string | number | [string, ...unknown[]];
type Branches = Record<string, Node | Node[]>;

/** One message in ICU syntax, compiled; every plain {value} stands between U+2068 and U+2069, so that a Latin name cannot turn an Arabic line. */
export function compileMessage(message: string): CompiledMessage {
	return isolate(compile(message) as Node | Node[]) as CompiledMessage;
}

/** A whole file of messages: `{key: ICU text}` in, `{key: compiled}` out. */
export function compileFile(path: string): Record<string, CompiledMessage> {
	const messages = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
	return Object.fromEntries(Object.entries(messages).map(([key, message]) => [key, compileMessage(message)]));
}

/** Vite plugin: `i18n/messages/<language>/<area>.json` becomes one chunk of compiled messages, with no parser at run time. */
export function messages() {
	return {
		name: 'attune-messages',
		enforce: 'pre' as const,
		load(id: string) {
			const path = id.split('?')[0] ?? id;
			if (!/\/i18n\/messages\/[a-z]+\/[a-z]+\.json$/.test(path)) return null;
			return JSON.stringify(compileFile(path));
		}
	};
}

function isolate(message: Node | Node[]): Node | Node[] {
	if (typeof message === 'string' || typeof message === 'number') return message;
	return (message as Node[]).flatMap(isolateNode);
}

function isolateNode(node: Node): Node[] {
	if (typeof node === 'string' || typeof node === 'number') return [node];
	if (node.length === 1) return [FIRST_STRONG_ISOLATE, node, POP_ISOLATE];
	const [name, type, branches] = node;
	if (type !== SELECT && type !== PLURAL) throw new Error(`{${name}} is neither a value, a plural nor a select: messages hold nothing else`);
	const inner = Object.entries(branches as Branches).map(([key, branch]) => [key, isolate(branch)]);
	return [[name, type, Object.fromEntries(inner)]];
}
