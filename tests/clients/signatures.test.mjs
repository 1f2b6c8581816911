// The README's own few lines that check our events, tried as a shop would copy them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const source = readme.match(/```js\n(import \{ createHmac[\s\S]*?)```/)[1];
const { genuine } = await import(`data:text/javascript,${encodeURIComponent(source.replace('function genuine', 'export function genuine'))}`);

const BODY = '{"id":"evt_test","type":"payment_captured","data":{"id":"pay_test","amount":6540}}';
const MAC = '5bc21f71d6a72636a96a53ee8c16471f0cb6bdff339a49aa447f00e75f20445d';
const AT = 1_700_000_000;
const headers = (changes = {}) => ({ 'x-fanfare-timestamp': String(AT), 'x-fanfare-signature': `sha256=${MAC}`, ...changes });
const signed = (signature) => headers({ 'x-fanfare-signature': signature });

test('the check of the README takes the right signature and no other', (context) => {
  const { now } = Date;
  context.after(() => { Date.now = now; });
  const at = (second) => { Date.now = () => second * 1000; };
  at(AT);
  assert.equal(genuine(headers(), BODY, 'test-secret'), true);
  const wrong = [
    [headers(), `${BODY} `, 'test-secret'],
    [headers(), BODY.replace('6540', '6541'), 'test-secret'],
    [headers(), BODY, 'test-secres'],
    [headers({ 'x-fanfare-timestamp': String(AT + 1) }), BODY, 'test-secret'],
    ...[MAC, `SHA256=${MAC}`, `sha256=${MAC.toUpperCase()}`, `sha1=${MAC}`, `sha256=${MAC.slice(0, -1)}`,
      `sha256=${MAC.slice(0, -1)}e`, ''].map((signature) => [signed(signature), BODY, 'test-secret']),
  ];
  for (const [given, body, secret] of wrong) assert.equal(genuine(given, body, secret), false, JSON.stringify(given));
  at(AT + 300);
  assert.equal(genuine(headers(), BODY, 'test-secret'), true);
  for (const late of [AT + 301, AT - 301]) {
    at(late);
    assert.equal(genuine(headers(), BODY, 'test-secret'), false, String(late));
  }
});
