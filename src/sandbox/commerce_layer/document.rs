//! Documents: a resource or a list of them, with what the query asks to include, and only the
//! fields it asks for.

use std::collections::BTreeMap;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    ledger::Organization,
    refusal::Refusal,
    request::{Caller, MEDIA},
    show::{self, View},
    thing::{Related, Thing},
};

/// The query of a request.
pub(crate) type Query = BTreeMap<String, String>;

/// Writes documents for one caller and one query.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    organization: &'a Organization,
    view: View<'a>,
    caller: Caller,
    query: &'a Query,
    included: Vec<Value>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        organization: &'a Organization,
        view: View<'a>,
        caller: Caller,
        query: &'a Query,
    ) -> Self {
        Self {
            organization,
            view,
            caller,
            query,
            included: Vec::new(),
        }
    }

    /// A document with one resource or none.
    ///
    /// # Errors
    /// 400 for an unknown relationship to include, 401 for what the caller may not read.
    pub(super) fn one(
        mut self,
        status: StatusCode,
        thing: Option<Thing<'a>>,
    ) -> Result<Response, Refusal> {
        let data = match thing {
            Some(thing) => self.resource(thing, &self.paths())?,
            None => Value::Null,
        };
        Ok(self.answer(status, json!({"data": data})))
    }

    /// A document with a page of resources.
    ///
    /// # Errors
    /// As [`Self::one`]; 400 for a page that can't be.
    pub(super) fn many(mut self, things: &[Thing<'a>], address: &str) -> Result<Response, Refusal> {
        let number = |name: &str, default: usize, most: usize| match self.query.get(name) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .ok()
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| {
                    let text = format!("{text} is not a valid value for {name}.");
                    Refusal::bad("INVALID_PAGE_VALUE", "Invalid page value", &text)
                }),
        };
        let size = number("page[size]", 10, 25)?;
        let page = number("page[number]", 1, usize::MAX)?;
        let pages = things.len().div_ceil(size).max(1);
        let paths = self.paths();
        let mut data = Vec::new();
        for thing in things
            .iter()
            .skip((page - 1).saturating_mul(size))
            .take(size)
        {
            data.push(self.resource(*thing, &paths)?);
        }
        let link = |page: usize| format!("{address}?page[number]={page}&page[size]={size}");
        let mut links = json!({"first": link(1), "last": link(pages)});
        if page < pages {
            links["next"] = json!(link(page + 1));
        }
        let meta = json!({"record_count": things.len(), "page_count": pages});
        let body = json!({"data": data, "meta": meta, "links": links});
        Ok(self.answer(StatusCode::OK, body))
    }

    fn answer(self, status: StatusCode, mut body: Value) -> Response {
        if self.query.contains_key("include") {
            body["included"] = Value::Array(self.included);
        }
        (status, [(header::CONTENT_TYPE, MEDIA)], body.to_string()).into_response()
    }

    /// The relationships to include, as paths.
    fn paths(&self) -> Vec<&'a str> {
        let include = self.query.get("include").map_or("", String::as_str);
        include.split(',').filter(|path| !path.is_empty()).collect()
    }

    fn resource(&mut self, thing: Thing<'a>, paths: &[&'a str]) -> Result<Value, Refusal> {
        if matches!(thing, Thing::Transaction(_)) {
            self.caller.integration()?;
        }
        let kind = thing.kind();
        let own = format!("{}/{kind}/{}", self.view.base, thing.id());
        let links = thing.relations().iter().map(|name| {
            let links = json!({
                "self": format!("{own}/relationships/{name}"),
                "related": format!("{own}/{name}"),
            });
            ((*name).to_owned(), json!({"links": links}))
        });
        let mut relationships: serde_json::Map<String, Value> = links.collect();
        for path in paths {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            let related = thing.related(self.organization, name).ok_or_else(|| {
                let text = format!("{name} is not a valid association of {kind}");
                Refusal::bad("INVALID_INCLUDE", "Invalid include", &text)
            })?;
            let rest: Vec<&str> = Some(rest)
                .filter(|rest| !rest.is_empty())
                .into_iter()
                .collect();
            let linkage = |thing: &Thing<'_>| json!({"type": thing.kind(), "id": thing.id()});
            relationships[name]["data"] = match &related {
                Related::One(one) => one.as_ref().map_or(Value::Null, linkage),
                Related::Many(many) => many.iter().map(linkage).collect(),
            };
            let things = match related {
                Related::One(one) => one.into_iter().collect(),
                Related::Many(many) => many,
            };
            for thing in things {
                let shown = self.resource(thing, &rest)?;
                let same = |one: &Value| one["id"] == shown["id"] && one["type"] == shown["type"];
                if !self.included.iter().any(same) {
                    self.included.push(shown);
                }
            }
        }
        let mut attributes = show::attributes(&self.view, self.organization, thing);
        if let (Some(only), Some(all)) = (
            self.query.get(&format!("fields[{kind}]")),
            attributes.as_object_mut(),
        ) {
            all.retain(|name, _| only.split(',').any(|field| field == name));
        }
        Ok(json!({
            "id": thing.id(),
            "type": kind,
            "links": {"self": own},
            "attributes": attributes,
            "relationships": relationships,
            "meta": {"mode": "test"},
        }))
    }
}
