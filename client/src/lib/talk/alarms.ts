import type { Fault } from '#vault/index.ts';

/** The sentence of messages/<language>/talk.json that stands where reading stopped, by the code that stopped it. */
export function alarmKey(code: string) {
	switch (code) {
		case 'newer':
			return 'alarm_newer';
		case 'rollback':
			return 'alarm_rollback';
		case 'fork':
			return 'alarm_fork';
		case 'shut':
			return 'alarm_shut';
		case 'replay':
			return 'alarm_copy';
		case 'rights':
		case 'not-a-member':
			return 'alarm_rights';
		case 'gap':
		case 'order':
		case 'withheld':
		case 'dropped':
			return 'alarm_missing';
		case 'old-epoch':
			return 'alarm_misplaced';
		case 'bad-signature':
		case 'altered':
			return 'alarm_altered';
		default:
			return 'alarm_unlike';
	}
}

/** The sentence that stands in place of words. */
export function faultKey(fault: Fault, mine: boolean) {
	switch (fault) {
		case 'erased':
			return mine ? 'fault_unsent_mine' : 'fault_unsent';
		case 'erased-by-other':
			return 'fault_erased';
		case 'elsewhere':
			return 'fault_elsewhere';
		case 'expired':
			return 'fault_expired';
		case 'removed':
			return 'fault_removed';
		case 'altered':
			return 'fault_altered';
		case 'unopened':
			return 'fault_unopened';
		case 'key':
			return mine ? 'fault_key_mine' : 'fault_key';
		case 'no-key':
			return 'fault_no_key';
		case 'newer':
			return 'alarm_newer';
		case 'wrong-date':
			return 'fault_date';
		case 'clock':
			return 'fault_clock';
	}
}
