//! Orders, sources and answers to try the way of a charge with.

use super::{
    After, Claim, End, Heard, Id, Order, OwnSource, Paid, PaymentMethod, Problem, Refusal, Source,
    Stage, Standing, Status, Step, Stop, Wait,
};
use crate::{
    money::{Currency, Money},
    outcome::FailureKind,
};

pub(super) const OURS: &str = "ref-1";
pub(super) const BANK: &str = "https://bank.example/3ds";

pub(super) fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

pub(super) fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::parse("EUR").unwrap())
}

pub(super) fn with_claim<T>(given_up: &[Id], test: impl FnOnce(&Claim<'_>) -> T) -> T {
    let order = id("ord");
    test(&Claim {
        order: &order,
        total: euros(3500),
        token: None,
        reference: OURS,
        return_url: "https://pay.test/",
        given_up,
    })
}

pub(super) fn next(stage: Stage, heard: Heard) -> Step {
    with_claim(&[], |claim| stage.next(claim, heard))
}

pub(super) fn source(standing: Standing) -> Source {
    Source {
        id: id("src"),
        standing,
        payment: None,
        amount: None,
        currency: None,
        mismatched: false,
        reference: Some(OURS.into()),
    }
}

pub(super) fn other(standing: Standing) -> Source {
    Source {
        id: id("other"),
        reference: None,
        ..source(standing)
    }
}

pub(super) fn order(status: Status, paid: Paid, own: OwnSource) -> Order {
    Order {
        id: id("ord"),
        status,
        paid,
        total: Some(euros(3500)),
        editable: None,
        method: PaymentMethod::CheckoutCom { auto_capture: None },
        source: own,
    }
}

pub(super) fn holds(source: Source) -> OwnSource {
    OwnSource::CheckoutCom(Box::new(source))
}

pub(super) fn fresh() -> Order {
    order(Status::Pending, Paid::Unpaid, OwnSource::None)
}

pub(super) const RESERVED: Standing = Standing::Approved { captured: false };

pub(super) fn ready() -> Order {
    order(Status::Pending, Paid::Authorized, holds(source(RESERVED)))
}

pub(super) fn seen(order: Order) -> Heard {
    Heard::Order(Box::new(order))
}

pub(super) fn told(source: Source) -> Heard {
    Heard::Source(Box::new(source))
}

pub(super) fn refusal(status: u16, about: &str) -> Heard {
    Heard::Refused(Refusal {
        status,
        problems: vec![Problem {
            about: Some(about.into()),
            ..Problem::default()
        }],
    })
}

pub(super) fn stopped(why: Stop) -> Step {
    Step::End(End::Stopped(why))
}

pub(super) fn give_back(why: Stop) -> Step {
    Step::End(End::GiveBack(why))
}

pub(super) fn look(refused: Option<FailureKind>) -> Stage {
    Stage::Look {
        source: id("src"),
        refused,
    }
}

pub(super) fn placed(after: After) -> Stage {
    Stage::Placed {
        source: id("src"),
        after,
    }
}

pub(super) fn unknown(stage: Stage) -> Step {
    Step::Wait(Wait::Unknown(stage))
}
