//! Price points: what a page may sell by its name, where no claim of the shop's server states
//! the order.

use crate::{money::Money, provider::checkout_com::chargeable, session::Capture};

use super::urls;

/// A price point. What it costs is said here and nowhere else: pages only name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricePoint {
    /// `pp_ident`: 1 to 256 of `A-Z`, `a-z`, `0-9`, `_` and `-`.
    pub id: String,
    /// What is sold, as the shopper reads it.
    pub name: String,
    /// What it costs.
    pub total: Money,
    /// When the money is taken.
    pub capture: Capture,
    /// Whether the card is kept for later charges without the customer (`one_click`). The shop
    /// must have the customer's consent to that.
    pub save_card: bool,
}

/// Whether `text` can be the id of a price point.
pub(crate) fn is_ident(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// What can't be sold so, and what to do about it.
pub(super) fn problem(prices: &[PricePoint]) -> Option<String> {
    let mut ids = Vec::new();
    for price in prices {
        let id = &price.id;
        if !is_ident(id) {
            return Some(format!(
                "the price {id:?}: expected an id of 1-256 characters of A-Z, a-z, 0-9, _ and -"
            ));
        }
        if price.name.trim().is_empty() || price.name.len() > 500 {
            return Some(format!(
                "the price {id}: expected a name of 1 to 500 bytes; shoppers read it"
            ));
        }
        if let Err(why) = chargeable(price.total) {
            return Some(format!("the price {id}, {}: {why}", price.total));
        }
        ids.push(id.as_str());
    }
    ids.sort_unstable();
    ids.windows(2)
        .find(|pair| pair[0] == pair[1])
        .map(|pair| format!("the price {} occurs twice; give each its own id", pair[0]))
}

/// The same for the pages that may sell them.
pub(super) fn pages_problem(
    origins: &[String],
    prices: &[PricePoint],
    sandbox: bool,
) -> Option<String> {
    if origins.is_empty() && !prices.is_empty() {
        return Some(
            "there are prices and no page may sell them; name the origins of the shop's pages, \
             such as https://shop.example"
                .into(),
        );
    }
    origins
        .iter()
        .find(|origin| {
            !urls::parse(origin).is_some_and(|url| url.is_origin() && url.is_safe(sandbox))
        })
        .map(|origin| {
            format!(
                "{origin:?}: expected https://host[:port] in lower case and nothing more; plain \
                 http is for the sandbox on loopback only"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::{Capture, Money, PricePoint, pages_problem, problem};
    use crate::money::Currency;

    fn price(id: &str, minor: i64, currency: &str) -> PricePoint {
        PricePoint {
            id: id.into(),
            name: "Linen shirt".into(),
            total: Money::new(minor, Currency::parse(currency).unwrap()),
            capture: Capture::Automatic,
            save_card: false,
        }
    }

    #[test]
    fn only_what_the_gateway_can_charge_is_sold_and_each_id_once() {
        assert_eq!(problem(&[]), None);
        assert_eq!(
            problem(&[price("price_shirt", 3500, "EUR"), price("a", 1, "JPY")]),
            None
        );
        for (prices, expected) in [
            (vec![price("", 3500, "EUR")], "1-256 characters"),
            (vec![price("a b", 3500, "EUR")], "1-256 characters"),
            (
                vec![price(&"a".repeat(257), 3500, "EUR")],
                "1-256 characters",
            ),
            (vec![price("free", 0, "EUR")], "the price free"),
            (vec![price("dear", 1_000_000_000, "EUR")], "the price dear"),
            (vec![price("odd", 1001, "KWD")], "the price odd"),
            (
                vec![price("a", 1, "EUR"), price("a", 2, "EUR")],
                "a occurs twice",
            ),
        ] {
            let said = problem(&prices).unwrap();
            assert!(said.contains(expected), "{said}");
        }
        let mut nameless = price("a", 1, "EUR");
        nameless.name = " ".into();
        assert!(problem(&[nameless]).unwrap().contains("expected a name"));
    }

    #[test]
    fn t26_prices_are_sold_on_named_pages_only() {
        let prices = [price("a", 1, "EUR")];
        let asked = |origin: &str, sandbox| pages_problem(&[origin.into()], &prices, sandbox);
        assert!(pages_problem(&[], &[], false).is_none());
        assert!(pages_problem(&[], &prices, false).is_some());
        assert_eq!(asked("https://shop.example", false), None);
        for bad in [
            "*",
            "null",
            "https://shop.example/",
            "https://SHOP.example",
            "http://shop.example",
        ] {
            assert!(asked(bad, false).is_some(), "{bad}");
        }
        assert_eq!(asked("http://127.0.0.1:4806", true), None);
        assert!(asked("http://127.0.0.1:4806", false).is_some());
    }
}
