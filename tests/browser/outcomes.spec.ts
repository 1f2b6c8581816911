// Every way a payment can end, on the hosted page and in a frame of another site.
import { test, expect, type Page } from '@playwright/test';
import { CARDS, Shopper, STANDINS, STILL_POSSIBLE, charges, control, newOrder, proof, type Order } from './system.ts';

for (const place of ['hosted', 'embedded'] as const) {
  test.describe(`${place} @phone`, () => {
    const open = (page: Page, order: Order) =>
      place === 'hosted' ? Shopper.hosted(page, order) : Shopper.embedded(page, order);

    test('paid', async ({ page, request }) => {
      const order = await newOrder(request, { mode: place });
      const shopper = await open(page, order);
      await shopper.stage('form');
      await expect(shopper.payButton).toHaveText(/35\.00/);
      await shopper.picture(`${place}-ready`);
      await shopper.pay(CARDS.approved);
      await shopper.stage('paid');
      await shopper.picture(`${place}-paid`);
      await expect(shopper.payButton).toBeHidden();
      expect((await proof(request, order)).status).toBe('paid');
      expect(await charges(request, order)).toBe(1);
      if (place === 'embedded') {
        const events = await shopper.events();
        expect(events.filter((name) => name === 'ready')).toHaveLength(1);
        expect(events.filter((name) => name === 'succeeded')).toHaveLength(1);
      }
    });

    test('manual capture reads authorised', async ({ page, request }) => {
      const order = await newOrder(request, { mode: place, capture: 'manual' });
      const shopper = await open(page, order);
      await shopper.pay(CARDS.approved);
      await shopper.stage('authorised');
      await expect(shopper.root).toContainText('reserved');
      await shopper.picture(`${place}-authorised`);
      expect((await proof(request, order)).status).toBe('authorised');
    });

    test('declined, then paid with another card', async ({ page, request }) => {
      const order = await newOrder(request, { mode: place });
      const shopper = await open(page, order);
      await shopper.pay(CARDS.noFunds);
      await expect(shopper.alert).toContainText('You have not been charged');
      await shopper.stage('form');
      await shopper.picture(`${place}-declined`);
      await expect(shopper.name).toHaveValue('Jo Doe');
      await expect(shopper.cvc).toHaveValue('');
      expect(await charges(request, order)).toBe(0);
      await shopper.pay(CARDS.approved);
      await shopper.stage('paid');
      expect(await charges(request, order)).toBe(1);
      const attempts = (await proof(request, order)).attempts;
      expect(attempts).toHaveLength(2);
      if (place === 'embedded') expect(await shopper.events()).toContain('declined');
    });

    test('challenge approved', async ({ page, request }) => {
      const order = await newOrder(request, { mode: place });
      const shopper = await open(page, order);
      await shopper.pay(CARDS.challenge);
      await shopper.stage('challenge');
      await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
      await shopper.picture(`${place}-challenge`);
      await shopper.answerBank('Approve');
      await shopper.stage('paid');
      expect((await proof(request, order)).status).toBe('paid');
      expect(await charges(request, order)).toBe(1);
    });

    test('challenge refused', async ({ page, request }) => {
      const order = await newOrder(request, { mode: place });
      const shopper = await open(page, order);
      await shopper.pay(CARDS.challenge);
      await shopper.answerBank('Refuse');
      await expect(shopper.alert).toContainText('You have not been charged');
      await shopper.picture(`${place}-refused`);
      await shopper.stage('form');
      expect(await charges(request, order)).toBe(0);
    });

    test('challenge cancelled at the bank', async ({ page, request }) => {
      const order = await newOrder(request, { mode: place });
      const shopper = await open(page, order);
      await shopper.pay(CARDS.challenge);
      await shopper.answerBank('Cancel');
      await expect(shopper.alert).toContainText('You have not been charged');
      await shopper.stage('form');
      await shopper.picture(`${place}-cancelled-at-bank`);
      expect(await charges(request, order)).toBe(0);
      if (place === 'embedded') expect(await shopper.events()).toContain('cancelled');
    });

    test('pending at the bank, settled late', async ({ page, request }) => {
      const order = await newOrder(request, { mode: place });
      const shopper = await open(page, order);
      await shopper.pay(CARDS.challenge);
      await shopper.answerBank('Answer later');
      await shopper.stage('processing');
      await shopper.picture(`${place}-processing`);
      await expect(shopper.payButton).toBeHidden();
      await control(request, 'settle', { order: order.orderId, outcome: 'approve' });
      await shopper.stage('paid');
      expect(await charges(request, order)).toBe(1);
    });

    test('the checkout is given up', async ({ page, request }) => {
      const order = await newOrder(request, { mode: place });
      const shopper = await open(page, order);
      await shopper.stage('form');
      await shopper.at.getByRole('button', { name: /^Cancel/ }).click();
      await shopper.stage('cancelled');
      await shopper.picture(`${place}-cancelled`);
      expect((await proof(request, order)).status).toBe('cancelled');
    });

    test('wrong fields are named and nothing is lost', async ({ page, request }) => {
      const order = await newOrder(request, { mode: place });
      const shopper = await open(page, order);
      await shopper.stage('form');
      await shopper.fill({ number: '4242 4242 4242 4241', cvc: '1' });
      await shopper.expiry.fill('01/20');
      await shopper.payButton.click();
      for (const field of [shopper.number, shopper.expiry, shopper.cvc]) {
        await expect(field).toHaveAttribute('aria-invalid', 'true');
      }
      await expect(shopper.number).toBeFocused();
      await expect(shopper.number).toHaveValue('4242 4242 4242 4241');
      await shopper.picture(`${place}-errors`);
      await shopper.fill(CARDS.approved);
      await expect(shopper.number).not.toHaveAttribute('aria-invalid', 'true');
      await shopper.payButton.click();
      await shopper.stage('paid');
      expect(await charges(request, order)).toBe(1);
    });
  });
}

test('F42 a challenge that is closed asks first, says what happened, and a late approval is voided', async ({ page, request }) => {
  const order = await newOrder(request);
  const shopper = await Shopper.hosted(page, order);
  await shopper.pay(CARDS.challenge);
  await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  await shopper.dialog.getByRole('button', { name: /close/i }).click();
  await shopper.dialog.getByRole('button', { name: /stay/i }).click();
  await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  await page.keyboard.press('Escape');
  await shopper.picture('hosted-leaving');
  await shopper.dialog.getByRole('button', { name: 'Leave', exact: true }).click();
  await shopper.stage('form');
  await expect(shopper.alert).toContainText(STILL_POSSIBLE);
  await expect(shopper.root).not.toContainText('not been charged');
  await shopper.pay(CARDS.approved);
  await shopper.stage('paid');
  await control(request, 'settle', { order: order.orderId, outcome: 'approve' });
  await expect.poll(async () => {
    const { payments } = await (await request.get(`${STANDINS}/control/payments`)).json();
    return payments
      .filter((payment: { metadata?: Record<string, string> }) => payment.metadata?.order_id === order.orderId)
      .map((payment: { status: string }) => payment.status)
      .sort();
  }, { timeout: 20_000 }).toEqual([expect.stringMatching(/Captured|Authorized/), expect.stringMatching(/Refunded|Voided/)]);
});

test('the challenge goes on in a full page and comes back', async ({ page, request }) => {
  for (const mode of ['hosted', 'embedded'] as const) {
    const order = await newOrder(request, { mode });
    const shopper = await (mode === 'hosted' ? Shopper.hosted(page, order) : Shopper.embedded(page, order));
    await shopper.pay(CARDS.challenge);
    await shopper.dialog.getByRole('link', { name: 'Continue in a full page' }).click();
    await page.getByLabel('Password').fill('Checkout1!');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL(order.checkoutUrl);
    await new Shopper(page, page).stage('paid');
    expect(await charges(request, order)).toBe(1);
  }
});

test('an expired and an unknown session say so', async ({ page, request }) => {
  const order = await newOrder(request);
  await page.goto(order.checkoutUrl.replace(/cs_.*/, 'cs_doesnotexist0000000000000000000'));
  const shopper = new Shopper(page, page);
  await shopper.stage('unavailable');
  await shopper.picture('unavailable');
  await expect(shopper.root.getByRole('heading').last()).toBeVisible();
});
