use super::{Kind, Said, Step, Try, next};
use crate::provider::checkout_com::{Action, ActionKind, Payment, PaymentId, State};

const HOUR: i64 = 3_600_000;
const BUSY: i64 = 20_000;

fn payment(state: State) -> Payment {
    Payment {
        fingerprint: None,
        id: PaymentId::parse("pay_mbabizu24mvu3mela5njyhpit4").unwrap(),
        state,
        approved: Some(true),
        amount: Some(3500),
        currency: Some("EUR".into()),
        reference: Some("ref".into()),
        response_code: None,
        source: None,
        redirect: None,
    }
}

fn tried(kind: Kind, n: i64, said: Said, asked_at: i64) -> Try {
    Try {
        kind,
        n,
        key: format!("key-{}-{n}", kind.name()),
        amount: if kind == Kind::Void { 0 } else { 3500 },
        said,
        asked_at,
    }
}

fn action(kind: ActionKind, approved: bool, amount: i64, reference: &str) -> Action {
    Action {
        id: None,
        kind,
        approved,
        amount,
        reference: Some(reference.into()),
    }
}

/// What is asked for, as (kind, n, amount).
fn asked(step: &Step) -> Option<(Kind, i64, i64)> {
    match step {
        Step::Ask(one) => Some((one.kind, one.n, one.amount)),
        _ => None,
    }
}

fn at(now: i64, state: State, actions: Option<&[Action]>, tries: &[Try]) -> Step {
    next("key", &payment(state), actions, tries, now, BUSY)
}

#[test]
fn a_reservation_is_voided_and_a_capture_refunded_with_its_amount() {
    assert_eq!(
        asked(&at(0, State::Authorized, None, &[])),
        Some((Kind::Void, 1, 0))
    );
    for state in [State::Captured, State::Paid] {
        assert_eq!(
            asked(&at(0, state, None, &[])),
            Some((Kind::Refund, 1, 3500))
        );
    }
    for state in [
        State::Voided,
        State::Refunded,
        State::Pending,
        State::Declined,
    ] {
        assert_eq!(at(0, state, None, &[]), Step::Wait);
    }
}

#[test]
fn of_a_partial_capture_only_what_was_captured_goes_back() {
    let captured = [action(ActionKind::Capture, true, 1200, "c")];
    let partly = State::PartiallyCaptured;
    assert_eq!(
        at(0, partly.clone(), None, &[]),
        Step::Wait,
        "how much is not known"
    );
    assert_eq!(
        asked(&at(0, partly, Some(&captured), &[])),
        Some((Kind::Refund, 1, 1200))
    );
    let both = [
        action(ActionKind::Refund, true, 1000, "shop"),
        captured[0].clone(),
    ];
    assert_eq!(
        asked(&at(0, State::PartiallyRefunded, Some(&both), &[])),
        Some((Kind::Refund, 1, 200)),
        "what the shop gave back counts"
    );
    let all = [
        action(ActionKind::Refund, true, 1200, "shop"),
        captured[0].clone(),
    ];
    assert_eq!(at(0, State::PartiallyRefunded, Some(&all), &[]), Step::Done);
}

#[test]
fn an_accepted_void_that_failed_is_asked_for_again_under_a_new_key() {
    let tries = [tried(Kind::Void, 1, Said::Accepted, 0)];
    assert_eq!(at(BUSY, State::Authorized, Some(&[]), &tries), Step::Wait);
    let declined = [action(ActionKind::Void, false, 3500, "key-void-1")];
    let step = at(BUSY, State::Authorized, Some(&declined), &tries);
    assert_eq!(asked(&step), Some((Kind::Void, 2, 0)));
    assert!(matches!(step, Step::Ask(one) if one.key == "key-void-2"));
    // Never shown at all: a second void does no harm.
    assert_eq!(
        asked(&at(2 * HOUR, State::Authorized, Some(&[]), &tries)),
        Some((Kind::Void, 2, 0))
    );
    // Captured meanwhile: only a refund helps.
    assert_eq!(
        asked(&at(BUSY, State::Captured, Some(&[]), &tries)),
        Some((Kind::Refund, 1, 3500))
    );
}

#[test]
fn there_are_never_two_refunds_of_the_same_money() {
    let now = 2 * HOUR;
    let accepted = [tried(Kind::Refund, 1, Said::Accepted, 0)];
    assert_eq!(at(now, State::Captured, Some(&[]), &accepted), Step::Wait);
    assert_eq!(at(now, State::Captured, None, &accepted), Step::Wait);
    assert!(matches!(
        at(25 * HOUR, State::Captured, Some(&[]), &accepted),
        Step::Operator(_)
    ));
    let done = [action(ActionKind::Refund, true, 3500, "key-refund-1")];
    assert_eq!(at(now, State::Captured, Some(&done), &accepted), Step::Done);
    let declined = [action(ActionKind::Refund, false, 3500, "key-refund-1")];
    assert_eq!(
        asked(&at(now, State::Captured, Some(&declined), &accepted)),
        Some((Kind::Refund, 2, 3500))
    );
}

#[test]
fn a_lost_answer_is_asked_again_under_the_same_key_while_it_lives() {
    for kind in [Kind::Void, Kind::Refund] {
        let state = match kind {
            Kind::Void => State::Authorized,
            Kind::Refund => State::Captured,
        };
        let tries = [tried(kind, 1, Said::Asked, 0)];
        let step = |now, actions| at(now, state.clone(), actions, &tries);
        assert_eq!(step(BUSY - 1, Some(&[])), Step::Wait, "it may still run");
        assert_eq!(asked(&step(BUSY, Some(&[]))).map(|one| one.1), Some(1));
        let empty: &[Action] = &[];
        assert_eq!(
            asked(&step(25 * HOUR, Some(empty))).map(|one| one.1),
            Some(2),
            "the key is gone and nothing happened under it"
        );
        assert_eq!(step(25 * HOUR, None), Step::Wait);
    }
}

#[test]
fn after_five_failures_a_person_has_to_look() {
    let mut tries = Vec::new();
    for n in 1..=5 {
        assert!(asked(&at(BUSY, State::Authorized, None, &tries)).is_some());
        tries.push(tried(Kind::Void, n, Said::Refused, 0));
    }
    assert!(matches!(
        at(BUSY, State::Authorized, None, &tries),
        Step::Operator(_)
    ));
}
