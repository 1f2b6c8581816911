//! Fills the holes of an HTML file: `{{name}}`. One pass, so that a value is never a template.

/// What goes into a hole.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// Text from anywhere: escaped.
    Text(String),
    /// HTML that this room made itself.
    Html(String),
}

impl Part {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// Fills every `{{name}}` of `template`; a hole without a part stays empty.
pub(crate) fn fill(template: &str, parts: &[(&str, Part)]) -> String {
    let mut page = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let Some((name, tail)) = after.split_once("}}") else {
            page.push_str("{{");
            rest = after;
            continue;
        };
        match parts.iter().find(|(key, _)| *key == name) {
            Some((_, Part::Text(text))) => page.push_str(&escape(text)),
            Some((_, Part::Html(html))) => page.push_str(html),
            None => {}
        }
        rest = tail;
    }
    page.push_str(rest);
    page
}

/// Makes text safe as HTML content and inside a double-quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Minor units as a shopper reads them: `€35.00`, `¥4,200`, `12.500 KWD`.
pub(crate) fn price(amount: i64, currency: &str) -> String {
    let decimals = decimals(currency);
    let unit = 10u64.pow(decimals);
    let absolute = amount.unsigned_abs();
    let mut number = grouped(absolute / unit);
    if decimals > 0 {
        let width = usize::try_from(decimals).unwrap_or(2);
        number = format!("{number}.{:0width$}", absolute % unit);
    }
    let sign = if amount < 0 { "-" } else { "" };
    match currency {
        "EUR" => format!("{sign}€{number}"),
        "JPY" => format!("{sign}¥{number}"),
        "GBP" => format!("{sign}£{number}"),
        "USD" => format!("{sign}${number}"),
        other => format!("{sign}{number} {other}"),
    }
}

/// What somebody typed as an amount of `currency`, such as `35` or `35.00`, in minor units.
pub(crate) fn minor_units(typed: &str, currency: &str) -> Option<i64> {
    let (whole, part) = typed.trim().split_once('.').unwrap_or((typed.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let width = usize::try_from(decimals(currency)).ok()?;
    if whole.is_empty() || part.len() > width || !digits(whole) || !digits(part) {
        return None;
    }
    format!("{whole}{part:0<width$}").parse().ok()
}

/// How many decimals the amounts of a currency have.
pub(crate) fn decimals(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_become_html_or_a_template() {
        let page = fill(
            "<p title=\"{{a}}\">{{b}}{{missing}}</p>",
            &[
                ("a", Part::text("\" onload=\"x")),
                ("b", Part::text("{{a}}<script>")),
            ],
        );
        assert_eq!(
            page,
            "<p title=\"&quot; onload=&quot;x\">{{a}}&lt;script&gt;</p>"
        );
    }

    #[test]
    fn prices_follow_the_decimals_of_the_currency() {
        assert_eq!(price(3500, "EUR"), "€35.00");
        assert_eq!(price(4200, "JPY"), "¥4,200");
        assert_eq!(price(12500, "KWD"), "12.500 KWD");
        assert_eq!(price(1_234_567, "USD"), "$12,345.67");
    }

    #[test]
    fn typed_amounts_become_minor_units_or_nothing() {
        assert_eq!(minor_units(" 35 ", "EUR"), Some(3500));
        assert_eq!(minor_units("35.5", "EUR"), Some(3550));
        assert_eq!(minor_units("4200", "JPY"), Some(4200));
        assert_eq!(minor_units("1.250", "KWD"), Some(1250));
        for wrong in ["", ".5", "35,00", "-1", "1.234", "1e3", "1.2.3"] {
            assert_eq!(minor_units(wrong, "EUR"), None, "{wrong}");
        }
        assert_eq!(minor_units("1.5", "JPY"), None);
    }
}
