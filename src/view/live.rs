//! What follows a signal, in few types: the framework's code is compiled once for each
//! *type* of part, and every bare closure is a type of its own.

use leptos::prelude::*;

/// A text, an attribute or a part that follows the signals it reads.
pub(super) type Live<T> = Box<dyn Fn() -> T + Send>;

/// A text that follows the signals it reads.
pub(super) fn live_text(read: impl Fn() -> String + Send + 'static) -> Live<String> {
    Box::new(read)
}

/// The same of our own words.
pub(super) fn live_words(read: impl Fn() -> &'static str + Send + 'static) -> Live<String> {
    Box::new(move || read().to_owned())
}

/// An attribute that is there while `read` has a value for it.
pub(super) fn live_attribute(
    read: impl Fn() -> Option<&'static str> + Send + 'static,
) -> Live<Option<&'static str>> {
    Box::new(read)
}

/// An attribute that is there or not.
pub(super) fn live_flag(read: impl Fn() -> bool + Send + 'static) -> Live<Option<&'static str>> {
    Box::new(move || read().then_some(""))
}

/// An attribute that says `true` or `false`.
pub(super) fn live_truth(read: impl Fn() -> bool + Send + 'static) -> Live<Option<&'static str>> {
    Box::new(move || Some(if read() { "true" } else { "false" }))
}

/// Runs whenever a signal that it read has changed.
pub(super) fn follow(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
