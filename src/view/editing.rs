//! The card inputs: the document holds what is typed, this reads it, groups it and passes
//! it on. Nothing of it is ever put into a signal.

use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast, web_sys};

use super::{Dispatch, live::follow};
use crate::{
    card::{self, Edit, Field, Form, Problem},
    screen::Intent,
    sensitive::Sensitive,
};

/// The four inputs in the document.
#[derive(Clone, Copy)]
pub(super) struct Inputs {
    number: NodeRef<html::Input>,
    expiry: NodeRef<html::Input>,
    cvc: NodeRef<html::Input>,
    name: NodeRef<html::Input>,
}

impl Inputs {
    /// Inputs that are not in a document yet. Must be made inside the view's owner.
    pub(super) fn new() -> Self {
        Self {
            number: NodeRef::new(),
            expiry: NodeRef::new(),
            cvc: NodeRef::new(),
            name: NodeRef::new(),
        }
    }

    pub(super) fn place(&self, field: Field) -> NodeRef<html::Input> {
        match field {
            Field::Number => self.number,
            Field::Expiry => self.expiry,
            Field::Cvc => self.cvc,
            Field::Name => self.name,
        }
    }

    fn element(&self, field: Field) -> Option<web_sys::HtmlInputElement> {
        self.place(field).try_get_untracked().flatten()
    }

    fn text(&self, field: Field) -> Sensitive<String> {
        self.element(field)
            .map(|input| input.value())
            .unwrap_or_default()
            .into()
    }

    /// What stands in the inputs now; empty where there is none.
    pub(super) fn read(&self) -> Form {
        Form {
            number: self.text(Field::Number),
            expiry: self.text(Field::Expiry),
            cvc: self.text(Field::Cvc),
            name: self.text(Field::Name),
        }
    }

    pub(super) fn is_empty(&self, field: Field) -> bool {
        self.element(field)
            .is_none_or(|input| input.value().is_empty())
    }

    /// Moves the focus into a field; `select` marks what stands there, to be typed over.
    pub(super) fn focus(&self, field: Field, select: bool) {
        if let Some(input) = self.element(field) {
            let _ = input.focus();
            if select {
                input.select();
            }
        }
    }
}

/// What happens while one types.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    pub(super) inputs: Inputs,
    dispatch: Dispatch,
    /// What each input showed after its last change.
    shown: StoredValue<[Sensitive<String>; 4]>,
    /// What the last change was refused for, until the next.
    hints: RwSignal<[Option<Problem>; 4]>,
    composing: StoredValue<bool>,
}

impl Editor {
    pub(super) fn new(inputs: Inputs, dispatch: Dispatch) -> Self {
        let editor = Self {
            inputs,
            dispatch,
            shown: StoredValue::new(Default::default()),
            hints: RwSignal::new([None; 4]),
            composing: StoredValue::new(false),
        };
        // What was typed or filled in before the wasm came.
        follow(move || {
            for field in Field::ALL {
                if !inputs.is_empty(field) {
                    editor.settle(field);
                }
            }
        });
        editor
    }

    pub(super) fn hint(&self, field: Field) -> Option<Problem> {
        self.hints.with(|hints| hints[field as usize])
    }

    /// F04: while an input method composes, the text is not final.
    pub(super) fn is_composing(&self) -> bool {
        self.composing.try_get_value().unwrap_or_default()
    }

    pub(super) fn on_input(&self, field: Field, event: &ev::Event) {
        let event = event.dyn_ref::<web_sys::InputEvent>();
        if event.is_some_and(web_sys::InputEvent::is_composing) {
            return;
        }
        // The texts alone don't tell Delete from Backspace where a gap is passed.
        let forward = event.is_some_and(|event| {
            matches!(
                event.input_type().as_str(),
                "deleteContentForward" | "deleteWordForward"
            )
        });
        self.settle_by(
            field,
            if forward {
                card::edit_forward
            } else {
                card::edit
            },
        );
    }

    pub(super) fn on_composition(&self, field: Field, composing: bool) {
        self.composing.try_update_value(|now| *now = composing);
        if !composing {
            self.settle(field);
        }
    }

    pub(super) fn on_focus(&self, field: Field) {
        // It may have been emptied since.
        self.remember(field, self.inputs.text(field));
    }

    pub(super) fn on_blur(&self, field: Field) {
        // A browser may end a composition without saying so.
        self.composing.try_update_value(|now| *now = false);
        self.dispatch
            .send(Intent::Blurred(field, self.inputs.read()));
    }

    fn remember(&self, field: Field, text: Sensitive<String>) {
        self.shown
            .try_update_value(|shown| shown[field as usize] = text);
    }

    /// Normalises and groups what stands in a field, and tells.
    fn settle(&self, field: Field) {
        self.settle_by(field, card::edit);
    }

    fn settle_by(&self, field: Field, edit: fn(Field, &str, &str, usize) -> Edit) {
        let Some(input) = self.inputs.element(field) else {
            return;
        };
        let typed = Sensitive::new(input.value());
        let before = self
            .shown
            .try_with_value(|shown| shown[field as usize].clone())
            .unwrap_or_default();
        // EXPOSE: the card room works on the text; it goes back into the same input only.
        let (before, typed) = (before.expose(), typed.expose());
        let caret = match input.selection_start() {
            Ok(Some(caret)) => usize::try_from(caret).unwrap_or(usize::MAX),
            Ok(None) | Err(_) => typed.encode_utf16().count(),
        };
        let edit = edit(field, before, typed, caret);
        // EXPOSE: the grouped text goes back into its own input.
        let text = edit.text.expose();
        // Writing moves the caret and ends the browser's undo, so only where needed.
        if text != typed {
            input.set_value(text);
            // Setting a selection can pull the focus on some browsers: only where it is.
            let focused = document().active_element().is_some_and(|now| {
                let here: &web_sys::Element = &input;
                &now == here
            });
            if focused {
                let caret = u32::try_from(edit.caret).unwrap_or(u32::MAX);
                let _ = input.set_selection_range(caret, caret);
            }
        }
        self.remember(field, edit.text.clone());
        self.hints
            .try_update(|hints| hints[field as usize] = edit.problem);
        self.dispatch
            .send(Intent::Edited(field, self.inputs.read()));
    }
}
