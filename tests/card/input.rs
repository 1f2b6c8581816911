//! An input of a page, as far as text, selection and keys go. It knows nothing of cards.

use std::ops::Range;

use fanfare_checkout::card::{Edit, Field, Form, Problem, edit, edit_forward};

/// 21 November 2026, 00:00 UTC.
pub(crate) const NOW: i64 = 1_795_219_200;

pub(crate) struct Input {
    pub(crate) field: Field,
    pub(crate) text: String,
    /// In UTF-16 units, as a page counts.
    pub(crate) caret: usize,
    pub(crate) hint: Option<Problem>,
}

impl Input {
    pub(crate) fn new(field: Field) -> Self {
        Self {
            field,
            text: String::new(),
            caret: 0,
            hint: None,
        }
    }

    /// An input into which something was pasted or filled at once.
    pub(crate) fn filled(field: Field, text: &str) -> Self {
        let mut input = Self::new(field);
        input.paste(text);
        input
    }

    /// Presses one key after another.
    pub(crate) fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.paste(key.encode_utf8(&mut [0; 4]));
        }
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.replace(self.caret..self.caret, text);
    }

    /// Replaces a selection, by key or by paste.
    pub(crate) fn replace(&mut self, selection: Range<usize>, by: &str) {
        let mut typed = self.text.clone();
        typed.replace_range(self.byte(selection.start)..self.byte(selection.end), by);
        let caret = selection.start + by.encode_utf16().count();
        self.show(edit(self.field, &self.text, &typed, caret));
    }

    pub(crate) fn backspace(&mut self) {
        if let Some(caret) = self.caret.checked_sub(1) {
            let mut typed = self.text.clone();
            typed.remove(self.byte(caret));
            self.show(edit(self.field, &self.text, &typed, caret));
        }
    }

    pub(crate) fn delete(&mut self) {
        if self.byte(self.caret) < self.text.len() {
            let mut typed = self.text.clone();
            typed.remove(self.byte(self.caret));
            self.show(edit_forward(self.field, &self.text, &typed, self.caret));
        }
    }

    fn byte(&self, units: usize) -> usize {
        let mut seen = 0;
        let left = self.text.chars().take_while(|c| {
            seen += c.len_utf16();
            seen <= units
        });
        left.map(char::len_utf8).sum()
    }

    fn show(&mut self, edit: Edit) {
        self.text.clone_from(edit.text.expose());
        self.caret = edit.caret;
        self.hint = edit.problem;
        let length = self.text.encode_utf16().count();
        assert!(
            self.caret <= length,
            "the caret is at {} of {length}",
            self.caret
        );
    }

    pub(crate) fn digits(&self) -> String {
        self.text.chars().filter(char::is_ascii_digit).collect()
    }

    /// How many digits stand left of the caret.
    pub(crate) fn caret_in_digits(&self) -> usize {
        let left = &self.text[..self.byte(self.caret)];
        left.bytes().filter(u8::is_ascii_digit).count()
    }

    /// The text with `|` where the caret is.
    pub(crate) fn with_caret(&self) -> String {
        let (left, right) = self.text.split_at(self.byte(self.caret));
        format!("{left}|{right}")
    }
}

/// A number that is valid, as the input shows it.
pub(crate) const VISA: &str = "4000 0012 0000 0008";

/// Pasting `raw` at the end leaves the field as it was, and says why.
#[track_caller]
pub(crate) fn refused(field: Field, before: &str, raw: &str, hint: Problem) {
    let mut input = Input::filled(field, before);
    let caret = input.caret;
    input.paste(raw);
    assert_eq!(input.text, before, "after {raw:?}");
    assert_eq!(input.caret, caret, "after {raw:?}");
    assert_eq!(input.hint, Some(hint), "after {raw:?}");
}

/// What an input shows after a paste into the empty field.
pub(crate) fn pasted(field: Field, text: &str) -> String {
    Input::filled(field, text).text
}

/// What an input shows when it is typed key by key.
pub(crate) fn typed(field: Field, keys: &str) -> String {
    let mut input = Input::new(field);
    input.keys(keys);
    input.text
}

/// A form that can be paid with.
pub(crate) fn form() -> Form {
    Form {
        number: VISA.to_owned().into(),
        expiry: String::from("12 / 30").into(),
        cvc: String::from("123").into(),
        name: String::from("Ada Lovelace").into(),
    }
}

/// That form with one field changed.
pub(crate) fn with(field: Field, text: &str) -> Form {
    let mut form = form();
    let text = text.to_owned().into();
    match field {
        Field::Number => form.number = text,
        Field::Expiry => form.expiry = text,
        Field::Cvc => form.cvc = text,
        Field::Name => form.name = text,
    }
    form
}

/// What is wrong with a field that holds `text`, as after blur.
pub(crate) fn problem(field: Field, text: &str) -> Option<Problem> {
    with(field, text).check(field, NOW)
}
