//! Primer: client tokens, card tokens, the bank's question and the status of it.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::json;

use crate::{
    bench::{BANK, Bench},
    till::{APPROVE, ASKS, Checkout, GOOD, REDIRECTS, card, payload, text},
};

async fn opened(bench: &Bench) -> (Checkout, String) {
    let checkout = bench.open(json!({})).await;
    let access = text(&payload(&checkout.jwt), "accessToken");
    (checkout, access)
}

#[tokio::test]
async fn trap_13_the_header_takes_the_access_token_and_not_the_jwt() {
    let bench = Bench::new();
    let (checkout, access) = opened(&bench).await;
    let url = text(&payload(&checkout.jwt), "configurationUrl");
    for wrong in ["", "no-such-token", &checkout.jwt] {
        for answer in [
            bench.tokenise(wrong, "2.4", &card(GOOD)).await,
            bench.look(&url, wrong).await,
        ] {
            answer.fits(401, "primer/error");
        }
    }
    let answer = bench.tokenise(&access, "2.4", &card(GOOD)).await;
    let body = answer.fits(200, "primer/payment-instruments.200");
    assert_eq!(body["tokenType"], "SINGLE_USE");
    assert_eq!(body["paymentInstrumentData"]["last4Digits"], "1111");
    assert!(!answer.text.contains(GOOD) && !answer.text.contains("\"123\""));
    for version in ["", "2.3"] {
        bench
            .tokenise(&access, version, &card(GOOD))
            .await
            .fits(400, "primer/error");
    }
}

#[tokio::test]
async fn trap_13_expiration_counts_and_not_exp() {
    let bench = Bench::new();
    let (checkout, access) = opened(&bench).await;
    let token = payload(&checkout.jwt);
    let now = bench.get("/control/clock", "").await.json()["now"].as_i64();
    let left = token["expiration"].as_i64().expect("a time") - now.expect("a time");
    assert!(token["exp"].as_i64() > token["expiration"].as_i64());
    bench.advance(left - 30).await;
    bench
        .tokenise(&access, "2.4", &card(GOOD))
        .await
        .fits(200, "primer/payment-instruments.200");
    bench.advance(30).await;
    bench
        .tokenise(&access, "2.4", &card(GOOD))
        .await
        .fits(401, "primer/error");
}

#[tokio::test]
async fn trap_03_an_action_is_a_client_token_with_a_page_and_a_status() {
    let bench = Bench::new();
    for (number, intent) in [
        (ASKS, "PROCESSOR_3DS"),
        (REDIRECTS, "PAYMENT_CARD_REDIRECTION"),
    ] {
        let (checkout, _) = opened(&bench).await;
        let (action, order) = bench.buy(&checkout, number).await.action();
        assert_eq!(order, checkout.order);
        let token = payload(&action);
        assert_eq!(token["intent"], intent);
        let url = text(&token, "redirectUrl");
        let page = url
            .strip_prefix("http://bank.localhost:4807")
            .expect("the bank");
        let request = Request::get(page)
            .header(header::HOST, BANK)
            .body(Body::empty());
        let page = bench.send(request.expect("a request")).await;
        for shown in ["€35.00", &number[12..], "Approve", "Refuse", "Cancel"] {
            assert!(page.text.contains(shown), "{shown}");
        }
    }
    assert_eq!(bench.counted().await["charged"], 0);
}

#[tokio::test]
async fn trap_14_the_id_counts_at_complete_only() {
    let bench = Bench::new();
    let (checkout, session) = opened(&bench).await;
    let (action, order) = bench.buy(&checkout, ASKS).await.action();
    let pending = bench.status(&action).await;
    assert_eq!(pending["status"], "PENDING");
    let early = text(&pending, "id");
    assert!(!early.is_empty());
    assert_eq!(bench.resume(&early, &order).await.refused(), "bad_request");
    let token = payload(&action);
    bench
        .bank(&text(&token, "redirectUrl"), "answer=later")
        .await;
    assert_eq!(bench.status(&action).await["status"], "PENDING");
    // Only the token of the action opens its status, and nothing else.
    let (url, access) = (text(&token, "statusUrl"), text(&token, "accessToken"));
    for wrong in [session.as_str(), "", &action] {
        bench.look(&url, wrong).await.fits(401, "primer/error");
    }
    bench
        .tokenise(&access, "2.4", &card(GOOD))
        .await
        .fits(401, "primer/error");
    let resume = bench.at_bank(&action, APPROVE).await;
    assert_ne!(resume, early);
    assert_eq!(bench.resume(&early, &order).await.refused(), "bad_request");
    assert_eq!(
        bench.counted().await["charged"],
        0,
        "a yes at the bank is no charge yet"
    );
    assert_eq!(bench.resume(&resume, &order).await.paid().0, "succeeded");
    let again = bench.resume(&resume, &order).await;
    assert_eq!(
        again.refused(),
        "bad_request",
        "a resume token is used once"
    );
    assert_eq!(bench.counted().await["charged"], 1);
    let requests = &bench.get("/control/counters", "").await.json()["requests"];
    assert!(
        requests["GET /primer/resume-tokens/{id}"].as_u64() > Some(2),
        "{requests}"
    );
}

#[tokio::test]
async fn trap_07_refused_and_cancelled_end_in_complete_too() {
    let bench = Bench::new();
    for (form, status, message) in [
        (
            "answer=refuse",
            "failed",
            "Your bank did not confirm this payment",
        ),
        ("answer=cancel", "cancelled", ""),
    ] {
        let (checkout, _) = opened(&bench).await;
        let (action, order) = bench.buy(&checkout, ASKS).await.action();
        let resume = bench.at_bank(&action, form).await;
        let foreign = bench.open(json!({})).await.order;
        assert_eq!(
            bench.resume(&resume, &foreign).await.refused(),
            "bad_request"
        );
        let (ended, data) = bench.resume(&resume, &order).await.paid();
        assert_eq!(ended, status);
        assert_eq!(data["failed_message_for_user"], message);
    }
    assert_eq!(bench.counted().await["charged"], 0);
}

#[tokio::test]
async fn a_question_that_nobody_answers_ends_after_a_quarter_of_an_hour() {
    let bench = Bench::new();
    let (checkout, _) = opened(&bench).await;
    let (unanswered, _) = bench.buy(&checkout, ASKS).await.action();
    let (answered, order) = bench.buy(&checkout, ASKS).await.action();
    let resume = bench.at_bank(&answered, APPROVE).await;
    bench.advance(15 * 60).await;
    assert_eq!(bench.resume(&resume, &order).await.refused(), "bad_request");
    let token = payload(&unanswered);
    let status = bench
        .look(&text(&token, "statusUrl"), &text(&token, "accessToken"))
        .await;
    status.fits(401, "primer/error");
    let page = bench.bank(&text(&token, "redirectUrl"), APPROVE).await;
    assert!(page.text.contains("Too late"), "{}", page.text);
    let counted = bench.counted().await;
    assert_eq!(
        (&counted["declined"], &counted["charged"]),
        (&json!(2), &json!(0))
    );
}

#[tokio::test]
async fn trap_15_any_intent_can_be_ordered_for_a_client_to_refuse() {
    let bench = Bench::new();
    for intent in [
        "3DS_AUTHENTICATION",
        "USE_PRIMER_SDK",
        "PAYMENT_METHOD_VOUCHER",
    ] {
        let (checkout, _) = opened(&bench).await;
        bench.order(json!({"next": [intent]})).await;
        let (action, _) = bench.buy(&checkout, GOOD).await.action();
        assert_eq!(payload(&action)["intent"], intent);
    }
}
