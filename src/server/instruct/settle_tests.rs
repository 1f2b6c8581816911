use super::{Fate, Instruction, Kind, Next, match_up, next};
use crate::provider::checkout_com::{Action, ActionKind};

const HOUR: i64 = 3_600_000;

fn refund(id: &str, reference: Option<&str>, amount: Option<i64>, fate: Fate) -> Instruction {
    Instruction {
        id: id.into(),
        order_id: "o".into(),
        attempt: "a".into(),
        kind: Kind::Refund,
        amount,
        reference: reference.map(str::to_owned),
        more: false,
        identity: "i".into(),
        fingerprint: "f".into(),
        gateway_key: id.into(),
        gateway_action: None,
        body: "{}".into(),
        fate,
        why: None,
        came_to: 0,
        asks: 0,
        created_at: 0,
        updated_at: 0,
    }
}

fn action(id: &str, kind: ActionKind, reference: &str, amount: i64, approved: bool) -> Action {
    Action {
        id: Some(id.into()),
        kind,
        approved,
        amount,
        reference: Some(reference.into()),
    }
}

/// Which instruction became what, by which action.
fn came(all: &[Instruction], actions: &[Action]) -> Vec<(String, Fate, String)> {
    match_up(all, actions)
        .into_iter()
        .map(|change| (change.id, change.fate, change.gateway_action.unwrap()))
        .collect()
}

#[test]
fn an_action_is_found_by_the_id_that_the_gateway_gave_it() {
    let mut one = refund("act_1", Some("R"), Some(100), Fate::Accepted);
    one.gateway_action = Some("g2".into());
    let actions = [
        action("g1", ActionKind::Refund, "R", 100, true),
        action("g2", ActionKind::Refund, "R", 100, false),
    ];
    assert_eq!(
        came(&[one.clone()], &actions),
        [("act_1".into(), Fate::Failed, "g2".into())]
    );
    assert_eq!(came(&[one], &actions[..1]), []);
}

#[test]
fn f10_a_lost_answer_takes_only_an_action_that_nobody_else_has() {
    let mut done = refund("act_1", Some("R"), Some(100), Fate::Done);
    done.gateway_action = Some("g1".into());
    let lost = refund("act_2", Some("R"), Some(100), Fate::Unknown);
    let first = action("g1", ActionKind::Refund, "R", 100, true);
    let both = [
        first.clone(),
        action("g2", ActionKind::Refund, "R", 100, true),
    ];
    let all = [done, lost];
    assert_eq!(came(&all, &[first]), []);
    assert_eq!(
        came(&all, &both),
        [("act_2".into(), Fate::Done, "g2".into())]
    );
    let two = [
        refund("act_1", Some("R"), Some(100), Fate::Unknown),
        refund("act_2", Some("R"), Some(100), Fate::Unknown),
    ];
    assert_eq!(
        came(&two, &both[..1]).len(),
        1,
        "one action settles one of them"
    );
}

#[test]
fn another_kind_amount_or_reference_is_another_action() {
    let one = refund("act_1", Some("R"), Some(100), Fate::Unknown);
    let nameless = refund("act_2", None, None, Fate::Unknown);
    for other in [
        action("g", ActionKind::Capture, "R", 100, true),
        action("g", ActionKind::Refund, "R", 101, true),
        action("g", ActionKind::Refund, "S", 100, true),
    ] {
        assert_eq!(came(&[one.clone(), nameless.clone()], &[other]), []);
    }
    let ours = action("g", ActionKind::Refund, "act_2", 70, true);
    assert_eq!(match_up(&[nameless], &[ours])[0].came_to, 70);
}

#[test]
fn a_lost_answer_is_repeated_as_long_as_the_gateway_knows_the_key() {
    let unknown = refund("act_1", None, None, Fate::Unknown);
    assert_eq!(next(&unknown, 22 * HOUR), Next::Repeat);
    assert_eq!(next(&unknown, 23 * HOUR), Next::Over);
    let accepted = refund("act_1", None, None, Fate::Accepted);
    assert_eq!(next(&accepted, 24 * HOUR), Next::Wait);
    assert_eq!(next(&accepted, 25 * HOUR), Next::Operator);
}
