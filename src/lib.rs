//! fanfare-checkout: an embeddable checkout that never charges twice.
//!
//! The modules stand in the order in which a payment meets them. The first group is
//! pure: no browser, no socket, no clock. `view` and `browser` make it visible and act
//! on it in a page; `server` is the other end; `sandbox` stands in for the payment
//! systems and shares nothing with the rest.
#![forbid(unsafe_code)]

pub mod money;
pub mod sensitive;
pub mod session;

pub mod card;
pub mod tokenize;

pub mod payment;

pub mod action;
pub mod client_token;

pub mod foreign;
pub mod outcome;

pub mod flow;
pub mod screen;
pub mod text;

pub mod http;
mod json;
pub mod provider;

pub mod embed;

pub mod view;

#[cfg(target_arch = "wasm32")]
pub mod browser;

#[cfg(not(target_arch = "wasm32"))]
pub mod bundle;
#[cfg(not(target_arch = "wasm32"))]
pub mod command;
#[cfg(not(target_arch = "wasm32"))]
pub mod sandbox;
#[cfg(not(target_arch = "wasm32"))]
pub mod server;
