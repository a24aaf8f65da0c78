/** A pasted list of names, one on each line, as it will be taken. */
export interface Names {
	/** In their order, each once. */
	take: string[];
	/** Named more than once; taken once. */
	twice: string[];
	/** Have an open invitation already; left out. */
	open: string[];
	/** Lines that hold more than a name, by their number. */
	long: number[];
	/** How many stay for the next round. */
	later: number;
}

export const LONGEST_NAME = 60;
export const MOST_AT_ONCE = 100;

const alike = (name: string): string => name.normalize('NFKC').toLocaleLowerCase();
const tidy = (line: string): string => line.replace(/[\p{White_Space}\p{Cf}]+/gu, (gap) => (/\p{White_Space}/u.test(gap) ? ' ' : gap)).trim();

/** Blank lines are nothing. `invited`: the names of whoever has an open invitation. */
export function readNames(text: string, invited: Iterable<string>): Names {
	const known = new Set([...invited].map(alike));
	const seen = new Set<string>();
	const names: Names = { take: [], twice: [], open: [], long: [], later: 0 };
	for (const [place, line] of text.split(/\r\n|[\n\r\u2028\u2029]/).entries()) {
		const name = tidy(line);
		if (name === '') continue;
		if ([...name].length > LONGEST_NAME) names.long.push(place + 1);
		else if (seen.has(alike(name))) names.twice.push(name);
		else if (known.has(alike(name))) names.open.push(name);
		else names.take.push(name);
		seen.add(alike(name));
	}
	names.later = Math.max(0, names.take.length - MOST_AT_ONCE);
	names.take = names.take.slice(0, MOST_AT_ONCE);
	return names;
}

/** The list without somebody whose link is made: every line of hers goes, all others stay as they were typed. */
export function without(text: string, name: string): string {
	return text
		.split('\n')
		.filter((line) => alike(tidy(line)) !== alike(name))
		.join('\n');
}
