import { afterEach, expect, test, vi } from 'vitest';
import { ask } from './http.ts';

afterEach(() => vi.unstubAllGlobals());

test('an answer that breaks off in the middle counts as a server that was not reached', async () => {
	vi.stubGlobal('document', { cookie: '' });
	const body = new ReadableStream({ start: (stream) => stream.error(new TypeError('Failed to fetch')) });
	vi.stubGlobal('fetch', async () => new Response(body));
	await expect(ask('GET', '/api/appointments')).rejects.toMatchObject({ code: 'unreachable', status: 0 });
});
