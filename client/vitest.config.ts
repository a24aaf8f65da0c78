import { defineConfig } from 'vitest/config';
import { fileURLToPath } from 'node:url';

// Plain node, no Kit plugin: what is tested here runs without a page.
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export default defineConfig({
	resolve: { alias: [{ find: /^#(crypto|vault|api|rtc|lib|design|i18n)\//, replacement: `${here('./src')}/$1/` }] },
	test: { include: ['src/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 }
});
