//! The Leptos components: they see `Screen` and answer with `Intent`, nothing else.

use crate::screen::{Intent, Screen};
use leptos::prelude::*;

/// stub
#[component]
pub fn Checkout(screen: ReadSignal<Screen>, dispatch: UnsyncCallback<Intent>) -> impl IntoView {
    let _ = (screen, dispatch);
    view! { <p>{"x"}</p> }
}

#[cfg(not(target_arch = "wasm32"))]
/// stub
pub fn prerender(_language: &str) -> String {
    String::new()
}
