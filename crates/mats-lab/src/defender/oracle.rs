//! The oracle: it sees the truth, but acts through the same actions, delays, failures and guardrails, at decisions
//! presented by a source that knows the truth after the sensors' delay. For the machine presented it wants, in this
//! order, and takes the first that is possible and permitted:
//!
//! 1. The machine is under an attacker's control: end the foothold (kill).
//! 2. That is not possible now (an order is under way, the hourly limit): cut it off, unless too much hangs on it.
//! 3. An attacker is about and was here, has the account named, or besieges the machine: block where it comes from.
//! 4. An attacker has a valid credential of the account named: reset it.
//! 5. The foothold would come back by itself, and there is time: rebuild the machine.
//! 6. The machine has an open weakness and an attacker was here: patch it.
//! 7. The machine is not under control and nobody is about, or it is isolated: give back what was cut off.
//! 8. Otherwise: watch.

use mats_core::{Action, HostId, UserId};
use mats_gym::Informed;
use mats_respond::Decision;
use mats_sim::World;

/// The oracle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oracle;

impl Informed for Oracle {
    fn decide(&mut self, worlds: &[&World], decisions: &[Decision<'_>], actions: &mut [Action]) {
        for ((world, decision), action) in worlds.iter().zip(decisions).zip(actions) {
            let wanted = wanted(world, decision.intel.host, decision.intel.user).into_iter().flatten();
            *action = wanted.into_iter().find(|&a| decision.mask.allows(a)).unwrap_or(Action::Monitor);
        }
    }

    fn for_lane(&self) -> Option<Box<dyn Informed>> {
        Some(Box::new(*self))
    }
}

/// Above this value an hour, a machine is never cut off: killing again and again is cheaper.
const DEAR: f64 = 8.0;
/// Rebuilding takes two hours: with fewer left, a foothold that is killed whenever it shows costs less.
const REBUILD_HOURS: f64 = 2.5;

/// Actions in the order in which they are wanted; those that are not possible are passed over.
fn wanted(world: &World, host: HostId, user: Option<UserId>) -> [Option<Action>; 7] {
    let posture = world.posture();
    let (held, isolated) = (world.is_compromised(host), posture.is_isolated(host));
    let haunted = world.has_persistence(host);
    let stolen = user.is_some_and(|u| world.credential_compromised(u));
    let active = world.attackers().iter().any(mats_sim::red::Campaign::is_active);
    let hours_left = world.horizon().since(world.now()).hours();
    let cheap = f64::from(world.plan().scenario.inventory.host(host).value) < DEAR;
    let when = |yes: bool, action: Action| yes.then_some(action);
    [
        when(held && !isolated, Action::KillProcess),
        when(held && !isolated && cheap, Action::IsolateHost),
        when(active && (held || haunted || stolen || world.is_under_attack(host)), Action::BlockDomain),
        when(stolen && active, Action::ResetCredentials),
        when(haunted && active && cheap && hours_left > REBUILD_HOURS, Action::ReimageHost),
        when(active && world.is_vulnerable(host), Action::PatchHost),
        when(!held && (isolated || !active), Action::Release),
    ]
}
