//! What a hand does in an input, and what a field without gaps would make of it.

use proptest::{prelude::*, sample::select};

use super::input::Input;

/// What a hand does in an input. Places are counted in digits.
#[derive(Clone, Debug)]
pub(crate) enum Hand {
    Key(char),
    Backspace,
    Delete,
    /// Puts the caret before so many digits' gap, or after it.
    Click(usize, bool),
    /// Selects some digits and pastes or types others over them.
    Over(usize, usize, String),
}

pub(crate) fn hand() -> impl Strategy<Value = Hand> {
    prop_oneof![
        4 => select(&['0', '1', '2', '3', '4', '6', '9'][..]).prop_map(Hand::Key),
        2 => Just(Hand::Backspace),
        2 => Just(Hand::Delete),
        2 => (0..20_usize, any::<bool>()).prop_map(|(place, after)| Hand::Click(place, after)),
        1 => (0..20_usize, 1..6_usize, select(&["", "5", "34", "40 00"][..]))
            .prop_map(|(from, len, by)| Hand::Over(from, len, by.to_owned())),
    ]
}

/// A field without gaps: what every input should feel like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plain {
    pub(crate) digits: String,
    pub(crate) caret: usize,
}

impl Plain {
    pub(crate) fn of(input: &Input) -> Self {
        Self {
            digits: input.digits(),
            caret: input.caret_in_digits(),
        }
    }

    pub(crate) fn act(&mut self, hand: &Hand) {
        match hand {
            Hand::Key(key) => {
                self.digits.insert(self.caret, *key);
                self.caret += 1;
            }
            Hand::Backspace if self.caret > 0 => {
                self.caret -= 1;
                self.digits.remove(self.caret);
            }
            Hand::Delete if self.caret < self.digits.len() => {
                self.digits.remove(self.caret);
            }
            Hand::Backspace | Hand::Delete => {}
            Hand::Click(place, _) => self.caret = place % (self.digits.len() + 1),
            Hand::Over(from, len, by) => {
                let (from, to) = span(&self.digits, *from, *len);
                let by: String = by.chars().filter(char::is_ascii_digit).collect();
                self.digits.replace_range(from..to, &by);
                self.caret = from + by.len();
            }
        }
    }
}

fn span(digits: &str, from: usize, len: usize) -> (usize, usize) {
    let from = from % (digits.len() + 1);
    (from, (from + len).min(digits.len()))
}

/// Where the caret stands after so many digits: before the gap that follows, or after it.
fn place(text: &str, digits: usize, after_gap: bool) -> usize {
    let mut places = text
        .char_indices()
        .filter(|(_, c)| c.is_ascii_digit())
        .map(|(place, _)| place);
    let next = places.clone().nth(digits);
    match digits.checked_sub(1).and_then(|last| places.nth(last)) {
        _ if after_gap => next.unwrap_or(text.len()),
        Some(last) => last + 1,
        None => 0,
    }
}

pub(crate) fn act(input: &mut Input, hand: &Hand) {
    input.hint = None;
    match hand {
        Hand::Key(key) => input.keys(&key.to_string()),
        Hand::Backspace => input.backspace(),
        Hand::Delete => input.delete(),
        Hand::Click(to, after) => {
            let to = to % (input.digits().len() + 1);
            input.caret = place(&input.text, to, *after);
        }
        Hand::Over(from, len, by) => {
            let (from, to) = span(&input.digits(), *from, *len);
            if from < to {
                let start = place(&input.text, from, true);
                input.replace(start..place(&input.text, to, false), by);
            } else {
                input.caret = place(&input.text, from, true);
                input.paste(by);
            }
        }
    }
}
