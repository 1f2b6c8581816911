// What a backend of the same contract, or something in between, may answer.
import { test, expect } from '@playwright/test';
import { answer, envelope, error, instead, token } from './answers.ts';
import { Payment, type Fault } from './faults.ts';
import { BANK, CARDS, SERVER } from './system.ts';

test('F23 an error inside a 200 is no success: a refusal leads back to the form, a doubt is asked about', async ({ page, request }) => {
  const refused = await Payment.open(page, request);
  await refused.shopper.stage('form');
  await refused.fault('create', instead(error('bad_request'), false));
  await refused.pay();
  await expect(refused.shopper.alert).toContainText('You have not been charged');
  // The shop hears that it is to blame.
  await expect(page.locator('#events')).toContainText('"bad_request"');
  await refused.invariants({ terminal: 1 });
  // No card can help: Pay is gone, and comes back only for somebody who wants another try.
  const { shopper } = refused;
  const again = shopper.root.getByRole('button', { name: 'Try again' });
  await expect(again).toBeFocused();
  await expect(shopper.payButton).toHaveCount(0);
  await shopper.cvc.fill(CARDS.approved.cvc);
  await shopper.picture('barred');
  await again.click();
  await expect(shopper.root).not.toContainText('can’t take this payment');
  expect(refused.creates).toHaveLength(1);
  await refused.pay();
  await shopper.stage('paid');
  expect(refused.creates).toHaveLength(2);
  await refused.invariants({ terminal: 2 });
  // On a page of its own there is the way to the shop as well.
  const alone = await Payment.open(page, request, 'hosted');
  await alone.shopper.stage('form');
  await alone.fault('create', instead(error('invalid_price'), false));
  await alone.pay();
  await expect(alone.shopper.root.getByRole('link', { name: /^Return to/ })).toBeVisible();
  await alone.shopper.picture('barred-hosted');
  await alone.invariants({ terminal: 1 });
  const doubtful = await Payment.open(page, request);
  await doubtful.shopper.stage('form');
  await doubtful.fault('create', instead(error('double_purchase')));
  await doubtful.pay();
  await doubtful.shopper.stage('paid');
  expect(doubtful.creates).toHaveLength(1);
  await doubtful.invariants({ terminal: 1 });
});

test('F24 the bare object of the published schema is read like the envelope', async ({ page, request }) => {
  for (const body of [answer(), envelope(answer())]) {
    const payment = await Payment.open(page, request);
    await payment.shopper.stage('form');
    const asked = await payment.count('state');
    await payment.fault('create', instead(body));
    await payment.pay();
    await payment.shopper.stage('paid');
    expect(await asked(), 'the answer was enough').toBe(0);
    await payment.invariants({ terminal: 1 });
  }
});

const UNREADABLE: [string, Fault][] = [
  ['F25 malformed', instead('{"status":"success","data":{')],
  ['F25 empty', instead('')],
  ['F25 NaN', instead('{"status":"success","data":{"checkout_status":"succeeded","action_required_token":NaN}}')],
  ['F25 another charset', instead(`\u0000${JSON.stringify(answer())}`, true, { contentType: 'application/json; charset=utf-16' })],
  ['F26 no status', instead(envelope({ ...answer(), checkout_status: undefined }))],
  ['F26 a null status', instead(envelope(answer({ checkout_status: null })))],
  ['F26 a number for a status', instead(envelope(answer({ checkout_status: 1 })))],
  ['F26 no action key', instead(envelope({ ...answer(), action_required_token: undefined }))],
  ['F26 a number for an action', instead(envelope(answer({ action_required_token: 7 })))],
  ['F26 a number for an order', instead(envelope(answer({ order_id: 7 })))],
  ['F28 nested 200 deep', instead(`{"x":${'['.repeat(200)}${']'.repeat(200)},${JSON.stringify(answer()).slice(1)}`)],
  ['F28 five megabytes', instead(`{"x":"${'a'.repeat(500_000)}${'b'.repeat(600_000)}",${JSON.stringify(answer()).slice(1)}`)],
];
test('F25 F26 F28 what cannot be read is never success: checking, asked about, then paid', async ({ page, request }) => {
  test.setTimeout(120_000);
  for (const [name, fault] of UNREADABLE) {
    const payment = await Payment.open(page, request);
    await payment.shopper.stage('form');
    await payment.fault('create', fault);
    await payment.fault('state', { kind: '500-before', times: 50 });
    await payment.pay();
    await payment.shopper.stage(/checking|paid/);
    expect(await payment.stage(), name).toBe('checking');
    await payment.heal();
    await payment.shopper.stage('paid');
    expect(payment.creates, name).toHaveLength(1);
    await payment.invariants({ terminal: 1 });
  }
});

test('F25 F28 a byte order mark and unknown fields do no harm', async ({ page, request }) => {
  for (const body of [`\ufeff${JSON.stringify(answer())}`, envelope(answer({ more: { deep: [1, { x: null }] } }))]) {
    const payment = await Payment.open(page, request);
    await payment.shopper.stage('form');
    const asked = await payment.count('state');
    await payment.fault('create', instead(body));
    await payment.pay();
    await payment.shopper.stage('paid');
    expect(await asked(), 'the answer was enough').toBe(0);
    await payment.invariants({ terminal: 1 });
  }
});

test('F27 an unknown status: told to the shop with its raw value, asked about, then paid', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  await payment.fault('create', instead(envelope(answer({ checkout_status: 'on_hold' }))));
  await payment.fault('state', { kind: '500-before', times: 50 });
  await payment.pay();
  await payment.shopper.stage('checking');
  await payment.heal();
  await payment.shopper.stage('paid');
  expect(payment.told.filter((name) => name === 'error')).toHaveLength(1);
  await expect(page.locator('#events li[data-event$="-error"]')).toContainText('on_hold');
  await payment.invariants({ terminal: 1 });
});

test('F29 succeeded with a step to take: the step comes first', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await page.route('**/create_payment', async (route) => {
    const given = await route.fetch();
    const body = await given.json();
    body.checkout_status = body.data.checkout_status = 'succeeded';
    await route.fulfill({ response: given, json: body });
  });
  await payment.pay(CARDS.challenge);
  await payment.shopper.stage(/challenge|paid/);
  expect(await payment.stage()).toBe('challenge');
  expect(payment.told).not.toContain('succeeded');
  await payment.shopper.answerBank('Refuse');
  await expect(payment.shopper.alert).toContainText('You have not been charged');
  expect(payment.told).not.toContain('succeeded');
});

test('F30 a failure with no words, ten thousand, or markup', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  const words: [string, RegExp][] = [
    ['', /not accepted|not been charged/],
    [`${'long '.repeat(2_000)}END`, /long/],
    ['<img src=x onerror=window.__x=1>', /<img src=x/],
    ['\u202eevil\u2066', /evil/],
  ];
  for (const [at, [message, shown]] of words.entries()) {
    await payment.shopper.stage('form');
    await payment.fault('create', instead(envelope(answer({ checkout_status: 'failed', failed_message_for_user: message })), false));
    await payment.pay();
    await expect(payment.shopper.alert).toContainText(shown);
    const text = await payment.shopper.alert.innerText();
    expect(text.length).toBeLessThan(600);
    expect(text).not.toContain('END');
    expect(await payment.shopper.root.locator('img[src=x]').count()).toBe(0);
    await payment.invariants({ terminal: at + 1 });
  }
});

test('F32 cancelled: the form again, nothing charged, and paying works', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  await payment.fault('create', instead(envelope(answer({ checkout_status: 'cancelled' })), false));
  await payment.pay();
  await expect(payment.shopper.alert).toContainText('not been charged');
  expect(payment.told.filter((name) => name !== 'ready'), 'believed at once').toEqual(['cancelled']);
  await payment.invariants({ terminal: 1 });
  await payment.pay();
  await payment.shopper.stage('paid');
  await payment.invariants({ terminal: 2 });
});

test('F33 F34 the order changes its id, or has none: later calls use the newest', async ({ page, request }) => {
  for (const [order_id, used] of [['7d1f6b1e-1c1c-4a7e-9f3a-2f6f7f0a9b11', 'new'], [null, 'old'], ['', 'old']] as const) {
    const payment = await Payment.open(page, request);
    await payment.shopper.stage('form');
    const step = token({ intent: 'PROCESSOR_3DS', accessToken: 'a', redirectUrl: `${BANK}/3ds/none`, statusUrl: `${SERVER}/c/${payment.session}/action/x` });
    await payment.fault('create', instead(envelope(answer({ checkout_status: 'processing', action_required_token: step, order_id })), false));
    await payment.fault('action', instead({ status: 'COMPLETE', id: 'resume-1' }, false));
    const resumed = page.waitForRequest('**/resume_payment');
    await payment.pay();
    const body = (await resumed).postDataJSON();
    expect(body.order_id).toBe(used === 'new' ? order_id : payment.order.orderId);
    expect(await payment.standing()).toBe(0);
  }
});

test('F40 every step asks for another: it ends after five, nothing is charged, and paying works', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  const step = token({ intent: 'PROCESSOR_3DS', accessToken: 'a', redirectUrl: `${BANK}/3ds/none`, statusUrl: `${SERVER}/c/${payment.session}/action/x` });
  const again = instead(envelope(answer({ checkout_status: 'processing', action_required_token: step })), false, { times: 20 });
  await payment.fault('create', again);
  await payment.fault('action', instead({ status: 'COMPLETE', id: 'resume-1' }, false, { times: 20 }));
  let resumes = 0;
  page.on('request', (sent) => { if (sent.url().endsWith('/resume_payment')) resumes += 1; });
  await payment.fault('resume', again);
  await payment.pay();
  await expect(payment.shopper.alert).toContainText('too many steps', { timeout: 30_000 });
  expect(resumes).toBe(5);
  expect(payment.creates).toHaveLength(1);
  await payment.invariants({ terminal: 1 });
  await payment.pay();
  await payment.shopper.stage('paid');
  await payment.invariants({ terminal: 2 });
});
