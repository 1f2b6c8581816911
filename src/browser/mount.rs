//! The ways in: `boot` for the checkout document, `mount` for a shop's own page.

use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsError, JsValue, prelude::wasm_bindgen};
use web_sys::HtmlElement;

use super::{channel::Channel, runner::Runner};
use crate::{
    embed::Told,
    flow::{Backend, Event, Flow, Place},
    screen::Screen,
    session::Purchase,
    text,
    view::{self, Dispatch},
};

/// Brings the prerendered document to life. `fresh` draws it anew instead, for documents that
/// were changed before the wasm came.
///
/// # Errors
/// The document's address is not that of a session, or of an organisation.
#[wasm_bindgen]
pub fn boot(root: HtmlElement, fresh: bool) -> Result<(), JsError> {
    let href = web_sys::window()
        .and_then(|window| window.location().href().ok())
        .unwrap_or_default();
    let flow = match place(&href) {
        Some(place) => Flow::direct(place),
        None => Flow::new(backend(&href)?),
    };
    let runner = Runner::new(root.clone(), flow, Rc::new(|_| ()));
    let drawn = Rc::clone(&runner);
    let app = move || draw(&drawn);
    if fresh {
        mount_to(root, app).forget();
    } else {
        hydrate_from(root, app).forget();
    }
    // The channel lives as long as the document: its listener holds it.
    let _channel = Channel::open(&runner);
    runner.start();
    Ok(())
}

/// What [`mount`] takes.
const KEYS: [&str; 8] = [
    "checkoutUrl",
    "directUrl",
    "price",
    "customerId",
    "customerEmail",
    "customerCountry",
    "reference",
    "on",
];

/// Options of [`mount`]. Read key by key: a derived reader would bring the writing of floats
/// for its errors, a twentieth of the wasm.
struct Options {
    flow: Flow,
    /// What is bought, where no session says so.
    purchase: Option<Purchase>,
    /// Called with the name and the detail of each event.
    on: Option<Function>,
}

impl Options {
    fn read(value: &JsValue) -> Result<Self, JsError> {
        let invalid = |what: &str| JsError::new(&["invalid_options: ", what].concat());
        if !value.is_object() {
            return Err(invalid(
                "expected an object with `checkoutUrl`, or with `directUrl`",
            ));
        }
        for key in Object::keys(value.unchecked_ref::<Object>()) {
            let key = key.as_string().unwrap_or_default();
            if !KEYS.contains(&key.as_str()) {
                let what = [
                    "`",
                    &key,
                    "` is unknown; see checkout.d.ts for what there is",
                ]
                .concat();
                return Err(invalid(&what));
            }
        }
        // Absent and unreadable are one here.
        let get = |key: &str| Reflect::get(value, &key.into()).unwrap_or_default();
        let on = get("on");
        let text = |key: &str| get(key).as_string();
        let (flow, purchase) = match (text("checkoutUrl"), text("directUrl")) {
            (Some(url), None) => {
                // Its session says all of that.
                if KEYS[2..7].iter().any(|key| text(key).is_some()) {
                    return Err(invalid("price, customer and reference go with `directUrl`"));
                }
                (Flow::new(backend(&url)?), None)
            }
            (None, Some(url)) => {
                let place = place(&url).ok_or_else(|| {
                    invalid("`directUrl` is not https://…/direct/ and an organisation")
                })?;
                let purchase = Purchase::of(&text)
                    .map_err(|key| invalid(&["`", key, "` is missing or does not fit"].concat()))?;
                (Flow::direct(place), Some(purchase))
            }
            _ => return Err(invalid("expected `checkoutUrl` or `directUrl`, a text")),
        };
        Ok(Self {
            flow,
            purchase,
            on: match on.dyn_into::<Function>() {
                Ok(function) => Some(function),
                Err(value) if value.is_undefined() || value.is_null() => None,
                Err(_) => return Err(invalid("`on` is not a function")),
            },
        })
    }
}

/// Draws the checkout into an element of the page itself, without a frame. The card is then
/// typed into the shop's own document: see the PCI DSS table of the README first.
///
/// Events are dispatched on the element as `fanfare-checkout-…` and given to `options.on`.
///
/// # Errors
/// Each names the option at fault: `invalid_options`, `invalid_checkout_url`,
/// `already_mounted`.
#[wasm_bindgen]
pub fn mount(element: HtmlElement, options: JsValue) -> Result<Checkout, JsError> {
    let Options { flow, purchase, on } = Options::read(&options)?;
    if element.has_attribute("data-fanfare-mounted") {
        return Err(JsError::new(
            "already_mounted: the element holds a checkout; unmount it first",
        ));
    }
    let _marked = element.set_attribute("data-fanfare-mounted", "");
    let target = element.clone();
    let runner = Runner::new(
        element.clone(),
        flow,
        Rc::new(move |told| emit(&target, on.as_ref(), told)),
    );
    let drawn = Rc::clone(&runner);
    let view = mount_to(element.clone(), move || draw(&drawn));
    runner.keep(Box::new(move || drop(view)));
    runner.start();
    if let Some(purchase) = purchase {
        runner.dispatch(Event::Purchase(purchase));
    }
    Ok(Checkout { element, runner })
}

/// A mounted checkout. It stays in the page when this handle is let go of.
#[wasm_bindgen]
pub struct Checkout {
    element: HtmlElement,
    runner: Rc<Runner>,
}

#[wasm_bindgen]
impl Checkout {
    /// Takes the checkout out of the page. A payment under way goes on at the server; mounting
    /// again shows how it stands.
    pub fn unmount(&self) {
        self.runner.stop();
        let _unmarked = self.element.remove_attribute("data-fanfare-mounted");
    }
}

fn draw(runner: &Rc<Runner>) -> impl IntoView + use<> {
    let (screen, set_screen) = signal(Screen::default());
    runner.show_on(set_screen);
    let runner = Rc::clone(runner);
    let dispatch = Dispatch::new(move |intent| runner.dispatch(Event::Shopper(intent)));
    let text = text::for_language("en");
    view! { <view::Checkout text screen dispatch /> }
}

/// `https://checkout.example/c/cs_…`, taken apart.
fn backend(checkout_url: &str) -> Result<Backend, JsError> {
    let invalid = || {
        JsError::new(
            "invalid_checkout_url: expected the checkoutUrl of POST /checkout, https://…/c/cs_…",
        )
    };
    let url = web_sys::Url::new(checkout_url).map_err(|_| invalid())?;
    let session = url
        .pathname()
        .strip_prefix("/c/")
        .map(str::to_owned)
        .filter(|session| {
            session.starts_with("cs_")
                && session
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
        .ok_or_else(invalid)?;
    let web = matches!(url.protocol().as_str(), "https:" | "http:");
    web.then(|| Backend {
        origin: url.origin(),
        session,
    })
    .ok_or_else(invalid)
}

/// `https://checkout.example/direct/{org}`, taken apart.
fn place(url: &str) -> Option<Place> {
    let url = web_sys::Url::new(url).ok()?;
    let path = url.pathname();
    let org = path.strip_prefix("/direct/")?;
    let named = !org.is_empty()
        && org
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let web = matches!(url.protocol().as_str(), "https:" | "http:");
    (named && web).then(|| Place {
        origin: url.origin(),
        org: org.to_owned(),
    })
}

/// A merchant's callback must not stop the payment: what it throws is left to the console.
fn emit(element: &HtmlElement, on: Option<&Function>, told: &Told) {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    let detail = serde::Serialize::serialize(&told.detail(), &serializer).unwrap_or_default();
    let init = web_sys::CustomEventInit::new();
    init.set_bubbles(true);
    init.set_composed(true);
    init.set_detail(&detail);
    let name = format!("fanfare-checkout-{}", told.name());
    if let Ok(event) = web_sys::CustomEvent::new_with_event_init_dict(&name, &init) {
        let _heard = element.dispatch_event(&event);
    }
    if let Some(on) = on
        && let Err(thrown) = on.call2(&JsValue::UNDEFINED, &told.name().into(), &detail)
    {
        web_sys::console::error_1(&thrown);
    }
}
