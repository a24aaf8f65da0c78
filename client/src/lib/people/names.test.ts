import { expect, test } from 'vitest';
import { LONGEST_NAME, MOST_AT_ONCE, readNames, without } from './names.ts';

test('one name a line, as they stand; blank lines and spaces around are nothing', () => {
	expect(readNames('Alma\n\n  Jo  R. \r\n\t\nنور\n', []).take).toEqual(['Alma', 'Jo R.', 'نور']);
});

test('a name that comes twice is taken once, however it is written, and said', () => {
	const { take, twice } = readNames('Alma\nJo\nALMA\nalma ', []);
	expect(take).toEqual(['Alma', 'Jo']);
	expect(twice).toEqual(['ALMA', 'alma']);
});

test('who has an open invitation is left out, so that a list begun before a reload makes nobody’s twice', () => {
	expect(readNames('Alma\nJo', ['alma'])).toMatchObject({ take: ['Jo'], open: ['Alma'] });
});

test('a line that is no name is named by its number', () => {
	const long = 'x'.repeat(LONGEST_NAME + 1);
	expect(readNames(`Alma\n\n${long}\n${'é'.repeat(LONGEST_NAME)}`, [])).toMatchObject({ long: [3], take: ['Alma', 'é'.repeat(LONGEST_NAME)] });
});

test('more than go at once: the first are taken, the others counted', () => {
	const many = Array.from({ length: MOST_AT_ONCE + 20 }, (_, n) => `N${n}`);
	const { take, later } = readNames(many.join('\n'), []);
	expect(take).toEqual(many.slice(0, MOST_AT_ONCE));
	expect(later).toBe(20);
});

test('what is made leaves the list, and nothing else does', () => {
	expect(without('Alma\n\nJo \nalma', 'Alma')).toBe('\nJo ');
});
