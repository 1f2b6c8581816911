/** Types of the script tag `checkout.js`. */

/**
 * What each event tells. A hint for the page: `GET /orders/{orderId}` is the proof of payment.
 * `reqId` is the support code on the screen; it is empty where there is none.
 */
export interface FanfareCheckoutEvents {
  'ready': Record<string, never>;
  'change': { complete: boolean };
  'action-required': Record<string, never>;
  'processing': { orderId: string; reqId: string };
  'succeeded': { orderId: string; reference: string; status: 'paid' | 'authorised' };
  'declined': { orderId: string; kind: string; reqId: string };
  'cancelled': { orderId: string; reqId: string };
  'expired': { orderId: string };
  'error': { code: string; status?: string };
}

/** What is bought, where no session of the checkout server says so. */
export interface FanfareCheckoutPurchase {
  /** The price point's name at FunnelFox. */
  price: string;
  /** Your name for the customer, who is charged for the price point. */
  customerId: string;
  customerEmail: string;
  /** Two capitals, such as `DE`. */
  customerCountry?: string;
  /**
   * Your name for this purchase: shown to the shopper, kept with the order at FunnelFox, and what
   * tells one purchase from the next where the same customer buys the same price again.
   */
  reference?: string;
}

/** A session of the checkout server. */
export interface FanfareCheckoutSession {
  /** `checkoutUrl` as `POST /checkout` answered it. */
  checkoutUrl: string;
}

/** Straight at FunnelFox, as the checkout server's settings name its account. */
export interface FanfareCheckoutDirect extends FanfareCheckoutPurchase {
  /** Your organisation at the checkout server. */
  org: string;
}

/** The same for `mount()` of the wasm package, which does not know where the server is. */
export interface FanfareCheckoutDirectMount extends FanfareCheckoutPurchase {
  /** `https://checkout.example/direct/{org}` */
  directUrl: string;
}

export type FanfareCheckoutOptions = (FanfareCheckoutSession | FanfareCheckoutDirect) & FanfareCheckoutListener;

export interface FanfareCheckoutListener {
  on?<Name extends keyof FanfareCheckoutEvents>(name: Name, detail: FanfareCheckoutEvents[Name]): void;
}

export interface MountedFanfareCheckout {
  readonly element: HTMLElement;
  /** Takes the frame out of the page. A payment under way goes on at the server. */
  unmount(): void;
}

declare global {
  interface Window {
    readonly FanfareCheckout: {
      readonly version: string;
      mount(target: Element | string, options: FanfareCheckoutOptions): MountedFanfareCheckout;
    };
  }
  type FanfareCheckoutEventMap = {
    [Name in keyof FanfareCheckoutEvents as `fanfare-checkout-${Name}`]: CustomEvent<FanfareCheckoutEvents[Name]>;
  };
  interface HTMLElementEventMap extends FanfareCheckoutEventMap {}
}
