//! Primer as the clients of its public SDKs see it: client tokens, card tokens, and the way
//! through the bank's question. Its server API has one caller, the FunnelFox stand-in, which
//! asks in-process.
//!
//! - [`client_token`]: the JWT that opens a checkout or asks for an action.
//! - [`cards`]: the documented test cards and what each of them does.
//! - [`tokenize`]: `POST {pciUrl}/payment-instruments`.
//! - [`action`]: `redirectUrl` (the bank) and `statusUrl` (polled).
//! - [`configuration`]: `GET configurationUrl`.
//! - [`show`]: what `/control/primer` and the counters show of it.
//!
//! Where the documents are silent the choice is the sandbox's own and says so in its place.

pub(crate) mod action;
pub(crate) mod answer;
pub(crate) mod cards;
pub(crate) mod client_token;
pub(crate) mod configuration;
pub(crate) mod show;
pub(crate) mod tokenize;

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use super::state::World;
use action::Action;
use client_token::Pass;
use tokenize::Instrument;

/// What Primer remembers.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// By access token.
    pub(crate) passes: HashMap<String, Pass>,
    /// By payment method token.
    pub(crate) instruments: HashMap<String, Instrument>,
    /// Oldest first.
    pub(crate) actions: Vec<Action>,
}

impl Desk {
    /// A card token of this organisation.
    pub(crate) fn instrument(&self, token: &str, org: &str) -> Option<&Instrument> {
        self.instruments
            .get(token)
            .filter(|instrument| instrument.org == org)
    }

    /// What time alone does: the bank's questions that nobody answered are over.
    pub(crate) fn pass_time(&mut self, now: i64) {
        for action in &mut self.actions {
            action.pass_time(now);
        }
    }
}

/// The API below `/primer`.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/primer/pci/payment-instruments", post(tokenize::create))
        .route("/primer/client-sdk/configuration", get(configuration::read))
        .route("/primer/resume-tokens/{id}", get(action::status))
        .layer(DefaultBodyLimit::max(64 * 1024))
}
