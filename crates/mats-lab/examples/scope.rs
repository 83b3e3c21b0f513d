//! Measures how well investigations find the scope of attacks: leads, exposed accounts, and what nobody ever looked at.
//!
//! ```text
//! cargo run --release -p mats-lab --example scope -- scenarios/ransomware.toml
//! ```
//!
//! The playbook plays episodes that nothing was fitted to, with detectors of their own. The truth is asked only to count.

use mats_core::{HostId, SimTime, UserId};
use mats_gym::{DefenceGame, GameSettings, ThreatSource, Tick, TickObserver};
use mats_lab::gather::{GatherSettings, gather};
use mats_lab::seeds::{Purpose, seed};
use mats_respond::{PolicyTable, ResponseAgent};
use mats_rl::Env;
use mats_sim::{Plan, World};
use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

const SEED: u64 = 1;
const EPISODES: u64 = 100;

/// Counts over episodes.
#[derive(Default)]
struct Count {
    leads: u32,
    /// Leads that an attacker had touched by then, and that it held at that moment.
    touched: u32,
    held: u32,
    exposed: u32,
    /// Exposed accounts that an attacker stole in that episode; accounts that were stolen; those among them that were exposed.
    stolen_of_exposed: u32,
    stolen: u32,
    exposed_of_stolen: u32,
    campaigns: u32,
    /// Footholds at the horizon that are not cut off, and those among them on machines that were never presented.
    loose: u32,
    unseen: u32,
    presentations: u64,
    host_days: f64,
    /// Episodes without an attack, and those among them with an investigation.
    quiet: u32,
    alarmed: u32,
}

/// Notes leads and exposed accounts as they come.
#[derive(Default)]
struct Scope {
    leads: BTreeSet<HostId>,
    exposed: BTreeSet<UserId>,
    touched: u32,
    held: u32,
}

impl TickObserver for Scope {
    fn begin(&mut self, _: u64) {
        *self = Scope::default();
    }

    fn tick(&mut self, world: &World, _: &mut ThreatSource, seen: &Tick<'_>) {
        let hosts = (0..world.plan().scenario.hosts.len() as u32).map(HostId);
        for host in hosts {
            self.exposed.extend(seen.view.exposed(host).iter());
            if seen.view.investigation().is_linked(host) && self.leads.insert(host) {
                self.touched += u32::from(world.malicious_activities().iter().any(|a| a.host == host));
                self.held += u32::from(world.is_compromised(host));
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("name a scenario, such as scenarios/ransomware.toml")?;
    let plan = Arc::new(Plan::new(mats_scenario::load(file.as_ref())?));
    let examples = gather(&plan, &GatherSettings::default(), SEED);
    let detector = Arc::new(mats_detect::fit(&examples, &mats_detect::DetectorSettings::default(), SEED)?);
    let inventory = Arc::new(plan.scenario.inventory.clone());
    let agent = mats_detect::DetectionAgent::new(detector, inventory);
    let source = ThreatSource::Agent(Box::new(agent));
    let mut game = DefenceGame::with_observer(&plan, source, GameSettings::default(), Scope::default());
    let playbook = ResponseAgent::new(PolicyTable::playbook());
    let spec = game.spec();
    let (mut observation, mut mask) = (vec![0.0; spec.observation], vec![false; spec.actions]);
    let mut count = Count::default();
    for episode in 0..EPISODES {
        game.reset(seed(Purpose::Validate, SEED, episode), &mut observation, &mut mask);
        let mut presented = BTreeSet::new();
        loop {
            let view = game.view();
            presented.insert(view.pending().intel.host);
            let action = playbook.decide(view.key(), view.facts(), &view.mask());
            if game.step(action as usize, &mut observation, &mut mask).ended() {
                break;
            }
        }
        count.add(&game, &presented);
    }
    count.print(&plan.scenario.name);
    Ok(())
}

impl Count {
    fn add(&mut self, game: &DefenceGame<Scope>, presented: &BTreeSet<HostId>) {
        let (world, scope) = (game.world(), &game.tick_observer);
        let hosts = world.plan().scenario.hosts.len() as f64;
        self.host_days += hosts * world.horizon().since(SimTime::ZERO).hours() / 24.0;
        self.presentations += u64::from(game.steps());
        self.leads += scope.leads.len() as u32;
        self.touched += scope.touched;
        self.held += scope.held;
        let used: BTreeSet<UserId> =
            world.attackers().iter().flat_map(|c| c.accounts.iter().copied()).collect();
        self.exposed += scope.exposed.len() as u32;
        let both = scope.exposed.intersection(&used).count() as u32;
        self.stolen_of_exposed += both;
        self.stolen += used.len() as u32;
        self.exposed_of_stolen += both;
        self.campaigns += world.campaigns().filter(|c| c.first_success.is_some()).count() as u32;
        for foothold in world.attackers().iter().flat_map(|c| &c.footholds).filter(|f| f.alive) {
            let loose = !world.posture().is_isolated(foothold.host);
            self.loose += u32::from(loose);
            self.unseen += u32::from(loose && !presented.contains(&foothold.host));
        }
        if world.attackers().is_empty() {
            self.quiet += 1;
            self.alarmed += u32::from(game.view().investigation().size() > 0);
        }
    }

    fn print(&self, scenario: &str) {
        let share = |part: u32, of: u32| 100.0 * f64::from(part) / f64::from(of.max(1));
        let each = |number: u32| f64::from(number) / EPISODES as f64;
        println!("{scenario}, playbook, {EPISODES} episodes, {} campaigns with a success", self.campaigns);
        println!(
            "leads: {:.1} an episode; {:.0} % touched by an attacker, {:.0} % held at that moment",
            each(self.leads),
            share(self.touched, self.leads),
            share(self.held, self.leads)
        );
        println!(
            "exposed accounts: {:.1} an episode, {:.0} % of them used or stolen by an attacker; {:.0} % of those used or stolen were exposed",
            each(self.exposed),
            share(self.stolen_of_exposed, self.exposed),
            share(self.exposed_of_stolen, self.stolen)
        );
        println!(
            "live footholds at the horizon that are not cut off: {:.2} a campaign, {:.2} on machines that were never presented",
            f64::from(self.loose) / f64::from(self.campaigns.max(1)),
            f64::from(self.unseen) / f64::from(self.campaigns.max(1))
        );
        println!(
            "presentations: {:.1} a host-day; episodes without an attack: {}, with an investigation all the same: {}",
            self.presentations as f64 / self.host_days,
            self.quiet,
            self.alarmed
        );
    }
}
