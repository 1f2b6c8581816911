// Checkout.com's own client for Node, pointed at our server by its `host` option, and at the
// stand-in: what it sends is taken, what it reads it understands, errors by its classes.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Checkout } from 'checkout-sdk-node';
import { CARDS, SERVER, STANDINS, atBank, open, paid, until } from './system.mjs';

const ours = (key = 'sk_test_demo') => new Checkout(key, { host: SERVER });
const standin = (key = 'sk_test_demo', pk = 'pk_test_demo') => new Checkout(key, { host: `${STANDINS}/checkout-com`, pk });
const named = (name, codes) => (error) => {
  assert.equal(error.name, name, `${error.name}: ${error.message}`);
  if (codes) assert.deepEqual(error.body.error_codes, codes);
  return true;
};

test('ours: a reserved order is captured in part, once', async () => {
  const { payments } = ours();
  const { paymentId } = await paid('manual');
  const wish = { amount: 1500, reference: 'ship-1', metadata: { parcel: '1' } };
  const key = randomUUID();
  const first = await payments.capture(paymentId, wish, key);
  assert.match(first.action_id, /^act_/);
  assert.equal(first.reference, 'ship-1');
  assert.ok(first._links.payment.href.endsWith(`/payments/${paymentId}`));
  assert.equal((await payments.capture(paymentId, wish, key)).action_id, first.action_id);
  await assert.rejects(payments.capture(paymentId, { amount: 900 }, key), named('ValidationError', ['parameter_invalid']));
  const order = await until(() => payments.get(paymentId), (order) => order.capturedAmount === 1500);
  assert.equal(order.status, 'paid');
  await assert.rejects(payments.capture(paymentId, { amount: 500, reference: 'ship-2' }), named('ActionNotAllowed'));
  await assert.rejects(payments.void(paymentId), named('ActionNotAllowed'));
});

test('ours: without a key the same reference and amount is the same capture', async () => {
  const { payments } = ours();
  const { paymentId } = await paid('manual');
  const first = await payments.capture(paymentId, { reference: 'ship-1' });
  assert.equal((await payments.capture(paymentId, { reference: 'ship-1' })).action_id, first.action_id);
});

test('ours: what is voided can be neither captured nor refunded', async () => {
  const { payments } = ours();
  const { paymentId } = await paid('manual');
  assert.match((await payments.void(paymentId, { reference: 'no-stock' })).action_id, /^act_/);
  const order = await until(() => payments.get(paymentId), (order) => order.released);
  assert.equal(order.status, 'authorised');
  await assert.rejects(payments.capture(paymentId), named('ActionNotAllowed'));
  await assert.rejects(payments.refund(paymentId), named('ActionNotAllowed'));
});

test('ours: a paid order is refunded in parts and no more than it was', async () => {
  const { payments } = ours();
  const { paymentId } = await paid('automatic');
  await payments.refund(paymentId, { amount: 500, reference: 'back-1' });
  await until(() => payments.get(paymentId), (order) => order.refundedAmount === 500);
  await assert.rejects(payments.refund(paymentId, { amount: 3100, reference: 'back-2' }),
    named('ValidationError', ['refund_amount_exceeds_balance']));
  await payments.refund(paymentId, { reference: 'back-3' });
  await until(() => payments.get(paymentId), (order) => order.refundedAmount === 3500);
  await assert.rejects(payments.refund(paymentId, { amount: 1, reference: 'back-4' }), named('ActionNotAllowed'));
  await assert.rejects(payments.capture(paymentId), named('ActionNotAllowed'));
});

test('ours: errors have the classes of the client', async () => {
  const { paymentId } = await open('manual');
  await assert.rejects(ours('sk_test_wrong').payments.void(paymentId), named('AuthenticationError'));
  await assert.rejects(ours().payments.void(`pay_${'a'.repeat(26)}`), named('NotFoundError'));
  await assert.rejects(ours().payments.get(`pay_${'a'.repeat(26)}`), named('NotFoundError'));
  await assert.rejects(ours().payments.capture(paymentId), named('ActionNotAllowed'));
  const reserved = await paid('manual');
  await assert.rejects(ours().payments.capture(reserved.paymentId, { amount: 3501 }), named('ValidationError'));
  await assert.rejects(ours('Bearer sk_test_demo').payments.capture(reserved.paymentId, { amount: -1 }), named('ValidationError'));
});

const card = (number) => ({ type: 'card', number, expiry_month: 12, expiry_year: 2099, cvv: '100' });
const order = (token, more = {}) => ({ source: { type: 'token', token }, amount: 3500, currency: 'EUR', reference: randomUUID(), ...more });

for (const [platform, client, more] of [
  ['previous', standin(), {}],
  ['current', standin('Bearer sk_sbox_demo', 'Bearer pk_sbox_demo'), { processing_channel_id: 'pc_demo' }],
]) {
  test(`stand-in, ${platform} platform: approved, declined, asked, captured, voided, refunded`, async () => {
    const { payments, tokens } = client;
    const buy = async (number, changes) => payments.request(order((await tokens.request(card(number))).token, { ...more, ...changes }));
    const approved = await buy(CARDS.approved);
    assert.equal(approved.approved, true);
    assert.match(approved.response_code, /^10/);
    await payments.refund(approved.id, { amount: 500 });
    await until(() => payments.get(approved.id), (payment) => payment.status === 'Partially Refunded');
    const declined = await buy(CARDS.declined);
    assert.deepEqual([declined.approved, declined.status, declined.response_code], [false, 'Declined', '20005']);
    const reserved = await buy(CARDS.approved, { capture: false });
    assert.equal(reserved.status, 'Authorized');
    assert.match((await payments.capture(reserved.id, { amount: 1000 })).action_id, /^act_/);
    assert.ok((await payments.getActions(reserved.id)).some((action) => action.type === 'Capture'));
    const other = await buy(CARDS.approved, { capture: false });
    await payments.void(other.id);
    assert.equal((await payments.get(other.id)).status, 'Voided');
    await assert.rejects(payments.capture(other.id), named('ActionNotAllowed'));
    const back = { '3ds': { enabled: true }, success_url: 'https://shop.example/yes', failure_url: 'https://shop.example/no' };
    for (const [answer, status] of [['approve', 'Captured'], ['refuse', 'Declined']]) {
      const asked = await buy(CARDS.asks, back);
      assert.equal(asked.status, 'Pending');
      assert.equal(asked.requiresRedirect, true);
      await atBank(asked.redirectLink, answer);
      assert.equal((await payments.get(asked.id)).status, status);
    }
  });
}

test('stand-in: idempotency, and errors by class', async () => {
  const { payments, tokens } = standin();
  const wish = order((await tokens.request(card(CARDS.approved))).token);
  const key = randomUUID();
  const first = await payments.request({ ...wish }, key);
  assert.equal((await payments.request({ ...wish }, key)).id, first.id);
  await assert.rejects(payments.request({ ...wish }, randomUUID()), named('ValidationError', ['token_used']));
  await assert.rejects(tokens.request(card('4242424242424241')), named('ValidationError', ['card_number_invalid']));
  await assert.rejects(payments.get(`pay_${'a'.repeat(26)}`), named('NotFoundError'));
  await assert.rejects(payments.capture(`pay_${'a'.repeat(26)}`), named('NotFoundError'));
  await assert.rejects(standin('sk_test_wrong').payments.get(first.id), named('AuthenticationError'));
  await assert.rejects(standin('sk_test_demo', 'pk_test_wrong').tokens.request(card(CARDS.approved)), named('AuthenticationError'));
  await assert.rejects(standin('Bearer sk_sbox_demo', 'Bearer pk_sbox_demo').payments.request({ ...wish }), named('ValidationError'));
});
