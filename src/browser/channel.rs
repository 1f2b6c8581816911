//! The frame's end of the channel to the shop's page.
//!
//! Nothing is said before the page in the window above has said `hello` from an origin that
//! the session allows; afterwards everything goes to that origin alone.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlElement, MessageEvent, ResizeObserver, Window};

use super::{dom::Listener, runner::Runner};
use crate::{
    embed::{self, ToFrame, Told},
    flow::Event,
    sensitive::Sensitive,
    session::Purchase,
};

/// The page above, once it has said `hello`.
#[derive(Clone)]
struct Peer {
    origin: String,
    instance: String,
    purchase: Option<Purchase>,
    memory: Option<Sensitive<String>>,
}

/// Watches the document's height as long as it is kept.
struct Observer {
    _observes: ResizeObserver,
    _changed: Closure<dyn FnMut()>,
}

/// What is known of the page above, and what waits to be told.
pub(super) struct Channel {
    parent: Window,
    runner: Rc<Runner>,
    greeted: RefCell<Option<Peer>>,
    welcomed: Cell<bool>,
    waiting: RefCell<Vec<Told>>,
    height: Cell<u32>,
    held: RefCell<Vec<Listener>>,
    observer: RefCell<Option<Observer>>,
}

impl Channel {
    /// Opens the channel if this document stands in a frame.
    pub(super) fn open(runner: &Rc<Runner>) -> Option<Rc<Self>> {
        let window = web_sys::window()?;
        let parent = window
            .parent()
            .ok()
            .flatten()
            .filter(|parent| *parent != window)?;
        let channel = Rc::new(Self {
            parent,
            runner: Rc::clone(runner),
            greeted: RefCell::default(),
            welcomed: Cell::new(false),
            waiting: RefCell::default(),
            height: Cell::new(0),
            held: RefCell::default(),
            observer: RefCell::default(),
        });
        let hears = Rc::clone(&channel);
        channel
            .held
            .borrow_mut()
            .push(Listener::new(&window, "message", move |event| {
                if let Ok(event) = event.dyn_into::<MessageEvent>() {
                    hears.heard(&event);
                }
            }));
        let tells = Rc::clone(&channel);
        runner.tell_to(Rc::new(move |told| tells.tell(told)));
        channel.watch_height(&window);
        Some(channel)
    }

    fn heard(&self, event: &MessageEvent) {
        let from_above = event.source().is_some_and(|source| {
            source
                .dyn_ref::<Window>()
                .is_some_and(|window| *window == self.parent)
                || js_sys::Object::is(&source, &self.parent)
        });
        if !from_above {
            return;
        }
        let Some(ToFrame::Hello {
            instance,
            purchase,
            memory,
        }) = event.data().as_string().and_then(|text| embed::read(&text))
        else {
            return;
        };
        *self.greeted.borrow_mut() = Some(Peer {
            origin: event.origin(),
            instance,
            purchase,
            memory,
        });
        self.welcomed.set(false);
        self.welcome();
    }

    /// Answers `hello` as soon as it is known that this page may hold the frame. What the page
    /// says is bought counts only then.
    fn welcome(&self) {
        let Some(peer) = self.greeted.borrow().clone() else {
            return;
        };
        let allowed = self
            .runner
            .with_parents(|parents| embed::may_embed(parents, &peer.origin))
            .unwrap_or(false);
        if !allowed || self.welcomed.replace(true) {
            return;
        }
        self.post(&peer, &embed::welcome_message(&peer.instance));
        if let Some(purchase) = peer.purchase.clone() {
            let (above, to) = (self.parent.clone(), peer.clone());
            let keeper = move |marker: Option<&Sensitive<String>>| {
                let message = embed::memory_message(&to.instance, marker);
                // Fails only where the window above is gone.
                let _sent = above.post_message(&message.into(), &to.origin);
            };
            self.runner.keep_at(Rc::new(keeper), peer.memory.clone());
            self.runner.dispatch(Event::Purchase(purchase));
        }
        for told in self.waiting.borrow_mut().drain(..) {
            self.post(&peer, &embed::event_message(&peer.instance, &told));
        }
        self.post(
            &peer,
            &embed::height_message(&peer.instance, self.height.get()),
        );
    }

    fn tell(&self, told: &Told) {
        self.welcome();
        match self
            .greeted
            .borrow()
            .as_ref()
            .filter(|_| self.welcomed.get())
        {
            Some(peer) => self.post(peer, &embed::event_message(&peer.instance, told)),
            None => self.waiting.borrow_mut().push(told.clone()),
        }
    }

    fn post(&self, peer: &Peer, message: &str) {
        // Fails only where the window above is gone.
        let _sent = self.parent.post_message(&message.into(), &peer.origin);
    }

    fn watch_height(self: &Rc<Self>, window: &Window) {
        let Some(body) = window.document().and_then(|document| document.body()) else {
            return;
        };
        let (watched, channel) = (body.clone(), Rc::clone(self));
        let changed = Closure::<dyn FnMut()>::new(move || channel.measure(&watched));
        if let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            observer.observe(&body);
            *self.observer.borrow_mut() = Some(Observer {
                _observes: observer,
                _changed: changed,
            });
        }
    }

    /// The body's height: unlike the document's, it shrinks when the content does.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a height in pixels"
    )]
    fn measure(&self, body: &HtmlElement) {
        let height = body.get_bounding_client_rect().height().ceil() as u32;
        if self.height.replace(height) == height || !self.welcomed.get() {
            return;
        }
        if let Some(peer) = self.greeted.borrow().as_ref() {
            self.post(peer, &embed::height_message(&peer.instance, height));
        }
    }
}
