// Money that is reserved first: chosen and paid in the shop, then shipped, cancelled and given
// back in the shop's back office, as merchant and shopper read it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test, expect, type Page } from '@playwright/test';
import { CARDS, SHOP, Shopper } from './system.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds in a page of the shop, and whether the page is wider than its window. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(root: Document, options: unknown): Promise<{ violations: { id: string }[] }> } };
    const { violations } = await axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } });
    const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
    return [...violations.map(({ id }) => id), ...(wide ? ['too wide'] : [])];
  });
}

/** Buys the shirt in this way; the page that holds the checkout, after the payment. */
async function buy(page: Page, way: RegExp, stage: string) {
  await page.goto(`${SHOP}/`);
  expect(await faults(page)).toEqual([]);
  await page.getByRole('radio', { name: way }).check();
  await page.locator('#shirt').getByRole('button', { name: 'Buy on our page' }).click();
  await page.waitForURL(/\/pay\//);
  // The shop would go on to its own page at once.
  await page.goto(`${page.url()}?stay`);
  const shopper = new Shopper(page, page.frameLocator('fanfare-checkout iframe'));
  await shopper.pay(CARDS.approved);
  await shopper.stage(stage);
  return shopper;
}

async function office(page: Page) {
  await page.getByRole('link', { name: 'See your order' }).click();
  await page.getByRole('link', { name: 'as the merchant sees it' }).click();
}

/** Asks again until the action has ended so. */
async function action(page: Page, kind: string, status: string) {
  await expect(page.getByRole('status')).toContainText('Asked for');
  const line = page.locator(`#actions [data-action="${kind}"][data-status="${status}"]`);
  await expect(async () => {
    await page.getByRole('link', { name: 'Ask again' }).click();
    await expect(line).toHaveCount(1, { timeout: 500 });
  }).toPass({ timeout: 30_000 });
}

test.describe('@phone', () => {
  test('reserved, shipped in part, a part of that given back', async ({ page }) => {
    const shopper = await buy(page, /reserved now/, 'authorised');
    await expect(shopper.root).toContainText('The amount is reserved on your card and is taken later.');
    await page.getByRole('link', { name: 'See your order' }).click();
    await expect(page.locator('main')).toContainText('€35.00 is reserved. We take it when your parcel leaves.');
    await page.getByRole('link', { name: 'as the merchant sees it' }).click();

    const standing = page.locator('#standing');
    await expect(standing).toHaveText('authorised of €35.00');
    expect(await faults(page)).toEqual([]);
    const ship = page.locator('form', { has: page.getByRole('button', { name: 'Ship' }) });
    await ship.getByLabel(/Only a part/).fill('20.00');
    await ship.getByRole('button', { name: 'Ship' }).click();
    await action(page, 'capture', 'done');
    await expect(standing).toHaveText('paid of €35.00, €20.00 taken');
    await expect(ship).toHaveCount(0);
    const life = page.locator('#history');
    for (const step of ['attempt stored', 'gateway called', 'action asked', 'action decided']) {
      await expect(life.locator('b', { hasText: step }).first()).toBeVisible();
    }
    await expect(life).toContainText('POST /payments/{id}/captures');

    const back = page.locator('form', { has: page.getByRole('button', { name: 'Refund' }) });
    await back.getByLabel(/Only a part/).fill('20.01');
    await back.getByRole('button', { name: 'Refund' }).click();
    await expect(page.getByRole('status')).toContainText('refund_amount_exceeds_balance');
    await back.getByLabel(/Only a part/).fill('5');
    await back.getByRole('button', { name: 'Refund' }).click();
    await action(page, 'refund', 'done');
    await expect(standing).toHaveText('paid of €35.00, €20.00 taken, €5.00 given back');
    expect(await faults(page)).toEqual([]);
    await page.getByRole('link', { name: 'As the shopper sees it' }).click();
    await expect(page.locator('main')).toContainText('You paid €20.00 and got €5.00 of it back.');
  });

  test('reserved, then cancelled: nobody reads that it is paid', async ({ page }) => {
    await buy(page, /reserved now/, 'authorised');
    await office(page);
    await page.getByRole('button', { name: 'Cancel the order' }).click();
    await action(page, 'void', 'done');
    await expect(page.locator('#standing')).toContainText('the reservation was let go');
    await expect(page.getByRole('button', { name: /Ship|Refund/ })).toHaveCount(0);
    await page.getByRole('link', { name: 'As the shopper sees it' }).click();
    await expect(page.locator('main')).toContainText('Nothing was taken.');
    await expect(page.getByRole('heading', { name: 'Not paid' })).toBeVisible();
  });

  test('taken at once reads paid, and all of it can be given back once', async ({ page }) => {
    const shopper = await buy(page, /taken at once/, 'paid');
    await expect(shopper.root).not.toContainText('reserved');
    await office(page);
    await expect(page.locator('#standing')).toHaveText('paid of €35.00, €35.00 taken');
    await expect(page.getByRole('button', { name: /Ship|Cancel/ })).toHaveCount(0);
    await page.getByRole('button', { name: 'Refund' }).click();
    await action(page, 'refund', 'done');
    await expect(page.getByRole('button', { name: 'Refund' })).toHaveCount(0);
    await page.getByRole('link', { name: 'As the shopper sees it' }).click();
    await expect(page.locator('main')).toContainText('You paid €35.00 and got all of it back.');
  });
});
