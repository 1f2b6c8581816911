use super::{CheckoutCom, Sensitive, Settings};
use std::path::Path;

fn demo() -> Settings {
    Settings::demo(4805, Path::new("/tmp"), Path::new("/tmp"))
}

fn cko(settings: &mut Settings) -> &mut CheckoutCom {
    settings.organisations[0].checkout_com.as_mut().unwrap()
}

#[test]
fn t26_t27_unsafe_combinations_are_refused() {
    demo().check().unwrap();
    let mut open = demo();
    open.bind = "0.0.0.0:4805".parse().unwrap();
    assert_eq!(open.check().unwrap_err().setting, "bind");
    let mut plain = demo();
    plain.sandbox = false;
    assert_eq!(plain.check().unwrap_err().setting, "public_url");
    let mut far = demo();
    cko(&mut far).token_url = "http://tokens.example/tokens".into();
    assert_eq!(far.check().unwrap_err().setting, "gateways");
    let mut demo_keys = demo();
    demo_keys.sandbox = false;
    demo_keys.public_url = "https://pay.example".into();
    assert_eq!(demo_keys.check().unwrap_err().setting, "secret_keys");
    let mut live = demo();
    cko(&mut live).account.secret_key =
        Sensitive::new("sk_0b9b5db6-f223-49d0-b68f-f6643dd4f808".into());
    assert_eq!(live.check().unwrap_err().setting, "checkout_com");
    let mut swapped = demo();
    cko(&mut swapped).public_key = "sk_test_x".into();
    assert_eq!(swapped.check().unwrap_err().setting, "checkout_com");
    let mut short = demo();
    cko(&mut short).webhook_secret = Some(Sensitive::new("short".into()));
    assert_eq!(
        short.check().unwrap_err().setting,
        "checkout_com.webhook_secret"
    );
    let mut far = demo();
    if let Some(to) = &mut far.organisations[0].events {
        to.url = "http://shop.example/events".into();
    }
    assert_eq!(far.check().unwrap_err().setting, "events.url");
    let mut none = demo();
    none.organisations[0].checkout_com = None;
    none.organisations[0].prices.clear();
    none.check().unwrap();
    none.organisations[0].funnelfox = None;
    assert_eq!(none.check().unwrap_err().setting, "organisations");
    let shown = format!("{:?}", demo());
    for secret in [
        "sk_test_demo",
        "demo-webhook-key",
        "demo-events-secret",
        "demo-fox",
    ] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn t27_demo_keys_of_webhooks_and_events_stay_in_the_sandbox() {
    let real = || {
        let mut settings = demo();
        settings.sandbox = false;
        settings.public_url = "https://pay.example".into();
        let organisation = &mut settings.organisations[0];
        organisation.secret_keys = vec![Sensitive::new("sk_shop".into())];
        organisation.claim_keys.clear();
        organisation.events = None;
        organisation.funnelfox = None;
        organisation.shop_origins = vec!["https://shop.example".into()];
        let gateway = organisation.checkout_com.as_mut().unwrap();
        gateway.account.base = "https://api.example".into();
        gateway.account.secret_key = Sensitive::new("sk_real".into());
        gateway.account.processing_channel_id = Some("pc_real".into());
        gateway.public_key = "pk_real".into();
        gateway.token_url = "https://api.example/tokens".into();
        gateway.webhook_secret = None;
        settings
    };
    real().check().unwrap();
    let mut hooks = real();
    cko(&mut hooks).webhook_secret = cko(&mut demo()).webhook_secret.clone();
    assert_eq!(hooks.check().unwrap_err().setting, "secret_keys");
    let mut events = real();
    events.organisations[0].events = demo().organisations[0].events.clone();
    assert_eq!(events.check().unwrap_err().setting, "secret_keys");
}
