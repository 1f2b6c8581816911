//! Tries what the settings name, without moving money: `fanfare-checkout check`.
//!
//! Each finding is a sentence for a person: what is fine, what is wrong and what to do. None
//! holds a secret.

mod checkout_com;
mod funnelfox;
mod own;

use super::{Organisation, ServerError, Settings, sending::Sender};

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// It works as far as it can be tried.
    Fine,
    /// It can't be known from here, or need not be yet.
    Unsure,
    /// It does not work.
    Wrong,
}

/// What came of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was tried, such as `checkout.com of small-goods`.
    pub what: String,
    /// How it stands.
    pub grade: Grade,
    /// What was seen, and what to do about it.
    pub words: String,
}

impl Finding {
    fn new(what: &str, grade: Grade, words: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            grade,
            words: words.into(),
        }
    }

    fn fine(what: &str, words: impl Into<String>) -> Self {
        Self::new(what, Grade::Fine, words)
    }

    fn unsure(what: &str, words: impl Into<String>) -> Self {
        Self::new(what, Grade::Unsure, words)
    }

    fn wrong(what: &str, words: impl Into<String>) -> Self {
        Self::new(what, Grade::Wrong, words)
    }
}

async fn of_organisation(organisation: &Organisation, sender: &Sender) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(gateway) = &organisation.checkout_com {
        let what = format!("checkout.com of {}", organisation.id);
        found.extend(checkout_com::tried(&what, gateway, sender).await);
    }
    if let Some(fox) = &organisation.funnelfox {
        let what = format!("funnelfox of {}", organisation.id);
        found.push(funnelfox::tried(&what, fox, sender).await);
    }
    let what = format!("events to {}", organisation.id);
    found.push(match &organisation.events {
        Some(to) => own::events(&what, to).await,
        None => Finding::unsure(
            &what,
            "no [organisations.events]: the shop hears nothing and has to ask GET /orders/{orderId}",
        ),
    });
    found
}

/// Tries everything that `settings` name.
///
/// # Errors
/// The settings are refused, or no https client can be made.
pub async fn check(settings: &Settings) -> Result<Vec<Finding>, ServerError> {
    settings.check()?;
    let loopback = settings.sandbox;
    let sender = Sender::new(settings.gateway_deadline, loopback)?;
    let mut found = vec![
        own::database(&settings.database_url).await,
        own::public_url(&settings.public_url, &sender).await,
        own::widget(&settings.assets),
    ];
    for organisation in &settings.organisations {
        found.extend(of_organisation(organisation, &sender).await);
    }
    Ok(found)
}
