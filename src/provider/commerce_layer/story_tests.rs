use proptest::prelude::*;

use super::{
    End, Heard, Order, OwnSource, Paid, Source, Stage, Standing, Status, Step, charge_bench::*,
};
use crate::outcome::FailureKind;

fn standings() -> impl Strategy<Value = Standing> {
    prop_oneof![
        Just(Standing::Nothing),
        Just(Standing::Asks(BANK.into())),
        Just(Standing::Pending),
        any::<bool>().prop_map(|captured| Standing::Approved { captured }),
        Just(Standing::Declined(FailureKind::CardDeclined)),
        Just(Standing::Declined(FailureKind::Cancelled)),
        Just(Standing::Voided),
        Just(Standing::Refunded),
        Just(Standing::Unclear),
    ]
}

fn sources() -> impl Strategy<Value = Source> {
    let amount = prop_oneof![Just(None), Just(Some(3500)), Just(Some(3600))];
    (
        standings(),
        any::<bool>(),
        prop::bool::weighted(0.1),
        amount,
    )
        .prop_map(|(standing, ours, mismatched, amount)| Source {
            mismatched,
            amount,
            ..if ours {
                source(standing)
            } else {
                other(standing)
            }
        })
}

fn orders() -> impl Strategy<Value = Order> {
    let status = prop_oneof![
        1 => Just(Status::Draft),
        3 => Just(Status::Pending),
        1 => Just(Status::Editing),
        1 => Just(Status::Placing),
        2 => Just(Status::Placed),
        1 => Just(Status::Cancelled),
        1 => Just(Status::Unknown("new".into())),
    ];
    let paid = prop_oneof![
        3 => Just(Paid::Unpaid),
        2 => Just(Paid::Authorized),
        1 => Just(Paid::Paid),
        1 => Just(Paid::Voided),
        1 => Just(Paid::Refunded),
        1 => Just(Paid::Other("partially_authorized".into())),
    ];
    let own = prop_oneof![
        4 => sources().prop_map(holds),
        1 => Just(OwnSource::Other),
        1 => Just(OwnSource::None),
        1 => Just(OwnSource::Untold),
    ];
    let total =
        prop_oneof![4 => Just(Some(euros(3500))), 1 => Just(Some(euros(1))), 1 => Just(None)];
    (status, paid, own, total).prop_map(|(status, paid, own, total)| Order {
        total,
        ..order(status, paid, own)
    })
}

fn anything() -> impl Strategy<Value = Heard> {
    prop_oneof![
        4 => orders().prop_map(seen),
        4 => sources().prop_map(told),
        1 => Just(refusal(422, "token")),
        1 => Just(refusal(429, "")),
        1 => Just(Heard::AfterNewToken),
        1 => Just(Heard::NotSent),
        1 => Just(Heard::Nothing),
    ]
}

proptest! {
    /// Whatever is heard, in whatever order, with crashes between: a source is made once, charged
    /// once, placed only after an approval, and an end says no more than was heard.
    #[test]
    fn a_charge_is_asked_for_once_whatever_is_heard(
        story in prop::collection::vec((anything(), prop::bool::weighted(0.1)), 1..60),
    ) {
        with_claim(&[], |claim| {
            let mut stage = Stage::Open;
            let (mut created, mut authorized) = (0, 0);
            for (heard, crash) in story {
                created += usize::from(stage == Stage::Create);
                authorized += usize::from(matches!(stage, Stage::Authorize(_)));
                prop_assert!(created <= 1 && authorized <= 1);
                if crash {
                    // What was heard is lost; what was kept is resumed.
                    stage = Stage::parse(&stage.write()).unwrap().resumed();
                    continue;
                }
                let (at, was) = (stage.clone(), heard.clone());
                match stage.next(claim, heard) {
                    Step::Call(next) => {
                        if matches!(next, Stage::Place(_)) {
                            let approved = matches!(&was, Heard::Order(order)
                                if order.total == Some(claim.total)
                                    && matches!(&order.source, OwnSource::CheckoutCom(own)
                                        if matches!(own.standing, Standing::Approved { .. })
                                            && !own.mismatched));
                            prop_assert!(approved, "{at:?} {was:?}");
                        }
                        stage = next;
                    }
                    Step::Wait(wait) => stage = wait.stage(),
                    Step::End(End::Placed { captured }) => {
                        let paid = if captured { Paid::Paid } else { Paid::Authorized };
                        let told = matches!(&was, Heard::Order(order)
                            if order.status.is_placed() && order.paid == paid
                                && order.total == Some(claim.total));
                        prop_assert!(told, "{at:?} {was:?}");
                        break;
                    }
                    Step::End(End::Declined(_) | End::Cancelled) => {
                        // Never from silence, and never while the source says otherwise.
                        prop_assert!(was != Heard::Nothing, "{at:?}");
                        let approved = matches!(&was, Heard::Source(own)
                            if matches!(own.standing, Standing::Approved { .. }));
                        prop_assert!(!approved, "{at:?} {was:?}");
                        break;
                    }
                    Step::End(End::Stopped(_)) => {
                        // Nothing was charged: no charge can be on its way.
                        let harmless = matches!(at, Stage::Open | Stage::Other(_))
                            || matches!(was, Heard::NotSent | Heard::AfterNewToken)
                            || matches!(&was, Heard::Source(own)
                                if own.standing == Standing::Nothing)
                            || matches!(at, Stage::Find { .. });
                        prop_assert!(harmless, "{at:?} {was:?}");
                        break;
                    }
                    Step::End(_) => break,
                }
            }
            Ok(())
        })?;
    }
}
