//! What the server reads of Commerce Layer.

use fanfare_checkout::{
    http::Response,
    money::{Currency, Money},
    provider::{
        checkout_com::PaymentId,
        commerce_layer::{
            Claim, End, Granted, Held, Id, Order, Paid, Reply, Source, Stage, Standing, Status,
            Step, taken_on,
        },
    },
};
use serde_json::{Value, json};

use super::{
    bytes::{Dice, spoilt_text},
    run::fuzz,
    samples::bytes,
};

const STATUSES: [u16; 10] = [200, 200, 200, 201, 400, 401, 404, 422, 500, 999];
const PAY: &str = "pay_mbabizu24mvu3mela5njyhpit4";

fn response(body: &str, dice: &mut Dice) -> Response {
    Response {
        status: *dice.one(&STATUSES),
        body: body.to_owned(),
        ..Response::default()
    }
}

fn said(body: &str) -> Value {
    serde_json::from_str(body.strip_prefix('\u{feff}').unwrap_or(body)).unwrap_or_default()
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn source(status: &str, approved: bool) -> Value {
    json!({"type": "checkout_com_payments", "id": "xYZkjABcde", "attributes": {
        "token": "tok_1", "reference": "ref-1", "mismatched_amounts": false,
        "redirect_uri": "https://bank.example/3ds", "payment_response": {"id": PAY,
            "status": status, "approved": approved, "amount": 3500, "currency": "EUR",
            "actions": [{"type": "Authorization", "response_code": "20051"}]}}})
}

fn order(status: &str, paid: &str) -> Value {
    json!({"data": {"type": "orders", "id": "QWERtyUpBa", "attributes": {"status": status,
            "payment_status": paid, "total_amount_cents": 3500, "currency_code": "EUR",
            "editable": true},
        "relationships": {
            "payment_method": {"data": {"type": "payment_methods", "id": "JMRQlsvxkO"}},
            "payment_source": {"data": {"type": "checkout_com_payments", "id": "xYZkjABcde"}}}},
        "included": [source("Authorized", true), {"type": "payment_methods", "id": "JMRQlsvxkO",
            "attributes": {"payment_source_type": "checkout_com_payments"}}]})
}

fn deed(kind: &str, id: &str, succeeded: bool) -> Value {
    json!({"type": kind, "id": id, "attributes": {"amount_cents": 3500, "succeeded": succeeded,
        "token": PAY, "refund_balance_cents": 3500, "error_code": null}})
}

fn samples() -> Vec<Vec<u8>> {
    let mut all: Vec<Value> = ["Pending", "Authorized", "captured", "Declined"]
        .iter()
        .map(|status| json!({"data": source(status, *status != "Declined")}))
        .collect();
    for (status, paid) in [
        ("pending", "unpaid"),
        ("placing", "authorized"),
        ("placed", "authorized"),
        ("placed", "paid"),
    ] {
        all.push(order(status, paid));
    }
    let mut held = order("pending", "authorized");
    held["included"] = json!([
        deed("authorizations", "a", true),
        deed("captures", "c", true),
        deed("voids", "v", false),
        deed("refunds", "r", true)
    ]);
    all.push(held);
    all.push(json!({"data": deed("authorizations", "a", true)}));
    all.push(
        json!({"errors": [{"title": "t", "detail": "token - has expired", "code":
        "VALIDATION_ERROR", "status": "422", "source": {"pointer": "/data/attributes/token"}}]}),
    );
    all.push(json!({"access_token": "a.b.c", "token_type": "bearer", "expires_in": 7200}));
    all.push(json!({"errors": [{"code": "UNAUTHORIZED", "status": 401}]}));
    bytes(&all)
}

/// The words that say approved, and nothing else does.
fn says_approved(response: &Value) -> bool {
    let status = response["status"].as_str().unwrap_or_default();
    ["authorized", "captured", "paid"]
        .iter()
        .any(|word| status.eq_ignore_ascii_case(word))
        && response["approved"] != false
}

fn says_declined(response: &Value) -> bool {
    let status = response["status"].as_str().unwrap_or_default();
    ["declined", "canceled", "cancelled", "expired"]
        .iter()
        .any(|word| status.eq_ignore_ascii_case(word))
        && response["approved"] != true
}

fn check_source(source: &Source, own: &Value) {
    let response = &own["attributes"]["payment_response"];
    match &source.standing {
        Standing::Approved { .. } => assert!(says_approved(response), "I2: {response}"),
        Standing::Declined(_) => assert!(says_declined(response), "{response}"),
        _ => {}
    }
}

#[test]
fn trap_36_orders_and_sources_of_commerce_layer() {
    let samples = samples();
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    fuzz("commerce_layer", make, |body, dice| {
        let response = response(body, dice);
        let said = said(body);
        if let Reply::Got(source) = Source::read(&response, &id("xYZkjABcde")) {
            assert!((200..=202).contains(&response.status));
            check_source(&source, &said["data"]);
        }
        if let Reply::Got(source) = Source::made(&response) {
            assert_eq!(said["data"]["id"], source.id.as_str());
            check_source(&source, &said["data"]);
        }
        match Order::read(&response, &id("QWERtyUpBa")) {
            Reply::Got(order) => {
                let attributes = &said["data"]["attributes"];
                assert_eq!(
                    order.status == Status::Placed,
                    attributes["status"] == "placed"
                );
                assert_eq!(
                    order.paid == Paid::Paid,
                    attributes["payment_status"] == "paid"
                );
                if let Some(total) = order.total {
                    assert_eq!(Some(total.minor), attributes["total_amount_cents"].as_i64());
                }
            }
            Reply::AfterNewToken => assert_eq!(response.status, 401),
            Reply::Refused(refusal) => {
                assert!((400..500).contains(&response.status));
                assert!(!refusal.problems.is_empty() && refusal.problems.len() <= 20);
            }
            Reply::Undecidable => {}
        }
    });
}

#[test]
fn i2_no_stage_takes_what_is_unclear_for_paid_or_declined() {
    let samples = samples();
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    let (own, source) = (id("QWERtyUpBa"), id("xYZkjABcde"));
    let claim = Claim {
        order: &own,
        total: Money::new(3500, Currency::parse("EUR").unwrap()),
        token: None,
        reference: "ref-1",
        return_url: "https://pay.example/",
        given_up: &[],
    };
    let stages: Vec<Stage> = [
        "open",
        "create",
        "find",
        "other",
        "authorize",
        "look",
        "refresh",
        "check",
        "place",
        "placing",
        "lost",
        "refused",
        "settled",
        "settle",
    ]
    .iter()
    .filter_map(|word| Stage::parse(&format!("{word} {source}")).or_else(|| Stage::parse(word)))
    .collect();
    assert_eq!(stages.len(), 14);
    fuzz("stages", make, |body, dice| {
        let response = response(body, dice);
        let said = said(body);
        for stage in &stages {
            let heard = stage.read(&claim, &Ok(response.clone()));
            match stage.clone().next(&claim, heard) {
                Step::End(End::Placed { captured }) => {
                    let word = if captured { "paid" } else { "authorized" };
                    let attributes = &said["data"]["attributes"];
                    assert_eq!(attributes["payment_status"], word, "{stage:?}");
                    assert_eq!(attributes["total_amount_cents"], 3500, "{stage:?}");
                }
                Step::End(End::Declined(_) | End::Cancelled) => {
                    let sources = [&said["data"]];
                    let included = said["included"].as_array();
                    let mut all = sources.into_iter().chain(included.into_iter().flatten());
                    assert!(
                        all.any(|own| says_declined(&own["attributes"]["payment_response"])),
                        "{stage:?}"
                    );
                }
                Step::Call(next) => {
                    // One answer never leads to a charge but from before it.
                    if matches!(next, Stage::Authorize(_)) {
                        assert!(matches!(stage, Stage::Create | Stage::Find { .. }));
                    }
                }
                _ => {}
            }
        }
    });
}

#[test]
fn f14_transactions_and_tokens_of_commerce_layer() {
    let samples = samples();
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    let payment = PaymentId::parse(PAY).unwrap();
    fuzz("transactions", make, |body, dice| {
        let response = response(body, dice);
        if let Reply::Got(held) = Held::read(&response, &id("QWERtyUpBa")) {
            let _ = held.back(&payment);
        }
        if taken_on(&response, &id("a")) == Reply::Got(()) {
            assert_eq!(said(body)["data"]["id"], "a");
        }
        if let Granted::Access(access) = Granted::read(&response, 1_000) {
            // EXPOSE: the test looks at what goes into a header.
            let token = access.token.expose();
            assert_eq!(said(body)["access_token"], token.as_str());
            assert!(token.bytes().all(|byte| byte.is_ascii_graphic()));
            assert!((1_000..=1_000 + 86_400).contains(&access.renew_at));
        }
        if let Some(stage) = Stage::parse(body) {
            assert!(Stage::parse(&stage.write()).is_some());
        }
    });
}
