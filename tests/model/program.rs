//! What can happen to one order, as values that proptest draws and makes smaller.

use proptest::{collection::vec, prelude::*};

/// What the bank behind a card does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Card {
    Good,
    Poor,
    /// The bank asks the shopper.
    Asked,
}

/// What the shopper, or the bank, decides about a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Approve,
    Refuse,
    Cancel,
}

/// What goes wrong with one request to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It never arrives.
    LostBefore,
    /// It is worked on, the answer is lost.
    LostAfter,
    /// It arrives twice.
    Doubled,
    /// It is worked on when nobody waits any more.
    Late,
    /// It is worked on at once, and the answer is overtaken by later ones.
    Overtaken,
    /// An error before the work.
    ErrorBefore,
    /// An error after the work, which a repeat under the same key is not answered from.
    ErrorAfter,
    /// Half an answer.
    Broken,
    /// Too many requests.
    TooMany,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A widget pays, as the state of its session allows.
    Pay { tab: usize, card: Card },
    /// Two tabs with attempt ids of their own pay at the same time.
    Both { one: Card, other: Card },
    /// The last `create_payment` is sent again.
    Repeat,
    /// The bank decides the oldest or the newest open challenge; the shopper stays away.
    Bank { oldest: bool, answer: Answer },
    /// The shopper answers the bank, comes back and resumes.
    Answer { answer: Answer },
    /// The shopper comes back without an answer.
    ComeBack,
    /// The shopper closes the challenge.
    Leave,
    /// The shopper gives the checkout up.
    GiveUp { tab: usize },
    /// The shop opens another session of the order.
    Open,
    /// All sessions run out.
    Expire,
    /// Time passes, in seconds.
    Wait { seconds: i64 },
    /// The next request to the gateway goes wrong.
    Fault { fault: Fault },
    /// The server dies and is started again.
    Crash,
    /// The server dies while it pays, after so many milliseconds.
    CrashIn { card: Card, ms: u64 },
}

fn card() -> impl Strategy<Value = Card> {
    prop_oneof![
        3 => Just(Card::Good),
        2 => Just(Card::Poor),
        4 => Just(Card::Asked),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        3 => Just(Answer::Approve),
        1 => Just(Answer::Refuse),
        1 => Just(Answer::Cancel),
    ]
}

fn fault() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Fault::LostBefore),
        Just(Fault::LostAfter),
        Just(Fault::Doubled),
        Just(Fault::Late),
        Just(Fault::Overtaken),
        Just(Fault::ErrorBefore),
        Just(Fault::ErrorAfter),
        Just(Fault::Broken),
        Just(Fault::TooMany),
    ]
    .prop_map(|fault| Step::Fault { fault })
}

fn crash() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Crash),
        2 => (card(), 0..200_u64).prop_map(|(card, ms)| Step::CrashIn { card, ms }),
    ]
}

fn act() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..2_usize, card()).prop_map(|(tab, card)| Step::Pay { tab, card }),
        2 => (card(), card()).prop_map(|(one, other)| Step::Both { one, other }),
        2 => Just(Step::Repeat),
        3 => (any::<bool>(), answer()).prop_map(|(oldest, answer)| Step::Bank { oldest, answer }),
        3 => answer().prop_map(|answer| Step::Answer { answer }),
        1 => Just(Step::ComeBack),
        3 => Just(Step::Leave),
        1 => (0..2_usize).prop_map(|tab| Step::GiveUp { tab }),
        2 => Just(Step::Open),
        1 => Just(Step::Expire),
        2 => (1..100_i64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

/// Up to nine things that happen, and up to three that go wrong among them.
pub(crate) fn program() -> impl Strategy<Value = Vec<Step>> {
    let wrong = prop_oneof![3 => fault(), 1 => crash()];
    (
        vec(act(), 1..10),
        vec((wrong, any::<prop::sample::Index>()), 0..4),
    )
        .prop_map(|(mut steps, wrong)| {
            for (step, place) in wrong {
                let place = place.index(steps.len());
                steps.insert(place, step);
            }
            steps
        })
}
