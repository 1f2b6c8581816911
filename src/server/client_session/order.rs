//! An order of a price point.

use crate::{
    server::{
        Organisation, PricePoint, Server,
        gateway::Gateway,
        random,
        store::{Customer, NewCheckout, now_ms},
    },
    session::{Line, Mode},
};

/// The order of one piece for `customer`, with a session. Its reference is ours: nobody states
/// one, and no order of the shop has it.
pub(crate) fn of_price(
    server: &Server,
    shop: &Organisation,
    price: &PricePoint,
    customer: Customer,
) -> NewCheckout {
    let lifetime = i64::try_from(server.settings.session_lifetime.as_millis()).unwrap_or(3_600_000);
    // Read by nobody but a hosted page, which such a session is not.
    let page = format!("{}/", shop.shop_origins.first().map_or("", String::as_str));
    NewCheckout {
        org: shop.id.clone(),
        idempotency_key: random::text(32),
        fingerprint: random::hash(&[
            &customer.external_id,
            &customer.email,
            customer.country.as_deref().unwrap_or_default(),
            &price.id,
        ]),
        claim: None,
        reference: format!("CS-{}", random::text(16).to_ascii_uppercase()),
        total: price.total,
        capture: price.capture,
        gateway: Gateway::CheckoutCom,
        buyer: None,
        client_session: None,
        lines: vec![Line {
            name: price.name.clone(),
            quantity: 1,
            amount: price.total.minor,
        }],
        mode: Mode::Embedded,
        success_url: page.clone(),
        cancel_url: page,
        language: "en".into(),
        parent_origins: shop.shop_origins.clone(),
        order_id: uuid::Uuid::new_v4().to_string(),
        payment_id: format!("pay_{}", random::text(26)),
        session_id: format!("cs_{}", random::text(32)),
        next_attempt: uuid::Uuid::new_v4().to_string(),
        expires_at: now_ms() + lifetime,
        customer: Some(customer),
    }
}
