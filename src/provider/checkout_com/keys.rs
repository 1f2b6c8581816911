//! Which account a key belongs to, told by its form, and what goes together.
//!
//! Keys of the current platform are `sk_` or `pk_`, `sbox_` in the sandbox, and 27 characters;
//! those of the previous one are `sk_` or `pk_`, `test_` in the sandbox, and a UUID.

use std::fmt;

use super::Account;

/// The two generations of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Keys with `Bearer`, a processing channel, a host of the account's own.
    Current,
    /// Keys sent bare, no channels, one host for all.
    Previous,
}

/// Whether money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// None does.
    Sandbox,
    /// It does.
    Live,
}

/// What does not go together in an account. None of the words holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The secret key is a public one.
    SecretIsPublic,
    /// The secret key is none.
    NoSecretKey,
    /// The public key is a secret one: browsers would have got it.
    PublicIsSecret,
    /// The public key is none.
    NoPublicKey,
    /// One key is of the current platform, the other of the previous one.
    TwoPlatforms,
    /// One key is live, the other of the sandbox.
    TwoEnvironments,
    /// The current platform's payments name a channel.
    ChannelMissing,
    /// Not the id of a channel.
    NoChannel,
    /// The previous platform knows no channels.
    ChannelUnknown,
    /// Keys of the sandbox at the live host.
    SandboxKeysLiveHost,
    /// Live keys at the sandbox's host.
    LiveKeysSandboxHost,
}

impl Misfit {
    /// The setting that is most likely wrong.
    pub fn setting(self) -> &'static str {
        match self {
            Self::SecretIsPublic | Self::NoSecretKey => "secret_key",
            Self::PublicIsSecret
            | Self::NoPublicKey
            | Self::TwoPlatforms
            | Self::TwoEnvironments => "public_key",
            Self::ChannelMissing | Self::NoChannel | Self::ChannelUnknown => {
                "processing_channel_id"
            }
            Self::SandboxKeysLiveHost | Self::LiveKeysSandboxHost => "environment",
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecretIsPublic => {
                "secret_key holds a public key (pk_…); expected sk_…; are the two swapped?"
            }
            Self::NoSecretKey => "secret_key does not begin with sk_; copy it from the Checkout.com dashboard",
            Self::PublicIsSecret => {
                "public_key holds a secret key (sk_…), which browsers would get; expected pk_…; are the two swapped?"
            }
            Self::NoPublicKey => "public_key does not begin with pk_; copy it from the Checkout.com dashboard",
            Self::TwoPlatforms => {
                "one key is of the current platform (sk_sbox_…, sk_…), the other of the previous one (sk_test_ or sk_ and a UUID); take both from the same account"
            }
            Self::TwoEnvironments => {
                "one key is of the sandbox, the other is live; take both from the same account"
            }
            Self::ChannelMissing => {
                "processing_channel_id is missing: payments of the current platform need one (pc_…); it is in the dashboard under Settings, Channels"
            }
            Self::NoChannel => "processing_channel_id is no channel; expected pc_ and letters and digits",
            Self::ChannelUnknown => {
                "processing_channel_id is given, and the keys are of the previous platform, which has no channels; leave it out, or take the current platform's keys"
            }
            Self::SandboxKeysLiveHost => {
                "keys of the sandbox at Checkout.com's live host; set environment to \"sandbox\", or take the live keys"
            }
            Self::LiveKeysSandboxHost => {
                "live keys at Checkout.com's sandbox; set environment to \"live\", or take the sandbox's keys"
            }
        })
    }
}

/// The platform and environment of a key, told by what follows `sk_` or `pk_`.
fn told(rest: &str) -> (Platform, Environment) {
    if rest.starts_with("sbox_") {
        (Platform::Current, Environment::Sandbox)
    } else if rest.starts_with("test_") {
        (Platform::Previous, Environment::Sandbox)
    } else if is_uuid(rest) {
        (Platform::Previous, Environment::Live)
    } else {
        (Platform::Current, Environment::Live)
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The platform and environment of a secret key.
///
/// # Errors
/// It is none.
pub fn of_secret_key(key: &str) -> Result<(Platform, Environment), Misfit> {
    match key.strip_prefix("sk_") {
        Some(rest) => Ok(told(rest)),
        None if key.starts_with("pk_") => Err(Misfit::SecretIsPublic),
        None => Err(Misfit::NoSecretKey),
    }
}

/// The platform and environment of a public key.
///
/// # Errors
/// It is none.
pub fn of_public_key(key: &str) -> Result<(Platform, Environment), Misfit> {
    match key.strip_prefix("pk_") {
        Some(rest) => Ok(told(rest)),
        None if key.starts_with("sk_") => Err(Misfit::PublicIsSecret),
        None => Err(Misfit::NoPublicKey),
    }
}

/// The `Authorization` header for a key, secret or public: bare on the previous platform.
pub fn authorization(key: &str) -> String {
    match of_secret_key(key).or_else(|_| of_public_key(key)) {
        Ok((Platform::Previous, _)) => key.to_owned(),
        _ => format!("Bearer {key}"),
    }
}

/// Whether `account` and `public_key` go together.
///
/// # Errors
/// The first thing that does not.
pub fn fit(account: &Account, public_key: &str) -> Result<(Platform, Environment), Misfit> {
    // EXPOSE: the kind of key is told by its form; it is not shown.
    let (platform, environment) = of_secret_key(account.secret_key.expose())?;
    let (also, there) = of_public_key(public_key)?;
    if platform != also {
        return Err(Misfit::TwoPlatforms);
    }
    if environment != there {
        return Err(Misfit::TwoEnvironments);
    }
    match (&account.processing_channel_id, platform) {
        (None, Platform::Current) => return Err(Misfit::ChannelMissing),
        (Some(_), Platform::Previous) => return Err(Misfit::ChannelUnknown),
        (Some(channel), Platform::Current) if !is_channel(channel) => {
            return Err(Misfit::NoChannel);
        }
        _ => {}
    }
    let sandbox = account.base.ends_with("api.sandbox.checkout.com");
    let live = account.base.ends_with("api.checkout.com");
    match environment {
        Environment::Sandbox if live => Err(Misfit::SandboxKeysLiveHost),
        Environment::Live if sandbox => Err(Misfit::LiveKeysSandboxHost),
        _ => Ok((platform, environment)),
    }
}

fn is_channel(text: &str) -> bool {
    text.strip_prefix("pc_").is_some_and(|rest| {
        (1..=64).contains(&rest.len())
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// Whether `text` can be the prefix of an account's host: the first eight characters of its
/// client id after `cli_`.
pub fn is_prefix(text: &str) -> bool {
    text.len() == 8
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// The base URL of an account, with the prefix that its host has.
pub fn base(environment: Environment, prefix: Option<&str>) -> String {
    let host = match environment {
        Environment::Sandbox => "api.sandbox.checkout.com",
        Environment::Live => "api.checkout.com",
    };
    prefix.map_or_else(
        || format!("https://{host}"),
        |prefix| format!("https://{prefix}.{host}"),
    )
}

#[cfg(test)]
mod tests {
    use super::{Environment, Misfit, Platform, base, fit, is_prefix};
    use crate::{provider::checkout_com::Account, sensitive::Sensitive};

    const UUID: &str = "0b9b5db6-f223-49d0-b68f-f6643dd4f808";
    const WORD: &str = "m73dzbpy7cf3gfd46xr4yj5xo4e";

    fn tried(
        secret: &str,
        public: &str,
        channel: Option<&str>,
        base: &str,
    ) -> Result<(Platform, Environment), Misfit> {
        let account = Account {
            base: base.into(),
            secret_key: Sensitive::new(secret.into()),
            processing_channel_id: channel.map(str::to_owned),
        };
        fit(&account, public)
    }

    #[test]
    fn trap_20_the_form_of_the_keys_tells_platform_and_environment() {
        use {Environment::*, Platform::*};
        for (middle, rest, platform, environment) in [
            ("sbox_", WORD, Current, Sandbox),
            ("", WORD, Current, Live),
            ("test_", UUID, Previous, Sandbox),
            ("", UUID, Previous, Live),
        ] {
            let channel = (platform == Current).then_some("pc_zs5fqhybzc2e3jmq3efvybybpq");
            let prefix = (platform == Current).then_some("m73dzbpy");
            let (secret, public) = (format!("sk_{middle}{rest}"), format!("pk_{middle}{rest}"));
            let host = base(environment, prefix);
            let told = tried(&secret, &public, channel, &host);
            assert_eq!(told, Ok((platform, environment)), "{middle}{rest}");
        }
        assert_eq!(
            base(Sandbox, Some("m73dzbpy")),
            "https://m73dzbpy.api.sandbox.checkout.com"
        );
        assert_eq!(base(Live, None), "https://api.checkout.com");
        assert!(is_prefix("m73dzbpy") && !is_prefix("cli_m73d") && !is_prefix("m73dzbpy7"));
    }

    #[test]
    fn trap_20_what_does_not_go_together_is_refused_by_name() {
        let (sandbox, live) = (
            "https://m73dzbpy.api.sandbox.checkout.com",
            "https://m73dzbpy.api.checkout.com",
        );
        let of = |kind: &str, middle: &str, rest: &str| format!("{kind}_{middle}{rest}");
        let (sk, pk) = (of("sk", "sbox_", WORD), of("pk", "sbox_", WORD));
        let (old_sk, old_pk) = (of("sk", "test_", UUID), of("pk", "test_", UUID));
        let (live_sk, live_pk) = (of("sk", "", WORD), of("pk", "", WORD));
        let channel = Some("pc_1");
        for (secret, public, channel, base, misfit) in [
            (&pk, &sk, channel, sandbox, Misfit::SecretIsPublic),
            (&sk, &sk, channel, sandbox, Misfit::PublicIsSecret),
            (&"x".to_owned(), &pk, channel, sandbox, Misfit::NoSecretKey),
            (&sk, &"x".to_owned(), channel, sandbox, Misfit::NoPublicKey),
            (&sk, &old_pk, channel, sandbox, Misfit::TwoPlatforms),
            (&live_sk, &pk, channel, live, Misfit::TwoEnvironments),
            (&sk, &pk, None, sandbox, Misfit::ChannelMissing),
            (&sk, &pk, Some("cli_1"), sandbox, Misfit::NoChannel),
            (&old_sk, &old_pk, channel, sandbox, Misfit::ChannelUnknown),
            (&sk, &pk, channel, live, Misfit::SandboxKeysLiveHost),
            (&old_sk, &old_pk, None, live, Misfit::SandboxKeysLiveHost),
            (
                &live_sk,
                &live_pk,
                channel,
                sandbox,
                Misfit::LiveKeysSandboxHost,
            ),
        ] {
            assert_eq!(
                tried(secret, public, channel, base),
                Err(misfit),
                "{misfit}"
            );
        }
    }
}
