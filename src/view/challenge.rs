//! The bank's page in a dialog over the form.

use leptos::{ev, html, prelude::*};

use super::{
    Seen,
    icon::{Icon, icon},
    live::{follow, live_attribute, live_flag, live_text, live_words},
    part::part,
};
use crate::screen::{Challenge, Intent, Stage};

/// The bank's own pages break without scripts, forms and their own storage; what they never
/// get is navigation of the top window (T13).
const SANDBOX: &str = "allow-scripts allow-forms allow-same-origin allow-popups";
const ALLOW: &str = "payment *; publickey-credentials-get *";

/// The dialog: merchant and amount in its head, the bank's frame, the way out.
pub(super) fn challenge_dialog(seen: Seen, url: String) -> impl IntoView {
    let words = &seen.text.challenge;
    let dialog = NodeRef::<html::Div>::new();
    let state = move |read: fn(&Challenge) -> bool| {
        Memo::new(move |_| {
            seen.screen.with(|screen| match &screen.stage {
                Stage::Challenge(challenge) => read(challenge),
                _ => false,
            })
        })
    };
    let loaded = state(|challenge| challenge.loaded);
    let leaving = state(|challenge| challenge.leaving);
    let stuck = state(Challenge::stuck);
    let slow = state(|challenge| challenge.slow);
    let ending = state(|challenge| challenge.ending);
    // Where nobody can be asked there is no way back from a full page, and no other card before
    // this payment is over.
    let asked_for = seen.screen.with_untracked(|screen| screen.can_ask);
    let (target, stuck_words) = if asked_for {
        ("_top", words.stuck)
    } else {
        ("_blank", words.stuck_alone)
    };

    follow(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.focus();
        }
    });
    let mut asked = false;
    follow(move || {
        let asking = leaving.get();
        // Back from the question: into the dialog again.
        if let (true, false, Some(dialog)) = (asked, asking, dialog.get_untracked()) {
            let _ = dialog.focus();
        }
        asked = asking;
    });
    // On the window, so that Escape works wherever the focus is, except inside the bank's page.
    follow(move || {
        let handle = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" && !event.is_composing() {
                let intent = match leaving.try_get_untracked() {
                    Some(true) => Intent::StayInChallenge,
                    Some(false) => Intent::LeaveChallenge,
                    None => return,
                };
                event.prevent_default();
                seen.dispatch.send(intent);
            }
        });
        on_cleanup(move || handle.remove());
    });

    view! {
        <div class="veil">
            <div
                class="dialog"
                role="dialog"
                aria-modal="true"
                aria-labelledby="challenge-title"
                aria-describedby="challenge-order"
                tabindex="-1"
                node_ref=dialog
            >
                <header class="dialog-head" inert=live_flag(move || leaving.get())>
                    <div class="dialog-words">
                        <h2 class="dialog-title" id="challenge-title">
                            {words.title}
                        </h2>
                        <p class="dialog-order" id="challenge-order">
                            <bdi class="dialog-amount">{live_text(move || seen.amount())}</bdi>
                            {" · "}
                            <bdi>{live_text(move || seen.of_order(|order| order.merchant.clone()))}</bdi>
                        </p>
                    </div>
                    <button
                        type="button"
                        class="close"
                        aria-label=words.close
                        on:click=move |_| seen.dispatch.send(Intent::LeaveChallenge)
                    >
                        {icon(Icon::Close)}
                    </button>
                </header>
                <p class="last-minute" hidden=live_flag(move || !ending.get())>
                    {words.last_minute}
                </p>
                <div class="dialog-body" inert=live_flag(move || leaving.get())>
                    <p class="waiting" hidden=live_flag(move || loaded.get())>
                        <span
                            class="progress"
                            aria-hidden="true"
                            hidden=live_flag(move || stuck.get())
                        >
                            {""}
                        </span>
                        {live_words(move || if stuck.get() { stuck_words } else { words.waiting })}
                    </p>
                    <iframe
                        class="bank"
                        title=words.frame
                        sandbox=SANDBOX
                        allow=ALLOW
                        referrerpolicy="no-referrer"
                        src=url.clone()
                        on:load=move |_| seen.dispatch.send(Intent::ChallengeLoaded)
                    >
                        {""}
                    </iframe>
                </div>
                <div class="dialog-foot" inert=live_flag(move || leaving.get())>
                    <a href=url target=target rel="noreferrer">
                        {words.full_page}
                    </a>
                    <button
                        type="button"
                        class=live_attribute(move || {
                            Some(if stuck.get() { "second" } else { "quiet" })
                        })
                        hidden=live_flag(move || !slow.get() || !asked_for)
                        on:click=move |_| {
                            seen.dispatch
                                .send(
                                    // A page that is there may be about to pay: asked first.
                                    if stuck.get_untracked() {
                                        Intent::AbandonChallenge
                                    } else {
                                        Intent::LeaveChallenge
                                    },
                                );
                        }
                    >
                        {words.other_card}
                    </button>
                </div>
                {part(move || leaving.get().then(|| leave_question(seen)))}
            </div>
        </div>
    }
}

/// "Leave your bank's page?" over the dialog; the bank's page stays loaded beneath.
fn leave_question(seen: Seen) -> impl IntoView {
    let words = &seen.text.challenge;
    let stay = NodeRef::<html::Button>::new();
    follow(move || {
        if let Some(stay) = stay.get() {
            let _ = stay.focus();
        }
    });
    view! {
        <div class="leave">
            <div
                class="leave-box"
                role="alertdialog"
                aria-labelledby="leave-title"
                aria-describedby="leave-body"
            >
                <h3 class="leave-title" id="leave-title">
                    {words.leave_title}
                </h3>
                <p id="leave-body">{words.leave_body}</p>
                <div class="leave-choice">
                    <button
                        type="button"
                        class="first"
                        node_ref=stay
                        on:click=move |_| seen.dispatch.send(Intent::StayInChallenge)
                    >
                        {words.stay}
                    </button>
                    <button
                        type="button"
                        class="second"
                        on:click=move |_| seen.dispatch.send(Intent::AbandonChallenge)
                    >
                        {words.leave}
                    </button>
                </div>
            </div>
        </div>
    }
}
