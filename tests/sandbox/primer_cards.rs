//! Primer: which cards become tokens, of what kind, and what each of them does.

use serde_json::{Value, json};

use crate::{
    bench::Bench,
    till::{GOOD, card, payload, text},
};

/// An access token of a fresh checkout.
async fn opened(bench: &Bench) -> String {
    let checkout = bench.open(json!({})).await;
    text(&payload(&checkout.jwt), "accessToken")
}

#[tokio::test]
async fn trap_16_all_of_a_card_is_strings_and_its_year_has_four_digits() {
    let bench = Bench::new();
    let access = opened(&bench).await;
    let table: [(&str, Value); 15] = [
        ("number", json!(null)),
        ("number", json!(4_111_111_111_111_111_i64)),
        ("number", json!("4111 1111 1111 1111")),
        // Passes Luhn, is on no list of test cards.
        ("number", json!("4000123456789017")),
        ("cvv", json!(123)),
        ("cvv", json!("12")),
        ("cvv", json!("1234")),
        ("expirationMonth", json!(3)),
        ("expirationMonth", json!("3")),
        ("expirationMonth", json!("13")),
        ("expirationYear", json!(2099)),
        ("expirationYear", json!("99")),
        ("expirationYear", json!("2020")),
        ("cardholderName", json!(1)),
        ("preferredNetwork", json!("MASTERCARD")),
    ];
    for (field, value) in table {
        let mut body = card(GOOD);
        body["paymentInstrument"][field] = value.clone();
        let answer = bench.tokenise(&access, "2.4", &body).await;
        let error = answer.fits(422, "primer/error");
        assert_eq!(
            error["error"]["validationErrors"][0]["field"], field,
            "{value}"
        );
        assert!(!answer.text.contains("4000123456789017"));
    }
    bench
        .tokenise(&access, "2.4", &json!({}))
        .await
        .fits(422, "primer/error");
}

#[tokio::test]
async fn the_network_that_the_shopper_prefers_is_kept() {
    let bench = Bench::new();
    let access = opened(&bench).await;
    for (preferred, network) in [
        (json!(null), "Visa"),
        (json!("VISA"), "Visa"),
        (json!("CARTES_BANCAIRES"), "Cartes Bancaires"),
    ] {
        let mut body = card("4000002500001001");
        body["paymentInstrument"]["preferredNetwork"] = preferred.clone();
        let made = bench.tokenise(&access, "2.4", &body).await.json();
        assert_eq!(made["paymentInstrumentData"]["network"], network);
        let shown = bench.get("/control/primer", "").await.json();
        let tokens = shown["paymentMethodTokens"].as_array().expect("a list");
        let own = tokens.iter().find(|one| one["token"] == made["token"]);
        assert_eq!(own.expect("the token")["preferredNetwork"], preferred);
    }
}

#[tokio::test]
async fn trap_09_a_token_is_for_one_purchase_unless_it_goes_into_the_vault() {
    let bench = Bench::new();
    let access = opened(&bench).await;
    let mut body = card(GOOD);
    body["tokenType"] = json!("MULTI_USE");
    bench
        .tokenise(&access, "2.4", &body)
        .await
        .fits(422, "primer/error");
    body["paymentFlow"] = json!("VAULT");
    let made = bench.tokenise(&access, "2.4", &body).await;
    let made = made.fits(200, "primer/payment-instruments.200");
    assert_eq!(
        (&made["tokenType"], &made["isVaulted"]),
        (&json!("MULTI_USE"), &json!(true))
    );
    assert_eq!(made["vaultData"]["customerId"], "user_456");
}

#[tokio::test]
async fn every_documented_card_does_what_its_documents_say() {
    let bench = Bench::new();
    let frictionless = ["4929251897047956", "5512459816707531"];
    let of_processors = ["4242424242424242", "5454545454545454", "5436031030606378"];
    for number in frictionless.into_iter().chain(of_processors) {
        let checkout = bench.open(json!({})).await;
        assert_eq!(
            bench.buy(&checkout, number).await.paid().0,
            "succeeded",
            "{number}"
        );
    }
    for number in ["5100000000000008", "4716429323842524", "5487971631330522"] {
        let checkout = bench.open(json!({})).await;
        assert_eq!(
            bench.buy(&checkout, number).await.paid().0,
            "failed",
            "{number}"
        );
    }
    let checkout = bench.open(json!({})).await;
    let answer = bench.buy(&checkout, "5100000000000016").await;
    assert_eq!(answer.refused(), "payment_failed");
}
