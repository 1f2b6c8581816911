//! Reports of the gateway: each is only a reason to ask it.
//!
//! `route` checks the signature and writes the report down; `follow` asks the gateway about the
//! payment and lets `decide` rule. One that can't be followed at once is followed later.

mod follow;
mod route;

pub(crate) use route::receive;
