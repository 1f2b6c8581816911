// A canary card: its digits and its security code go to the tokenizer and nowhere else.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, expect, type Page, type Request } from '@playwright/test';
import { Shopper, control, newOrder } from './system.ts';

const CANARY = { number: '3456 789012 34564', cvc: '1051' };
const DIGITS = CANARY.number.replaceAll(' ', '');
const BIN = 6;

/** Any run of so many digits of the card that is not within its BIN. */
const runs = (length: number) => Array.from({ length: DIGITS.length - length + 1 }, (_, at) => DIGITS.slice(at, at + length))
  .filter((_, at) => at + length > BIN);
const [ALONE, WITHIN] = [runs(5), runs(8)];
const CVC = /(?<![0-9A-Za-z.-])1051(?![0-9A-Za-z.-])/;
/** Seconds or milliseconds of about now: their digits are nobody's card. */
const isTime = (word: string) => [1, 1_000].some((unit) => Math.abs(Number(word) / unit - Date.now() / 1_000) < 40 * 86_400);
/** In logs and files four digits may be a length or a count: there they must look like a code. */
const CVC_NAMED = /(?:cv[cv]2?|code)\W{0,6}1051(?!\d)|"1051"/i;

function leak(text: string, cvc = CVC): string | undefined {
  const tight = text.replace(/(\d)[ %+-](?:20)?(?=\d)/g, '$1');
  for (const read of [text, tight]) {
    // Five digits within a hexadecimal id or in a fraction of a second are chance; alone, or
    // with three more, they are not.
    for (const [word] of read.matchAll(/(?<![0-9A-Za-z])(?<!\d\.)[0-9A-Za-z]*\d{5}[0-9A-Za-z]*/g)) {
      for (const [digits] of word.matchAll(/\d{5,}/g)) {
        if (isTime(digits)) continue;
        const run = (digits === word ? ALONE : WITHIN).find((candidate) => digits.includes(candidate));
        if (run) return run;
      }
    }
  }
  return cvc.exec(text)?.[0];
}

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

test('the scan itself finds a leak', () => {
  expect(leak('card 345678901234564')).toBeTruthy();
  expect(leak('card 3456 789012')).toBeTruthy();
  expect(leak('key78901234x')).toBeTruthy();
  expect(leak('elapsed=0.000123403')).toBeUndefined();
  expect(leak('demo689012577c909816b2f18e5e73')).toBeUndefined();
  expect(leak(DIGITS.slice(0, 13))).toBeTruthy();
  expect(leak(`at ${Math.floor(Date.now() / 1e8)}12345000`)).toBeUndefined();
  expect(leak('"cvv":"1051"')).toBeTruthy();
  expect(leak('cvv=1051', CVC_NAMED)).toBeTruthy();
  expect(leak('content-length: 1051', CVC_NAMED)).toBeUndefined();
  expect(leak('bin 345678 last4 4564')).toBeUndefined();
});

for (const place of ['hosted', 'embedded'] as const) {
  test(`T01 T28 ${place}: a canary card leaves no trace in whole payments`, async ({ page, context, request }) => {
    const seen: { where: string; text: string }[] = [];
    const note = (where: string, text: string | null | undefined) => { if (text) seen.push({ where, text }); };
    let tokenRequests = 0;
    const watch = (watched: Page) => {
      watched.on('console', (message) => note('console', message.text()));
      watched.on('pageerror', (error) => note('page error', String(error)));
      watched.on('framenavigated', (frame) => note('url', frame.url()));
    };
    watch(page);
    context.on('request', async (sent: Request) => {
      note('url', sent.url());
      note('headers', JSON.stringify(sent.headers()));
      if (sent.url().endsWith('/tokens') && sent.method() === 'POST') {
        tokenRequests += 1;
        expect(sent.postData()).toContain(DIGITS);
      } else {
        note(`body of ${sent.url()}`, sent.postData());
      }
    });
    context.on('response', async (answer) => {
      if (answer.headers()['content-type']?.includes('json')) note(`answer of ${answer.url()}`, await answer.text().catch(() => ''));
    });
    await page.addInitScript(() => {
      const heard: string[] = [];
      Object.defineProperty(window, 'heard', { value: heard });
      window.addEventListener('message', (event) => heard.push(JSON.stringify(event.data)), true);
    });
    const order = await newOrder(request, { mode: place });
    const shopper = place === 'hosted' ? await Shopper.hosted(page, order) : await Shopper.embedded(page, order);
    const still = async () => {
      for (const frame of page.frames()) {
        note('messages', await frame.evaluate(() => JSON.stringify((window as unknown as { heard?: string[] }).heard ?? [])));
        note('storage', await frame.evaluate(() => {
          try { return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]); } catch { return ''; }
        }));
      }
    };
    // Wrong, declined, then paid: the same card all the way.
    await shopper.stage('form');
    await shopper.fill({ ...CANARY, cvc: '10' });
    await shopper.payButton.click();
    await expect(shopper.cvc).toHaveAttribute('aria-invalid', 'true');
    await control(request, 'declines', { code: '20051', times: 1, order: order.orderId });
    await shopper.pay(CANARY);
    await expect(shopper.alert).toContainText('You have not been charged');
    await still();
    await shopper.pay(CANARY);
    await shopper.stage('paid');
    await still();
    note('document after paying', await shopper.root.evaluate((root) =>
      root.outerHTML + [...root.querySelectorAll('input')].map((input) => input.value).join('|')));
    expect(tokenRequests).toBe(2);
    for (const file of ['../../target/browser/log', ...files('../../target/browser/data')]) {
      if (!/widget/.test(file)) note(file, readFileSync(file, 'latin1'));
    }
    expect(seen.some(({ where }) => where.includes('.db')), 'the database was scanned').toBe(true);
    const found = seen
      .map(({ where, text }) => ({ where, run: leak(text, /^\.\.|headers/.test(where) ? CVC_NAMED : CVC) }))
      .filter(({ run }) => run);
    expect(found).toEqual([]);
  });
}
