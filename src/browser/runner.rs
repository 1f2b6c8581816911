//! Runs the machine: one queue of events, one cell that holds the flow, one `match` on
//! effects. The flow lives here, not in the view: removing the view cancels nothing.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use gloo_timers::callback::Timeout;
use leptos::prelude::{Set, WriteSignal};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

use super::{
    dom::{self, Listener},
    fetch, storage,
};
use crate::{
    card::Field,
    embed::Told,
    flow::{Effect, Event, Flow, update},
    screen::Screen,
    sensitive::Sensitive,
};

/// Who hears of events for the shop's page.
pub(super) type Outlet = Rc<dyn Fn(&Told)>;

/// Who keeps what the tab is to remember.
pub(super) type Keeper = Rc<dyn Fn(Option<&Sensitive<String>>)>;

/// The machine and what it acts on.
pub(super) struct Runner {
    root: HtmlElement,
    flow: RefCell<Option<Flow>>,
    queue: RefCell<VecDeque<Event>>,
    draining: Cell<bool>,
    screen: Cell<Option<WriteSignal<Screen>>>,
    outlet: RefCell<Outlet>,
    stopped: Cell<bool>,
    listeners: RefCell<Vec<Listener>>,
    unmount: Cell<Option<Box<dyn FnOnce()>>>,
    /// What the page above kept, for a frame without a storage.
    memory: Cell<Option<Sensitive<String>>>,
    keeper: RefCell<Keeper>,
}

impl Runner {
    pub(super) fn new(root: HtmlElement, flow: Flow, outlet: Outlet) -> Rc<Self> {
        Rc::new(Self {
            root,
            flow: RefCell::new(Some(flow)),
            queue: RefCell::default(),
            draining: Cell::new(false),
            screen: Cell::new(None),
            outlet: RefCell::new(outlet),
            stopped: Cell::new(false),
            listeners: RefCell::default(),
            unmount: Cell::default(),
            memory: Cell::default(),
            keeper: RefCell::new(Rc::new(|_| ())),
        })
    }

    /// Where screens go from now on.
    pub(super) fn show_on(&self, screen: WriteSignal<Screen>) {
        self.screen.set(Some(screen));
    }

    /// Replaces what hears of events for the shop's page.
    pub(super) fn tell_to(&self, outlet: Outlet) {
        *self.outlet.borrow_mut() = outlet;
    }

    /// Where what the tab is to remember goes if the document has no storage, and what was kept
    /// there.
    pub(super) fn keep_at(&self, keeper: Keeper, memory: Option<Sensitive<String>>) {
        self.memory.set(memory);
        *self.keeper.borrow_mut() = keeper;
    }

    /// Who may hold the document in a frame, once known.
    pub(super) fn with_parents<T>(&self, read: impl FnOnce(&[String]) -> T) -> Option<T> {
        self.flow
            .borrow()
            .as_ref()
            .and_then(|flow| flow.parents().map(read))
    }

    /// Starts the machine and listens for what the page as a whole goes through.
    pub(super) fn start(self: &Rc<Self>) {
        self.listen();
        self.dispatch(Event::Connection(fetch::is_online()));
        self.dispatch(Event::Started);
    }

    /// Lets go of the page. Calls under way run on and are not heard any more, and no other
    /// follows them.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
        self.queue.borrow_mut().clear();
        self.listeners.borrow_mut().clear();
        self.screen.set(None);
        *self.outlet.borrow_mut() = Rc::new(|_| ());
        dom::clear(&self.root, &Field::ALL);
        if let Some(unmount) = self.unmount.take() {
            unmount();
        }
    }

    /// Keeps a mounted view until [`Runner::stop`], whatever becomes of its handle in the page.
    pub(super) fn keep(&self, unmount: Box<dyn FnOnce()>) {
        self.unmount.set(Some(unmount));
    }

    /// Takes an event; events that come up meanwhile wait their turn.
    pub(super) fn dispatch(self: &Rc<Self>, event: Event) {
        if self.stopped.get() {
            return;
        }
        self.queue.borrow_mut().push_back(event);
        if self.draining.replace(true) {
            return;
        }
        loop {
            let Some(event) = self.queue.borrow_mut().pop_front() else {
                break;
            };
            let Some(flow) = self.flow.borrow_mut().take() else {
                break;
            };
            let (flow, effects) = update(flow, event, now_ms());
            if let Some(screen) = self.screen.get() {
                screen.set(Screen::from(&flow));
            }
            *self.flow.borrow_mut() = Some(flow);
            for effect in effects {
                self.carry_out(effect);
            }
        }
        self.draining.set(false);
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        // Only what empties the form is still carried out for a page that was let go.
        if self.stopped.get() && !matches!(effect, Effect::ClearCvc | Effect::ClearCard) {
            return;
        }
        match effect {
            Effect::Send(call, request) => {
                let runner = Rc::clone(self);
                spawn_local(async move {
                    let result = fetch::send(request).await;
                    runner.dispatch(Event::Answered(call, result));
                });
            }
            Effect::After { epoch, ms } => {
                let runner = Rc::clone(self);
                Timeout::new(ms, move || runner.dispatch(Event::Timer { epoch })).forget();
            }
            Effect::ClearCvc => dom::clear(&self.root, &[Field::Cvc]),
            Effect::ClearCard => dom::clear(&self.root, &Field::ALL),
            Effect::Recall { key } => {
                let marker = storage::read(&key).or_else(|| self.memory.take());
                self.dispatch(Event::Recalled(marker));
            }
            Effect::Remember { key, marker } => {
                if !storage::write(&key, marker.as_ref()) {
                    (self.keeper.borrow())(marker.as_ref());
                }
            }
            Effect::Tell(told) => {
                // Whoever hears of it may let the page go at once.
                let outlet = Rc::clone(&self.outlet.borrow());
                outlet(&told);
            }
        }
    }

    fn listen(self: &Rc<Self>) {
        let Some(window) = web_sys::window() else {
            return;
        };
        let connection = |runner: &Rc<Self>| {
            let runner = Rc::clone(runner);
            move |_| runner.dispatch(Event::Connection(fetch::is_online()))
        };
        let cleared = Rc::clone(self);
        let seen = Rc::clone(self);
        let back = Rc::clone(self);
        let returned = Rc::clone(self);
        let origin = window.location().origin().unwrap_or_default();
        self.listeners.borrow_mut().extend([
            Listener::new(&window, "online", connection(self)),
            Listener::new(&window, "offline", connection(self)),
            // The page may come back out of the browser's cache with everything in it.
            Listener::new(&window, "pagehide", move |_| {
                cleared.dispatch(Event::PutAway);
                dom::clear(&cleared.root, &Field::ALL);
            }),
            // Another tab may have paid meanwhile.
            Listener::new(&window, "visibilitychange", move |_| {
                let document = web_sys::window().and_then(|window| window.document());
                if document.is_some_and(|document| !document.hidden()) {
                    seen.dispatch(Event::Woken);
                }
            }),
            Listener::new(&window, "pageshow", move |event| {
                let persisted = js_sys::Reflect::get(&event, &"persisted".into());
                if persisted.is_ok_and(|value| value.is_truthy()) {
                    back.dispatch(Event::Woken);
                }
            }),
            // The page that the bank sends the shopper back to says so. It only wakes: what
            // it says is not read, and the backend is asked.
            Listener::new(&window, "message", move |event| {
                let from = js_sys::Reflect::get(&event, &"origin".into()).ok();
                let data = js_sys::Reflect::get(&event, &"data".into()).ok();
                if from.and_then(|from| from.as_string()).as_deref() == Some(origin.as_str())
                    && data.and_then(|data| data.as_string()).as_deref() == Some("fanfare-returned")
                {
                    returned.dispatch(Event::Woken);
                }
            }),
        ]);
    }
}

/// Milliseconds since the document was made, by a clock that never goes back.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small and not negative"
)]
fn now_ms() -> u64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0, |performance| performance.now() as u64)
}
