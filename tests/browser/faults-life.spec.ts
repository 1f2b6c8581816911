// A payment that lives long: left at the bank, put away, taken out, cut off, and come back to.
import { test, expect, type Locator, type Page } from '@playwright/test';
import { Payment } from './faults.ts';
import { CARDS, SHOP, STILL_POSSIBLE, Shopper, charges, control, newOrder, proof } from './system.ts';

const BANK_PAGES = 'http://bank.localhost:*/**';
/** The banner of a payment that came too late. */
const TOO_LATE = 'Your bank approved an earlier payment too late';
const NOT_CHARGED = 'You have not been charged';

/** Sizes and schemes in which a screen is looked at. */
async function pictures(payment: { page: Page; shopper: Shopper }, name: string) {
  const size = payment.page.viewportSize()!;
  await payment.page.emulateMedia({ colorScheme: 'light' });
  await payment.page.setViewportSize({ width: 390, height: 844 });
  await payment.shopper.picture(`life-${name}`);
  await payment.page.emulateMedia({ colorScheme: 'dark' });
  await payment.page.setViewportSize({ width: 1280, height: 900 });
  await payment.shopper.picture(`life-dark-${name}`);
  await payment.page.setViewportSize(size);
}

/** The brightest pixel of what is painted in the middle of a place, 0 to 255. */
async function brightest(page: Page, place: Locator): Promise<number> {
  const { x, y, width, height } = (await place.boundingBox())!;
  const middle = { x: x + width / 4, y: y + height / 2, width: width / 2, height: height / 4 };
  const picture = (await page.screenshot({ clip: middle })).toString('base64');
  return page.evaluate(async (picture) => {
    const bytes = Uint8Array.from(atob(picture), (char) => char.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
    canvas.drawImage(image, 0, 0);
    return Math.max(...canvas.getImageData(0, 0, image.width, image.height).data.filter((_, at) => at % 4 < 3));
  }, picture);
}

/** The bank approves what was left there. */
const approveLate = (payment: Payment) =>
  control(payment.request, 'settle', { order: payment.order.orderId, outcome: 'approve' });

/** Answers the bank's page with one of our making. */
async function bankPage(page: Page, body: string) {
  await page.route(BANK_PAGES, (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>Bank</title><h1>Bank</h1>${body}` }));
}

/** The browser's own words about navigation that it forbids. */
function forgive(payment: Payment, ...words: RegExp[]) {
  const left = payment.complaints.filter((text) => !words.some((word) => word.test(text)));
  payment.complaints.splice(0, payment.complaints.length, ...left);
}

// There is no submit(): what a page can call is mount(), unmount() and the element's own life.
// The page may still be asking for the state when a test ends.
test.afterEach(({ page }) => page.unrouteAll({ behavior: 'ignoreErrors' }));

test('F63 the frame comes to life after its deadline: the shop is told that it was blocked, and then hears and shows it all the same', async ({ page, request }) => {
  await page.clock.install();
  const opening = Payment.open(page, request, 'embedded', (payment) => payment.fault('document', { kind: 'delay', delayMs: 4_000 }));
  await page.waitForRequest('**/c/cs_*');
  await page.clock.fastForward(21_000);
  const payment = await opening;
  await expect.poll(() => payment.told).toEqual(['error']);
  await payment.shopper.stage('form');
  await page.clock.fastForward(3_000);
  await expect.poll(() => payment.told).toEqual(['error', 'ready']);
  await payment.pay();
  await payment.shopper.stage('paid');
  const frame = page.locator('fanfare-checkout iframe');
  const shown = await payment.shopper.root.evaluate(() => document.documentElement.scrollHeight);
  await expect.poll(async () => Math.round((await frame.boundingBox())!.height)).toBe(shown);
  await payment.invariants({ terminal: 1 });
});

test('F05 mount() while busy, after success and after unmount(): a named error, no second request, no word after the end', async ({ page, request }) => {
  const order = await newOrder(request, { mode: 'embedded' });
  await page.goto(`${order.mountUrl}?stay`);
  const shopper = new Shopper(page, page);
  await shopper.stage('form');
  const creates: string[] = [];
  page.on('request', (sent) => { if (sent.url().endsWith('/create_payment')) creates.push(sent.url()); });
  const again = () => page.evaluate(async () => {
    const root = document.getElementById('checkout')!;
    const { mount } = await import(root.dataset.module!);
    try { mount(root, { checkoutUrl: root.dataset.checkoutUrl }); return 'mounted'; } catch (error) { return String(error); }
  });
  expect(await again()).toContain('already_mounted');
  await shopper.fill(CARDS.approved);
  await control(request, 'faults', { path: '/demo/v1/checkout/create_payment', match: order.orderId, kind: 'late', delayMs: 1_500 });
  await shopper.payButton.click();
  await shopper.stage('busy');
  expect(await again()).toContain('already_mounted');
  await shopper.stage('paid');
  expect(await again()).toContain('already_mounted');
  // Options that are wrong name what is wrong.
  const wrong = await page.evaluate(async () => {
    const { mount } = await import(document.getElementById('checkout')!.dataset.module!);
    return [{}, { checkoutUrl: 'javascript:1' }, { checkoutUrl: 'https://x.test/' }, null, { checkoutUrl: 'https://x.test/c/cs_1', then: 1 }]
      .map((options) => { try { mount(document.createElement('div'), options); return 'mounted'; } catch (error) { return String(error); } });
  });
  expect(wrong).toEqual(['invalid_options', 'invalid_checkout_url', 'invalid_checkout_url', 'invalid_options', 'invalid_options'].map((code) => expect.stringContaining(code)));
  // A second checkout of the same order shows the truth; unmounted twice, it is gone without a word.
  const told = await page.evaluate(async () => {
    const root = document.getElementById('checkout')!;
    const place = document.createElement('div');
    place.id = 'second';
    root.after(place);
    const { mount } = await import(root.dataset.module!);
    const told: string[] = [];
    const handle = mount(place, { checkoutUrl: root.dataset.checkoutUrl, on: (name: string) => told.push(name) });
    await new Promise<void>((done) => {
      const look = () => { if (told.includes('succeeded')) done(); else setTimeout(look, 20); };
      look();
    });
    handle.unmount();
    handle.unmount();
    return { told, left: place.childElementCount, marked: place.hasAttribute('data-fanfare-mounted') };
  });
  expect(told).toEqual({ told: ['succeeded'], left: 0, marked: false });
  expect(creates).toHaveLength(1);
  expect(await charges(request, order)).toBe(1);
});

for (const how of ['silent', 'refused'] as const) {
  test(`F41 the bank's page is ${how}: by 30 s the server is asked, a full page and another card are offered`, async ({ page, request }) => {
    await page.clock.install();
    await page.route(BANK_PAGES, (route) => (how === 'silent' ? undefined : route.abort()));
    const payment = await Payment.open(page, request, 'hosted');
    const { shopper } = payment;
    await payment.pay(CARDS.challenge);
    await shopper.stage('challenge');
    const asked = await payment.count('state');
    await page.clock.fastForward(20_000);
    if (how === 'silent') await expect(shopper.dialog).not.toContainText('doesn’t come up');
    await page.clock.fastForward(11_000);
    await page.clock.runFor(1_500);
    await expect(shopper.dialog.getByRole('link', { name: 'Continue in a full page' })).toBeVisible();
    await expect.poll(asked).toBe(1);
    if (how === 'silent') await expect(shopper.dialog).toContainText('doesn’t come up');
    else await expect(shopper.dialog.locator('iframe')).toBeInViewport();
    if (how === 'silent') {
      // In the dark nothing shines where the page is missing, and nothing goes on for ever.
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await brightest(page, shopper.dialog.locator('iframe')), 'no white area').toBeLessThan(128);
      const moving = () => shopper.dialog.evaluate((dialog) =>
        dialog.getAnimations({ subtree: true }).filter((one) => one.effect!.getComputedTiming().iterations === Infinity).length);
      expect(await moving(), 'nothing turns').toBe(0);
    }
    await pictures(payment, `watchdog-${how}`);
    await shopper.dialog.getByRole('button', { name: 'Use another card' }).click();
    // The browser's own error page says `load` like any other: the way out asks first.
    if (how === 'refused') await shopper.dialog.getByRole('button', { name: 'Leave', exact: true }).click();
    await shopper.stage('form');
    await expect(shopper.alert).toContainText(STILL_POSSIBLE);
    await payment.invariants({ terminal: 1 });
    await payment.pay(CARDS.approved);
    await shopper.stage('paid');
    await payment.invariants({ terminal: 2 });
  });
}

test('F42 the question before leaving reads right to left, holds the focus and is left by Escape', async ({ page, request }) => {
  const payment = await Payment.open(page, request, 'hosted');
  const { shopper } = payment;
  await payment.pay(CARDS.challenge);
  await shopper.root.evaluate((root) => { root.setAttribute('dir', 'rtl'); });
  // The digits stand at their side, and the brand has its room at the other.
  expect(await shopper.root.locator('[data-field="number"]').evaluate((input) => {
    const { paddingLeft, paddingRight } = getComputedStyle(input);
    return [paddingLeft, paddingRight];
  })).toEqual(['58px', '12px']);
  await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  await expect(shopper.dialog).toHaveAccessibleName('Confirm with your bank');
  const close = (await shopper.dialog.getByRole('button', { name: /close/i }).boundingBox())!;
  const box = (await shopper.dialog.boundingBox())!;
  expect(close.x - box.x, 'the close control is at the other side').toBeLessThan(box.width / 2);
  await pictures(payment, 'challenge-rtl');
  await page.keyboard.press('Escape');
  const question = shopper.at.getByRole('alertdialog');
  await expect(question).toHaveAccessibleName('Leave your bank’s page?');
  await expect(question.getByRole('button', { name: 'Stay and confirm' })).toBeFocused();
  await pictures(payment, 'leaving-rtl');
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await expect(shopper.dialog).toBeFocused();
  await page.keyboard.press('Escape');
  await question.getByRole('button', { name: 'Leave', exact: true }).click();
  await shopper.stage('form');
  await expect(shopper.alert).toContainText(STILL_POSSIBLE);
  await payment.invariants({ terminal: 1 });
});

test('F42 the shopper leaves and the server doesn’t hear it: it is told again, and the bank’s page doesn’t come back', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await payment.pay(CARDS.challenge);
  await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  const told = await payment.count('cancel');
  await payment.fault('cancel', { kind: 'drop-before', times: 2 });
  const seen: string[] = [];
  await page.exposeBinding('stageSeen', (_, stage: string) => { seen.push(stage); });
  await shopper.root.evaluate((root) => {
    const tell = (window as unknown as { stageSeen(stage: string): void }).stageSeen;
    new MutationObserver(() => tell((root as HTMLElement).dataset.stage!)).observe(root, { attributeFilter: ['data-stage'] });
  });
  await shopper.dialog.getByRole('button', { name: /close/i }).click();
  await shopper.dialog.getByRole('button', { name: 'Leave', exact: true }).click();
  await shopper.stage('form');
  expect(seen).not.toContain('challenge');
  expect(await told()).toBeGreaterThanOrEqual(3);
  await expect(shopper.alert).toContainText('You left your bank’s page');
  await payment.invariants({ terminal: 1 });
});

test('A16 the device is turned before, in and after the challenge: the frame fits its room and its content', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  const fits = async () => {
    for (const [width, height] of [[390, 844], [1280, 900], [844, 390]]) {
      await page.setViewportSize({ width, height });
      await expect.poll(async () => {
        const [wide, high] = await page.locator('fanfare-checkout iframe').evaluate((frame) => {
          const room = frame.getRootNode() instanceof ShadowRoot ? (frame.getRootNode() as ShadowRoot).host : frame;
          return [room.getBoundingClientRect().width - frame.clientWidth, frame.clientHeight];
        });
        const [inner, body] = await shopper.root.evaluate((root) => [root.clientWidth, Math.ceil(document.body.getBoundingClientRect().height)]);
        const outer = await page.locator('fanfare-checkout iframe').evaluate((frame) => frame.clientWidth);
        return [wide, outer - inner, high - body];
      }, { message: `${width} px` }).toEqual([0, 0, 0]);
    }
  };
  await shopper.stage('form');
  await fits();
  await payment.pay(CARDS.challenge);
  await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  await fits();
  await page.setViewportSize({ width: 1280, height: 900 });
  await shopper.dialog.getByRole('button', { name: /close/i }).click();
  await shopper.dialog.getByRole('button', { name: 'Leave', exact: true }).click();
  await shopper.stage('form');
  await fits();
});

test('F43 left at the bank for ten minutes: warned, closed, told as too slow; another card pays and the late approval goes back', async ({ page, request }) => {
  await page.clock.install();
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await payment.pay(CARDS.challenge);
  await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  const warning = shopper.dialog.getByText('Your bank waits another minute');
  // The other way on that is offered meanwhile moves nothing under the finger.
  const before = await shopper.dialog.locator('iframe').boundingBox();
  await page.clock.fastForward(530_000);
  await page.clock.runFor(1_100);
  await expect(shopper.dialog.getByRole('button', { name: 'Use another card' })).toBeVisible();
  expect(await shopper.dialog.locator('iframe').boundingBox()).toEqual(before);
  await expect(warning).toBeHidden();
  await page.clock.fastForward(20_000);
  await page.clock.runFor(1_100);
  // At most 553 s have gone by: more than 20 s are left.
  await expect(warning).toBeVisible();
  await pictures(payment, 'warning');
  const asked = await payment.count('cancel');
  await page.clock.fastForward(60_000);
  await page.clock.runFor(1_100);
  await shopper.stage('form');
  expect(await asked(), 'the server was asked').toBe(1);
  await expect(shopper.alert).toContainText('took too long');
  await expect(shopper.alert).toContainText(STILL_POSSIBLE);
  await expect(shopper.cvc).toHaveValue('');
  await pictures(payment, 'timed-out');
  await payment.invariants({ terminal: 1 });
  await payment.pay(CARDS.approved);
  await shopper.stage('paid');
  await approveLate(payment);
  await payment.invariants({ terminal: 2, returned: 1 });
});

test('F48 the session ends while somebody types: it is renewed in silence, and every value is kept', async ({ page, request }) => {
  await page.clock.install();
  // The session ends in 30 s; only after that the shop has prolonged it.
  let [answers, begin] = [0, 0];
  await page.route('**/c/*/state', async (route) => {
    const answer = await route.fetch();
    const state = await answer.json();
    answers += 1;
    begin ||= state.serverTime;
    const short = { ...state, serverTime: begin + (answers === 1 ? 0 : 26), expiresAt: begin + 30 };
    await route.fulfill({ response: answer, json: answers <= 2 ? short : state });
  });
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await shopper.stage('form');
  await shopper.fill(CARDS.approved);
  await shopper.name.focus();
  await shopper.name.press('End');
  const before = answers;
  await page.clock.runFor(26_000);
  await expect.poll(() => answers, { message: 'asked before the end' }).toBeGreaterThan(before);
  await page.keyboard.type('X');
  await page.clock.fastForward(20_000);
  await expect.poll(() => answers, { message: 'asked after the end, which the server alone decides' }).toBeGreaterThan(before + 1);
  await shopper.stage('form');
  await expect(shopper.name).toHaveValue(`${shopper.holder}X`);
  await expect(shopper.name).toBeFocused();
  await expect(shopper.number).toHaveValue(CARDS.approved.number);
  await expect(shopper.cvc).toHaveValue(CARDS.approved.cvc);
  await expect(shopper.at.locator('.notice')).toHaveCount(0);
  await shopper.payButton.click();
  await shopper.stage('paid');
  await payment.invariants({ terminal: 1 });
});

test('F50 the month rolls over while the form is open: a card of that month still pays, in every time zone', async ({ browser, request }) => {
  const now = new Date();
  const monthEnd = Math.floor(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) / 1000);
  const expiry = `${String(now.getUTCMonth() + 1).padStart(2, '0')}${String(now.getUTCFullYear() % 100)}`;
  for (const timezoneId of ['Pacific/Kiritimati', 'Etc/GMT+12']) {
    const context = await browser.newContext({ timezoneId, locale: 'en-US' });
    const page = await context.newPage();
    // By the server's clock it is half a minute before midnight of the month's last day.
    const shift = monthEnd - 30 - Math.floor(Date.now() / 1000);
    await page.clock.install({ time: (monthEnd - 30) * 1000 });
    await page.route('**/c/*/state', async (route) => {
      const answer = await route.fetch();
      const state = await answer.json();
      await route.fulfill({ response: answer, json: { ...state, serverTime: state.serverTime + shift, expiresAt: state.expiresAt + shift } });
    });
    const payment = await Payment.open(page, request);
    const { shopper } = payment;
    await shopper.stage('form');
    await shopper.fill(CARDS.approved);
    await shopper.expiry.fill(expiry);
    await page.clock.fastForward(45_000);
    expect(new Date(await page.evaluate(() => Date.now())).getUTCMonth(), 'the month has rolled over').not.toBe(now.getUTCMonth());
    await shopper.expiry.focus();
    await shopper.name.focus();
    await expect(shopper.expiry).not.toHaveAttribute('aria-invalid', 'true');
    await shopper.payButton.click();
    await shopper.stage('paid');
    await payment.invariants({ terminal: 1 });
    await context.close();
  }
});

test.describe('F57 the browser keeps the page and brings it back', () => {
  for (const when of ['idle', 'submitting', 'paid'] as const) {
    test(`F57 ${when}`, async ({ playwright, request }, info) => {
      const launch = info.project.use.launchOptions!;
      const browser = await playwright.chromium.launch({ ...launch, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
      try {
        const page = await browser.newPage({ locale: 'en-US' });
        await page.addInitScript(() => {
          addEventListener('pageshow', (event) => { document.documentElement.dataset.persisted = String(event.persisted); });
        });
        const payment = await Payment.open(page, request, 'hosted');
        const { shopper } = payment;
        await shopper.stage('form');
        await shopper.fill(CARDS.approved);
        if (when === 'submitting') await payment.fault('charge', { kind: 'delay', delayMs: 3_000 });
        if (when !== 'idle') await shopper.payButton.click();
        if (when === 'submitting') await expect.poll(() => payment.creates.length).toBe(1);
        if (when === 'paid') await shopper.stage('paid');
        await page.evaluate((shop) => { location.href = shop; }, SHOP);
        await page.waitForURL(`${SHOP}/`);
        await page.evaluate(() => { history.back(); });
        // A restored page is not heard of by events: it is looked at until it is there.
        await expect.poll(() => page.evaluate(() => document.documentElement.dataset.persisted).catch(() => undefined)).toBeDefined();
        await expect.poll(() => page.url()).toBe(payment.order.checkoutUrl);
        info.annotations.push({ type: 'persisted', description: await page.evaluate(() => document.documentElement.dataset.persisted!) });
        if (when === 'idle') {
          await shopper.stage('form');
          for (const field of [shopper.number, shopper.expiry, shopper.cvc, shopper.name]) await expect(field).toHaveValue('');
          await payment.pay();
        }
        await shopper.stage('paid');
        await expect(shopper.payButton).toBeHidden();
        expect(payment.creates).toHaveLength(1);
        await payment.invariants({ acted: false });
      } finally {
        await browser.close();
      }
    });
  }
});

test('F57 a page that is put away with a card in it: nothing is left in the fields, and it goes on', async ({ page, request }) => {
  const payment = await Payment.open(page, request, 'hosted');
  const { shopper } = payment;
  // What a browser tells a page that it keeps; this one keeps none that must not be stored.
  const away = (name: string) => page.evaluate((name) => { dispatchEvent(new PageTransitionEvent(name, { persisted: true })); }, name);
  await shopper.stage('form');
  await shopper.fill(CARDS.approved);
  await away('pagehide');
  for (const field of [shopper.number, shopper.expiry, shopper.cvc, shopper.name]) await expect(field).toHaveValue('');
  await away('pageshow');
  await payment.fault('charge', { kind: 'delay', delayMs: 1_500 });
  await payment.pay();
  await expect.poll(() => payment.creates.length).toBe(1);
  await away('pagehide');
  await away('pageshow');
  await shopper.stage('paid');
  await away('pagehide');
  await away('pageshow');
  await shopper.stage('paid');
  expect(payment.creates).toHaveLength(1);
  await payment.invariants();
});

test('F60 the frame is removed while it pays and mounted again: no word after it went, then the truth', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  await payment.shopper.stage('form');
  await payment.fault('create', { kind: 'late', delayMs: 2_000 });
  await payment.pay();
  await expect.poll(() => payment.creates.length).toBe(1);
  const heard = payment.told.length;
  await page.evaluate(() => {
    const element = document.querySelector('fanfare-checkout')!;
    const after: string[] = [];
    Object.assign(window, { kept: [element.parentElement!, element], after });
    // What it says when it is out of the page, the page doesn't hear.
    for (const name of ['ready', 'change', 'action-required', 'processing', 'succeeded', 'declined', 'cancelled', 'expired', 'error']) {
      element.addEventListener(`fanfare-checkout-${name}`, () => { if (!element.isConnected) after.push(name); });
    }
    element.remove();
  });
  // The server is done with it, and the page has had its turn since.
  await expect.poll(async () => (await proof(request, payment.order)).status).toBe('paid');
  await page.evaluate(() => new Promise((done) => { setTimeout(done); }));
  expect(payment.told).toHaveLength(heard);
  expect(await page.evaluate(() => (window as unknown as { after: string[] }).after)).toEqual([]);
  await page.evaluate(() => {
    const [place, element] = (window as unknown as { kept: [Element, Element] }).kept;
    place.prepend(element);
  });
  await payment.shopper.stage('paid');
  await expect(payment.shopper.payButton).toBeHidden();
  expect(payment.creates).toHaveLength(1);
  await payment.invariants({ terminal: 1, acted: false });
});

test('F60 unmount() while it pays: nothing is heard any more, and mounting again shows the truth', async ({ page, request }) => {
  const order = await newOrder(request, { mode: 'embedded' });
  await page.goto(`${order.mountUrl}?stay`);
  const shopper = new Shopper(page, page);
  await shopper.stage('form');
  const said: string[] = [];
  page.on('pageerror', (error) => said.push(String(error)));
  await page.evaluate(async () => {
    const root = document.getElementById('checkout')!;
    const place = document.createElement('div');
    place.id = 'own';
    root.replaceWith(place);
    Object.assign(place.dataset, root.dataset);
    delete place.dataset.fanfareMounted;
    const { mount } = await import(place.dataset.module!);
    const own = { told: [] as string[], handle: { unmount() {} }, again: () => {} };
    own.again = () => { own.handle = mount(place, { checkoutUrl: place.dataset.checkoutUrl, on: (name: string) => own.told.push(name) }); };
    own.again();
    (window as unknown as { own: typeof own }).own = own;
  });
  const own = <T>(read: (own: { told: string[]; handle: { unmount(): void }; again(): void }) => T) =>
    page.evaluate(`(${read.toString()})(window.own)`) as Promise<T>;
  const again = new Shopper(page, page.locator('#own') as unknown as Page);
  await shopper.stage('form');
  await shopper.fill(CARDS.approved);
  await control(request, 'faults', { path: '/demo/v1/checkout/create_payment', match: order.orderId, kind: 'late', delayMs: 1_500 });
  const answered = page.waitForResponse('**/create_payment');
  await shopper.payButton.click();
  await shopper.stage('busy');
  const before = await own(({ told }) => told.length);
  await own(({ handle }) => { handle.unmount(); });
  await expect(again.root).toHaveCount(0);
  // The answer has come, and the page has had its turn since.
  await (await answered).finished();
  await page.evaluate(() => new Promise((done) => { setTimeout(done); }));
  expect(await own(({ told }) => told.length)).toBe(before);
  await own(({ again }) => { again(); });
  await shopper.stage('paid');
  expect(await charges(request, order)).toBe(1);
  expect((await proof(request, order)).status).toBe('paid');
  expect(said).toEqual([]);
});

test('F62 the connection flaps five times while the payment runs: the payment waits, goes out once, and says so', async ({ page, context, request }) => {
  const payment = await Payment.open(page, request, 'hosted');
  const { shopper } = payment;
  await shopper.stage('form');
  await shopper.fill(CARDS.approved);
  const [tokens, creates] = [await payment.count('tokens'), await payment.count('create')];
  await context.setOffline(true);
  await shopper.payButton.click();
  await shopper.stage('waiting');
  await pictures(payment, 'waiting');
  // It is back for a moment, again and again, while the payment is being made.
  await payment.fault('create', { kind: 'late', delayMs: 5_000, times: 9 });
  for (let flap = 0; flap < 5; flap += 1) {
    await context.setOffline(false);
    await page.waitForFunction(() => navigator.onLine);
    if (flap === 0) await expect.poll(creates).toBe(1);
    await context.setOffline(true);
    await page.waitForFunction(() => !navigator.onLine);
  }
  expect(await payment.atGateway(), 'it was still under way').toHaveLength(0);
  await context.setOffline(false);
  await shopper.stage('paid');
  expect(await tokens(), 'one card, once').toBe(1);
  const ids = new Set(payment.creates.map((sent) => sent.headers()['idempotency-key']));
  expect(ids.size).toBe(1);
  expect(await creates()).toBe(1);
  expect(await payment.atGateway()).toHaveLength(1);
  await payment.invariants({ terminal: 1 });
});

test('F72 a webhook says paid while the shopper reads "checking": paid', async ({ page, request }) => {
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  await shopper.stage('form');
  // The charge is taken, and neither its answer nor any question about it comes through.
  await payment.fault('charge', { kind: 'drop-after', times: 99 });
  await control(request, 'faults', { path: '/checkout-com/payments?', match: payment.order.orderId, method: 'GET', kind: '500-before', times: 999 });
  await control(request, 'webhooks', { hold: true, match: payment.order.orderId });
  try {
    await payment.pay();
    await shopper.stage('checking');
    await expect(shopper.root).toContainText("Please don't pay again");
    // The search for the attempt stays broken. Only the report names the payment.
    await control(request, 'webhooks', { release: 'all' });
  } finally {
    await control(request, 'webhooks', { hold: false });
  }
  await shopper.stage('paid');
  expect(payment.creates).toHaveLength(1);
  await payment.invariants({ terminal: 1 });
});

test('a late approval: the first challenge is left, a second card pays, then the bank approves the first; one charge stands and the page says so', async ({ page, request }) => {
  await page.clock.install();
  const payment = await Payment.open(page, request, 'hosted');
  const { shopper } = payment;
  await payment.pay(CARDS.challenge);
  await expect(shopper.bank.getByRole('button', { name: 'Approve' })).toBeVisible();
  await page.keyboard.press('Escape');
  await shopper.dialog.getByRole('button', { name: 'Leave', exact: true }).click();
  await shopper.stage('form');
  await payment.pay(CARDS.approved);
  await shopper.stage('paid');
  await expect(shopper.alert).not.toContainText(TOO_LATE);
  await approveLate(payment);
  const order = await payment.invariants({ terminal: 2, returned: 1 });
  // The order's history says what was given back, and how.
  await expect.poll(async () => {
    const { attempts } = await proof(request, payment.order);
    return attempts.map((attempt: { status: string; reversals?: { kind: string; status: string }[] }) =>
      `${attempt.status} ${(attempt.reversals ?? []).map(({ kind, status }) => `${kind} ${status}`).join()}`.trim()).sort();
  }).toEqual(expect.arrayContaining(['succeeded', expect.stringMatching(/^(voided void|refunded refund) accepted$/)]));
  expect(order.history.length).toBeGreaterThan(0);
  // The page says so when it is looked at again, and no word denies the payment that counts.
  await page.reload();
  await shopper.stage('paid');
  await expect(shopper.alert).toContainText(TOO_LATE);
  await expect(shopper.root).not.toContainText(NOT_CHARGED);
  await expect(shopper.root).toContainText('Payment complete');
  await pictures(payment, 'given-back');
  await payment.invariants({ acted: false, returned: 1 });
});

test('T13 a bank page that breaks out, lies and runs in circles: the page stays, the shop hears nothing, the server decides', async ({ page, request }) => {
  await bankPage(page, `<a id="top" target="_top" href="https://evil.example/">top</a><form id="form" target="_top" action="https://evil.example/"></form><button id="go">Go on</button><script>
    const go = () => {
    for (const way of [() => { top.location = 'https://evil.example/'; }, () => { top.location.replace('https://evil.example/'); }, () => { parent.location = 'https://evil.example/'; }, () => document.getElementById('top').click(), () => document.getElementById('form').submit(), () => open('https://evil.example/', '_top')]) {
      try { way(); } catch {}
    }
    for (const lie of ['fanfare-returned', JSON.stringify({ fanfare: 1, instance: 'x', type: 'event', name: 'succeeded', detail: {} }), { checkout_status: 'succeeded' }]) {
      parent.postMessage(lie, '*'); top.postMessage(lie, '*');
    }
    setTimeout(() => { location.replace('?turn=' + Math.random()); }, 150);
    };
    if (location.search.includes('turn=')) go(); else document.getElementById('go').onclick = go;
  </script>`);
  await page.route('https://evil.example/**', (route) => route.fulfill({ body: 'elsewhere' }));
  const payment = await Payment.open(page, request);
  const { shopper } = payment;
  const at = page.url();
  await payment.pay(CARDS.challenge);
  await shopper.stage('challenge');
  const resumes = await payment.count('resume');
  const turns: string[] = [];
  page.on('framenavigated', (frame) => { if (frame.url().includes('turn=')) turns.push(frame.url()); });
  // A shopper's click is what browsers let such pages go on.
  await shopper.bank.getByRole('button', { name: 'Go on' }).click();
  await expect.poll(() => turns.length).toBeGreaterThan(5);
  expect(page.url()).toBe(at);
  expect(await payment.stage()).toBe('challenge');
  expect(await resumes()).toBe(0);
  expect(payment.told.filter((name) => /succeeded|declined|cancelled/.test(name))).toEqual([]);
  // The close control works all the while.
  await shopper.dialog.getByRole('button', { name: /close/i }).click();
  await shopper.dialog.getByRole('button', { name: 'Stay and confirm' }).click();
  await approveLate(payment);
  await shopper.stage('paid');
  expect(page.url()).toBe(at);
  // Chromium's own words about what it forbade.
  forgive(payment, /Unsafe attempt to initiate navigation|Failed to navigate|evil\.example/);
  await payment.invariants({ terminal: 1 });
});
