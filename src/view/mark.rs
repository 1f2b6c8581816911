//! The marks of the card schemes, drawn for this project: 34 × 22, recognisable by shape
//! and colour.

use leptos::prelude::*;

use crate::card::Brand;

/// A closed path and its colour.
type Shape = (&'static str, &'static str);

const CARD: &str = "M3 0h28a3 3 0 0 1 3 3v16a3 3 0 0 1-3 3H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3Z";
const LEFT_DISC: &str = "M13 5a6 6 0 1 1 0 12 6 6 0 0 1 0-12Z";
const RIGHT_DISC: &str = "M21 5a6 6 0 1 1 0 12 6 6 0 0 1 0-12Z";
const LENS: &str = "M17 6.5a6 6 0 0 1 0 9 6 6 0 0 1 0-9Z";

fn shapes(brand: Option<Brand>) -> &'static [Shape] {
    match brand {
        None => &[
            (CARD, "#dfe2ea"),
            ("M0 5h34v4H0Z", "#b3b9c8"),
            ("M4 13h10v2H4Z", "#b3b9c8"),
            ("M24 13h6v3h-6Z", "#b3b9c8"),
        ],
        Some(Brand::Amex) => &[
            (CARD, "#1f72cd"),
            (
                "M3.6 14.8 6.7 7.2h2l3.1 7.6H9.6L9.1 13.4H6.3l-.5 1.4ZM6.9 11.8h1.6l-.8-2.1Z",
                "#fff",
            ),
            (
                "M12.4 14.8V7.2h2.5l1.5 4 1.5-4h2.5v7.6h-1.8v-5l-1.6 5h-1.2l-1.6-5v5Z",
                "#fff",
            ),
            (
                "M21.6 14.8V7.2h4.2v1.7h-2.4v1.2h2.3v1.7h-2.3v1.3h2.4v1.7Z",
                "#fff",
            ),
            (
                "M26.1 14.8l2-3.9-1.9-3.7h2.1l.9 2 1-2h2l-1.9 3.7 2 3.9h-2.1l-1.1-2.2-1 2.2Z",
                "#fff",
            ),
        ],
        Some(Brand::Diners) => &[
            (CARD, "#fff"),
            ("M17 3.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15Z", "#0a5f9e"),
            ("M17 5a6 6 0 1 1 0 12 6 6 0 0 1 0-12Z", "#fff"),
            ("M15.6 6.5v9a4.7 4.7 0 0 1 0-9Z", "#0a5f9e"),
            ("M18.4 6.5v9a4.7 4.7 0 0 0 0-9Z", "#0a5f9e"),
        ],
        Some(Brand::Discover) => &[
            (CARD, "#fff"),
            ("M34 11v8a3 3 0 0 1-3 3H9c12-1.5 20-5 25-11Z", "#f27712"),
            ("M4 6h3.6a4 4 0 0 1 0 8H4Z", "#23262e"),
            ("M17 6a4 4 0 1 1 0 8 4 4 0 0 1 0-8Z", "#f27712"),
        ],
        Some(Brand::Jcb) => &[
            (CARD, "#fff"),
            ("M7 4h5.5v11a3 3 0 0 1-3 3H5V6a2 2 0 0 1 2-2Z", "#0f66b5"),
            (
                "M16.3 4h5.5v11a3 3 0 0 1-3 3h-4.5V6a2 2 0 0 1 2-2Z",
                "#d3213c",
            ),
            (
                "M25.5 4H31v11a3 3 0 0 1-3 3h-4.5V6a2 2 0 0 1 2-2Z",
                "#1e8b45",
            ),
        ],
        Some(Brand::Maestro) => &[
            (CARD, "#fff"),
            (LEFT_DISC, "#0c8fd6"),
            (RIGHT_DISC, "#e3131f"),
            (LENS, "#6c5bb0"),
        ],
        Some(Brand::Mastercard) => &[
            (CARD, "#fff"),
            (LEFT_DISC, "#e3131f"),
            (RIGHT_DISC, "#f59b1b"),
            (LENS, "#ff5f14"),
        ],
        Some(Brand::Mir) => &[
            (CARD, "#fff"),
            (
                "M4 7h2.5l1.5 4.2L9.5 7H12v8h-2v-4.5L8.6 15H7.4L6 10.5V15H4Z",
                "#2c8a46",
            ),
            ("M14 7h2v4.5L18.8 7H21v8h-2v-4.5L16.2 15H14Z", "#2c8a46"),
            ("M23 11h7a3 3 0 0 1-3 2h-2v2h-2Z", "#2c8a46"),
            (
                "M23 7h4.5A2.7 2.7 0 0 1 30.2 10H25a2.5 2.5 0 0 1-2-3Z",
                "#1386c9",
            ),
        ],
        Some(Brand::Unionpay) => &[
            (CARD, "#fff"),
            (
                "M7.5 3.5h7.5l-3.3 15H5.5a1.5 1.5 0 0 1-1.5-2L6 5a2 2 0 0 1 1.5-1.5Z",
                "#d8232f",
            ),
            ("M14.8 3.5h7.5l-3.3 15h-7.5Z", "#15477f"),
            (
                "M22 3.5h7a1.5 1.5 0 0 1 1.5 2L28.2 17a2 2 0 0 1-2 1.5h-7.5Z",
                "#0a7a80",
            ),
        ],
        Some(Brand::Visa) => &[
            (CARD, "#fff"),
            ("M4.2 7.3h2.3l1.2 4.6 1.9-4.6h2.2L8.5 14.7H6.3Z", "#1a2f8f"),
            ("M12.6 7.3h2.1l-1.4 7.4h-2.1Z", "#1a2f8f"),
            (
                "M21 7.5l-.3 1.7c-1.2-.5-2.7-.5-2.7.2 0 .9 2.6 1 2.6 3 0 2.6-3.3 2.9-5.5 2l.3-1.8c1.4.7 3 .7 3-.1 0-.9-2.5-.9-2.5-2.9 0-2.2 2.9-2.8 5.1-2.1Z",
                "#1a2f8f",
            ),
            (
                "M26.2 7.3h1.9l1.7 7.4h-2l-.3-1.3h-2.6l-.6 1.3h-2.2ZM27 9.6l-1.2 2.2h1.5Z",
                "#1a2f8f",
            ),
        ],
    }
}

/// The mark of a scheme, or a plain card; its name stands beside it in words.
pub(super) fn mark(brand: Option<Brand>) -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 34 22" aria-hidden="true" focusable="false">
            {shapes(brand)
                .iter()
                .map(|(d, fill)| view! { <path d=*d fill=*fill/> })
                .collect_view()}
        </svg>
    }
}
