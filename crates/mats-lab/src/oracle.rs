//! The oracle: it sees the truth, but acts through the same actions, delays, failures and guardrails, at decisions
//! presented by a source that knows the truth after the sensors' delay. Its algorithm:
//!
//! 1. A machine under an attacker's control: end the foothold (kill), or cut the machine off where killing is not
//!    enough because the foothold would come back, and the attacker has more to win there than the isolation costs.
//! 2. An attacker's live channel: block it.
//! 3. A stolen credential of the account named: reset it.
//! 4. A machine that would be haunted again: rebuild it while that costs less than the visits.
//! 5. A machine that an attacker could enter through an open weakness, once it has been tried: patch it.
//! 6. Anything isolated, disabled or blocked that needs it no longer: release it.
//! 7. Otherwise: watch.

use mats_core::{Action, HostId};
use mats_gym::{DefenceGame, Witness};
use mats_sim::World;

/// What the oracle does about the pending decision.
pub fn decide<W: Witness>(game: &DefenceGame<W>) -> Action {
    let (view, world) = (game.view(), game.world());
    let case = view.pending();
    let host = case.intel.host;
    let mask = view.mask();
    let wanted = wanted(world, host, case.intel.user, case.contained);
    wanted.into_iter().flatten().find(|&a| mask.allows(a)).unwrap_or(Action::Monitor)
}

/// Actions in the order in which they are wanted; those that are not possible are passed over.
fn wanted(
    world: &World,
    host: HostId,
    user: Option<mats_core::UserId>,
    contained: bool,
) -> [Option<Action>; 7] {
    let held = world.is_held(host);
    let isolated = world.posture().is_isolated(host);
    let haunted = world.is_haunted(host);
    let stolen = user.is_some_and(|u| world.is_stolen(u));
    let active = world.attackers().iter().any(mats_sim::red::Campaign::is_active);
    let hours_left = world.horizon().since(world.now()).hours();
    let info = world.plan().scenario.inventory.host(host);
    // Rebuilding takes two hours; a ghost that is killed whenever it shows costs a little each time.
    let rebuild = haunted && hours_left > 2.5;
    let when = |yes: bool, action: Action| yes.then_some(action);
    [
        when(held && !isolated, Action::KillProcess),
        when(held && !isolated && f64::from(info.value) < 8.0, Action::IsolateHost),
        when(active && (held || haunted || stolen), Action::BlockDomain),
        when(stolen && active, Action::ResetCredentials),
        when(rebuild && active && f64::from(info.value) < 8.0, Action::ReimageHost),
        when(!held && contained, Action::Release),
        None,
    ]
}
