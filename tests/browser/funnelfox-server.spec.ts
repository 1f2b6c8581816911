// FunnelFox through our server, by the same widget: every way a payment can end.
import { test, expect, type APIRequestContext } from '@playwright/test';
import { SHOP, STANDINS, Shopper, control, newOrder, proof, type Order } from './system.ts';

/** Cards of Primer's documentation. */
const CARDS = {
  approved: { number: '4111 1111 1111 1111', cvc: '123' },
  declined: { number: '4000 0000 0000 0002', cvc: '123' },
  challenge: { number: '4916 9940 6425 2017', cvc: '123' },
} as const;

const foxOrder = (request: APIRequestContext, wish: Record<string, unknown> = {}) =>
  newOrder(request, { mode: 'embedded', gateway: 'funnelfox', ...wish });

/** How often FunnelFox charged for an order. */
async function charges(request: APIRequestContext, order: Order): Promise<number> {
  const counters = await (await request.get(`${STANDINS}/control/counters`)).json();
  return counters.funnelfox.charges.byMetadata[`checkout_order=${order.orderId}`] ?? 0;
}

test('paid, in a frame and on the hosted page @phone', async ({ page, request }) => {
  for (const place of ['embedded', 'hosted'] as const) {
    const order = await foxOrder(request, { mode: place });
    const shopper = await (place === 'hosted' ? Shopper.hosted(page, order) : Shopper.embedded(page, order));
    await shopper.stage('form');
    await expect(shopper.payButton).toHaveText(/35\.00/);
    await shopper.pay(CARDS.approved);
    await shopper.stage('paid');
    await shopper.picture(`fox-server-${place}-paid`);
    const told = await proof(request, order);
    expect(told.status).toBe('paid');
    expect(told.attempts[0].gateway).toBe('funnelfox');
    expect(await charges(request, order)).toBe(1);
    if (place === 'embedded') {
      expect((await shopper.events()).filter((name) => name === 'succeeded')).toHaveLength(1);
    }
  }
});

test('card data goes to Primer and the token to our server', async ({ page, request }) => {
  const order = await foxOrder(request);
  const seen: string[] = [];
  page.on('request', (sent) => {
    const body = sent.postData() ?? '';
    if (body.includes('4111111111111111')) seen.push(new URL(sent.url()).pathname);
  });
  const shopper = await Shopper.embedded(page, order);
  await shopper.pay(CARDS.approved);
  await shopper.stage('paid');
  expect(seen).toEqual(['/primer/pci/payment-instruments']);
});

test('declined, then paid with another card @phone', async ({ page, request }) => {
  const order = await foxOrder(request);
  const shopper = await Shopper.embedded(page, order);
  await shopper.pay(CARDS.declined);
  await expect(shopper.alert).toContainText('You have not been charged');
  await shopper.picture('fox-server-declined');
  await shopper.stage('form');
  expect(await charges(request, order)).toBe(0);
  await shopper.pay(CARDS.approved);
  await shopper.stage('paid');
  expect(await charges(request, order)).toBe(1);
  expect((await proof(request, order)).attempts).toHaveLength(2);
});

test('challenge passed @phone', async ({ page, request }) => {
  const order = await foxOrder(request);
  const shopper = await Shopper.embedded(page, order);
  await shopper.pay(CARDS.challenge);
  await shopper.stage('challenge');
  await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  await shopper.picture('fox-server-challenge');
  await shopper.answerBank('Approve');
  await shopper.stage('paid');
  expect((await proof(request, order)).status).toBe('paid');
  expect(await charges(request, order)).toBe(1);
});

for (const answer of ['Refuse', 'Cancel'] as const) {
  test(`challenge ends with ${answer}, then paid`, async ({ page, request }) => {
    const order = await foxOrder(request);
    const shopper = await Shopper.embedded(page, order);
    await shopper.pay(CARDS.challenge);
    await shopper.answerBank(answer);
    await expect(shopper.alert).toContainText('You have not been charged');
    await shopper.stage('form');
    expect(await charges(request, order)).toBe(0);
    await shopper.pay(CARDS.approved);
    await shopper.stage('paid');
    expect(await charges(request, order)).toBe(1);
  });
}

test('reload in the challenge goes on with it', async ({ page, request }) => {
  const order = await foxOrder(request);
  const shopper = await Shopper.embedded(page, order);
  await shopper.pay(CARDS.challenge);
  await shopper.stage('challenge');
  await page.reload();
  await shopper.stage('challenge');
  await shopper.answerBank('Approve');
  await shopper.stage('paid');
  expect(await charges(request, order)).toBe(1);
});

test('a challenge that was left keeps the order until the bank is done @phone', async ({ page, request }) => {
  const order = await foxOrder(request);
  const shopper = await Shopper.embedded(page, order);
  await shopper.pay(CARDS.challenge);
  await shopper.stage('challenge');
  const bank = await shopper.dialog.locator('iframe').getAttribute('src');
  await page.keyboard.press('Escape');
  await shopper.dialog.getByRole('button', { name: 'Leave', exact: true }).click();
  await shopper.stage('processing');
  await expect(shopper.payButton).toBeHidden();
  await shopper.picture('fox-server-left');
  // The bank's page in another window: the shopper approves after all.
  const window = await page.context().newPage();
  await window.goto(bank ?? '');
  await window.getByLabel('Password').fill('Checkout1!');
  await window.getByRole('button', { name: 'Approve', exact: true }).click();
  await shopper.stage('paid');
  expect(await charges(request, order)).toBe(1);
  expect((await proof(request, order)).attempts).toHaveLength(1);
});

for (const [outcome, stage] of [['approve', 'paid'], ['decline', 'form']] as const) {
  test(`pending, then ${outcome === 'approve' ? 'settled' : 'declined'} by webhook`, async ({ page, request }) => {
    const order = await foxOrder(request);
    await control(request, 'funnelfox', { next: ['processing'], for: order.orderId });
    const shopper = await Shopper.embedded(page, order);
    await shopper.pay(CARDS.approved);
    await shopper.stage('processing');
    await shopper.picture('fox-server-processing');
    await expect(shopper.payButton).toBeHidden();
    await control(request, 'funnelfox', { settle: order.orderId, outcome });
    await shopper.stage(stage);
    expect(await charges(request, order)).toBe(outcome === 'approve' ? 1 : 0);
  });
}

test('F14: a lost answer is told as unknown, and only the webhook settles it', async ({ page, request }) => {
  const order = await foxOrder(request);
  const shopper = await Shopper.embedded(page, order);
  await shopper.stage('form');
  // FunnelFox takes its time to report, so that the answer is missed first.
  await control(request, 'funnelfox', { next: ['processing'], for: order.orderId });
  const session = (await (await request.get(`${STANDINS}/control/funnelfox`)).json())
    .sessions.find((one: { metadata: Record<string, string> }) => one.metadata.checkout_order === order.orderId);
  await control(request, 'faults', {
    path: '/funnelfox/demo/v1/checkout/create_payment', kind: 'drop-after', only: session.orders[0],
  });
  await shopper.pay(CARDS.approved);
  await shopper.stage('checking');
  await expect(shopper.payButton).toBeHidden();
  await expect(shopper.root).not.toContainText('You have not been charged');
  await shopper.picture('fox-server-unknown');
  await page.reload();
  await shopper.stage('checking');
  await control(request, 'funnelfox', { settle: order.orderId, outcome: 'approve' });
  await shopper.stage('paid');
  expect(await charges(request, order)).toBe(1);
});

test('the shop sells through FunnelFox', async ({ page }) => {
  await page.goto(`${SHOP}/`);
  await page.getByLabel(/FunnelFox, through/).check();
  await page.getByRole('button', { name: 'Buy on our page' }).first().click();
  const shopper = new Shopper(page, page.frameLocator('fanfare-checkout iframe'));
  await shopper.pay(CARDS.approved);
  await expect(page).toHaveURL(/thanks/);
});
