//! The form as a whole.

use fanfare_checkout::card::{Brand, Field, Problem};

use super::input::{NOW, form};

#[test]
fn all_problems_come_at_once_and_in_order() {
    let mut empty = form();
    empty.number = String::new().into();
    empty.cvc = String::new().into();
    empty.expiry = String::from("13/30").into();
    let problems = empty.parse(NOW).unwrap_err();
    assert_eq!(problems.first(), Some(Field::Number));
    assert_eq!(
        problems.iter().collect::<Vec<_>>(),
        [
            (Field::Number, Problem::Required),
            (Field::Expiry, Problem::BadMonth),
            (Field::Cvc, Problem::Required),
        ]
    );
}

#[test]
fn a_card_has_what_the_form_says() {
    let card = form().parse(NOW).unwrap();
    assert_eq!(card.number().expose(), "4000001200000008");
    assert_eq!(card.brand(), Brand::Visa);
    assert_eq!(card.cvc().expose(), "123");
    assert_eq!(card.name().expose(), "Ada Lovelace");
    assert_eq!((card.expiry_month(), card.expiry_year()), (12, 2030));
}
