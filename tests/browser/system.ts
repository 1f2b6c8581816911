// The started system: its addresses, its strings, and a shopper at the page.
import { expect, type APIRequestContext, type FrameLocator, type Locator, type Page } from '@playwright/test';

/** The proxy; behind it come shop (+1), stand-ins (+2) and the checkout server itself (+3). */
export const PORT_BASE = Number(process.env.PORT_BASE ?? 4905);
export const SERVER = `http://localhost:${PORT_BASE}`;
export const SHOP = `http://127.0.0.1:${PORT_BASE + 1}`;
export const STANDINS = `http://127.0.0.1:${PORT_BASE + 2}`;
export const BANK = `http://bank.localhost:${PORT_BASE + 2}`;
export const SECRET = 'sk_test_demo';

/** Cards of Checkout.com's documentation. */
export const CARDS = {
  approved: { number: '4242 4242 4242 4242', cvc: '100' },
  amex: { number: '3782 822463 10005', cvc: '1000' },
  noFunds: { number: '4544 2491 6767 3670', cvc: '100' },
  declined: { number: '4000 0000 0000 0002', cvc: '100' },
  challenge: { number: '4000 0000 0000 3220', cvc: '100' },
} as const;
/** What is said while a bank may still approve what was left there. */
export const STILL_POSSIBLE = 'You never pay twice';
export type TestCard = { number: string; cvc: string };

export interface Order {
  orderId: string;
  paymentId: string;
  checkoutUrl: string;
  reference: string;
  payUrl: string;
  mountUrl: string;
}

export async function newOrder(request: APIRequestContext, wish: Record<string, unknown> = {}): Promise<Order> {
  const answer = await request.post(`${SHOP}/api/orders`, { data: { mode: 'hosted', ...wish } });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}

/** The only proof of payment: the order, asked for with the secret key. */
export async function proof(request: APIRequestContext, order: Order) {
  const answer = await request.get(`${SERVER}/orders/${order.orderId}`, {
    headers: { authorization: `Bearer ${SECRET}` },
  });
  expect(answer.status()).toBe(200);
  return answer.json();
}

/** How often the payment system charged for an order. */
export async function charges(request: APIRequestContext, order: Order): Promise<number> {
  const counters = await (await request.get(`${STANDINS}/control/counters`)).json();
  return counters.charges.byMetadata[`order_id=${order.orderId}`] ?? 0;
}

export async function control(request: APIRequestContext, path: string, data: unknown) {
  const answer = await request.post(`${STANDINS}/control/${path}`, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
}

/** A shopper at a checkout, in a page or in a frame of one. */
export class Shopper {
  /** The name on the card. */
  holder = 'Jo Doe';

  constructor(readonly page: Page, readonly at: Page | FrameLocator) {}

  static async hosted(page: Page, order: Order) {
    await page.goto(order.checkoutUrl);
    return new Shopper(page, page);
  }

  static async embedded(page: Page, order: Order) {
    await page.goto(`${order.payUrl}?stay`);
    return new Shopper(page, page.frameLocator('fanfare-checkout iframe'));
  }

  get root(): Locator { return this.at.locator('.checkout'); }
  get number() { return this.at.getByLabel('Card number', { exact: true }); }
  get expiry() { return this.at.getByLabel('Expiry date', { exact: true }); }
  get cvc() { return this.at.getByLabel('Security code', { exact: true }); }
  get name() { return this.at.getByLabel('Name on card', { exact: true }); }
  get payButton() { return this.at.getByRole('button', { name: /^Pay(ing)?/ }); }
  get alert() { return this.at.getByRole('alert').first(); }
  get dialog() { return this.at.getByRole('dialog'); }
  get bank() { return this.dialog.frameLocator('iframe'); }

  async stage(name: string | RegExp) {
    await expect(this.root).toHaveAttribute('data-stage', name, { timeout: 20_000 });
  }

  async fill(card: TestCard) {
    await this.number.fill(card.number);
    await this.expiry.fill('12/30');
    await this.cvc.fill(card.cvc);
    await this.name.fill(this.holder);
  }

  async pay(card: TestCard) {
    await this.stage('form');
    await this.fill(card);
    await this.payButton.click();
  }

  async answerBank(answer: 'Approve' | 'Refuse' | 'Cancel' | 'Answer later') {
    if (answer === 'Approve') await this.bank.getByLabel('Password').fill('Checkout1!');
    await this.bank.getByRole('button', { name: answer, exact: true }).click();
  }

  /** A picture of the screen, kept under target/browser/screens. */
  async picture(name: string) {
    const width = this.page.viewportSize()?.width ?? 0;
    // A picture of the whole page resizes it for a moment, after which headless Chromium may
    // look for clicks in a frame within a frame where they used to be.
    const fullPage = !(await this.dialog.isVisible());
    // For a moment after the window was turned, Chromium paints a frame as wide as it was.
    if (this.at !== this.page) {
      const frame = this.page.locator('fanfare-checkout iframe');
      const wide = (box: Locator) => box.evaluate((element) => element.clientWidth);
      await expect.poll(async () => await wide(frame) - await wide(this.root)).toBe(0);
    }
    await this.page.screenshot({ path: `../../target/browser/screens/${name}-${width}.png`, fullPage, animations: 'disabled' });
  }

  /** The names of the events that the shop's page got. */
  async events(): Promise<string[]> {
    return this.page.locator('#events li').evaluateAll((items) =>
      items.map((item) => (item.textContent ?? '').trim().split(/\s/)[0].replace('fanfare-checkout-', '')));
  }
}
