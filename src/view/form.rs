//! The card form. It is mounted once and never built again: other screens only hide it.

use leptos::{ev, prelude::*};

use super::{
    Seen,
    editing::Editor,
    ending::way_back,
    field::card_field,
    focus::Places,
    icon::{Icon, icon},
    live::{live_attribute, live_flag, live_text, live_truth, live_words},
    networks::network_choice,
    part::part,
    stage::{Kind, waiting_line, waiting_words},
};
use crate::{
    card::Field,
    screen::{Intent, Screen, Stage, Waiting},
    text::Ending,
};

/// Number, expiry and security code, name, Pay, and the way out.
pub(super) fn card_form(seen: Seen, editor: Editor, places: Places) -> impl IntoView {
    let text = seen.text;
    let working = move || {
        matches!(
            seen.kind.get(),
            Kind::Busy | Kind::Waiting { .. } | Kind::Challenge
        )
    };
    let waits = move || matches!(seen.kind.get(), Kind::Waiting { .. });
    let seconds = move || {
        seen.screen.with(|screen| match screen.stage {
            Stage::Waiting(Waiting::Pause { seconds }) => (text.seconds_left)(seconds),
            _ => String::new(),
        })
    };
    let waiting = move || match seen.kind.get() {
        Kind::Waiting { offline } => waiting_line(seen, offline),
        _ => String::new(),
    };
    // By their names, which alone make another choice.
    let networks = Memo::new(move |_| {
        let networks = seen.screen.with(|screen| screen.networks);
        networks.map(|[first, second]| [first.name(), second.name()].concat())
    });
    let barred = Memo::new(move |_| seen.screen.with(Screen::is_barred));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if barred.try_get_untracked() == Some(true) {
            seen.dispatch.send(Intent::CheckAgain);
            return;
        }
        let ready = seen.kind.try_get_untracked() == Some(Kind::Form);
        if !ready || editor.is_composing() {
            return;
        }
        seen.dispatch.send(Intent::Submitted(editor.inputs.read()));
        places.after_submit(seen, editor);
    };
    let help = RwSignal::new(false);
    let escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && help.try_get_untracked() == Some(true) {
            event.stop_propagation();
            help.set(false);
        }
    };
    let help_text = view! {
        <p class="help-text" id="card-cvc-help" role="note" hidden=live_flag(move || !help.get())>
            {text.cvc_help}
        </p>
    };

    view! {
        <form
            class="card-form"
            novalidate=true
            aria-label=text.card_details
            aria-busy=live_truth(working)
            hidden=live_flag(move || seen.kind.get().ending().is_some())
            on:submit=submit
        >
            {card_field(seen, editor, Field::Number, help)}
            {part(move || {
                networks.get()?;
                seen.screen
                    .with_untracked(|screen| screen.networks)
                    .map(|networks| network_choice(seen, networks))
            })}
            <div class="row" on:keydown=escape>
                {card_field(seen, editor, Field::Expiry, help)}
                {card_field(seen, editor, Field::Cvc, help)}
                {help_text}
            </div>
            {card_field(seen, editor, Field::Name, help)}
            <button
                type="submit"
                class=live_attribute(move || {
                    Some(if barred.get() { "second" } else { "pay" })
                })
                node_ref=places.pay
                aria-disabled=live_truth(move || seen.kind.get() != Kind::Form)
                aria-describedby="pay-to"
            >
                {icon(Icon::Lock)}
                {icon(Icon::Spinner)}
                <span class="pay-label">
                    {live_text(move || match seen.kind.get() {
                        Kind::Loading => text.loading.to_owned(),
                        Kind::Busy | Kind::Challenge => text.paying.to_owned(),
                        Kind::Waiting { offline } => waiting_words(text, offline).title.to_owned(),
                        Kind::Form if barred.get() => text.try_again.to_owned(),
                        Kind::Form | Kind::Ending(_) => (text.pay)(&seen.amount()),
                    })}
                </span>
            </button>
            {part(move || barred.get().then(|| way_back(seen, Ending::Unavailable)))}
            <p class="visually-hidden" id="pay-to">
                {text.pay_to.before}
                <bdi>{live_text(move || seen.of_order(|order| order.merchant.clone()))}</bdi>
                {text.pay_to.after}
            </p>
            <p class="pause">{live_text(waiting)}</p>
            // A timer is read out only when it is asked for.
            <p class="pause" role="timer">
                {live_text(seconds)}
            </p>
            <button
                type="button"
                class="quiet cancel"
                disabled=live_flag(move || seen.kind.get() != Kind::Form && !waits())
                on:click=move |_| {
                    let waits = matches!(
                        seen.kind.try_get_untracked(),
                        Some(Kind::Waiting { .. })
                    );
                    seen.dispatch.send(if waits { Intent::StopWaiting } else { Intent::Cancelled });
                }
            >
                {live_words(move || if waits() { text.stop_waiting } else { text.cancel })}
            </button>
        </form>
    }
}
