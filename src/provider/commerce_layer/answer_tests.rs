use serde_json::{Value, json};

use super::{
    Id, Order, OwnSource, Paid, PaymentMethod, Problem, Refusal, Reply, Source, Standing, Status,
};
use crate::{http::Response, outcome::FailureKind};

const PAY: &str = "pay_y3oqhf46pyzuxjbcn2giaqnb44";

fn response(status: u16, body: &Value) -> Response {
    Response {
        status,
        body: body.to_string(),
        ..Response::default()
    }
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn source(attributes: &Value) -> Reply<Source> {
    let body = json!({"data": {"type": "checkout_com_payments", "id": "emdEKhoOMA",
        "attributes": attributes}});
    Source::read(&response(200, &body), &id("emdEKhoOMA"))
}

fn standing(attributes: &Value) -> Standing {
    match source(attributes) {
        Reply::Got(source) => source.standing,
        other => panic!("{other:?}"),
    }
}

fn said(said: &Value) -> Standing {
    standing(&json!({"payment_response": said}))
}

#[test]
fn trap_36_a_response_is_null_foreign_or_a_status_in_any_capitalisation() {
    assert_eq!(standing(&json!({})), Standing::Nothing);
    assert_eq!(said(&Value::Null), Standing::Nothing);
    assert_eq!(said(&json!({})), Standing::Nothing);
    for status in ["Authorized", "authorized", "AUTHORIZED"] {
        for approved in [json!(true), Value::Null] {
            let answer = said(&json!({"status": status, "approved": approved}));
            assert_eq!(answer, Standing::Approved { captured: false });
        }
    }
    for status in ["Captured", "captured", "Paid"] {
        let answer = said(&json!({"status": status}));
        assert_eq!(answer, Standing::Approved { captured: true });
    }
    assert_eq!(said(&json!({"status": "pending"})), Standing::Pending);
    assert_eq!(said(&json!({"status": "Voided"})), Standing::Voided);
    assert_eq!(said(&json!({"status": "refunded"})), Standing::Refunded);
    for (status, kind) in [
        ("declined", FailureKind::CardDeclined),
        ("Canceled", FailureKind::Cancelled),
        ("cancelled", FailureKind::Cancelled),
        ("EXPIRED", FailureKind::AuthenticationTimeout),
    ] {
        let answer = said(&json!({"status": status, "approved": false}));
        assert_eq!(answer, Standing::Declined(kind), "{status}");
    }
}

#[test]
fn trap_36_what_is_unclear_is_neither_paid_nor_declined() {
    for unclear in [
        json!({"foo": "bar"}),
        json!({"status": null}),
        json!({"status": 1}),
        json!({"status": "Authorized "}),
        json!({"status": "Authorised"}),
        json!({"status": "Card Verified"}),
        json!({"status": "Partially Captured"}),
        json!({"status": "Authorized", "approved": false}),
        json!({"status": "Authorized", "approved": "true"}),
        json!({"status": "Declined", "approved": true}),
        json!("Authorized"),
        json!(["Authorized"]),
        json!(true),
        json!(0),
    ] {
        assert_eq!(said(&unclear), Standing::Unclear, "{unclear}");
    }
}

#[test]
fn t23_the_reason_of_a_decline_stands_in_the_payment_or_in_its_first_step() {
    let direct = json!({"status": "Declined", "approved": false, "response_code": "20051"});
    let step = |kind: &str| {
        json!({"status": "Declined", "approved": false, "actions":
            [{"type": "Void", "response_code": "20054"}, {"type": kind, "response_code": "20051"}]})
    };
    let funds = Standing::Declined(FailureKind::InsufficientFunds);
    assert_eq!(said(&direct), funds);
    assert_eq!(said(&step("Authorization")), funds);
    let unsaid = Standing::Declined(FailureKind::CardDeclined);
    assert_eq!(said(&step("Capture")), unsaid);
}

#[test]
fn a_pending_payment_asks_where_an_address_is() {
    let href = "https://3ds2-sandbox.ckotech.co/interceptor/3ds_1";
    let pending = json!({"status": "Pending"});
    let linked = json!({"status": "Pending", "_links": {"redirect": {"href": href}}});
    for attributes in [
        json!({"redirect_uri": href, "payment_response": pending}),
        json!({"redirect_uri": null, "payment_response": linked}),
        json!({"redirect_uri": "", "payment_response": linked}),
    ] {
        assert_eq!(standing(&attributes), Standing::Asks(href.into()));
    }
    // The address stays when the bank has been answered.
    let done = json!({"redirect_uri": href, "payment_response": {"status": "Authorized"}});
    assert_eq!(standing(&done), Standing::Approved { captured: false });
    let long = json!({"redirect_uri": "x".repeat(5000), "payment_response": pending});
    assert_eq!(standing(&long), Standing::Pending);
}

#[test]
fn trap_31_a_source_of_any_year_is_read_and_unknown_fields_are_no_fault() {
    let attributes = json!({"token": "tok_1", "payment_session": {"id": "ps_1"}, "new": [1],
        "reference": "ref-1", "mismatched_amounts": true, "payment_response": {"id": PAY,
        "status": "Authorized", "approved": true, "amount": 3500, "currency": "EUR"}});
    let Reply::Got(read) = source(&attributes) else {
        panic!("readable");
    };
    assert_eq!(read.payment.unwrap().as_str(), PAY);
    assert_eq!(read.amount, Some(3500));
    assert_eq!(read.currency.as_deref(), Some("EUR"));
    assert_eq!(read.reference.as_deref(), Some("ref-1"));
    assert!(read.mismatched);
    for (value, mismatched) in [
        (json!(false), false),
        (Value::Null, false),
        (json!("yes"), true),
        (json!(1), true),
    ] {
        let Reply::Got(read) = source(&json!({"mismatched_amounts": value})) else {
            panic!("readable");
        };
        assert_eq!(read.mismatched, mismatched);
    }
}

#[test]
fn trap_32_another_type_or_id_is_no_answer_to_this() {
    let body = |kind: &str, id: &str| json!({"data": {"type": kind, "id": id, "attributes": {}}});
    let read = |status, body: &Value| Source::read(&response(status, body), &id("emdEKhoOMA"));
    let right = body("checkout_com_payments", "emdEKhoOMA");
    assert!(matches!(read(200, &right), Reply::Got(_)));
    for wrong in [
        body("checkout_payments", "emdEKhoOMA"),
        body("orders", "emdEKhoOMA"),
        body("checkout_com_payments", "emdEKhoOMB"),
        body("checkout_com_payments", "../x"),
        json!({"data": [right["data"]]}),
        json!({"data": null}),
        json!({}),
        json!([]),
    ] {
        assert_eq!(read(200, &wrong), Reply::Undecidable, "{wrong}");
    }
    for status in [0, 204, 301, 500, 502, 503, 999] {
        assert_eq!(read(status, &right), Reply::Undecidable, "{status}");
    }
}

fn refused(status: u16, body: &Value) -> Reply<Source> {
    Source::made(&response(status, body))
}

#[test]
fn trap_33_a_status_is_text_and_a_pointer_has_its_prefix() {
    for status in [json!("422"), json!(422)] {
        let body = json!({"errors": [{"title": "has expired", "detail": "token - has expired",
            "code": "VALIDATION_ERROR", "status": status,
            "source": {"pointer": "/data/attributes/token"},
            "meta": {"error": "token_expired", "value": "tok_1"}}]});
        let expected = Refusal {
            status: 422,
            problems: vec![Problem {
                code: "VALIDATION_ERROR".into(),
                detail: "token - has expired".into(),
                about: Some("token".into()),
            }],
        };
        assert!(expected.is_about("token") && !expected.is_about("order"));
        assert_eq!(refused(422, &body), Reply::Refused(expected));
    }
    let relationship = json!({"errors": [{"code": "VALIDATION_ERROR",
        "source": {"pointer": "/data/relationships/order"}}]});
    let Reply::Refused(read) = refused(422, &relationship) else {
        panic!("a refusal");
    };
    assert!(read.is_about("order"));
    let bare = json!({"errors": [{"code": "X", "source": {"pointer": "token"}}]});
    let Reply::Refused(read) = refused(400, &bare) else {
        panic!("a refusal");
    };
    assert!(!read.is_about("token"));
    // A proxy's page, and what is half said, say nothing of what was done.
    for body in [
        json!({}),
        json!({"errors": []}),
        json!({"errors": [{}]}),
        json!({"errors": [{"code": "X"}, 1]}),
        json!("no"),
    ] {
        assert_eq!(refused(422, &body), Reply::Undecidable, "{body}");
    }
}

#[test]
fn trap_37_a_token_that_is_over_is_told_from_one_that_may_not() {
    let error = |code: &str| json!({"errors": [{"code": code, "status": "401"}]});
    assert_eq!(refused(401, &error("INVALID_TOKEN")), Reply::AfterNewToken);
    assert_eq!(refused(401, &json!({})), Reply::AfterNewToken);
    assert!(matches!(
        refused(401, &error("UNAUTHORIZED")),
        Reply::Refused(_)
    ));
    // Only a 401 says so.
    assert!(matches!(
        refused(403, &error("INVALID_TOKEN")),
        Reply::Refused(_)
    ));
}

fn order_body(more: &Value, relationships: &Value, included: &Value) -> Value {
    let mut attributes = json!({"status": "pending", "payment_status": "unpaid",
        "total_amount_cents": 3500, "currency_code": "EUR", "editable": true});
    for (key, value) in more.as_object().unwrap() {
        attributes[key] = value.clone();
    }
    json!({"data": {"type": "orders", "id": "eNoKkhzjyN", "attributes": attributes,
        "relationships": relationships}, "included": included})
}

fn order(body: &Value) -> Reply<Order> {
    Order::read(&response(200, body), &id("eNoKkhzjyN"))
}

fn got(more: &Value) -> Order {
    match order(&order_body(more, &json!({}), &json!([]))) {
        Reply::Got(order) => order,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_order_is_read_with_its_method_and_source() {
    let to = |kind: &str, id: &str| json!({"data": {"type": kind, "id": id}});
    let method = |kind: &str| {
        json!({"type": "payment_methods", "id": "JMRQlsvxkO",
            "attributes": {"payment_source_type": kind, "auto_capture": true}})
    };
    let source = json!({"type": "checkout_com_payments", "id": "emdEKhoOMA",
        "attributes": {"payment_response": {"status": "Pending"}}});
    let links = json!({"payment_method": to("payment_methods", "JMRQlsvxkO"),
        "payment_source": to("checkout_com_payments", "emdEKhoOMA")});
    let included = json!([method("checkout_com_payments"), source]);
    let Reply::Got(read) = order(&order_body(&json!({}), &links, &included)) else {
        panic!("readable");
    };
    let auto_capture = Some(true);
    assert_eq!(read.method, PaymentMethod::CheckoutCom { auto_capture });
    assert_eq!(read.source.is(&id("emdEKhoOMA")), Some(true));
    assert_eq!(read.source.is(&id("emdEKhoOMB")), Some(false));
    assert_eq!(read.total.unwrap().to_string(), "EUR 35.00");
    // Another kind of method, none, and one that is not shown.
    for (links, included, expected) in [
        (
            links.clone(),
            json!([method("wire_transfers")]),
            PaymentMethod::Other("wire_transfers".into()),
        ),
        (
            json!({"payment_method": {"data": null}}),
            json!([]),
            PaymentMethod::None,
        ),
        (links.clone(), json!([]), PaymentMethod::Untold),
        (
            json!({"payment_method": {}}),
            json!([]),
            PaymentMethod::Untold,
        ),
    ] {
        let Reply::Got(read) = order(&order_body(&json!({}), &links, &included)) else {
            panic!("readable");
        };
        assert_eq!(read.method, expected);
    }
    let wired = json!({"payment_source": to("wire_transfers", "w")});
    let wire = json!([{"type": "wire_transfers", "id": "w", "attributes": {}}]);
    for (links, included, expected) in [
        (wired, wire, OwnSource::Other),
        (
            json!({"payment_source": {"data": null}}),
            json!([]),
            OwnSource::None,
        ),
        (json!({}), json!([]), OwnSource::Untold),
        (links, json!([]), OwnSource::Untold),
    ] {
        let Reply::Got(read) = order(&order_body(&json!({}), &links, &included)) else {
            panic!("readable");
        };
        assert_eq!(read.source, expected);
    }
}

#[test]
fn trap_51_states_of_tomorrow_are_kept_as_they_are() {
    let of = |status: &str| got(&json!({"status": status})).status;
    assert_eq!(of("placing"), Status::Placing);
    assert_eq!(of("Placed"), Status::Unknown("Placed".into()));
    assert_eq!(of("shipped"), Status::Unknown("shipped".into()));
    let of = |paid: &str| got(&json!({"payment_status": paid})).paid;
    assert_eq!(of("paid"), Paid::Paid);
    let part = "partially_authorized";
    assert_eq!(of(part), Paid::Other(part.into()));
    assert_eq!(of("PAID"), Paid::Other("PAID".into()));
}

#[test]
fn b78_a_total_is_cents_and_nothing_else() {
    let total = |cents: Value, currency: &str| {
        let body = json!({"total_amount_cents": cents, "currency_code": currency});
        order(&order_body(&body, &json!({}), &json!([])))
    };
    let Reply::Got(yen) = total(json!(4200), "JPY") else {
        panic!("readable");
    };
    assert_eq!(yen.total.unwrap().to_string(), "JPY 4200");
    let Reply::Got(forint) = total(json!(4200), "HUF") else {
        panic!("readable");
    };
    assert_eq!(forint.total, None);
    for cents in [json!(35.0), json!("3500"), json!(null), json!(1e30)] {
        assert_eq!(total(cents.clone(), "EUR"), Reply::Undecidable, "{cents}");
    }
}
