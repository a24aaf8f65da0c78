import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';
import { messages } from './src/i18n/compile.ts';

// Trusted Types and the strict CSP stand in the server's header (attune/site); the script's hash comes from index.html there.
export default defineConfig({
	plugins: [
		messages(),
		sveltekit({
			adapter: adapter({ fallback: 'index.html', precompress: true }),
			csp: { mode: 'hash', directives: { 'script-src': ['self'] } },
			paths: { base: '/app', relative: false },
			version: { name: process.env.ATTUNE_COMMIT ?? 'dev' }
		})
	],
	worker: { format: 'es' },
	build: { target: 'es2022', assetsInlineLimit: 0 },
	// Many tests wait for a push that does not come: more of them than there are cores.
	test: { maxWorkers: 4 }
});
