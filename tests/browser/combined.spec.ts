// Any three faults at once over a whole payment, by seed, and the invariants afterwards.
// The first 10 seeds; LONG=1 runs 100 from SEED on, each named in its test's title, for example
// LONG=1 SEED=17 npx playwright test combined -g 'seed 17$'
import { test, expect } from '@playwright/test';
import { Payment, type Fault, type Where } from './faults.ts';
import { CARDS, type TestCard } from './system.ts';

const [first, length] = process.env.LONG ? [Number(process.env.SEED ?? 1), 100] : [1, 10];
const SEEDS = Array.from({ length }, (_, at) => first + at);

/** Numbers below 1, the same for the same seed (mulberry32). */
function dice(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PLACES: Where[] = ['state', 'create', 'charge', 'tokens'];
const WITH_BANK: Where[] = ['action', 'resume', 'action', 'resume', ...PLACES];
const KINDS: Fault[] = [
  { kind: 'drop-before' }, { kind: 'drop-after' }, { kind: 'drop-after', reused: true }, { kind: 'drop-before', times: 4 },
  { kind: 'drop-after', times: 4 }, { kind: 'truncate' }, { kind: 'hang' }, { kind: 'hang-after' }, { kind: 'delay', delayMs: 1_500 },
  { kind: 'late', delayMs: 1_500 }, { kind: 'drip', everyMs: 2 }, { kind: '500-before' }, { kind: '500-after' }, { kind: '502-before' },
  { kind: '503-after' }, { kind: '504-after' }, { kind: '429', retryAfter: 1 }, { kind: 'answer', body: '', processed: true },
  { kind: 'answer', body: '{"status":"error","error":[{"code":"internal"}]}', processed: true },
];

for (const seed of SEEDS) {
  test(`three faults, seed ${seed}`, async ({ page, request }) => {
    test.setTimeout(180_000);
    const roll = dice(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(roll() * list.length)];
    const place = pick(['hosted', 'embedded'] as const);
    const card = pick<TestCard>([CARDS.approved, CARDS.amex, CARDS.noFunds, CARDS.challenge, CARDS.challenge]);
    const bank = pick(['Approve', 'Approve', 'Refuse', 'Cancel'] as const);
    const faults = Array.from({ length: 3 }, () => ({ where: pick(card === CARDS.challenge ? WITH_BANK : PLACES), ...pick(KINDS), skip: pick([0, 0, 1]) }));
    const reloadAt = pick([0, 0, 1, 2, 3]);
    console.log(`seed ${seed}: ${JSON.stringify({ place, card: card.number, bank, reloadAt, faults })}`);

    await page.clock.install();
    const payment = await Payment.open(page, request, place);
    await payment.shopper.stage('form');
    for (const { where, ...fault } of faults) await payment.fault(where, fault);
    let reloaded = false;
    let acted = false;
    let step = 0;
    let turns = 0;
    const reload = async () => {
      step += 1;
      if (step !== reloadAt) return;
      reloaded = true;
      acted = false;
      await payment.visit();
    };
    await payment.pay(card);
    acted = true;
    await reload();
    // A patient shopper: answers the bank, asks again, and pays again only where the form says so.
    await expect(async () => {
      turns += 1;
      // What hangs or waits is hurried up.
      if (turns > 2) await page.clock.fastForward(16_000);
      const stage = await payment.stage().catch(() => '');
      if (stage === 'challenge') {
        const button = payment.shopper.bank.getByRole('button', { name: bank, exact: true });
        if (await button.isVisible()) {
          await payment.shopper.answerBank(bank);
          acted = true;
          await reload();
        }
      }
      if (stage === 'unavailable') await payment.shopper.at.getByRole('button', { name: 'Try again' }).click();
      expect(stage).toMatch(/^(form|paid|cancelled)$/);
    }).toPass({ intervals: [1_000], timeout: 120_000 });
    const stage = await payment.stage();
    await payment.invariants({ typed: !reloaded, acted: acted && !reloaded });
    // Whatever happened, an unpaid order can still be paid.
    if (stage === 'form') {
      await payment.pay(CARDS.approved);
      await payment.shopper.stage('paid');
      await payment.invariants({ acted: true });
    }
  });
}
