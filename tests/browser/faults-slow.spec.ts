// Slow 3G on a slow device: the form can soon be used, and nothing jumps when the order arrives.
import { cpus, loadavg } from 'node:os';
import { test, expect, type CDPSession, type Frame } from '@playwright/test';
import { Payment } from './faults.ts';

const BYTES_A_SECOND = 50_000;
const USABLE_MS = 10_000;
const LINES = [['Linen shirt', 2_500], ['Table lamp with a shade of paper, assembled', 1_000]].map(([name, amount]) => ({ name, amount, quantity: 1 }));

/** 400 ms there and back, 50 kB a second, a sixth of the processor. */
async function slow(session: CDPSession) {
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false, latency: 400, downloadThroughput: BYTES_A_SECOND, uploadThroughput: BYTES_A_SECOND,
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: 6 });
}

interface Shift { value: number; what: string }
interface Moved extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
  sources: { node?: Node; previousRect: DOMRect; currentRect: DOMRect }[];
}

/** Notes what moves by itself, in the page and in every frame. */
function noteShifts() {
  const shifts: Shift[] = [];
  Object.defineProperty(window, 'shifts', { value: shifts });
  const at = ({ x, y, width, height }: DOMRect) => `${x},${y} ${width}×${height}`;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries() as Moved[]) {
      const what = sources.map(({ node, previousRect, currentRect }) =>
        `${node instanceof Element ? `${node.localName}.${node.className}` : node?.nodeName}: ${at(previousRect)} to ${at(currentRect)}`);
      if (!hadRecentInput) shifts.push({ value, what: what.join('; ') });
    }
  }).observe({ type: 'layout-shift', buffered: true });
}
const shiftsOf = (frame: Frame) => frame.evaluate(() => (window as unknown as { shifts: Shift[] }).shifts);

/** How long the wasm took in a document, and how long it must take on this network. */
const wasmOf = (frame: Frame) => frame.evaluate((bytesASecond) => {
  const all = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  const wasm = all.find(({ name }) => name.endsWith('.wasm'))!;
  return { took: wasm.duration, least: (wasm.encodedBodySize / bytesASecond) * 1_000 * 0.8 };
}, BYTES_A_SECOND);

for (const place of ['hosted', 'embedded'] as const) {
  for (const width of [390, 1280]) {
    test(`F63 ${place} at ${width} px on slow 3G and a slow device: usable within ten seconds, nothing jumps, and it pays`, async ({ page, context, request }) => {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      await page.addInitScript(noteShifts);
      await slow(await context.newCDPSession(page));
      // A frame of another site has a network and a processor of its own: nothing of it comes
      // before they are slow too.
      if (place === 'embedded') {
        const slowed = new Promise<void>((done) => {
          page.on('framenavigated', (frame) => {
            if (frame.url().includes('/c/')) context.newCDPSession(frame).then(slow).catch(() => {}).then(done);
          });
        });
        await page.route('**/embed/*/early.js', async (route) => {
          await slowed;
          await route.continue();
        });
      }
      let begun = 0;
      const payment = await Payment.open(page, request, place, async () => { begun = Date.now(); }, { lines: LINES });
      await payment.shopper.stage('form');
      const took = Date.now() - begun;
      const document = page.frames().find((frame) => frame.url() === payment.order.checkoutUrl)!;
      const wasm = await wasmOf(document);
      expect(wasm.took, 'the network was slow').toBeGreaterThan(wasm.least);
      // A machine with more to do than processors can't tell: it is allowed that much longer.
      const busy = Math.max(1, loadavg()[0] / cpus().length);
      expect(took, 'usable').toBeLessThanOrEqual(USABLE_MS * busy);
      // The height that the frame asks for arrives a moment later.
      if (place === 'embedded') {
        const asked = () => document.evaluate(() => Math.ceil(window.document.body.getBoundingClientRect().height));
        await expect.poll(async () => (await page.locator('fanfare-checkout iframe').boundingBox())!.height - await asked()).toBe(0);
      }
      for (const frame of page.frames()) {
        const shifts = await shiftsOf(frame);
        const sum = shifts.reduce((sum, { value }) => sum + value, 0);
        expect(sum, shifts.map(({ what }) => what).join('\n')).toBeLessThan(0.02);
      }
      await payment.pay();
      await payment.shopper.stage('paid');
      await payment.invariants({ terminal: 1 });
    });
  }
}
