//! Amounts as the shopper's language writes them.
//!
//! The browser's own `Intl` writes them, from the decimal text and with the number of
//! decimals of ISO 4217, so that no float and no table of ours comes between.

use crate::money::Money;

/// `€35.00`, `35,00 €`; where there is no `Intl`, `EUR 35.00`.
pub(super) fn shown(language: &str, money: Money) -> String {
    by_browser(language, money).unwrap_or_else(|| money.to_string())
}

#[cfg(not(target_arch = "wasm32"))]
fn by_browser(_language: &str, _money: Money) -> Option<String> {
    None
}

/// `None` where the browser refuses the language or has no `Intl`: its constructor throws.
#[cfg(target_arch = "wasm32")]
fn by_browser(language: &str, money: Money) -> Option<String> {
    use js_sys::{Array, Function, Object, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    let get = |of: &JsValue, key: &str| Reflect::get(of, &JsValue::from_str(key)).ok();
    let decimals = JsValue::from(money.currency.exponent());
    let options = Object::new();
    for (key, value) in [
        ("style", JsValue::from_str("currency")),
        ("currency", JsValue::from_str(money.currency.code())),
        ("minimumFractionDigits", decimals.clone()),
        ("maximumFractionDigits", decimals),
    ] {
        Reflect::set(&options, &JsValue::from_str(key), &value).ok()?;
    }
    let intl = get(&js_sys::global(), "Intl")?;
    let constructor: Function = get(&intl, "NumberFormat")?.dyn_into().ok()?;
    let arguments = Array::of2(&JsValue::from_str(language), &options);
    let format = Reflect::construct(&constructor, &arguments).ok()?;
    let write: Function = get(&format, "format")?.dyn_into().ok()?;
    let decimal = JsValue::from_str(&money.decimal());
    write.call1(&format, &decimal).ok()?.as_string()
}
