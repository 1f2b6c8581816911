//! The choice between the two networks of a card, under its number.

use leptos::{ev, prelude::*};

use super::{Seen, stage::Kind};
use crate::{card::Network, screen::Intent};

/// Three radio buttons; the first, checked, leaves it as the card's issuer set it up.
pub(super) fn network_choice(seen: Seen, networks: [Network; 2]) -> impl IntoView {
    let [first, second] = networks;
    view! {
        <fieldset class="networks">
            <legend>{seen.text.networks}</legend>
            {option(seen, None)}
            {option(seen, Some(first))}
            {option(seen, Some(second))}
        </fieldset>
    }
}

fn option(seen: Seen, network: Option<Network>) -> impl IntoView {
    // A disabled one would lose the focus: while a payment runs, a press changes nothing.
    let chosen = move |event: ev::MouseEvent| {
        if seen.kind.try_get_untracked() == Some(Kind::Form) {
            seen.dispatch.send(Intent::Preferred(network));
        } else {
            event.prevent_default();
        }
    };
    view! {
        <label class="network">
            <input
                type="radio"
                name="network"
                checked=network.is_none().then_some("")
                on:click=chosen
            />
            {network.map_or(seen.text.no_preference, Network::name)}
        </label>
    }
}
