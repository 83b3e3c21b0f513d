//! Defenders as an open set: named with files that are read once, repeated from a run's folder alone, and anybody's from
//! Rust, asked in lane order.

use crate::cli::{RUN, check, files, mats, short, text, unseal};
use crate::support::{plan, tutorial_detector};
use mats_core::Action;
use mats_lab::defender::Contestant;
use mats_lab::evaluate::evaluate;
use mats_learn::seeds::evaluation_seeds;
use mats_respond::{Decision, Defender, PolicyTable, ResponseAgent};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const SMALL: [&str; 16] = [
    "--episodes",
    "16",
    "--eval-episodes",
    "2",
    "--set=train.gather.episodes=24",
    "--set=train.validation=4",
    "--set=train.checkpoint_validation=4",
    "--set=train.refine.races=0",
    "--set=train.search.games=16",
    "--set=train.search.rounds=2",
    "--set=train.search.validation=4",
    "--set=train.cuts=[0.5]",
    "--set=train.round=8",
    "--set=train.updates=20",
    "--set=train.detector.lstm.layers=0",
    "--quiet",
];

fn run(scenario: &Path, defenders: &str, out: &Path, extra: &[&str]) -> crate::cli::Done {
    let args = ["run", text(scenario), "--defenders", defenders, "--out", text(out)];
    mats(&[&args[..], &SMALL, extra].concat())
}

#[test]
fn what_is_no_defender_is_refused_before_anything_is_done() {
    let dir = TempDir::new().unwrap();
    let (scenario, out) = (short(dir.path()), dir.path().join("run"));
    let at = |name: &str| dir.path().join(name);
    fs::write(at("table.toml"), PolicyTable::playbook().to_toml()).unwrap();
    fs::copy(at("table.toml"), at("same.toml")).unwrap();
    fs::write(at("broken.toml"), "rules = 7").unwrap();
    fs::write(at("no-network"), "dear").unwrap();
    let named = |what: &str, file: &str| format!("{what}:{}", text(&at(file)));
    let twice = format!("{},{}", named("table", "table.toml"), named("table", "same.toml"));
    let cases = [
        ("dqm".to_owned(), "there is no defender `dqm`; use any of none, random"),
        ("threshold:0.5,none,threshold:0.50".to_owned(), "are the same defender; name it once"),
        (twice, "are the same defender; name it once"),
        (named("table", "."), "failed to read the policy table"),
        (named("table", "gone.toml"), "failed to read the policy table"),
        (named("table", "broken.toml"), "broken.toml"),
        (named("network", "."), "failed to read the network"),
        (named("network", "no-network"), "failed to read the network"),
    ];
    for (defenders, says) in cases {
        check(&run(&scenario, &defenders, &out, &[]), 2, &[says]);
        assert!(!out.exists(), "{defenders}: a folder was made");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_table_and_nobody_waits_for_it() {
    let dir = TempDir::new().unwrap();
    let (scenario, out, pipe) = (short(dir.path()), dir.path().join("run"), dir.path().join("pipe"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for what in ["table", "network"] {
        let defenders = format!("{what}:{}", text(&pipe));
        check(&run(&scenario, &defenders, &out, &[]), 2, &["failed to read the", "pipe"]);
    }
}

#[test]
fn a_run_is_repeated_and_resumed_from_what_it_read() {
    let dir = TempDir::new().unwrap();
    let (scenario, out, again) = (short(dir.path()), dir.path().join("run"), dir.path().join("again"));
    let (table, network) = (dir.path().join("my.toml"), dir.path().join("my.safetensors"));
    fs::write(&table, PolicyTable::playbook().to_toml()).unwrap();
    fs::copy(RUN.2.join("models/1/network.safetensors"), &network).unwrap();
    let defenders =
        format!("none,table:{},network:{},small-table-here,tuned,oracle", text(&table), text(&network));
    check(&run(&scenario, &defenders, &out, &[]), 0, &[]);
    for searched in ["small-table-here", "tuned"] {
        let file = fs::read_to_string(out.join(format!("models/1/{searched}.toml"))).unwrap();
        assert!(PolicyTable::parse(&file, searched).is_ok(), "{file}");
    }
    let record: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(out.join("run.json")).unwrap()).unwrap();
    let rule = record["best_rules"][0][1].as_str().expect("a rule is chosen");
    assert!(defenders.split(',').any(|name| name == rule) && rule != "oracle", "{rule}");
    // What was not searched cannot be evaluated, and nobody panics over it.
    let without =
        ["eval", text(&scenario), "--from", text(&RUN.2), "--defenders", "none,tuned", "--out", text(&again)];
    check(&mats(&without), 2, &["did not search that table", "--defenders tuned"]);
    assert!(!again.exists());
    let summary = fs::read_to_string(out.join("summary.csv")).unwrap();
    for defender in defenders.split(',') {
        assert!(summary.contains(defender), "{defender} has no row");
    }

    // A table that was edited since is another table.
    fs::write(&table, format!("{}\n# edited\n", PolicyTable::playbook().to_toml())).unwrap();
    let resumed = run(&scenario, &defenders, &out, &["--resume"]);
    check(&resumed, 2, &["another file of `table:", "SHA-256", "choose another folder"]);

    // Without any of the files that it was started with.
    for file in [&table, &network, &scenario] {
        fs::remove_file(file).unwrap();
    }
    check(&mats(&["run", "--repeat", text(&out), "--out", text(&again), "--quiet"]), 0, &[]);
    let without_times = |folder: &Path| {
        let mut all = files(folder);
        all.retain(|name, _| name != Path::new("timing.json"));
        all
    };
    assert!(without_times(&out) == without_times(&again), "the repetition differs");
    let replayed = mats(&[
        "replay",
        text(&out),
        "--episode",
        "1",
        "--defender",
        &format!("table:{}", text(&table)),
        "--follow",
    ]);
    check(&replayed, 0, &[]);

    // What it needs is looked for, and what another version wrote is refused.
    let copied = fs::read_dir(again.join("models")).unwrap().map(|e| e.unwrap().path());
    let copied =
        copied.filter(|path| path.extension().is_some_and(|e| e == "safetensors")).collect::<Vec<_>>();
    assert_eq!(copied.len(), 1);
    fs::remove_file(&copied[0]).unwrap();
    check(&mats(&["run", "--repeat", text(&again)]), 2, &["is not what the run wrote"]);
    unseal(&again);
    let third = dir.path().join("third");
    let repeat = |out: &Path| mats(&["run", "--repeat", text(&again), "--out", text(out), "--quiet"]);
    check(&repeat(&third), 2, &["the network with SHA-256", "copy the file with that digest there"]);
    let record = fs::read_to_string(again.join("run.json")).unwrap();
    let other = record.replacen(env!("CARGO_PKG_VERSION"), "0.0.7", 1);
    fs::write(again.join("run.json"), other).unwrap();
    check(&repeat(&third), 2, &["was written by version 0.0.7", "or name its scenario"]);
    assert!(!third.exists());
}

/// Remembers whom it was asked about, in all episodes, and lets that decide.
struct Memory(Arc<Mutex<Vec<(usize, usize, usize)>>>, ResponseAgent);

impl Defender for Memory {
    fn decide(&mut self, decisions: &[Decision<'_>], actions: &mut [Action]) {
        let mut asked = self.0.lock().expect("nobody panics");
        for (decision, action) in decisions.iter().zip(actions) {
            let every_third = asked.len().is_multiple_of(3);
            asked.push((decision.episode.lane, decision.episode.number, decision.episode.decision));
            *action = if every_third {
                Action::RunScan
            } else {
                self.1.decide(decision.key, decision.facts, &decision.mask)
            };
        }
    }
}

#[test]
fn anybodys_defender_is_asked_in_lane_order_whatever_the_threads() {
    let (plan, detector) = (plan("tutorial"), tutorial_detector());
    let play = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mine = Memory(Arc::clone(&asked), ResponseAgent::new(PolicyTable::playbook()));
        let mut contestants = [Contestant::new("mine", mine)];
        let results =
            pool.install(|| evaluate(&plan, &detector, &mut contestants, &evaluation_seeds(20), 1, &mut ()));
        let asked = asked.lock().unwrap().clone();
        (results.expect("nobody interrupts"), asked)
    };
    let (results, asked) = play(1);
    let first: Vec<usize> = asked[..16].iter().map(|a| a.0).collect();
    assert_eq!(first, (0..16).collect::<Vec<_>>(), "all sixteen lanes, in order");
    assert!(asked.iter().any(|a| a.1 == 19) && results.episodes.len() == 20);
    assert!(play(2) == (results.clone(), asked.clone()) && play(3) == (results, asked));
}
