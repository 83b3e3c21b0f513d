//! `mats replay` from outside: it is the run's own episode, its pages are safe and small, a browser draws them.

use crate::cli::{RUN, check, copy, mats, text, unseal};
use crate::support::{plan, small_detector};
use mats_core::Action;
use mats_gym::OBSERVATION;
use mats_lab::defender::{DEFENDERS, DefenderSpec};
use mats_lab::replay::event_log::event_log;
use mats_lab::replay::{DefenderTrace, Replay, Request, play};
use mats_learn::Agents;
use mats_respond::PolicyTable;
use mats_rl::{QFunction, Shape, Spec};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;

/// Replays an episode of the shared run into a file of its own.
fn page(folder: &Path, extra: &[&str]) -> PathBuf {
    let out = folder.join("page.html");
    let args = [&["replay", text(&RUN.2), "--out", text(&out)][..], extra].concat();
    check(&mats(&args), 0, &[]);
    out
}

#[test]
fn every_defender_plays_as_the_run_counted() {
    let folder = TempDir::new().unwrap();
    for (i, defender) in DEFENDERS.iter().enumerate() {
        let out = folder.path().join(format!("{defender}.html"));
        let episode = (i % 4).to_string();
        let done = mats(&[
            "replay",
            text(&RUN.2),
            "--episode",
            &episode,
            "--defender",
            defender,
            "--out",
            text(&out),
        ]);
        check(&done, 0, &[]);
        assert!(done.stdout.contains("the same as in episodes.csv"), "{defender}: {}", done.stdout);
        assert!(done.stdout.trim_end().ends_with(text(&out)), "{}", done.stdout);
    }
}

#[test]
fn an_episode_that_the_run_counted_otherwise_is_told() {
    let folder = TempDir::new().unwrap();
    let run = folder.path().join("run");
    copy(&RUN.2, &run);
    unseal(&run);
    let table = fs::read_to_string(run.join("episodes.csv")).unwrap();
    let changed: Vec<String> = table
        .lines()
        .map(|line| if line.contains(",policy,eval,1,2,") { format!("{line}7") } else { line.to_owned() })
        .collect();
    fs::write(run.join("episodes.csv"), changed.join("\n") + "\n").unwrap();
    let done = mats(&["replay", text(&run), "--episode", "2"]);
    check(&done, 0, &["not the episode that the run counted for policy", "reset_exposed"]);
    assert!(done.stdout.contains("NOT the same"), "{}", done.stdout);
    let page = fs::read_to_string(run.join("replay-2-policy.html")).unwrap();
    assert!(page.contains("Not the same episode."), "the page says so, too");
    check(&mats(&["replay", text(&run), "--episode", "1"]), 0, &[]);
    // A damaged table is no comparison at all.
    fs::write(run.join("episodes.csv"), "scenario,defender\n").unwrap();
    check(&mats(&["replay", text(&run), "--episode", "1", "--overwrite"]), 2, &["episodes.csv", "column"]);
    fs::remove_file(run.join("episodes.csv")).unwrap();
    let done = mats(&["replay", text(&run), "--episode", "1", "--overwrite"]);
    check(&done, 0, &[]);
    assert!(done.stdout.contains("not in episodes.csv"), "{}", done.stdout);
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let folder = TempDir::new().unwrap();
    let pages = ["1", "2"].map(|threads| {
        let out = folder.path().join(threads);
        let status = Command::new(assert_cmd::cargo::cargo_bin!("mats"))
            .args(["replay", text(&RUN.2), "--episode", "0", "--against", "none", "--out", text(&out)])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        assert!(status.status.success());
        fs::read(out).unwrap()
    });
    assert!(pages[0] == pages[1]);
}

#[test]
fn a_page_is_replaced_only_on_demand() {
    let folder = TempDir::new().unwrap();
    let out = page(folder.path(), &["--episode", "0"]);
    let first = fs::read(&out).unwrap();
    // The same page again is no change.
    page(folder.path(), &["--episode", "0"]);
    let other = ["replay", text(&RUN.2), "--episode", "1", "--out", text(&out)];
    check(&mats(&other), 2, &["exists already", "--overwrite"]);
    assert_eq!(fs::read(&out).unwrap(), first);
    check(&mats(&[&other[..], &["--overwrite"]].concat()), 0, &[]);
    assert_ne!(fs::read(&out).unwrap(), first);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["page.html"], "nothing else is left behind");
    // A device, which may never end, is neither read nor replaced.
    let device = folder.path().join("device");
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/full", &device).unwrap();
    let args = ["replay", text(&RUN.2), "--episode", "1", "--overwrite", "--out", text(&device)];
    check(&mats(&args), if cfg!(unix) { 2 } else { 0 }, &[]);
    assert!(cfg!(not(unix)) || device.is_symlink());
}

#[test]
fn the_log_is_in_order() {
    let args = ["replay", text(&RUN.2), "--episode", "1", "--follow"];
    let done = mats(&args);
    check(&done, 0, &[]);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert!(lines[1] == "policy: as in episodes.csv", "{}", lines[1]);
    assert!(!done.stdout.contains('…'), "nothing is cut off where it goes to a file\n{}", done.stdout);
    assert!(!done.stdout.contains('\u{1b}'), "no colours where nobody looks");
    // Words that do not explain themselves are explained once, before the first event.
    let begin = lines.iter().position(|line| line.is_empty()).unwrap();
    assert_eq!(lines.iter().filter(|line| line.starts_with("row: the rule of the policy table")).count(), 1);
    assert!(lines[begin..].iter().any(|line| line.contains("; row ")), "{}", done.stdout);
    let clocks: Vec<&str> = lines[begin + 1..].iter().map(|l| &l[4..12]).collect();
    assert!(clocks.is_sorted() && clocks.len() > 20, "{}", done.stdout);
    for who in ["sensor ", "defender ", "outcome "] {
        assert!(lines.iter().any(|l| l.contains(who)), "{who}\n{}", done.stdout);
    }
    assert!(lines.last().unwrap().contains("outcome") && lines.last().unwrap().contains("cost"));
    // Two defenders: what happened alike to both is told once.
    let done = mats(&[&args[..], &["--against", "none"]].concat());
    check(&done, 0, &[]);
    for mark in [" = sensor", " A defender", " B defender"] {
        assert!(done.stdout.contains(mark), "{mark}\n{}", done.stdout);
    }
}

#[test]
fn a_scenario_it_never_saw_and_two_defenders() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("page.html");
    let done = mats(&[
        "replay",
        text(&RUN.2),
        "--scenario",
        "scenarios/ssh-bruteforce.toml",
        "--episode",
        "5000",
        "--defender",
        "threshold:0.5",
        "--against",
        "oracle",
        "--out",
        text(&out),
    ]);
    check(&done, 0, &[]);
    assert_eq!(done.stdout.matches("not in episodes.csv").count(), 2, "{}", done.stdout);
    let page = fs::read_to_string(out).unwrap();
    assert!(page.contains("threshold:0.5 against oracle"));
    // By its name, the run's own scenario is meant.
    check(&mats(&["replay", text(&RUN.2), "--scenario", "short", "--episode", "3", "--follow"]), 0, &[]);
}

#[test]
fn what_is_not_there_is_told() {
    let run = text(&RUN.2);
    let folder = TempDir::new().unwrap();
    let refused = |args: &[&str], parts: &[&str]| check(&mats(&[&["replay"][..], args].concat()), 2, parts);
    refused(&[run], &["--episode"]);
    refused(&[run, "--episode", "4"], &["no episode 4", "episodes 0 to 3"]);
    refused(&[run, "--episode", "-1"], &["-1"]);
    refused(&[run, "--episode", "18446744073709551615"], &["no episode"]);
    refused(&[run, "--episode", "0", "--defender", "dqm"], &["dqm", "dqn"]);
    refused(&[run, "--episode", "0", "--against", "policy"], &["another defender"]);
    refused(&[run, "--episode", "0", "--defender", "table:no-such.toml"], &["no-such.toml"]);
    refused(&[run, "--episode", "0", "--train-seed", "9"], &["training seed 9", "it has 1"]);
    refused(&[run, "--episode", "0", "--scenario", "nowhere"], &["nowhere", "short"]);
    refused(&[run, "--episode", "0", "--out", text(folder.path())], &["is a folder"]);
    refused(&[run, "--episode", "0", "--out", "/no/such/folder/x.html"], &["/no/such/folder"]);
    refused(&["no-such-run", "--episode", "0"], &["no-such-run", "not a folder"]);
    refused(&[text(folder.path()), "--episode", "0"], &["no run.json"]);
    refused(&[run, "--episode", "0", "--follow", "--open"], &["--open"]);
}

#[test]
fn a_folder_without_models_is_told_from_a_run() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("eval");
    let (scenario, run) = (text(&RUN.1), text(&RUN.2));
    let args =
        ["eval", scenario, "--from", run, "--eval-episodes", "2", "--defenders", "none,oracle", "--out"];
    check(&mats(&[&args[..], &[text(&out)]].concat()), 0, &[]);
    check(&mats(&["replay", text(&out), "--episode", "0"]), 2, &["no models", "mats eval"]);
}

#[test]
fn several_runs_in_a_folder_are_told_apart_by_their_scenario() {
    let folder = TempDir::new().unwrap();
    copy(&RUN.2, &folder.path().join("short"));
    let all = text(folder.path());
    check(&mats(&["replay", all, "--episode", "0", "--follow"]), 0, &[]);
    copy(&RUN.2, &folder.path().join("other"));
    check(&mats(&["replay", all, "--episode", "0", "--follow"]), 2, &["other, short", "--scenario"]);
    check(&mats(&["replay", all, "--episode", "0", "--scenario", "short"]), 0, &[]);
    assert!(folder.path().join("short/replay-0-policy.html").is_file());
}

#[test]
fn a_damaged_run_is_refused() {
    let folder = TempDir::new().unwrap();
    let run = folder.path().join("run");
    copy(&RUN.2, &run);
    unseal(&run);
    let whole = fs::read_to_string(run.join("run.json")).unwrap();
    let refused = |text_of: &str, parts: &[&str]| {
        fs::write(run.join("run.json"), text_of).unwrap();
        check(&mats(&["replay", text(&run), "--episode", "0", "--follow"]), 2, parts);
    };
    refused(&whole[..whole.len() / 2], &["run.json", "line"]);
    refused("", &["run.json"]);
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(whole.contains(&version));
    let foreign = whole.replacen(&version, "\"version\": \"0.0.9\", \"gone\": 1", 1);
    refused(
        &foreign.replacen("\"settings\": {", "\"settings\": { \"older\": 1,", 1),
        &["run.json", "version 0.0.9 of mats"],
    );
    // What no scenario file can say, changed by hand: a segment that is not there, an endless episode.
    assert!(whole.contains("\"subnet\": 0,"));
    refused(&whole.replacen("\"subnet\": 0,", "\"subnet\": 4000000,", 1), &["run.json", "damaged"]);
    let horizon = whole.lines().find(|l| l.trim_start().starts_with("\"horizon\"")).unwrap();
    refused(&whole.replacen(horizon, "\"horizon\": 18446744073709551615,", 1), &["run.json", "damaged"]);
    fs::write(run.join("run.json"), &whole).unwrap();
    fs::write(run.join("models/1/network.safetensors"), b"junk").unwrap();
    check(&mats(&["replay", text(&run), "--episode", "0", "--follow"]), 2, &["network.safetensors"]);
}

/// The shared run with names that try to become markup, script and terminal codes.
fn hostile(folder: &Path) -> PathBuf {
    let run = folder.join("run");
    copy(&RUN.2, &run);
    unseal(&run);
    let path = run.join("run.json");
    let mut json: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let bad = "</script><img src=x onerror=document.title='owned'><b>\u{1b}[31m";
    let names = [
        "/scenario/title",
        "/scenario/reward/unit",
        "/scenario/inventory/hosts/0/name",
        "/scenario/inventory/users/0/name",
        "/scenario/inventory/subnets/2",
        "/scenario/attacks/0/name",
        "/scenario/attacks/0/steps/0/id",
        "/scenario/techniques/0/name",
    ];
    for name in names {
        let value = json.pointer_mut(name).unwrap_or_else(|| panic!("{name} is not in run.json"));
        assert!(value.is_string(), "{name}");
        *value = Value::from(bad);
    }
    fs::write(path, json.to_string()).unwrap();
    run
}

#[test]
fn hostile_names_stay_text() {
    let folder = TempDir::new().unwrap();
    let run = hostile(folder.path());
    let out = folder.path().join("page.html");
    check(&mats(&["replay", text(&run), "--episode", "0", "--out", text(&out)]), 0, &[]);
    let page = fs::read_to_string(&out).unwrap();
    assert_eq!(page.matches("<script").count(), 2, "the data and the page's own");
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img"), "no name became an element");
    let log = mats(&["replay", text(&run), "--episode", "0", "--follow"]);
    check(&log, 0, &[]);
    assert!(!log.stdout.contains('\u{1b}'));
}

#[test]
fn nothing_is_fetched() {
    let folder = TempDir::new().unwrap();
    let page = fs::read_to_string(page(folder.path(), &["--episode", "1"])).unwrap();
    let namespace = "http://www.w3.org/2000/svg";
    for word in ["http://", "https://", "src=", "href=", "url(", "import(", "fetch(", "innerHTML"] {
        assert!(!page.replace(namespace, "").contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}

/// Returns what Chromium makes of a page: its elements once its script has run, and what it complained of.
fn drawn(page: &Path, fragment: &str, width: u32) -> (String, String) {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    let found = found.expect("chromium, chromium-browser or google-chrome is on the PATH");
    let home = TempDir::new().unwrap();
    let output = Command::new(found)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        .args(["--no-first-run", "--enable-logging=stderr", "--virtual-time-budget=4000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", home.path().display()))
        .arg(format!("--window-size={width},900"))
        .arg(format!("file://{}#{fragment}", page.display()))
        .output()
        .expect("it started before");
    let complaints = String::from_utf8_lossy(&output.stderr);
    let complaints: Vec<&str> = complaints.lines().filter(|l| l.contains("CONSOLE")).collect();
    (String::from_utf8_lossy(&output.stdout).into_owned(), complaints.join("\n"))
}

#[test]
#[ignore = "needs Chromium; .ci/slow runs it"]
fn a_browser_draws_it_and_an_alert_shows_its_records() {
    let folder = TempDir::new().unwrap();
    let run = hostile(folder.path());
    let out = folder.path().join("page.html");
    let args =
        ["replay", text(&run), "--episode", "1", "--defender", "playbook", "--against", "none", "--out"];
    check(&mats(&[&args[..], &[text(&out)]].concat()), 0, &[]);
    for (fragment, width, expected) in [
        ("t=60", 1280, "class=\"network\""),
        ("alert=0.0", 390, "class=\"records\""),
        ("decision=1.0", 1280, "Values by the network"),
        ("host=0.0", 1280, "What happened here"),
    ] {
        let (dom, complaints) = drawn(&out, fragment, width);
        assert_eq!(complaints, "", "{fragment}");
        assert!(dom.contains("data-drawn=\"yes\""), "{fragment}: its script did not get through");
        assert!(dom.contains(expected), "{fragment}: {expected}");
        assert_eq!(dom.matches("class=\"network\"").count(), 2, "a network for each side");
        assert!(dom.matches("class=\"machine ").count() >= 26, "thirteen machines a side");
        assert!(!dom.contains("<img") && !dom.contains("<title>owned"), "{fragment}: a name became markup");
    }
}

/// An episode of `ransomware` with sixty machines, by agents of which only the detectors are trained.
static OFFICE: LazyLock<Replay> = LazyLock::new(|| {
    let plan = plan("ransomware");
    let spec = Spec { observation: OBSERVATION.len(), actions: Action::COUNT };
    let trained = Agents {
        detector: small_detector(&plan, 8, 0.02),
        network: Arc::new(QFunction::seeded(Shape { spec, hidden: [16, 16], dueling: true }, 1)),
        table: PolicyTable::playbook(),
        threshold: 0.5,
        source: mats_learn::Source::Agent,
        searched: Vec::new(),
    };
    let defenders = DefenderSpec::parse_all(["playbook", "dqn"]).expect("both are of the table");
    // The first episode in which somebody attacks, and both hear of it.
    let all = (0..20).map(|episode| {
        let request = Request {
            scenario: &plan.scenario,
            trained: &trained,
            train_seed: 1,
            episode,
            eval_seed: 0,
            held_out: false,
            defenders: &defenders,
        };
        play(&request)
    });
    let fits = |s: &DefenderTrace| !s.alerts.is_empty() && s.campaigns.iter().any(|c| c.tried.len() > 5);
    all.into_iter().find(|r| r.sides.iter().all(fits)).expect("an attack")
});

#[test]
fn a_page_of_sixty_machines_is_small() {
    assert_eq!(OFFICE.context.hosts.len(), 60);
    let size = mats_report::replay::replay(&OFFICE).len();
    eprintln!("{:.2} MB, {} alerts", size as f64 / 1e6, OFFICE.sides[0].alerts.len());
    // Two defenders, twelve hours.
    assert!(size < 10_000_000, "{size}");
}

#[test]
fn records_are_those_behind_the_alert() {
    for side in &OFFICE.sides {
        assert!(!side.alerts.is_empty() && side.without_records == 0);
        let mut contributing = 0;
        for alert in &side.alerts {
            assert!(alert.records.len() <= 50 && alert.records.len() as u32 <= alert.of);
            assert!(!alert.threat.features.is_empty());
            for &(at, mask) in &alert.records {
                let record = &side.records[at as usize];
                assert!(record.arrival <= alert.threat.t && record.arrival + 3_600_000 >= alert.threat.t);
                assert_eq!(record.cells.len(), OFFICE.context.files[record.file as usize].1.len());
                assert!(mask >> alert.threat.features.len() == 0);
                // Seen on the machine, or naming it as the other end.
                let name = &OFFICE.context.hosts[alert.threat.host as usize].name;
                assert!(record.host == alert.threat.host || record.cells.contains(name), "{record:?}");
                contributing += usize::from(mask != 0);
            }
        }
        let all: usize = side.alerts.iter().map(|a| a.records.len()).sum();
        assert!(contributing * 10 > all, "{contributing} of {all} bear on a feature");
        assert!(side.records.is_sorted_by_key(|r| r.id));
    }
}

#[test]
fn decisions_carry_values_rows_and_what_came_of_them() {
    let [playbook, dqn] = &OFFICE.sides[..] else { panic!("two sides") };
    for side in [playbook, dqn] {
        assert_eq!(side.decisions.len() as u64, side.row.steps);
        for d in &side.decisions {
            assert_eq!(d.values.len(), Action::COUNT);
            assert!(d.allowed.contains(&d.executed), "{d:?}");
            assert!(d.executed != 0 || d.results.is_empty());
        }
        let orders = side.decisions.iter().filter(|d| d.executed != 0).count();
        let ended = side.decisions.iter().filter(|d| !d.results.is_empty()).count();
        assert!(orders > 0 && ended * 10 >= orders * 8, "{ended} of {orders} orders ended");
        let tried = |c: &mats_lab::replay::data::CampaignStory| c.tried.clone();
        for t in side.campaigns.iter().flat_map(tried) {
            assert!(t.ended.is_none_or(|e| e > t.begun) && (t.ended.is_none() == (t.how == "under way")));
        }
        let total: u64 = side.telemetry.iter().flatten().map(|&n| u64::from(n)).sum();
        assert_eq!(total, side.row.records, "every record is counted in some minute");
        let last = side.costs.last().unwrap();
        assert!((last.1 - side.row.damage).abs() < 0.001 && (last.2 - side.row.disruption).abs() < 0.001);
        assert!(event_log(&OFFICE, side).is_sorted_by_key(|e| e.t));
    }
    // Whoever goes by a table takes the first of its row that is possible.
    for d in &playbook.decisions {
        let rule = d.rule.map(|r| &playbook.rules[r as usize]);
        let taken = rule.and_then(|rule| {
            let number = |name: &&str| Action::from_name(name).map(|a| a as u8);
            rule.actions.iter().filter_map(number).find(|a| d.allowed.contains(a))
        });
        assert_eq!(d.executed, taken.unwrap_or(0));
        assert!(rule.is_none_or(|r| r.used));
    }
    // Whoever goes by the network takes the best that is possible, to the three digits that are kept.
    for d in &dqn.decisions {
        let best = d.allowed.iter().map(|&a| d.values[a as usize]).fold(f32::MIN, f32::max);
        assert!(d.values[d.executed as usize] >= best - 0.001);
        assert!(d.rule.is_none_or(|r| !dqn.rules[r as usize].used));
    }
    // Users and first intentions are the same for both.
    assert_eq!(playbook.campaigns[0].onset, dqn.campaigns[0].onset);
}
