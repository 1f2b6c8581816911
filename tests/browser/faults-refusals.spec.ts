// A backend or a payment system that says no: the session is over, a field is wrong, a token is
// spent, the bank's step makes no sense. Nothing is charged, nothing loops, nothing typed is lost.
import { test, expect } from '@playwright/test';
import { answer, envelope, error, instead, token } from './answers.ts';
import { Payment, type Fault, type Where } from './faults.ts';
import { BANK, CARDS, SERVER, newOrder, proof } from './system.ts';

test('F20 a 401 or 403 at create_payment: asked about, not repeated, all kept, and paying works', async ({ page, request }) => {
  for (const fault of [instead('', false, { status: 401 }), instead('', false, { status: 403 }), instead(error('unauthorized'), false, { status: 401 })]) {
    const payment = await Payment.open(page, request);
    await payment.shopper.stage('form');
    const asked = await payment.count('state');
    await payment.fault('create', fault);
    await payment.pay();
    await expect(payment.shopper.alert).toContainText('You have not been charged');
    await payment.shopper.stage('form');
    expect(payment.creates).toHaveLength(1);
    expect(await asked(), 'no loop').toBeLessThanOrEqual(2);
    await payment.invariants({ terminal: 1 });
    await payment.pay();
    await payment.shopper.stage('paid');
    expect(payment.creates).toHaveLength(2);
    await payment.invariants({ terminal: 2 });
  }
});

test('F20 the session is refused as a whole: said at once, no loop, and what was typed is there when it is back', async ({ page, request }) => {
  for (const status of [401, 403]) {
    const payment = await Payment.open(page, request);
    const { shopper } = payment;
    await shopper.stage('form');
    await payment.fault('create', instead('', false, { status }));
    await payment.fault('state', instead('', false, { status, times: 50 }));
    const asked = await payment.count('state');
    await payment.pay();
    await shopper.stage('unavailable');
    const before = await asked();
    expect(before, 'one question').toBe(1);
    expect(payment.creates).toHaveLength(1);
    await expect(shopper.root).not.toContainText('not been charged');
    await payment.invariants({ terminal: 0 });
    await shopper.at.getByRole('button', { name: 'Try again' }).click();
    await shopper.stage('form');
    await expect(shopper.number).toHaveValue(CARDS.approved.number);
    await expect(shopper.name).toHaveValue(shopper.holder);
    await shopper.cvc.fill(CARDS.approved.cvc);
    await shopper.payButton.click();
    await shopper.stage('paid');
    await payment.invariants({ terminal: 1 });
  }
});

const WRONG: [string, Where, Fault, 'number' | 'expiry' | 'cvc'][] = [
  ['the token service', 'tokens', instead({ error_type: 'request_invalid', error_codes: ['card_number_invalid'] }, false, { status: 422 }), 'number'],
  ['the backend with 400', 'create', instead({ ...error('bad_request'), failure: { kind: 'incorrect_number', field: 'number', retry: 'same_card' } }, false, { status: 400 }), 'number'],
  ['the backend with 422', 'create', instead({ ...error('bad_request'), failure: { kind: 'incorrect_expiry', field: 'expiry', retry: 'same_card' } }, false, { status: 422 }), 'expiry'],
  ['the payment system', 'charge', instead({ error_type: 'request_invalid', error_codes: ['cvv_invalid'] }, false, { status: 422 }), 'cvc'],
];
test('F22 a field is refused: it is marked and named, has the focus, and Pay works on', async ({ page, request }) => {
  for (const [who, where, fault, field] of WRONG) {
    const payment = await Payment.open(page, request);
    const { shopper } = payment;
    await shopper.stage('form');
    await payment.fault(where, fault);
    await payment.pay();
    await expect(shopper.alert, who).toContainText('was not accepted');
    await expect(shopper.alert, who).toContainText('You have not been charged');
    await expect(shopper[field], who).toHaveAttribute('aria-invalid', 'true');
    await expect(shopper[field], who).toHaveAccessibleDescription(/not accepted/);
    await expect(shopper[field], who).toBeFocused();
    expect(await shopper.root.locator('[aria-invalid=true]').count(), 'that field alone').toBe(1);
    await expect(shopper.payButton, who).not.toHaveAttribute('aria-disabled', 'true');
    await payment.invariants({ terminal: 1 });
    await shopper.fill(CARDS.approved);
    await expect(shopper[field]).not.toHaveAttribute('aria-invalid', 'true');
    await shopper.payButton.click();
    await shopper.stage('paid');
    await payment.invariants({ terminal: 2 });
  }
});

test('F34 an answer names the order of another session: that order stays untouched, and this one can be paid', async ({ page, request }) => {
  await page.clock.install();
  const foreign = await newOrder(request);
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await shopper.stage('form');
  const step = token({ intent: 'PROCESSOR_3DS', accessToken: 'a', redirectUrl: `${BANK}/3ds/none`, statusUrl: `${SERVER}/c/${payment.session}/action/x` });
  await payment.fault('create', instead(envelope(answer({ checkout_status: 'processing', action_required_token: step, order_id: foreign.orderId })), false));
  await payment.fault('action', instead({ status: 'COMPLETE', id: 'resume-1' }, false));
  const resumed = page.waitForResponse('**/resume_payment');
  await payment.pay();
  expect((await resumed).status(), 'refused').toBeGreaterThanOrEqual(400);
  await shopper.stage('checking');
  expect(payment.told).not.toContain('succeeded');
  // The state knows of no attempt. After all waits that is believed.
  await expect(async () => {
    await page.clock.fastForward(16_000);
    expect(await payment.stage()).toBe('form');
  }).toPass({ intervals: [300], timeout: 30_000 });
  await expect(shopper.alert).toContainText('You have not been charged');
  await payment.invariants({ terminal: 1 });
  await payment.pay();
  await shopper.stage('paid');
  await payment.invariants({ terminal: 2 });
  expect(payment.creates.at(-1)!.postDataJSON().order_id, 'its own order').toBe(payment.order.orderId);
  expect(await proof(request, foreign)).toMatchObject({ status: 'open', attempts: [] });
});

test('F35 a token is charged twice at most: then the card is asked for, and a new token pays', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await shopper.stage('form');
  const charges = await payment.count('charge');
  const made = page.waitForResponse('**/checkout-com/tokens');
  await payment.pay(CARDS.declined);
  const spent = (await (await made).json()).token;
  await expect(shopper.alert).toContainText('Your bank declined the payment');
  // A token service that hands out the same token again and again.
  for (const [time, called] of [[2, 2], [3, 2], [4, 2]] as const) {
    await payment.fault('tokens', instead({ token: spent }, false, { status: 201 }));
    await shopper.cvc.fill(CARDS.declined.cvc);
    await shopper.payButton.click();
    await expect(shopper.alert).toContainText('complete your card details');
    await expect(shopper.cvc, 'the code is asked for again').toHaveValue('');
    await expect(shopper.cvc).toBeFocused();
    expect(payment.creates).toHaveLength(time);
    expect(await charges(), 'the payment system is not called a third time').toBe(called);
    expect(payment.creates.at(-1)!.postDataJSON().payment_method_token).toBe(spent);
  }
  const ids = payment.creates.map((sent) => sent.headers()['idempotency-key']);
  expect(new Set(ids).size, 'each try is an attempt of its own').toBe(4);
  await payment.invariants({ terminal: 4 });
  await payment.pay(CARDS.approved);
  await shopper.stage('paid');
  await payment.invariants({ terminal: 5 });
});

test('F36 the token ran out on its way: the card is asked for once, no loop, and it works', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await shopper.stage('form');
  const [tokens, charges] = [await payment.count('tokens'), await payment.count('charge')];
  await payment.fault('charge', instead({ error_type: 'request_invalid', error_codes: ['token_expired'] }, false, { status: 422 }));
  await payment.pay();
  await expect(shopper.alert).toContainText('complete your card details');
  await expect(shopper.alert).toContainText('You have not been charged');
  await expect(shopper.cvc).toBeFocused();
  expect([payment.creates.length, await tokens(), await charges()]).toEqual([1, 1, 1]);
  await payment.invariants({ terminal: 1 });
  await payment.pay();
  await shopper.stage('paid');
  const [old, now] = payment.creates.map((sent) => sent.postDataJSON().payment_method_token);
  expect(now).not.toBe(old);
  await payment.invariants({ terminal: 2 });
});

test('F37 after a decline the next try is a new attempt with a new token', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await shopper.stage('form');
  for (const time of [1, 2]) {
    await payment.pay(CARDS.noFunds);
    await expect.poll(() => payment.creates.length).toBe(time);
    await expect(shopper.alert).toContainText('You have not been charged');
    await shopper.stage('form');
    await expect.poll(() => payment.told.filter((name) => name === 'declined').length).toBe(time);
  }
  await payment.pay(CARDS.approved);
  await shopper.stage('paid');
  const ids = payment.creates.map((sent) => sent.headers()['idempotency-key']);
  const tokens = payment.creates.map((sent) => sent.postDataJSON().payment_method_token);
  expect([new Set(ids).size, new Set(tokens).size]).toEqual([3, 3]);
  const order = await payment.invariants({ terminal: 3 });
  expect(order.attempts.map((attempt: { status: string }) => attempt.status)).toEqual(['failed', 'failed', 'succeeded']);
});

test('F39 a bank step that makes no sense: no frame, nothing charged, and another card pays', async ({ page, request }) => {
  const step = { intent: 'PROCESSOR_3DS', accessToken: 'a', redirectUrl: `${BANK}/3ds/none`, statusUrl: `${SERVER}/c/x/action/x` };
  const steps: [string, string, string][] = [
    ['malformed', 'nonsense', 'a step that can’t be shown'],
    ['no JSON inside', 'e30.!!.x', 'a step that can’t be shown'],
    ['expired', token({ ...step, exp: 1_000_000_000 }), 'took too long'],
    ['an unknown intent', token({ ...step, intent: 'CHECKOUT' }), 'a step that can’t be shown'],
    ['an address that is a script', token({ ...step, redirectUrl: 'javascript:alert(1)' }), 'a step that can’t be shown'],
  ];
  for (const [name, action_required_token, words] of steps) {
    const payment = await Payment.open(page, request);
    const { shopper } = payment;
    await shopper.stage('form');
    const frames = page.frames().length;
    await payment.fault('create', instead(envelope(answer({ checkout_status: 'processing', action_required_token })), false));
    await payment.pay();
    await expect(shopper.alert, name).toContainText(words);
    await expect(shopper.alert, name).toContainText('You have not been charged');
    expect(page.frames(), `${name}: no frame`).toHaveLength(frames);
    expect(payment.told.filter((event) => event !== 'ready'), name).toEqual(['declined']);
    await payment.invariants({ terminal: 1 });
    await payment.pay();
    await shopper.stage('paid');
    expect(payment.creates, name).toHaveLength(2);
    await payment.invariants({ terminal: 2 });
  }
});

test('F39 a step that the bank waits for but that can’t be read: given back at the bank, and another card pays', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await shopper.stage('form');
  await payment.fault('create', instead(envelope(answer({ checkout_status: 'processing', action_required_token: 'nonsense' }))));
  await payment.pay(CARDS.challenge);
  await expect(shopper.alert).toContainText('a step that can’t be shown');
  await payment.invariants({ terminal: 1 });
  await payment.pay(CARDS.approved);
  await shopper.stage('paid');
  await payment.invariants({ terminal: 2 });
});
