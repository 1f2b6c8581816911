//! Programs worth keeping: the ways in which an order was, or could be, charged wrongly.

use super::{
    program::{Answer, Card, Fault, Step},
    story::run,
};

async fn holds(steps: &[Step]) {
    if let Err(rule) = run(steps).await {
        panic!("{rule}");
    }
}

/// A payment that is made only after the server has given up waiting for it.
#[tokio::test]
async fn f12_a_charge_that_is_made_late_is_found() {
    holds(&[
        Step::Fault { fault: Fault::Late },
        Step::Pay {
            tab: 0,
            card: Card::Good,
        },
    ])
    .await;
}

/// Two challenges of one order, both approved in the end.
#[tokio::test]
async fn i1_of_two_approved_challenges_one_is_given_back() {
    let pay = Step::Pay {
        tab: 0,
        card: Card::Asked,
    };
    let approve = Step::Bank {
        oldest: true,
        answer: Answer::Approve,
    };
    holds(&[pay, Step::Leave, pay, approve, approve]).await;
}

/// The server dies right after it asked for the money, and again while it asks what came of it.
#[tokio::test]
async fn f73_two_crashes_and_a_lost_answer_charge_once() {
    let crash = Step::CrashIn {
        card: Card::Good,
        ms: 150,
    };
    let lost = Step::Fault {
        fault: Fault::LostAfter,
    };
    holds(&[lost, crash, Step::Crash, Step::Repeat]).await;
}
