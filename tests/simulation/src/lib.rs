//! Runs the session's core, as it is, in a model of its world under random faults, and checks after every step
//! what must hold always. A seed makes a run; a failure is told as the shortest script that still fails.

pub mod action;
pub mod ledger;
pub mod link;
pub mod random;
pub mod run;
pub mod seen;
pub mod storm;
pub mod world;
