//! The browser's part: it carries out the effects of the machine and owns everything that
//! must outlive a view. Decisions are made elsewhere.

mod channel;
mod dom;
mod fetch;
mod mount;
mod runner;
mod storage;

pub use mount::{Checkout, boot, mount};
