import { expect, test } from 'vitest';
import { flat, joined } from './joining.ts';

const value = (text: string): string => `\u2068${text}\u2069`;

test('French de and que give way to a vowel, and to nothing else', () => {
	expect(joined(`L’appareil de ${value('Alma')}`, 'fr')).toBe(`L’appareil d’${value('Alma')}`);
	expect(joined(`avant que ${value('Élie')} n’ouvre`, 'fr')).toBe(`avant qu’${value('Élie')} n’ouvre`);
	expect(joined(`De ${value('Yves')}, de ${value('Yasmine')}`, 'fr')).toBe(`D’${value('Yves')}, de ${value('Yasmine')}`);
	expect(joined(`de ${value('Noor')}`, 'fr')).toBe(`de ${value('Noor')}`);
	expect(joined(`heure de ${value('Le Caire')}`, 'fr')).toBe(`heure du ${value('Caire')}`);
	expect(joined(`de ${value('Alma')}`, 'en')).toBe(`de ${value('Alma')}`);
});

test('Arabic ل is written as one with an Arabic name, apart before Latin and before an article', () => {
	expect(joined(`فتح الباب لـ\u00a0${value('نور')}`, 'ar')).toBe(`فتح الباب ${value('لنور')}`);
	expect(joined(`فتح الباب لـ\u00a0${value('Noor')}`, 'ar')).toBe(`فتح الباب لـ\u00a0${value('Noor')}`);
	expect(joined(`لـ\u00a0${value('الدكتورة نور')}`, 'ar')).toBe(`لـ\u00a0${value('الدكتورة نور')}`);
});

test('a text that is put into another brings no isolates with it', () => {
	expect(flat({ when: `${value('اليوم')}، ${value('18:30')}`, n: 2 })).toEqual({ when: 'اليوم، 18:30', n: 2 });
});
