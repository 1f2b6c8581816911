// FunnelFox's own way of calling and reading, at our server and at FunnelFox's stand-in.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { CARDS, SERVER, SHOP, STANDINS, atBank, charges, lose, open, payload, post, token, until } from './system.mjs';

const { default: Client } = await import(process.env.FUNNELFOX_CLIENT ?? './funnelfox-client.mjs');
const ours = new Client({ baseUrl: SERVER, orgId: 'demo' });
const fox = new Client({ baseUrl: `${STANDINS}/funnelfox/`, orgId: 'demo' });

/** The bank answers; then the status shows the token to resume with. */
async function answered(actionToken, answer) {
  const action = payload(actionToken);
  assert.equal(action.intent, 'PROCESSOR_3DS');
  const status = async () => (await fetch(action.statusUrl, { headers: { 'primer-client-token': action.accessToken } })).json();
  assert.equal((await status()).status, 'PENDING');
  await atBank(action.redirectUrl, answer);
  return (await until(status, ({ status }) => status === 'COMPLETE')).id;
}

test('ours: a payment, and the same call again, which the client may make by itself', async () => {
  const order = await open();
  const wish = { orderId: order.orderId, paymentMethodToken: await token(CARDS.approved), clientMetadata: { source: 'test' } };
  const said = await ours.createPayment(wish);
  assert.deepEqual(ours.processPaymentResponse(said), { type: 'success', orderId: order.orderId, status: 'succeeded' });
  assert.deepEqual(await ours.createPayment(wish), said);
  assert.equal(await charges(order), 1);
});

test('ours: the answer is lost, the client calls again by itself, one charge', async () => {
  const order = await open();
  await lose('/demo/v1/checkout/create_payment', order.orderId);
  const said = await ours.createPayment({ orderId: order.orderId, paymentMethodToken: await token(CARDS.approved) });
  assert.equal(ours.processPaymentResponse(said).type, 'success');
  assert.equal(await charges(order), 1);
});

test('ours: a decline is an error with words for the shopper', async () => {
  const order = await open();
  const said = await ours.createPayment({ orderId: order.orderId, paymentMethodToken: await token(CARDS.declined) });
  assert.throws(() => ours.processPaymentResponse(said), { name: 'APIError', message: /declined.*not been charged/ });
});

for (const [answer, ends] of [['approve', 'success'], ['refuse', /could not confirm|declined/]]) {
  test(`ours: the bank asks, ${answer}`, async () => {
    const order = await open();
    const asked = ours.processPaymentResponse(
      await ours.createPayment({ orderId: order.orderId, paymentMethodToken: await token(CARDS.asks) }));
    assert.equal(asked.type, 'action_required');
    const resumeToken = await answered(asked.clientToken, answer);
    const said = await ours.resumePayment({ orderId: asked.orderId, resumeToken });
    if (ends === 'success') assert.equal(ours.processPaymentResponse(said).type, ends);
    else assert.throws(() => ours.processPaymentResponse(said), { message: ends });
    assert.equal(await charges(order), ends === 'success' ? 1 : 0);
  });
}

test('ours: a refusal has the words and the status that the client reads', async () => {
  const unknown = { orderId: randomUUID(), paymentMethodToken: 'tok_x' };
  await assert.rejects(ours.createPayment(unknown), { name: 'APIError', statusCode: 404, message: 'unknown order' });
});

test('ours and the stand-in: a page of the shop may send what the client sends', async () => {
  await open();
  for (const url of [SERVER, `${STANDINS}/funnelfox`]) {
    const answer = await fetch(`${url}/demo/v1/checkout/create_payment`, { method: 'OPTIONS', headers: {
      origin: SHOP, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-sdk-version',
    } });
    assert.ok(answer.ok, `${url}: ${answer.status}`);
    assert.ok(['*', SHOP].includes(answer.headers.get('access-control-allow-origin')));
    const allowed = answer.headers.get('access-control-allow-headers').toLowerCase().split(/, */);
    assert.ok(allowed.includes('content-type') && allowed.includes('x-sdk-version'), String(allowed));
  }
});

const customer = (more = {}) => ({ priceId: 'price_shirt', externalId: randomUUID(), email: 'jo@shop.example', ...more });

/** A card token of Primer, for the session of a client token. */
async function instrument(clientToken, number) {
  const { pciUrl, accessToken } = payload(clientToken);
  const paymentInstrument = { number, cvv: '123', expirationMonth: '03', expirationYear: '2099', cardholderName: 'Jane Doe' };
  const headers = { 'primer-client-token': accessToken, 'x-api-version': '2.4' };
  return (await post(`${pciUrl}/payment-instruments`, { paymentInstrument }, headers)).token;
}
const PRIMER_ASKS = '4916994064252017';

test('stand-in: session, another price, payment, a purchase with the saved card', async () => {
  const wish = customer();
  const session = fox.processSessionResponse(await fox.createClientSession(wish));
  assert.equal(session.type, 'session_created');
  assert.equal(payload(session.clientToken).intent, 'CHECKOUT');
  const changed = await fox.updateClientSession({ ...session, priceId: 'price_lamp' });
  assert.deepEqual([changed.status, changed.data], ['success', {}]);
  const paymentMethodToken = await instrument(session.clientToken, CARDS.approved);
  const paid = fox.processPaymentResponse(await fox.createPayment({ orderId: session.orderId, paymentMethodToken }));
  assert.deepEqual(paid, { type: 'success', orderId: session.orderId, status: 'succeeded' });
  const again = await fox.oneClick({ external_id: wish.externalId, pp_ident: 'price_cup' });
  assert.equal(fox.processPaymentResponse(again).type, 'success');
});

test('stand-in: FunnelFox has no idempotency, so the same client charges twice when an answer is lost', async () => {
  const session = fox.processSessionResponse(await fox.createClientSession(customer()));
  const paymentMethodToken = await instrument(session.clientToken, CARDS.approved);
  await lose('/funnelfox/demo/v1/checkout/create_payment', session.orderId);
  await fox.createPayment({ orderId: session.orderId, paymentMethodToken });
  const { funnelfox } = await (await fetch(`${STANDINS}/control/counters`)).json();
  assert.equal(funnelfox.net.byOrder[session.orderId], 2);
});

for (const [answer, ends] of [['approve', null], ['refuse', /did not confirm/], ['cancel', /cancelled/]]) {
  test(`stand-in: the bank asks, ${answer}`, async () => {
    const session = fox.processSessionResponse(await fox.createClientSession(customer()));
    const paymentMethodToken = await instrument(session.clientToken, PRIMER_ASKS);
    const asked = fox.processPaymentResponse(await fox.createPayment({ orderId: session.orderId, paymentMethodToken }));
    const resumeToken = await answered(asked.clientToken, answer);
    const said = await fox.resumePayment({ orderId: asked.orderId, resumeToken });
    if (ends) assert.throws(() => fox.processPaymentResponse(said), { name: 'APIError', message: ends });
    else assert.equal(fox.processPaymentResponse(said).type, 'success');
  });
}

test('stand-in: refusals come with HTTP 200 and the published codes', async () => {
  const read = (said) => () => fox.processSessionResponse(said);
  assert.throws(read(await fox.createClientSession(customer({ priceId: 'price_none' }))), { errorCode: 'invalid_price' });
  assert.throws(read(await fox.createClientSession(customer({ email: 'nobody' }))), { errorCode: 'invalid_customer' });
  const nobody = await fox.createPayment({ orderId: randomUUID(), paymentMethodToken: 'x' });
  assert.throws(() => fox.processPaymentResponse(nobody), { name: 'APIError', errorCode: 'bad_request' });
});
