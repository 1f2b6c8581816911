//! Stand-ins for the payment systems, a bank that asks questions, and a demo shop.
//!
//! This room shares no type and no logic with the rest of the crate: it reads raw JSON and
//! judges it by the systems' own published rules, else it would only prove that we agree
//! with ourselves. Everything lives in memory and dies with the process.
//!
//! - [`standins`]: Checkout.com, FunnelFox with Primer behind it, Commerce Layer, Flexprice, the
//!   bank's pages and `/control`; on request also a proxy in front of the checkout server, so that its
//!   requests can fail too.
//! - [`shop`]: a merchant as its own site, with its own server and secret key.

pub mod shop;
pub mod standins;

mod bank;
mod carrier;
mod checkout_com;
mod clock;
mod commerce_layer;
mod control;
mod cors;
mod fault;
mod flexprice;
mod funnelfox;
mod guard;
mod ident;
mod post;
mod primer;
mod proxy;
mod socket;
mod state;
mod tally;
mod template;
