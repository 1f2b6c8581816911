use super::{Change, Facts, Seen, best, decide, pause};
use crate::{
    money::{Currency, Money},
    outcome::FailureKind,
    provider::checkout_com::{Payment, PaymentId, State},
    sensitive::Sensitive,
    server::{
        attempt::{Attempt, Phase},
        order::{Door, Settled},
    },
    session::Capture,
};

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::parse("EUR").unwrap())
}

pub(crate) fn attempt(phase: Phase) -> Attempt {
    Attempt {
        gateway: crate::server::gateway::Gateway::CheckoutCom,
        gateway_order: String::new(),
        action_token: None,
        actions: 0,
        operator_says: None,
        order_id: "order".into(),
        id: "a1".into(),
        org: "demo".into(),
        session_id: "cs".into(),
        fingerprint: String::new(),
        token: None,
        total: euros(3500),
        capture: Capture::Automatic,
        reference: "ref".into(),
        gateway_key: "key".into(),
        return_url: String::new(),
        phase,
        abandoned: false,
        returned: false,
        gateway_payment_id: None,
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

fn payment(state: State, approved: Option<bool>) -> Payment {
    Payment {
        id: PaymentId::parse("pay_mbabizu24mvu3mela5njyhpit4").unwrap(),
        state,
        approved,
        amount: Some(3500),
        currency: Some("EUR".into()),
        reference: Some("ref".into()),
        response_code: None,
        fingerprint: None,
        source: None,
        redirect: None,
    }
}

fn open() -> Facts<'static> {
    Facts {
        settled: Settled::Open,
        winner: None,
        total: euros(3500),
        door: Door::Open,
    }
}

fn paid_by_other() -> Facts<'static> {
    Facts {
        settled: Settled::Paid,
        winner: Some("a2"),
        ..open()
    }
}

#[test]
fn t22_an_approval_after_the_shopper_was_told_of_a_failure_pays_only_what_still_stands() {
    for phase in [Phase::Failed, Phase::Cancelled] {
        let over = attempt(phase);
        let change = decide(&open(), &over, &approved());
        assert_eq!(change.pays, Some(Settled::Paid));
        for changed in [
            Facts {
                door: Door::Cancelled,
                ..open()
            },
            Facts {
                total: euros(3600),
                ..open()
            },
            paid_by_other(),
        ] {
            let change = decide(&changed, &over, &approved());
            assert_eq!((change.phase, change.pays), (Phase::Undoing, None));
        }
        // Approved for another amount: nothing moves, and somebody looks at it.
        let mut wrong = payment(State::Captured, Some(true));
        wrong.amount = Some(1);
        let change = decide(&open(), &over, &Seen::Payment(wrong));
        assert_eq!((change.phase, change.pays), (phase, None));
        assert!(change.alarm.is_some());
    }
}

fn approved() -> Seen {
    Seen::Payment(payment(State::Authorized, Some(true)))
}

fn outcome(facts: &Facts<'_>, attempt: &Attempt, seen: &Seen) -> (Phase, Option<Settled>) {
    let Change { phase, pays, .. } = decide(facts, attempt, seen);
    (phase, pays)
}

#[test]
fn an_approval_pays_an_open_order_from_every_phase_that_may_still_pay() {
    for phase in [
        Phase::Creating,
        Phase::Action,
        Phase::Processing,
        Phase::Unknown,
        Phase::Failed,
        Phase::Cancelled,
    ] {
        assert_eq!(
            outcome(&open(), &attempt(phase), &approved()),
            (Phase::Succeeded, Some(Settled::Paid)),
            "{phase:?}"
        );
    }
    let mut manual = attempt(Phase::Creating);
    manual.capture = Capture::Manual;
    assert_eq!(
        outcome(&open(), &manual, &approved()),
        (Phase::Succeeded, Some(Settled::Authorised))
    );
}

#[test]
fn a_second_approval_of_an_order_is_given_back() {
    for phase in [
        Phase::Creating,
        Phase::Action,
        Phase::Unknown,
        Phase::Failed,
    ] {
        assert_eq!(
            outcome(&paid_by_other(), &attempt(phase), &approved()),
            (Phase::Undoing, None),
            "{phase:?}"
        );
    }
    let undoing = attempt(Phase::Undoing);
    assert_eq!(
        outcome(&open(), &undoing, &approved()),
        (Phase::Undoing, None),
        "what is being given back never becomes the payment"
    );
    let voided = Seen::Payment(payment(State::Voided, Some(true)));
    assert_eq!(
        outcome(&paid_by_other(), &undoing, &voided).0,
        Phase::Voided
    );
    let refunded = Seen::Payment(payment(State::Refunded, Some(true)));
    assert_eq!(
        outcome(&paid_by_other(), &undoing, &refunded).0,
        Phase::Refunded
    );
}

#[test]
fn a_late_approval_of_an_abandoned_attempt_pays_unless_the_checkout_was_given_up_or_changed() {
    let mut left = attempt(Phase::Action);
    left.abandoned = true;
    assert_eq!(outcome(&open(), &left, &approved()).1, Some(Settled::Paid));
    let given_up = Facts {
        door: Door::Cancelled,
        ..open()
    };
    assert_eq!(
        outcome(&given_up, &left, &approved()),
        (Phase::Undoing, None)
    );
    let changed = Facts {
        total: euros(9900),
        ..open()
    };
    assert_eq!(
        outcome(&changed, &left, &approved()),
        (Phase::Undoing, None)
    );
}

#[test]
fn t22_an_approval_for_something_else_is_never_success_and_raises_an_alarm() {
    let wrong = |edit: fn(&mut Payment)| {
        let mut payment = payment(State::Captured, Some(true));
        edit(&mut payment);
        decide(&open(), &attempt(Phase::Creating), &Seen::Payment(payment))
    };
    let edits: [fn(&mut Payment); 7] = [
        |payment| payment.amount = Some(1),
        |payment| payment.amount = None,
        |payment| payment.currency = Some("USD".into()),
        |payment| payment.currency = None,
        |payment| payment.reference = Some("other".into()),
        |payment| payment.reference = None,
        |payment| payment.approved = Some(false),
    ];
    for edit in edits {
        let change = wrong(edit);
        assert_eq!(change.phase, Phase::Unknown);
        assert_eq!(change.pays, None);
        assert!(change.alarm.is_some());
    }
}

#[test]
fn f10_f12_f16_f27_without_a_clear_answer_nothing_is_called_failed() {
    for seen in [
        Seen::NoAnswer,
        Seen::Payment(payment(State::Unknown("On Hold".into()), None)),
    ] {
        assert_eq!(
            outcome(&open(), &attempt(Phase::Creating), &seen).0,
            Phase::Unknown
        );
        assert_eq!(
            outcome(&open(), &attempt(Phase::Action), &seen).0,
            Phase::Action
        );
    }
    // A refusal is only believed of the one and only request.
    let refused = Seen::Rejected(FailureKind::CardAgain);
    assert_eq!(
        outcome(&open(), &attempt(Phase::Creating), &refused).0,
        Phase::Failed
    );
    assert_eq!(
        outcome(&open(), &attempt(Phase::Unknown), &refused).0,
        Phase::Unknown
    );
}

#[test]
fn a_challenge_stays_one_until_the_shopper_is_back() {
    let mut challenge = payment(State::Pending, None);
    challenge.redirect = Some("https://bank.test".into());
    let seen = Seen::Payment(challenge);
    assert_eq!(
        outcome(&open(), &attempt(Phase::Creating), &seen).0,
        Phase::Action
    );
    let mut back = attempt(Phase::Action);
    assert_eq!(outcome(&open(), &back, &seen).0, Phase::Action);
    back.returned = true;
    assert_eq!(outcome(&open(), &back, &seen).0, Phase::Processing);
    let pending = Seen::Payment(payment(State::Pending, None));
    assert_eq!(
        outcome(&open(), &attempt(Phase::Creating), &pending).0,
        Phase::Processing
    );
}

#[test]
fn an_order_never_goes_backwards() {
    let winner = Facts {
        settled: Settled::Paid,
        winner: Some("a1"),
        ..open()
    };
    for state in [
        State::Declined,
        State::Canceled,
        State::Expired,
        State::Voided,
        State::Refunded,
        State::Pending,
    ] {
        let seen = Seen::Payment(payment(state.clone(), None));
        let change = decide(&winner, &attempt(Phase::Succeeded), &seen);
        assert_eq!(
            (change.phase, change.pays),
            (Phase::Succeeded, None),
            "{state:?}"
        );
    }
}

#[test]
fn questions_are_quick_at_first_and_never_stop() {
    assert_eq!(pause(false, 0, 0), 1_000);
    assert_eq!(pause(false, 3, 8_000), 8_000);
    assert_eq!(pause(false, 1_000, 3_600_000), 60_000);
    assert_eq!(pause(false, 1_000, 13 * 3_600_000), 3_600_000);
}

#[test]
fn of_several_payments_with_one_reference_the_most_alive_counts() {
    let list = |states: &[(State, Option<bool>)]| {
        states
            .iter()
            .map(|(state, approved)| payment(state.clone(), *approved))
            .collect()
    };
    let declined = (State::Declined, Some(false));
    for alive in [
        (State::Authorized, Some(true)),
        (State::Captured, None),
        (State::Pending, None),
        (State::Unknown("On Hold".into()), None),
    ] {
        for several in [
            [alive.clone(), declined.clone()],
            [declined.clone(), alive.clone()],
        ] {
            assert_eq!(best(list(&several)).unwrap().state, alive.0);
        }
    }
    let both = [(State::Captured, None), (State::Pending, None)];
    assert_eq!(best(list(&both)).unwrap().state, State::Captured);
}

#[test]
fn an_authorised_order_follows_its_payment_and_never_back_to_open() {
    let authorised = Facts {
        settled: Settled::Authorised,
        winner: Some("a1"),
        ..open()
    };
    let won = attempt(Phase::Succeeded);
    let seen = |state| decide(&authorised, &won, &Seen::Payment(payment(state, None)));
    for state in [
        State::Captured,
        State::PartiallyCaptured,
        State::Paid,
        State::PartiallyRefunded,
        State::Refunded,
    ] {
        let change = seen(state.clone());
        assert_eq!(
            (change.phase, change.pays, change.released),
            (Phase::Succeeded, Some(Settled::Paid), false),
            "{state:?}"
        );
    }
    for state in [State::Voided, State::Expired, State::Canceled] {
        let change = seen(state.clone());
        assert_eq!(
            (change.phase, change.pays, change.released),
            (Phase::Succeeded, None, true),
            "{state:?}"
        );
    }
    for state in [State::Authorized, State::Pending] {
        let change = seen(state.clone());
        assert_eq!((change.pays, change.released), (None, false), "{state:?}");
    }
    let mut manual = attempt(Phase::Unknown);
    manual.capture = Capture::Manual;
    let captured = Seen::Payment(payment(State::Captured, Some(true)));
    assert_eq!(
        outcome(&open(), &manual, &captured),
        (Phase::Succeeded, Some(Settled::Paid)),
        "captured before it was seen as authorised"
    );
}

#[test]
fn a_charge_without_the_customer_fails_where_the_bank_asks_and_never_pays_after_that() {
    let alone = |phase| Attempt {
        previous_payment: Some("pay_1".into()),
        ..attempt(phase)
    };
    let mut asks = payment(State::Pending, None);
    asks.redirect = Some("https://bank.example".into());
    for phase in [Phase::Creating, Phase::Unknown, Phase::Processing] {
        let change = decide(&open(), &alone(phase), &Seen::Payment(asks.clone()));
        assert_eq!(change.phase, Phase::Failed);
        assert_eq!(change.failure, Some(FailureKind::ActionUnsupported));
    }
    // The shop was told that it failed, and may have charged the card in another order.
    let change = decide(&open(), &alone(Phase::Failed), &approved());
    assert_eq!((change.phase, change.pays), (Phase::Undoing, None));
    // As long as nobody was told, it pays.
    let change = decide(&open(), &alone(Phase::Unknown), &approved());
    assert_eq!(change.pays, Some(Settled::Paid));
}

#[test]
fn the_banks_reason_counts_also_when_a_report_was_quicker_than_the_answer() {
    let declined = |code: Option<&str>| {
        let mut payment = payment(State::Declined, Some(false));
        payment.response_code = code.map(str::to_owned);
        Seen::Payment(payment)
    };
    let told = |attempt: &Attempt, code| decide(&open(), attempt, &declined(code)).failure;
    let mut failed = attempt(Phase::Failed);
    failed.failure = told(&attempt(Phase::Creating), None);
    assert_eq!(failed.failure, Some(FailureKind::CardDeclined));
    assert_eq!(
        told(&failed, Some("20051")),
        Some(FailureKind::InsufficientFunds)
    );
    assert_eq!(told(&failed, None), Some(FailureKind::CardDeclined));
    // A reason that was told stays.
    failed.response_code = Some("20051".into());
    failed.failure = Some(FailureKind::InsufficientFunds);
    assert_eq!(
        told(&failed, Some("20054")),
        Some(FailureKind::InsufficientFunds)
    );
}
