//! An account at FunnelFox Billing, as the browser uses it: there it needs no key.

use crate::{provider::funnelfox::Account, sensitive::Sensitive};

use super::urls;

/// The account, the Primer behind it, and the pages that may show its checkout.
#[derive(Clone, Debug)]
pub struct FunnelFox {
    /// Before `/{org}/v1`, without a slash at the end: `https://billing.funnelfox.com`.
    pub base_url: String,
    /// `{org_id}` there, which is not the project's id.
    pub org: String,
    /// Which of the payment accounts connected there; usually `default`.
    pub region: String,
    /// Where Primer's calls may go, the card's among them: origins, or `https://*.` and a
    /// domain.
    pub primer_origins: Vec<String>,
    /// The shop's pages that may hold the checkout in a frame.
    pub parent_origins: Vec<String>,
    /// The secret in the address of its webhooks, `/webhooks/funnelfox?key=…`, because how they
    /// are signed is not documented; without one none is taken.
    pub webhook_key: Option<Sensitive<String>>,
}

impl FunnelFox {
    /// The stand-in on this machine, for the demo shop.
    pub(super) fn demo(port_base: u16) -> Self {
        let standins = format!("http://127.0.0.1:{}", port_base + 2);
        Self {
            base_url: format!("{standins}/funnelfox"),
            org: "demo".into(),
            region: "default".into(),
            primer_origins: vec![standins],
            parent_origins: vec![format!("http://127.0.0.1:{}", port_base + 1)],
            webhook_key: Some(Sensitive::new("demo-fox-webhook-key-0001".into())),
        }
    }

    /// For the calls of our server.
    pub(crate) fn account(&self) -> Account {
        Account {
            base_url: self.base_url.clone(),
            org: self.org.clone(),
            region: self.region.clone(),
        }
    }

    /// Whether `url` is at one of the origins that are listed for Primer.
    pub(crate) fn is_primer(&self, url: &str) -> bool {
        let origin = urls::origin_of(url);
        self.primer_origins
            .iter()
            .any(|listed| match listed.strip_prefix("https://*.") {
                Some(domain) => origin
                    .strip_prefix("https://")
                    .and_then(|host| host.strip_suffix(domain))
                    .is_some_and(|label| label.len() > 1 && label.ends_with('.')),
                None => origin == listed,
            })
    }

    /// What is wrong with it, and what was expected.
    pub(super) fn problem(&self, sandbox: bool) -> Option<&'static str> {
        let safe = |url: &str| urls::parse(url).is_some_and(|url| url.is_safe(sandbox));
        let origin = |url: &str| safe(url) && urls::parse(url).is_some_and(|url| url.is_origin());
        let word = |text: &str, most: usize| {
            !text.is_empty()
                && text.len() <= most
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        if !safe(&self.base_url) || self.base_url.ends_with('/') || self.base_url.contains('?') {
            return Some(
                "base_url: expected an https URL without a slash at the end, such as \
                 https://billing.funnelfox.com; plain http is for the sandbox on loopback only",
            );
        }
        if !word(&self.org, 64) || !word(&self.region, 64) {
            return Some(
                "org and region: expected 1-64 letters, digits, _ and -, as FunnelFox shows them",
            );
        }
        let primer = |listed: &String| match listed.strip_prefix("https://*.") {
            Some(domain) => origin(&format!("https://{domain}")),
            None => origin(listed),
        };
        if self.primer_origins.is_empty() || !self.primer_origins.iter().all(primer) {
            return Some(
                "primer_origins: expected at least one origin such as https://api.primer.io or \
                 https://*.primer.io",
            );
        }
        if !self.parent_origins.iter().all(|listed| origin(listed)) {
            return Some("parent_origins: expected origins such as https://shop.example");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::FunnelFox;

    #[test]
    fn t11_cards_and_questions_go_to_listed_origins_only() {
        let mut some = FunnelFox::demo(4805);
        some.primer_origins = vec![
            "https://*.primer.io".into(),
            "https://pci.example:8443".into(),
        ];
        for good in [
            "https://pci.primer.io/x",
            "https://a.b.primer.io",
            "https://pci.example:8443/y",
        ] {
            assert!(some.is_primer(good), "{good}");
        }
        for bad in [
            "https://primer.io/x",
            "https://evilprimer.io/x",
            "https://.primer.io/x",
            "https://pci.primer.io.evil.example/",
            "http://pci.primer.io/",
            "https://pci.example/y",
            "https://pci.primer.io:444/",
        ] {
            assert!(!some.is_primer(bad), "{bad}");
        }
    }

    #[test]
    fn t26_addresses_that_are_not_what_they_should_be_are_refused() {
        let demo = || FunnelFox::demo(4805);
        assert_eq!(demo().problem(true), None);
        assert!(demo().problem(false).is_some(), "plain http");
        let real = || FunnelFox {
            base_url: "https://billing.funnelfox.com".into(),
            org: "sndbx_697e4e7150b8e5".into(),
            region: "default".into(),
            primer_origins: vec!["https://*.primer.io".into(), "https://api.primer.io".into()],
            parent_origins: vec!["https://shop.example".into()],
            webhook_key: None,
        };
        assert_eq!(real().problem(false), None);
        type Spoil = fn(&mut FunnelFox);
        let wrong: [(&str, Spoil); 9] = [
            ("base_url", |fox| fox.base_url.push('/')),
            ("base_url", |fox| fox.base_url = "billing.example".into()),
            ("org", |fox| fox.org = "a/../b".into()),
            ("region", |fox| fox.region.clear()),
            ("primer_origins", |fox| fox.primer_origins.clear()),
            ("primer_origins", |fox| {
                fox.primer_origins[0] = "https://*".into()
            }),
            ("primer_origins", |fox| {
                fox.primer_origins[0] = "https://*.a;b".into()
            }),
            ("primer_origins", |fox| {
                fox.primer_origins[0] = "http://*.a.example".into()
            }),
            ("parent_origins", |fox| {
                fox.parent_origins.push("https://a.example/x".into())
            }),
        ];
        for (name, spoil) in wrong {
            let mut fox = real();
            spoil(&mut fox);
            assert!(
                fox.problem(false).is_some_and(|said| said.contains(name)),
                "{fox:?}"
            );
        }
    }
}
