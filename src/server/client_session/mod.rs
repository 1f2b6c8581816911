//! `create_client_session` and what belongs to it: a page opens an order of a price point,
//! without a key and without a claim, and gets a client token that leads to its checkout.

mod configuration;
mod fields;
mod order;
mod route;
mod token;

pub(crate) use configuration::{of_session, of_simple};
pub(crate) use fields::Fields;
pub(crate) use order::of_price;
pub(crate) use route::{create, create_simple, price, update};
