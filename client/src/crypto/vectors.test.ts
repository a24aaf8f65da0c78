/** Every known answer of contract/vectors, read by the modules that the worker is made of. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { concat, decode, encode, equal, exact, toHex, toText, utf8, type Value } from './encoding.ts';
import { openFile, paddedSize, rootOf, sealFile } from './files.ts';
import { callName, endsOf, hearHi, type Hello } from './hello.ts';
import { identityOf, openRecord, type Identity } from './identity.ts';
import { createEngine } from './engine.ts';
import { pad, unpad } from './items.ts';
import { judgeFounding, openInvitation } from './invitations.ts';
import { checkCard, pidOf, verify } from './keys.ts';
import { knockBytes } from './knock.ts';
import { takeListing } from './listing.ts';
import { entryAt, newLog, type Log } from './log.ts';
import { openPast, takeKeys } from './epochkeys.ts';
import { kdf, labelled, open, secretOf, sha256, unwrap } from './primitives.ts';
import { Refusal } from './refusals.ts';
import { digitsOf, fingerprint, qrOf, readQr, safetyNumber, wordsOf } from './safety.ts';
import type { Bytes, Listing } from './types.ts';
import { codeBytes, codeText, keysOf, prfInput, secretBytes, tidyPassphrase } from './unlocking.ts';
import { entryViews } from './views.ts';
import { words } from './words.ts';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../contract/vectors/${name}.json`, import.meta.url), 'utf8'));
const hex = (text: string): Bytes => exact(Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
const id = (text: string): string => toText(hex(text));

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'taken';
}

describe('encoding', () => {
  const { good, refused } = read('encoding');
  it('gives the one form, and takes it back', async () => {
    for (const { encoded, sha256: digest } of good) {
      const bytes = encoded === null ? encode(new Uint8Array(65_536)) : hex(encoded);
      expect(toHex(await sha256(bytes))).toBe(digest);
      expect(toHex(encode(...decode(bytes)))).toBe(toHex(bytes));
    }
    const numbers = good[1];
    expect(toHex(encode(...numbers.value_hex_or_text))).toBe(numbers.encoded);
    const texts = good[2];
    expect(toHex(encode(null, hex(''), hex('0001'), '', 'ä', 'مرحبا'))).toBe(texts.encoded);
  });
  it.each(Object.entries(refused as Record<string, string>))('refuses %s', async (_, bytes) => {
    expect(await codeOf(() => decode(hex(bytes)))).toBe('malformed');
  });
  it('writes only what it would read', async () => {
    for (const value of [-1, 1.5, 2 ** 53, true, undefined, {}, '\uFEFFa', '\uD800', [[[[[[[[[]]]]]]]]]])
      expect(await codeOf(() => encode(value as Value)), JSON.stringify(value)).toBe('malformed');
  });
});

describe('primitives', () => {
  const known = read('primitives');
  it('hashes, derives, opens', async () => {
    expect(decode(labelled('item'))[0]).toBe(known.label);
    const { key, salt, name, fields, out } = known.kdf;
    expect(toHex(await kdf(await secretOf(hex(key)), name, fields.map(hex), { salt: hex(salt) }))).toBe(out);
    const { key: sealing, name: as, context, plain, sealed } = known.seal;
    const secret = await secretOf(hex(sealing));
    expect(toHex((await open(secret, as, [hex(context[0]), context[1]], hex(sealed)))!)).toBe(plain);
    expect(await open(secret, as, [hex(context[0]), context[1] + 1], hex(sealed))).toBe(null);
  });
  it('pads', async () => {
    for (const [size, digest] of Object.entries(known.pad)) {
      const data = new Uint8Array(Number(size)).fill(0x78);
      const padded = pad(data);
      expect(toHex(await sha256(padded)), size).toBe(digest);
      expect(equal(unpad(padded)!, data)).toBe(true);
    }
    expect(await codeOf(() => pad(new Uint8Array(65_533)))).toBe('too-big');
    expect(unpad(Uint8Array.from(pad(utf8('a')), (byte, at) => (at === 255 ? 1 : byte)))).toBe(null);
  });
});

describe('identities', () => {
  it.each(read('identities') as ReturnType<typeof read>[])('%#: keys, name, number, signature, wrap', async (known: ReturnType<typeof read>) => {
    const identity = await identityOf(hex(known.root));
    expect(toHex(identity.card.sign_pk)).toBe(known.sign_pk);
    expect(toHex(identity.card.recv_pk)).toBe(known.recv_pk);
    expect(identity.pid).toBe(id(known.pid));
    const fields = [new Uint8Array(16), identity.pidBytes];
    expect(await verify(identity.card.sign_pk, hex(known['signature_over_sign-in']), 'sign-in', 'https://a.example', ...fields)).toBe(true);
    expect(await verify(identity.card.sign_pk, hex(known['signature_over_sign-in']), 'sign-in', 'https://b.example', ...fields)).toBe(false);
    const number = await fingerprint(identity.pid);
    expect(number.digits.join(' ')).toBe(known.digits);
    expect(number.words).toEqual((known.word_indices as number[]).map((at) => words[at]));
    const { context, key, wrapped } = known.wrap as { context: [string, number, string]; key: string; wrapped: string };
    const opened = await unwrap(identity.receiving, [hex(context[0]), context[1], hex(context[2])], hex(wrapped));
    expect(toHex(opened!)).toBe(key);
    expect(await unwrap(identity.receiving, [hex(context[0]), context[1] + 1, hex(context[2])], hex(wrapped))).toBe(null);
  });
});

describe('unlocking', () => {
  const known = read('unlocking');
  const { passphrase, code, passkey, room_link } = known;
  const opens = async (record: string, unlocking: CryptoKey): Promise<void> => {
    const opened = await openRecord(hex(record), unlocking);
    expect(toHex(opened.identity.root)).toBe(known.root);
    expect(toHex(opened.ownSid!)).toBe(known.own_sid);
  };
  it('passphrase', async () => {
    const unlock = { kind: 1, login: passphrase.login, secret: passphrase.typed } as const;
    expect(toHex(await secretBytes(unlock))).toBe(passphrase.stretched);
    const keys = await keysOf(unlock, 'https://a.example');
    expect(keys.loginSecret).toBe(passphrase.login_secret);
    await opens(passphrase.record, keys.unlocking);
    expect(tidyPassphrase(passphrase.typed)).toBe('Crème brûlée five six');
  });
  it('recovery code', async () => {
    expect(await codeText(hex(code.bytes))).toBe(code.text);
    expect(toHex(await codeBytes(code.text))).toBe(code.bytes);
    expect(toHex(await codeBytes(code.text.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('-', ' ')))).toBe(code.bytes);
    expect(await codeOf(() => codeBytes(code.text.replace('Z', 'Y')))).toBe('mistyped');
    const keys = await keysOf({ kind: 2, login: passphrase.login, secret: code.text }, 'https://a.example');
    expect(keys.loginSecret).toBe(code.login_secret);
    await opens(code.record, keys.unlocking);
  });
  it('passkey', async () => {
    expect(toHex(await prfInput())).toBe(passkey.prf_input);
    const keys = await keysOf({ kind: 0, login: passphrase.login, secret: hex(passkey.prf_output) }, 'https://a.example');
    await opens(passkey.record, keys.unlocking);
    expect(await codeOf(() => opens(code.record, keys.unlocking))).toBe('wrong-secret');
  });
  it('room link', async () => {
    const keys = await keysOf({ kind: 3, secret: hex(room_link.bytes) }, 'https://a.example');
    expect(keys.login).toBe(room_link.login);
    await opens(room_link.record, keys.unlocking);
  });
});

describe('weak keys', () => {
  const known = read('weak');
  it.each(Object.entries(known.recv_pk as Record<string, string>))('refuses a receiving key: %s', async (_, recv) => {
    expect(await codeOf(() => checkCard({ sign_pk: hex(known.sign_pk), recv_pk: hex(recv) }))).toBe('weak-key');
  });
  it.each(known.small_order_sign_pk as string[])('refuses a signing key: %s', async (sign_pk) => {
    const recv_pk = hex(read('identities')[0].recv_pk);
    expect(await codeOf(() => checkCard({ sign_pk: hex(sign_pk), recv_pk }))).toBe('weak-key');
    const high = hex(sign_pk);
    high[31] = high[31]! ^ 0x80;
    expect(await codeOf(() => checkCard({ sign_pk: high, recv_pk }))).toBe('weak-key');
    const sig = new Uint8Array(64);
    sig.set(hex(sign_pk));
    expect(await verify(hex(sign_pk), sig, 'entry', sig)).toBe(false);
    expect(await verify(hex(known.sign_pk), sig, 'entry', sig)).toBe(false);
  });
});

it('refuses weak keys and R halves also where the platform would not', async () => {
  const { sign_pk, small_order_sign_pk } = read('weak');
  const lenient = vi.spyOn(crypto.subtle, 'verify').mockResolvedValue(true);
  const good = new Uint8Array(64).fill(9);
  expect(await verify(hex(sign_pk), good, 'entry')).toBe(true);
  for (const weak of small_order_sign_pk) {
    expect(await verify(hex(sign_pk), concat(hex(weak), new Uint8Array(32)), 'entry')).toBe(false);
    expect(await verify(hex(weak), good, 'entry')).toBe(false);
  }
  lenient.mockRestore();
});

describe('a knock', () => {
  const known = read('knock');
  const pages = Object.entries(known.pids as Record<string, string>).map(([name, pid]) => ({ name, pid: id(pid), writer: toText(utf8(name)) }));
  const [t, c] = pages as [(typeof pages)[0], (typeof pages)[0]];
  it('both pages say exactly what the vector says, and agree on the call, words and digits', async () => {
    const hello = (page: typeof t): Hello => ({ sid: hex(known.sid), self: page, met: new Map(), random: () => hex(known.nonces[page.name]) });
    const hellos = new Map(pages.map((page) => [page.name, hello(page)]));
    const waiting = pages.map((page) => ({ from: page, content: encode(null, null, null) }));
    const said: { from: string; content: string }[] = [];
    const calls = new Set<string>();
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      said.push({ from: next.from.name, content: toHex(next.content) });
      const other = pages.find(({ name }) => name !== next.from.name)!;
      const answer = await hearHi(hellos.get(other.name)!, next.from, next.content);
      waiting.push(...answer.send.map((content) => ({ from: other, content })));
      if (answer.call) calls.add(answer.call);
    }
    const order = (one: { from: string; content: string }): string => one.from + one.content;
    expect(new Set(said.map(order))).toEqual(new Set(known.sent.map(order)));
    expect([...calls]).toEqual([id(known.call)]);
    const nonce = (page: typeof t): Bytes => hex(known.nonces[page.name]);
    const call = await callName(hex(known.sid), { pid: c.pid, nonce: nonce(c) }, { pid: t.pid, nonce: nonce(t) });
    expect(toHex(call)).toBe(known.call);
    const ends = endsOf(hellos.get(t.name)!, c)!;
    expect(endsOf(hellos.get(c.name)!, t)).toEqual(ends.toReversed());
    const eight = await knockBytes(hex(known.sid), ...ends);
    expect(wordsOf(eight)).toEqual((known.word_indices as number[]).map((at) => words[at]));
    expect(digitsOf(eight).join(' ')).toBe(known.digits);
  });
});

describe('a room', () => {
  const known = read('room');
  const who = new Map<string, Promise<Identity>>(Object.entries(known.roots as Record<string, string>).map(([name, root]) => [name, identityOf(hex(root))]));
  const later = 2_000_000_000_000;
  async function taken(name: string, listing: Partial<Listing> & { frames: Bytes[] }): Promise<Log> {
    const log = newLog(id(known.sid));
    await takeListing(log, { after: 0, count: listing.frames.length, held: [], ...listing });
    await takeKeys(log, [(await who.get(name))!], 0);
    return log;
  }
  const views = async (log: Log, name: string) =>
    entryViews(log, log.entries.map(({ seq }) => seq), { own: new Set([(await who.get(name))!.pid]), now: later });
  const frames = (known.log as string[]).map(hex);
  const served = (known.log_as_served as string[]).map(hex);

  it.each(['log', 'log_as_served'])('%s: every rule holds, ids and runs are the known ones', async (which) => {
    const log = await taken('t', { frames: (known[which] as string[]).map(hex) });
    expect(log.alarm).toBe(null);
    expect(log.entries.map(({ id: one }) => one)).toEqual((known.ids as string[]).map(id));
    expect(log.runs).toEqual((known.run as string[]).map(id));
    expect(log.closed).toBe(null);
  });
  it.each(['t', 'p'])('%s reads what she may', async (name) => {
    const log = await taken(name, { frames: served });
    const expected = known[`read_by_${name}`] as ([string, number, string] | null)[];
    for (const [at, view] of (await views(log, name)).entries()) {
      const inside = expected[at] ?? null;
      const seen = view.item?.state === 'open' ? [view.item.kind, view.item.version, toHex(view.item.content!)] : null;
      expect(seen).toEqual(inside);
    }
    expect((await views(log, name))[1]!.item!.state).toBe('gone-erased');
  });
  it('knows the epoch keys, and opens the past', async () => {
    const log = await taken('t', { frames: served });
    for (const [n, key] of Object.entries(known.epoch_keys_of_t as Record<string, string>)) expect(toHex(log.keys.get(Number(n))!.bytes)).toBe(key);
    const { place, sealed, wrap, opens_to } = known.past;
    const epoch = log.epochs[1]!;
    const given = epoch.body.past[0]!;
    expect([given.place, toHex(given.sealed), toHex(given.wrap)]).toEqual([place, sealed, wrap]);
    const keys = await openPast(log, epoch, given, (await who.get('p'))!);
    expect(toHex(encode(...keys!.map(([m, key]): Value => [m, key])))).toBe(opens_to);
  });
  it('a place has one id, whole or bare', async () => {
    const { whole, erased, id: one } = known.erased_place;
    for (const form of [whole, erased]) {
      const log = await taken('t', { frames: [frames[0]!, hex(form)] });
      expect(entryAt(log, 2).id).toBe(id(one));
    }
  });
  it('a bare listing is filled place by place', async () => {
    const { count, frames: bare, held, bodies } = known.bare_listing;
    const log = await taken('t', { frames: bare.map(hex), count, held });
    expect(log.alarm).toBe(null);
    expect((await views(log, 't')).flatMap(({ item }) => item?.state ?? [])).toEqual(['gone-erased', 'held', 'held']);
    await takeListing(log, { after: 0, count, frames: served, held: [] });
    for (const seq of held as number[]) expect(toHex(entryAt(log, seq).frame!.body!)).toBe(bodies[String(seq)]);
    expect((await views(log, 't'))[2]!.item!.state).toBe('open');
  });
  it('the end of a closed space is taken by its own rules', async () => {
    const end = (known.closed_and_deleted as string[]).map(hex);
    const log = newLog(id(known.sid));
    await takeListing(log, { after: 0, count: end.length, frames: end, held: [] }, { extent: 'end' });
    expect(log.alarm).toBe(null);
    expect(log.closed?.by).toBe((await who.get('t'))!.pid);
  });
  it('the founding came by the invitation', async () => {
    const { fragment, record } = known.invitation;
    const opened = await openInvitation(fragment, hex(record), 0);
    const keeper = (await who.get('t'))!;
    expect(opened.keeper).toBe(keeper.pid);
    const log = await taken('t', { frames });
    const claim = { sid: log.sid, founder: (await who.get('c'))!.pid, keeper: keeper.pid, body: log.epochs[0]!.body, now: 0 };
    const invite = { s: opened.s, others: opened.others, policy: opened.policy, expires: opened.expires, state: 0 as const, sid: null };
    expect((await judgeFounding(claim, [invite])).verdict).toBe(known.judged);
  });
  it('hears the signal', async () => {
    const engine = createEngine();
    await engine.openRoot(hex(known.roots.c), null);
    await engine.take(id(known.sid), { after: 0, count: 8, frames, held: [] });
    const [pid, writer, stream, n, kind, content] = known.heard_by_c;
    const heard = await engine.hear(id(known.sid), hex(known.signal));
    expect(heard.signals.map((one) => [one.author, one.writer, one.stream, one.n, one.kind, toHex(one.content)])).toEqual([
      [id(pid), id(writer), id(stream), n, kind, content]
    ]);
  });
  it('numbers and pictures to compare', async () => {
    const [t, c] = [(await who.get('t'))!.pid, (await who.get('c'))!.pid];
    const { halves } = await safetyNumber(t, c);
    expect(halves.map(({ digits }) => digits.join(' ')).join(' | ')).toBe(known.safety_number_t_c);
    expect(toHex(qrOf(t, c))).toBe(known.qr_on_t);
    expect(readQr(hex(known.qr_on_t), c, t)).toBe('fits');
    expect(readQr(hex(known.qr_on_t), t, c)).toBe('differs');
    expect(readQr(utf8('x'), t, c)).toBe('not-a-number');
    expect(await pidOf((await who.get('t'))!.card)).toBe(t);
  });
});

describe('files', () => {
  const { file } = read('room');
  const data = Uint8Array.from({ length: 76_800 }, (_, at) => at % 256);
  const named = { blob: new Uint8Array(16).fill(5), key: new Uint8Array(32).fill(6) };
  it('are padded to a few sizes', () => {
    for (const [size, padded] of Object.entries(read('primitives').padme)) expect(paddedSize(Number(size)), size).toBe(padded);
  });
  it('seal and open as the known one', async () => {
    const chunks = await sealFile(data, named);
    expect(await Promise.all(chunks.map(async (chunk) => toHex(await sha256(chunk))))).toEqual(file.chunk_sha256);
    const root = await rootOf(chunks, named.blob);
    expect(toHex(root)).toBe(file.root);
    const opened = await openFile(chunks, { ...named, size: file.size, root });
    expect(toHex(await sha256(opened))).toBe(file.sha256);
  });
  it('are refused cut, lengthened, mixed or changed, whatever root is named', async () => {
    const [a, b] = (await sealFile(data, named)) as [Bytes, Bytes];
    const root = await rootOf([a, b], named.blob);
    for (const bad of [[a], [a, b, a], [b, a], [a.with(-1, a.at(-1)! ^ 1) as Bytes, b]])
      for (const said of [root, await rootOf(bad, named.blob)])
        expect(await codeOf(() => openFile(bad, { ...named, size: file.size, root: said }))).toBe('altered');
  });
});
