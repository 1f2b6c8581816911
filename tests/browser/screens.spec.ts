// What people see and hear: accessibility in every state, narrow and dark screens, no word
// from the console, and the checkout mounted without a frame.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test, expect, type Frame, type Page } from '@playwright/test';
import { CARDS, Shopper, charges, newOrder, proof } from './system.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** A01: axe in one document; it doesn't look into frames of other sites by itself. */
async function violations(frame: Frame | Page) {
  await frame.evaluate(axe);
  return frame.evaluate(async (tags) => {
    const { axe } = window as unknown as { axe: { run(root: Document, options: unknown): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    const found = await axe.run(document, { runOnly: { type: 'tag', values: tags }, iframes: false });
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  }, TAGS);
}

/** What browsers say of things that are as they should be. */
const KNOWN = [
  // The return page is ours and stands where the bank's page stood, of another site.
  'An iframe which has both allow-scripts and allow-same-origin',
  // Newer browsers ask for it before they offer saved cards in a frame.
  "Unrecognized feature: 'autofill'",
];

/** Everything else the console says that isn't silence. */
function complaints(page: Page): string[] {
  const said: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !KNOWN.some((known) => message.text().startsWith(known))) said.push(`${message.text()} @ ${message.location().url}`);
  });
  page.on('pageerror', (error) => said.push(String(error)));
  return said;
}

for (const scheme of ['light', 'dark'] as const) {
  test(`A01 A16 I7 every state in ${scheme}: no axe violation, nothing sideways at 320 px, a silent console`, async ({ page, request }) => {
    const said = complaints(page);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width: 320, height: 640 });
    const look = async (name: string) => {
      await shopper.picture(`${scheme}-${name}`);
      expect(await violations(page), name).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} is too wide`).toBeLessThanOrEqual(320);
    };
    const order = await newOrder(request);
    const shopper = await Shopper.hosted(page, order);
    await shopper.stage('form');
    await look('ready');
    await shopper.payButton.click();
    await expect(shopper.name).toHaveAttribute('aria-invalid', 'true');
    await look('errors');
    await shopper.pay(CARDS.noFunds);
    await expect(shopper.alert).toContainText('You have not been charged');
    await look('declined');
    await shopper.pay(CARDS.challenge);
    await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
    await look('challenge');
    await page.keyboard.press('Escape');
    await look('leaving');
    await shopper.dialog.getByRole('button', { name: /stay/i }).click();
    await shopper.answerBank('Answer later');
    await shopper.stage('processing');
    await look('processing');
    const paid = await newOrder(request);
    await page.goto(paid.checkoutUrl);
    await shopper.pay(CARDS.approved);
    await shopper.stage('paid');
    await look('paid');
    for (const standing of ['expired', 'cancelled', 'authorised']) {
      const other = await newOrder(request);
      await page.route('**/state', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ json: { ...(await answer.json()), order: standing } });
      });
      await page.goto(other.checkoutUrl);
      await shopper.stage(standing);
      await look(standing);
      await page.unroute('**/state');
    }
    expect(said).toEqual([]);
  });
}

test('I7 A27 a whole challenge in a frame of another site: no complaint of the browser, focus held and returned', async ({ page, request }) => {
  const said = complaints(page);
  const order = await newOrder(request, { mode: 'embedded' });
  const shopper = await Shopper.embedded(page, order);
  await shopper.pay(CARDS.challenge);
  await expect(shopper.dialog).toHaveAttribute('aria-modal', 'true');
  const frame = page.frames().find((frame) => frame.url() === order.checkoutUrl)!;
  expect(await violations(frame)).toEqual([]);
  await expect.poll(() => frame.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null)).toBe(true);
  await shopper.answerBank('Refuse');
  await expect(shopper.alert).toContainText('You have not been charged');
  await expect.poll(() => frame.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
  expect(said).toEqual([]);
});

test('mount() draws the same checkout into the shop\'s own page', async ({ page, request }) => {
  const said = complaints(page);
  const order = await newOrder(request, { mode: 'embedded' });
  await page.goto(`${order.mountUrl}?stay`);
  const shopper = new Shopper(page, page);
  await shopper.stage('form');
  await shopper.picture('mount-ready');
  await shopper.pay(CARDS.challenge);
  await shopper.answerBank('Approve');
  await shopper.stage('paid');
  expect(await shopper.events()).toEqual(expect.arrayContaining(['ready', 'action-required', 'succeeded']));
  expect((await proof(request, order)).status).toBe('paid');
  expect(await charges(request, order)).toBe(1);
  expect(said).toEqual([]);
});

test('a shopper buys in the demo shop, both ways, and the shop believes only the order', async ({ page }) => {
  for (const way of [/our page/i, /checkout page/i]) {
    await page.goto(new URL('/', (await import('./system.ts')).SHOP).href);
    await page.getByRole('button', { name: way }).first().click();
    const framed = /\/pay\//.test(page.url());
    const shopper = new Shopper(page, framed ? page.frameLocator('fanfare-checkout iframe') : page);
    await shopper.pay(CARDS.approved);
    if (!framed) {
      await shopper.stage('paid');
      await page.getByRole('link', { name: /^Return to/ }).click();
    }
    await page.waitForURL(/\/thanks\//);
    await expect(page.locator('body')).toContainText(/paid/i);
  }
});

test('T06 T09 nobody but the shop is told anything, and no other site may frame the checkout', async ({ page, request }) => {
  const order = await newOrder(request, { mode: 'embedded' });
  const { SERVER, STANDINS } = await import('./system.ts');
  // The same document in a frame of a site that the session does not name.
  await page.goto(`${STANDINS}/control`);
  const heard = await page.evaluate(async (url) => {
    const heard: unknown[] = [];
    window.addEventListener('message', (event) => heard.push(event.data));
    const frame = document.createElement('iframe');
    frame.src = url;
    document.body.append(frame);
    await new Promise((done) => { frame.addEventListener('load', done); });
    for (let time = 0; time < 50; time += 1) {
      frame.contentWindow!.postMessage(JSON.stringify({ type: 'hello', fanfare: 1, instance: 'forged-instance' }), '*');
    }
    return heard;
  }, order.checkoutUrl);
  expect(heard).toEqual([]);
  expect(page.frames().some((frame) => frame.url().startsWith(`${SERVER}/c/`))).toBe(false);
  // Forged news in the shop's own page: wrong origin, wrong source.
  const shopper = await Shopper.embedded(page, order);
  await shopper.stage('form');
  await page.evaluate(() => {
    for (const name of ['succeeded', 'declined']) {
      window.postMessage(JSON.stringify({ fanfare: 1, instance: 'x', type: 'event', name, detail: {} }), '*');
    }
  });
  await shopper.number.fill('4242');
  await expect.poll(() => shopper.events()).toContain('ready');
  expect(await shopper.events()).not.toContain('succeeded');
});
