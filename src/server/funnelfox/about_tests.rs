use super::{About, NEVER_SENT, about};
use crate::{
    provider::funnelfox::{Ended, Report},
    server::{attempt::Attempt, attempt::Phase, decide},
};

fn report(ended: Ended, order: &str) -> Report {
    Report {
        id: "e".into(),
        ended,
        order: order.into(),
        checkout_order: None,
        amount: None,
        odd_amount: false,
        currency: None,
    }
}

/// Sent for one order, answered with another or not at all.
fn attempt(id: &str, phase: Phase, sent: &str, named: Option<&str>) -> Attempt {
    Attempt {
        id: id.into(),
        gateway_order: sent.into(),
        gateway_payment_id: named.map(str::to_owned),
        ..decide::tests::attempt(phase)
    }
}

fn settled<'a>(order: &str, attempts: &'a [Attempt]) -> About<'a> {
    about(&report(Ended::Settled, order), attempts)
}

fn declined<'a>(order: &str, attempts: &'a [Attempt]) -> About<'a> {
    about(&report(Ended::Declined, order), attempts)
}

#[test]
fn a_report_ends_the_open_attempt_of_its_order() {
    for phase in [Phase::Processing, Phase::Action] {
        let all = [attempt("1", phase, "A", Some("A"))];
        assert_eq!(settled("A", &all), About::Attempt("1"));
        assert_eq!(declined("A", &all), About::Attempt("1"));
    }
    // Its answer was lost: it went to the order it was sent for, or to a new one.
    let lost = [attempt("1", Phase::Unknown, "A", None)];
    for order in ["A", "B"] {
        assert_eq!(settled(order, &lost), About::Attempt("1"));
        assert_eq!(declined(order, &lost), About::Attempt("1"));
    }
}

#[test]
fn f14_a_late_decline_of_the_first_payment_does_not_end_the_second() {
    let second_lost = [
        attempt("1", Phase::Failed, "A", Some("A")),
        attempt("2", Phase::Unknown, "A", None),
    ];
    assert_eq!(declined("A", &second_lost), About::Old);
    assert_eq!(declined("B", &second_lost), About::Attempt("2"));
    let same_order = [
        attempt("1", Phase::Failed, "A", Some("A")),
        attempt("2", Phase::Processing, "A", Some("A")),
    ];
    assert_eq!(declined("A", &same_order), About::Old);
    let moved_on = [
        attempt("1", Phase::Failed, "A", Some("A")),
        attempt("2", Phase::Processing, "A", Some("B")),
    ];
    assert_eq!(declined("A", &moved_on), About::Old);
    assert_eq!(declined("B", &moved_on), About::Attempt("2"));
    assert_eq!(settled("B", &moved_on), About::Attempt("2"));
    assert_eq!(settled("A", &moved_on), About::Attempt("1"));
}

#[test]
fn what_paid_is_not_paid_again_by_its_own_report() {
    let all = [
        attempt("1", Phase::Failed, "A", Some("A")),
        attempt("2", Phase::Succeeded, "A", Some("A")),
    ];
    assert_eq!(settled("A", &all), About::Attempt("2"));
    assert_eq!(declined("A", &all), About::Old);
}

#[test]
fn a_charge_that_no_attempt_can_have_made_is_nobodys() {
    assert_eq!(settled("A", &[]), About::Nobody);
    let unsent = [attempt("1", Phase::Failed, NEVER_SENT, None)];
    assert_eq!(settled("A", &unsent), About::Nobody);
    let other = [attempt("1", Phase::Succeeded, "A", Some("A"))];
    assert_eq!(settled("B", &other), About::Nobody);
    assert_eq!(declined("B", &other), About::Old);
}
