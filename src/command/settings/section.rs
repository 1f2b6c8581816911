//! A table of the settings file, read key by key. Whatever is wrong is told with file, line and
//! key, what was seen and what was expected; what may be a secret is never shown.

use std::{cell::RefCell, fmt::Display, time::Duration};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::nearest::nearest;

/// Where the text is from, and on which line each key stands.
#[derive(Debug)]
pub(super) struct Source<'a> {
    file: &'a str,
    text: &'a str,
    lines: RefCell<Vec<(String, usize)>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            text,
            lines: RefCell::default(),
        }
    }

    pub(super) fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().iter().take(offset);
        1 + before.filter(|byte| **byte == b'\n').count()
    }

    /// One sentence about the key at `path`.
    pub(super) fn trouble(&self, line: usize, path: &str, problem: impl Display) -> String {
        format!("{}:{line}: {path}: {problem}", self.file)
    }

    /// The same about a key that was read before, or the nearest table around it.
    pub(super) fn trouble_at(&self, path: &str, problem: impl Display) -> String {
        let lines = self.lines.borrow();
        let mut around = path;
        loop {
            if let Some((_, line)) = lines.iter().find(|(known, _)| known == around) {
                return self.trouble(*line, path, problem);
            }
            match around.rsplit_once('.') {
                Some((table, _)) => around = table,
                None => return format!("{}: {path}: {problem}", self.file),
            }
        }
    }
}

/// A table.
#[derive(Debug)]
pub(super) struct Section<'a> {
    pub(super) source: &'a Source<'a>,
    /// `organisations[0].checkout_com`; empty at the top.
    path: String,
    table: &'a DeTable<'a>,
    line: usize,
}

/// What a value is, without the value.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A word as it may be shown: what is long or begins like a key is not.
pub(super) fn shown(text: &str) -> String {
    let secret = ["sk_", "pk_", "-----"]
        .iter()
        .any(|mark| text.contains(mark));
    if secret || text.chars().count() > 40 {
        format!("a text of {} characters", text.chars().count())
    } else {
        format!("{text:?}")
    }
}

/// A value and where it stands.
pub(super) struct Found<'a> {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) value: &'a DeValue<'a>,
}

impl<'a> Section<'a> {
    /// Takes a table whose keys are among `known`.
    ///
    /// # Errors
    /// It has another key.
    pub(super) fn new(
        source: &'a Source<'a>,
        path: String,
        table: &'a DeTable<'a>,
        line: usize,
        known: &[&str],
    ) -> Result<Self, String> {
        let section = Self {
            source,
            path,
            table,
            line,
        };
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            let path = section.path_of(name);
            let line = source.line(key.span().start);
            if !known.contains(&name) {
                let meant = nearest(name, known).map_or_else(
                    || format!("expected one of {}", known.join(", ")),
                    |near| format!("did you mean {near}?"),
                );
                let path = section.path_of(shown(name).trim_matches('"'));
                let problem = format!("this key is not known; {meant}");
                return Err(source.trouble(line, &path, problem));
            }
            source.lines.borrow_mut().push((path, line));
        }
        let here = (section.path.clone(), line);
        source.lines.borrow_mut().push(here);
        Ok(section)
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub(super) fn find(&self, key: &str) -> Option<Found<'a>> {
        let (name, value) = self
            .table
            .iter()
            .find(|(name, _)| name.get_ref().as_ref() == key)?;
        Some(Found {
            path: self.path_of(key),
            line: self.source.line(name.span().start),
            value: value.get_ref(),
        })
    }

    /// One sentence about `key`, which may be missing.
    pub(super) fn trouble(&self, key: &str, problem: impl Display) -> String {
        let line = self.find(key).map_or(self.line, |found| found.line);
        self.source.trouble(line, &self.path_of(key), problem)
    }

    fn wrong(&self, found: &Found<'_>, expected: &str) -> String {
        let problem = format!("seen {}, expected {expected}", kind(found.value));
        self.source.trouble(found.line, &found.path, problem)
    }

    pub(super) fn missing(&self, key: &str, expected: &str) -> String {
        self.trouble(key, format!("it is missing; expected {expected}"))
    }

    pub(super) fn text(&self, key: &str, expected: &str) -> Result<Option<&'a str>, String> {
        match self.find(key) {
            None => Ok(None),
            Some(found) => match found.value {
                DeValue::String(text) => Ok(Some(text.as_ref())),
                _ => Err(self.wrong(&found, expected)),
            },
        }
    }

    pub(super) fn needed(&self, key: &str, expected: &str) -> Result<&'a str, String> {
        self.text(key, expected)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.missing(key, expected))
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, String> {
        match self.find(key) {
            None => Ok(None),
            Some(found) => match found.value {
                DeValue::Boolean(flag) => Ok(Some(*flag)),
                _ => Err(self.wrong(&found, "true or false")),
            },
        }
    }

    /// A whole number from `least` to `most`.
    pub(super) fn number(&self, key: &str, least: i64, most: i64) -> Result<Option<i64>, String> {
        let Some(found) = self.find(key) else {
            return Ok(None);
        };
        let expected = format!("a whole number from {least} to {most}");
        let DeValue::Integer(number) = found.value else {
            return Err(self.wrong(&found, &expected));
        };
        let read = i64::from_str_radix(&number.as_str().replace('_', ""), number.radix());
        match read {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(self.trouble(key, format!("seen {number}, expected {expected}"))),
        }
    }

    pub(super) fn seconds(&self, key: &str, most: i64) -> Result<Option<Duration>, String> {
        let seconds = self.number(key, 1, most)?;
        Ok(seconds.map(|seconds| Duration::from_secs(seconds.unsigned_abs())))
    }

    /// The entries of a list, each with its own path and line.
    pub(super) fn list(&self, key: &str, of: &str) -> Result<Vec<Found<'a>>, String> {
        let Some(found) = self.find(key) else {
            return Ok(Vec::new());
        };
        let DeValue::Array(list) = found.value else {
            return Err(self.wrong(&found, &format!("a list of {of}")));
        };
        let entry = |(index, value): (usize, &'a Spanned<DeValue<'a>>)| Found {
            path: format!("{}[{index}]", found.path),
            line: self.source.line(value.span().start),
            value: value.get_ref(),
        };
        Ok(list.iter().enumerate().map(entry).collect())
    }

    pub(super) fn texts(&self, key: &str, of: &str) -> Result<Vec<&'a str>, String> {
        let read = |found: Found<'a>| match found.value {
            DeValue::String(text) => Ok(text.as_ref()),
            _ => Err(self.wrong(&found, of)),
        };
        self.list(key, of)?.into_iter().map(read).collect()
    }

    /// The table `[path.key]`, with the keys that it may have.
    pub(super) fn table(&self, key: &str, known: &[&str]) -> Result<Option<Self>, String> {
        let Some(found) = self.find(key) else {
            return Ok(None);
        };
        let DeValue::Table(table) = found.value else {
            return Err(self.wrong(&found, &format!("a table [{}]", found.path)));
        };
        Self::new(self.source, found.path, table, found.line, known).map(Some)
    }

    /// The tables `[[path.key]]`, with the keys that each may have.
    pub(super) fn tables(&self, key: &str, known: &[&str]) -> Result<Vec<Self>, String> {
        let expected = format!("tables [[{}]]", self.path_of(key));
        let read = |found: Found<'a>| match found.value {
            DeValue::Table(table) => Self::new(self.source, found.path, table, found.line, known),
            _ => Err(self.wrong(&found, &expected)),
        };
        self.list(key, &expected)?.into_iter().map(read).collect()
    }
}
