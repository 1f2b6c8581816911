//! The banner above the form: what happened, what happened to the money, what to do.

use leptos::prelude::*;

use super::{
    Seen,
    icon::{Icon, icon},
    part::part,
    stage::{joined, not_charged},
};
use crate::{outcome::FailureKind, screen::Notice, text};

/// An alert region that is there, empty, from the first paint on.
pub(super) fn notice_banner(seen: Seen) -> impl IntoView {
    let notice = move |at: usize| {
        let notice = Memo::new(move |_| {
            seen.screen
                .with(|screen| screen.notices().into_iter().nth(at).flatten())
        });
        part(move || notice.get().map(|notice| banner(told(seen, notice))))
    };
    view! {
        <div class="notice-region" role="alert">
            {notice(0)}
            {notice(1)}
            {notice(2)}
        </div>
    }
}

/// What stands in one banner.
struct Words {
    calm: bool,
    title: &'static str,
    /// Foreign text.
    message: Option<String>,
    body: String,
}

fn told(seen: Seen, notice: Notice) -> Words {
    let text = seen.text;
    let money = not_charged(seen);
    match notice {
        Notice::Failed { failure, message } => {
            let advice = (text.failure)(&failure);
            // The amount may be reserved: these words say so themselves.
            let money = if failure.kind == FailureKind::ApprovedLate {
                ""
            } else {
                money
            };
            // Our own words where the reason is known, the backend's where only it knows.
            let message = message.filter(|_| failure.kind == FailureKind::Other);
            Words {
                calm: false,
                title: if message.is_some() {
                    text.failed
                } else {
                    advice.what
                },
                message,
                body: joined(["", money, advice.next]),
            }
        }
        Notice::ChallengeCancelled => calm(text.challenge_cancelled, money),
        Notice::PaymentCancelled => calm(text.payment_cancelled, money),
        Notice::OrderChanged => calm(text.order_changed, money),
        Notice::Offline => calm(text.waited, money),
        Notice::NoConnection => calm(text.offline, ""),
        Notice::TooLate(reversal) => calm((text.reversal)(reversal), ""),
    }
}

fn calm(words: text::Banner, money: &str) -> Words {
    Words {
        calm: true,
        title: words.title,
        message: None,
        body: joined([words.what, money, words.next]),
    }
}

fn banner(words: Words) -> impl IntoView {
    let calm = words.calm;
    view! {
        <div class=if calm { "notice calm" } else { "notice" }>
            {icon(if calm { Icon::Info } else { Icon::Alert })}
            <div class="notice-words">
                <p class="notice-title">{words.title}</p>
                {words.message.map(|message| view! { <p><bdi>{message}</bdi></p> })}
                <p>{words.body}</p>
            </div>
        </div>
    }
}
