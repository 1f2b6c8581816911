//! What is being paid: merchant, amount, reference, lines.

use leptos::{html, prelude::*};

use super::{
    Seen, amount,
    live::{follow, live_flag, live_text, live_words},
    part::part,
};

/// The head of the page. Its places are kept from the first paint, so that nothing moves
/// when the order arrives.
pub(super) fn summary(seen: Seen) -> impl IntoView {
    let text = seen.text;
    let details = NodeRef::<html::Details>::new();
    follow(move || {
        seen.order.track();
        let Some(details) = details.get() else {
            return;
        };
        let width = window().inner_width().ok().and_then(|width| width.as_f64());
        // Two columns: there is room for the lines.
        if width.is_some_and(|width| width >= 880.0) {
            details.set_open(true);
        }
    });
    follow(move || {
        seen.order.with(|order| {
            if let Some(order) = order {
                let around = text.pay_merchant;
                document().set_title(&format!(
                    "{}{}{}",
                    around.before, order.merchant, around.after
                ));
            }
        });
    });

    let known = move || seen.order.with(Option::is_some);
    view! {
        <header class="summary">
            <h1 class="summary-merchant">
                {live_words(move || if known() { text.pay_merchant.before } else { text.checkout })}
                <bdi>{live_text(move || seen.of_order(|order| order.merchant.clone()))}</bdi>
                {live_words(move || if known() { text.pay_merchant.after } else { "" })}
            </h1>
            <p class="summary-amount">
                <bdi>{live_text(move || seen.amount())}</bdi>
            </p>
            <p class="summary-reference">
                {live_words(move || if known() { text.order } else { "" })} {" "}
                <bdi>{live_text(move || seen.of_order(|order| order.reference.clone()))}</bdi>
            </p>
            <details
                class="summary-lines"
                node_ref=details
                hidden=live_flag(move || seen.order.with(|order| order.as_ref().is_some_and(|order| order.lines.is_empty())))
            >
                <summary>{text.details}</summary>
                <ul>{part(move || Some(lines(seen)))}</ul>
            </details>
        </header>
    }
}

fn lines(seen: Seen) -> impl IntoView {
    let times = seen.text.times;
    seen.of_order(|order| {
        order
            .lines
            .iter()
            .map(|line| {
                let money = crate::money::Money::new(line.amount, order.total.currency);
                let amount = amount::shown(&order.language, money);
                let count = (line.quantity != 1).then(|| times(line.quantity));
                view! {
                    <li>
                        <span class="line-name">
                            {count} {" "} <bdi>{line.name.clone()}</bdi>
                        </span>
                        <bdi class="line-amount">{amount}</bdi>
                    </li>
                }
            })
            .collect_view()
    })
}
