// What networks do to a payment: each fault is ordered at the proxy between browser and server,
// or at the payment system, and the invariants hold afterwards.
import { test, expect } from '@playwright/test';
import { Payment } from './faults.ts';
import { CARDS } from './system.ts';

test('F09 the connection is gone before create_payment arrives: sent again under the same id, charged once', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  // As often as a browser repeats by itself.
  await payment.fault('create', { kind: 'drop-before', times: 3 });
  await payment.pay();
  await payment.shopper.stage('paid');
  const ids = new Set(payment.creates.map((sent) => sent.headers()['idempotency-key']));
  expect(ids.size).toBe(1);
  await payment.invariants({ terminal: 1 });
});

test('F10 charged, and the answer lost with its connection: checking, never "not charged", then paid', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  await payment.fault('create', { kind: 'drop-after', times: 9 });
  // The state is held back, so that the doubt can be read.
  await payment.fault('state', { kind: '500-before', times: 50 });
  await payment.pay();
  await payment.shopper.stage('checking');
  await expect(payment.shopper.root).toContainText("Please don't pay again");
  await expect(payment.shopper.root).not.toContainText('not been charged');
  await payment.heal();
  await payment.shopper.stage('paid');
  await payment.invariants({ terminal: 1 });
});

test('F11 the answer ends in the middle: asked about, then paid', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  await payment.fault('create', { kind: 'truncate' });
  await payment.pay();
  await payment.shopper.stage('paid');
  expect(payment.creates).toHaveLength(1);
  await payment.invariants({ terminal: 1 });
});

for (const [kind, sends] of [['hang', 2], ['hang-after', 1]] as const) {
  test(`F12 ${kind}: given up at the deadline, asked about, then paid`, async ({ page, request }) => {
    await page.clock.install();
    const payment = await Payment.open(page, request);
    await payment.shopper.stage('form');
    const arrivals = await payment.count('create');
    await payment.fault('create', { kind });
    await payment.pay();
    await expect.poll(arrivals).toBe(1);
    if (kind === 'hang-after') await expect.poll(() => payment.standing()).toBe(1);
    await page.clock.fastForward(31_000);
    await payment.shopper.stage('paid');
    expect(payment.creates).toHaveLength(sends);
    await payment.invariants({ terminal: 1 });
  });
}

test('F13 the browser itself sends again when a used connection dies: one charge, one JS call', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  const [arrivals, charges] = [await payment.count('create'), await payment.count('charge')];
  await payment.fault('create', { kind: 'drop-after', reused: true, times: 2 });
  await payment.pay();
  await payment.shopper.stage('paid');
  expect(await arrivals(), 'the fault provoked the browser').toBeGreaterThan(payment.creates.length);
  expect(payment.creates).toHaveLength(1);
  expect(await charges(), 'the payment system is called once').toBe(1);
  expect(await payment.standing()).toBe(1);
  await payment.invariants({ terminal: 1 });
});

test('F15 F17 the server or a proxy breaks before the work: sent again with the same id, one charge', async ({ page, request }) => {
  for (const kind of ['500-before', '502-before', '503-before', '504-before']) {
    const payment = await Payment.open(page, request);
    await payment.shopper.stage('form');
    await payment.fault('create', { kind });
    await payment.pay();
    await payment.shopper.stage('paid');
    const ids = payment.creates.map((sent) => sent.headers()['idempotency-key']);
    expect(ids, kind).toHaveLength(2);
    expect(ids[1], kind).toBe(ids[0]);
    await payment.invariants({ terminal: 1 });
  }
});

test('F16 F17 the server or a proxy breaks after the work: found out by asking, not sent again', async ({ page, request }) => {
  for (const kind of ['500-after', '502-after', '503-after', '504-after']) {
    const payment = await Payment.open(page, request);
    await payment.shopper.stage('form');
    await payment.fault('create', { kind });
    await payment.pay();
    await payment.shopper.stage('paid');
    expect(payment.creates, kind).toHaveLength(1);
    await expect(payment.shopper.root).not.toContainText(/Gateway|<h1>/);
    await payment.invariants({ terminal: 1 });
  }
});

test('F16 the payment system charges and breaks: settled by the server', async ({ page, request }) => {
  for (const kind of ['500-after', 'drop-after', 'truncate', 'html-after']) {
    const payment = await Payment.open(page, request);
    await payment.shopper.stage('form');
    await payment.fault('charge', { kind });
    await payment.pay();
    await payment.shopper.stage('paid');
    await payment.invariants({ terminal: 1 });
  }
});

test('F21 repeats while the first still runs share its answer; a 409 is asked about, not sent again', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  const charges = await payment.count('charge');
  await payment.fault('charge', { kind: 'delay', delayMs: 1_500 });
  const sent = page.waitForRequest('**/create_payment');
  await payment.pay();
  const create = await sent;
  // `allHeaders` would wait for the answer.
  const repeats = await Promise.all([1, 2, 3].map(async () => request.post(create.url(), {
    headers: { 'content-type': 'application/json', 'idempotency-key': create.headers()['idempotency-key'] },
    data: create.postData()!,
  })));
  for (const repeat of repeats) expect((await repeat.json()).data.checkout_status).toBe('succeeded');
  await payment.shopper.stage('paid');
  expect(await charges()).toBe(1);
  await payment.invariants({ terminal: 1 });

  const refused = await Payment.open(page, request);
  await refused.shopper.stage('form');
  await refused.fault('create', {
    kind: 'answer', processed: true, status: 409, retryAfter: 2,
    body: { status: 'error', req_id: 'req_f21', error: [{ msg: 'this payment is being made', code: 'attempt_in_progress', type: 'api_exception' }] },
  });
  await refused.pay();
  await refused.shopper.stage('paid');
  expect(refused.creates).toHaveLength(1);
  await refused.invariants({ terminal: 1 });
});

test('F38 the token service is down: nothing was sent to pay, everything is kept, and it works again', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  for (const [times, fault] of [{ kind: '503-before' }, { kind: 'drop-before', times: 9 }, { kind: 'answer', status: 201, body: '{' }].entries()) {
    await payment.fault('tokens', fault);
    await payment.pay();
    await expect(payment.shopper.alert).toContainText('no payment was made');
    expect(payment.creates).toHaveLength(0);
    await payment.invariants({ terminal: times + 1 });
  }
  await payment.shopper.payButton.click();
  await payment.shopper.stage('paid');
  await payment.invariants({ terminal: 4 });
});

test('F70 the session cannot be had at the start: plain words and a way on, then it works', async ({ page, request }) => {
  for (const fault of [{ kind: '500-before', times: 9 }, { kind: '403', status: 403 }, { kind: 'drop-before', times: 40 }, { kind: 'answer', body: '{}', times: 9 }]) {
    const ordered = fault.kind === '403' ? { kind: 'answer', status: 403, body: '' } : fault;
    const payment = await Payment.open(page, request, 'hosted', (payment) => payment.fault('state', ordered));
    await payment.shopper.stage('unavailable');
    await payment.invariants({ acted: false });
    if (fault.kind === '403') await payment.visit();
    else await payment.shopper.at.getByRole('button', { name: 'Try again' }).click();
    await payment.pay();
    await payment.shopper.stage('paid');
    await payment.invariants();
  }
});

test('F58 F59 reloaded or closed while the charge runs: the order shows the true state, one charge', async ({ page, context, request }) => {
  for (const how of ['reload', 'close'] as const) {
    const own = how === 'close' ? await context.newPage() : page;
    const payment = await Payment.open(own, request, 'hosted');
    await payment.shopper.stage('form');
    const charging = await payment.count('charge');
    await payment.fault('charge', { kind: 'delay', delayMs: 1_500 });
    await payment.pay();
    await expect.poll(charging).toBe(1);
    if (how === 'reload') {
      await own.reload();
      await payment.shopper.stage('paid');
      await payment.invariants({ acted: false });
    } else {
      await own.close();
      await page.goto(payment.order.checkoutUrl);
      await expect(page.locator('.checkout')).toHaveAttribute('data-stage', 'paid', { timeout: 20_000 });
      expect(await payment.standing()).toBe(1);
    }
  }
});

test('a straggler that arrives after everybody gave up charges nothing a second time', async ({ page, request }) => {
  await page.clock.install();
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  const [arrivals, charges] = [await payment.count('create'), await payment.count('charge')];
  const sent = page.waitForRequest('**/create_payment');
  await payment.fault('create', { kind: 'hang' });
  await payment.pay(CARDS.approved);
  const create = await sent;
  await expect.poll(arrivals).toBe(1);
  await page.clock.fastForward(31_000);
  await payment.shopper.stage('paid');
  expect(await arrivals()).toBeGreaterThanOrEqual(2);
  // What was on its way all the time is there now, when all is over.
  const late = await request.post(create.url(), {
    headers: { 'content-type': 'application/json', 'idempotency-key': (await create.allHeaders())['idempotency-key'] },
    data: create.postData()!,
  });
  expect((await late.json()).data.checkout_status).toBe('succeeded');
  expect(await charges(), 'the payment system is called once').toBe(1);
  expect(await payment.atGateway()).toHaveLength(1);
  await payment.invariants({ terminal: 1 });
});
