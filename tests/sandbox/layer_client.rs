//! The client of Commerce Layer against the stand-in, over real connections: a charge from the
//! order to its placement, carried out as its stages say.

use std::time::Duration;

use axum::http::Method;
use fanfare_checkout::{
    http::{NoAnswer, Request, Response},
    money::{Currency, Money},
    outcome::FailureKind,
    provider::{
        checkout_com::PaymentId,
        commerce_layer::{
            Access, Account, Back, Claim, Client, End, Form, Granted, Heard, Held, Id, Reply,
            Stage, Step, Stop, Wait, taken_on,
        },
    },
    sandbox::standins::{self, Config},
    sensitive::Sensitive,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    bench::{APPROVED, CHALLENGED, PUBLIC, card},
    layer::SECRET,
    till::{APPROVE, BAD, text},
};

const RETURN: &str = "http://localhost:4805/c/cs_1/return?attempt=1";

/// Stand-ins behind a real port, and who calls them.
struct Caller {
    base: String,
    web: reqwest::Client,
    account: Account,
    access: Access,
    /// Every call that was made, by its stage.
    made: Vec<String>,
}

fn client(kind: &str, form: Form) -> Client {
    let year = match form {
        Form::Earlier => "2021",
        Form::Today => "2026",
    };
    let id = format!("demo_{kind}_{year}");
    match kind {
        "integration" => Client::Integration {
            id,
            secret: Sensitive::new(SECRET.into()),
        },
        _ => Client::SalesChannel {
            id,
            scope: "market:1234".into(),
        },
    }
}

impl Caller {
    async fn new(form: Form) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let config = Config::at(listener.local_addr().expect("an address").port());
        let base = config.public_url.clone();
        tokio::spawn(standins::serve(listener, config, None));
        let account = Account {
            base: format!("{base}/commerce-layer"),
            token_url: format!("{base}/commerce-layer/oauth/token"),
            sales_channel: client("sales_channel", form),
            integration: Some(client("integration", form)),
            form,
        };
        let web = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        let mut caller = Self {
            base,
            web: web.expect("a client"),
            access: Access {
                token: Sensitive::new(String::new()),
                renew_at: 0,
            },
            account,
            made: Vec::new(),
        };
        let channel = caller.account.sales_channel.clone();
        caller.access = caller.granted(&channel).await;
        caller
    }

    /// Sends a request as it is.
    async fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        let method: Method = request.method.name().parse().expect("a method");
        let mut builder = self.web.request(method, &request.url);
        for (name, value) in &request.headers {
            // EXPOSE: the test sends what was made.
            builder = builder.header(*name, value.expose().as_str());
        }
        if let Some(body) = &request.body {
            // EXPOSE: the test sends what was made.
            builder = builder.body(body.expose().clone());
        }
        let answer = builder.send().await.map_err(|_| NoAnswer::Lost)?;
        let status = answer.status().as_u16();
        let body = answer.text().await.map_err(|_| NoAnswer::Lost)?;
        Ok(Response {
            status,
            body,
            ..Response::default()
        })
    }

    async fn granted(&self, client: &Client) -> Access {
        let answer = self.send(&client.ask(&self.account.token_url)).await;
        match Granted::read(&answer.expect("an answer"), 0) {
            Granted::Access(access) => access,
            other => panic!("{other:?}"),
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.web.post(format!("{}{path}", self.base)).json(body);
        let answer = request.header("authorization", PUBLIC).send().await;
        answer.expect("an answer").json().await.expect("JSON")
    }

    async fn commerce(&self, body: Value) -> Value {
        self.post("/control/commerce-layer", &body).await
    }

    async fn counted(&self) -> Value {
        let url = format!("{}/control/counters", self.base);
        let answer = self.web.get(url).send().await.expect("an answer");
        let all: Value = answer.json().await.expect("JSON");
        all["commerceLayer"].clone()
    }

    async fn token(&self, number: &str) -> Sensitive<String> {
        let made = self.post("/checkout-com/tokens", &card(number)).await;
        Sensitive::new(text(&made, "token"))
    }

    /// Carries out a charge from `stage` until it waits or ends.
    async fn run(&mut self, claim: &Claim<'_>, mut stage: Stage) -> Step {
        let mut renewed = false;
        for _ in 0..20 {
            self.made.push(stage.write());
            let request = self.account.request(&self.access, &stage, claim);
            let sent = self.send(&request.expect("a request")).await;
            let heard = stage.read(claim, &sent);
            if heard == Heard::AfterNewToken && !renewed {
                let channel = self.account.sales_channel.clone();
                self.access = self.granted(&channel).await;
                renewed = true;
                continue;
            }
            renewed = false;
            match stage.next(claim, heard) {
                Step::Call(next) => stage = next,
                step => return step,
            }
        }
        panic!("no end: {:?}", self.made);
    }

    /// A charge of DEMO-SHIRT with a fresh token of this card.
    async fn charge(&mut self, number: &str) -> Step {
        let token = self.token(number).await;
        let order = Id::parse("DemoShirtA").expect("an id");
        self.run(&claim(&order, Some(&token)), Stage::Open).await
    }

    async fn go_on(&mut self, stage: Stage) -> Step {
        let order = Id::parse("DemoShirtA").expect("an id");
        self.run(&claim(&order, None), stage).await
    }

    /// The shopper answers the bank; the session that the browser brings back.
    async fn at_the_bank(&self, address: &str, form: &str) -> Option<String> {
        let url = address.replace("bank.localhost", "127.0.0.1");
        let request = self.web.post(url).header("host", address_host(address));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request
            .body(form.to_owned())
            .send()
            .await
            .expect("an answer");
        let back = answer.headers().get("location").expect("a way back");
        let back = back.to_str().expect("text").to_owned();
        let session = back.split_once("cko-session-id=")?.1;
        Some(session.split('&').next().unwrap_or_default().to_owned())
    }

    /// How often a stage was called.
    fn times(&self, word: &str) -> usize {
        let of = |made: &&String| made.split(' ').next() == Some(word);
        self.made.iter().filter(of).count()
    }
}

fn address_host(address: &str) -> String {
    let host = address.split('/').nth(2);
    host.expect("a host").to_owned()
}

fn claim<'a>(order: &'a Id, token: Option<&'a Sensitive<String>>) -> Claim<'a> {
    Claim {
        order,
        total: Money::new(3500, Currency::parse("EUR").expect("a currency")),
        token,
        reference: "fc-attempt-1",
        return_url: RETURN,
        given_up: &[],
    }
}

const PLACED: Step = Step::End(End::Placed { captured: false });

fn bank(step: Step) -> (Id, String) {
    match step {
        Step::Wait(Wait::Bank { source, address }) => (source, address),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_card_is_charged_and_its_order_placed_in_each_form() {
    for (form, eager, authorized) in [
        (Form::Earlier, false, 1),
        (Form::Today, false, 1),
        (Form::Today, true, 0),
    ] {
        let mut caller = Caller::new(form).await;
        caller.commerce(json!({"eager": eager})).await;
        assert_eq!(caller.charge(APPROVED).await, PLACED, "{:?}", caller.made);
        assert_eq!(caller.times("authorize"), authorized);
        let counted = caller.counted().await;
        assert_eq!(counted["net"]["byOrder"]["DEMO-SHIRT"], 1, "{counted}");
        assert_eq!(counted["payments"], 1);
        assert!(counted["placed"].to_string().contains("DEMO-SHIRT"));
        // Once more: it is placed, and nothing is charged.
        let again = caller.charge(APPROVED).await;
        assert!(matches!(again, Step::End(End::Stopped(Stop::Standing(_)))));
        assert_eq!(caller.counted().await["payments"], 1);
    }
}

#[tokio::test]
async fn a_declined_card_ends_the_charge_and_another_one_pays() {
    for form in [Form::Earlier, Form::Today] {
        let mut caller = Caller::new(form).await;
        let declined = Step::End(End::Declined(FailureKind::CardDeclined));
        assert_eq!(caller.charge(BAD).await, declined);
        assert_eq!(caller.counted().await["charged"], 0);
        assert_eq!(caller.times("place"), 0);
        // The next attempt has a reference of its own.
        let token = caller.token(APPROVED).await;
        let order = Id::parse("DemoShirtA").expect("an id");
        let mut second = claim(&order, Some(&token));
        second.reference = "fc-attempt-2";
        assert_eq!(caller.run(&second, Stage::Open).await, PLACED);
        assert_eq!(caller.counted().await["standing"], 1);
    }
}

#[tokio::test]
async fn a_challenge_is_answered_or_refused_and_the_money_follows() {
    for form in [Form::Earlier, Form::Today] {
        for (pressed, charged) in [(APPROVE, 1), ("answer=cancel", 0)] {
            let mut caller = Caller::new(form).await;
            caller
                .commerce(json!({"change": "DEMO-SHIRT", "returnUrl": RETURN}))
                .await;
            let (source, address) = bank(caller.charge(CHALLENGED).await);
            // The return alone proves nothing.
            let early = caller.account.returned(source.clone(), None);
            bank(caller.go_on(early).await);
            let session = caller.at_the_bank(&address, pressed).await;
            assert!(session.is_some(), "{form:?}");
            let back = caller.account.returned(source, session);
            let step = caller.go_on(back).await;
            if charged == 1 {
                assert_eq!(step, PLACED, "{form:?} {:?}", caller.made);
            } else {
                assert!(
                    matches!(step, Step::End(End::Declined(_) | End::Cancelled)),
                    "{form:?} {step:?}"
                );
            }
            assert_eq!(caller.counted().await["standing"], charged);
        }
    }
}

#[tokio::test]
async fn trap_35_an_order_that_got_dearer_meanwhile_is_not_placed_and_gives_its_money_back() {
    let mut caller = Caller::new(Form::Today).await;
    let (source, address) = bank(caller.charge(CHALLENGED).await);
    let session = caller.at_the_bank(&address, APPROVE).await;
    caller
        .commerce(json!({"change": "DEMO-SHIRT", "amount": 3600}))
        .await;
    let back = caller.account.returned(source.clone(), session);
    let step = caller.go_on(back).await;
    assert_eq!(step, Step::End(End::GiveBack(Stop::Mismatched)));
    assert_eq!(caller.counted().await["standing"], 1);
    undone(&caller, &source).await;
    let counted = caller.counted().await;
    assert_eq!(counted["standing"], 0, "{counted}");
    assert!(!counted["placed"].to_string().contains("DEMO-SHIRT"));
}

/// Gives back what the order holds, step by step, with the integration.
async fn undone(caller: &Caller, source: &Id) {
    let order = Id::parse("DemoShirtA").expect("an id");
    let integration = caller.account.integration.clone().expect("an integration");
    let access = caller.granted(&integration).await;
    let about = claim(&order, None);
    let refresh = Stage::Refresh(source.clone());
    let request = caller.account.request(&access, &refresh, &about);
    let sent = caller.send(&request.expect("a request")).await;
    let Heard::Source(shown) = refresh.read(&about, &sent) else {
        panic!("a source");
    };
    let payment: PaymentId = shown.payment.expect("a payment");
    let mut steps = Vec::new();
    for _ in 0..5 {
        let answer = caller.send(&caller.account.held(&access, &order)).await;
        let Reply::Got(held) = Held::read(&answer.expect("an answer"), &order) else {
            panic!("transactions");
        };
        let back = held.back(&payment);
        steps.push(format!("{back:?}"));
        let (request, id) = match &back {
            Back::Void(id) => (caller.account.void(&access, id), id),
            Back::Refund(id, cents) => (caller.account.refund(&access, id, *cents), id),
            Back::Done => return,
            Back::Wait | Back::Missing => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        let answer = caller.send(&request).await.expect("an answer");
        assert_eq!(taken_on(&answer, id), Reply::Got(()), "{}", answer.body);
    }
    panic!("not undone: {steps:?}");
}

#[tokio::test]
async fn trap_35_what_was_captured_is_refunded() {
    let mut caller = Caller::new(Form::Today).await;
    caller
        .commerce(json!({"change": "DEMO-SHIRT", "autoCapture": true, "placement": "refused"}))
        .await;
    let step = caller.charge(APPROVED).await;
    assert_eq!(step, Step::End(End::GiveBack(Stop::PlaceRefused)));
    let source = caller
        .made
        .iter()
        .find_map(|made| made.strip_prefix("place "));
    let source = source.and_then(Id::parse).expect("a source");
    undone(&caller, &source).await;
    assert_eq!(caller.counted().await["standing"], 0);
    assert_eq!(caller.times("place"), 1);
}

#[tokio::test]
async fn trap_35_a_slow_placement_is_waited_for() {
    let mut caller = Caller::new(Form::Today).await;
    let slow = json!({"change": "DEMO-SHIRT", "placement": "stuck"});
    caller.commerce(slow).await;
    let step = caller.charge(APPROVED).await;
    let Step::Wait(Wait::Pending(stage)) = step else {
        panic!("{step:?}");
    };
    assert!(stage.write().starts_with("placing "));
    let same = Step::Wait(Wait::Pending(stage.clone()));
    assert_eq!(caller.go_on(stage.clone()).await, same);
    caller
        .commerce(json!({"place": "DEMO-SHIRT", "outcome": "placed"}))
        .await;
    assert_eq!(caller.go_on(stage).await, PLACED);

    let mut caller = Caller::new(Form::Today).await;
    let slow = json!({"change": "DEMO-SHIRT", "placement": "stuck"});
    caller.commerce(slow).await;
    let Step::Wait(Wait::Pending(stage)) = caller.charge(APPROVED).await else {
        panic!("it is placing");
    };
    caller
        .commerce(json!({"place": "DEMO-SHIRT", "outcome": "refused"}))
        .await;
    let refused = Step::End(End::GiveBack(Stop::PlaceRefused));
    assert_eq!(caller.go_on(stage).await, refused);
    assert_eq!(caller.counted().await["standing"], 1);
}

#[tokio::test]
async fn trap_35_a_placed_order_without_a_webhook_learns_of_its_money() {
    let mut caller = Caller::new(Form::Today).await;
    caller.commerce(json!({"webhooks": false})).await;
    assert_eq!(caller.charge(APPROVED).await, PLACED, "{:?}", caller.made);
    assert_eq!(caller.times("settle"), 1);
}

#[tokio::test]
async fn trap_37_a_token_that_ends_in_the_middle_repeats_only_the_call_that_it_stopped() {
    // Before the order is read, the source made, the card charged, the order placed.
    for calls in 0..5 {
        let mut caller = Caller::new(Form::Today).await;
        let token = caller.token(APPROVED).await;
        let order = Id::parse("DemoShirtA").expect("an id");
        let about = claim(&order, Some(&token));
        let mut stage = Stage::Open;
        for _ in 0..calls {
            let request = caller.account.request(&caller.access, &stage, &about);
            let sent = caller.send(&request.expect("a request")).await;
            let heard = stage.read(&about, &sent);
            match stage.clone().next(&about, heard) {
                Step::Call(next) => stage = next,
                _ => break,
            }
        }
        caller.commerce(json!({"tokens": {"expire": true}})).await;
        let at = stage.write();
        let step = caller.run(&about, stage).await;
        if calls < 4 {
            assert_eq!(step, PLACED, "{at}");
        }
        assert_eq!(
            caller.times(at.split(' ').next().unwrap_or_default()),
            2,
            "{at}"
        );
        let counted = caller.counted().await;
        assert_eq!(counted["sources"], 1, "{at} {counted}");
        assert_eq!(counted["standing"], 1, "{at} {counted}");
    }
}

#[tokio::test]
async fn f10_lost_answers_are_settled_by_reading_and_charge_once() {
    for (path, stage) in [
        ("checkout_com_payments", "create"),
        ("checkout_com_payments", "authorize"),
        ("orders/DemoShirtA", "place"),
    ] {
        let mut caller = Caller::new(Form::Today).await;
        let token = caller.token(APPROVED).await;
        let order = Id::parse("DemoShirtA").expect("an id");
        let about = claim(&order, Some(&token));
        // Up to the call whose answer is going to be lost.
        let mut at = Stage::Open;
        while at.write().split(' ').next() != Some(stage) {
            let request = caller.account.request(&caller.access, &at, &about);
            let sent = caller.send(&request.expect("a request")).await;
            let heard = at.read(&about, &sent);
            at = match at.next(&about, heard) {
                Step::Call(next) => next,
                other => panic!("{other:?}"),
            };
        }
        let only = if stage == "create" {
            "DemoShirtA"
        } else {
            "DEMO-SHIRT"
        };
        let fault = json!({"path": format!("/commerce-layer/api/{path}"), "kind": "drop-after",
            "match": only});
        caller.post("/control/faults", &fault).await;
        let step = caller.run(&about, at).await;
        assert_eq!(step, PLACED, "{stage} {:?}", caller.made);
        assert_eq!(caller.times(stage), 1, "{stage} {:?}", caller.made);
        let counted = caller.counted().await;
        assert_eq!(counted["sources"], 1, "{counted}");
        assert_eq!(counted["payments"], 1, "{counted}");
    }
}

#[tokio::test]
async fn an_order_that_is_not_what_was_claimed_is_left_alone() {
    let mut caller = Caller::new(Form::Today).await;
    for (id, expected) in [
        ("DemoLampAA", "costs EUR 129.00 there"),
        ("DemoCupAAA", "costs JPY 4200 there"),
        ("DemoDraftA", "is Draft there"),
        ("DemoPlaced", "is Placed there"),
        ("DemoWiredA", "payment method is not Checkout.com's"),
        ("NobodyAtAl", "has no order of that id"),
    ] {
        let token = caller.token(APPROVED).await;
        let order = Id::parse(id).expect("an id");
        let step = caller.run(&claim(&order, Some(&token)), Stage::Open).await;
        let Step::End(End::Stopped(why)) = step else {
            panic!("{id}: {step:?}");
        };
        assert!(why.to_string().contains(expected), "{id}: {why}");
    }
    assert_eq!(caller.counted().await["sources"], 0);
}
