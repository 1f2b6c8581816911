import { defineConfig, devices } from '@playwright/test';
import { PORT_BASE } from './system.ts';

const folder = 'target/browser';
/** One process of the system. All write to one log; the first starts afresh. */
const part = (command: string, url: string) => ({
  command: (command.startsWith('sandbox') ? `rm -rf ${folder}/data ${folder}/log && mkdir -p ${folder}/data && ` : '')
    + `exec target/debug/fanfare-checkout --port-base ${PORT_BASE} --data ${folder}/data ${command} >> ${folder}/log 2>&1`,
  env: { RUST_LOG: 'debug,walrus=off,hyper_util=off' },
  cwd: '../..',
  url,
  timeout: 600_000,
  reuseExistingServer: 'REUSE' in process.env,
  gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 5_000 },
});

// Debian's Chromium, never a downloaded browser. The whole system is started once, on ports of
// its own and with a database of its own.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  testDir: '.',
  outputDir: '../../target/browser/results',
  snapshotPathTemplate: '../../target/browser/screens/{arg}{ext}',
  // Two at once: each test has orders of its own, and what it asks of the stand-ins is bound to
  // them. Nothing here moves their clock, resets them, or reads a count over all orders.
  workers: Number(process.env.WORKERS ?? 2),
  fullyParallel: true,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['html', { outputFolder: '../../target/browser/report', open: 'never' }]],
  use: {
    locale: 'en-US',
    screenshot: 'only-on-failure',
    trace: { mode: 'retain-on-failure', screenshots: false },
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args },
  },
  projects: [
    { name: 'desktop', use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 900 } } },
    { name: 'phone', grep: /@phone/, use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } },
  ],
  // Three processes, and the proxy of the stand-ins between browser and server.
  webServer: [
    part('sandbox --proxy', `http://127.0.0.1:${PORT_BASE + 2}/control`),
    part('shop', `http://127.0.0.1:${PORT_BASE + 1}/`),
    part('serve --behind', `http://localhost:${PORT_BASE + 3}/health`),
  ],
});
