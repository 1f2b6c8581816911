// What the shop's own server hears, seen on its order page.
import { test, expect } from '@playwright/test';
import { CARDS, SHOP, Shopper, newOrder } from './system.ts';

test('after paying, the shop\'s order page shows the signed events, each once', async ({ page, request }) => {
  const order = await newOrder(request);
  const shopper = await Shopper.hosted(page, order);
  await shopper.pay(CARDS.approved);
  await shopper.stage('paid');
  await expect.poll(async () => {
    await page.goto(`${SHOP}/thanks/${order.orderId}`);
    return (await page.getByText('signed event:').allTextContents()).sort();
  }).toEqual(['signed event: order.completed', 'signed event: order.created']);
  await expect(page.locator('body')).toContainText('is paid');
});
