//! Good inputs, by the documented contracts.

use serde_json::{Value, json};

pub(crate) const ORDER: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
/// 2027-01-15.
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) fn bytes(values: &[Value]) -> Vec<Vec<u8>> {
    values
        .iter()
        .map(|value| value.to_string().into_bytes())
        .collect()
}

fn four(status: &str, token: &str) -> Value {
    json!({"action_required_token": token, "checkout_status": status,
        "failed_message_for_user": "Your card was declined", "order_id": ORDER})
}

pub(crate) fn payment_answers() -> Vec<Vec<u8>> {
    let mut all: Vec<Value> = ["processing", "succeeded", "failed", "cancelled", "on_hold"]
        .iter()
        .flat_map(|status| {
            let enveloped = json!({"status": "success", "req_id": "req-1", "data": four(status, ""),
                "failure": {"kind": "incorrect_cvc", "field": "cvc", "retry": "same_card"}});
            [four(status, ""), four(status, "a.b.c"), enveloped]
        })
        .collect();
    all.push(json!({"status": "error", "req_id": "req-123", "error":
        [{"msg": "Bad request", "code": "bad_request", "type": "api_exception"}]}));
    bytes(&all)
}

pub(crate) fn session_states() -> Vec<Vec<u8>> {
    let state = |phase: &str, order: &str| {
        json!({
            "orgId": "demo", "orderId": ORDER, "reference": "ORD-1", "merchant": "Maison Lin",
            "amount": 3500, "currency": "EUR",
            "lines": [{"name": "Shirt", "quantity": 1, "amount": 3500}],
            "capture": "automatic", "language": "en", "mode": "hosted",
            "successUrl": "https://shop.example/ok", "cancelUrl": "https://shop.example/no",
            "parentOrigins": ["https://shop.example"], "serverTime": NOW, "expiresAt": NOW + 3600,
            "tokenizer": {"kind": "checkout-com", "url": "https://cko.example/tokens",
                "publicKey": "pk_test_demo"},
            "sandbox": false, "features": ["idempotency-key", "status", "cancel"],
            "attempt": {"id": "att_1", "phase": phase, "actionRequiredToken": "a.b.c"},
            "last": {"id": "att_0", "cancelled": false, "failure": {"kind": "card_declined",
                "retry": "other_card"}, "failedMessageForUser": "no", "reqId": "req_1"},
            "order": order, "reversal": "returning"
        })
    };
    bytes(&[
        state("new", "open"),
        state("action", "open"),
        state("unknown", "cancelled"),
        state("processing", "paid"),
    ])
}

pub(crate) fn payments() -> Vec<Vec<u8>> {
    let payment = |status: &str, code: &str| {
        json!({"id": "pay_mbabizu24mvu3mela5njyhpit4", "status": status, "approved": code == "10000",
            "amount": 3500, "currency": "EUR", "reference": "ref-1", "response_code": code,
            "_links": {"redirect": {"href": "https://bank.example/3ds"}}})
    };
    let all = [
        payment("Authorized", "10000"),
        payment("Captured", "10000"),
        payment("Declined", "20051"),
        payment("Pending", "10200"),
        json!({"data": [payment("Captured", "10000"), payment("Declined", "30043")]}),
        json!({"request_id": "0HL80RJLS76I7", "error_type": "request_invalid",
            "error_codes": ["token_used", "cvv_invalid"]}),
        json!({"token": "tok_ubfj2q76miwundwlk72vxt2i7q", "type": "card"}),
    ];
    bytes(&all)
}

pub(crate) fn claim(now: i64) -> Value {
    json!({
        "iss": "demo", "aud": "fanfare-checkout", "iat": now, "exp": now + 600, "jti": "j-1",
        "order": {"reference": "ORD-F", "currency": "EUR", "amount": 3500,
            "lines": [{"name": "Linen shirt", "quantity": 1, "amount": 3500}],
            "customer": {"email": "a@b.co"}},
        "gateway": "checkout-com", "capture": "automatic", "language": "en",
        "parentOrigins": ["http://127.0.0.1:4806"], "returnHosts": ["127.0.0.1:4806"],
    })
}
