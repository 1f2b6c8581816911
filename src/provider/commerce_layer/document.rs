//! JSON:API documents: a resource with what it includes, or errors.

use serde_json::Value;

use crate::{
    foreign,
    http::{MAX_BODY, Response},
    json::{self, Fields},
};

use super::id::Id;

/// An answer of the API, read as a `T`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<T> {
    /// The resource as it stands.
    Got(T),
    /// The token is over; nothing was done. With a new one the same request is sent once more,
    /// and only this one: a create that went before it has taken effect.
    AfterNewToken,
    /// The request was refused.
    Refused(Refusal),
    /// Nothing can be known from this.
    Undecidable,
}

/// Why a request was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Of the answer.
    pub status: u16,
    /// What is wrong; at least one.
    pub problems: Vec<Problem>,
}

/// One error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// `VALIDATION_ERROR`, `RECORD_NOT_FOUND`, …
    pub code: String,
    /// Foreign text.
    pub detail: String,
    /// The attribute or relationship it is about, from `source.pointer`.
    pub about: Option<String>,
}

impl Refusal {
    /// Whether a problem is about this attribute or relationship.
    pub fn is_about(&self, name: &str) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.about.as_deref() == Some(name))
    }

    fn read(response: &Response) -> Option<Self> {
        let body = value(response)?;
        let body = Fields::of(&body)?;
        let problems = body.each("errors", Problem::read)?;
        (!problems.is_empty()).then_some(Self {
            status: response.status,
            problems: problems.into_iter().take(20).collect(),
        })
    }
}

impl Problem {
    /// The status in an error is text here and a number elsewhere; that of the answer counts.
    fn read(value: &Value) -> Option<Self> {
        let error = Fields::of(value)?;
        let pointer = error
            .inner("source")
            .and_then(|source| source.str("pointer"));
        let about = pointer.and_then(|pointer| {
            pointer
                .strip_prefix("/data/attributes/")
                .or_else(|| pointer.strip_prefix("/data/relationships/"))
        });
        Some(Self {
            code: foreign::support_code(error.str("code")?)?,
            detail: ["detail", "title"]
                .iter()
                .find_map(|key| foreign::message(error.str(key)?))
                .unwrap_or_default(),
            about: about.and_then(foreign::support_code),
        })
    }
}

impl<T> Reply<T> {
    /// Reads the answer to a request for a resource of this type. A refusal must say why: a
    /// proxy's error page tells nothing of what was done behind it.
    pub(super) fn of(
        response: &Response,
        kind: &str,
        read: impl FnOnce(Document<'_>) -> Option<T>,
    ) -> Self {
        match response.status {
            200..=202 => value(response)
                .as_ref()
                .and_then(|body| Document::read(body, kind))
                .and_then(read)
                .map_or(Self::Undecidable, Self::Got),
            status @ 400..=499 => match Refusal::read(response) {
                Some(refusal) if status == 401 && refusal.is_of_the_token() => Self::AfterNewToken,
                Some(refusal) => Self::Refused(refusal),
                // Whoever refuses the bearer has done nothing for him.
                None if status == 401 => Self::AfterNewToken,
                None => Self::Undecidable,
            },
            _ => Self::Undecidable,
        }
    }
}

impl Refusal {
    /// Not the token's end, but what it may do, is `UNAUTHORIZED`.
    fn is_of_the_token(&self) -> bool {
        !self
            .problems
            .iter()
            .any(|problem| problem.code == "UNAUTHORIZED")
    }
}

fn value(response: &Response) -> Option<Value> {
    let fits = response.body.len() <= MAX_BODY;
    fits.then(|| json::parse(response.body.as_bytes()))
        .flatten()
}

/// A resource and what came with it.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    body: Fields<'a>,
    data: Fields<'a>,
}

/// A resource: its id and attributes.
pub(super) struct Resource<'a> {
    pub(super) kind: &'a str,
    pub(super) id: Id,
    pub(super) attributes: Fields<'a>,
}

impl<'a> Resource<'a> {
    fn read(value: &'a Value) -> Option<Self> {
        let data = Fields::of(value)?;
        Some(Self {
            kind: data.str("type")?,
            id: Id::parse(data.str("id")?)?,
            attributes: data.inner("attributes")?,
        })
    }
}

impl<'a> Document<'a> {
    fn read(body: &'a Value, kind: &str) -> Option<Self> {
        let body = Fields::of(body)?;
        let data = body.inner("data")?;
        (data.str("type")? == kind).then_some(Self { body, data })
    }

    /// What was asked for.
    pub(super) fn resource(self) -> Option<Resource<'a>> {
        Resource::read(self.body.get("data")?)
    }

    /// Everything that was included and can be read.
    pub(super) fn included(self) -> impl Iterator<Item = Resource<'a>> {
        let list = self.body.get("included").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Resource::read)
    }

    /// Whether everything that was included can be read.
    pub(super) fn is_whole(self) -> bool {
        let list = self.body.get("included").and_then(Value::as_array);
        list.is_some_and(|list| list.iter().all(|one| Resource::read(one).is_some()))
    }

    /// The included resource that a relationship leads to.
    pub(super) fn related(self, name: &str) -> Link<'a> {
        let link = self
            .data
            .inner("relationships")
            .and_then(|all| all.inner(name))
            .filter(|relation| relation.has("data"));
        let Some(link) = link else {
            return Link::Untold;
        };
        let Some(target) = link.inner("data") else {
            return Link::None;
        };
        let found = self.included().find(|one| {
            target.str("type") == Some(one.kind) && target.str("id") == Some(one.id.as_str())
        });
        found.map_or(Link::Untold, Link::To)
    }
}

/// Where a relationship leads.
pub(super) enum Link<'a> {
    /// Here.
    To(Resource<'a>),
    /// To nothing: it was said.
    None,
    /// The document does not say.
    Untold,
}
