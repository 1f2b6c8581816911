//! What follows a signal, boxed: the framework's code is compiled once for each *type* of
//! part, and every bare closure is a type of its own.

use leptos::prelude::*;

/// A text or an attribute that follows the signals it reads.
pub(super) type Live<T> = Box<dyn Fn() -> T + Send>;

pub(super) fn live<T>(read: impl Fn() -> T + Send + 'static) -> Live<T> {
    Box::new(read)
}

/// Runs whenever a signal that it read has changed.
pub(super) fn follow(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
