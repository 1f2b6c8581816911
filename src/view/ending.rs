//! The screens that stand in place of the form: waiting, paid, and the ways it can end.

use leptos::prelude::*;

use super::{
    Seen,
    focus::Places,
    icon::{Icon, icon},
    link::web_address,
    live::{live_text, live_words},
    part::part,
    stage::ending_body,
};
use crate::{screen::Intent, session::Mode, text::Ending};

/// Heading, sentence about the money, receipt, and one way on.
pub(super) fn ending_screen(seen: Seen, ending: Ending, places: Places) -> impl IntoView {
    let text = seen.text;
    let words = (text.ending)(ending);
    let sign = match ending {
        Ending::Confirming | Ending::Checking => Icon::Spinner,
        Ending::Left | Ending::Processing | Ending::Expired => Icon::Clock,
        Ending::Paid | Ending::Authorised => Icon::Tick,
        Ending::Cancelled => Icon::Cross,
        Ending::Unknown | Ending::Owned | Ending::Unreachable | Ending::Unavailable => Icon::Info,
    };
    view! {
        <section class="ending" aria-labelledby="ending-title">
            <div class="sign">{icon(sign)}</div>
            <h2 class="ending-title" id="ending-title" tabindex="-1" node_ref=places.heading>
                {words.title}
            </h2>
            <p class="ending-body">{live_words(move || ending_body(seen, ending))}</p>
            {receipt(seen)}
            <p class="ending-next">{words.next}</p>
            {ask_again(seen, ending)}
            {part(move || way_back(seen, ending))}
        </section>
    }
}

/// Amount, merchant and reference, once the order is known.
fn receipt(seen: Seen) -> impl IntoView {
    let text = seen.text;
    let known = Memo::new(move |_| seen.order.with(Option::is_some));
    part(move || {
        known.get().then(|| {
            view! {
                <dl class="receipt">
                    <div>
                        <dt>{text.amount}</dt>
                        <dd class="receipt-amount">
                            <bdi>{live_text(move || seen.amount())}</bdi>
                        </dd>
                    </div>
                    <div>
                        <dt>{text.merchant}</dt>
                        <dd>
                            <bdi>{live_text(move || seen.of_order(|order| order.merchant.clone()))}</bdi>
                        </dd>
                    </div>
                    <div>
                        <dt>{text.order}</dt>
                        <dd>
                            <bdi>{live_text(move || seen.of_order(|order| order.reference.clone()))}</bdi>
                        </dd>
                    </div>
                </dl>
            }
        })
    })
}

fn ask_again(seen: Seen, ending: Ending) -> Option<impl IntoView> {
    let can_ask = seen.screen.with_untracked(|screen| screen.can_ask);
    let label = match ending {
        Ending::Left => Some(seen.text.back_to_bank),
        _ if !can_ask => None,
        Ending::Checking | Ending::Processing => Some(seen.text.check_again),
        Ending::Unreachable => Some(seen.text.try_again),
        Ending::Confirming
        | Ending::Unknown
        | Ending::Owned
        | Ending::Paid
        | Ending::Authorised
        | Ending::Cancelled
        | Ending::Expired
        | Ending::Unavailable => None,
    };
    label.map(|label| {
        view! {
            <button
                type="button"
                class="second"
                on:click=move |_| {
                    seen.dispatch
                        .send(
                            if ending == Ending::Left {
                                Intent::StayInChallenge
                            } else {
                                Intent::CheckAgain
                            },
                        );
                }
            >
                {label}
            </button>
        }
    })
}

/// On the hosted page, the link to the shop.
pub(super) fn way_back(seen: Seen, ending: Ending) -> Option<impl IntoView> {
    let (merchant, url) = seen.order.with(|order| {
        let order = order.as_ref().filter(|order| order.mode == Mode::Hosted)?;
        let url = match ending {
            Ending::Paid | Ending::Authorised => &order.success_url,
            Ending::Cancelled
            | Ending::Expired
            | Ending::Owned
            | Ending::Unreachable
            | Ending::Unavailable => &order.cancel_url,
            // Neither of the shop's pages is true while the result is open.
            Ending::Confirming
            | Ending::Checking
            | Ending::Unknown
            | Ending::Left
            | Ending::Processing => return None,
        };
        Some((order.merchant.clone(), web_address(url)?))
    })?;
    let around = seen.text.return_to;
    Some(view! {
        <a class="second" href=url target="_top" rel="noreferrer">
            <span>{around.before}<bdi>{merchant}</bdi>{around.after}</span>
        </a>
    })
}
