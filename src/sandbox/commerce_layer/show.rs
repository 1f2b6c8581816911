//! The attributes of each type of resource, in the form of the caller's year.

use serde_json::{Map, Value, json};

use super::{
    super::checkout_com::{
        codes,
        ledger::{Payment, Status as Money},
        show as money,
    },
    access::Generation,
    deeds::{Deed, Transaction},
    forms::{amount, every, moment, object},
    ledger::{Order, Organization, Source, Status},
    thing::Thing,
};

/// Where things are, and how they are to be shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    /// The API's base, without a trailing slash.
    pub(crate) base: &'a str,
    /// That of Checkout.com.
    pub(crate) checkout_com: &'a str,
    pub(crate) bank: &'a str,
    pub(crate) generation: Generation,
}

/// The attributes of a resource.
pub(super) fn attributes(view: &View<'_>, organization: &Organization, thing: Thing<'_>) -> Value {
    let shown = match thing {
        Thing::Order(one) => order(view, organization, one),
        Thing::Source(one) => source(view, organization, one),
        Thing::Transaction(one) => transaction(organization, one),
        Thing::Method(one) => method(view, one),
    };
    Value::Object(shown)
}

const WHOLE: [&str; 5] = [
    "subtotal_amount",
    "total_amount",
    "total_taxable_amount",
    "subtotal_taxable_amount",
    "total_amount_with_taxes",
];

const NOTHING: [&str; 13] = [
    "shipping_amount",
    "payment_method_amount",
    "discount_amount",
    "adjustment_amount",
    "gift_card_amount",
    "total_tax_amount",
    "subtotal_tax_amount",
    "shipping_tax_amount",
    "payment_method_tax_amount",
    "adjustment_tax_amount",
    "shipping_taxable_amount",
    "payment_method_taxable_amount",
    "adjustment_taxable_amount",
];

fn order(view: &View<'_>, organization: &Organization, order: &Order) -> Map<String, Value> {
    let open = matches!(order.status, Status::Draft | Status::Pending);
    let number = match view.generation {
        Generation::Year2026 => json!(order.number.to_string()),
        Generation::Year2021 | Generation::Year2022 => json!(order.number),
    };
    let mut shown = object(json!({
        "number": number,
        "autorefresh": true,
        "status": order.status.name(),
        "payment_status": organization.payment_status(order),
        "fulfillment_status": "unfulfilled",
        "guest": true,
        "editable": open,
        "customer_email": null,
        "language_code": "en",
        "currency_code": order.currency,
        "tax_included": true,
        "tax_rate": null,
        "freight_taxable": null,
        "requires_billing_info": false,
        "country_code": null,
        "shipping_country_code_lock": null,
        "coupon_code": null,
        "gift_card_code": null,
        "skus_count": 1,
        "line_item_options_count": 0,
        "shipments_count": 0,
        "payment_source_details": null,
        "token": format!("{:032x}", order.number),
        "cart_url": null,
        "return_url": null,
        "terms_url": null,
        "privacy_url": null,
        "checkout_url": null,
        "placed_at": order.placed_at.map(moment),
        "approved_at": null,
        "cancelled_at": order.cancelled_at.map(moment),
        "payment_updated_at": null,
        "fulfillment_updated_at": null,
        "archived_at": null,
    }));
    if view.generation == Generation::Year2026 {
        shown.insert("place_async".into(), json!(order.place_async));
    }
    let heard = organization.transactions.iter();
    let heard = heard.filter(|one| one.order == order.id && one.heard.is_some());
    if let Some(last) = heard.map(|one| one.updated_at).max() {
        shown.insert("payment_updated_at".into(), moment(last));
    }
    if let Some(seen) = organization
        .source_of(&order.id)
        .and_then(|one| one.seen.as_ref())
    {
        let details = json!({"type": "card", "brand": seen.card.scheme, "last4": seen.card.last4});
        shown.insert("payment_source_details".into(), details);
    }
    for name in WHOLE {
        amount(&mut shown, name, order.amount, &order.currency);
    }
    for name in NOTHING {
        amount(&mut shown, name, 0, &order.currency);
    }
    every(&mut shown, order.created_at, order.updated_at, &order.words);
    shown
}

/// Checkout.com's last word about a payment.
fn response(view: &View<'_>, organization: &Organization, source: &Source) -> Value {
    let mut shown = match (&source.seen, view.generation) {
        (None, Generation::Year2021) => return json!({}),
        (None, _) => return Value::Null,
        (Some(seen), _) if source.detailed => money::standing(seen, view.checkout_com, true),
        (Some(seen), _) if seen.status == Money::Pending => {
            money::pending(seen, view.checkout_com, view.bank)
        }
        (Some(seen), _) => money::decided(seen, view.checkout_com),
    };
    if organization.lowercase
        && let Some(status) = shown["status"].as_str().map(str::to_lowercase)
    {
        shown["status"] = json!(status);
    }
    shown
}

fn source(view: &View<'_>, organization: &Organization, source: &Source) -> Map<String, Value> {
    let seen = source.seen.as_ref();
    let known = seen.filter(|seen| source.detailed || seen.status != Money::Pending);
    let twin = |payment: &Payment, prefix: &str| payment.id.replacen("pay_", prefix, 1);
    let redirect = seen.and_then(|seen| seen.challenge.as_ref());
    let mut shown = object(json!({
        "token": source.token,
        "source_id": known.map(|seen| twin(seen, "src_")),
        "customer_token": seen.map(|seen| twin(seen, "cus_")),
        "redirect_uri": redirect.map(|challenge| format!("{}/3ds/{}", view.bank, challenge.key)),
        "payment_response": response(view, organization, source),
    }));
    if view.generation != Generation::Year2026 {
        shown.insert("payment_type".into(), json!(source.payment_type));
        shown.insert("session_id".into(), json!(source.session_id));
    }
    if view.generation != Generation::Year2021 {
        let total = organization.order(&source.order).map(|order| order.amount);
        let url = |url: &Option<reqwest::Url>| json!(url.as_ref().map(reqwest::Url::as_str));
        shown.insert("public_key".into(), json!("pk_test_demo"));
        shown.insert("success_url".into(), url(&source.success_url));
        shown.insert("failure_url".into(), url(&source.failure_url));
        let other = json!(total != Some(source.amount));
        shown.insert("mismatched_amounts".into(), other);
    }
    if view.generation == Generation::Year2026 {
        let id = format!("ps_{}", source.id);
        let own = format!("{}/payment-sessions/{id}", view.checkout_com);
        let session = json!({
            "id": id,
            "payment_session_secret": format!("pss_{}", source.id),
            "payment_session_token": format!("pst_{}", source.id),
            "_links": {"self": {"href": own}},
        });
        shown.insert("payment_session".into(), session);
        let card = known.map(
            |seen| json!({"issuer": "Sandbox Bank", "card_type": seen.card.scheme.to_lowercase()}),
        );
        shown.insert("payment_instrument".into(), json!(card));
    }
    every(
        &mut shown,
        source.created_at,
        source.updated_at,
        &source.words,
    );
    shown
}

fn transaction(organization: &Organization, one: &Transaction) -> Map<String, Value> {
    let order = organization.order(&one.order);
    let currency = order.map_or("EUR", |order| order.currency.as_str());
    let code = one.heard.as_deref();
    let failed = code.filter(|code| *code != codes::APPROVED);
    let mut shown = object(json!({
        "number": one.number,
        "currency_code": currency,
        "succeeded": one.succeeded(),
        "message": code.map(codes::summary),
        "error_code": failed,
        "error_detail": failed.map(codes::summary),
        "token": one.payment,
        "gateway_transaction_id": one.action.as_ref().unwrap_or(&one.payment),
    }));
    amount(&mut shown, "amount", one.amount, currency);
    let sum = |deed: Deed| -> u64 {
        let all = organization.following(&one.id, deed);
        all.filter(|one| one.may_count())
            .map(|one| one.amount)
            .sum()
    };
    match one.deed {
        Deed::Authorization => {
            for name in [
                "cvv_code",
                "cvv_message",
                "avs_code",
                "avs_message",
                "fraud_review",
            ] {
                shown.insert(name.into(), Value::Null);
            }
            let (captured, voided) = (sum(Deed::Capture), sum(Deed::Void));
            let left = one.amount.saturating_sub(captured + voided);
            amount(&mut shown, "capture_amount", captured, currency);
            amount(&mut shown, "capture_balance", left, currency);
            let voidable = left * u64::from(captured == 0);
            amount(&mut shown, "void_balance", voidable, currency);
        }
        Deed::Capture => {
            let refunded = sum(Deed::Refund);
            let left = one.amount.saturating_sub(refunded);
            amount(&mut shown, "refund_amount", refunded, currency);
            amount(&mut shown, "refund_balance", left, currency);
        }
        Deed::Void | Deed::Refund => {}
    }
    every(&mut shown, one.created_at, one.updated_at, &one.words);
    shown
}

fn method(view: &View<'_>, order: &Order) -> Map<String, Value> {
    let mut shown = object(json!({
        "payment_source_type": order.method,
        "name": format!("Demo {}", order.method),
        "disabled_at": null,
    }));
    if view.generation != Generation::Year2021 {
        shown.insert("currency_code".into(), json!(order.currency));
        shown.insert("moto".into(), json!(false));
    }
    if view.generation == Generation::Year2026 {
        shown.insert("require_capture".into(), json!(true));
        shown.insert("auto_place".into(), json!(order.auto_place));
        shown.insert("auto_capture".into(), json!(order.auto_capture));
    }
    amount(&mut shown, "price_amount", 0, &order.currency);
    every(&mut shown, order.created_at, order.created_at, &Map::new());
    shown
}
