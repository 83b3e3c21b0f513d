//! From the file's tables to the checked [`Scenario`]: names become ids, groups become machines and people,
//! and everything that spans tables is checked.

mod attacks;
mod names;
mod network;
mod people;
mod reach;
mod settings;
mod time;

use crate::format::ScenarioFile;
use crate::model::Scenario;
use crate::raw_diagnostic::Sink;
use crate::shipped::{ALL_BEHAVIOURS, ALL_TECHNIQUES};
use crate::suggest::{Inherited, instead, quote};
use mats_core::{Duration, Inventory};
use std::collections::BTreeSet;
use toml::Spanned;

/// More machines, or more accounts, are refused.
pub const MAX_HOSTS: usize = 20_000;
/// More segments are refused.
pub const MAX_SUBNETS: usize = 256;
/// More links are refused, counted by pairs of segments.
pub const MAX_LINKS: usize = MAX_SUBNETS * MAX_SUBNETS;
/// More steps in all attacks together are refused.
pub const MAX_STEPS: usize = 500;

/// Limits of what can be diagnosed: what could not be read, of which nothing can be said to be missing; and where which
/// file stands.
#[derive(Debug, Default)]
pub struct DiagnosticLimits {
    /// Entries with mistakes, by table and name: what refers to them may be right. No table stands for any.
    pub lost: BTreeSet<(String, String)>,
    /// Entries of which it is not known what they mean for an attacker, by table and name.
    pub doubtful: BTreeSet<(String, String)>,
    /// Tables of which an entry was taken out, or that were taken out whole.
    pub dropped: BTreeSet<String>,
    /// True if the syntax is broken somewhere.
    pub broken: bool,
    /// True if the file that is extended could not be read.
    pub groundless: bool,
    /// The position of each file's first byte; a file stands before the one it extends.
    pub bases: Vec<usize>,
    /// Names that the files that are extended declare.
    pub inherited: Vec<Inherited>,
}

/// Sink of mistakes, with the limits of what can be diagnosed.
pub struct Context<'a> {
    sink: &'a mut Sink,
    limits: &'a DiagnosticLimits,
}

impl Context<'_> {
    /// Tells whether every entry was read: what is not there is missing.
    fn whole(&self) -> bool {
        self.limits.lost.is_empty() && self.all_tables()
    }

    /// Returns which of the files a place is in; a file comes before the one it extends.
    fn layer(&self, place: &Spanned<String>) -> usize {
        self.limits.bases.partition_point(|&base| base <= place.span().start)
    }

    /// Tells whether it is not known what an entry means for an attacker.
    fn is_doubtful(&self, table: &str, name: &str) -> bool {
        self.limits.doubtful.iter().any(|(t, n)| t == table && n == name)
    }

    /// Tells whether every table was seen, though some may have mistakes.
    fn all_tables(&self) -> bool {
        !self.limits.broken && !self.limits.groundless
    }
}

/// Checks everything the validator could not see. The result is of use only if the sink is empty afterwards.
pub fn lower(file: ScenarioFile, sink: &mut Sink, limits: &DiagnosticLimits) -> Scenario {
    let mut ctx = Context { sink, limits };
    let network = network::lower(&file, &mut ctx);
    let attacks = attacks::lower(&file, &network, &mut ctx);
    let people = people::lower(&file, &network, &mut ctx);
    let campaigns = settings::campaigns(&file, &mut ctx);
    let onset = settings::onset_place(&file);
    // Where tables or machines were not seen at all, nothing can be said to be out of reach.
    let unseen = ["host", "subnet"].iter().any(|&table| limits.dropped.contains(table));
    let judged = ctx.all_tables() && !unseen;
    let timed =
        judged && !limits.doubtful.iter().any(|(table, _)| matches!(&**table, "scenario" | "campaigns"));
    let behaviours = behaviours(&file, &mut ctx);
    let mut hosts = network.infos;
    for (host, owner) in hosts.iter_mut().zip(people.owners) {
        host.owner = owner;
    }
    let scenario = Scenario {
        name: file.scenario.name.into_inner(),
        title: file.scenario.title,
        description: file.scenario.description.trim().to_owned(),
        horizon: Duration::from_seconds(file.scenario.horizon_hours.into_inner() * 3600.0),
        weekday: file.scenario.weekday as u8,
        inventory: Inventory {
            hosts,
            users: people.infos,
            subnets: network.subnet_names,
            start_of_day: file.scenario.start.0,
        },
        hosts: network.specs,
        users: people.specs,
        reach: network.reach,
        vulnerabilities: network.vulnerabilities,
        behaviours,
        techniques: ALL_TECHNIQUES.clone(),
        attacks: attacks.attacks,
        campaigns,
        intel: settings::intel(&file.intel),
        sensors: settings::sensors(&file.sensors),
        response: settings::response(&file.response),
        reward: settings::reward(&file.reward),
        randomize: settings::randomize(&file.randomize),
    };
    if judged {
        let unknown = reach::Unknown { hosts: network.unknown, links: network.unknown_links };
        reach::check(&scenario, &unknown, &attacks.places, sink);
    }
    if timed {
        time::check(&scenario, &onset, &attacks.places, sink);
    }
    scenario
}

fn behaviours(file: &ScenarioFile, ctx: &mut Context<'_>) -> Vec<crate::catalogue::Behaviour> {
    let all = &*ALL_BEHAVIOURS;
    for name in &file.benign.exclude {
        if !all.iter().any(|b| b.name == *name.get_ref()) {
            let help = instead(name.get_ref(), all.iter().map(|b| b.name.as_str()));
            ctx.sink.error(name.span(), format!("unknown behaviour {}", quote(name.get_ref())), Some(help));
        }
    }
    let excluded: BTreeSet<&str> = file.benign.exclude.iter().map(|n| n.get_ref().as_str()).collect();
    let rate = |b: &str| file.benign.rates.0.get(b).copied().unwrap_or(1.0);
    let lived = all.iter().filter(|b| !excluded.contains(b.name.as_str()));
    lived.map(|b| crate::catalogue::Behaviour { per_hour: b.per_hour * rate(&b.name), ..b.clone() }).collect()
}
