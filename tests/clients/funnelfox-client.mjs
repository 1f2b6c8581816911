// FunnelFox's contract as its public browser client (0.5.2) uses it, in our own words: which
// addresses it calls with what, how often it tries, and in which order it reads an answer. That
// client is not on npm; FUNNELFOX_CLIENT=/path/to/it.mjs (default export: its APIClient) puts it in
// the place of this one.

export class APIError extends Error {
  name = 'APIError';
  constructor(message, statusCode = null, { errorCode = null, requestId = null } = {}) {
    super(message);
    Object.assign(this, { statusCode, errorCode, requestId });
  }
}

const TRIES = 3;

export default class Client {
  constructor({ baseUrl, orgId }) {
    this.root = `${baseUrl.replace(/\/$/, '')}/${orgId}/v1/checkout`;
  }

  /** Whatever goes wrong is tried again, after one second and after two: answers with an error status too. */
  async call(name, body) {
    for (let left = TRIES - 1, pause = 1000; ; left -= 1, pause *= 2) {
      try {
        return await this.once(name, body);
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  async once(name, body) {
    const answer = await fetch(`${this.root}/${name}`, {
      method: 'POST', body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', 'X-SDK-Version': '0.5.2' },
    });
    let said;
    try {
      said = await answer.json();
    } catch {
      throw new APIError('Invalid JSON response', answer.status);
    }
    if (!answer.ok) throw new APIError(said.error?.[0]?.msg ?? 'Failed to create payment', answer.status);
    return said;
  }

  createClientSession({ priceId, externalId, email, countryCode, region = 'default', clientMetadata = {} }) {
    return this.call('create_client_session', {
      region, integration_type: 'primer', pp_ident: priceId, external_id: externalId, email_address: email,
      client_metadata: clientMetadata, country_code: countryCode,
    });
  }

  updateClientSession({ orderId, clientToken, priceId, clientMetadata = {} }) {
    return this.call('update_client_session', {
      order_id: orderId, client_token: clientToken, pp_ident: priceId, client_metadata: clientMetadata,
    });
  }

  createPayment({ orderId, paymentMethodToken, clientMetadata = {} }) {
    return this.call('create_payment', {
      order_id: orderId, payment_method_token: paymentMethodToken, client_metadata: clientMetadata,
    });
  }

  resumePayment({ orderId, resumeToken }) {
    return this.call('resume_payment', { order_id: orderId, resume_token: resumeToken });
  }

  oneClick(body) {
    return this.call('one_click', body);
  }

  processSessionResponse(said) {
    refuse(said);
    return { type: 'session_created', orderId: said.data.order_id, clientToken: said.data.client_token };
  }

  /** First an error, then a step to take, then the status. */
  processPaymentResponse(said) {
    refuse(said);
    const { action_required_token: token, checkout_status: status, failed_message_for_user: message, order_id: orderId } = said.data;
    if (token) return { type: 'action_required', orderId, clientToken: token };
    if (status === 'succeeded') return { type: 'success', orderId, status };
    if (status === 'processing') return { type: 'processing', orderId, status };
    if (status === 'failed') throw new APIError(message || 'Payment failed');
    if (status === 'cancelled') throw new APIError('Payment was cancelled by user');
    throw new APIError(status ? `Unhandled checkout status: ${status}` : 'Invalid payment response format');
  }
}

function refuse(said) {
  if (said.status !== 'error') return;
  const first = said.error?.[0];
  throw new APIError(first?.msg ?? 'Payment request failed', null, { errorCode: first?.code, requestId: said.req_id });
}
