//! Mission of the organisation: sessions of people and machines. One that fails because the defence took a
//! machine or an account away costs a fee. Fees are set so that an hour of usual work without a machine costs what the
//! scenario says it is worth: much when people need it, little when nobody does.

use crate::actor::ActorPlan;
use mats_core::HostId;
use mats_scenario::Scenario;
use mats_scenario::catalogue::When;

/// Costs of a failed session, by machine and by account.
///
/// The share `reward.night` of a machine's or account's hourly value is charged for as long as it is away
/// ([`crate::World::advance`]); the rest is spread over the sessions that would have needed it.
pub fn fees(scenario: &Scenario, actors: &[ActorPlan], targets: &[Vec<Vec<HostId>>]) -> (Vec<f32>, Vec<f32>) {
    let users = scenario.users.len();
    let mut by_host = vec![0.0f64; scenario.hosts.len()];
    let mut by_user = vec![0.0f64; users];
    let mut visits = vec![vec![0.0f64; scenario.reach.subnets]; scenario.behaviours.len()];
    for (a, actor) in actors.iter().enumerate() {
        let subnet = scenario.inventory.host(actor.host).subnet.index();
        for &(b, rate) in &actor.behaviours {
            let behaviour = &scenario.behaviours[b as usize];
            if behaviour.when == When::Night {
                continue;
            }
            by_host[actor.host.index()] += f64::from(rate);
            if a < users {
                by_user[a] += f64::from(rate);
            }
            let spread = f64::from(behaviour.spread.0 + behaviour.spread.1) / 2.0;
            visits[b as usize][subnet] += f64::from(rate) * spread;
        }
    }
    for (behaviour, from) in visits.iter().enumerate() {
        for (subnet, &visits) in from.iter().enumerate() {
            let hosts = &targets[behaviour][subnet];
            for host in hosts {
                by_host[host.index()] += visits / hosts.len() as f64;
            }
        }
    }
    let share = 1.0 - scenario.reward.night;
    let fee =
        |value: f32, demand: f64| if demand > 0.0 { (f64::from(value) * share / demand) as f32 } else { 0.0 };
    let inventory = &scenario.inventory;
    let hosts = inventory.hosts.iter().zip(&by_host).map(|(h, &demand)| fee(h.value, demand)).collect();
    let accounts = inventory.users.iter().zip(&by_user).map(|(u, &demand)| fee(u.value, demand)).collect();
    (hosts, accounts)
}
