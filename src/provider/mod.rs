//! Clients of the payment systems, without input or output: a question becomes a
//! [`crate::http::Request`], a [`crate::http::Response`] becomes a typed answer.

pub mod checkout_com;
pub mod commerce_layer;
pub mod funnelfox;
