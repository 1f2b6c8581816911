// Traps of the systems' documents that only a browser can show, by their number in tests/traps.md.
import { test, expect } from '@playwright/test';
import { CARDS, Shopper, newOrder } from './system.ts';

test('trap 30 every frame on the way to the bank may ask for payment', async ({ page, request }) => {
  const order = await newOrder(request, { mode: 'embedded' });
  const shopper = await Shopper.embedded(page, order);
  await shopper.pay(CARDS.challenge);
  await expect(shopper.bank.getByLabel('Password')).toBeVisible();
  const frames = page.frames();
  expect(frames.length).toBe(3);
  for (const frame of frames) {
    const may = await frame.evaluate(() =>
      (document as unknown as { featurePolicy: { allowsFeature(name: string): boolean } }).featurePolicy.allowsFeature('payment'));
    expect(may, frame.url()).toBe(true);
  }
});
