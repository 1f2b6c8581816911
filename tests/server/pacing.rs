//! Questions that come too fast: floods and guesses are slowed down, waiting shoppers never.

use serde_json::json;

use super::{
    limits::{assert_slowed, behind_a_proxy, pay_from},
    shop::World,
};

#[tokio::test]
async fn t23_waiting_widgets_are_never_limited_and_a_flood_is() {
    let world = World::new().await;
    let checkout = world.checkout("ORD-1", 3500).await;
    let url = format!("{}/c/{}/state", world.base, checkout.session);
    let mut slowed = None;
    for n in 0..3000 {
        let got = world.send(world.client.get(&url)).await;
        if got.status == 429 {
            slowed = Some((n, got));
            break;
        }
        assert_eq!(got.status, 200);
    }
    let (n, got) = slowed.expect("3000 questions at once are a flood");
    assert!(n >= 600, "five tabs for two minutes, all at once: {n}");
    assert_slowed(&got);
    assert!(got.body["error"].is_string(), "{:?}", got.body);
    // Another session is not touched, and neither is a payment in this one.
    let other = world.checkout("ORD-2", 3500).await;
    world.state(&other.session).await;
    let got = world.pay(&checkout.order, "a1", "tok_ok").await;
    assert_eq!(got.body["checkout_status"], "succeeded");
}

#[tokio::test]
async fn t24_whoever_guesses_ids_is_slowed_down() {
    let world = behind_a_proxy().await;
    let ask = async |what: &str, address: &str| {
        let id = uuid::Uuid::new_v4().to_string();
        let request = match what {
            "state" => world.client.get(format!("{}/c/cs_{id}/state", world.base)),
            what => {
                let body =
                    json!({"order_id": id, "payment_method_token": "t", "resume_token": "r"});
                world.call(what, None, &body)
            }
        };
        world.send(request.header("x-forwarded-for", address)).await
    };
    for (n, what) in ["state", "create_payment", "resume_payment"]
        .into_iter()
        .enumerate()
    {
        let address = format!("203.0.113.{n}");
        for _ in 0..30 {
            assert_eq!(ask(what, &address).await.status, 404);
        }
        let mut last = ask(what, &address).await;
        for _ in 0..100 {
            if last.status == 429 {
                break;
            }
            last = ask(what, &address).await;
        }
        assert_slowed(&last);
        assert_eq!(ask(what, "203.0.113.99").await.status, 404);
    }
    // Who guessed may still pay.
    let order = world.checkout("ORD-1", 3500).await.order;
    let got = pay_from(&world, "203.0.113.1", &order, "a1", "tok_ok").await;
    assert_eq!(got.body["checkout_status"], "succeeded");
}
