//! The mounted component in a real browser: `wasm-pack test --headless --chrome`.
//! The network is played by a `fetch` that keeps the documented contracts.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{cell::RefCell, rc::Rc};

use fanfare_checkout::browser::{Checkout, mount};
use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlElement, HtmlInputElement, window};

wasm_bindgen_test_configure!(run_in_browser);

const NETWORK: &str = r#"
window.sent = [];
const state = {
  orgId: 'demo', orderId: '3c90c3cc-0d44-4b50-8888-8dd25736052a', reference: 'ORD-1', merchant: 'Maison Lin',
  amount: 3500, currency: 'EUR', lines: [{name: 'Shirt', quantity: 1, amount: 3500}],
  capture: 'automatic', language: 'en', mode: 'hosted', successUrl: 'https://shop.example/ok',
  cancelUrl: 'https://shop.example/no', parentOrigins: [], serverTime: 1800000000, expiresAt: 1800003600,
  tokenizer: {kind: 'checkout-com', url: 'https://cko.example/tokens', publicKey: 'pk_test_demo'},
  sandbox: false, features: ['idempotency-key', 'status', 'cancel'],
  attempt: {id: 'att_1', phase: 'new'}, order: 'open',
};
const json = (status, body) => new Response(JSON.stringify(body), {status});
window.fetch = async (request) => {
  const body = request.method === 'POST' ? await request.text() : '';
  window.sent.push({url: request.url, body});
  if (request.url.endsWith('/state')) return json(200, state);
  if (request.url.endsWith('/tokens')) return json(201, {token: 'tok_1'});
  if (request.url.endsWith('/create_payment')) {
    state.attempt = {id: 'att_2', phase: 'new'};
    return json(200, {status: 'success', req_id: 'req_1', data: {
      action_required_token: '', checkout_status: outcome, failed_message_for_user: '', order_id: null}});
  }
  return json(404, {});
};
"#;

const WAIT: &str = r#"
return new Promise((done, fail) => {
  const look = () => {
    const found = document.querySelector(selector);
    if (found) { observer.disconnect(); clearTimeout(late); done(found); }
  };
  const observer = new MutationObserver(look);
  observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  const late = setTimeout(() => fail(new Error('never came: ' + selector)), 10000);
  look();
});
"#;

/// A mounted checkout, its element, and what its page was told.
struct Page {
    element: HtmlElement,
    told: Array,
    checkout: Checkout,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.checkout.unmount();
        self.element.remove();
    }
}

fn options(url: &str, told: &Array) -> JsValue {
    let on = Function::new_with_args("name, detail", "this.push({name, detail})").bind0(told);
    let options = Object::new();
    Reflect::set(&options, &"checkoutUrl".into(), &url.into()).unwrap();
    Reflect::set(&options, &"on".into(), &on).unwrap();
    options.into()
}

fn element() -> HtmlElement {
    let document = window().unwrap().document().unwrap();
    let element = document.create_element("div").unwrap();
    document.body().unwrap().append_child(&element).unwrap();
    element.unchecked_into()
}

async fn open(outcome: &str) -> Page {
    Function::new_with_args("outcome", NETWORK)
        .call1(&JsValue::NULL, &outcome.into())
        .unwrap();
    let (element, told) = (element(), Array::new());
    let checkout = mount(
        element.clone(),
        options("https://pay.example/c/cs_1", &told),
    )
    .ok()
    .unwrap();
    let page = Page {
        element,
        told,
        checkout,
    };
    see(".checkout[data-stage='form']").await;
    page
}

async fn see(selector: &str) -> HtmlElement {
    let promise = Function::new_with_args("selector", WAIT)
        .call1(&JsValue::NULL, &selector.into())
        .unwrap();
    JsFuture::from(promise.unchecked_into::<Promise>())
        .await
        .unwrap()
        .unchecked_into()
}

fn input(element: &HtmlElement, field: &str) -> HtmlInputElement {
    let selector = format!("input[data-field='{field}']");
    element
        .query_selector(&selector)
        .unwrap()
        .unwrap()
        .unchecked_into()
}

fn type_card_into(element: &HtmlElement) {
    for (field, text) in [
        ("number", "4242424242424242"),
        ("expiry", "1230"),
        ("cvc", "100"),
        ("name", "Jo Doe"),
    ] {
        let input = input(element, field);
        input.focus().unwrap();
        input.set_value(text);
        input
            .dispatch_event(&web_sys::Event::new("input").unwrap())
            .unwrap();
    }
}

impl Page {
    fn input(&self, field: &str) -> HtmlInputElement {
        input(&self.element, field)
    }

    fn type_card(&self) {
        type_card_into(&self.element);
    }

    fn pay(&self) {
        let button = self
            .element
            .query_selector("button[type='submit']")
            .unwrap()
            .unwrap();
        button.unchecked_into::<HtmlElement>().click();
    }

    fn told(&self, name: &str) -> usize {
        self.told
            .iter()
            .filter(|told| Reflect::get(told, &"name".into()).unwrap() == name)
            .count()
    }
}

#[wasm_bindgen_test]
async fn what_is_typed_is_grouped_and_paid_and_forgotten() {
    let page = open("succeeded").await;
    assert_eq!(page.told("ready"), 1);
    page.type_card();
    assert_eq!(page.input("number").value(), "4242 4242 4242 4242");
    assert_eq!(page.input("expiry").value(), "12 / 30");
    page.pay();
    see(".checkout[data-stage='paid']").await;
    assert_eq!(page.told("succeeded"), 1);
    for field in ["number", "expiry", "cvc", "name"] {
        assert_eq!(
            page.input(field).value(),
            "",
            "{field} is kept after paying"
        );
    }
    let told = String::from(JSON::stringify(&page.told).unwrap());
    assert!(!told.contains("4242"), "T01: {told}");
}

#[wasm_bindgen_test]
async fn a_decline_keeps_the_card_but_not_the_security_code() {
    let page = open("failed").await;
    page.type_card();
    page.pay();
    see("[role='alert'] *").await;
    see(".checkout[data-stage='form']").await;
    assert_eq!(page.input("number").value(), "4242 4242 4242 4242");
    assert_eq!(page.input("cvc").value(), "");
    assert_eq!(page.told("declined"), 1);
}

#[wasm_bindgen_test]
async fn empty_fields_are_named_and_nothing_is_sent() {
    let page = open("succeeded").await;
    page.pay();
    see("input[data-field='name'][aria-invalid='true']").await;
    let sent: Array = Reflect::get(&window().unwrap(), &"sent".into())
        .unwrap()
        .unchecked_into();
    assert_eq!(sent.length(), 1, "only the state was asked for");
    for field in ["number", "expiry", "cvc", "name"] {
        let input = page.input(field);
        let described = input.get_attribute("aria-describedby").unwrap();
        let text = described
            .split_whitespace()
            .filter_map(|id| window().unwrap().document().unwrap().get_element_by_id(id))
            .filter_map(|element| element.text_content())
            .collect::<String>();
        assert!(!text.trim().is_empty(), "A06: {field} has no words");
    }
}

#[wasm_bindgen_test]
async fn mistakes_of_the_integrator_are_named() {
    let told = Array::new();
    let said = |options: JsValue| {
        let refused = mount(element(), options).err().map(JsValue::from).unwrap();
        Reflect::get(&refused, &"message".into())
            .unwrap()
            .as_string()
            .unwrap()
    };
    for url in [
        "",
        "https://pay.example/",
        "javascript:alert(1)",
        "https://pay.example/c/x",
        "/c/cs_1",
    ] {
        assert!(
            said(options(url, &told)).starts_with("invalid_checkout_url"),
            "{url}"
        );
    }
    assert!(said(JsValue::NULL).starts_with("invalid_options"));
    let page = open("succeeded").await;
    let again = mount(
        page.element.clone(),
        options("https://pay.example/c/cs_1", &told),
    );
    assert!(again.is_err(), "F06: a second checkout in one element");
}

#[wasm_bindgen_test]
async fn t32_f60_a_page_may_unmount_while_it_is_told() {
    Function::new_with_args("outcome", NETWORK)
        .call1(&JsValue::NULL, &"succeeded".into())
        .unwrap();
    let element = element();
    let held: Rc<RefCell<Option<Checkout>>> = Rc::default();
    let inner = Rc::clone(&held);
    // The page leaves as soon as the form is complete.
    let on = Closure::<dyn FnMut(String, JsValue)>::new(move |name: String, _| {
        if name == "change"
            && let Some(checkout) = inner.borrow_mut().take()
        {
            checkout.unmount();
        }
    });
    let options = Object::new();
    Reflect::set(
        &options,
        &"checkoutUrl".into(),
        &"https://pay.example/c/cs_1".into(),
    )
    .unwrap();
    Reflect::set(&options, &"on".into(), on.as_ref()).unwrap();
    let checkout = mount(element.clone(), options.into()).ok().unwrap();
    see(".checkout[data-stage='form']").await;
    *held.borrow_mut() = Some(checkout);
    type_card_into(&element);
    assert!(
        held.borrow().is_none(),
        "the page was told that the form is complete"
    );
    assert_eq!(element.child_element_count(), 0, "it is gone");
    element.remove();
}

#[wasm_bindgen_test]
async fn t31_f28_an_answer_without_end_is_cut_off_and_fills_no_memory() {
    Function::new_with_args("outcome", NETWORK)
        .call1(&JsValue::NULL, &"succeeded".into())
        .unwrap();
    // The state answers with 64 kB after 64 kB, until it is told to stop.
    Function::new_no_args(
        r"
const normal = window.fetch;
window.poured = 0;
window.fetch = async (request) => {
  if (!request.url.endsWith('/state')) return normal(request);
  const part = new Uint8Array(65536).fill(32);
  let poured = 0;
  return new Response(new ReadableStream({pull(to) {
    if (request.signal.aborted) return to.error(request.signal.reason);
    poured += part.length;
    window.poured = Math.max(window.poured, poured);
    to.enqueue(part);
  }}), {status: 200});
};",
    )
    .call0(&JsValue::NULL)
    .unwrap();
    let (element, told) = (element(), Array::new());
    let checkout = mount(
        element.clone(),
        options("https://pay.example/c/cs_1", &told),
    )
    .ok()
    .unwrap();
    // Cut by size long before the deadline of 15 s, with a way on.
    see(".checkout[data-stage='unavailable'] button.second").await;
    let poured = Reflect::get(&window().unwrap(), &"poured".into())
        .unwrap()
        .as_f64()
        .unwrap();
    assert!(
        poured < f64::from(2 << 20),
        "{poured} bytes of one answer were read"
    );
    checkout.unmount();
    element.remove();
}
