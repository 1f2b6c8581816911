// What shoppers, banks and odd machines do to a payment.
import { test, expect } from '@playwright/test';
import { Payment } from './faults.ts';
import { CARDS, SERVER, STILL_POSSIBLE, Shopper, control } from './system.ts';

/** Every word that a checkout says of a payment from now on. */
async function overhear({ root }: Shopper): Promise<() => Promise<string>> {
  await root.evaluate((root) => {
    const said: string[] = [];
    Object.assign(window, { said });
    const alert = root.querySelector('[role=alert]')!;
    new MutationObserver(() => said.push(alert.textContent!)).observe(alert, { childList: true, characterData: true, subtree: true });
  });
  return () => root.evaluate(() => (window as unknown as { said: string[] }).said.join(' '));
}

test('F01 F02 F03 double clicks, Enter held down and a storm of submits: one token, one call, one charge', async ({ page, request }) => {
  for (const how of ['dblclick', 'enter', 'storm'] as const) {
    const payment = await Payment.open(page, request);
    const { shopper } = payment;
    await shopper.stage('form');
    await shopper.fill(CARDS.approved);
    const [tokens, creates] = [await payment.count('tokens'), await payment.count('create')];
    if (how === 'dblclick') await shopper.payButton.dblclick();
    if (how === 'enter') {
      await shopper.name.focus();
      for (let time = 0; time < 20; time += 1) await page.keyboard.down('Enter');
      await page.keyboard.up('Enter');
    }
    if (how === 'storm') {
      await shopper.payButton.evaluate((button: HTMLButtonElement) => {
        button.click();
        for (let time = 0; time < 50; time += 1) button.form!.requestSubmit();
      });
    }
    await shopper.stage('paid');
    expect([how, await tokens(), await creates()]).toEqual([how, 1, 1]);
    await payment.invariants({ terminal: 1 });
  }
});

test('F04 while an input method composes, nothing is sent and nothing changed', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await shopper.stage('form');
  await shopper.fill(CARDS.approved);
  await shopper.name.focus();
  await shopper.name.evaluate((input: HTMLInputElement) => {
    input.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
    input.value = '山田';
    input.dispatchEvent(new InputEvent('input', { bubbles: true, isComposing: true }));
    input.form!.requestSubmit();
  });
  await page.keyboard.press('Enter');
  expect(await payment.stage()).toBe('form');
  expect(payment.creates).toHaveLength(0);
  await expect(shopper.name).toHaveValue('山田');
  await shopper.name.evaluate((input: HTMLInputElement) => {
    input.value = '山田太郎';
    input.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: '山田太郎' }));
    input.dispatchEvent(new InputEvent('input', { bubbles: true }));
  });
  await expect(shopper.name).toHaveValue('山田太郎');
  await page.keyboard.press('Enter');
  await shopper.stage('paid');
  await payment.invariants({ terminal: 1 });
});

test('F06 two widgets for one order on one page: one charge, and both say paid', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  await page.locator('fanfare-checkout').evaluate((first) => {
    const second = first.cloneNode(true) as HTMLElement;
    second.id = 'second';
    second.replaceChildren();
    first.after(second);
  });
  const second = new Shopper(page, page.frameLocator('fanfare-checkout >> nth=1 >> iframe'));
  const first = new Shopper(page, page.frameLocator('fanfare-checkout >> nth=0 >> iframe'));
  await second.stage('form');
  await first.fill(CARDS.approved);
  await second.fill(CARDS.amex);
  const said = [await overhear(first), await overhear(second)];
  await Promise.all([first.payButton.click(), second.payButton.click()]);
  await first.stage('paid');
  await second.stage('paid');
  for (const words of said) expect(await words(), 'neither says that it failed').toBe('');
  expect(await payment.standing()).toBe(1);
  expect(await payment.atGateway()).toHaveLength(1);
});

test('F07 the same order in two tabs: paid once, and both say paid', async ({ page, context, request }) => {
  const payment = await Payment.open(page, request, 'hosted');
  const other = await Shopper.hosted(await context.newPage(), payment.order);
  await payment.shopper.stage('form');
  await other.stage('form');
  await payment.shopper.fill(CARDS.approved);
  await other.fill(CARDS.amex);
  const said = [await overhear(payment.shopper), await overhear(other)];
  await Promise.all([payment.shopper.payButton.click(), other.payButton.click()]);
  await payment.shopper.stage('paid');
  await other.stage('paid');
  for (const words of said) expect(await words(), 'neither says that it failed').toBe('');
  await payment.invariants();
  expect(await payment.atGateway()).toHaveLength(1);
});

test('F41 F42 the bank page never comes: closing asks first, says what happened, and another card pays', async ({ page, request }) => {
  await page.route('http://bank.localhost:*/**', (route) => route.abort());
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await payment.pay(CARDS.challenge);
  await shopper.stage('challenge');
  await shopper.dialog.getByRole('button', { name: /close/i }).click();
  await shopper.dialog.getByRole('button', { name: 'Leave', exact: true }).click();
  await expect(shopper.alert).toContainText(STILL_POSSIBLE);
  await payment.invariants({ terminal: 1 });
  await payment.pay(CARDS.approved);
  await shopper.stage('paid');
  await payment.invariants({ terminal: 2 });
});

test('F45 the way back from the bank is opened again and again: one charge, still paid', async ({ page, context, request }) => {
  const payment = await Payment.open(page, request, 'hosted');
  let back = '';
  page.on('request', (sent) => { if (/\/return\?/.test(sent.url())) back = sent.url(); });
  await payment.pay(CARDS.challenge);
  await payment.shopper.answerBank('Approve');
  await payment.shopper.stage('paid');
  expect(back).toContain('/return?');
  const tab = await context.newPage();
  for (let time = 0; time < 2; time += 1) {
    await tab.goto(back);
    await tab.waitForURL(payment.order.checkoutUrl);
    await new Shopper(tab, tab).stage('paid');
  }
  await page.reload();
  await payment.shopper.stage('paid');
  await payment.invariants({ acted: false });
});

test('F46 F47 forged results of the challenge are ignored: the server decides', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await payment.pay(CARDS.challenge);
  await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  const polls = await payment.count('resume');
  const lies = ['fanfare-returned', JSON.stringify({ type: 'succeeded' }), JSON.stringify({ fanfare: 1, instance: 'x', type: 'event', name: 'succeeded', detail: {} }), { checkout_status: 'succeeded' }];
  // From the shop's page, and from the bank's own frame.
  await page.evaluate((lies) => {
    const frame = document.querySelector('fanfare-checkout')!.shadowRoot?.querySelector('iframe') ?? document.querySelector('fanfare-checkout iframe') as HTMLIFrameElement | null;
    for (const lie of lies) frame!.contentWindow!.postMessage(lie, '*');
  }, lies);
  const bank = page.frames().find((frame) => frame.url().includes('bank.localhost'))!;
  await bank.evaluate((lies) => {
    for (const lie of lies) { window.parent.postMessage(lie, '*'); window.top!.postMessage(lie, '*'); }
  }, lies);
  // Two questions later nothing has changed.
  const asked = await payment.count('action');
  await expect.poll(asked).toBeGreaterThanOrEqual(2);
  expect(await payment.stage()).toBe('challenge');
  expect(await polls()).toBe(0);
  expect(payment.told).not.toContain('succeeded');
  await control(request, 'settle', { order: payment.order.orderId, outcome: 'decline' });
  await expect(shopper.alert).toContainText('not been charged');
  await payment.invariants({ terminal: 1 });
});

test('F49 the device clock is wrong by days and years: a whole challenge works', async ({ page, request }) => {
  test.slow(); // four whole challenges
  for (const days of [-3653, -1, 1, 3653]) {
    await page.clock.setSystemTime(new Date(Date.now() + days * 86_400_000));
    const payment = await Payment.open(page, request);
    await payment.pay(CARDS.challenge);
    await payment.shopper.answerBank('Approve');
    await payment.shopper.stage('paid');
    await payment.invariants({ terminal: 1 });
  }
});

test('F50 a card of this month is valid in every time zone, one of last month in none', async ({ browser, request }) => {
  const now = new Date();
  const month = (back: number) => {
    const date = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 15));
    return `${String(date.getUTCMonth() + 1).padStart(2, '0')}/${String(date.getUTCFullYear() % 100)}`;
  };
  for (const timezoneId of ['Pacific/Kiritimati', 'Etc/GMT+12']) {
    const context = await browser.newContext({ timezoneId, locale: 'en-US' });
    const payment = await Payment.open(await context.newPage(), request);
    const { shopper } = payment;
    await shopper.stage('form');
    await shopper.fill(CARDS.approved);
    await shopper.expiry.fill(month(2));
    await shopper.payButton.click();
    await expect(shopper.expiry).toHaveAttribute('aria-invalid', 'true');
    await shopper.expiry.fill(month(0));
    await shopper.payButton.click();
    await shopper.stage('paid');
    await payment.invariants({ terminal: 1 });
    await context.close();
  }
});

test('F55 F56 storage that throws and no cookies: a whole challenge works, and none is ever set', async ({ page, context, request }) => {
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
      Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
    }
    Object.defineProperty(Document.prototype, 'cookie', { get() { throw new DOMException('denied', 'SecurityError'); }, set() { throw new DOMException('denied', 'SecurityError'); } });
  });
  const wanted: Promise<string | null>[] = [];
  page.on('response', (answer) => { if (answer.url().startsWith(SERVER)) wanted.push(answer.headerValue('set-cookie').catch(() => null)); });
  for (const place of ['hosted', 'embedded'] as const) {
    const payment = await Payment.open(page, request, place);
    await payment.pay(CARDS.challenge);
    await payment.shopper.answerBank('Approve');
    await payment.shopper.stage('paid');
    await payment.invariants({ terminal: 1 });
    expect(await context.cookies(SERVER)).toEqual([]);
    expect((await Promise.all(wanted)).filter((cookie) => cookie !== null), 'none is asked to be set').toEqual([]);
  }
});
