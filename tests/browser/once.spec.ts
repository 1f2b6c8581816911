// Exactly one charge, whatever the shopper and the network do.
import { test, expect } from '@playwright/test';
import { Payment } from './faults.ts';
import { CARDS, PORT_BASE, Shopper, STANDINS, charges, control, newOrder, proof } from './system.ts';

test('F01 F02 F03 a double click, Enter held down and fifty submits charge once', async ({ page, request }) => {
  for (const how of ['dblclick', 'enter', 'submit'] as const) {
    const order = await newOrder(request);
    let [tokens, created] = [0, 0];
    page.on('request', (sent) => { if (sent.url().endsWith('/tokens')) tokens += 1; });
    page.on('request', (sent) => { if (sent.url().endsWith('/create_payment') && sent.postData()?.includes(order.orderId)) created += 1; });
    const shopper = await Shopper.hosted(page, order);
    await shopper.stage('form');
    await shopper.fill(CARDS.approved);
    if (how === 'dblclick') await shopper.payButton.dblclick();
    if (how === 'enter') {
      await shopper.name.focus();
      for (let time = 0; time < 20; time += 1) await page.keyboard.down('Enter');
      await page.keyboard.up('Enter');
    }
    if (how === 'submit') {
      await page.locator('form').first().evaluate((form: HTMLFormElement) => {
        for (let time = 0; time < 50; time += 1) form.requestSubmit();
      });
    }
    await shopper.stage('paid');
    expect([tokens, created], how).toEqual([1, 1]);
    expect(await charges(request, order), how).toBe(1);
  }
});

test('F07 the same order in two tabs is paid once, and both say paid', async ({ context, request }) => {
  const order = await newOrder(request);
  const [first, second] = await Promise.all(
    [await context.newPage(), await context.newPage()].map((page) => Shopper.hosted(page, order)));
  await first.stage('form');
  await second.stage('form');
  await first.fill(CARDS.approved);
  await second.fill(CARDS.amex);
  await Promise.all([first.payButton.click(), second.payButton.click()]);
  await first.stage('paid');
  await second.stage('paid');
  expect(await charges(request, order)).toBe(1);
});

test('F13 a POST that arrives again gets the stored answer', async ({ page, request }) => {
  const payment = await Payment.open(page, request, 'hosted');
  const { shopper, order } = payment;
  const called = await payment.count('charge');
  // The browser doesn't always keep a body that was read as a stream.
  let first: { data?: unknown } = {};
  await page.route('**/create_payment', async (route) => {
    const given = await route.fetch();
    first = await given.json();
    await route.fulfill({ response: given });
  });
  const sent = page.waitForRequest((request) => request.url().endsWith('/create_payment'));
  await shopper.pay(CARDS.approved);
  const create = await sent;
  await shopper.stage('paid');
  expect(first.data).toMatchObject({ checkout_status: 'succeeded' });
  for (let time = 0; time < 3; time += 1) {
    const again = await request.post(create.url(), {
      headers: { 'content-type': 'application/json', 'idempotency-key': (await create.allHeaders())['idempotency-key'] },
      data: create.postData()!,
    });
    expect((await again.json()).data).toEqual(first.data);
  }
  expect(await called(), 'the payment system is called once').toBe(1);
  expect(await charges(request, order)).toBe(1);
});

test('F10 an answer that is lost after the charge reads checking, then paid', async ({ page, request }) => {
  const order = await newOrder(request);
  const shopper = await Shopper.hosted(page, order);
  let lost = 0;
  await page.route('**/create_payment', async (route) => {
    lost += 1;
    await route.fetch();
    await route.abort('connectionreset');
  });
  await shopper.stage('form');
  // The state is held back, so that the doubt can be read.
  await page.route('**/state', (route) => route.abort());
  await shopper.pay(CARDS.approved);
  await shopper.stage('checking');
  await expect(shopper.root).toContainText("Please don't pay again");
  await page.unroute('**/state');
  await shopper.stage('paid');
  expect(lost).toBe(1);
  expect(await charges(request, order)).toBe(1);
});

test('F16 the payment system charges and answers 500: never called failed, settled by asking', async ({ page, request }) => {
  const order = await newOrder(request);
  const shopper = await Shopper.hosted(page, order);
  await shopper.stage('form');
  await control(request, 'faults', { path: '/checkout-com/payments', match: order.orderId, method: 'POST', kind: '500-after', times: 1 });
  await shopper.pay(CARDS.approved);
  await shopper.stage('paid');
  expect(await charges(request, order)).toBe(1);
});

test('F58 a reload while the payment runs lands on the true state', async ({ page, request }) => {
  const order = await newOrder(request);
  const shopper = await Shopper.hosted(page, order);
  await shopper.pay(CARDS.challenge);
  await shopper.stage('challenge');
  await page.reload();
  await shopper.stage('challenge');
  await shopper.answerBank('Approve');
  await shopper.stage('paid');
  await page.reload();
  await shopper.stage('paid');
  expect(await charges(request, order)).toBe(1);
});

// What a backend of the same contract may answer, each with its own screen.
const answer = (change: Record<string, unknown>) => ({
  status: 'success', req_id: 'req_browser',
  data: { action_required_token: '', checkout_status: 'processing', failed_message_for_user: '', order_id: null, ...change },
});
const CONTRACT: [string, unknown, string, RegExp | null][] = [
  ['F27 an unknown status', answer({ checkout_status: 'on_hold' }), 'checking', /don.t pay again/i],
  ['F30 a failure with markup', answer({ checkout_status: 'failed', failed_message_for_user: '<img src=x onerror=window.__x=1>Ask your bank' }), 'form', /Ask your bank/],
  ['F30 a failure without words', answer({ checkout_status: 'failed' }), 'form', /not been charged/],
  ['F32 cancelled', answer({ checkout_status: 'cancelled' }), 'form', /not been charged/],
  ['F26 a missing key', { checkout_status: 'succeeded' }, 'checking', /don.t pay again/i],
  ['F39 a malformed action token', answer({ action_required_token: 'nonsense' }), 'form', /step/i],
  ['F33 another order id', answer({ checkout_status: 'succeeded', order_id: '7d1f6b1e-1c1c-4a7e-9f3a-2f6f7f0a9b11' }), 'checking', /don.t pay again/i],
];
for (const [name, body, stage, words] of CONTRACT) {
  test(`${name} has its own screen`, async ({ page, request }) => {
    const order = await newOrder(request);
    const shopper = await Shopper.hosted(page, order);
    await page.route('**/create_payment', (route) => route.fulfill({ json: body }));
    // The order at our server has not moved, so the state is held back where it would speak.
    if (stage === 'checking') {
      await shopper.stage('form');
      await page.route('**/state', (route) => route.abort());
    }
    await shopper.pay(CARDS.approved);
    if (words) await expect(shopper.root).toContainText(words);
    await shopper.stage(stage);
    await shopper.picture(`contract-${name.split(' ').slice(0, 4).join('-')}`);
    expect(await page.evaluate(() => '__x' in window)).toBe(false);
    expect((await proof(request, order)).status).toBe('open');
  });
}

test('F09 offline: nothing is sent, and Pay goes on by itself when the network is back', async ({ page, context, request }) => {
  const order = await newOrder(request);
  const shopper = await Shopper.hosted(page, order);
  await shopper.stage('form');
  await shopper.fill(CARDS.approved);
  await context.setOffline(true);
  await shopper.payButton.click();
  await expect(shopper.alert).toContainText(/offline/i);
  await shopper.stage('waiting');
  await shopper.picture('offline');
  expect(await charges(request, order)).toBe(0);
  await context.setOffline(false);
  await shopper.stage('paid');
  expect(await charges(request, order)).toBe(1);
});

test('T26 the stand-ins answer no page of another site', async ({ request }) => {
  const headers = { host: `evil.test:${PORT_BASE + 2}` };
  expect((await request.get(`${STANDINS}/control/counters`, { headers })).status()).toBe(403);
  expect((await request.post(`${STANDINS}/control/reset`, { headers, data: {} })).status()).toBe(403);
});
