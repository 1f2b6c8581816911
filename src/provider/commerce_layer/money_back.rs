//! What is reserved and taken for an order, and how a payment that the order can't keep goes
//! back: a step at a time, by an integration.
//!
//! A void or refund is taken on at once and decided when Checkout.com's webhook arrives there,
//! or by a `_refresh` of the payment source. While one is open no other is asked for.

use serde_json::json;

use crate::{
    http::{Request, Response},
    provider::checkout_com::PaymentId,
};

use super::{
    Account,
    access::Access,
    document::{Document, Reply, Resource},
    id::Id,
    order::Paid,
};

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Back {
    /// [`Account::void`] this authorisation.
    Void(Id),
    /// [`Account::refund`] so much of this capture, in cents.
    Refund(Id, i64),
    /// Something is open: `_refresh` the payment source, and look again later.
    Wait,
    /// Nothing of the payment is held any more.
    Done,
    /// There is no transaction of the payment: somebody must look if that stays so.
    Missing,
}

/// The transactions of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    paid: Paid,
    all: Vec<Transaction>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Authorization,
    Capture,
    Void,
    Refund,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Done,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Transaction {
    id: Id,
    deed: Deed,
    fate: Fate,
    cents: i64,
    /// What of a capture can be refunded, where told.
    left: Option<i64>,
    /// The payment at Checkout.com, or a step of it.
    named: Vec<String>,
}

impl Transaction {
    fn read(own: &Resource<'_>) -> Option<Option<Self>> {
        let deed = match own.kind {
            "authorizations" => Deed::Authorization,
            "captures" => Deed::Capture,
            "voids" => Deed::Void,
            "refunds" => Deed::Refund,
            _ => return Some(None),
        };
        let fields = own.attributes;
        let failed = fields
            .str("error_code")
            .is_some_and(|code| !code.is_empty());
        Some(Some(Self {
            id: own.id.clone(),
            deed,
            fate: match (fields.truth("succeeded")?, failed) {
                (true, false) => Fate::Done,
                (false, true) => Fate::Failed,
                (false, false) => Fate::Open,
                (true, true) => return None,
            },
            cents: fields.integer("amount_cents").filter(|cents| *cents >= 0)?,
            left: fields.integer("refund_balance_cents"),
            named: ["token", "gateway_transaction_id"]
                .iter()
                .filter_map(|key| fields.text(key))
                .collect(),
        }))
    }
}

impl Held {
    /// Reads the answer to [`Account::held`]. One transaction that can't be read may be the one
    /// that counts.
    pub fn read(response: &Response, order: &Id) -> Reply<Self> {
        Reply::of(response, "orders", |document: Document<'_>| {
            let own = document.resource().filter(|own| own.id == *order)?;
            let paid = Paid::parse(own.attributes.str("payment_status")?);
            let whole = document.is_whole();
            let all: Option<Vec<Option<Transaction>>> = document
                .included()
                .map(|one| Transaction::read(&one))
                .collect();
            let all = all.filter(|_| whole)?.into_iter().flatten().collect();
            Some(Self { paid, all })
        })
    }

    fn of(&self, deed: Deed) -> impl Iterator<Item = &Transaction> {
        self.all.iter().filter(move |one| one.deed == deed)
    }

    /// What to do so that nothing of this payment is kept.
    pub fn back(&self, payment: &PaymentId) -> Back {
        // Where an order has one authorisation all of it belongs together, named or not.
        let alone = self.of(Deed::Authorization).count() == 1;
        let own = |deed| {
            self.of(deed)
                .filter(move |one| alone || one.named.iter().any(|named| named == payment.as_str()))
        };
        let sum = |deed, fate| -> i64 {
            own(deed)
                .filter(|one| one.fate == fate)
                .map(|one| one.cents)
                .sum()
        };
        let Some(authorization) = own(Deed::Authorization).find(|one| one.fate != Fate::Failed)
        else {
            return if own(Deed::Authorization).next().is_some() {
                Back::Done
            } else {
                Back::Missing
            };
        };
        let open = |deed| own(deed).any(|one| one.fate == Fate::Open);
        if authorization.fate == Fate::Open
            || open(Deed::Capture)
            || open(Deed::Void)
            || open(Deed::Refund)
        {
            return Back::Wait;
        }
        let (taken, gone) = (
            sum(Deed::Capture, Fate::Done),
            sum(Deed::Refund, Fate::Done),
        );
        if taken > gone {
            let capture = own(Deed::Capture).find(|one| {
                let left = one.left.unwrap_or(if gone == 0 { one.cents } else { 0 });
                one.fate == Fate::Done && left > 0
            });
            return capture.map_or(Back::Wait, |one| {
                let left = one.left.unwrap_or(one.cents);
                Back::Refund(one.id.clone(), left.min(taken - gone))
            });
        }
        let let_go = sum(Deed::Void, Fate::Done) > 0;
        if taken > 0 || let_go || matches!(self.paid, Paid::Voided | Paid::Refunded) {
            return Back::Done;
        }
        Back::Void(authorization.id.clone())
    }

    /// The authorisation that [`Account::capture`] takes, if there is one and nothing was taken,
    /// let go or begun yet.
    pub fn capturable(&self, payment: &PaymentId) -> Option<Id> {
        match self.back(payment) {
            Back::Void(id) => Some(id),
            _ => None,
        }
    }
}

impl Account {
    /// `GET /orders/{id}` with its transactions, which only integrations may read.
    pub fn held(&self, integration: &Access, order: &Id) -> Request {
        let path = format!("orders/{order}?include=authorizations,captures,voids,refunds");
        self.get(integration, &path)
    }

    /// Takes the whole of what was reserved.
    pub fn capture(&self, integration: &Access, authorization: &Id) -> Request {
        let wish = json!({ "_capture": true });
        self.patch(integration, "authorizations", authorization, &wish)
    }

    /// Lets go of what was reserved.
    pub fn void(&self, integration: &Access, authorization: &Id) -> Request {
        let wish = json!({ "_void": true });
        self.patch(integration, "authorizations", authorization, &wish)
    }

    /// Gives back so many cents of what was taken. The amount is named, so that no more can go
    /// back than was seen.
    pub fn refund(&self, integration: &Access, capture: &Id, cents: i64) -> Request {
        let wish = json!({ "_refund": true, "_refund_amount_cents": cents });
        self.patch(integration, "captures", capture, &wish)
    }
}

/// Reads the answer to a capture, void or refund: [`Reply::Got`] says that it was taken on.
pub fn taken_on(response: &Response, id: &Id) -> Reply<()> {
    let kinds = ["authorizations", "captures"];
    let mut last = Reply::Undecidable;
    for kind in kinds {
        last = Reply::of(response, kind, |document| {
            document.resource().filter(|own| own.id == *id).map(|_| ())
        });
        if last != Reply::Undecidable {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Back, Held, Id, PaymentId, Reply, taken_on};
    use crate::http::Response;

    const PAY: &str = "pay_mbabizu24mvu3mela5njyhpit4";

    fn one(kind: &str, id: &str, succeeded: bool, more: &Value) -> Value {
        let mut attributes = json!({"amount_cents": 3500, "succeeded": succeeded, "token": PAY,
            "error_code": null});
        for (key, value) in more.as_object().unwrap() {
            attributes[key] = value.clone();
        }
        json!({"type": kind, "id": id, "attributes": attributes})
    }

    fn response(paid: &str, included: &Value) -> Response {
        let body = json!({"data": {"type": "orders", "id": "ord",
            "attributes": {"payment_status": paid}}, "included": included});
        Response {
            status: 200,
            body: body.to_string(),
            ..Response::default()
        }
    }

    fn back(paid: &str, included: &[Value]) -> Back {
        let order = Id::parse("ord").unwrap();
        let Reply::Got(held) = Held::read(&response(paid, &json!(included)), &order) else {
            panic!("readable");
        };
        held.back(&PaymentId::parse(PAY).unwrap())
    }

    fn id(text: &str) -> Id {
        Id::parse(text).unwrap()
    }

    #[test]
    fn f14_a_reservation_is_let_go_once() {
        let none = json!({});
        let reserved = one("authorizations", "a", true, &none);
        let failed = one("voids", "v", false, &json!({"error_code": "30000"}));
        let open = one("voids", "w", false, &none);
        let done = one("voids", "x", true, &none);
        assert_eq!(back("authorized", &[]), Back::Missing);
        let waiting = one("authorizations", "a", false, &none);
        assert_eq!(back("unpaid", &[waiting]), Back::Wait);
        let declined = one(
            "authorizations",
            "a",
            false,
            &json!({"error_code": "20005"}),
        );
        assert_eq!(back("unpaid", &[declined]), Back::Done);
        let of = |more: &[&Value]| {
            let mut all = vec![reserved.clone()];
            all.extend(more.iter().map(|one| (*one).clone()));
            back("authorized", &all)
        };
        assert_eq!(of(&[]), Back::Void(id("a")));
        assert_eq!(of(&[&open]), Back::Wait);
        assert_eq!(of(&[&failed]), Back::Void(id("a")));
        assert_eq!(of(&[&failed, &open]), Back::Wait);
        assert_eq!(of(&[&failed, &done]), Back::Done);
        assert_eq!(back("voided", &[reserved]), Back::Done);
    }

    #[test]
    fn f14_what_was_taken_is_given_back_and_no_more() {
        let none = json!({});
        let reserved = one("authorizations", "a", true, &none);
        let taken = |left: i64| {
            one(
                "captures",
                "c",
                true,
                &json!({"refund_balance_cents": left}),
            )
        };
        let part = |succeeded| one("refunds", "r", succeeded, &json!({"amount_cents": 1000}));
        let paid = |more: &[Value]| {
            let mut all = vec![reserved.clone()];
            all.extend(more.iter().cloned());
            back("paid", &all)
        };
        assert_eq!(paid(&[taken(3500)]), Back::Refund(id("c"), 3500));
        assert_eq!(paid(&[taken(2500), part(false)]), Back::Wait);
        assert_eq!(
            paid(&[taken(2500), part(true)]),
            Back::Refund(id("c"), 2500)
        );
        // A balance that lags behind gives nothing twice.
        assert_eq!(
            paid(&[taken(3500), part(true)]),
            Back::Refund(id("c"), 2500)
        );
        let untold = one("captures", "c", true, &none);
        assert_eq!(
            paid(std::slice::from_ref(&untold)),
            Back::Refund(id("c"), 3500)
        );
        assert_eq!(paid(&[untold, part(true)]), Back::Wait);
        let whole = one("refunds", "r", true, &none);
        assert_eq!(paid(&[taken(0), whole]), Back::Done);
    }

    #[test]
    fn f14_of_several_payments_only_the_named_one_goes_back() {
        let none = json!({});
        let ours = one("authorizations", "a", true, &none);
        let other = json!({"token": "pay_aaaaaaaaaaaaaaaaaaaaaaaaaa"});
        let theirs = one("authorizations", "b", true, &other);
        let gone = one("voids", "v", true, &other);
        for all in [
            vec![ours.clone(), theirs.clone()],
            vec![theirs.clone(), ours, gone],
        ] {
            assert_eq!(back("authorized", &all), Back::Void(id("a")));
        }
        let twice = one("authorizations", "c", true, &other);
        assert_eq!(back("authorized", &[theirs, twice]), Back::Missing);
    }

    #[test]
    fn a_list_that_cannot_be_read_says_nothing() {
        let order = Id::parse("ord").unwrap();
        let none = json!({});
        for included in [
            json!(null),
            json!([{"type": "voids", "id": "v"}]),
            json!([one("voids", "v", true, &json!({"error_code": "20005"}))]),
            json!([one("voids", "v", true, &json!({"amount_cents": "3500"}))]),
            json!([one("voids", "../v", true, &none)]),
        ] {
            let read = Held::read(&response("authorized", &included), &order);
            assert_eq!(read, Reply::Undecidable, "{included}");
        }
    }

    #[test]
    fn an_action_is_taken_on_where_its_resource_comes_back() {
        let read = |status, body: Value| {
            let response = Response {
                status,
                body: body.to_string(),
                ..Response::default()
            };
            taken_on(&response, &id("a"))
        };
        let own = |kind: &str, id: &str| json!({"data": one(kind, id, true, &json!({}))});
        assert_eq!(read(200, own("authorizations", "a")), Reply::Got(()));
        assert_eq!(read(200, own("captures", "a")), Reply::Got(()));
        assert_eq!(read(200, own("captures", "b")), Reply::Undecidable);
        assert_eq!(read(200, own("orders", "a")), Reply::Undecidable);
        assert_eq!(read(502, own("captures", "a")), Reply::Undecidable);
        let error = json!({"errors": [{"code": "VALIDATION_ERROR", "status": "422"}]});
        assert!(matches!(read(422, error), Reply::Refused(_)));
    }
}
