//! What must hold of a session for any settings and any facts, told in any order by a driver that may be
//! wrong. The fuzz target and a test on stable Rust share it.

mod calm;
mod ledger;
mod plan;
mod tell;
mod watch;

pub(crate) use plan::Plan;

/// Panics where it does not hold.
pub(crate) fn hold(plan: &Plan) {
    let mut world = tell::World::new(plan);
    for step in &plan.steps {
        world.take(*step);
    }
    world.calm_down();
    world.end();
}
