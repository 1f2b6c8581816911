//! The catalogue of failures: every code of the payment systems has its kind, and every kind
//! its words, its field and its way on.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "catalogue/answers.rs"]
mod answers;
#[path = "catalogue/codes.rs"]
mod codes;
#[path = "catalogue/words.rs"]
mod words;
