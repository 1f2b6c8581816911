//! Links that come from outside.

/// The address if it is a web address; anything else (`javascript:`, `data:`, relative) is
/// no link (T11).
pub(super) fn web_address(url: &str) -> Option<String> {
    let lower: String = url.chars().take(8).collect::<String>().to_ascii_lowercase();
    let web = lower.starts_with("https://") || lower.starts_with("http://");
    let clean = !url.chars().any(|c| c.is_control() || c.is_whitespace());
    (web && clean).then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::web_address;

    #[test]
    fn t11_only_web_addresses_become_links() {
        assert!(web_address("https://shop.example/thanks?order=1").is_some());
        assert!(web_address("HTTP://127.0.0.1:4806/").is_some());
        for bad in [
            "",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "//shop.example",
            "/thanks",
            "https:shop.example",
            "https://shop.example/\u{0}",
            "blob:https://shop.example/1",
        ] {
            assert_eq!(web_address(bad), None, "{bad:?} became a link");
        }
    }
}
