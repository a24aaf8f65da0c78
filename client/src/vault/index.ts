export type * from './types.ts';
export { Problem } from './problem.ts';
export { vault } from './vault.svelte.ts';
