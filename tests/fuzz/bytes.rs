//! Inputs: good samples, spoilt in every way that a wire, a proxy or an attacker knows.

/// SplitMix64: small, seeded, the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap();
        usize::try_from(self.roll() % end).unwrap()
    }

    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn byte(&mut self) -> u8 {
        self.roll().to_le_bytes()[0]
    }
}

/// Values that JSON readers stumble over, in the place of other values.
const VALUES: [&str; 40] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e999",
    "-1e-999",
    "NaN",
    "Infinity",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "4294967296",
    "00012",
    "\"\"",
    "\" \"",
    "\"0\"",
    "\"succeeded\"",
    "\"SUCCEEDED\"",
    "\"failed\"",
    "\"cancelled\"",
    "\"paid\"",
    "\"Captured\"",
    "\"Authorized\"",
    "\"error\"",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"\\u202e\"",
    "\"https://\"",
    "\"javascript:alert(1)\"",
    "\"https://a@b.example/\"",
    "[]",
    "{}",
    "[null]",
    "[{}]",
    "{\"\":{}}",
    "\"\u{fffd}\u{1f4b3}\"",
];

const PIECES: [&str; 24] = [
    "\u{feff}",
    "\u{202e}",
    "\u{200d}",
    "e\u{301}",
    "\u{1f468}\u{200d}\u{1f469}",
    "\u{10ffff}",
    "\u{0}",
    "\\",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\r\n",
    "\t",
    "/../",
    "%00",
    "' OR 1=1--",
    "<script>",
    "/*",
    "٣",
    "ß",
];

/// One of `samples`, left as it is (one of ten), spoilt once or several times, or nothing
/// like it.
pub(crate) fn spoilt(dice: &mut Dice, samples: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = dice.one(samples).clone();
    if dice.chance(10) {
        return bytes;
    }
    if dice.chance(5) {
        let length = dice.below(300);
        return (0..length).map(|_| dice.byte()).collect();
    }
    for _ in 0..=dice.below(4) {
        spoil(dice, &mut bytes, samples);
    }
    bytes
}

/// The same as text, with what is not UTF-8 replaced.
pub(crate) fn spoilt_text(dice: &mut Dice, samples: &[Vec<u8>]) -> String {
    String::from_utf8_lossy(&spoilt(dice, samples)).into_owned()
}

fn spoil(dice: &mut Dice, bytes: &mut Vec<u8>, samples: &[Vec<u8>]) {
    let at = dice.below(bytes.len() + 1);
    let end = (at + dice.below(24)).min(bytes.len());
    match dice.below(12) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = dice.byte();
            }
        }
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let again = bytes[at..end].repeat(1 + dice.below(3));
            insert(bytes, at, &again);
        }
        5 => {
            let other = dice.one(samples);
            let from = dice.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
        6 => {
            let digits = "9".repeat(1 + dice.below(400));
            insert(bytes, at, digits.as_bytes());
        }
        7 => {
            let depth = *dice.one(&[2, 50, 127, 128, 200, 3_000]);
            let open = *dice.one(&["[", "{\"a\":", "[{\"data\":"]);
            insert(bytes, at, open.repeat(depth).as_bytes());
        }
        8 => {
            let piece = dice.one(&PIECES).repeat(1 + dice.below(3));
            insert(bytes, at, piece.as_bytes());
        }
        9 => {
            let noise: Vec<u8> = (0..dice.below(12)).map(|_| dice.byte()).collect();
            insert(bytes, at, &noise);
        }
        // As a JSON value of another kind: most readers' weakest place.
        _ => value(dice, bytes),
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, what: &[u8]) {
    drop(bytes.splice(at..at, what.iter().copied()));
}

/// Replaces what stands between a colon and the next comma or bracket.
fn value(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let colons: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b':').collect();
    if colons.is_empty() {
        return;
    }
    let from = dice.one(&colons) + 1;
    let length = bytes[from..]
        .iter()
        .position(|byte| b",}]".contains(byte))
        .unwrap_or(bytes.len() - from);
    let by = dice.one(&VALUES).bytes();
    drop(bytes.splice(from..from + length, by));
}
