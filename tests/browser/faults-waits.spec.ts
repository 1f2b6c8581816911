// A backend that asks for a pause, takes for ever, or sends without end: nothing is sent too
// early or too often, nothing is read without limit, and the shopper always sees the truth.
import { test, expect } from '@playwright/test';
import { Payment, type Fault } from './faults.ts';
import { CARDS, control, proof } from './system.ts';

test('F18 a 429 with Retry-After: the wait is said once, Pay rests, and it is sent again once', async ({ page, request }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  const sentAt: number[] = [];
  page.on('request', (sent) => { if (sent.url().endsWith('/create_payment')) sentAt.push(Date.now()); });
  await shopper.stage('form');
  // What is read out, and what the timer shows.
  await shopper.root.evaluate((root) => {
    for (const role of ['status', 'timer']) {
      const place = root.querySelector(`[role=${role}]`)!;
      const texts: string[] = [];
      Object.assign(window, { [`read ${role}`]: texts });
      new MutationObserver(() => {
        const text = place.textContent!.trim();
        if (texts.at(-1) !== text) texts.push(text);
      }).observe(place, { childList: true, characterData: true, subtree: true });
    }
  });
  await payment.fault('create', { kind: '429', retryAfter: 8 });
  await payment.pay();
  await shopper.stage('waiting');
  const button = shopper.root.locator('.pay');
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(shopper.cvc).toHaveValue('');
  // What is said of the money can be seen, under Pay.
  const line = shopper.root.getByText('You have not been charged. Your payment is sent again by itself in a moment.').and(shopper.root.locator('.pause'));
  await expect(line).toBeInViewport();
  await shopper.picture('waiting-pause');
  await button.evaluate((button: HTMLButtonElement) => {
    button.click();
    button.form!.requestSubmit();
  });
  expect(payment.creates).toHaveLength(1);
  await shopper.stage('paid');
  expect(payment.creates).toHaveLength(2);
  const [first, second] = payment.creates;
  expect(second.headers()['idempotency-key']).toBe(first.headers()['idempotency-key']);
  expect(second.postData()).toBe(first.postData());
  expect(sentAt[1] - sentAt[0], 'the pause was kept').toBeGreaterThan(7_900);
  expect(sentAt[1] - sentAt[0], 'and not much more').toBeLessThan(16_000);
  const heard = (role: string) => shopper.root.evaluate((_, role) => (window as unknown as Record<string, string[]>)[`read ${role}`], role);
  const shown = await heard('timer');
  expect(shown.slice(0, 2)).toEqual(['Next try in 8 s', 'Next try in 7 s']);
  expect(shown.slice(-2)).toEqual(['Next try in 1 s', '']);
  const said = await heard('status');
  expect(said.filter((text) => text.includes('again by itself'))).toHaveLength(1);
  expect(said.filter((text) => /\d/.test(text)), 'no seconds are read out').toEqual([]);
  await payment.invariants({ terminal: 1 });
});

test('F18 a second 429 ends it: not charged, and the next press of Pay keeps the pause as well', async ({ page, request }) => {
  await page.clock.install();
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await shopper.stage('form');
  await payment.fault('create', { kind: '429', retryAfter: 50, times: 2 });
  await payment.pay();
  await shopper.stage('waiting');
  await page.clock.fastForward(51_000);
  await expect(shopper.alert).toContainText('too many tries');
  await expect(shopper.alert).toContainText('You have not been charged');
  expect(payment.creates).toHaveLength(2);
  await payment.invariants({ terminal: 1 });
  const tokens = await payment.count('tokens');
  await payment.pay();
  await shopper.stage('waiting');
  await page.clock.fastForward(20_000);
  await expect(shopper.root.getByRole('timer')).toContainText(/Next try in \d+ s/);
  expect(await tokens(), 'the card waits as well').toBe(0);
  await page.clock.fastForward(31_000);
  await shopper.stage('paid');
  expect(payment.creates).toHaveLength(3);
  await payment.invariants({ terminal: 2 });
});

test('F18 the token service is busy: the card is sent again once, after the usual pause', async ({ page, request }) => {
  await page.clock.install();
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  const tokens = await payment.count('tokens');
  await payment.fault('tokens', { kind: '429', retryAfter: 'abc' });
  await payment.pay();
  await payment.shopper.stage('waiting');
  await expect(payment.shopper.root.getByRole('timer')).toContainText(/Next try in [2-5] s/);
  expect(await tokens()).toBe(1);
  await page.clock.fastForward(5_500);
  await payment.shopper.stage('paid');
  expect(await tokens()).toBe(2);
  expect(payment.creates).toHaveLength(1);
  await payment.invariants({ terminal: 1 });
});

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toUTCString();
const busy = (retryAfter?: string): Fault => ({ kind: 'answer', status: 429, body: '', retryAfter });

test('F19 pauses that are dates are kept, and what makes no sense means the usual pause', async ({ page, request }) => {
  test.setTimeout(90_000);
  await page.clock.install();
  const pauses: [string, () => Fault, number, number][] = [
    ['a date', () => busy(inSeconds(30)), 25, 30],
    ['a date that is over', () => busy(inSeconds(-3_600)), 4, 5],
    ['a negative number', () => busy('-3'), 4, 5],
    ['letters', () => busy('abc'), 4, 5],
    ['nothing', () => busy(), 4, 5],
  ];
  for (const [name, fault, least, most] of pauses) {
    const payment = await Payment.open(page, request);
    const { shopper } = payment;
    await shopper.stage('form');
    await shopper.fill(CARDS.approved);
    await payment.fault('create', fault());
    await shopper.payButton.click();
    await shopper.stage('waiting');
    const shown = Number((await shopper.root.getByRole('timer').innerText()).replace(/\D/g, ''));
    expect(shown, name).toBeGreaterThanOrEqual(least - 2);
    // Dates are whole seconds, and the page's clock may run a little behind the server's.
    expect(shown, name).toBeLessThanOrEqual(most + 1);
    await page.clock.fastForward((least - 4) * 1_000);
    expect(await payment.stage(), `${name}: not before`).toBe('waiting');
    expect(payment.creates, name).toHaveLength(1);
    await page.clock.fastForward((most - least + 6) * 1_000);
    await shopper.stage('paid');
    expect(payment.creates, name).toHaveLength(2);
    await payment.invariants({ terminal: 1 });
  }
});

test('F19 a pause of years, or of more than a minute: try later, at once, and nothing goes out by itself', async ({ page, request }) => {
  await page.clock.install();
  for (const retryAfter of ['315360000', '61', inSeconds(3_653 * 86_400), '9'.repeat(40)]) {
    const payment = await Payment.open(page, request);
    const { shopper } = payment;
    await shopper.stage('form');
    await payment.fault('create', busy(retryAfter));
    await payment.pay();
    await expect(shopper.alert, retryAfter).toContainText('You have not been charged. Please wait a few minutes, then try again.');
    await page.clock.fastForward(90_000);
    await expect(shopper.payButton).not.toHaveAttribute('aria-disabled', 'true');
    expect(payment.creates, retryAfter).toHaveLength(1);
    await payment.invariants({ terminal: 1 });
    await payment.pay();
    await shopper.stage('paid');
    expect(payment.creates, retryAfter).toHaveLength(2);
    await payment.invariants({ terminal: 2 });
  }
});

test('F31 processing for ever: said as such, told once, nothing turns, asked now and then, and paid when it is', async ({ page, request }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.clock.install();
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await payment.pay(CARDS.challenge);
  await shopper.answerBank('Answer later');
  await shopper.stage('processing');
  const asked = await payment.count('state');
  // Forty minutes and more.
  for (let look = 1; look <= 8; look += 1) {
    // A jump while an answer is on its way meets no timer: then there is another.
    await expect(async () => {
      await page.clock.fastForward(300_000);
      expect(await asked(), 'asks on').toBeGreaterThanOrEqual(look);
    }).toPass({ intervals: [500], timeout: 15_000 });
  }
  expect(await asked(), 'but not in a storm').toBeLessThan(20);
  expect(await payment.stage()).toBe('processing');
  await expect(shopper.root).toContainText('Your payment is being processed');
  await expect(shopper.root).toContainText("Please don't pay again");
  await expect(shopper.root).toContainText('You can close this page');
  const turning = () => shopper.root.evaluate((root) =>
    root.getAnimations({ subtree: true }).filter((one) => one.effect!.getComputedTiming().iterations === Infinity).length);
  expect(await turning(), 'no endless spinner').toBe(0);
  await expect(shopper.root.locator('.pay')).toBeHidden();
  expect(payment.told.filter((name) => name !== 'ready')).toEqual(['action-required', 'processing']);
  await shopper.picture('processing-for-ever');
  expect(payment.creates).toHaveLength(1);
  await control(request, 'settle', { order: payment.order.orderId, outcome: 'approve' });
  await shopper.root.getByRole('button', { name: 'Check again' }).click();
  await shopper.stage('paid');
  await payment.invariants({ terminal: 1 });
});

test('T31 F28 a hundred megabytes are cut off after one, wherever they come from', async ({ page, request }) => {
  const payment = await Payment.open(page, request, 'hosted', (payment) => payment.fault('state', { kind: 'huge', times: 9 }));
  const { shopper } = payment;
  await shopper.stage('unavailable');
  await payment.invariants({ acted: false });
  // What really came over the wire.
  const wire = await page.context().newCDPSession(page);
  await wire.send('Network.enable');
  const names = new Map<string, string>();
  const received = new Map<string, number>();
  wire.on('Network.requestWillBeSent', ({ requestId, request: { url, method } }) => {
    if (method === 'POST') names.set(requestId, url.split('/').at(-1)!);
  });
  wire.on('Network.dataReceived', ({ requestId, dataLength }) => {
    const name = names.get(requestId) ?? 'other';
    received.set(name, (received.get(name) ?? 0) + dataLength);
  });
  await shopper.at.getByRole('button', { name: 'Try again' }).click();
  await payment.fault('tokens', { kind: 'huge' });
  await payment.pay();
  await expect(shopper.alert).toContainText('no payment was made');
  await payment.invariants();
  await payment.fault('create', { kind: 'huge' });
  await payment.pay();
  await shopper.stage('paid');
  expect(payment.creates).toHaveLength(1);
  for (const name of ['tokens', 'create_payment']) {
    expect(received.get(name), name).toBeGreaterThan(1 << 20);
    expect(received.get(name), name).toBeLessThan(60_000_000);
  }
  await payment.invariants();
});

test('T31 F28 the payment system sends a hundred megabytes: the server stops reading, asks, and it is paid', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  await payment.fault('charge', { kind: 'huge' });
  await payment.pay();
  await payment.shopper.stage('paid');
  await payment.invariants({ terminal: 1 });
  const charge = async () => {
    const { history } = await proof(request, payment.order);
    const call = history.find(({ call }: { call?: string }) => call === 'POST /payments');
    return call ? call.status ?? 'not read to its end' : 'under way';
  };
  await expect.poll(charge).toBe('not read to its end');
});

test('T31 F28 a byte a second: given up at the deadline of the whole answer, asked about, then paid', async ({ page, request }) => {
  await page.clock.install();
  const payment = await Payment.open(page, request, 'embedded', (payment) => payment.fault('state', { kind: 'drip' }));
  const { shopper } = payment;
  // The machine has a deadline of its own: what is slow must be cut off as well, or it would
  // fill a connection for as long as the page is open.
  const cut = (path: string) => page.waitForEvent('requestfailed', { predicate: (sent) => sent.url().endsWith(path), timeout: 20_000 });
  await page.waitForResponse(`**/c/${payment.session}/state`);
  const asked = cut(`/c/${payment.session}/state`);
  await page.clock.fastForward(21_000);
  await shopper.stage('unavailable');
  await asked;
  await payment.invariants({ acted: false, terminal: 0 });
  await shopper.at.getByRole('button', { name: 'Try again' }).click();
  await shopper.stage('form');
  await payment.fault('create', { kind: 'drip' });
  const begun = page.waitForResponse('**/create_payment');
  await payment.pay();
  await begun;
  expect(await payment.stage()).toBe('busy');
  const created = cut('/create_payment');
  await page.clock.fastForward(31_000);
  await created;
  await shopper.stage('paid');
  expect(payment.creates).toHaveLength(1);
  await payment.invariants({ terminal: 1 });
});
