//! Parts that come and go: banner, dialog, endings, problems.
//!
//! None of them is there in the first paint, so none is ever hydrated, and one that changes is
//! built anew. The framework's own types provide for both, and hold that code once for every
//! part: a third of the wasm.

use leptos::prelude::*;

use super::live::Live;

/// A part that is there while `read` has one. It is built anew each time a signal that it read
/// changes.
pub(super) fn part<V: IntoView + 'static>(
    read: impl Fn() -> Option<V> + Send + 'static,
) -> Live<Part> {
    Box::new(move || part_of(read()))
}

/// On the host the part is only ever written as HTML.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type Part = Option<AnyView>;

#[cfg(not(target_arch = "wasm32"))]
fn part_of<V: IntoView + 'static>(view: Option<V>) -> Part {
    view.map(IntoAny::into_any)
}

#[cfg(target_arch = "wasm32")]
pub(super) use built::Part;

#[cfg(target_arch = "wasm32")]
use built::part_of;

#[cfg(target_arch = "wasm32")]
mod built {
    use leptos::{
        attr::{Attribute, any_attribute::AnyAttribute},
        prelude::*,
        tachys::{
            hydration::Cursor,
            renderer::types::{Element, Node},
            view::{Position, PositionState},
        },
    };

    type Build = Box<dyn FnOnce() -> Box<dyn Mountable> + Send>;

    pub(in crate::view) struct Part(Option<Build>);

    pub(super) fn part_of<V: IntoView + 'static>(view: Option<V>) -> Part {
        Part(view.map(|view| {
            let build: Build = Box::new(|| Box::new(view.build()));
            build
        }))
    }

    /// What is in the document: a comment that keeps the place, and the part before it.
    pub(in crate::view) struct Placed {
        place: <() as Render>::State,
        part: Option<Box<dyn Mountable>>,
    }

    impl Render for Part {
        type State = Placed;

        fn build(self) -> Placed {
            Placed {
                place: Render::build(()),
                part: self.0.map(|build| build()),
            }
        }

        fn rebuild(self, placed: &mut Placed) {
            if let Some(mut old) = placed.part.take() {
                old.unmount();
            }
            placed.part = self.0.map(|build| {
                let mut part = build();
                placed.place.insert_before_this(&mut *part);
                part
            });
        }
    }

    impl RenderHtml for Part {
        type AsyncOutput = Self;
        type Owned = Self;

        const MIN_LENGTH: usize = 0;

        fn dry_resolve(&mut self) {}

        async fn resolve(self) -> Self {
            self
        }

        fn to_html_with_buf(
            self,
            _: &mut String,
            _: &mut Position,
            _: bool,
            _: bool,
            _: Vec<AnyAttribute>,
        ) {
            // HTML is written on the host.
        }

        fn hydrate<const FROM_SERVER: bool>(
            self,
            cursor: &Cursor,
            position: &PositionState,
        ) -> Placed {
            let mut placed = Placed {
                place: RenderHtml::hydrate::<FROM_SERVER>((), cursor, position),
                part: None,
            };
            self.rebuild(&mut placed);
            placed
        }

        fn into_owned(self) -> Self {
            self
        }
    }

    impl AddAnyAttr for Part {
        type Output<New: Attribute> = Self;

        fn add_any_attr<New: Attribute>(self, _: New) -> Self {
            self
        }
    }

    impl Mountable for Placed {
        fn unmount(&mut self) {
            if let Some(part) = &mut self.part {
                part.unmount();
            }
            self.place.unmount();
        }

        fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
            if let Some(part) = &mut self.part {
                part.mount(parent, marker);
            }
            self.place.mount(parent, marker);
        }

        fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
            let before = self.part.as_ref();
            before.is_some_and(|part| part.insert_before_this(child))
                || self.place.insert_before_this(child)
        }

        fn elements(&self) -> Vec<Element> {
            let part = self.part.as_ref();
            part.map(|part| part.elements()).unwrap_or_default()
        }
    }
}
