use super::{
    After, End, Heard, Order, OwnSource, Paid, PaymentMethod, Stage, Standing, Status, Step, Stop,
    Wait, charge_bench::*,
};
use crate::{
    money::{Currency, Money},
    outcome::FailureKind,
};

#[test]
fn an_approved_charge_goes_from_order_to_placed() {
    let (src, done) = (id("src"), End::Placed { captured: false });
    let order_placed = order(Status::Placed, Paid::Authorized, holds(source(RESERVED)));
    let path = [
        (Stage::Open, seen(fresh()), Stage::Create),
        (
            Stage::Create,
            told(source(Standing::Nothing)),
            Stage::Authorize(src.clone()),
        ),
        (
            Stage::Authorize(src.clone()),
            told(source(RESERVED)),
            Stage::Check(src.clone()),
        ),
        (
            Stage::Check(src.clone()),
            seen(ready()),
            Stage::Place(src.clone()),
        ),
    ];
    for (stage, heard, expected) in path {
        assert_eq!(next(stage, heard), Step::Call(expected));
    }
    let end = next(Stage::Place(src.clone()), seen(order_placed.clone()));
    assert_eq!(end, Step::End(done));
    let captured = Order {
        paid: Paid::Paid,
        ..order_placed
    };
    assert_eq!(
        next(Stage::Place(src), seen(captured)),
        Step::End(End::Placed { captured: true })
    );
}

#[test]
fn trap_31_an_organisation_that_charges_when_the_source_is_made_is_not_asked_twice() {
    let made = |standing| next(Stage::Create, told(source(standing)));
    assert_eq!(made(RESERVED), Step::Call(Stage::Check(id("src"))));
    assert_eq!(
        made(Standing::Asks(BANK.into())),
        Step::Wait(Wait::Bank {
            source: id("src"),
            address: BANK.into()
        })
    );
    let declined = Standing::Declined(FailureKind::CardDeclined);
    assert_eq!(
        made(declined),
        Step::End(End::Declined(FailureKind::CardDeclined))
    );
    assert_eq!(
        made(Standing::Unclear),
        unknown(Stage::Refresh(id("src"))),
        "what is unclear is no reason to charge"
    );
}

#[test]
fn nothing_is_made_unless_the_order_costs_what_was_claimed() {
    let opened = |change: fn(&mut Order)| {
        let mut order = fresh();
        change(&mut order);
        next(Stage::Open, seen(order))
    };
    let claimed = euros(3500);
    for total in [
        Some(euros(3501)),
        Some(euros(350)),
        Some(Money::new(3500, Currency::parse("USD").unwrap())),
        None,
    ] {
        let mut order = fresh();
        order.total = total;
        let seen_total = total;
        assert_eq!(
            next(Stage::Open, seen(order)),
            stopped(Stop::OtherTotal {
                claimed,
                seen: seen_total
            })
        );
    }
    for status in [
        Status::Draft,
        Status::Editing,
        Status::Placing,
        Status::Placed,
        Status::Approved,
        Status::Cancelled,
        Status::Unknown("new".into()),
    ] {
        let mut order = fresh();
        order.status = status.clone();
        assert_eq!(
            next(Stage::Open, seen(order)),
            stopped(Stop::Standing(status))
        );
    }
    assert_eq!(
        opened(|order| order.editable = Some(false)),
        stopped(Stop::Standing(Status::Pending))
    );
    for paid in [
        Paid::Authorized,
        Paid::Paid,
        Paid::Refunded,
        Paid::Free,
        Paid::Other("partially_authorized".into()),
    ] {
        let mut order = fresh();
        order.paid = paid.clone();
        assert_eq!(next(Stage::Open, seen(order)), stopped(Stop::Money(paid)));
    }
    assert_eq!(
        opened(|order| order.paid = Paid::Voided),
        Step::Call(Stage::Create)
    );
    for method in [
        PaymentMethod::Other("wire_transfers".into()),
        PaymentMethod::None,
        PaymentMethod::Untold,
    ] {
        let mut order = fresh();
        order.method = method;
        assert_eq!(next(Stage::Open, seen(order)), stopped(Stop::OtherMethod));
    }
    for (heard, why) in [
        (Heard::Nothing, Stop::Unreachable),
        (Heard::NotSent, Stop::Unreachable),
        (Heard::AfterNewToken, Stop::NotAllowed),
        (refusal(404, ""), Stop::NoOrder),
        (refusal(401, ""), Stop::NotAllowed),
        (refusal(429, ""), Stop::Unreachable),
    ] {
        assert_eq!(next(Stage::Open, heard), stopped(why));
    }
}

#[test]
fn another_tabs_payment_on_the_order_is_not_paid_over() {
    let open = |own| next(Stage::Open, seen(order(Status::Pending, Paid::Unpaid, own)));
    let create = Step::Call(Stage::Create);
    assert_eq!(open(OwnSource::Other), create);
    assert_eq!(open(OwnSource::Untold), stopped(Stop::Unreachable));
    for over in [
        Standing::Nothing,
        Standing::Declined(FailureKind::CardDeclined),
        Standing::Voided,
        Standing::Refunded,
    ] {
        assert_eq!(open(holds(other(over))), create);
    }
    let authorized = stopped(Stop::Money(Paid::Authorized));
    assert_eq!(open(holds(other(RESERVED))), authorized);
    for open_one in [
        Standing::Pending,
        Standing::Asks(BANK.into()),
        Standing::Unclear,
    ] {
        // It is asked about, and then it counts.
        let ask = Stage::Other(id("other"));
        assert_eq!(
            open(holds(other(open_one.clone()))),
            Step::Call(ask.clone())
        );
        let heard = told(other(open_one));
        assert_eq!(next(ask.clone(), heard.clone()), stopped(Stop::OtherOpen));
        let given_up = [id("other")];
        assert_eq!(
            with_claim(&given_up, |claim| ask.clone().next(claim, heard)),
            create
        );
        let heard = told(other(RESERVED));
        assert_eq!(
            with_claim(&given_up, |claim| ask.next(claim, heard)),
            authorized,
            "what was given up and approved late is money all the same"
        );
    }
    // Our own, forgotten: it is looked at, never charged again.
    assert_eq!(
        open(holds(source(Standing::Nothing))),
        Step::Call(look(None))
    );
}

#[test]
fn f10_a_lost_answer_is_settled_by_reading() {
    let find = Stage::Find { refused: None };
    assert_eq!(
        next(Stage::Create, Heard::Nothing),
        Step::Call(find.clone())
    );
    assert_eq!(
        next(find.clone(), seen(fresh())),
        Step::Wait(Wait::Missing(find.clone()))
    );
    let theirs = order(Status::Pending, Paid::Unpaid, holds(other(RESERVED)));
    assert_eq!(
        next(find.clone(), seen(theirs)),
        Step::Wait(Wait::Missing(find.clone()))
    );
    let found = order(
        Status::Pending,
        Paid::Unpaid,
        holds(source(Standing::Nothing)),
    );
    assert_eq!(
        next(find.clone(), seen(found)),
        Step::Call(Stage::Authorize(id("src")))
    );
    let untold = order(Status::Pending, Paid::Unpaid, OwnSource::Untold);
    assert_eq!(next(find.clone(), seen(untold)), unknown(find.clone()));
    assert_eq!(next(find.clone(), Heard::Nothing), unknown(find));

    let authorize = Stage::Authorize(id("src"));
    assert_eq!(
        next(authorize.clone(), Heard::Nothing),
        Step::Call(look(None))
    );
    let empty = told(source(Standing::Nothing));
    assert_eq!(next(authorize, empty.clone()), unknown(look(None)));
    assert_eq!(
        next(look(None), empty),
        Step::Wait(Wait::Missing(look(None)))
    );
    assert_eq!(
        next(look(None), told(source(RESERVED))),
        Step::Call(Stage::Check(id("src")))
    );
    assert_eq!(next(look(None), Heard::Nothing), unknown(look(None)));

    let place = Stage::Place(id("src"));
    let lost = placed(After::Lost);
    assert_eq!(next(place, Heard::Nothing), Step::Call(lost.clone()));
    let check = Stage::Check(id("src"));
    assert_eq!(next(lost.clone(), seen(ready())), unknown(check));
    assert_eq!(next(lost.clone(), Heard::Nothing), unknown(lost));
}

#[test]
fn a_refused_charge_is_believed_when_the_source_says_nothing_else() {
    for (heard, kind) in [
        (refusal(422, "token"), FailureKind::CardAgain),
        (refusal(422, "order"), FailureKind::MerchantMisconfiguration),
        (refusal(400, ""), FailureKind::MerchantMisconfiguration),
        (refusal(429, ""), FailureKind::GatewayUnavailable),
    ] {
        let declined = Step::End(End::Declined(kind));
        let find = Stage::Find {
            refused: Some(kind),
        };
        assert_eq!(next(Stage::Create, heard.clone()), Step::Call(find.clone()));
        assert_eq!(next(find, seen(fresh())), declined);
        let authorize = Stage::Authorize(id("src"));
        assert_eq!(next(authorize, heard), Step::Call(look(Some(kind))));
        let empty = told(source(Standing::Nothing));
        assert_eq!(next(look(Some(kind)), empty), declined);
        assert_eq!(
            next(look(Some(kind)), told(source(RESERVED))),
            Step::Call(Stage::Check(id("src"))),
            "refused, and charged all the same"
        );
        assert_eq!(
            next(look(Some(kind)), Heard::Nothing),
            unknown(look(Some(kind)))
        );
    }
    for stage in [Stage::Create, Stage::Authorize(id("src"))] {
        assert_eq!(
            next(stage.clone(), Heard::NotSent),
            stopped(Stop::Unreachable)
        );
        assert_eq!(
            next(stage, Heard::AfterNewToken),
            stopped(Stop::NotAllowed),
            "the second 401"
        );
    }
}

#[test]
fn a_challenge_waits_and_the_return_proves_nothing() {
    let asks = told(source(Standing::Asks(BANK.into())));
    let bank = Step::Wait(Wait::Bank {
        source: id("src"),
        address: BANK.into(),
    });
    let details = Stage::Details {
        source: id("src"),
        session: None,
    };
    let refresh = Stage::Refresh(id("src"));
    for stage in [
        Stage::Authorize(id("src")),
        details.clone(),
        refresh.clone(),
    ] {
        assert_eq!(next(stage, asks.clone()), bank);
    }
    let pending = told(source(Standing::Pending));
    assert_eq!(
        next(details.clone(), pending),
        Step::Wait(Wait::Pending(refresh.clone()))
    );
    assert_eq!(
        next(details.clone(), refusal(422, "session_id")),
        Step::Call(refresh.clone())
    );
    assert_eq!(next(details, Heard::Nothing), unknown(refresh.clone()));
    assert_eq!(
        next(refresh.clone(), refusal(404, "")),
        unknown(refresh.clone())
    );
    let ends = [
        (
            Standing::Declined(FailureKind::AuthenticationFailed),
            End::Declined(FailureKind::AuthenticationFailed),
        ),
        (Standing::Declined(FailureKind::Cancelled), End::Cancelled),
        (Standing::Voided, End::Reversed { refunded: false }),
        (Standing::Refunded, End::Reversed { refunded: true }),
    ];
    for (standing, end) in ends {
        assert_eq!(
            next(refresh.clone(), told(source(standing))),
            Step::End(end)
        );
    }
}
