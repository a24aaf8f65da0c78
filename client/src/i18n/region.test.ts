import { expect, test } from 'vitest';
import { localeOf } from './region.ts';

test('the region comes from the browser, else from the clock', () => {
	expect(localeOf('ar', ['ar-EG', 'en'], 'Europe/Paris')).toBe('ar-EG-u-ca-gregory');
	expect(localeOf('ar', ['fr-FR'], 'Asia/Amman')).toBe('ar-JO-u-ca-gregory');
	expect(localeOf('ar', ['ar'], 'Europe/Paris')).toBe('ar-LB-u-ca-gregory');
	expect(localeOf('en', ['en-US'], 'Asia/Beirut')).toBe('en-US-u-ca-gregory');
	expect(localeOf('fr', [], 'Asia/Beirut')).toBe('fr-FR-u-ca-gregory');
});

test('months are those of the region', () => {
	const october = (tag: string): string => new Intl.DateTimeFormat(tag, { month: 'long' }).format(Date.UTC(2026, 9, 13));
	expect(october(localeOf('ar', ['ar-LB'], ''))).toBe('تشرين الأول');
	expect(october(localeOf('ar', ['ar-EG'], ''))).toBe('أكتوبر');
});
