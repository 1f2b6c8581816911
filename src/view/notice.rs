//! The banner above the form: what happened, what happened to the money, what to do.

use leptos::prelude::*;

use super::{
    Seen,
    icon::{Icon, icon},
    part::part,
    stage::Kind,
};
use crate::{outcome::FailureKind, screen::Notice, text::Text};

/// An alert region that is there, empty, from the first paint on.
pub(super) fn notice_banner(seen: Seen) -> impl IntoView {
    let notice = Memo::new(move |_| {
        (seen.kind.get() == Kind::Form)
            .then(|| seen.screen.with(|screen| screen.notice.clone()))
            .flatten()
    });
    view! {
        <div class="notice-region" role="alert">
            {part(move || notice.get().map(|notice| banner(seen.text, notice)))}
        </div>
    }
}

fn banner(text: &'static Text, notice: Notice) -> impl IntoView {
    let (calm, title, message, body) = match notice {
        Notice::Failed { failure, message } => {
            let advice = (text.failure)(&failure);
            let body = if failure.kind == FailureKind::ApprovedLate {
                // The amount may be reserved: these words say so themselves.
                advice.next.to_owned()
            } else {
                format!("{} {}", text.not_charged, advice.next)
            };
            // Our own words where the reason is known, the backend's where only it knows.
            match message.filter(|_| failure.kind == FailureKind::Other) {
                Some(message) => (false, text.failed, Some(message), body),
                None => (false, advice.what, None, body),
            }
        }
        Notice::ChallengeCancelled => (
            true,
            text.challenge_cancelled.title,
            None,
            text.challenge_cancelled.body.to_owned(),
        ),
        Notice::Offline => (true, text.offline.title, None, text.offline.body.to_owned()),
    };
    view! {
        <div class=if calm { "notice calm" } else { "notice" }>
            {icon(if calm { Icon::Info } else { Icon::Alert })}
            <div class="notice-words">
                <p class="notice-title">{title}</p>
                {message.map(|message| view! { <p><bdi>{message}</bdi></p> })}
                <p>{body}</p>
            </div>
        </div>
    }
}
