// The page that the bank sends the shopper back to. It decides nothing: in a frame it wakes
// the checkout that waits around it, in a full page it goes back to the checkout.
(() => {
  'use strict';
  if (window.parent !== window) {
    window.parent.postMessage('fanfare-returned', location.origin);
  } else {
    location.replace(location.pathname.replace(/\/return$/, ''));
  }
})();
