// A payment under faults: ordered at the proxy or at the stand-ins, for one order alone, and
// the invariants I1 to I9 that hold afterwards, whatever happened.
import { expect, type APIRequestContext, type Page, type Request } from '@playwright/test';
import { CARDS, STANDINS, Shopper, control, newOrder, proof, type Order, type TestCard } from './system.ts';

export type Place = 'hosted' | 'embedded';
export interface Fault {
  kind: string;
  times?: number;
  skip?: number;
  method?: string;
  reused?: boolean;
  delayMs?: number;
  everyMs?: number;
  bytes?: number;
  retryAfter?: string | number;
  processed?: boolean;
  status?: number;
  body?: unknown;
  contentType?: string;
}
/** Where a request can be broken. */
export type Where = 'state' | 'cancel' | 'action' | 'document' | 'create' | 'resume' | 'tokens' | 'charge';

const FINAL = /^(paid|authorised|cancelled|expired)$/;
/** How the server says that it is paid. */
const SAID = /"checkout_status":\s*"succeeded"|"order":\s*"(paid|authorised)"/;
const TERMINAL = ['succeeded', 'declined', 'cancelled', 'expired'];
const DIGITS = Object.values(CARDS).map((card) => card.number.replaceAll(' ', ''));
const CVC = /(?:cv[cv]2?|code)\W{0,6}1000?(?!\d)|"1000?"/i;

/** Whether a text holds more of a card than its first six and last four digits. */
function leak(text: string): boolean {
  const tight = text.replace(/(\d)[ %+-](?:20)?(?=\d)/g, '$1');
  return CVC.test(text) || DIGITS.some((digits) => tight.includes(digits.slice(0, 9)) || tight.includes(digits.slice(-9)));
}

/** What browsers say of things that are as they should be, and of faults that were ordered. */
const KNOWN = [
  'An iframe which has both allow-scripts and allow-same-origin',
  "Unrecognized feature: 'autofill'",
  'Failed to load resource:',
  'the server responded with a status of',
];

/** One payment, and everything that was seen of it. */
export class Payment {
  readonly told: string[] = [];
  readonly complaints: string[] = [];
  readonly texts: [where: string, text: string][] = [];
  readonly creates: Request[] = [];
  card: TestCard = CARDS.approved;
  /** What stands behind the address of the shop's page. */
  query = '?stay';
  /** What the server said, by document and in the order in which it came. */
  private readonly answers: { document: string; at: number; text: string }[] = [];
  /** Where a document first showed "paid", and how many answers it had had by then. */
  private readonly shownPaid: { document: string; answers: number }[] = [];

  private constructor(readonly page: Page, readonly request: APIRequestContext, readonly order: Order, readonly place: Place, readonly shopper: Shopper) {}

  /** A page at the form of a new order, or wherever the faults let it come. */
  static async open(page: Page, request: APIRequestContext, place: Place = 'embedded', before: (payment: Payment) => Promise<void> = async () => {}, wish: Record<string, unknown> = {}) {
    const order = await newOrder(request, { mode: place, ...wish });
    const at = place === 'hosted' ? page : page.frameLocator('fanfare-checkout iframe');
    const payment = new Payment(page, request, order, place, new Shopper(page, at));
    payment.shopper.holder = `Jo ${Array.from({ length: 10 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join('')}`;
    await payment.watch(page);
    await before(payment);
    await payment.visit();
    return payment;
  }

  async visit() {
    await this.page.goto(this.place === 'hosted' ? this.order.checkoutUrl : this.order.payUrl + this.query);
  }

  /** Notes what a page says, sends, shows and is told about this order. */
  private async watch(page: Page) {
    const mine = (text: string) => text.includes(this.order.orderId) || text.includes(this.session);
    page.on('console', (message) => {
      this.texts.push(['console', message.text()]);
      if (['error', 'warning'].includes(message.type()) && !KNOWN.some((known) => message.text().startsWith(known))) {
        this.complaints.push(`${message.text()} @ ${message.location().url}`);
      }
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('framenavigated', (frame) => this.texts.push(['url', frame.url()]));
    page.on('request', (sent) => {
      this.texts.push(['url', sent.url()]);
      if (!sent.url().endsWith('/tokens')) this.texts.push([`body of ${sent.url()}`, sent.postData() ?? '']);
      if (sent.url().endsWith('/create_payment') && mine(sent.postData() ?? '')) this.creates.push(sent);
    });
    await page.exposeBinding(`told_${this.session}`, (_, what: string) => { this.told.push(what); });
    await page.exposeBinding(`answered_${this.session}`, (_, what: string) => { this.answers.push(JSON.parse(what)); });
    await page.exposeBinding(`paid_${this.session}`, (_, what: string) => { this.shownPaid.push(JSON.parse(what)); });
    await page.exposeBinding(`heard_${this.session}`, (_, what: string) => { this.texts.push(['message', what]); });
    await page.addInitScript(([session, names]) => {
      const call = (name: string, text: string) =>
        (window as unknown as Record<string, ((text: string) => void) | undefined>)[`${name}_${session}`]?.(text);
      window.addEventListener('message', (event) => call('heard', String(event.data)), true);
      // Read beside the widget: what it reads as a stream, the browser doesn't always keep.
      const { fetch } = window;
      const of = String(Math.random());
      let answers = 0;
      window.fetch = async (...request) => {
        const answer = await fetch(...request);
        const long = Number(answer.headers.get('content-length')) > 2 ** 20;
        if (/_payment$|\/state$|\/cancel$/.test(answer.url) && !long) {
          const at = answers;
          answers += 1;
          answer.clone().text().then((text) => call('answered', JSON.stringify({ document: of, at, text })), () => {});
        }
        return answer;
      };
      const paid = new MutationObserver(() => {
        if (!document.querySelector('.checkout:is([data-stage=paid], [data-stage=authorised])')) return;
        paid.disconnect();
        call('paid', JSON.stringify({ document: of, answers }));
      });
      paid.observe(document, { subtree: true, childList: true, attributeFilter: ['data-stage'] });
      if (window.top !== window) return;
      for (const name of names) document.addEventListener(`fanfare-checkout-${name}`, () => call('told', name));
    }, [this.session, ['ready', 'action-required', 'processing', 'error', ...TERMINAL]] as const);
  }

  get session() { return this.order.checkoutUrl.split('/').at(-1)!; }

  /** Where a request arrives, what in it is this payment's own, and its method. */
  private address(where: Where): [path: string, match: string, method: string] {
    const places: Record<Where, [string, string, string]> = {
      state: [`/c/${this.session}/state`, this.session, 'GET'],
      cancel: [`/c/${this.session}/cancel`, this.session, 'POST'],
      action: [`/c/${this.session}/action/`, this.session, 'GET'],
      document: [`/c/${this.session}`, this.session, 'GET'],
      create: ['/demo/v1/checkout/create_payment', this.order.orderId, 'POST'],
      resume: ['/demo/v1/checkout/resume_payment', this.order.orderId, 'POST'],
      tokens: ['/checkout-com/tokens', this.shopper.holder, 'POST'],
      charge: ['/checkout-com/payments', this.order.orderId, 'POST'],
    };
    return places[where];
  }

  /** Orders a fault for this payment alone. */
  async fault(where: Where, fault: Fault) {
    const [path, match, method] = this.address(where);
    await control(this.request, 'faults', { path, match, method, ...fault });
  }

  /** Counts arrivals from now on; the answer reads the count. */
  async count(where: Where): Promise<() => Promise<number>> {
    await this.fault(where, { kind: 'count' });
    const [path, match] = this.address(where);
    return async () => {
      const { faults } = await (await this.request.get(`${STANDINS}/control/faults`)).json();
      const rule = faults.findLast((rule: { path: string; kind: string; match: string }) =>
        rule.kind === 'count' && rule.path === path && rule.match === match);
      expect(rule, `the count of ${where} goes on until heal()`).toBeDefined();
      return rule.arrivals;
    };
  }

  /** Ends every fault of this payment. */
  async heal() {
    for (const only of [this.session, this.order.orderId, this.shopper.holder]) {
      await this.request.delete(`${STANDINS}/control/faults`, { params: { match: only } });
    }
  }

  async pay(card: TestCard = CARDS.approved) {
    this.card = card;
    await this.shopper.pay(card);
  }

  async stage(): Promise<string> {
    return await this.shopper.root.getAttribute('data-stage') ?? '';
  }

  /** Every payment of this order at the payment system. */
  async atGateway(): Promise<{ status: string }[]> {
    const { payments } = await (await this.request.get(`${STANDINS}/control/payments`)).json();
    return payments.filter((payment: { metadata?: Record<string, string> }) => payment.metadata?.order_id === this.order.orderId);
  }

  /** Net charges: approved and not given back. */
  async standing(): Promise<number> {
    return (await this.atGateway()).filter(({ status }) => /^(Authorized|Captured|Partially)/.test(status)).length;
  }

  /**
   * I1 to I9. `terminal` is how many payments have come to an end in the shopper's eyes;
   * `typed` whether the fields still hold what was typed in this document; `acted` whether the
   * shopper did something in it, so that the focus must be somewhere; `returned` how many
   * approvals came too late and had to be given back.
   */
  async invariants({ terminal, typed = true, acted = true, returned = 0 }: { terminal?: number; typed?: boolean; acted?: boolean; returned?: number } = {}) {
    await this.heal();
    const stage = await this.stage();
    // I1: one charge at most, and exactly one where the order reads paid.
    let order = await proof(this.request, this.order);
    await expect.poll(async () => {
      order = await proof(this.request, this.order);
      return `${await this.standing()} charged, ${order.status}`;
    }, { timeout: 20_000 }).toMatch(/^(1 charged, (paid|authorised)|0 charged, (open|cancelled|expired))$/);
    const approved = (await this.atGateway()).filter(({ status }) => !/Pending|Declined|Canceled/.test(status));
    expect(approved.length, 'I1: nothing was charged that had to be given back').toBeLessThanOrEqual(1 + returned);
    const given = (await this.atGateway()).filter(({ status }) => /^(Voided|Refunded)$/.test(status));
    expect(given.length, 'I1: what came too late went back').toBe(returned);
    // I2: nothing is called paid before the server said so, and paid is true.
    const paid = /^(paid|authorised)$/.test(stage);
    const said = (before = this.shownPaid.at(-1)) => this.answers.some(({ document, at, text }) =>
      (before === undefined || (document === before.document && at < before.answers)) && SAID.test(text));
    for (const shown of this.shownPaid) await expect.poll(() => said(shown), { message: 'I2: the server said so first' }).toBe(true);
    if (paid || this.told.includes('succeeded')) await expect.poll(() => said(), { message: 'I2: the server said so' }).toBe(true);
    if (paid) expect(order.status).toMatch(/^(paid|authorised)$/);
    // I3: what is shown as not charged is not charged, and nothing may still be.
    if (/^(form|cancelled|expired)$/.test(stage) && (await this.shopper.root.innerText()).includes('not been charged')) {
      expect(order.status, 'I3: "not charged" is true').toMatch(/^(open|cancelled|expired)$/);
      expect(order.attempts.map((attempt: { status: string }) => attempt.status), 'I3: and nothing may still be charged').not.toContain('abandoned');
    }
    const open = order.attempts.filter((attempt: { status: string }) => /^(creating|action|processing|unknown|succeeded)$/.test(attempt.status));
    expect(open.length, 'I3: no second attempt beside an open one').toBeLessThanOrEqual(1);
    // I4: no card anywhere but at the tokenizer.
    for (const frame of this.page.frames()) {
      // The bank's page and the way back from it may be on their way out, and never answer.
      if (frame.parentFrame() && frame.url() !== this.order.checkoutUrl) continue;
      const kept = await frame.evaluate(() => {
        try { return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]); } catch { return ''; }
      }).catch(() => '');
      this.texts.push(['storage', kept]);
    }
    expect(this.texts.filter(([, text]) => leak(text)), 'I4').toEqual([]);
    // I5: one terminal event per payment, and nothing after success.
    if (this.place === 'embedded') {
      const ends = this.told.filter((name) => TERMINAL.includes(name));
      if (terminal !== undefined) expect(ends, 'I5').toHaveLength(terminal);
      expect(this.told.filter((name) => name === 'succeeded').length, 'I5').toBeLessThanOrEqual(1);
      if (ends.includes('succeeded')) expect(ends.at(-1), 'I5').toBe('succeeded');
      if (paid) expect(ends, 'I5').toContain('succeeded');
    }
    // I6: an end, or a way on that can be reached.
    expect(stage, 'I6: no spinner').toMatch(/^(form|challenge|checking|processing|paid|authorised|cancelled|expired|unavailable)$/);
    if (!FINAL.test(stage)) {
      const ways = this.shopper.root.locator('button:visible:enabled, a[href]:visible');
      // What is gone for good says where to go instead.
      const gone = stage === 'unavailable' && (await this.shopper.root.innerText()).includes('start again in the shop');
      if (!gone) expect(await ways.count(), 'I6: a way on').toBeGreaterThan(0);
    }
    // I7: silence.
    expect(this.complaints, 'I7').toEqual([]);
    // I8: the focus is somewhere, and something is said.
    if (acted) {
      const focus = () => this.shopper.root.evaluate((root) => {
        const active = document.activeElement;
        return active !== null && active !== document.body && root.contains(active) ? 'within' : `on ${active?.tagName}`;
      });
      await expect.poll(focus, { message: 'I8' }).toBe('within');
    }
    // I9: nothing has to be typed again but the security code; in the end nothing is left.
    if (stage === 'form' && typed) {
      await expect(this.shopper.number, 'I9').toHaveValue(this.card.number);
      await expect(this.shopper.expiry, 'I9').toHaveValue('12 / 30');
      await expect(this.shopper.name, 'I9').toHaveValue(this.shopper.holder);
    }
    if (FINAL.test(stage)) {
      const left = await this.shopper.root.evaluate((root) => [...root.querySelectorAll('input')].map((input) => input.value).join(''));
      expect(left, 'I4: the form is empty').toBe('');
    }
    return order;
  }
}
