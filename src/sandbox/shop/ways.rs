//! The ways to pay here, as the catalogue offers them. Another one is another line.

use super::super::template::escape;

/// A way to pay, and what the claim says for it.
#[derive(Debug)]
pub(super) struct Way {
    /// Its name in the form.
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// What the shopper should know of it.
    pub(super) hint: &'static str,
    /// `gateway` of the claim.
    pub(super) gateway: &'static str,
    /// `capture` of the claim.
    pub(super) capture: &'static str,
}

/// Without a claim and a session: the page names a price and a customer.
pub(super) const DIRECT: &str = "funnelfox-direct";

/// All there are; the first is chosen at first.
#[rustfmt::skip]
pub(super) const WAYS: [Way; 4] = [
    Way { id: "at-once", name: "Checkout.com, taken at once", hint: "You pay now.", gateway: "checkout-com", capture: "automatic" },
    Way { id: "when-shipped", name: "Checkout.com, reserved now", hint: "We take it when your parcel leaves.", gateway: "checkout-com", capture: "manual" },
    Way { id: DIRECT, name: "FunnelFox, straight from our page", hint: "No order at the checkout server; pay with 4111 1111 1111 1111, or 4916 9940 6425 2017 where the bank asks.", gateway: "", capture: "automatic" },
    Way { id: "fox", name: "FunnelFox, through the checkout server", hint: "You pay now: 4111 1111 1111 1111, or 4916 9940 6425 2017 where the bank asks.", gateway: "funnelfox", capture: "automatic" },
];

/// The way with this name; the first one without a name.
pub(super) fn find(id: Option<&str>) -> Option<&'static Way> {
    match id {
        None => WAYS.first(),
        Some(id) => WAYS.iter().find(|way| way.id == id),
    }
}

/// The choice as radio buttons.
pub(super) fn choice() -> String {
    let radio = |(index, way): (usize, &Way)| {
        let checked = if index == 0 { " checked" } else { "" };
        format!(
            "<label class=\"way\"><input type=\"radio\" name=\"way\" value=\"{}\"{checked}> \
             <span><b>{}</b> <span class=\"soft\">{}</span></span></label>\n",
            escape(way.id),
            escape(way.name),
            escape(way.hint),
        )
    };
    WAYS.iter().enumerate().map(radio).collect()
}
