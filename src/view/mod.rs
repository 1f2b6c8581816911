//! What people see: Leptos components that read a [`Screen`] and answer with [`Intent`]s.
//!
//! The same view is drawn on the host into the page's first paint and hydrated by the
//! wasm. What is typed survives both: the inputs are uncontrolled and mounted once, texts
//! are blocks, looks are classes, and no subtree is wholly literal (it would become
//! `innerHTML`, which Trusted Types refuse).

mod amount;
mod challenge;
mod editing;
mod ending;
mod field;
mod focus;
mod form;
mod icon;
mod link;
mod live;
mod mark;
mod networks;
mod notice;
mod part;
mod stage;
mod summary;

use std::rc::Rc;

use leptos::prelude::*;

use crate::{
    screen::{Intent, Order, Screen, Stage},
    session::Mode,
    text::Text,
};

use self::{
    challenge::challenge_dialog,
    editing::{Editor, Inputs},
    ending::ending_screen,
    focus::{Places, follow_stage},
    form::card_form,
    live::{live_attribute, live_flag, live_text},
    notice::notice_banner,
    part::part,
    stage::{Kind, status_text},
    summary::summary,
};

/// Where intents go. Never called on the host.
#[derive(Clone, Copy)]
pub struct Dispatch(StoredValue<Rc<dyn Fn(Intent)>, LocalStorage>);

impl Dispatch {
    /// Sends every intent to `run`. Must be made where the view is made (inside its owner).
    pub fn new(run: impl Fn(Intent) + 'static) -> Self {
        Self(StoredValue::new_local(Rc::new(run)))
    }

    /// Tells what the shopper did; after the view is gone, nothing.
    pub(crate) fn send(&self, intent: Intent) {
        // Cloned out first: the receiver may take the view down.
        if let Some(run) = self.0.try_get_value() {
            run(intent);
        }
    }
}

/// What all parts of the view need.
#[derive(Clone, Copy)]
struct Seen {
    text: &'static Text,
    screen: ReadSignal<Screen>,
    dispatch: Dispatch,
    kind: Memo<Kind>,
    order: Memo<Option<Order>>,
}

impl Seen {
    fn new(text: &'static Text, screen: ReadSignal<Screen>, dispatch: Dispatch) -> Self {
        let order = Memo::new(move |_| screen.with(|screen| screen.order.clone()));
        Self {
            text,
            screen,
            dispatch,
            kind: Memo::new(move |_| screen.with(|screen| Kind::of(&screen.stage))),
            order,
        }
    }

    /// The total in the shopper's way of writing; empty until the order is known.
    fn amount(&self) -> String {
        self.of_order(|order| amount::shown(&order.language, order.total))
    }

    /// A part of the order; its default until the order is known.
    fn of_order<T: Default>(&self, part: impl Fn(&Order) -> T) -> T {
        self.order
            .with(|order| order.as_ref().map(part).unwrap_or_default())
    }
}

/// The whole checkout document below `#checkout`.
#[component]
pub fn Checkout(
    /// The words; the same as those the page was drawn with.
    text: &'static Text,
    /// What is shown.
    screen: ReadSignal<Screen>,
    /// Where intents go.
    dispatch: Dispatch,
) -> impl IntoView {
    let seen = Seen::new(text, screen, dispatch);
    let editor = Editor::new(Inputs::new(), dispatch);
    let places = Places::new();
    follow_stage(seen, editor, places);

    let mode = move || match seen
        .order
        .with(|order| order.as_ref().map(|order| order.mode))
    {
        None => Some("unknown"),
        Some(Mode::Hosted) => Some("hosted"),
        Some(Mode::Embedded) => Some("embedded"),
    };
    let challenge = Memo::new(move |_| {
        screen.with(|screen| match &screen.stage {
            Stage::Challenge(challenge) => Some(challenge.url.clone()),
            _ => None,
        })
    });
    let support = Memo::new(move |_| screen.with(|screen| screen.support.clone()));

    view! {
        <div
            class="checkout"
            dir=text.direction
            data-stage=live_attribute(move || Some(seen.kind.get().name()))
            data-mode=live_attribute(mode)
        >
            <main class="page" inert=live_flag(move || seen.kind.get() == Kind::Challenge)>
                {summary(seen)}
                <div class="work">
                    {notice_banner(seen)}
                    {card_form(seen, editor, places)}
                    {part(move || {
                        seen.kind
                            .get()
                            .ending()
                            .map(|ending| ending_screen(seen, ending, places))
                    })}
                    {part(move || {
                        support
                            .get()
                            .map(|code| {
                                view! {
                                    <p class="support">
                                        {text.support} {" "} <code dir="ltr">{code}</code>
                                    </p>
                                }
                            })
                    })}
                </div>
            </main>
            {part(move || {
                challenge
                    .get()
                    .map(|url| challenge_dialog(seen, url))
            })}
            <p class="visually-hidden" role="status">
                {live_text(move || status_text(seen, places))}
            </p>
        </div>
    }
}

/// The view of a screen as static HTML.
#[cfg(not(target_arch = "wasm32"))]
pub fn render(screen: &Screen) -> String {
    let language = screen
        .order
        .as_ref()
        .map_or("en", |order| order.language.as_str());
    draw(crate::text::for_language(language), screen.clone())
}

/// The first paint, for the template: the form while the session is being fetched.
#[cfg(not(target_arch = "wasm32"))]
pub fn prerender(language: &str) -> String {
    draw(crate::text::for_language(language), Screen::default())
}

#[cfg(not(target_arch = "wasm32"))]
fn draw(text: &'static Text, screen: Screen) -> String {
    Owner::new().with(|| {
        let (screen, _) = signal(screen);
        let dispatch = Dispatch::new(|_| {});
        view! { <Checkout text screen dispatch/> }.to_html()
    })
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
