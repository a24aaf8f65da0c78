// Browsers inside other apps keep their storage for themselves, and often lose it. None of them says so plainly; these are the marks they leave.
const MARKS = /FBAN|FBAV|Instagram|Line\/|WhatsApp|Telegram|MicroMessenger|Snapchat|musical_ly|BytedanceWebview|LinkedInApp|Twitter|GSA\/|; wv\)/;

export function seemsInApp(userAgent: string = navigator.userAgent): boolean {
	return MARKS.test(userAgent);
}
