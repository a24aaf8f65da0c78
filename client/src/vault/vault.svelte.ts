import { Problem } from './problem.ts';
import type { Vault } from './types.ts';

// The signatures stand, the works follow.
export const vault = new Proxy({ phase: 'starting' } as unknown as Vault, {
	get: (face, name) => {
		if (name in face) return face[name as keyof Vault];
		throw new Problem('not-ready', `vault.${String(name)} is not wired yet`);
	},
});
