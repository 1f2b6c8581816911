//! What can be wrong with a field: a closed list, each with its words in `text/`.

use super::{Field, brand::CvcSize};

/// What is wrong with a field. Never carries what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// Nothing was entered.
    Required,
    /// Digits are missing (number, expiry date, security code of a card not known yet).
    Incomplete,
    /// More digits than the card has (number: 19 at most; security code: 4 at most), or a digit
    /// more than a full date.
    TooLong,
    /// The number can't be right: check digit, length for its brand, or one digit repeated.
    BadNumber,
    /// The number belongs to no brand that is known here.
    UnknownBrand,
    /// The number came together with an expiry date; they go into two fields.
    NumberWithExpiry,
    /// Something other than digits.
    LettersRefused,
    /// The month is not 01 to 12.
    BadMonth,
    /// The card's last month is over.
    Expired,
    /// More than 20 years ahead.
    TooFarAhead,
    /// Not a month and a year.
    BadExpiry,
    /// The security code of this brand has another length.
    CvcLength(CvcSize),
    /// There is a card number in the name.
    LooksLikeCardNumber,
    /// The name is a security code.
    LooksLikeCvc,
    /// The name has more than 255 characters.
    NameTooLong,
    /// Well-formed, but not accepted by the payment system.
    Refused,
}

/// What to think of a field, in three values, so that nothing scolds while typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Valid,
    /// Wrong as it stands, but more typing can make it valid.
    Open(Problem),
    /// Wrong whatever is typed after it.
    Wrong(Problem),
}

/// A problem, and whether more typing can cure it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Open(Problem),
    Wrong(Problem),
}

impl Flaw {
    pub(super) fn problem(self) -> Problem {
        match self {
            Self::Open(problem) | Self::Wrong(problem) => problem,
        }
    }
}

impl<T> From<Result<T, Flaw>> for Verdict {
    fn from(read: Result<T, Flaw>) -> Self {
        match read {
            Ok(_) => Self::Valid,
            Err(Flaw::Open(problem)) => Self::Open(problem),
            Err(Flaw::Wrong(problem)) => Self::Wrong(problem),
        }
    }
}

/// What is wrong with the form, field by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Problems([Option<Problem>; 4]);

impl Problems {
    /// What is wrong with `field`.
    pub fn get(&self, field: Field) -> Option<Problem> {
        self.0[field as usize]
    }

    /// Sets or clears what is wrong with `field`.
    pub fn set(&mut self, field: Field, problem: Option<Problem>) {
        self.0[field as usize] = problem;
    }

    /// The first field on screen that has a problem.
    pub fn first(&self) -> Option<Field> {
        self.iter().next().map(|(field, _)| field)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// Every problem with its field, in the order on screen.
    pub fn iter(&self) -> impl Iterator<Item = (Field, Problem)> + use<> {
        let problems = *self;
        Field::ALL
            .into_iter()
            .filter_map(move |field| problems.get(field).map(|problem| (field, problem)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Problem, Problems};

    #[test]
    fn problems_come_in_the_order_on_screen() {
        let mut problems = Problems::default();
        assert!(problems.is_empty());
        problems.set(Field::Name, Some(Problem::Required));
        problems.set(Field::Expiry, Some(Problem::Expired));
        assert_eq!(problems.first(), Some(Field::Expiry));
        assert_eq!(
            problems.iter().collect::<Vec<_>>(),
            [
                (Field::Expiry, Problem::Expired),
                (Field::Name, Problem::Required)
            ]
        );
        problems.set(Field::Expiry, None);
        assert_eq!(problems.first(), Some(Field::Name));
        assert_eq!(problems.get(Field::Cvc), None);
    }
}
