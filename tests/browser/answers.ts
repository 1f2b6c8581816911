// Answers of the payment contract, as a backend makes them.
import type { Fault } from './faults.ts';

export const answer = (change: Record<string, unknown> = {}) => ({
  action_required_token: '', checkout_status: 'succeeded', failed_message_for_user: '', order_id: null, ...change,
});
export const envelope = (data: unknown) => ({ status: 'success', req_id: 'req_browser', data });
export const error = (code: string) => ({ status: 'error', req_id: 'req_browser', error: [{ msg: 'no', code, type: 'api_exception' }] });
/** This answer, after the work or in place of it. */
export const instead = (body: unknown, processed = true, more: Partial<Fault> = {}): Fault => ({ kind: 'answer', processed, body, ...more });
/** An action token as a backend makes it. */
export const token = (payload: Record<string, unknown>) => ['e30', Buffer.from(JSON.stringify(payload)).toString('base64url'), 'x'].join('.');
