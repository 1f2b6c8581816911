use serde_json::{Value, json};

use super::{Access, Account, Claim, Client, Form, Id, Stage};
use crate::{
    http::Request,
    money::{Currency, Money},
    sensitive::Sensitive,
};

fn account(form: Form) -> Account {
    Account {
        base: "https://shop.test".into(),
        token_url: "https://auth.test/oauth/token".into(),
        sales_channel: Client::SalesChannel {
            id: "c".into(),
            scope: "market:1".into(),
        },
        integration: None,
        form,
    }
}

fn access() -> Access {
    Access {
        token: Sensitive::new("a.b.c".into()),
        renew_at: 0,
    }
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn requested(form: Form, stage: &Stage) -> Request {
    let order = id("QWERtyUpBa");
    let token = Sensitive::new("tok_1".to_owned());
    let claim = Claim {
        order: &order,
        total: Money::new(3500, Currency::parse("EUR").unwrap()),
        token: Some(&token),
        reference: "ref-1",
        return_url: "https://pay.test/c/cs_1/return",
        given_up: &[],
    };
    account(form).request(&access(), stage, &claim).unwrap()
}

fn header(request: &Request, name: &str) -> Vec<String> {
    let own = request.headers.iter().filter(|(key, _)| *key == name);
    // EXPOSE: the test looks at what is sent.
    own.map(|(_, value)| value.expose().clone()).collect()
}

fn body(request: &Request) -> Value {
    // EXPOSE: the test looks at what is sent.
    serde_json::from_str(request.body.as_ref().unwrap().expose()).unwrap()
}

const SHOWN: &str = "xYZkjABcde";

fn stages() -> Vec<Stage> {
    let source = id(SHOWN);
    vec![
        Stage::Open,
        Stage::Create,
        Stage::Find { refused: None },
        Stage::Other(source.clone()),
        Stage::Authorize(source.clone()),
        Stage::Look {
            source: source.clone(),
            refused: None,
        },
        Stage::Details {
            source: source.clone(),
            session: Some("sid_1".into()),
        },
        Stage::Refresh(source.clone()),
        Stage::Check(source.clone()),
        Stage::Place(source.clone()),
        Stage::Settle(source),
    ]
}

#[test]
fn trap_31_the_source_is_made_in_the_form_of_its_year() {
    let seed = body(&requested(Form::Earlier, &Stage::Create));
    let order = json!({"order": {"data": {"type": "orders", "id": "QWERtyUpBa"}}});
    assert_eq!(
        seed["data"],
        json!({
            "type": "checkout_com_payments",
            "attributes": {"payment_type": "token", "token": "tok_1", "reference": "ref-1"},
            "relationships": order,
        })
    );
    let today = body(&requested(Form::Today, &Stage::Create));
    let back = "https://pay.test/c/cs_1/return";
    assert_eq!(
        today["data"]["attributes"],
        json!({"token": "tok_1", "success_url": back, "failure_url": back, "reference": "ref-1"})
    );
    assert_eq!(today["data"]["relationships"], order);
}

#[test]
fn trap_31_the_session_goes_along_where_it_is_known() {
    let details = Stage::Details {
        source: id(SHOWN),
        session: Some("sid_1".into()),
    };
    let wish = |form| body(&requested(form, &details))["data"]["attributes"].clone();
    assert_eq!(
        wish(Form::Earlier),
        json!({"_details": true, "session_id": "sid_1"})
    );
    assert_eq!(wish(Form::Today), json!({"_details": true}));
    let back =
        |form, session: Option<&str>| account(form).returned(id(SHOWN), session.map(str::to_owned));
    assert_eq!(back(Form::Earlier, Some("sid_1")), details);
    let without = Stage::Details {
        source: id(SHOWN),
        session: None,
    };
    for session in [None, Some(""), Some("sid_"), Some("sid_1&x"), Some("pay_1")] {
        assert_eq!(back(Form::Earlier, session), Stage::Refresh(id(SHOWN)));
        assert_eq!(back(Form::Today, session), without);
    }
    assert_eq!(Form::parse("2021"), Some(Form::Earlier));
    assert_eq!(Form::parse("2026"), Some(Form::Today));
    assert_eq!(Form::parse("2022"), None);
}

#[test]
fn trap_34_media_type_both_ways_and_the_id_of_the_address_in_the_body() {
    for form in [Form::Earlier, Form::Today] {
        for stage in stages() {
            let request = requested(form, &stage);
            let media = ["application/vnd.api+json"];
            assert_eq!(header(&request, "accept"), media, "{stage:?}");
            assert_eq!(header(&request, "authorization"), ["Bearer a.b.c"]);
            let sent = header(&request, "content-type");
            match request.method.name() {
                "GET" => {
                    assert_eq!(request.body, None);
                    assert!(sent.is_empty(), "{stage:?}");
                }
                "PATCH" => {
                    assert_eq!(sent, media, "{stage:?}");
                    let data = &body(&request)["data"];
                    let (kind, id) = (data["type"].as_str(), data["id"].as_str());
                    let own = format!("https://shop.test/api/{}/{}", kind.unwrap(), id.unwrap());
                    let address = request.url.split('?').next();
                    assert_eq!(address, Some(own.as_str()), "{stage:?}");
                }
                _ => {
                    assert_eq!(stage, Stage::Create);
                    assert_eq!(sent, media);
                }
            }
        }
    }
}

#[test]
fn trap_32_the_type_is_checkout_com_payments_everywhere() {
    for stage in stages() {
        let request = requested(Form::Earlier, &stage);
        assert!(!request.url.contains("/checkout_payments"));
        if request.body.is_some() {
            let kind = body(&request)["data"]["type"].clone();
            assert!(
                kind == "checkout_com_payments" || kind == "orders",
                "{kind}"
            );
        }
    }
}

#[test]
fn only_making_the_source_needs_the_card_token_and_nothing_shows_it() {
    let order = id("QWERtyUpBa");
    let token = Sensitive::new("tok_s3cret".to_owned());
    let mut claim = Claim {
        order: &order,
        total: Money::new(3500, Currency::parse("EUR").unwrap()),
        token: Some(&token),
        reference: "ref-1",
        return_url: "https://pay.test/",
        given_up: &[],
    };
    let account = account(Form::Today);
    let made = account.request(&access(), &Stage::Create, &claim);
    let shown = format!("{made:?} {claim:?} {:?}", access());
    assert!(
        !shown.contains("s3cret") && !shown.contains("a.b.c"),
        "{shown}"
    );
    claim.token = None;
    for stage in stages() {
        let request = account.request(&access(), &stage, &claim);
        assert_eq!(request.is_none(), stage == Stage::Create, "{stage:?}");
    }
}

#[test]
fn money_is_moved_later_by_named_amounts() {
    let (account, access) = (account(Form::Today), access());
    let sent = |request: Request| {
        let attributes = body(&request)["data"]["attributes"].clone();
        (request.method.name(), request.url, attributes)
    };
    let at = |path: &str| format!("https://shop.test/api/{path}");
    assert_eq!(
        sent(account.void(&access, &id("a"))),
        ("PATCH", at("authorizations/a"), json!({"_void": true}))
    );
    assert_eq!(
        sent(account.capture(&access, &id("a"))),
        ("PATCH", at("authorizations/a"), json!({"_capture": true}))
    );
    assert_eq!(
        sent(account.refund(&access, &id("c"), 250)),
        (
            "PATCH",
            at("captures/c"),
            json!({"_refund": true, "_refund_amount_cents": 250})
        )
    );
}

#[test]
fn f10_a_stage_is_kept_and_resumed_without_a_second_charge() {
    for stage in stages() {
        let again = Stage::parse(&stage.write()).unwrap();
        let expected = match stage.clone() {
            Stage::Details { source, .. } => Stage::Refresh(source),
            stage => stage,
        };
        assert_eq!(again, expected);
        let resumed = again.resumed();
        assert!(
            !matches!(
                resumed,
                Stage::Create | Stage::Authorize(_) | Stage::Place(_)
            ),
            "{stage:?}"
        );
        assert_eq!(resumed.source(), stage.source(), "{stage:?}");
    }
    for wrong in ["", "open x", "create ../x", "place", "refresh ", "boil x"] {
        assert_eq!(Stage::parse(wrong), None, "{wrong}");
    }
    let placed = Stage::Place(id("x")).resumed();
    assert_eq!(Stage::parse(&placed.write()), Some(placed));
}
