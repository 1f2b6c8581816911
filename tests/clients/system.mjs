// The running system, and what a shop and a shopper do at it apart from the client under test.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';

export const SERVER = process.env.SERVER ?? 'http://localhost:4805';
export const STANDINS = process.env.STANDINS ?? 'http://127.0.0.1:4807';
/** The page that may call our server from a browser. */
export const SHOP = 'https://shop.example';
export const CARDS = { approved: '4242424242424242', declined: '4000000000000002', asks: '4000000000003220' };

const unpadded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What a client or action token says. */
export const payload = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString());

export async function post(url, body, headers = {}) {
  const answer = await fetch(url, {
    method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers },
  });
  assert.ok(answer.ok, `${url}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** An order of the demo shop, opened at our server. */
export function open(capture = 'automatic') {
  const now = Math.floor(Date.now() / 1000);
  const signed = [{ alg: 'HS256', kid: 'demo' }, {
    iss: 'demo', aud: 'fanfare-checkout', iat: now, exp: now + 900, jti: randomUUID(),
    order: { reference: randomUUID(), currency: 'EUR', amount: 3500, lines: [{ name: 'Linen shirt', quantity: 1, amount: 3500 }] },
    gateway: 'checkout-com', capture, language: 'en', parentOrigins: [SHOP], returnHosts: ['127.0.0.1:9'],
  }].map(unpadded).join('.');
  const mac = createHmac('sha256', 'demo-claim-secret-of-the-demo-shop-0001').update(signed).digest('base64url');
  return post(`${SERVER}/checkout`, {
    checkoutClaim: `${signed}.${mac}`, mode: 'hosted', idempotencyKey: randomUUID(),
    successUrl: 'http://127.0.0.1:9/thanks', cancelUrl: 'http://127.0.0.1:9/cart',
  }, { authorization: 'Bearer sk_test_demo' });
}

/** A card token of Checkout.com. */
export async function token(number) {
  const card = { type: 'card', number, expiry_month: 12, expiry_year: 2099, cvv: '100' };
  return (await post(`${STANDINS}/checkout-com/tokens`, card, { authorization: 'pk_test_demo' })).token;
}

/** A paid or reserved order. */
export async function paid(capture) {
  const order = await open(capture);
  const body = { order_id: order.orderId, payment_method_token: await token(CARDS.approved) };
  const answer = await post(`${SERVER}/demo/v1/checkout/create_payment`, body);
  assert.equal(answer.checkout_status, 'succeeded');
  return order;
}

/** Answers the bank's page, whose host needs no name service here. */
export function atBank(address, answer = 'approve') {
  const { host, port, pathname } = new URL(address);
  const body = new URLSearchParams({ answer, password: 'Checkout1!' }).toString();
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: pathname, method: 'POST', headers: {
      host, 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body),
    } }, (said) => { said.resume(); said.on('end', () => resolve(said.statusCode)); }).on('error', reject).end(body);
  });
}

/** Asks until the answer is as wished, ten seconds at most. */
export async function until(ask, wish) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (wish(answer)) return answer;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** How often Checkout.com's stand-in charged for an order of ours. */
export async function charges(order) {
  const counters = await (await fetch(`${STANDINS}/control/counters`)).json();
  return counters.charges.byMetadata[`order_id=${order.orderId}`] ?? 0;
}

/** The next answer to a call that names `match` is lost on its way. */
export const lose = (path, match) => post(`${STANDINS}/control/faults`, { path, match, kind: 'drop-after' });
