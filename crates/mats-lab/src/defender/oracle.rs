//! The oracle: it sees the truth, but acts through the same actions, delays, failures and guardrails, at decisions
//! presented by a source that tells the truth as it happens, after the sensors' delay. That source presents a machine whenever a foothold
//! comes or comes back there, and names the accounts that attackers stole one after the other (`mats-gym/src/truth.rs`); what the oracle
//! orders is about the machine and the account presented, as with everybody. It wants, in this order, and takes the first that is possible and permitted:
//!
//! 1. The machine is under an attacker's control, and nothing is under way that ends it: end the foothold (kill).
//! 2. That is not possible now (the hourly limit): cut it off, unless too much hangs on it.
//! 3. An attacker has a valid credential of the account named, and it is not being renewed: reset it.
//! 4. An attacker is about and was here, or besieges the machine: block where it comes from.
//! 5. The foothold would come back by itself, and a new image costs less than what comes of that: rebuild the machine.
//! 6. The machine has an open weakness and an attacker took it once: patch it.
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
/// Kills an hour that a persistent foothold takes: it comes back after about an hour.
const RETURNS: f64 = 1.0;
/// By how much longer than usual a rebuild may take and still be done in time.
const SLACK: f64 = 1.25;

/// Actions in the order in which they are wanted; those that are not possible are passed over.
fn wanted(world: &World, host: HostId, user: Option<UserId>) -> [Option<Action>; 7] {
    let posture = world.posture();
    let (held, isolated) = (world.is_compromised(host), posture.is_isolated(host));
    let haunted = world.has_persistence(host);
    let at_work = |action: Action, about: &dyn Fn(&mats_core::Target) -> bool| {
        world.blue().under_way().any(|order| order.action == action && about(&order.target))
    };
    let here = |target: &mats_core::Target| target.host == host;
    let ending = at_work(Action::KillProcess, &here) || at_work(Action::ReimageHost, &here);
    let stolen = user.is_some_and(|u| world.credential_compromised(u));
    let renewing = at_work(Action::ResetCredentials, &|target| target.user == user);
    let active = world.attackers().iter().any(mats_sim::red::Campaign::is_active);
    let was_taken = world.attackers().iter().any(|c| c.footholds.iter().any(|f| f.host == host));
    let cheap = f64::from(world.plan().scenario.inventory.host(host).value) < DEAR;
    let when = |yes: bool, action: Action| yes.then_some(action);
    [
        when(held && !ending, Action::KillProcess),
        when(held && !ending && !isolated && cheap, Action::IsolateHost),
        when(stolen && !renewing, Action::ResetCredentials),
        when(active && (held || haunted || stolen || world.is_under_attack(host)), Action::BlockDomain),
        when(haunted && is_rebuilding_worth_it(world, host), Action::ReimageHost),
        when(active && was_taken && world.is_vulnerable(host), Action::PatchHost),
        when(!held && (isolated || !active), Action::Release),
    ]
}

/// Tells whether a new image costs less than a foothold that is killed whenever it comes back, and is dealt with after the horizon.
fn is_rebuilding_worth_it(world: &World, host: HostId) -> bool {
    let scenario = &world.plan().scenario;
    let (reward, info) = (&scenario.reward, scenario.inventory.host(host));
    let action = |action: Action| &scenario.response.actions[action as usize];
    let (rebuild, kill) = (action(Action::ReimageHost), action(Action::KillProcess));
    let left = world.horizon().since(world.now()).hours();
    let hours = rebuild.minutes / 60.0;
    let value = f64::from(info.value);
    let returns = left * RETURNS * (kill.cost + reward.kill_hours * value);
    let standing = reward.settlement_hours / 2.0 * reward.foothold_share * value;
    left > hours * SLACK && rebuild.cost + hours * value < returns + standing
}
