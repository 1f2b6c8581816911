//! The Leptos components: they see `Screen` and answer with `Intent`, nothing else.
