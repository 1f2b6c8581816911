// Cards of two networks: the choice is offered where it reaches the payment system, by mouse and
// by keyboard, and nowhere else.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test, expect, type APIRequestContext, type Page } from '@playwright/test';
import { CARDS, STANDINS, Shopper, newOrder } from './system.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CO_BADGED = { number: '4000 0025 0000 1001', cvc: '100' };

// The page may still be asking for the state when a test ends.
test.afterEach(({ page }) => page.unrouteAll({ behavior: 'ignoreErrors' }));

/** A checkout whose cards become tokens at Primer. */
async function atPrimer(page: Page, request: APIRequestContext) {
  const opened = await request.post(`${STANDINS}/funnelfox/demo/v1/checkout/create_client_session`, {
    data: { region: 'default', integration_type: 'primer', pp_ident: 'price_shirt', external_id: `user_${Math.random()}`, email_address: 'jo@example.com' },
  });
  const answer = await opened.json();
  const jwt = (answer.data ?? answer).client_token as string;
  const { accessToken, pciUrl } = JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString());
  const tokenizer = { kind: 'primer', url: `${pciUrl}/payment-instruments`, accessToken };
  await page.route('**/state', async (route) => {
    const state = await (await route.fetch()).json();
    await route.fulfill({ json: { ...state, tokenizer } });
  });
  const order = await newOrder(request);
  const shopper = await Shopper.hosted(page, order);
  shopper.holder = `Jo ${order.reference}`;
  await shopper.stage('form');
  return shopper;
}

/** What went to Primer, once Pay was pressed. */
async function sent(page: Page, shopper: Shopper) {
  const made = page.waitForResponse((answer) => answer.url().endsWith('/payment-instruments') && answer.request().method() === 'POST');
  await shopper.payButton.click();
  const answer = await made;
  const { network } = (await answer.json()).paymentInstrumentData ?? {};
  return { status: answer.status(), network, named: answer.request().postDataJSON().paymentInstrument.preferredNetwork };
}

test('a card of two networks: offered when the digits tell, kept while typing, gone when they no longer fit, and sent', async ({ page, request }) => {
  const shopper = await atPrimer(page, request);
  const group = shopper.at.getByRole('group', { name: 'Brand to pay with' });
  await shopper.number.pressSequentially('4000002');
  await expect(group).toBeHidden();
  await shopper.number.press('5');
  await expect(group).toBeVisible();
  await expect(shopper.number, 'the focus stays where one types').toBeFocused();
  await expect(group.getByRole('radio')).toHaveCount(3);
  await expect(group.getByRole('radio', { name: 'No preference' })).toBeChecked();
  await expect(shopper.root.locator('.brand [aria-live]')).toHaveText('This card has two brands. You can choose one.');
  // By the keyboard: out of the number, one down.
  await page.keyboard.press('Tab');
  await expect(group.getByRole('radio', { name: 'No preference' })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(group.getByRole('radio', { name: 'Cartes Bancaires' })).toBeChecked();
  await page.keyboard.press('Tab');
  await expect(shopper.expiry).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(group.getByRole('radio', { name: 'Cartes Bancaires' })).toBeFocused();
  // The rest of the number keeps it; another card does not.
  await shopper.number.press('End');
  await shopper.number.pressSequentially('00001001');
  await expect(shopper.number).toHaveValue(CO_BADGED.number);
  await expect(group.getByRole('radio', { name: 'Cartes Bancaires' })).toBeChecked();
  await page.setViewportSize({ width: 320, height: 640 });
  await shopper.picture('networks');
  expect(await page.evaluate(() => document.documentElement.scrollWidth), 'too wide').toBeLessThanOrEqual(320);
  await page.evaluate(axe);
  const wrong = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
    return (await axe.run()).violations.map(({ id }) => id);
  });
  expect(wrong).toEqual([]);
  await shopper.expiry.fill('12/30');
  await shopper.cvc.fill(CO_BADGED.cvc);
  await shopper.name.fill(shopper.holder);
  expect(await sent(page, shopper)).toEqual({ status: 200, network: 'Cartes Bancaires', named: 'CARTES_BANCAIRES' });
});

test('another card forgets the choice, and without one nothing is named', async ({ page, request }) => {
  const shopper = await atPrimer(page, request);
  const group = shopper.at.getByRole('group', { name: 'Brand to pay with' });
  await shopper.fill({ number: '5555 5525 0000 1001', cvc: '100' });
  await group.getByText('Mastercard', { exact: true }).click();
  await expect(group.getByRole('radio', { name: 'Mastercard' })).toBeChecked();
  await shopper.number.fill(CARDS.approved.number);
  await expect(group).toBeHidden();
  await shopper.number.fill(CO_BADGED.number);
  await expect(group.getByRole('radio', { name: 'No preference' })).toBeChecked();
  expect(await sent(page, shopper)).toEqual({ status: 200, network: 'Visa', named: undefined });
});

test('where the choice would go nowhere, none is offered', async ({ page, request }) => {
  const shopper = await Shopper.hosted(page, await newOrder(request));
  await shopper.stage('form');
  await shopper.number.fill(CO_BADGED.number);
  await expect(shopper.root.locator('.brand [aria-live]')).toHaveText('Visa');
  await expect(shopper.at.getByRole('radio')).toHaveCount(0);
});
