//! `GET configurationUrl`: where everything is and what may be paid with. Of the real answer,
//! which is not published, only what the public SDKs cannot do without.

use std::sync::Arc;

use axum::{Json, extract::State, http::HeaderMap};
use serde_json::{Value, json};

use super::{
    super::state::World,
    answer::{self, Refusal},
    client_token::Purpose,
};

/// The configuration of the checkout behind the access token.
///
/// # Errors
/// 401.
pub(crate) async fn read(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let now = world.clock.now();
    let books = world.books();
    let pass = answer::checkout_pass(&books.primer, &headers, now)?;
    let base = world.config.primer();
    let mut shown = json!({
        "coreUrl": base,
        "pciUrl": format!("{base}/pci"),
        "env": "SANDBOX",
        "paymentMethods": [{"id": "payment-card", "type": "PAYMENT_CARD", "options": {}}],
        "clientSession": {"customer": {"customerId": pass.customer}},
    });
    if let Purpose::Checkout(Some(sum)) = &pass.purpose {
        shown["clientSession"]["order"] = json!({
            "orderId": sum.order,
            "currencyCode": sum.currency,
            "totalOrderAmount": sum.amount,
        });
    }
    Ok(Json(shown))
}
