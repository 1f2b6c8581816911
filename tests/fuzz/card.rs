//! What is typed, pasted and filled in.

use fanfare_checkout::card::{Field, Form, edit, edit_forward};

use super::{
    bytes::{Dice, spoilt_text},
    run::fuzz,
    samples::NOW,
};

fn typed() -> Vec<Vec<u8>> {
    [
        "4242 4242 4242 4242",
        "3782 822463 10005",
        "5555555555554444 12/30",
        "12 / 30",
        "1230",
        "2030-12",
        "100",
        "Jo Doe",
        "José Núñez-O’Neil",
        "",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect()
}

#[test]
fn edits_of_an_input() {
    let samples = typed();
    let make = |dice: &mut Dice| spoilt_text(dice, &samples);
    fuzz("card::edit", make, |typed, dice| {
        let field = *dice.one(&Field::ALL);
        let before = spoilt_text(dice, &samples);
        // A caret that the text does not have is possible too.
        let length = typed.encode_utf16().count();
        let caret = match dice.below(8) {
            0 => usize::MAX,
            _ => dice.below(length + 2),
        };
        for shown in [
            edit(field, &before, typed, caret),
            edit_forward(field, &before, typed, caret),
        ] {
            // EXPOSE: the test looks at what would be shown.
            let text = shown.text.expose();
            assert!(
                shown.caret <= text.encode_utf16().count(),
                "caret behind {text:?}"
            );
        }
    });
}

#[test]
fn forms() {
    let samples = typed();
    let make = |dice: &mut Dice| {
        let fields: Vec<String> = (0..4).map(|_| spoilt_text(dice, &samples)).collect();
        fields.join("\u{1}")
    };
    fuzz("Form::parse", make, |fields, dice| {
        let mut fields = fields.split('\u{1}').map(|text| text.to_owned().into());
        let mut next = || fields.next().unwrap_or_default();
        let form = Form {
            number: next(),
            expiry: next(),
            cvc: next(),
            name: next(),
        };
        let now = *dice.one(&[NOW, 0, -1, i64::MAX, i64::MIN]);
        for field in Field::ALL {
            let _ = (form.check(field, now), form.check_typing(field, now));
            let _ = (form.verdict(field, now), form.is_blank(field));
        }
        let _ = form.brand();
        let Ok(card) = form.parse(now) else {
            return;
        };
        // EXPOSE: the test looks at what would be sent.
        let (number, cvc) = (card.number().expose(), card.cvc().expose());
        assert!((12..=19).contains(&number.len()));
        assert!(
            number
                .bytes()
                .chain(cvc.bytes())
                .all(|byte| byte.is_ascii_digit())
        );
        assert!((3..=4).contains(&cvc.len()));
        assert!((1..=12).contains(&card.expiry_month()));
    });
}
