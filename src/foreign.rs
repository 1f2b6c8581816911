//! Words from outside, made fit to be shown: a backend's message, a support code.
//!
//! They are shown as text, isolated. Here goes what text alone can still do: turn the line
//! round, hide behind what has no width, pile marks over the lines above, or never end.

/// The longest message that is shown, in characters.
pub const MAX_MESSAGE: usize = 300;
/// The longest support code that is shown, in characters.
pub const MAX_CODE: usize = 64;
/// Marks on one letter; more are there to blot out what stands around it.
const MAX_MARKS: usize = 4;

/// A message of at most [`MAX_MESSAGE`] characters; `None` where nothing of it can be seen.
pub fn message(text: &str) -> Option<String> {
    clean(text, MAX_MESSAGE)
}

/// A support code of at most [`MAX_CODE`] characters; `None` where nothing of it can be seen.
pub fn support_code(text: &str) -> Option<String> {
    clean(text, MAX_CODE)
}

/// One line without controls. What is cut ends in an ellipsis. Cleaning twice changes nothing.
fn clean(text: &str, most: usize) -> Option<String> {
    let mut line = String::new();
    let mut length = 0;
    let mut marks = 0;
    // A space that is written only before something that can be seen.
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() {
            space = length > 0;
            continue;
        }
        if is_unseen(c) {
            continue;
        }
        let leans = is_mark(c) || is_joiner(c);
        // A mark needs a letter, and the first one of all has none.
        if leans && (length == 0 || space || marks == MAX_MARKS) {
            continue;
        }
        marks = if leans { marks + 1 } else { 0 };
        if length + usize::from(space) + 1 > most {
            if length == most {
                line.pop();
            }
            line.truncate(line.trim_end().len());
            line.push('…');
            break;
        }
        if space {
            line.push(' ');
            length += 1;
            space = false;
        }
        line.push(c);
        length += 1;
    }
    (length > 0).then_some(line)
}

/// Controls, those of writing direction among them, and characters without any shape. Line
/// ends are white space and come before.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Joins letters, as Persian and emoji need it; alone it is nothing.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Stands on the letter before it. Marks that belong to one script are not among these.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::{MAX_CODE, MAX_MESSAGE, message, support_code};

    fn shown(text: &str) -> String {
        message(text).unwrap_or_default()
    }

    #[test]
    fn f30_what_can_not_be_seen_is_no_message() {
        for nothing in [
            "",
            " ",
            "\t\r\n \u{a0}\u{2028}\u{3000}",
            "\0\u{7}\u{1b}",
            "\u{200b}\u{feff}\u{2060}",
            "\u{202e}\u{2066}\u{2069}",
            "\u{301}",
            " \u{301}\u{200d}\u{fe0f}",
            "\u{ad}\u{3164}\u{2800}",
            "\u{e0041}\u{e0042}",
        ] {
            assert_eq!(message(nothing), None, "{nothing:?}");
            assert_eq!(support_code(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn t12_markup_stays_text_and_nothing_turns_the_line() {
        for text in [
            "<script>window.__x=1</script>",
            "<img src=x onerror=alert(1)>",
            "javascript:alert(1)",
            "{{constructor.constructor('x')()}} ${x} %s &lt;b&gt;",
            "Zahlung abgelehnt: Ihre Bank hat „nein“ gesagt – 12,50 €",
            "پرداخت انجام نشد؛ می\u{200c}توانید دوباره تلاش کنید",
            "👩\u{200d}💳 ❤\u{fe0f} e\u{301} Việ\u{302}\u{323}t",
        ] {
            assert_eq!(shown(text), text);
        }
        assert_eq!(shown("a\u{202e}b\u{2067}c\u{200f}d"), "abcd");
        assert_eq!(
            shown("  no\r\n\tmoney \u{a0} here\u{2029}"),
            "no money here"
        );
        assert_eq!(shown("\u{1b}[31mred\u{0}"), "[31mred");
    }

    #[test]
    fn t12_marks_do_not_pile_up() {
        let zalgo = format!("n{}o", "\u{30d}".repeat(500));
        assert_eq!(shown(&zalgo), format!("n{}o", "\u{30d}".repeat(4)));
        let joined = format!("a{}b", "\u{200d}".repeat(500));
        assert!(shown(&joined).chars().count() < 8);
    }

    #[test]
    fn f30_a_long_message_is_cut_between_characters_and_says_so() {
        let full = "é".repeat(MAX_MESSAGE);
        assert_eq!(shown(&full), full);
        for text in [
            "x".repeat(10_000),
            "é💳 ".repeat(400_000),
            "ab ".repeat(200),
        ] {
            let cut = shown(&text);
            assert!(
                cut.chars().count() <= MAX_MESSAGE,
                "{}",
                cut.chars().count()
            );
            assert!(cut.chars().count() > MAX_MESSAGE - 3 && cut.ends_with('…'));
            assert!(!cut.ends_with(" …"));
            assert_eq!(shown(&cut), cut, "cut twice");
        }
        let trailing = format!("{full}   \u{200b}\n");
        assert_eq!(
            shown(&trailing),
            full,
            "nothing was cut, and yet it says so"
        );
    }

    #[test]
    fn a_support_code_is_shown_as_it_was_sent_within_reason() {
        for code in [
            "req_7F3K-2",
            "req-123",
            "3c90c3cc-0d44-4b50-8888-8dd25736052a",
        ] {
            assert_eq!(support_code(code).as_deref(), Some(code));
        }
        let hostile = support_code(&"<b>\u{202e}9".repeat(1_000)).unwrap_or_default();
        assert_eq!(hostile.chars().count(), MAX_CODE);
        assert!(!hostile.contains('\u{202e}'));
    }
}
