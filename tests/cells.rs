//! No rare kind of record gives an attacker away either: whatever attackers leave behind on a machine of some role, with
//! or without an account, others leave behind there often enough.
//!
//! Trees on whole kinds of telemetry ([`crate::leakage`]) do not see a leak that is one record in a thousand. Here records
//! are sorted into cells by every field that is a name, and by what is public about the machine, and each cell is judged
//! as a detector of its own.

use crate::support::{plan, root, undefended};
use mats_core::telemetry::{ConfigItem, ConnState, EventCode, Image, LoginKind, Service};
use mats_core::{Body, DomainId, Record};
use mats_lab::seeds::{Purpose, seed};
use mats_scenario::model::HostRole;
use mats_sim::World;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Scenarios with more machines take too long here; they are made of the same catalogue.
const MACHINES: usize = 200;
/// Episodes of each scenario.
const EPISODES: u64 = 24;
/// Fewer occurrences of an attack, or from fewer campaigns, tell nothing about a cell.
const ENOUGH: (usize, usize) = (8, 3);
/// The largest share of a cell's occurrences that may be an attacker's.
const MOST: f64 = 0.5;

/// Kind of a record, as far as names go. How a connection ended counts as answered or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Flow { service: Service, answered: bool, outbound: bool, internal: bool, named: bool },
    Event { code: EventCode, image: Image, parent: Image, account: bool },
    Login { kind: LoginKind, success: bool, internal: bool, account: bool },
    Config { item: ConfigItem, account: bool },
}

/// Kind of a record, role of its machine, and whether the internet reaches that machine.
type Cell = (What, HostRole, bool);

fn what(record: &Record) -> Option<What> {
    Some(match record.body {
        Body::Flow(f) => What::Flow {
            service: f.service,
            answered: !matches!(f.state, ConnState::S0 | ConnState::Rej),
            outbound: f.outbound,
            internal: f.peer.is_internal(),
            named: f.domain != DomainId::NONE,
        },
        Body::Event(e) => {
            What::Event { code: e.code, image: e.image, parent: e.parent, account: e.user.some().is_some() }
        }
        Body::Login(l) => What::Login {
            kind: l.kind,
            success: l.success,
            internal: l.source.is_internal(),
            account: l.user.some().is_some(),
        },
        Body::Config(c) => What::Config { item: c.item, account: c.user.some().is_some() },
        Body::Intel(_) => return None,
    })
}

/// Occurrences of a cell. Whatever a machine repeats within an hour is one occurrence: a flood or a row of guesses is
/// thousands of records, and its volume is meant to be seen; what may not be seen is that it is there at all.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    benign: usize,
    malicious: usize,
    campaigns: usize,
}

impl Tally {
    fn share(self) -> f64 {
        self.malicious as f64 / (self.malicious + self.benign) as f64
    }
}

fn tally(name: &str) -> BTreeMap<Cell, Tally> {
    let plan = plan(name);
    let mut world = World::new(plan.clone());
    let mut cells: BTreeMap<Cell, Tally> = BTreeMap::new();
    for episode in 0..EPISODES {
        let telemetry = undefended(&mut world, seed(Purpose::Train, 5, episode));
        let mut seen: Vec<(Cell, Option<u32>, usize, u64)> = Vec::new();
        for (record, label) in telemetry.records.iter().zip(&telemetry.labels) {
            let (Some(what), host) = (what(record), record.host.index()) else { continue };
            let cell = (what, plan.scenario.hosts[host].role, plan.is_exposed(record.host));
            let campaign = label.campaign_step().map(|(campaign, _)| campaign);
            seen.push((cell, campaign, host, record.time.0 / 3_600_000_000));
        }
        seen.sort_unstable();
        seen.dedup();
        for same in seen.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (cell, campaign, ..) = same[0];
            let tally = cells.entry(cell).or_default();
            match campaign {
                Some(_) => {
                    tally.malicious += same.len();
                    tally.campaigns += 1;
                }
                None => tally.benign += same.len(),
            }
        }
    }
    cells
}

#[test]
fn no_cell_of_records_belongs_mostly_to_attackers() {
    let names = std::fs::read_dir(root().join("scenarios")).expect("scenarios are shipped");
    let mut names: Vec<String> = names
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| path.file_stem().expect("it has a name").to_string_lossy().into_owned())
        .filter(|name| plan(name).scenario.hosts.len() <= MACHINES)
        .collect();
    names.sort();
    let tallies: Vec<_> = names.par_iter().map(|name| tally(name)).collect();
    let mut worst: Vec<(f64, &str, Cell, Tally)> = Vec::new();
    let mut together: BTreeMap<Cell, Tally> = BTreeMap::new();
    for (cell, tally) in tallies.iter().flatten() {
        let sum = together.entry(*cell).or_default();
        sum.benign += tally.benign;
        sum.malicious += tally.malicious;
        sum.campaigns += tally.campaigns;
    }
    let all = names.iter().map(String::as_str).zip(&tallies).chain([("all together", &together)]);
    for (name, cells) in all {
        for (&cell, &tally) in cells {
            if tally.malicious >= ENOUGH.0 && tally.campaigns >= ENOUGH.1 {
                worst.push((tally.share(), name, cell, tally));
            }
        }
    }
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    let line = |(share, name, (what, role, exposed), t): &(f64, &str, Cell, Tally)| {
        let exposed = if *exposed { ", exposed" } else { "" };
        let (red, all) = (t.malicious, t.malicious + t.benign);
        format!("{share:.2} {red} of {all} in {} campaigns: {name}, {role:?}{exposed}: {what:?}", t.campaigns)
    };
    worst.iter().take(30).for_each(|w| println!("{}", line(w)));
    let bad: Vec<String> = worst.iter().filter(|w| w.0 > MOST).map(line).collect();
    assert!(bad.is_empty(), "{} cells are mostly attackers':\n{}", bad.len(), bad.join("\n"));
}
