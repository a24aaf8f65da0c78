/// <reference lib="webworker" />
import { version } from '$app/env';
import { assets, immutable } from '$app/manifest';

// Keeps the shell and the code of this person's pages, in her language, so that the house opens without a network. What is sealed is not its
// business: `/api`, `/_allauth` and `/live` lie outside its scope and are never touched.
declare const self: ServiceWorkerGlobalScope;

const SHELL = new URL(self.registration.scope).pathname;
const CODE = `${SHELL}_app/immutable/`;
const STATIC = assets.map(({ path }) => `${SHELL}${path}`);
const PATIENCE = 3_000;
// The commit alone does not tell two builds of a working copy apart.
const KEPT = `attune-${version}-${sum(immutable.map(({ path }) => path).join())}`;

self.addEventListener('install', (event) => event.waitUntil(keep([SHELL, ...STATIC])));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim().then(prune)));

self.addEventListener('message', (event) => {
	if (event.data === 'take-over') void self.skipWaiting();
	// What a page had loaded before this worker was there.
	if (Array.isArray(event.data?.loaded)) event.waitUntil(keep(event.data.loaded.filter(isCode)));
});

self.addEventListener('fetch', (event) => {
	const { request } = event;
	if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
	if (request.mode === 'navigate') event.respondWith(navigate(request));
	else if (isCode(request.url) || STATIC.includes(new URL(request.url).pathname)) event.respondWith(code(request));
});

/** The newest page while the network answers; the kept shell when it does not, or not in time. */
async function navigate(request: Request): Promise<Response> {
	void prune();
	const shell = await caches.match(SHELL);
	if (!shell) return fetch(request);
	const late = new Promise<Response>((resolve) => setTimeout(() => resolve(shell), PATIENCE));
	return Promise.race([fetch(request).catch(() => shell), late]);
}

/** Files whose name is their content: the first copy is good for ever. */
async function code(request: Request): Promise<Response> {
	const kept = await caches.match(request);
	if (kept) return kept;
	const fresh = await fetch(request);
	if (fresh.ok) await (await caches.open(KEPT)).put(request, fresh.clone());
	return fresh;
}

async function keep(urls: string[]): Promise<void> {
	const cache = await caches.open(KEPT);
	await Promise.all(urls.map(async (url) => (await cache.match(url)) ?? cache.add(url)));
}

/** Older code goes once no page can be running it: when at most one window is open, and that one was just loaded. */
async function prune(): Promise<void> {
	const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
	if (windows.length > 1 || self.registration.waiting) return;
	const names = await caches.keys();
	await Promise.all(names.filter((name) => name.startsWith('attune-') && name !== KEPT).map((name) => caches.delete(name)));
}

function isCode(url: string): boolean {
	return new URL(url, self.location.origin).pathname.startsWith(CODE);
}

function sum(text: string): string {
	let hash = 0;
	for (const letter of text) hash = (hash * 31 + letter.charCodeAt(0)) | 0;
	return (hash >>> 0).toString(36);
}
