// Runs before anything else in the checkout document: keeps an early Enter from leaving the
// page, remembers whether the document was changed before the wasm came, and shows a plain
// word with a way on if it never comes.
(() => {
  'use strict';
  const state = { changed: false, up: false, seen: null };
  Object.defineProperty(window, 'fanfareEarly', { value: state });

  if (window.self !== window.top) document.documentElement.classList.add('framed');

  document.addEventListener('submit', (event) => event.preventDefault(), true);

  const showFallback = () => {
    const fallback = document.getElementById('fallback');
    if (!state.up && fallback) {
      fallback.hidden = false;
      document.getElementById('checkout')?.setAttribute('hidden', '');
    }
  };
  state.fail = showFallback;
  setTimeout(showFallback, 20000);

  // An extension's node or a translated text would make hydration miss its place.
  const watch = () => {
    const root = document.getElementById('checkout');
    if (!root) return;
    state.seen = new MutationObserver(() => { state.changed = true; });
    state.seen.observe(root, { childList: true, characterData: true, subtree: true });
  };
  document.addEventListener('DOMContentLoaded', watch);
})();
