//! `POST /checkout`: a shop's server opens a session for an order that its claim states.

mod claim;
mod issues;
mod order_claim;
mod route;
pub(crate) mod urls;

pub(crate) use route::{authenticate, open};
