import { readdirSync } from 'node:fs';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';

// What may import what: routes → lib/<domain> → vault, rtc → crypto, api. design and i18n are leaves; siblings in lib/ know nothing
// of each other, save that a session shows talk and notes beside it, and that whose keys these are is said wherever
// words or a call go out, and ways in are made where words are drawn.
const all = ['routes', 'lib', 'vault', 'rtc', 'crypto', 'api', 'design', 'i18n'];
/** @type {Record<string, string[]>} */
const may = {
	routes: ['lib', 'vault', 'design', 'i18n'],
	vault: ['crypto', 'api'],
	rtc: ['crypto', 'api'],
	crypto: [],
	api: [],
	design: ['i18n'],
	i18n: []
};
const domains = readdirSync('src/lib', { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
/** @type {Record<string, string[]>} */
const beside = { meeting: ['talk', 'notes', 'safety'], people: ['talk', 'safety'], talk: ['safety'], you: ['safety'], keys: ['entrance'] };
/** @param {string} folder @param {string} from */
const noInto = (folder, from) => ({ regex: `^(#|(\\.\\./)+)(${folder})(/|$)`, message: `${from} may not import ${folder}` });
const noSvelte = { regex: '^svelte(/|$)', message: 'crypto and rtc know no screen: no Svelte here' };

/** @type {import('eslint').Linter.Config[]} */
const folderRules = Object.entries(may).map(([folder, allowed]) => ({
	files: [`src/${folder}/**/*.{ts,svelte}`],
	rules: {
		'no-restricted-imports': [
			'error',
			{
				patterns: [
					...all.filter((other) => other !== folder && !allowed.includes(other)).map((other) => noInto(other, folder)),
					...(['crypto', 'rtc'].includes(folder) ? [noSvelte] : [])
				]
			}
		]
	}
}));
/** @type {import('eslint').Linter.Config[]} */
const domainRules = domains.map((domain) => ({
	files: [`src/lib/${domain}/**/*.{ts,svelte}`],
	rules: {
		'no-restricted-imports': [
			'error',
			{
				patterns: [
					...['routes', 'crypto', 'api'].map((other) => noInto(other, `lib/${domain}`)),
					...domains
						.filter((other) => other !== domain && !(beside[domain] ?? []).includes(other))
						.map((other) => ({ regex: `^(#lib|(\\.\\./)+)/?(${other})(/|$)`, message: `lib/${domain} may not import its sibling ${other}` }))
				]
			}
		]
	}
}));

export default ts.config(
	{ ignores: ['build/', '.svelte-kit/', 'src/api/schema.d.ts'] },
	...ts.configs.strict,
	...svelte.configs.recommended,
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser } }
	},
	{
		rules: {
			'max-lines': ['error', 400],
			'no-undef': 'off',
			eqeqeq: ['error', 'always'],
			'no-console': 'error',
			'no-restricted-syntax': [
				'error',
				{ selector: 'SvelteAttribute[key.name="style"]', message: 'The CSP refuses style="…": use style:--name={…} or a class' },
				{ selector: 'SvelteMustacheTag[kind="raw"]', message: 'No raw markup' }
			],
			'svelte/no-navigation-without-resolve': 'off',
			'@typescript-eslint/no-non-null-assertion': 'error',
			'@typescript-eslint/no-dynamic-delete': 'off'
		}
	},
	{ files: ['**/*.test.ts', 'crosscheck/**'], rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'max-lines': 'off', 'no-console': 'off' } },
	...folderRules,
	...domainRules
);
