//! Whose call it is: the socket's peer, or whom a trusted proxy names.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use axum::http::HeaderMap;

/// A network in CIDR notation, such as `10.0.0.0/8` or `2001:db8::/32`; a single address is a
/// network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Not a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network; expected CIDR notation such as 10.0.0.0/8 or 2001:db8::/32")]
pub struct NotANetwork(String);

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let refuse = || NotANetwork(text.chars().take(64).collect());
        let (address, bits) = text.split_once('/').unwrap_or((text, ""));
        let address: IpAddr = address.parse().map_err(|_| refuse())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            "" if !text.contains('/') => most,
            bits => bits.parse().map_err(|_| refuse())?,
        };
        if bits > most {
            return Err(refuse());
        }
        Ok(Self { address, bits })
    }
}

/// The first `bits` of an address, the rest zero.
fn cut(address: IpAddr, bits: u8) -> IpAddr {
    let bits = u32::from(bits);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && cut(address, self.bits) == cut(self.address, self.bits)
    }
}

/// A caller's address. It is shown in part only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address(IpAddr);

impl Address {
    /// What is counted: an IPv4 address, or the /64 that an IPv6 customer has to themselves.
    pub(crate) fn bucket(self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(_) => format!("{}/64", cut(self.0, 64)),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = if self.0.is_ipv4() { 24 } else { 48 };
        write!(f, "{}/{bits}", cut(self.0, bits))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An entry of `X-Forwarded-For`; some proxies add the port.
fn entry(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .map(|address| address.to_canonical())
}

/// Who calls: the peer, or the right-most entry of `X-Forwarded-For` that no trusted proxy
/// stands for. What is left of that is the caller's own invention.
///
/// `None` if that is this machine itself, or nobody knows: then nothing is counted by
/// address. One bucket for all who can't be told apart would let one card tester close the
/// shop for everybody; session, order and card are counted all the same.
pub(crate) fn of_caller(
    peer: Option<IpAddr>,
    headers: &HeaderMap,
    trusted: &[Network],
) -> Option<Address> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    let mut caller = peer?.to_canonical();
    let hops = headers
        .get_all("x-forwarded-for")
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(",");
    for hop in hops.rsplit(',') {
        if !is_trusted(caller) {
            break;
        }
        let Some(address) = entry(hop) else {
            break;
        };
        caller = address;
    }
    (!caller.is_loopback() && !is_trusted(caller)).then_some(Address(caller))
}

#[cfg(test)]
mod tests {
    use super::{Address, HeaderMap, IpAddr, Network, of_caller};

    fn caller(peer: &str, forwarded: &[&str], trusted: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        of_caller(Some(peer.parse().unwrap()), &headers, &trusted).map(Address::bucket)
    }

    #[test]
    fn t23_only_a_trusted_proxy_names_the_caller_and_only_the_right_most_name_counts() {
        for (peer, forwarded, trusted, expected) in [
            ("203.0.113.9", &[][..], &[][..], Some("203.0.113.9")),
            // Nobody's proxy: what it says is ignored.
            ("203.0.113.9", &["1.1.1.1"], &[], Some("203.0.113.9")),
            (
                "10.0.0.2",
                &["198.51.100.7"],
                &["10.0.0.0/8"],
                Some("198.51.100.7"),
            ),
            // The caller made up what is on the left.
            (
                "10.0.0.2",
                &["1.1.1.1, 198.51.100.7"],
                &["10.0.0.0/8"],
                Some("198.51.100.7"),
            ),
            (
                "10.0.0.2",
                &["1.1.1.1", "198.51.100.7"],
                &["10.0.0.0/8"],
                Some("198.51.100.7"),
            ),
            // Two proxies of ours in a row.
            (
                "10.0.0.2",
                &["198.51.100.7, 10.9.9.9"],
                &["10.0.0.0/8"],
                Some("198.51.100.7"),
            ),
            // Ports, brackets, IPv4 in IPv6.
            (
                "10.0.0.2",
                &["198.51.100.7:4711"],
                &["10.0.0.0/8"],
                Some("198.51.100.7"),
            ),
            (
                "::ffff:10.0.0.2",
                &["::ffff:198.51.100.7"],
                &["10.0.0.0/8"],
                Some("198.51.100.7"),
            ),
            (
                "10.0.0.2",
                &["[2001:db8:1:2:3::4]:80"],
                &["10.0.0.2"],
                Some("2001:db8:1:2::/64"),
            ),
            // IPv6 by /64.
            ("2001:db8:1:2:aaaa::1", &[], &[], Some("2001:db8:1:2::/64")),
            ("2001:db8:1:2:bbbb::2", &[], &[], Some("2001:db8:1:2::/64")),
            // Nobody to count: this machine, or a proxy that names nobody.
            ("127.0.0.1", &[], &[], None),
            ("::1", &["1.1.1.1"], &[], None),
            ("10.0.0.2", &[], &["10.0.0.0/8"], None),
            ("10.0.0.2", &["unknown"], &["10.0.0.0/8"], None),
            ("10.0.0.2", &["1.1.1.1, unknown"], &["10.0.0.0/8"], None),
            // Everything trusted, and a prefix of no bits at all.
            ("10.0.0.2", &["1.1.1.1"], &["0.0.0.0/0"], None),
        ] {
            assert_eq!(
                caller(peer, forwarded, trusted).as_deref(),
                expected,
                "{peer} {forwarded:?} {trusted:?}"
            );
        }
        assert_eq!(of_caller(None, &HeaderMap::new(), &[]), None);
    }

    #[test]
    fn what_is_no_network_is_refused_by_name() {
        for text in [
            "",
            "/",
            "10.0.0.0/33",
            "10.0.0.0/",
            "::/129",
            "10.0/8",
            "a/8",
            "1.2.3.4/-1",
        ] {
            let error = text.parse::<Network>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
        let network: Network = "2001:db8::/33".parse().unwrap();
        assert!(network.holds("2001:db8:7fff::1".parse().unwrap()));
        assert!(!network.holds("2001:db8:8000::1".parse().unwrap()));
    }

    #[test]
    fn t28_an_address_is_never_shown_in_full() {
        let show = |text: &str| format!("{0} {0:?}", Address(text.parse::<IpAddr>().unwrap()));
        assert_eq!(show("203.0.113.9"), "203.0.113.0/24 203.0.113.0/24");
        assert_eq!(
            show("2001:db8:1:2:3:4:5:6"),
            "2001:db8:1::/48 2001:db8:1::/48"
        );
    }
}
