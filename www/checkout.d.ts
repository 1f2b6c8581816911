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

export interface FanfareCheckoutOptions {
  /** `checkoutUrl` as `POST /checkout` answered it. */
  checkoutUrl: string;
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
