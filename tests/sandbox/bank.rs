//! The bank's question: approve, refuse, cancel, later, never.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

use super::bench::{API, APPROVED, BANK, Bench, CHALLENGED, SECRET, id};

const APPROVE: &str = "answer=approve&password=Checkout1%21";

/// A payment that waits for its bank: its id and the bank's address.
async fn asked(bench: &Bench, with: Value) -> (String, String) {
    let body = bench
        .pay(CHALLENGED, with)
        .await
        .fits(202, "checkout-com/payment.202");
    let href = body["_links"]["redirect"]["href"]
        .as_str()
        .expect("an address");
    (id(&body), href.to_owned())
}

async fn page(bench: &Bench, url: &str, host: &str) -> super::bench::Answer {
    let path = url
        .strip_prefix("http://bank.localhost:4807")
        .expect("the bank's address");
    let request = Request::get(path).header(header::HOST, host);
    bench
        .send(request.body(Body::empty()).expect("a request"))
        .await
}

fn session(location: &str) -> &str {
    let (_, session) = location
        .split_once("cko-session-id=")
        .expect("a session id");
    session
}

#[tokio::test]
async fn the_page_says_who_wants_how_much_from_which_card() {
    let bench = Bench::new();
    let with = json!({"billing_descriptor": {"name": "<b>Shop"}});
    let (_, url) = asked(&bench, with).await;
    let answer = page(&bench, &url, BANK).await;
    assert_eq!(answer.status, StatusCode::OK);
    for shown in ["€35.00", "•••• 3220", "&lt;b&gt;Shop", "attempt-1"] {
        assert!(answer.text.contains(shown), "{shown}");
    }
    for button in ["Approve", "Refuse", "Cancel", "Answer later"] {
        assert!(
            answer.text.contains(&format!(">{button}</button>")),
            "{button}"
        );
    }
    for harmful in [
        "x-frame-options",
        "content-security-policy",
        "cross-origin-embedder-policy",
        "cross-origin-resource-policy",
    ] {
        assert!(
            !answer.headers.contains_key(harmful),
            "{harmful} would keep it out of frames"
        );
    }
    assert!(!answer.text.contains("<script") && !answer.text.contains("style="));
}

#[tokio::test]
async fn approving_reserves_and_captures_and_leads_back_with_a_session_id() {
    let bench = Bench::new();
    let (id, url) = asked(&bench, json!({})).await;
    assert_eq!(bench.payment(&id).await["status"], "Pending");
    assert_eq!(bench.actions(&id).await, json!([]));
    let location = bench.bank(&url, APPROVE).await.location();
    assert!(
        location.starts_with("http://localhost:4805/c/cs_1/return?attempt=1&cko-session-id=sid_"),
        "{location}"
    );
    let by_session = bench.payment(session(&location)).await;
    assert_eq!(by_session["id"], json!(id));
    assert_eq!(by_session["status"], "Captured");
    assert_eq!(by_session["actions"][0]["type"], "Capture");
    let again = bench.bank(&url, "answer=refuse").await;
    assert!(
        again.text.contains("was confirmed"),
        "an answer cannot be taken back"
    );
    assert_eq!(bench.payment(&id).await["status"], "Captured");
}

#[tokio::test]
async fn a_wrong_password_asks_again() {
    let bench = Bench::new();
    let (id, url) = asked(&bench, json!({})).await;
    let answer = bench.bank(&url, "answer=approve&password=x").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text.contains("role=\"alert\""));
    assert_eq!(bench.payment(&id).await["status"], "Pending");
}

#[tokio::test]
async fn refusing_cancelling_and_later_end_as_they_say() {
    let bench = Bench::new();
    for (answer, back, status, code) in [
        ("refuse", "failed", "Declined", json!("20151")),
        ("cancel", "failed", "Canceled", json!("20017")),
        ("later", "ok", "Pending", Value::Null),
    ] {
        let with = json!({"success_url": "http://localhost:4805/ok", "failure_url": "http://localhost:4805/failed?a=b#c"});
        let (id, url) = asked(&bench, with).await;
        let location = bench
            .bank(&url, &format!("answer={answer}&password="))
            .await
            .location();
        assert!(
            location.starts_with(&format!("http://localhost:4805/{back}?")),
            "{location}"
        );
        let payment = bench.payment(&id).await;
        assert_eq!(payment["status"], status);
        assert_eq!(payment["approved"], false);
        assert_eq!(bench.actions(&id).await[0]["response_code"], code);
    }
}

#[tokio::test]
async fn f43_the_session_id_dies_and_the_question_ends_after_fifteen_minutes() {
    let bench = Bench::new();
    let (answered, url) = asked(&bench, json!({})).await;
    let (open, late) = asked(&bench, json!({})).await;
    let location = bench.bank(&url, APPROVE).await.location();
    bench.advance(15 * 60).await;
    let path = format!("/checkout-com/payments/{}", session(&location));
    assert_eq!(bench.get(&path, SECRET).await.status, StatusCode::NOT_FOUND);
    assert_eq!(bench.payment(&answered).await["status"], "Captured");
    assert_eq!(bench.payment(&open).await["status"], "Expired");
    assert!(bench.bank(&late, APPROVE).await.text.contains("Too late"));
    assert_eq!(bench.payment(&open).await["status"], "Expired");
}

#[tokio::test]
async fn without_3ds_or_with_another_card_nobody_asks() {
    let bench = Bench::new();
    let with = json!({"3ds": {"enabled": false}});
    let body = bench
        .pay(CHALLENGED, with)
        .await
        .fits(201, "checkout-com/payment.201");
    assert!(body.get("3ds").is_none());
    let body = bench
        .pay(APPROVED, json!({}))
        .await
        .fits(201, "checkout-com/payment.201");
    assert_eq!(body["3ds"]["enrolled"], "Y");
}

#[tokio::test]
async fn a_pending_payment_can_be_settled_by_id_reference_or_order() {
    let bench = Bench::new();
    for (key, outcome, status) in [
        ("id", "approve", "Captured"),
        ("reference", "decline", "Declined"),
        ("order", "cancel", "Canceled"),
    ] {
        let with =
            json!({"reference": format!("r-{key}"), "metadata": {"order": format!("o-{key}")}});
        let (id, _) = asked(&bench, with).await;
        let value = match key {
            "id" => id.clone(),
            "reference" => "r-reference".into(),
            _ => "o-order".into(),
        };
        let wish = json!({key: value, "outcome": outcome});
        let answer = bench.post("/control/settle", "", &wish).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(bench.payment(&id).await["status"], status);
        let again = bench.post("/control/settle", "", &wish).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "decided is decided");
    }
}

#[tokio::test]
async fn t26_bank_and_api_answer_to_their_own_names_only() {
    let bench = Bench::new();
    let (_, url) = asked(&bench, json!({})).await;
    for host in [API, "evil.test", "localhost:4807"] {
        assert_eq!(
            page(&bench, &url, host).await.status,
            StatusCode::FORBIDDEN,
            "{host}"
        );
    }
    for (path, host) in [
        ("/control/payments", "evil.test"),
        ("/control/payments", BANK),
        ("/checkout-com/payments/x", "evil.test:4807"),
        ("/checkout-com/payments/x", "127.0.0.1.evil.test"),
    ] {
        let request = Request::get(path).header(header::HOST, host);
        let answer = bench
            .send(request.body(Body::empty()).expect("a request"))
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host}{path}");
    }
    let reset = |kind: &str, origin: Option<&str>| {
        let mut request = Request::post("/control/reset")
            .header(header::HOST, API)
            .header(header::CONTENT_TYPE, kind);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        request.body(Body::from("{}")).expect("a request")
    };
    let answer = bench.send(reset("text/plain", None)).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let answer = bench
        .send(reset("application/json", Some("https://evil.test")))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let counters = bench.get("/control/counters", "").await.json();
    assert_eq!(counters["payments"], 1, "nothing was reset");
    assert_eq!(
        bench.send(reset("application/json", None)).await.status,
        StatusCode::OK
    );
}
