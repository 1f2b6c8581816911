use super::{Found, Reply, State};
use crate::http::Response;

fn read(status: u16, body: &str) -> Reply {
    Reply::read(&Response {
        status,
        retry_after: None,
        body: body.into(),
    })
}

#[test]
fn a_decline_is_a_201_and_a_challenge_a_202() {
    let Reply::Payment(declined) = read(
        201,
        r#"{"id":"pay_mbabizu24mvu3mela5njyhpit4","approved":false,"status":"Declined",
            "amount":100,"currency":"USD","response_code":"20051","_links":{}}"#,
    ) else {
        panic!("a decline is a payment");
    };
    assert_eq!(declined.state, State::Declined);
    assert_eq!(declined.response_code.as_deref(), Some("20051"));
    let Reply::Payment(pending) = read(
        202,
        r#"{"id":"pay_mbabizu24mvu3mela5njyhpit4","status":"Pending",
            "_links":{"redirect":{"href":"https://bank.test/3ds"}}}"#,
    ) else {
        panic!("a challenge is a payment");
    };
    assert_eq!(pending.redirect.as_deref(), Some("https://bank.test/3ds"));
    assert_eq!(pending.approved, None);
}

#[test]
fn f11_f17_f25_what_cannot_be_read_is_undecidable_never_a_failure() {
    for (status, body) in [
        (
            201,
            r#"{"id":"pay_mbabizu24mvu3mela5njyhpit4","status":"Auth"#,
        ),
        (201, ""),
        (201, "[]"),
        (201, r#"{"status":"Authorized","approved":true}"#),
        (201, r#"{"id":"../x","status":"Authorized"}"#),
        (201, r#"{"id":"pay_mbabizu24mvu3mela5njyhpit4","status":7}"#),
        (500, "{}"),
        (502, "<html>"),
        (429, "{}"),
        (409, "{}"),
        (302, ""),
    ] {
        assert_eq!(read(status, body), Reply::Undecidable, "{status} {body}");
    }
}

#[test]
fn a_refusal_needs_no_body() {
    assert_eq!(
        read(401, ""),
        Reply::Rejected {
            error_codes: vec![]
        }
    );
    assert_eq!(
        read(422, r#"{"error_codes":["token_expired"]}"#),
        Reply::Rejected {
            error_codes: vec!["token_expired".into()]
        }
    );
}

#[test]
fn a_search_keeps_only_its_own_reference() {
    let response = |body: &str| Response {
        status: 200,
        retry_after: None,
        body: body.into(),
    };
    let entry = |reference| {
        format!(
            r#"{{"id":"pay_mbabizu24mvu3mela5njyhpit4","status":"Captured","reference":"{reference}"}}"#
        )
    };
    let two = format!(r#"{{"data":[{},{}]}}"#, entry("a"), entry("b"));
    let Found::Payments(list) = Found::read(&response(&two), "b") else {
        panic!("the list is readable");
    };
    assert_eq!(list.len(), 1);
    assert_eq!(
        Found::read(&response(&two), "c"),
        Found::Undecidable,
        "a search that ignored the reference proves nothing"
    );
    assert_eq!(
        Found::read(&response(r#"{"data":[]}"#), "c"),
        Found::Payments(vec![])
    );
    assert_eq!(
        Found::read(&response(r#"{"data":[5]}"#), "b"),
        Found::Undecidable
    );
}
