//! Where the focus goes when the screen changes.
//!
//! Nothing takes the focus on load (A31); afterwards it goes where the work is: the wrong
//! field, the empty security code, Pay, or the heading of a new screen.

use leptos::{html, prelude::*};

use super::{Seen, editing::Editor, live::follow, stage::Kind};
use crate::{
    card::Field,
    outcome::{Failure, Retry},
    screen::Notice,
};

/// Places that can take the focus.
#[derive(Clone, Copy)]
pub(super) struct Places {
    pub(super) pay: NodeRef<html::Button>,
    pub(super) heading: NodeRef<html::H2>,
    /// Pay was pressed and fields are wrong.
    pub(super) wrong: RwSignal<bool>,
    submitted: StoredValue<bool>,
}

impl Places {
    pub(super) fn new() -> Self {
        Self {
            pay: NodeRef::new(),
            heading: NodeRef::new(),
            wrong: RwSignal::new(false),
            submitted: StoredValue::new(false),
        }
    }

    /// After Pay: the first wrong field gets the focus, and it is said once (A07).
    pub(super) fn after_submit(&self, seen: Seen, editor: Editor) {
        // Cleared first, so that a second press is heard as well.
        self.wrong.try_set(false);
        self.submitted.try_set_value(true);
        self.settle_submit(seen, editor);
    }

    fn settle_submit(&self, seen: Seen, editor: Editor) {
        if self.submitted.try_get_value() != Some(true) {
            return;
        }
        let first = seen
            .screen
            .try_with_untracked(|screen| screen.problems.first())
            .flatten();
        if let Some(field) = first {
            self.submitted.try_set_value(false);
            self.wrong.try_set(true);
            editor.inputs.focus(field, false);
        }
    }

    fn focus_pay(&self) {
        if let Some(pay) = self.pay.try_get_untracked().flatten() {
            let _ = pay.focus();
        }
    }

    fn focus_heading(&self) {
        if let Some(heading) = self.heading.try_get_untracked().flatten() {
            let _ = heading.focus();
        }
    }
}

/// Moves the focus as the stages change.
pub(super) fn follow_stage(seen: Seen, editor: Editor, places: Places) {
    let mut last = None;
    follow(move || {
        let now = seen.kind.get();
        if let Some(before) = last.replace(now).filter(|before| *before != now) {
            arrive(seen, editor, places, before, now);
        }
    });
    follow(move || {
        let fine = seen.screen.with(|screen| screen.problems.is_empty());
        if fine {
            places.wrong.try_set(false);
        } else {
            places.settle_submit(seen, editor);
        }
    });
}

fn arrive(seen: Seen, editor: Editor, places: Places, before: Kind, now: Kind) {
    if now != Kind::Form {
        places.submitted.try_set_value(false);
    }
    match now {
        // The dialog takes the focus itself.
        Kind::Loading | Kind::Busy | Kind::Waiting { .. } | Kind::Challenge => {}
        Kind::Form if before == Kind::Loading => {}
        Kind::Form => back_to_form(seen, editor, places),
        Kind::Ending(_) => {
            let in_use = || {
                document()
                    .active_element()
                    .is_some_and(|at| at.tag_name() != "BODY")
            };
            if before != Kind::Loading || in_use() {
                places.focus_heading();
            }
        }
    }
}

fn back_to_form(seen: Seen, editor: Editor, places: Places) {
    let inputs = editor.inputs;
    let (notice, problem) = seen
        .screen
        .try_with_untracked(|screen| (screen.notice.clone(), screen.problems.first()))
        .unwrap_or_default();
    match notice {
        // In Pay's place stands another try.
        Some(notice) if notice.bars() => places.focus_pay(),
        Some(Notice::Failed { failure, .. }) => match place_of(&failure).or(problem) {
            Some(field) => inputs.focus(field, true),
            None if inputs.is_empty(Field::Cvc) => inputs.focus(Field::Cvc, false),
            None => places.focus_pay(),
        },
        Some(
            Notice::ChallengeCancelled
            | Notice::PaymentCancelled
            | Notice::OrderChanged
            | Notice::Offline,
        ) => inputs.focus(Field::Cvc, false),
        Some(Notice::NoConnection | Notice::TooLate(_)) | None => match problem {
            Some(field) => inputs.focus(field, false),
            None => places.focus_pay(),
        },
    }
}

/// The field where another card begins, or which the failure names.
fn place_of(failure: &Failure) -> Option<Field> {
    failure
        .field
        .or((failure.retry == Retry::OtherCard).then_some(Field::Number))
}
