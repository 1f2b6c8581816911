//! Exactly once, whatever dies: the real server as a process, killed at random instants under
//! parallel payments; two servers behind one address; a thousand equal calls; a full disk.
//!
//! `LONG=1` makes it ten times as long, `SEED=…` repeats the choices of an earlier run (not
//! the machine's timing). `TEST_POSTGRES_URL=postgres://…/postgres` runs it on PostgreSQL with
//! two servers instead of SQLite with one.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "crash/books.rs"]
mod books;
#[path = "chance/claim.rs"]
mod claim;
#[path = "crash/disk.rs"]
mod disk;
#[path = "crash/kill.rs"]
mod kill;
#[path = "crash/process.rs"]
mod process;
#[path = "chance/seed.rs"]
mod seed;
#[path = "crash/shopper.rs"]
mod shopper;
#[path = "crash/thousand.rs"]
mod thousand;
#[path = "crash/town.rs"]
mod town;
#[path = "crash/wire.rs"]
mod wire;
