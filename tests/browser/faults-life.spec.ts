// A payment that lives long: its bank's page never comes, or is left for ten minutes.
import { test, expect, type Page } from '@playwright/test';
import { Payment } from './faults.ts';
import { CARDS, Shopper, charges, control, newOrder } from './system.ts';

const BANK_PAGES = 'http://bank.localhost:*/**';
const NOT_CHARGED = 'You have not been charged';

/** Sizes and schemes in which a screen is looked at. */
async function pictures(payment: { page: Page; shopper: Shopper }, name: string) {
  const size = payment.page.viewportSize()!;
  await payment.page.emulateMedia({ colorScheme: 'light' });
  await payment.page.setViewportSize({ width: 390, height: 844 });
  await payment.shopper.picture(`life-${name}`);
  await payment.page.emulateMedia({ colorScheme: 'dark' });
  await payment.page.setViewportSize({ width: 1280, height: 900 });
  await payment.shopper.picture(`life-dark-${name}`);
  await payment.page.setViewportSize(size);
}

/** The bank approves what was left there. */
const approveLate = (payment: Payment) =>
  control(payment.request, 'settle', { order: payment.order.orderId, outcome: 'approve' });

// There is no submit(): what a page can call is mount(), unmount() and the element's own life.
test('F05 mount() while busy, after success and after unmount(): a named error, no second request, no word after the end', async ({ page, request }) => {
  const order = await newOrder(request, { mode: 'embedded' });
  await page.goto(`${order.mountUrl}?stay`);
  const shopper = new Shopper(page, page);
  await shopper.stage('form');
  const creates: string[] = [];
  page.on('request', (sent) => { if (sent.url().endsWith('/create_payment')) creates.push(sent.url()); });
  const again = () => page.evaluate(async () => {
    const root = document.getElementById('checkout')!;
    const { mount } = await import(root.dataset.module!);
    try { mount(root, { checkoutUrl: root.dataset.checkoutUrl }); return 'mounted'; } catch (error) { return String(error); }
  });
  expect(await again()).toContain('already_mounted');
  await shopper.fill(CARDS.approved);
  await control(request, 'faults', { path: '/demo/v1/checkout/create_payment', match: order.orderId, kind: 'late', delayMs: 1_500 });
  await shopper.payButton.click();
  await shopper.stage('busy');
  expect(await again()).toContain('already_mounted');
  await shopper.stage('paid');
  expect(await again()).toContain('already_mounted');
  // Options that are wrong name what is wrong.
  const wrong = await page.evaluate(async () => {
    const { mount } = await import(document.getElementById('checkout')!.dataset.module!);
    return [{}, { checkoutUrl: 'javascript:1' }, { checkoutUrl: 'https://x.test/' }, null, { checkoutUrl: 'https://x.test/c/cs_1', then: 1 }]
      .map((options) => { try { mount(document.createElement('div'), options); return 'mounted'; } catch (error) { return String(error); } });
  });
  expect(wrong).toEqual(['invalid_options', 'invalid_checkout_url', 'invalid_checkout_url', 'invalid_options', 'invalid_options'].map((code) => expect.stringContaining(code)));
  // A second checkout of the same order shows the truth; unmounted twice, it is gone without a word.
  const told = await page.evaluate(async () => {
    const root = document.getElementById('checkout')!;
    const place = document.createElement('div');
    place.id = 'second';
    root.after(place);
    const { mount } = await import(root.dataset.module!);
    const told: string[] = [];
    const handle = mount(place, { checkoutUrl: root.dataset.checkoutUrl, on: (name: string) => told.push(name) });
    await new Promise<void>((done) => {
      const look = () => { if (told.includes('succeeded')) done(); else setTimeout(look, 20); };
      look();
    });
    handle.unmount();
    handle.unmount();
    return { told, left: place.childElementCount, marked: place.hasAttribute('data-fanfare-mounted') };
  });
  expect(told).toEqual({ told: ['succeeded'], left: 0, marked: false });
  expect(creates).toHaveLength(1);
  expect(await charges(request, order)).toBe(1);
});

test('F41 the bank\'s page is silent: by 30 s the server is asked, a full page and another card are offered', async ({ page, request }) => {
  await page.clock.install();
  await page.route(BANK_PAGES, () => undefined);
  const payment = await Payment.open(page, request, 'hosted');
  const { shopper } = payment;
  await payment.pay(CARDS.challenge);
  await shopper.stage('challenge');
  const asked = await payment.count('state');
  await page.clock.fastForward(20_000);
  await expect(shopper.dialog).not.toContainText('doesn’t come up');
  await page.clock.fastForward(11_000);
  await page.clock.runFor(1_500);
  await expect(shopper.dialog.getByRole('link', { name: 'Continue in a full page' })).toBeVisible();
  await expect(shopper.dialog).toContainText('doesn’t come up');
  await expect.poll(asked).toBe(1);
  await pictures(payment, 'watchdog');
  await shopper.dialog.getByRole('button', { name: 'Use another card' }).click();
  await shopper.stage('form');
  await expect(shopper.alert).toContainText(NOT_CHARGED);
  await payment.invariants({ terminal: 1 });
  await payment.pay(CARDS.approved);
  await shopper.stage('paid');
  await payment.invariants({ terminal: 2 });
});

test('F43 left at the bank for ten minutes: warned, closed, told as too slow; another card pays and the late approval goes back', async ({ page, request }) => {
  await page.clock.install();
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await payment.pay(CARDS.challenge);
  await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  const warning = shopper.dialog.getByText('Your bank waits another minute');
  await page.clock.fastForward(530_000);
  await page.clock.runFor(1_100);
  await expect(warning).toBeHidden();
  await page.clock.fastForward(20_000);
  await page.clock.runFor(1_100);
  // At most 553 s have gone by: more than 20 s are left.
  await expect(warning).toBeVisible();
  await pictures(payment, 'warning');
  const asked = await payment.count('cancel');
  await page.clock.fastForward(60_000);
  await page.clock.runFor(1_100);
  await shopper.stage('form');
  expect(await asked(), 'the server was asked').toBe(1);
  await expect(shopper.alert).toContainText('took too long');
  await expect(shopper.alert).toContainText(NOT_CHARGED);
  await expect(shopper.cvc).toHaveValue('');
  await pictures(payment, 'timed-out');
  await payment.invariants({ terminal: 1 });
  await payment.pay(CARDS.approved);
  await shopper.stage('paid');
  await approveLate(payment);
  await payment.invariants({ terminal: 2, returned: 1 });
});
