//! Origins, hosts and URLs that a shop names, read strictly: they become headers and links.

/// A URL's parts, as far as they matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    pub(crate) scheme: &'a str,
    /// Host with port, as written.
    pub(crate) authority: &'a str,
    pub(crate) rest: &'a str,
}

/// Reads an absolute http or https URL of visible ASCII without user information.
pub(crate) fn parse(text: &str) -> Option<Url<'_>> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains(['\\', '"', '<', '>']) {
        return None;
    }
    let (scheme, after) = text.split_once("://")?;
    let end = after.find(['/', '?', '#']).unwrap_or(after.len());
    let (authority, rest) = after.split_at(end);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse::<u16>().is_ok_and(|port| port > 0)),
        None => (authority, true),
    };
    let host_fits = !host.is_empty()
        && !host.starts_with('.')
        && host.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
        });
    (["http", "https"].contains(&scheme) && host_fits && port).then_some(Url {
        scheme,
        authority,
        rest,
    })
}

/// `https://host:port` of an absolute URL.
pub(crate) fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    &url[..end]
}

impl Url<'_> {
    fn host(&self) -> &str {
        self.authority.split(':').next().unwrap_or_default()
    }

    /// https, or in the sandbox http to this machine.
    pub(crate) fn is_safe(&self, sandbox: bool) -> bool {
        let host = self.host();
        let local = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1";
        self.scheme == "https" || sandbox && local
    }

    /// Nothing but scheme, host and port, as browsers write origins.
    pub(crate) fn is_origin(&self) -> bool {
        let default = match self.scheme {
            "https" => ":443",
            _ => ":80",
        };
        self.rest.is_empty() && !self.authority.ends_with(default)
    }

    /// Whether `listed` names its host, with the port if it has one.
    pub(crate) fn is_on(&self, listed: &str) -> bool {
        listed == self.authority || (!listed.contains(':') && listed == self.host())
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn t11_only_plain_absolute_urls_are_read() {
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//shop.example",
            "https://user@shop.example/",
            "https://",
            "https://shop.example:99999/",
            "https://shop.example; script-src *",
            "https://shop.example\n",
            "ftp://shop.example",
            "https://*",
            "https://SHOP.example",
            "null",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert!(
            parse("https://shop.example/done?x=1")
                .unwrap()
                .is_safe(false)
        );
        assert!(!parse("http://shop.example/").unwrap().is_safe(true));
        assert!(parse("http://127.0.0.1:4806/").unwrap().is_safe(true));
        assert!(!parse("http://127.0.0.1:4806/").unwrap().is_safe(false));
        assert!(parse("https://shop.example").unwrap().is_origin());
        assert!(!parse("https://shop.example/").unwrap().is_origin());
        assert!(!parse("https://shop.example:443").unwrap().is_origin());
        assert!(
            !parse("https://shop.example.evil/")
                .unwrap()
                .is_on("shop.example")
        );
    }
}
