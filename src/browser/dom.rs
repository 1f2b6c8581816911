//! The inputs of the form, and listeners that go with their owner.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, EventTarget, HtmlInputElement};

use crate::card::Field;

fn name(field: Field) -> &'static str {
    match field {
        Field::Number => "number",
        Field::Expiry => "expiry",
        Field::Cvc => "cvc",
        Field::Name => "name",
    }
}

/// The input of a field below `root`.
pub(super) fn input(root: &Element, field: Field) -> Option<HtmlInputElement> {
    root.query_selector(&format!("input[data-field='{}']", name(field)))
        .ok()
        .flatten()
        .and_then(|element| element.dyn_into().ok())
}

/// Empties fields and lets the view know as if they had been emptied by hand.
pub(super) fn clear(root: &Element, fields: &[Field]) {
    for input in fields.iter().filter_map(|field| input(root, *field)) {
        if input.value().is_empty() {
            continue;
        }
        input.set_value("");
        let init = web_sys::EventInit::new();
        init.set_bubbles(true);
        if let Ok(event) = web_sys::Event::new_with_event_init_dict("input", &init) {
            let _heard = input.dispatch_event(&event);
        }
    }
}

/// A listener that ends when it is dropped.
#[must_use = "the listener ends when it is dropped"]
pub(super) struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut(web_sys::Event)>,
}

impl Listener {
    pub(super) fn new(
        target: &EventTarget,
        name: &'static str,
        heard: impl FnMut(web_sys::Event) + 'static,
    ) -> Self {
        let closure = Closure::new(heard);
        // Adding a listener fails for no reason that could be handled here.
        let _added =
            target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        Self {
            target: target.clone(),
            name,
            closure,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _removed = self
            .target
            .remove_event_listener_with_callback(self.name, self.closure.as_ref().unchecked_ref());
    }
}
