use super::{
    After, End, Order, OwnSource, Paid, Source, Stage, Standing, Status, Step, Stop, Wait,
    charge_bench::*,
};
use crate::outcome::FailureKind;

#[test]
fn trap_35_only_what_is_approved_for_the_claims_amount_is_placed() {
    let check = |order| next(Stage::Check(id("src")), seen(order));
    let place = Step::Call(Stage::Place(id("src")));
    assert_eq!(check(ready()), place);
    // The webhook has not come yet.
    assert_eq!(
        check(order(
            Status::Pending,
            Paid::Unpaid,
            holds(source(RESERVED))
        )),
        place
    );
    let claimed = euros(3500);
    let dearer = Order {
        total: Some(euros(3600)),
        ..ready()
    };
    assert_eq!(
        check(dearer),
        give_back(Stop::OtherTotal {
            claimed,
            seen: Some(euros(3600))
        })
    );
    let part = Paid::Other("partially_authorized".into());
    assert_eq!(
        check(Order {
            paid: part.clone(),
            ..ready()
        }),
        give_back(Stop::Money(part))
    );
    for own in [holds(other(RESERVED)), OwnSource::Other, OwnSource::None] {
        assert_eq!(
            check(order(Status::Pending, Paid::Authorized, own)),
            give_back(Stop::OtherSource)
        );
    }
    for standing in [
        Standing::Declined(FailureKind::CardDeclined),
        Standing::Pending,
        Standing::Nothing,
        Standing::Unclear,
        Standing::Voided,
    ] {
        let order = order(Status::Pending, Paid::Unpaid, holds(source(standing)));
        assert_ne!(check(order), place);
    }
    for status in [Status::Draft, Status::Cancelled] {
        let order = Order {
            status: status.clone(),
            ..ready()
        };
        assert_eq!(check(order), give_back(Stop::Standing(status)));
    }
}

#[test]
fn trap_35_mismatched_amounts_block_and_money_goes_back() {
    let mismatched = |standing| Source {
        mismatched: true,
        ..source(standing)
    };
    assert_eq!(
        next(Stage::Create, told(mismatched(Standing::Nothing))),
        stopped(Stop::Mismatched),
        "before the charge nothing was taken"
    );
    for stage in [
        Stage::Create,
        Stage::Authorize(id("src")),
        Stage::Refresh(id("src")),
    ] {
        assert_eq!(
            next(stage, told(mismatched(RESERVED))),
            give_back(Stop::Mismatched)
        );
    }
    let order = order(
        Status::Pending,
        Paid::Authorized,
        holds(mismatched(RESERVED)),
    );
    assert_eq!(
        next(Stage::Check(id("src")), seen(order)),
        give_back(Stop::Mismatched)
    );
    for (amount, currency) in [
        (Some(3600), None),
        (Some(3500), Some("USD")),
        (None, Some("usd")),
    ] {
        let charged = Source {
            amount,
            currency: currency.map(str::to_owned),
            ..source(RESERVED)
        };
        let step = next(Stage::Authorize(id("src")), told(charged));
        assert!(
            matches!(step, Step::End(End::GiveBack(Stop::OtherAmount { .. }))),
            "{step:?}"
        );
    }
    let same = Source {
        amount: Some(3500),
        currency: Some("eur".into()),
        ..source(RESERVED)
    };
    assert_eq!(
        next(Stage::Authorize(id("src")), told(same)),
        Step::Call(Stage::Check(id("src")))
    );
}

#[test]
fn trap_35_placing_is_waited_for_and_a_refused_place_gives_the_money_back() {
    let own = || holds(source(RESERVED));
    let placing = order(Status::Placing, Paid::Authorized, own());
    let wait = Step::Wait(Wait::Pending(placed(After::Placing)));
    for stage in [
        Stage::Check(id("src")),
        Stage::Place(id("src")),
        placed(After::Lost),
        placed(After::Placing),
    ] {
        assert_eq!(next(stage, seen(placing.clone())), wait);
    }
    let refused = give_back(Stop::PlaceRefused);
    assert_eq!(
        next(placed(After::Placing), seen(ready())),
        refused,
        "it was being placed and is pending again"
    );
    assert_eq!(
        next(Stage::Place(id("src")), refusal(422, "status")),
        Step::Call(placed(After::Refused))
    );
    assert_eq!(next(placed(After::Refused), seen(ready())), refused);
    // Locked, or too much at once: another time.
    for status in [409, 423, 429] {
        assert_eq!(
            next(Stage::Place(id("src")), refusal(status, "")),
            unknown(Stage::Check(id("src")))
        );
    }
    // Refused because another tab was faster.
    let done = order(Status::Placed, Paid::Authorized, own());
    let end = Step::End(End::Placed { captured: false });
    for stage in [
        placed(After::Refused),
        placed(After::Lost),
        Stage::Check(id("src")),
    ] {
        assert_eq!(next(stage, seen(done.clone())), end);
    }
    let theirs = order(Status::Placed, Paid::Authorized, holds(other(RESERVED)));
    assert_eq!(
        next(Stage::Check(id("src")), seen(theirs)),
        give_back(Stop::OtherSource),
        "another tab placed it with another payment"
    );
}

#[test]
fn trap_35_placed_is_not_paid() {
    let own = || holds(source(RESERVED));
    let unpaid = order(Status::Placed, Paid::Unpaid, own());
    let settle = Stage::Settle(id("src"));
    assert_eq!(
        next(Stage::Place(id("src")), seen(unpaid.clone())),
        Step::Call(settle.clone())
    );
    assert_eq!(
        next(settle.clone(), told(source(RESERVED))),
        Step::Call(placed(After::Settled))
    );
    assert_eq!(
        next(placed(After::Settled), seen(unpaid)),
        Step::Wait(Wait::Pending(settle.clone()))
    );
    for standing in [
        Standing::Declined(FailureKind::CardDeclined),
        Standing::Voided,
    ] {
        assert_eq!(
            next(settle.clone(), told(source(standing))),
            Step::End(End::Operator(Stop::Money(Paid::Unpaid)))
        );
    }
    for paid in [
        Paid::Refunded,
        Paid::Free,
        Paid::Other("partially_paid".into()),
    ] {
        let odd = order(Status::Placed, paid.clone(), own());
        assert_eq!(
            next(placed(After::Lost), seen(odd)),
            Step::End(End::Operator(Stop::Money(paid)))
        );
    }
    let other_total = Order {
        total: Some(euros(1)),
        ..order(Status::Placed, Paid::Paid, own())
    };
    assert!(matches!(
        next(placed(After::Lost), seen(other_total)),
        Step::End(End::Operator(Stop::OtherTotal { .. }))
    ));
}
