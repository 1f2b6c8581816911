//! FunnelFox as a gateway: what the widget sends is passed on, once, and what FunnelFox answers
//! is kept.
//!
//! - [`open`]: an order's client session, with the amount that FunnelFox would charge.
//! - [`charge`]: `create_payment` and `resume_payment`.
//! - [`about`]: which attempt a report is about.
//! - [`report`]: its webhooks.
//!
//! FunnelFox can't be asked and can't be told to stop: what isn't known stays unknown until a
//! report or an operator tells.

mod about;
mod charge;
mod open;
mod report;

pub(crate) use open::{CannotOpen, Untold};
pub(super) use report::receive;
