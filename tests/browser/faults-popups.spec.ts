// Banks that open a window of their own: it is blocked, cut off, or closed. No payment needs it.
import { test, expect, type Browser, type Page, type PlaywrightWorkerArgs, type TestInfo } from '@playwright/test';
import { Payment } from './faults.ts';
import { CARDS, Shopper, proof } from './system.ts';

/** A browser that blocks windows nobody asked for, as people have it, or one that lets them open. */
async function launched(playwright: PlaywrightWorkerArgs['playwright'], info: TestInfo, blocks: boolean): Promise<Browser> {
  const launch = info.project.use.launchOptions!;
  return playwright.chromium.launch({ ...launch, ignoreDefaultArgs: blocks ? ['--disable-popup-blocking'] : [] });
}

/**
 * The bank's pages, each of which opens a window besides, closes it, and notes what it saw of
 * it. The answer counts the windows that came up.
 */
async function banksThatOpen(page: Page): Promise<() => number> {
  await page.addInitScript(() => {
    if (location.hostname !== 'bank.localhost') return;
    const popup = open('about:blank', 'confirm', 'popup,width=400,height=400');
    popup?.close();
    const seen = popup === null ? 'never seen' : popup.closed ? 'closed' : 'open';
    addEventListener('DOMContentLoaded', () => { document.documentElement.dataset.popup = seen; });
  });
  let windows = 0;
  page.context().on('page', () => { windows += 1; });
  return () => windows;
}

// What the bank's page sees of its window, and whether one came up at all.
const WAYS = [
  { shop: 'a shop', query: '?stay', blocks: true, seen: 'never seen' },
  { shop: 'a shop', query: '?stay', blocks: false, seen: 'closed' },
  { shop: 'a shop with COOP same-origin', query: '?stay&coop', blocks: true, seen: 'never seen' },
  { shop: 'a shop with COOP same-origin', query: '?stay&coop', blocks: false, seen: 'never seen' },
];
for (const { shop, query, blocks, seen } of WAYS) {
  test(`F44 ${shop}, the bank's pop-up is ${blocks ? 'blocked' : seen === 'closed' ? 'closed' : 'cut off'}: it ends as the bank decides`, async ({ playwright, request }, info) => {
    const browser = await launched(playwright, info, blocks);
    try {
      const page = await browser.newPage({ locale: 'en-US' });
      const windows = await banksThatOpen(page);
      const payment = await Payment.open(page, request, 'embedded', async (payment) => { payment.query = query; });
      const { shopper } = payment;
      for (const [times, answer] of (['Refuse', 'Approve'] as const).entries()) {
        await payment.pay(CARDS.challenge);
        await expect(shopper.bank.locator('html')).toHaveAttribute('data-popup', seen);
        await expect.poll(() => windows() > 0, { message: 'a window came up' }).toBe(!blocks);
        // Two questions later it still is for the bank to say.
        const asked = await payment.count('action');
        await expect.poll(asked).toBeGreaterThanOrEqual(2);
        expect(await payment.stage()).toBe('challenge');
        expect(payment.told.filter((name) => /succeeded|declined|cancelled/.test(name))).toHaveLength(times);
        await shopper.answerBank(answer);
        await shopper.stage(answer === 'Refuse' ? 'form' : 'paid');
        await payment.invariants({ terminal: times + 1 });
      }
      expect(payment.told).toContain('succeeded');
      expect(payment.creates).toHaveLength(2);
    } finally {
      await browser.close();
    }
  });
}

for (const query of ['?stay', '?stay&coop']) {
  test(`F44 in a full page, from a shop ${query.includes('coop') ? 'with' : 'without'} COOP, the bank's pop-up is closed: it ends as the bank decides`, async ({ page, request }) => {
    await banksThatOpen(page);
    for (const answer of ['Refuse', 'Approve'] as const) {
      const payment = await Payment.open(page, request, 'embedded', async (payment) => { payment.query = query; });
      await payment.pay(CARDS.challenge);
      await payment.shopper.dialog.getByRole('link', { name: 'Continue in a full page' }).click();
      await page.waitForURL('http://bank.localhost:*/3ds/**');
      await expect(page.locator('html')).toHaveAttribute('data-popup', 'closed');
      if (answer === 'Approve') await page.getByLabel('Password').fill('Checkout1!');
      await page.getByRole('button', { name: answer, exact: true }).click();
      await page.waitForURL(payment.order.checkoutUrl);
      const back = new Shopper(page, page);
      await back.stage(answer === 'Refuse' ? 'form' : 'paid');
      if (answer === 'Refuse') await expect(back.alert).toContainText('You have not been charged');
      expect((await proof(request, payment.order)).status).toBe(answer === 'Refuse' ? 'open' : 'paid');
      expect(await payment.standing()).toBe(answer === 'Refuse' ? 0 : 1);
    }
  });
}
