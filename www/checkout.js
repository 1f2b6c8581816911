// The loader: one script tag on the shop's page. It defines <fanfare-checkout checkout-url="…">,
// or <fanfare-checkout org="…" price="…" customer-id="…" customer-email="…"> straight at
// FunnelFox, and FanfareCheckout.mount(target, options). The checkout itself runs in a frame of
// its own origin; this script never sees a card.
(() => {
  'use strict';
  const PROTOCOL = 1;
  const PREFIX = 'fanfare-checkout-';
  const NAME = 'fanfare-checkout';
  const HELLO_MS = 250;
  const DEADLINE_MS = 20000;
  const LATE_HELLO_MS = 3000;
  const MAX_MESSAGE = 16384;
  const MAX_HEIGHT = 4000;
  // What the form will ask for, so that nothing below the frame jumps when it does.
  const FORM_HEIGHT = (width) => (width < 480 ? 453 : 433);
  const DETAILS = {
    'ready': [],
    'change': ['complete'],
    'action-required': [],
    'processing': ['orderId', 'reqId'],
    'succeeded': ['orderId', 'reference', 'status'],
    'declined': ['orderId', 'kind', 'reqId'],
    'cancelled': ['orderId', 'reqId'],
    'expired': ['orderId'],
    'error': ['code', 'status'],
  };

  if (window.FanfareCheckout && customElements.get(NAME)) {
    console.warn('fanfare-checkout: the script is on this page more than once; the first one is used.');
    return;
  }

  // Checkouts are framed from the origin of this script alone.
  const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
  const home = script ? new URL(script.src, document.baseURI).origin : null;

  function address(checkoutUrl) {
    let url;
    try {
      url = new URL(String(checkoutUrl));
    } catch {
      throw refuse('invalid_checkout_url', `checkout-url is ${JSON.stringify(String(checkoutUrl))}; expected the checkoutUrl that POST /checkout answered`);
    }
    if (url.origin !== home || !/^\/c\/cs_[A-Za-z0-9_]+$/.test(url.pathname)) {
      throw refuse('invalid_checkout_url', `checkout-url must be ${home}/c/cs_…, the checkoutUrl that POST /checkout answered`);
    }
    return url;
  }

  // What is bought, where no session says so: option, attribute, whether it must be there, and
  // what it looks like.
  const PURCHASE = [
    ['price', 'price', true, /^[-A-Za-z0-9_]{1,256}$/, 'the name of a price point'],
    ['customerId', 'customer-id', true, /^[^\x00-\x1f\x7f]{1,256}$/, 'your name for the customer, 1 to 256 characters'],
    ['customerEmail', 'customer-email', true, /^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address'],
    ['customerCountry', 'customer-country', false, /^[A-Z]{2}$/, 'a country such as DE'],
    ['reference', 'reference', false, /^[^\x00-\x1f\x7f]{1,64}$/, 'your name for this purchase, 1 to 64 characters'],
  ];
  const ATTRIBUTES = ['checkout-url', 'org', ...PURCHASE.map(([, attribute]) => attribute)];

  const refuse = (code, problem) => Object.assign(new TypeError(`fanfare-checkout: ${problem}`), { code });

  // Which document to frame and what to tell it. `get` reads an option or an attribute.
  function wanted(get, name) {
    const [url, org] = [get('checkoutUrl', 'checkout-url'), get('org', 'org')];
    const given = PURCHASE.filter(([option, attribute]) => get(option, attribute) !== undefined);
    if (org === undefined) {
      if (given.length) throw refuse('invalid_options', `${name(...given[0])} goes with ${name('org', 'org')}, not with a checkoutUrl, whose session says what is bought`);
      return { url: address(url), purchase: undefined };
    }
    if (url !== undefined) throw refuse('invalid_options', `give either ${name('checkoutUrl', 'checkout-url')} or ${name('org', 'org')}, not both`);
    if (!/^[a-z0-9_-]{1,64}$/.test(org)) throw refuse('invalid_options', `${name('org', 'org')} is ${JSON.stringify(String(org))}; expected your organisation's id at ${home}`);
    const purchase = {};
    for (const [option, attribute, must, shape, what] of PURCHASE) {
      const value = get(option, attribute);
      if (value === undefined && !must) continue;
      if (typeof value !== 'string' || !shape.test(value)) {
        throw refuse('invalid_options', `${name(option, attribute)} ${value === undefined ? 'is missing' : `is ${JSON.stringify(String(value))}`}; expected ${what}`);
      }
      purchase[option] = value;
    }
    return { url: new URL(`${home}/direct/${org}`), purchase };
  }

  // A message counts only if it is a text of the known schema for this pair.
  function read(data, instance) {
    if (typeof data !== 'string' || data.length > MAX_MESSAGE) return null;
    let message;
    try { message = JSON.parse(data); } catch { return null; }
    if (message === null || typeof message !== 'object' || message.fanfare !== PROTOCOL || message.instance !== instance) return null;
    if (message.type === 'welcome') return message;
    if (message.type === 'memory') return typeof message.memory === 'string' ? message : null;
    if (message.type === 'height') {
      return Number.isInteger(message.height) && message.height >= 0 && message.height <= MAX_HEIGHT ? message : null;
    }
    if (message.type !== 'event' || !Object.hasOwn(DETAILS, message.name)) return null;
    const detail = {};
    for (const key of DETAILS[message.name]) {
      const value = Object.hasOwn(message.detail ?? {}, key) ? message.detail[key] : undefined;
      if (typeof value === 'string' ? value.length <= 256 : typeof value === 'boolean') detail[key] = value;
    }
    return { type: 'event', name: message.name, detail };
  }

  class Embedded {
    #frame;
    #origin;
    #purchase;
    #key;
    #instance = crypto.randomUUID();
    #emit;
    #hello = 0;
    #deadline = 0;
    #late = false;
    #heard = (event) => this.#hear(event);

    constructor(container, { url, purchase }, title, emit) {
      this.#origin = url.origin;
      this.#purchase = purchase;
      this.#key = purchase && `fanfare-checkout/${url.pathname}/${purchase.price}/${purchase.customerId}/${purchase.reference ?? ''}`;
      this.#emit = emit;
      const frame = document.createElement('iframe');
      frame.title = title;
      frame.allow = 'payment *; autofill; publickey-credentials-get *';
      frame.referrerPolicy = 'no-referrer';
      frame.style.cssText = 'display:block;inline-size:100%;border:0;background:transparent;color-scheme:normal';
      frame.src = url.href;
      this.#frame = frame;
      window.addEventListener('message', this.#heard);
      container.append(frame);
      frame.style.blockSize = `${FORM_HEIGHT(frame.clientWidth)}px`;
      // A frame's load event proves nothing; only its answer does. But before it, the frame is
      // still an empty page of this origin, and browsers complain of messages to another.
      // Where no session says what is bought, a frame that was loaded again is told again.
      frame.addEventListener('load', () => this.#greet(), { once: !purchase });
      this.#deadline = setTimeout(() => {
        this.#late = true;
        this.#emit('error', { code: 'frame_blocked' });
        // It may come to life yet: the network is slow, or the machine slept.
        if (this.#hello) this.#greet();
      }, DEADLINE_MS);
    }

    #greet() {
      clearInterval(this.#hello);
      this.#sayHello();
      this.#hello = setInterval(() => this.#sayHello(), this.#late ? LATE_HELLO_MS : HELLO_MS);
    }

    #sayHello() {
      // What is bought and by whom goes to the frame's exact origin, and into no address.
      const hello = JSON.stringify({ type: 'hello', fanfare: PROTOCOL, instance: this.#instance, purchase: this.#purchase, memory: this.#recall() });
      this.#frame.contentWindow?.postMessage(hello, this.#origin);
    }

    // What the tab has to know of a payment under way, if browsers refuse the frame a storage of
    // its own: the order and where it stands, nothing of the card.
    #recall() {
      try { return (this.#key && sessionStorage.getItem(this.#key)) || undefined; } catch { return undefined; }
    }

    #keep(memory) {
      try {
        if (memory) sessionStorage.setItem(this.#key, memory);
        else sessionStorage.removeItem(this.#key);
      } catch (error) {
        console.warn('fanfare-checkout: this page may not store anything; a reload in the middle of a payment is not recognised.', error.message);
      }
    }

    #hear(event) {
      if (event.origin !== this.#origin || event.source !== this.#frame.contentWindow) return;
      const message = read(event.data, this.#instance);
      if (!message) return;
      if (message.type === 'welcome') {
        clearInterval(this.#hello);
        clearTimeout(this.#deadline);
      } else if (message.type === 'memory') {
        if (this.#key) this.#keep(message.memory);
      } else if (message.type === 'height') {
        this.#frame.style.blockSize = `${message.height}px`;
      } else {
        this.#emit(message.name, message.detail);
      }
    }

    remove() {
      clearInterval(this.#hello);
      clearTimeout(this.#deadline);
      window.removeEventListener('message', this.#heard);
      this.#frame.remove();
    }
  }

  class FanfareCheckoutElement extends HTMLElement {
    #embedded = null;
    #due = false;

    static get observedAttributes() { return ATTRIBUTES; }

    // A move within the page reloads the frame: it is a new one, which is told how things stand.
    connectedCallback() { this.#soon(); }

    disconnectedCallback() { this.#hide(); }

    attributeChangedCallback(_name, before, after) {
      if (this.isConnected && before !== after) { this.#hide(); this.#soon(); }
    }

    // Frameworks set one attribute after the other: all of them count together.
    #soon() {
      if (this.#due) return;
      this.#due = true;
      queueMicrotask(() => { this.#due = false; if (this.isConnected) this.#show(); });
    }

    #show() {
      if (this.#embedded || !ATTRIBUTES.some((attribute) => this.hasAttribute(attribute))) return;
      const emit = (name, detail) => this.dispatchEvent(
        new CustomEvent(PREFIX + name, { detail, bubbles: true, composed: true }));
      let what;
      try {
        what = wanted((_option, attribute) => this.getAttribute(attribute) ?? undefined, (_option, attribute) => attribute);
      } catch (error) {
        console.error(error.message);
        emit('error', { code: error.code });
        return;
      }
      const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
      this.style.display = 'block';
      this.#embedded = new Embedded(shadow, what, this.getAttribute('frame-title') ?? 'Payment', emit);
    }

    #hide() {
      this.#embedded?.remove();
      this.#embedded = null;
    }
  }

  if (!home) {
    console.error('fanfare-checkout: load this file with a plain <script src="…/checkout.js">, not as a module');
    return;
  }
  customElements.define(NAME, FanfareCheckoutElement);

  Object.defineProperty(window, 'FanfareCheckout', {
    value: Object.freeze({
      version: '{{version}}',
      // Puts a checkout into `target` (an element or a selector): options.checkoutUrl, or
      // options.org, price, customerId, customerEmail (customerCountry, reference); and
      // options.on(name, detail) for each event. Answers an object with unmount().
      mount(target, options) {
        const own = (key) => (options && Object.hasOwn(options, key) ? options[key] : undefined);
        const place = typeof target === 'string' ? document.querySelector(target) : target;
        if (!(place instanceof Element)) {
          throw new TypeError(`fanfare-checkout: mount target ${JSON.stringify(String(target))} is not an element of this page`);
        }
        wanted(own, (option) => `options.${option}`);
        const on = own('on');
        if (on !== undefined && typeof on !== 'function') throw new TypeError('fanfare-checkout: options.on must be a function');
        const element = document.createElement(NAME);
        if (on) {
          for (const name of Object.keys(DETAILS)) {
            element.addEventListener(PREFIX + name, (event) => on(name, event.detail));
          }
        }
        for (const [option, attribute] of [['checkoutUrl', 'checkout-url'], ['org', 'org'], ...PURCHASE]) {
          if (own(option) !== undefined) element.setAttribute(attribute, own(option));
        }
        place.append(element);
        return Object.freeze({ element, unmount: () => element.remove() });
      },
    }),
  });
})();
