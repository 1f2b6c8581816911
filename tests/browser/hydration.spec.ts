// The form is there before the wasm: what is typed meanwhile survives with focus and caret,
// also when something changed the page first.
import { test, expect, type Page } from '@playwright/test';
import { CARDS, Shopper, charges, newOrder } from './system.ts';

/** Holds the wasm back until the answer is called. */
async function heldBack(page: Page): Promise<() => void> {
  let release = () => {};
  const gate = new Promise<void>((done) => { release = done; });
  await page.route('**/*.wasm', async (route) => {
    await gate;
    await route.continue();
  });
  return release;
}

for (const place of ['hosted', 'embedded'] as const) {
  for (const changed of ['untouched', 'translated', 'extended'] as const) {
    test(`${place}, ${changed}: what was typed before the wasm came survives`, async ({ page, request }) => {
      const release = await heldBack(page);
      const order = await newOrder(request, { mode: place });
      const shopper = place === 'hosted' ? await Shopper.hosted(page, order) : await Shopper.embedded(page, order);
      await shopper.number.click();
      await page.keyboard.type('4242424242424242');
      await shopper.expiry.fill('12/30');
      await shopper.cvc.fill('100');
      await shopper.name.click();
      await page.keyboard.type('Jo Do');
      await page.keyboard.press('ArrowLeft');
      // An early Enter neither leaves the page nor sends anything.
      await page.keyboard.press('Enter');
      await shopper.root.evaluate((root, change) => {
        if (change === 'translated') {
          for (const label of root.querySelectorAll('label')) {
            const font = document.createElement('font');
            font.append(...label.childNodes);
            label.append(font);
          }
        }
        if (change === 'extended') root.prepend(document.createElement('aside'));
      }, changed);
      release();
      await expect(shopper.at.locator('#checkout[data-live]')).toBeAttached();
      await shopper.stage('form');
      await expect(shopper.name).toBeFocused();
      await page.keyboard.type('X');
      await expect(shopper.name).toHaveValue('Jo DXo');
      await expect(shopper.number).toHaveValue('4242 4242 4242 4242');
      await expect(shopper.cvc).toHaveValue('100');
      await shopper.payButton.click();
      await shopper.stage('paid');
      expect(await charges(request, order)).toBe(1);
    });
  }
}

test('F51 the wasm never comes: plain words and a way on, no dead form', async ({ page, request }) => {
  await page.route('**/*.wasm', (route) => route.abort());
  const order = await newOrder(request);
  await page.goto(order.checkoutUrl);
  await expect(page.getByRole('alert').filter({ hasText: /could not start/i })).toBeVisible();
  await page.unroute('**/*.wasm');
  await page.getByRole('link', { name: /load the page again/i }).click();
  const shopper = new Shopper(page, page);
  await shopper.pay(CARDS.approved);
  await shopper.stage('paid');
});

test('B26 the caret stays where somebody works', async ({ page, request }) => {
  const order = await newOrder(request);
  const shopper = await Shopper.hosted(page, order);
  await shopper.stage('form');
  await shopper.number.click();
  await page.keyboard.type('424242424242424');
  await shopper.number.evaluate((input: HTMLInputElement) => input.setSelectionRange(6, 6));
  await page.keyboard.type('9');
  await expect(shopper.number).toHaveValue('4242 4924 2424 2424');
  expect(await shopper.number.evaluate((input: HTMLInputElement) => input.selectionStart)).toBe(7);
  await page.keyboard.press('Backspace');
  await expect(shopper.number).toHaveValue('4242 4242 4242 424');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await expect(shopper.number).toHaveValue('4242 4242 4242 4');
});
