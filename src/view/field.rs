//! One field of the card form: label, input, what stands at its end, and what is wrong.

use leptos::{prelude::*, web_sys};

use super::{
    Seen,
    editing::Editor,
    icon::{Icon, icon},
    live::{live_attribute, live_flag, live_truth, live_words},
    mark::mark,
    part::part,
    stage::Kind,
};
use crate::card::Field;

/// Names of a field in the document.
struct Names {
    id: &'static str,
    problem: &'static str,
    data: &'static str,
    autocomplete: &'static str,
    /// `None`: the ordinary keyboard.
    inputmode: Option<&'static str>,
}

fn names(field: Field) -> Names {
    let numeric = Some("numeric");
    let (id, problem, data, autocomplete, inputmode) = match field {
        Field::Number => (
            "card-number",
            "card-number-problem",
            "number",
            "cc-number",
            numeric,
        ),
        Field::Expiry => (
            "card-expiry",
            "card-expiry-problem",
            "expiry",
            "cc-exp",
            numeric,
        ),
        Field::Cvc => ("card-cvc", "card-cvc-problem", "cvc", "cc-csc", numeric),
        Field::Name => ("card-name", "card-name-problem", "name", "cc-name", None),
    };
    Names {
        id,
        problem,
        data,
        autocomplete,
        inputmode,
    }
}

/// A field with what stands at the end of its input. One function for all four, so that the
/// framework's code for it is there once.
pub(super) fn card_field(
    seen: Seen,
    editor: Editor,
    field: Field,
    help: RwSignal<bool>,
) -> impl IntoView {
    let text = seen.text;
    let names = names(field);
    let problem = Memo::new(move |_| {
        editor
            .hint(field)
            .or_else(|| seen.screen.with(|screen| screen.problems.get(field)))
            .map(|problem| (text.problem)(field, problem))
    });
    let numeric = names.inputmode.is_some();
    view! {
        <div class="field" data-for=names.data>
            <label for=names.id>{(text.label)(field)}</label>
            <div class="control">
                <input
                    id=names.id
                    class="input"
                    type="text"
                    data-field=names.data
                    autocomplete=names.autocomplete
                    inputmode=names.inputmode
                    dir=numeric.then_some("ltr")
                    autocapitalize=if numeric { "off" } else { "words" }
                    spellcheck="false"
                    placeholder=(text.placeholder)(field)
                    aria-required="true"
                    aria-describedby=names.problem
                    aria-invalid=live_attribute(move || problem.get().map(|_| "true"))
                    readonly=live_flag(move || !matches!(seen.kind.get(), Kind::Loading | Kind::Form))
                    node_ref=editor.inputs.place(field)
                    on:input=move |event: web_sys::Event| editor.on_input(field, &event)
                    on:compositionstart=move |_| editor.on_composition(field, true)
                    on:compositionend=move |_| editor.on_composition(field, false)
                    on:focus=move |_| editor.on_focus(field)
                    on:blur=move |_| editor.on_blur(field)
                />
                {(field == Field::Number).then(|| brand_end(seen))}
                {(field == Field::Cvc).then(|| help_end(seen, help))}
            </div>
            <p class="problem" id=names.problem>
                {part(move || {
                    problem
                        .get()
                        .map(|problem| {
                            view! {
                                {icon(Icon::Alert)}
                                <span>{problem}</span>
                            }
                        })
                })}
            </p>
        </div>
    }
}

/// The mark of the card's scheme, and its name for those who hear the page.
fn brand_end(seen: Seen) -> impl IntoView {
    let text = seen.text;
    let brand = move || seen.screen.with(|screen| screen.brand);
    view! {
        <span class="end brand">
            {move || mark(brand())}
            <span class="visually-hidden" aria-live="polite">
                {live_words(move || match brand() {
                    _ if seen.screen.with(|screen| screen.networks.is_some()) => text.two_networks,
                    Some(brand) => (text.brand)(brand),
                    None => "",
                })}
            </span>
        </span>
    }
}

/// Opens and closes the words on the security code.
fn help_end(seen: Seen, help: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="end help"
            aria-label=seen.text.cvc_help_label
            aria-expanded=live_truth(move || help.get())
            aria-controls="card-cvc-help"
            on:click=move |_| help.update(|open| *open = !*open)
        >
            {icon(Icon::Help)}
        </button>
    }
}
