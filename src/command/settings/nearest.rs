//! The known key that was probably meant.

/// How many letters have to be added, left out or changed to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

/// The nearest of `known`, if it is near enough to have been meant.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().min_by_key(|one| distance(word, one))?;
    let enough = distance(word, near) <= 2.max(near.len() / 3);
    enough.then_some(*near)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_of_the_hand_find_their_word() {
        let known = ["public_url", "bind", "organisations", "secret_keys"];
        for (slip, word) in [
            ("publc_url", Some("public_url")),
            ("organizations", Some("organisations")),
            ("secret_key", Some("secret_keys")),
            ("publicUrl", Some("public_url")),
            ("colour", None),
        ] {
            assert_eq!(nearest(slip, &known), word, "{slip}");
        }
    }
}
