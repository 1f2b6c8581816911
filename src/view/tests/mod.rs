//! What the static HTML of each screen must and must not hold.

mod bank;
mod document;
mod endings;
mod form;
mod notices;

use super::{prerender, render};
use crate::{
    card::{Brand, Field, Network, Problem},
    money::{Currency, Money},
    outcome::{Failure, FailureKind},
    screen::{Challenge, Notice, Order, Screen, Stage, Waiting},
    session::{Line, Mode, Reversal},
};

fn order(mode: Mode) -> Order {
    Order {
        merchant: "Linen & <Co>".to_owned(),
        reference: "ORD-1001".to_owned(),
        total: Money::new(3500, Currency::parse("EUR").unwrap()),
        lines: vec![
            Line {
                name: "Linen shirt".to_owned(),
                quantity: 2,
                amount: 3000,
            },
            Line {
                name: "Postage".to_owned(),
                quantity: 1,
                amount: 500,
            },
        ],
        mode,
        success_url: "https://shop.example/thanks".to_owned(),
        cancel_url: "javascript:alert(1)".to_owned(),
        language: "en".to_owned(),
    }
}

fn screen(stage: Stage) -> Screen {
    Screen {
        order: Some(order(Mode::Hosted)),
        stage,
        ..Screen::default()
    }
}

fn challenge() -> Stage {
    Stage::Challenge(Challenge {
        url: "https://bank.example/3ds?a=1&b=2".to_owned(),
        loaded: false,
        leaving: false,
        slow: false,
        ending: false,
    })
}

fn stages() -> Vec<Stage> {
    vec![
        Stage::Loading,
        Stage::Form,
        Stage::Busy,
        Stage::Waiting(Waiting::Connection),
        Stage::Waiting(Waiting::Pause { seconds: 12 }),
        challenge(),
        Stage::Confirming,
        Stage::Checking,
        Stage::Unknown,
        Stage::Processing,
        Stage::Paid,
        Stage::Authorised,
        Stage::Cancelled,
        Stage::Expired,
        Stage::Unavailable { retry: true },
        Stage::Unavailable { retry: false },
    ]
}

/// The opening tags of `html` that begin with `<name `.
fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.match_indices(&format!("<{name} "))
        .filter_map(|(at, _)| html[at..].split('>').next())
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))
        .and_then(|(_, rest)| rest.split('"').next())
}
