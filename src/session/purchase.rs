//! What is bought, and by whom, where no server of ours opened a session: the page says so.

use crate::json::Fields;

/// A price point and a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The price point's name at FunnelFox.
    pub price: String,
    /// The merchant's name for the customer.
    pub customer: String,
    /// The customer's address; it goes to FunnelFox and is kept nowhere.
    pub email: String,
    /// ISO 3166 code of two capitals.
    pub country: Option<String>,
    /// The merchant's own name for this purchase.
    pub reference: Option<String>,
}

impl Purchase {
    /// Reads what the page says.
    ///
    /// # Errors
    /// The name of the part at fault.
    pub(crate) fn read(fields: Fields<'_>) -> Result<Self, &'static str> {
        Self::of(&|key| fields.text(key))
    }

    /// Takes each part from `get`, where absent and not a text are one.
    ///
    /// # Errors
    /// The name of the part at fault.
    pub fn of(get: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, &'static str> {
        let must = |key: &'static str, fits: fn(&str) -> bool| {
            get(key).filter(|text| fits(text)).ok_or(key)
        };
        let may = |key: &'static str, fits: fn(&str) -> bool| match get(key) {
            None => Ok(None),
            Some(text) if fits(&text) => Ok(Some(text)),
            Some(_) => Err(key),
        };
        Ok(Self {
            price: must("price", |text| is_name(text, 256))?,
            customer: must("customerId", |text| is_line(text, 256))?,
            email: must("customerEmail", is_address)?,
            country: may("customerCountry", |text| {
                text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
            })?,
            reference: may("reference", |text| is_line(text, 64))?,
        })
    }
}

/// Letters, digits, `-` and `_`.
fn is_name(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// One line, within `most` bytes.
fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Something before and after one `@`, and a dot behind it.
fn is_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (Some(name), Some(host), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let dotted = host
        .rsplit_once('.')
        .is_some_and(|(before, after)| !before.is_empty() && !after.is_empty());
    !name.is_empty() && dotted && text.len() <= 1024 && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::Purchase;

    fn read(change: (&str, &str)) -> Result<Purchase, &'static str> {
        Purchase::of(&|key| {
            let usual = match key {
                "price" => "price_shirt",
                "customerId" => "cus 1",
                "customerEmail" => "a.b@c.example",
                _ => "",
            };
            let text = if change.0 == key { change.1 } else { usual };
            (!text.is_empty()).then(|| text.to_owned())
        })
    }

    #[test]
    fn each_part_is_named_where_it_does_not_fit() {
        assert!(read(("", "")).is_ok());
        assert_eq!(
            read(("customerCountry", "DE")).unwrap().country.as_deref(),
            Some("DE")
        );
        let long = "x".repeat(257);
        for (part, bad) in [
            ("price", ""),
            ("price", "price/1"),
            ("price", &long),
            ("customerId", ""),
            ("customerId", "a\nb"),
            ("customerId", &long),
            ("customerEmail", ""),
            ("customerEmail", "a@b"),
            ("customerEmail", "a@b@c.d"),
            ("customerEmail", "a b@c.d"),
            ("customerEmail", "@c.d"),
            ("customerCountry", "de"),
            ("customerCountry", "DEU"),
            ("reference", &long),
        ] {
            assert_eq!(read((part, bad)).err(), Some(part), "{bad}");
        }
    }
}
