// Straight at FunnelFox: no session of the checkout server, nobody to ask, and the shopper is
// told what is true all the same.
import { test, expect, type APIRequestContext, type Page, type Request } from '@playwright/test';
import { SERVER, SHOP, STANDINS, Shopper, control, type TestCard } from './system.ts';

/** Primer's test cards. */
const CARDS = {
  approved: { number: '4111 1111 1111 1111', cvc: '123' },
  declined: { number: '4000 0000 0000 0002', cvc: '123' },
  challenge: { number: '4916 9940 6425 2017', cvc: '123' },
  redirect: { number: '5306 8899 4283 3340', cvc: '123' },
} as const;
const CALLS = '/funnelfox/demo/v1/checkout';

interface Charge { order: string; token: string; amount: number; currency: string; state: string }

/** One customer at the shop's page. */
class Fox {
  readonly customer = `cus-${Math.random().toString(36).slice(2, 12)}`;
  readonly sent: Request[] = [];
  readonly said: string[] = [];
  readonly complaints: string[] = [];
  readonly shopper: Shopper;
  private readonly typed = new Set<string>();

  private constructor(readonly page: Page, readonly request: APIRequestContext, readonly good: string) {
    this.shopper = new Shopper(page, page.frameLocator('fanfare-checkout iframe'));
    page.on('request', (sent) => this.sent.push(sent));
    page.on('console', (message) => {
      this.said.push(message.text());
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async open(page: Page, request: APIRequestContext, good = 'shirt') {
    const fox = new Fox(page, request, good);
    await fox.visit();
    await fox.shopper.stage('form');
    return fox;
  }

  async visit() { await this.page.goto(`${SHOP}/direct/${this.good}/${this.customer}`); }

  async pay(card: TestCard) {
    this.typed.add(card.number.replaceAll(' ', ''));
    await this.shopper.pay(card);
  }

  /** What FunnelFox has of this customer. */
  async charges(): Promise<Charge[]> {
    const { payments } = await (await this.request.get(`${STANDINS}/control/funnelfox`)).json();
    return payments.filter((payment: { customer: string }) => payment.customer === this.customer);
  }

  async order(): Promise<string> {
    const { sessions } = await (await this.request.get(`${STANDINS}/control/funnelfox`)).json();
    return sessions.findLast((session: { customer: string }) => session.customer === this.customer).orders.at(-1);
  }

  async settled(): Promise<number> {
    return (await this.charges()).filter(({ state }) => state === 'settled').length;
  }

  calls(name: string): Request[] {
    return this.sent.filter((sent) => sent.url().endsWith(`${CALLS}/${name}`));
  }

  /** What the next calls of this customer come to. */
  async next(...next: unknown[]) { await control(this.request, 'funnelfox', { next, for: this.customer }); }

  async fault(call: string, kind: string, more: object = {}) {
    await control(this.request, 'faults', { path: `${CALLS}/${call}`, match: await this.order(), method: 'POST', kind, ...more });
  }

  /** What the tab remembers: the frame, or where it may not, the shop's page for it. */
  async memory(): Promise<string> {
    const frame = this.page.frames().find((frame) => frame.url().startsWith(`${SERVER}/direct/`));
    const read = () => { try { return JSON.stringify({ ...sessionStorage }); } catch { return ''; } };
    return await frame!.evaluate(read) + await this.page.evaluate(read);
  }

  /** I1 to I9 as far as they are about one page without a server. */
  async invariants(charged: number) {
    expect(await this.settled(), 'I1').toBe(charged);
    const events = await this.shopper.events();
    expect(events.filter((name) => name === 'succeeded').length, 'I2, I5').toBeLessThanOrEqual(1);
    for (const sent of this.calls('create_payment')) {
      const headers = await sent.allHeaders();
      expect(headers).not.toHaveProperty('idempotency-key');
      expect(headers).not.toHaveProperty('x-api-version');
    }
    // I4: a card goes to Primer alone, the customer into no address.
    const memory = await this.memory();
    for (const card of this.typed) {
      for (const sent of this.sent) {
        if (!sent.url().endsWith('/primer/pci/payment-instruments')) expect(sent.postData() ?? '').not.toContain(card);
        expect(sent.url()).not.toContain(card);
      }
      expect(this.said.join('\n') + memory).not.toContain(card);
    }
    for (const sent of this.sent) {
      if (!sent.url().startsWith(SHOP)) expect(sent.url()).not.toContain(this.customer);
    }
    expect(memory).not.toContain('@shop.example');
    const known = ['Failed to load resource', 'An iframe which has both'];
    expect(this.complaints.filter((text) => !known.some((one) => text.startsWith(one))), 'I7').toEqual([]);
  }
}

test('paid, with the amount as Primer says it @phone', async ({ page, request }) => {
  const fox = await Fox.open(page, request);
  await expect(fox.shopper.payButton).toHaveText(/35\.00/);
  await fox.shopper.picture('direct-ready');
  await fox.pay(CARDS.approved);
  await fox.shopper.stage('paid');
  await fox.shopper.picture('direct-paid');
  await expect(fox.shopper.root).toContainText(await fox.order());
  expect(await fox.shopper.events()).toEqual(expect.arrayContaining(['ready', 'succeeded']));
  await fox.invariants(1);
  expect((await fox.charges())[0]).toMatchObject({ amount: 3500, currency: 'EUR' });
  const paths = fox.sent.map((sent) => new URL(sent.url()).pathname);
  expect(paths.filter((path) => path.startsWith('/c/') || path === '/checkout'), 'no session of ours').toEqual([]);
  // The page again: paid is paid, and nothing is opened anew.
  const before = fox.calls('create_client_session').length;
  await fox.visit();
  await fox.shopper.stage('paid');
  expect(fox.calls('create_client_session').length).toBe(before);
  expect(await fox.settled()).toBe(1);
});

test('a currency without decimals reads as it is charged', async ({ page, request }) => {
  const fox = await Fox.open(page, request, 'cup');
  await expect(fox.shopper.payButton).toHaveText(/4,200/);
  await fox.pay(CARDS.approved);
  await fox.shopper.stage('paid');
  expect((await fox.charges())[0]).toMatchObject({ amount: 4200, currency: 'JPY' });
});

test('trap 9 declined, then paid with a new token under the new order @phone', async ({ page, request }) => {
  const fox = await Fox.open(page, request);
  await fox.pay(CARDS.declined);
  await expect(fox.shopper.alert).toContainText('You have not been charged');
  await fox.shopper.stage('form');
  await fox.shopper.picture('direct-declined');
  await expect(fox.shopper.name).toHaveValue('Jo Doe');
  await expect(fox.shopper.cvc).toHaveValue('');
  await fox.pay(CARDS.approved);
  await fox.shopper.stage('paid');
  const [first, second] = await fox.charges();
  expect(first.token).not.toBe(second.token);
  expect(first.order).not.toBe(second.order);
  await expect(fox.shopper.root).toContainText(second.order);
  await fox.invariants(1);
});

for (const [name, card] of [['PROCESSOR_3DS', CARDS.challenge], ['a redirection', CARDS.redirect]] as const) {
  test(`challenge passed, by ${name} @phone`, async ({ page, request }) => {
    const fox = await Fox.open(page, request);
    await fox.pay(card);
    await fox.shopper.stage('challenge');
    await expect(fox.shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
    await fox.shopper.picture('direct-challenge');
    await fox.shopper.answerBank('Approve');
    await fox.shopper.stage('paid');
    expect(fox.calls('resume_payment')).toHaveLength(1);
    await fox.invariants(1);
  });
}

for (const answer of ['Refuse', 'Cancel'] as const) {
  test(`challenge answered with ${answer}, then paid with another card`, async ({ page, request }) => {
    const fox = await Fox.open(page, request);
    await fox.pay(CARDS.challenge);
    await fox.shopper.answerBank(answer);
    await expect(fox.shopper.alert).toContainText('You have not been charged');
    await fox.shopper.stage('form');
    await fox.pay(CARDS.approved);
    await fox.shopper.stage('paid');
    await fox.invariants(1);
  });
}

test('trap 7 a challenge that is left says what is open, and the way back leads to the same payment @phone', async ({ page, request }) => {
  const fox = await Fox.open(page, request);
  await fox.pay(CARDS.challenge);
  await expect(fox.shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  await fox.shopper.dialog.getByRole('button', { name: /close/i }).click();
  await fox.shopper.dialog.getByRole('button', { name: 'Leave', exact: true }).click();
  await fox.shopper.stage('left');
  await expect(fox.shopper.root).toContainText("Please don't pay again");
  await expect(fox.shopper.payButton).toBeHidden();
  await fox.shopper.picture('direct-left');
  await fox.shopper.at.getByRole('button', { name: /back to your bank/i }).click();
  await fox.shopper.answerBank('Approve');
  await fox.shopper.stage('paid');
  expect(fox.calls('create_payment')).toHaveLength(1);
  await fox.invariants(1);
});

test('trap 6 pending, and settled where nobody here can see it @phone', async ({ page, request }) => {
  const fox = await Fox.open(page, request);
  await fox.next('processing');
  await fox.pay(CARDS.approved);
  await fox.shopper.stage('processing');
  await expect(fox.shopper.root).toContainText("Please don't pay again");
  await fox.shopper.picture('direct-processing');
  await control(request, 'funnelfox', { settle: fox.customer, outcome: 'approve' });
  await fox.visit();
  await fox.shopper.stage('processing');
  await expect(fox.shopper.payButton).toBeHidden();
  expect(fox.calls('create_payment')).toHaveLength(1);
  await fox.invariants(1);
});

for (const [kind, charged] of [['drop-after', 1], ['drop-before', 0], ['502-after', 1], ['html-after', 1], ['truncate', 1]] as const) {
  test(`F14 ${kind}: nobody knows, and it is sent once${kind === 'drop-after' ? ' @phone' : ''}`, async ({ page, request }) => {
    const fox = await Fox.open(page, request);
    const order = await fox.order();
    // A browser itself sends a request again whose connection broke before it was answered.
    await fox.fault('create_payment', kind, { times: 9 });
    await fox.pay(CARDS.approved);
    await fox.shopper.stage('unknown');
    await expect(fox.shopper.root).toContainText("don't pay again before you have asked the shop");
    await expect(fox.shopper.root).toContainText(order);
    await fox.shopper.picture(`direct-unknown-${kind}`);
    expect(fox.calls('create_payment'), 'one send').toHaveLength(1);
    const opened = fox.calls('create_client_session').length;
    await fox.visit();
    await fox.shopper.stage('unknown');
    await expect(fox.shopper.root).toContainText(order);
    await expect(fox.shopper.payButton).toBeHidden();
    expect(fox.calls('create_payment')).toHaveLength(1);
    expect(fox.calls('create_client_session')).toHaveLength(opened);
    await request.delete(`${STANDINS}/control/faults`, { params: { match: order } });
    if (charged) expect(await fox.settled()).toBeGreaterThan(0);
    else await fox.invariants(0);
  });
}

test('F58 a reload in the challenge goes on with the same payment', async ({ page, request }) => {
  const fox = await Fox.open(page, request);
  await fox.pay(CARDS.challenge);
  await expect(fox.shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  await page.reload();
  await fox.shopper.stage('challenge');
  await fox.shopper.answerBank('Approve');
  await fox.shopper.stage('paid');
  expect(fox.calls('create_payment')).toHaveLength(1);
  await fox.invariants(1);
});

test('F58 refused after a reload: a new session, and why', async ({ page, request }) => {
  const fox = await Fox.open(page, request);
  await fox.pay(CARDS.challenge);
  await expect(fox.shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  await page.reload();
  await fox.shopper.answerBank('Refuse');
  await expect(fox.shopper.alert).toContainText('You have not been charged');
  await fox.pay(CARDS.approved);
  await fox.shopper.stage('paid');
  await fox.invariants(1);
});

test('F57 a reload while the payment is being made', async ({ page, request }) => {
  const fox = await Fox.open(page, request);
  await fox.fault('create_payment', 'hang-after');
  await fox.pay(CARDS.approved);
  await expect.poll(() => fox.settled()).toBe(1);
  await page.reload();
  await fox.shopper.stage('unknown');
  expect(fox.calls('create_payment')).toHaveLength(1);
  await fox.invariants(1);
});

test('F55 storage that throws, for frame and page: paid all the same', async ({ page, request }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('refused', 'SecurityError'); } });
  });
  const fox = await Fox.open(page, request);
  await fox.pay(CARDS.challenge);
  await fox.shopper.answerBank('Approve');
  await fox.shopper.stage('paid');
  expect(fox.said.join()).toContain('a reload in the middle of a payment is not recognised');
  await fox.invariants(1);
});

test('what the page did wrong is told to it, and a price that does not exist opens nothing', async ({ page, request }) => {
  const fox = await Fox.open(page, request);
  const tried = await page.evaluate(() => {
    const mount = (options: Record<string, unknown>) => {
      try {
        (window as unknown as { FanfareCheckout: { mount(at: Element, options: unknown): unknown } }).FanfareCheckout.mount(document.body, options);
        return 'mounted';
      } catch (error) { return String(error); }
    };
    const whole = { org: 'demo', price: 'price_shirt', customerId: 'c', customerEmail: 'a@b.co' };
    return [
      mount({ ...whole, checkoutUrl: 'http://localhost/c/cs_1' }),
      mount({ ...whole, price: undefined }),
      mount({ ...whole, customerEmail: 'nobody' }),
      mount({ ...whole, customerCountry: 'Germany' }),
      mount({ checkoutUrl: 'http://localhost/c/cs_1', price: 'price_shirt' }),
    ];
  });
  for (const [index, part] of ['not both', 'price is missing', 'customerEmail is "nobody"', 'customerCountry is "Germany"', 'goes with options.org'].entries()) {
    expect(tried[index]).toContain(part);
  }
  await page.evaluate(() => {
    const element = document.querySelector('fanfare-checkout')!;
    element.setAttribute('checkout-url', 'http://localhost/c/cs_1');
  });
  await expect.poll(async () => (await fox.shopper.events()).filter((name) => name === 'error').length).toBe(1);
  await page.evaluate(() => {
    const element = document.querySelector('fanfare-checkout')!;
    element.removeAttribute('checkout-url');
    element.setAttribute('price', 'price_none');
  });
  await fox.shopper.stage('unavailable');
  await expect(page.locator('#events')).toContainText('invalid_price');
});

test('T09 no page but the shop’s may hold it', async ({ page }) => {
  await page.goto(`${STANDINS}/control`);
  const answer = await page.goto(`${SERVER}/direct/demo`);
  expect(answer!.headers()['content-security-policy']).toContain(`frame-ancestors ${SHOP};`);
});
