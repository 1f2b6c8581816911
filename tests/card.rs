#![cfg(not(target_arch = "wasm32"))]
//! The four inputs, as a shopper meets them: one test per kind of bad input, and properties.
//!
//! Left to the tests in a browser, because the rule lies there:
//! - B03: Enter in a paste does not submit.
//! - B26: undo.
//! - B57: copy, cut and drag from the security code.
//! - B60: the layout holds under combining marks.

#[path = "card/codes.rs"]
mod codes;
#[path = "card/dates.rs"]
mod dates;
#[path = "card/hands.rs"]
mod hands;
#[path = "card/input.rs"]
mod input;
#[path = "card/names.rs"]
mod names;
#[path = "card/networks.rs"]
mod networks;
#[path = "card/numbers.rs"]
mod numbers;
#[path = "card/properties.rs"]
mod properties;
#[path = "card/typing.rs"]
mod typing;
#[path = "card/whole.rs"]
mod whole;
