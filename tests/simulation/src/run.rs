//! One run by its seed, and the shortest script of one that fails.

use crate::action::{Script, script};
use crate::seen::Seen;
use crate::world::World;

/// A run that broke a rule.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Its seed.
    pub seed: u64,
    /// The rule, in one sentence.
    pub rule: String,
    /// The shortest script found that breaks a rule with this seed: pauses in milliseconds, and actions.
    pub script: Script,
    /// What the session was told and what it decided while that script ran.
    pub trace: Vec<String>,
}

/// Runs a seed.
///
/// # Errors
/// [`Broken`], with the script shortened.
pub fn run(seed: u64) -> Result<Seen, Box<Broken>> {
    let script = script(seed);
    match attempt(seed, &script) {
        Ok(seen) => Ok(seen),
        Err(_) => Err(Box::new(shorten(seed, script))),
    }
}

fn attempt(seed: u64, script: &Script) -> Result<Seen, String> {
    let mut world = World::new(seed, script.clone());
    outcome(&mut world)?;
    Ok(world.seen)
}

fn outcome(world: &mut World) -> Result<(), String> {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.run()));
    match outcome {
        Ok(checked) => checked,
        Err(_) => Err("the core panicked".to_owned()),
    }
}

/// Leaves out whatever the failure does not need: halves first, then single actions.
fn shorten(seed: u64, mut script: Script) -> Broken {
    let mut piece = script.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < script.len() {
            let mut shorter = script.clone();
            let end = (at + piece).min(shorter.len());
            shorter.drain(at..end);
            if attempt(seed, &shorter).is_err() {
                script = shorter;
            } else {
                at += piece;
            }
        }
        if piece == 1 {
            break;
        }
        piece = piece.div_ceil(2);
    }
    let mut world = World::new(seed, script.clone());
    world.trace = Some(Vec::new());
    let rule = outcome(&mut world).err().unwrap_or_default();
    Broken { seed, rule, script, trace: world.trace.unwrap_or_default() }
}
