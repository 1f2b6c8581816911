use super::{Fate, Instruction, Kind, Refusal, Verdict, Wish, judge};
use crate::{
    money::{Currency, Money},
    sensitive::Sensitive,
    server::{
        attempt::{Attempt, Phase},
        order::{Order, Settled},
    },
    session::Capture,
};

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::parse("EUR").unwrap())
}

fn order(capture: Capture) -> Order {
    Order {
        id: "o".into(),
        payment_id: "pay_o".into(),
        org: "demo".into(),
        reference: "ORD-1".into(),
        total: euros(3500),
        capture,
        gateway: crate::server::gateway::Gateway::CheckoutCom,
        buyer: None,
        lines: Vec::new(),
        settled: Settled::Authorised,
        winner: Some("a1".into()),
        next_attempt: String::new(),
        created_at: 0,
        updated_at: 0,
    }
}

fn winner() -> Attempt {
    Attempt {
        gateway_order: String::new(),
        action_token: None,
        actions: 0,
        operator_says: None,
        gateway: crate::server::gateway::Gateway::CheckoutCom,
        order_id: "o".into(),
        id: "a1".into(),
        org: "demo".into(),
        session_id: "cs".into(),
        fingerprint: String::new(),
        token: None,
        total: euros(3500),
        capture: Capture::Manual,
        reference: "ref".into(),
        gateway_key: "key".into(),
        return_url: String::new(),
        phase: Phase::Succeeded,
        abandoned: false,
        returned: false,
        gateway_payment_id: Some("pay_mbabizu24mvu3mela5njyhpit4".into()),
        response_code: None,
        redirect_url: None,
        failure: None,
        req_id: String::new(),
        access_token: Sensitive::default(),
        resume_token: Sensitive::default(),
        asks: 0,
        asked_at: 0,
        next_ask_at: 0,
        quiet_since: 0,
        watch_until: 0,
        keep_card: false,
        previous_payment: None,
        captured: 0,
        refunded: 0,
        released: false,
        created_at: 0,
    }
}

fn wish(kind: Kind, body: &str) -> Wish {
    Wish::read(kind, body.as_bytes()).unwrap()
}

/// What was asked for before by `body`, and how far it is.
fn before(kind: Kind, body: &str, fate: Fate) -> Instruction {
    let wish = wish(kind, body);
    Instruction {
        id: "act_1".into(),
        order_id: "o".into(),
        attempt: "a1".into(),
        kind,
        amount: wish.amount,
        reference: wish.reference.clone(),
        more: wish.more(),
        identity: wish.identity(None),
        fingerprint: wish.fingerprint(),
        gateway_key: "key".into(),
        gateway_action: None,
        body: String::new(),
        fate,
        why: None,
        came_to: if fate == Fate::Done {
            wish.amount.unwrap_or(3500)
        } else {
            0
        },
        asks: 0,
        created_at: 0,
        updated_at: 0,
    }
}

/// The verdict in a word: `None` is to be asked for.
fn refused(wish: &Wish, all: &[Instruction], several: bool) -> Option<Refusal> {
    let winner = winner();
    match judge(
        wish,
        None,
        &order(Capture::Manual),
        Some(&winner),
        all,
        several,
    ) {
        Verdict::Ask => None,
        Verdict::Refuse(refusal) => Some(refusal),
        Verdict::Same(one) => panic!("taken for {one:?}"),
    }
}

#[test]
fn a_second_capture_needs_an_announcement_and_a_platform_that_knows_it() {
    let rest = wish(Kind::Capture, r#"{"amount": 2500, "reference": "B"}"#);
    let more = r#"{"amount": 1000, "capture_type": "NonFinal"}"#;
    for fate in [Fate::Asked, Fate::Unknown, Fate::Accepted, Fate::Done] {
        let announced = [before(Kind::Capture, more, fate)];
        assert_eq!(refused(&rest, &announced, true), None, "{fate:?}");
        assert_eq!(refused(&rest, &announced, false), Some(Refusal::Captured));
        let last = [before(Kind::Capture, r#"{"amount": 1000}"#, fate)];
        assert_eq!(refused(&rest, &last, true), Some(Refusal::Captured));
        let too_much = wish(Kind::Capture, r#"{"amount": 2501}"#);
        let code = "capture_value_greater_than_remaining_authorized";
        assert_eq!(
            refused(&too_much, &announced, true),
            Some(Refusal::Amount(code))
        );
    }
    for fate in [Fate::Failed, Fate::Refused] {
        let gone = [before(Kind::Capture, r#"{"amount": 1000}"#, fate)];
        assert_eq!(refused(&rest, &gone, false), None, "{fate:?}");
    }
}

#[test]
fn what_is_being_done_excludes_its_contrary() {
    for fate in [Fate::Asked, Fate::Unknown, Fate::Accepted, Fate::Done] {
        let void = [before(Kind::Void, "", fate)];
        let capture = [before(Kind::Capture, "", fate)];
        for kind in [Kind::Capture, Kind::Refund] {
            let other = wish(kind, r#"{"reference": "B"}"#);
            assert_eq!(refused(&other, &void, false), Some(Refusal::Released));
        }
        let other = wish(Kind::Void, r#"{"reference": "B"}"#);
        assert_eq!(refused(&other, &capture, false), Some(Refusal::Captured));
        let refund = [before(Kind::Refund, r#"{"amount": 1}"#, fate)];
        let capture = wish(Kind::Capture, r#"{"reference": "B"}"#);
        assert_eq!(refused(&capture, &refund, true), Some(Refusal::Captured));
    }
}

#[test]
fn refunds_that_may_still_work_count_against_what_is_left() {
    let open = [before(Kind::Refund, r#"{"amount": 3000}"#, Fate::Unknown)];
    let rest = wish(Kind::Refund, r#"{"amount": 500, "reference": "B"}"#);
    let more = wish(Kind::Refund, r#"{"amount": 501, "reference": "B"}"#);
    assert_eq!(refused(&rest, &open, false), None);
    assert_eq!(
        refused(&more, &open, false),
        Some(Refusal::Amount("refund_amount_exceeds_balance"))
    );
    let all = [before(Kind::Refund, "", Fate::Unknown)];
    assert_eq!(refused(&rest, &all, false), Some(Refusal::Refunded));
}

#[test]
fn f13_the_same_call_is_the_same_action_until_it_is_known_to_have_failed() {
    let body = r#"{"amount": 1000, "reference": "R"}"#;
    let again = wish(Kind::Capture, body);
    let (order, winner) = (order(Capture::Manual), winner());
    let verdict = |fate| {
        let all = [before(Kind::Capture, body, fate)];
        judge(&again, None, &order, Some(&winner), &all, false)
    };
    for fate in [Fate::Asked, Fate::Unknown, Fate::Accepted, Fate::Done] {
        assert!(matches!(verdict(fate), Verdict::Same(_)), "{fate:?}");
    }
    for fate in [Fate::Failed, Fate::Refused] {
        assert!(matches!(verdict(fate), Verdict::Ask), "{fate:?}");
    }
}

#[test]
fn b78_amounts_that_the_gateway_cannot_move_are_refused() {
    let mut dinars = winner();
    dinars.total = Money::new(3500, Currency::parse("BHD").unwrap());
    let wish = wish(Kind::Capture, r#"{"amount": 1234}"#);
    let verdict = judge(
        &wish,
        None,
        &order(Capture::Manual),
        Some(&dinars),
        &[],
        false,
    );
    assert!(matches!(
        verdict,
        Verdict::Refuse(Refusal::Amount("amount_invalid"))
    ));
}
