//! What the truth tells, and when; and that whoever sets the scale of scores is not beaten upon it.

use mats_core::{HostId, SimTime, ThreatIntel, UserId};
use mats_gym::source::{Told, TruthDetector};
use mats_gym::{DefenceGame, GameSettings, Informed, ThreatSource, Tick, TickObserver, ToldTheTruth};
use mats_lab::arena::ScenarioArena;
use mats_lab::defender::oracle::Oracle;
use mats_lab::defender::{Decider, play};
use mats_lab::episode::truthful_lanes;
use mats_learn::seeds::{Purpose, seed};
use mats_learn::{Search, SearchSettings, Source, search};
use mats_respond::{PolicyTable, ResponseAgent};
use mats_rl::VecEnv;
use mats_sim::{Plan, World};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Scenarios of more machines take long and show nothing else.
const MOST_MACHINES: usize = 200;

/// Tables that are as good as simple ones get where threats are true, each by what it does.
const SIMPLE: [(&str, &str); 5] = [
    (
        "kill at once",
        "[[rule]]\nseverity = ['high']\nstatus = ['fresh', 'watched', 'cleared', 'verified', 'treated']\nactions = ['kill_process', 'monitor']\n",
    ),
    (
        "block, then kill",
        "[[rule]]\nseverity = ['high']\nstatus = ['fresh', 'watched', 'cleared', 'verified', 'treated']\nactions = ['block_domain', 'kill_process', 'monitor']\n",
    ),
    (
        "kill, then renew",
        "[[rule]]\nseverity = ['high']\nstatus = ['fresh', 'watched', 'cleared', 'verified']\nactions = ['kill_process', 'monitor']\n\
         [[rule]]\nseverity = ['high']\nstatus = ['treated']\nactions = ['reset_credentials', 'monitor']\n",
    ),
    (
        "renew what is abused, block and kill the rest",
        "[[rule]]\nseverity = ['high']\nkind = ['credential']\nactions = ['reset_credentials', 'block_domain', 'kill_process', 'monitor']\n\
         [[rule]]\nseverity = ['high']\nactions = ['block_domain', 'kill_process', 'monitor']\n",
    ),
    (
        "block, scan, kill",
        "[[rule]]\nstatus = ['verified']\nactions = ['kill_process', 'monitor']\n\
         [[rule]]\nseverity = ['high']\nstatus = ['fresh', 'watched', 'cleared', 'treated']\nactions = ['block_domain', 'run_scan', 'monitor']\n",
    ),
];

fn plan(path: &Path) -> Arc<Plan> {
    Arc::new(Plan::new(mats_scenario::load(path).unwrap()))
}

fn shipped() -> Vec<(String, Arc<Plan>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|f| f.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    let plans =
        files.iter().map(|file| (file.file_stem().unwrap().to_string_lossy().into_owned(), plan(file)));
    plans
        .filter(|(_, plan)| plan.scenario.hosts.len() <= MOST_MACHINES && !plan.scenario.attacks.is_empty())
        .collect()
}

fn scenario(name: &str) -> Arc<Plan> {
    plan(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../scenarios/{name}.toml")))
}

fn costs(plan: &Arc<Plan>, informed: impl Informed + 'static, seeds: &[u64]) -> Vec<f64> {
    let mut lanes = truthful_lanes(plan, informed.told());
    play(&mut lanes, seeds, &mut Decider::Privileged(Box::new(informed)), |lane, _| {
        lane.env.world().ledger().total()
    })
}

/// Mean and standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt())
}

/// Lines of whichever tables are cheaper than the oracle, told what it is told, by more than so many standard errors.
fn cheaper(
    name: &str,
    plan: &Arc<Plan>,
    tables: &[(&str, PolicyTable)],
    seeds: &[u64],
    errors: f64,
) -> Vec<String> {
    let oracle = costs(plan, Oracle, seeds);
    let mut found = Vec::new();
    for (table, rules) in tables {
        let told = ToldTheTruth::with_foresight(ResponseAgent::new(rules.clone()));
        let costs = costs(plan, told, seeds);
        let saved: Vec<f64> = oracle.iter().zip(&costs).map(|(oracle, cost)| oracle - cost).collect();
        let (saved, error) = mean(&saved);
        let line = format!(
            "{name}: `{table}` costs {:.2}, oracle {:.2}, saved {saved:.2} ± {error:.2}",
            mean(&costs).0,
            mean(&oracle).0
        );
        eprintln!("{line}");
        if saved > errors * error + 1e-9 {
            found.push(line);
        }
    }
    found
}

/// Tables that know the truth as the oracle does, each searched on the scenario for so many games.
fn searched(plan: &Arc<Plan>, games: usize) -> Vec<(&'static str, PolicyTable)> {
    let mut arena = ScenarioArena::with_source(plan, 77, Source::Foresight);
    let settings = SearchSettings { games, rounds: 2, validation: 16 };
    let found = |what: Search| search(&mut arena, what, &settings, 77, &mut ()).unwrap();
    Search::ALL.map(Search::name).into_iter().zip(Search::ALL.map(found)).collect()
}

fn seeds(count: u64) -> Vec<u64> {
    (0..count).map(|number| seed(Purpose::Validate, 77, number)).collect()
}

/// Seeds that no search has played.
fn unseen(count: u64) -> Vec<u64> {
    (0..count).map(|number| seed(Purpose::Train, 77, number)).collect()
}

#[test]
fn no_table_with_foresight_is_cheaper_than_the_oracle() {
    let all = shipped();
    assert!(all.len() > 10, "{} scenarios", all.len());
    let shipped = [
        ("playbook", PolicyTable::playbook()),
        ("scan-kill", PolicyTable::scan_kill()),
        ("small-table", PolicyTable::small_table()),
    ];
    let simple = SIMPLE.map(|(name, text)| (name, PolicyTable::parse(text, name).unwrap()));
    let tables: Vec<_> = shipped.into_iter().chain(simple).collect();
    let found: Vec<String> =
        all.iter().flat_map(|(name, plan)| cheaper(name, plan, &tables, &seeds(8), 2.0)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_table_that_is_searched_with_foresight_is_cheaper_than_the_oracle() {
    let mut found = Vec::new();
    for name in ["ransomware", "ssh-bruteforce", "insider-exfiltration"] {
        let plan = scenario(name);
        found.extend(cheaper(name, &plan, &searched(&plan, 96), &unseen(24), 2.0));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
#[ignore = "some ten minutes; `cargo test --release -p mats-lab -- --ignored every_shipped --nocapture`"]
fn no_table_that_is_searched_on_every_shipped_scenario_is_cheaper_than_the_oracle() {
    let mut found = Vec::new();
    for (name, plan) in shipped() {
        found.extend(cheaper(&name, &plan, &searched(&plan, 2048), &unseen(64), 2.0));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Records of what stood, tick by tick.
#[derive(Default)]
struct Standing {
    news: Vec<ThreatIntel>,
    accounts: BTreeMap<UserId, SimTime>,
    footholds: BTreeMap<HostId, SimTime>,
    /// Spans for which an account was stolen, or a machine held, in minutes; and whether until the horizon.
    stolen: Vec<f64>,
    held: Vec<f64>,
}

impl TickObserver for Standing {
    fn tick(&mut self, world: &World, _: &mut ThreatSource, seen: &Tick<'_>) {
        self.news.extend_from_slice(seen.news);
        let now = world.now();
        let over = |since: SimTime| now.since(since).hours() * 60.0;
        for user in (0..world.plan().scenario.users.len() as u32).map(UserId) {
            if world.credential_compromised(user) {
                self.accounts.entry(user).or_insert(now);
            } else if let Some(since) = self.accounts.remove(&user) {
                self.stolen.push(over(since));
            }
        }
        for host in (0..world.plan().scenario.hosts.len() as u32).map(HostId) {
            if world.is_compromised(host) {
                self.footholds.entry(host).or_insert(now);
            } else if let Some(since) = self.footholds.remove(&host) {
                self.held.push(over(since));
            }
        }
        if now >= world.horizon() {
            self.stolen.extend(std::mem::take(&mut self.accounts).values().map(|&t| over(t)));
            self.held.extend(std::mem::take(&mut self.footholds).values().map(|&t| over(t)));
        }
    }

    fn begin(&mut self, _: u64) {
        *self = Standing::default();
    }
}

/// Plays episodes with an informed defender; what stood in each, and the world at its end.
fn standing<R: Send>(
    plan: &Arc<Plan>,
    informed: impl Informed + 'static,
    seeds: &[u64],
    end: impl Fn(&World, &Standing) -> R + Sync,
) -> Vec<R> {
    let source = || ThreatSource::Truth(TruthDetector::new(plan, informed.told()));
    let game = || DefenceGame::with_observer(plan, source(), GameSettings::default(), Standing::default());
    let mut lanes = VecEnv::new((0..4).map(|_| (game(), ())));
    play(&mut lanes, seeds, &mut Decider::Privileged(Box::new(informed)), |lane, _| {
        end(lane.env.world(), &lane.env.tick_observer)
    })
}

#[test]
fn the_oracle_renews_every_stolen_account_and_ends_every_foothold() {
    for name in ["ransomware", "ssh-bruteforce", "domain-compromise"] {
        let spans = standing(&scenario(name), Oracle, &seeds(24), |_, s| (s.stolen.clone(), s.held.clone()));
        let long = |all: Vec<f64>| {
            let mut all = all;
            all.sort_by(f64::total_cmp);
            (all.len(), all.iter().sum::<f64>() / all.len().max(1) as f64, all.last().copied().unwrap_or(0.0))
        };
        let stolen = long(spans.iter().flat_map(|s| s.0.clone()).collect());
        let held = long(spans.iter().flat_map(|s| s.1.clone()).collect());
        assert!(stolen.2 < 120.0 && stolen.1 < 40.0, "{name}: a stolen account stood for long: {stolen:?}");
        assert!(held.2 < 60.0 && held.1 < 15.0, "{name}: a foothold stood for long: {held:?}");
    }
}

#[test]
fn told_late_nothing_is_said_of_a_campaign_before_a_step_of_it_succeeded() {
    let table =
        || ResponseAgent::new(PolicyTable::parse("[[rule]]\nactions = ['monitor']\n", "watch").unwrap());
    let first = |told: ToldTheTruth<ResponseAgent>| {
        standing(&scenario("ssh-bruteforce"), told, &seeds(16), |world, standing| {
            let success = world.attackers().iter().filter_map(mats_sim::red::Campaign::first_success).min();
            (standing.news.first().map(|intel| intel.time), success)
        })
    };
    let late = first(ToldTheTruth::late(table()));
    for &(told, success) in &late {
        match (told, success) {
            (Some(told), Some(success)) => {
                assert!(told >= success, "told at {told:?}, success at {success:?}");
            }
            (told, success) => {
                assert_eq!((told, success), (None, None), "told of what never succeeded, or not at all");
            }
        }
    }
    assert!(late.iter().any(|(told, _)| told.is_some()));
    let early = first(ToldTheTruth::with_foresight(table()));
    let before = early
        .iter()
        .filter(|(told, success)| told.is_some() && success.is_none_or(|s| told.is_some_and(|t| t < s)));
    assert!(before.count() > 3, "foresight is told of attempts");
    assert!(matches!(ToldTheTruth::late(table()).told, Told::AfterSuccess));
}
