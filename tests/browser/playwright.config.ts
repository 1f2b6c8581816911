import { defineConfig, devices } from '@playwright/test';
import { PORT_BASE } from './system.ts';

// Debian's Chromium, never a downloaded browser. The whole system is started once, as
// `cargo run` starts it, on ports of its own and with a database of its own.
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
  // One at a time: faults and the clock of the stand-ins belong to whoever set them.
  workers: 1,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['html', { outputFolder: '../../target/browser/report', open: 'never' }]],
  use: {
    locale: 'en-US',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args },
  },
  projects: [
    { name: 'desktop', use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 900 } } },
    { name: 'phone', grep: /@phone/, use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } },
  ],
  webServer: {
    command: `rm -rf target/browser/data && mkdir -p target/browser/data && target/debug/fanfare-checkout --port-base ${PORT_BASE} --data target/browser/data > target/browser/log 2>&1`,
    env: { RUST_LOG: 'debug,walrus=off' },
    cwd: '../..',
    url: `http://localhost:${PORT_BASE}/health`,
    timeout: 600_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
  },
});
