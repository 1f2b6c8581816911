// Brings the checkout document to life: loads the wasm, hydrates the form that is already
// there, and keeps what was typed meanwhile. If the document was changed by others before
// that, or hydration fails, the form is drawn anew with the same values, focus and caret.
const early = window.fanfareEarly;
const root = document.getElementById('checkout');
const here = import.meta.url;
const wasm = new URL('fanfare_checkout_bg.wasm', here);

const inputs = () => [...root.querySelectorAll('input[data-field]')];

function remember() {
  const active = document.activeElement;
  return inputs().map((input) => ({
    field: input.dataset.field,
    value: input.value,
    focused: input === active,
    start: input.selectionStart,
    end: input.selectionEnd,
  }));
}

function restore(kept) {
  for (const { field, value, focused, start, end } of kept) {
    const input = root.querySelector(`input[data-field="${field}"]`);
    if (!input) continue;
    input.value = value;
    // The machine does not know yet what was typed before it was there.
    if (value) input.dispatchEvent(new Event('input', { bubbles: true }));
    if (focused) {
      input.focus({ preventScroll: true });
      input.setSelectionRange(start, end);
    }
  }
}

async function load(suffix) {
  const glue = await import(new URL(`fanfare_checkout.js${suffix}`, here));
  await glue.default({ module_or_path: wasm });
  return glue;
}

async function start() {
  if (window.origin === 'null') throw new Error('the document stands in a sandbox without an origin of its own');
  const glue = await load('');
  early.seen?.disconnect();
  if (!early.changed) {
    const kept = remember();
    try {
      glue.boot(root, false);
      return;
    } catch (error) {
      console.error('hydration failed, drawing anew', error);
      await redraw(kept);
      return;
    }
  }
  await redraw(remember());
}

// A module that has panicked can't be used again: a second copy draws.
async function redraw(kept) {
  const glue = await load('?fresh');
  root.replaceChildren();
  glue.boot(root, true);
  restore(kept);
}

try {
  await start();
  early.up = true;
  root.dataset.live = '';
} catch (error) {
  console.error('the checkout could not be started', error);
  early.fail();
}
