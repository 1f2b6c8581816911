//! The stages by name, and what is said of each to those who hear the page.

use leptos::prelude::*;

use super::{Seen, focus::Places};
use crate::{
    screen::{Stage, Waiting},
    text::{Banner, Ending, Text},
};

/// A stage without what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Loading,
    Form,
    Busy,
    Waiting { offline: bool },
    Challenge,
    Ending(Ending),
}

impl Kind {
    pub(super) fn of(stage: &Stage) -> Self {
        match stage {
            Stage::Loading => Self::Loading,
            Stage::Form => Self::Form,
            Stage::Busy => Self::Busy,
            Stage::Waiting(waiting) => Self::Waiting {
                offline: *waiting == Waiting::Connection,
            },
            Stage::Challenge(_) => Self::Challenge,
            Stage::Confirming => Self::Ending(Ending::Confirming),
            Stage::Checking => Self::Ending(Ending::Checking),
            Stage::Unknown => Self::Ending(Ending::Unknown),
            Stage::Left => Self::Ending(Ending::Left),
            Stage::Owned => Self::Ending(Ending::Owned),
            Stage::Processing => Self::Ending(Ending::Processing),
            Stage::Paid => Self::Ending(Ending::Paid),
            Stage::Authorised => Self::Ending(Ending::Authorised),
            Stage::Cancelled => Self::Ending(Ending::Cancelled),
            Stage::Expired => Self::Ending(Ending::Expired),
            Stage::Unavailable { retry: true } => Self::Ending(Ending::Unreachable),
            Stage::Unavailable { retry: false } => Self::Ending(Ending::Unavailable),
        }
    }

    /// The value of `data-stage`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Form => "form",
            Self::Busy => "busy",
            Self::Waiting { .. } => "waiting",
            Self::Challenge => "challenge",
            Self::Ending(Ending::Confirming) => "confirming",
            Self::Ending(Ending::Checking) => "checking",
            Self::Ending(Ending::Unknown) => "unknown",
            Self::Ending(Ending::Left) => "left",
            Self::Ending(Ending::Owned) => "owned",
            Self::Ending(Ending::Processing) => "processing",
            Self::Ending(Ending::Paid) => "paid",
            Self::Ending(Ending::Authorised) => "authorised",
            Self::Ending(Ending::Cancelled) => "cancelled",
            Self::Ending(Ending::Expired) => "expired",
            Self::Ending(Ending::Unreachable | Ending::Unavailable) => "unavailable",
        }
    }

    /// The screen that stands in place of the form, if one does.
    pub(super) fn ending(self) -> Option<Ending> {
        match self {
            Self::Ending(ending) => Some(ending),
            Self::Loading | Self::Form | Self::Busy | Self::Waiting { .. } | Self::Challenge => {
                None
            }
        }
    }
}

/// What the polite live region says. A failure is said by the banner, not here.
pub(super) fn status_text(seen: Seen, places: Places) -> String {
    let words = match seen.kind.get() {
        Kind::Loading => "",
        Kind::Form if places.wrong.get() => seen.text.check_fields,
        Kind::Form => "",
        Kind::Busy => seen.text.paying,
        Kind::Waiting { offline } => return waiting_line(seen, offline),
        Kind::Challenge => {
            let words = &seen.text.challenge;
            seen.screen.with(|screen| match &screen.stage {
                Stage::Challenge(challenge) if challenge.ending => words.last_minute,
                Stage::Challenge(challenge) if challenge.stuck() && screen.can_ask => words.stuck,
                Stage::Challenge(challenge) if challenge.stuck() => words.stuck_alone,
                _ => words.title,
            })
        }
        Kind::Ending(ending) => ending_body(seen, ending),
    };
    words.to_owned()
}

/// What is said while a payment waits: nothing of it has taken effect.
pub(super) fn waiting_line(seen: Seen, offline: bool) -> String {
    let words = waiting_words(seen.text, offline);
    joined([words.what, not_charged(seen), words.next])
}

/// "You have not been charged", except beside an earlier payment that may be on its way back,
/// where it would read as a lie.
pub(super) fn not_charged(seen: Seen) -> &'static str {
    if seen.screen.with(|screen| screen.reversal.is_some()) {
        ""
    } else {
        seen.text.not_charged
    }
}

/// Sentences with a space between them.
pub(super) fn joined(sentences: [&str; 3]) -> String {
    let mut text = String::new();
    for sentence in sentences {
        if !text.is_empty() && !sentence.is_empty() {
            text.push(' ');
        }
        text.push_str(sentence);
    }
    text
}

/// What stands on Pay while it waits, and what is said of it.
pub(super) fn waiting_words(text: &Text, offline: bool) -> Banner {
    (text.waiting)(if offline {
        Waiting::Connection
    } else {
        Waiting::Pause { seconds: 0 }
    })
}

/// What a screen says of the money. While an earlier payment is on its way back, no screen
/// says that nothing was charged.
pub(super) fn ending_body(seen: Seen, ending: Ending) -> &'static str {
    let unpaid = matches!(ending, Ending::Cancelled | Ending::Expired);
    if unpaid && seen.screen.with(|screen| screen.reversal.is_some()) {
        seen.text.pays_nothing
    } else {
        (seen.text.ending)(ending).body
    }
}
