//! What a shop has done with the money of a payment: captured, voided, refunded.
//!
//! `wish` reads the call, `judge` says what is known to be impossible, `instruction` is what the
//! store keeps before the gateway is called, `carry_out` calls it, `settle` finds out how it
//! ended, and `route` speaks Checkout.com's published form.

mod answer;
mod carry_out;
mod instruction;
mod judge;
mod report;
mod route;
mod settle;
mod wish;

pub(crate) use instruction::{Fate, Instruction, Kind};
pub(crate) use judge::{Refusal, Verdict, judge};
pub(crate) use report::{add_to, open_lines};
pub(crate) use route::{act, show};
pub(crate) use settle::{Change, match_up};
pub(crate) use wish::Wish;
