//! The `mats` command from outside: exit codes, messages, files. Nothing here looks into the crates.

use assert_cmd::Command;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

/// A command and what came of it.
pub struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

pub fn mats(args: &[&str]) -> Done {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("mats"))
        .current_dir(root())
        .env_remove("COLUMNS")
        .args(args)
        .output()
        .expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("the command prints UTF-8");
    let code = output.status.code().expect("not killed by a signal");
    Done { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

/// Asserts how a command ends, and that stderr names each of `parts`.
pub fn check(done: &Done, code: i32, parts: &[&str]) {
    assert_eq!(done.code, code, "{}{}", done.stdout, done.stderr);
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
    for part in parts {
        assert!(done.stderr.contains(part), "`{part}` is missing in:\n{}", done.stderr);
    }
}

/// The tutorial cut down to three hours, so that a whole run takes seconds.
pub fn short(folder: &Path) -> PathBuf {
    let path = folder.join("short.toml");
    let base = root().join("scenarios/tutorial.toml");
    let text = format!(
        "extends = {:?}\n[scenario]\nname = \"short\"\nhorizon_hours = 3.0\n[campaigns]\nonset_hours = [0.2, 1.0]\n",
        text(&base)
    );
    fs::write(&path, text).unwrap();
    path
}

/// Trains on a scenario as little as can be, through every part of a training.
fn train(scenario: &Path, out: &Path, threads: &str) -> Done {
    let (scenario, out) = (text(scenario), text(out));
    let small = [
        "gather.episodes=60",
        "validation=8",
        "checkpoint_validation=8",
        "refine.validation=24",
        "refine.starters=12",
    ]
    .map(|setting| format!("--set=train.{setting}"));
    let args =
        ["run", scenario, "--episodes", "32", "--eval-episodes", "4", "--out", out, "--threads", threads];
    mats(&[&args[..], &small.each_ref().map(String::as_str)].concat())
}

/// A finished run that several tests look at, and the scenario it was trained on.
pub static RUN: LazyLock<(TempDir, PathBuf, PathBuf)> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let (scenario, run) = (short(folder.path()), folder.path().join("run"));
    let told =
        ["fitting the detectors", "learning", "evaluating", "the network was never updated: play more"];
    check(&train(&scenario, &run, "2"), 0, &told);
    (folder, scenario, run)
});

/// All files below a folder, by path.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut all, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                all.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// Makes a run one without sums, as older versions wrote them: what is changed in it by hand is read.
pub fn unseal(run: &Path) {
    fs::remove_file(run.join("SHA256SUMS")).unwrap();
}

pub fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn help_lists_the_commands_and_exit_codes() {
    let help = mats(&["--help"]);
    check(&help, 0, &[]);
    for word in
        ["run", "eval", "compare", "settings", "verify", "report", "generate", "scenario", "Exit codes"]
    {
        assert!(help.stdout.contains(word), "{word}");
    }
    check(&mats(&["no-such-command"]), 2, &["no-such-command"]);
    check(&mats(&["run"]), 2, &["SCENARIO"]);
    check(&mats(&["run", "x.toml", "--episodes", "0"]), 2, &["--episodes"]);
    check(&mats(&["run", "x.toml", "--threads", "0"]), 2, &["--threads"]);
}

/// A bad scenario file: `change` is applied to the tutorial. Every command that reads scenarios must refuse it,
/// naming the file and each of `parts`.
fn refused(change: impl FnOnce(&str) -> Vec<u8>, parts: &[&str]) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bad.toml");
    let tutorial = fs::read_to_string(root().join("scenarios/tutorial.toml")).unwrap();
    fs::write(&path, change(&tutorial)).unwrap();
    let out = folder.path().join("out");
    for args in [&["scenario", "check", text(&path)][..], &["run", text(&path), "--out", text(&out)][..]] {
        let done = mats(args);
        check(&done, 2, &["bad.toml"]);
        check(&done, 2, parts);
    }
    assert!(!out.exists(), "nothing may be written for a bad scenario");
}

/// Replaces a piece of the tutorial that must be there.
fn replace<'a>(old: &'a str, new: &'a str) -> impl FnOnce(&str) -> Vec<u8> + 'a {
    move |tutorial| {
        assert!(tutorial.contains(old), "the tutorial has no `{old}`");
        tutorial.replacen(old, new, 1).into_bytes()
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_right_name() {
    let tutorial = fs::read_to_string(root().join("scenarios/tutorial.toml")).unwrap();
    let line = 1 + tutorial.lines().position(|l| l.starts_with("horizon_hours")).unwrap();
    let place = format!("bad.toml:{line}:1");
    refused(
        replace("\nhorizon_hours", "\nhorizon_hour"),
        &[&place, "`horizon_hour`", "did you mean `horizon_hours`"],
    );
}

#[test]
fn a_dangling_name_is_refused_with_the_known_names() {
    refused(replace("subnet = \"office\"", "subnet = \"offise\""), &["offise", "office", "bad.toml:"]);
}

#[test]
fn an_unreachable_target_is_refused() {
    refused(replace("[\"database\"]", "[\"ntp\"]"), &["read-the-database", "bad.toml:"]);
}

#[test]
fn a_cyclic_attack_is_refused() {
    refused(replace("after = [\"mail\"]", "after = [\"password\"]"), &["rights", "password", "bad.toml:"]);
}

#[test]
fn a_negative_duration_is_refused() {
    refused(replace("pause_minutes = 10.0", "pause_minutes = -10.0"), &["pause_minutes", "-10", "bad.toml:"]);
}

#[test]
fn an_empty_network_is_refused() {
    let empty = "[scenario]\nname = \"empty\"\nhorizon_hours = 10.0\n";
    refused(|_| empty.as_bytes().to_vec(), &["host"]);
}

#[test]
fn ten_megabytes_of_junk_are_refused() {
    let junk = || (0..10_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 25) as u8);
    refused(|_| junk().collect(), &[]);
    refused(|_| "[a]\n".repeat(2_500_000).into_bytes(), &[]);
}

#[test]
fn a_file_that_is_not_utf8_is_refused() {
    refused(|tutorial| [&[0xff, 0xfe][..], tutorial.as_bytes()].concat(), &["UTF-8"]);
}

#[test]
fn a_scenario_that_does_not_exist_is_refused() {
    check(&mats(&["run", "no-such.toml"]), 2, &["no-such.toml"]);
    check(&mats(&["scenario", "check", "scenarios"]), 2, &["scenarios"]);
}

#[test]
fn an_unknown_defender_is_refused_with_the_known_ones() {
    let done = mats(&["run", "scenarios/tutorial.toml", "--defenders", "none,dqm"]);
    check(&done, 2, &["dqm", "dqn", "perfect-detector", "always:ACTION"]);
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let done = mats(&["run", "scenarios/tutorial.toml", "--defenders", "\u{1b}[31mred"]);
    check(&done, 2, &["\\u{1b}[31mred"]);
    assert!(!done.stderr.contains('\u{1b}'));
}

#[test]
fn shipped_scenarios_pass_and_are_listed() {
    let list = mats(&["scenario", "list"]);
    check(&list, 0, &[]);
    assert!(list.stdout.contains("tutorial: "), "{}", list.stdout);
    let json = mats(&["scenario", "list", "--json"]);
    let entries: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let tutorial = entries.as_array().unwrap().iter().find(|e| e["name"] == "tutorial").unwrap();
    assert_eq!((&tutorial["hosts"], &tutorial["horizon_hours"]), (&13.into(), &10.0.into()));
}

#[test]
fn a_new_scenario_is_valid_as_printed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mine.toml");
    fs::write(&path, mats(&["scenario", "new"]).stdout).unwrap();
    let done = mats(&["scenario", "check", text(&path)]);
    check(&done, 0, &[]);
    assert!(done.stdout.contains("mine.toml: ok"), "{}", done.stdout);
    let shown = mats(&["scenario", "show", text(&path)]);
    assert!(shown.stdout.contains("```mermaid"), "{}", shown.stdout);
    let schema: serde_json::Value = serde_json::from_str(&mats(&["scenario", "schema"]).stdout).unwrap();
    assert!(schema["properties"]["host"].is_object());
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("mats"))
        .args(["scenario", "schema"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn a_run_writes_its_files_the_same_for_any_number_of_threads() {
    let (folder, scenario, run) = &*RUN;
    let other = folder.path().join("one-thread");
    check(&train(scenario, &other, "1"), 0, &[]);
    let (mut two, mut one) = (files(run), files(&other));
    for name in
        ["episodes.csv", "campaigns.csv", "detection.csv", "summary.csv", "learning.csv", "policy.toml"]
    {
        assert!(two.get(Path::new(name)).is_some_and(|bytes| !bytes.is_empty()), "{name}");
    }
    let models =
        two.keys().filter(|p| p.starts_with("models") && p.extension().is_some_and(|e| e == "safetensors"));
    assert!(models.count() >= 2, "detector and network");
    let record: serde_json::Value = serde_json::from_slice(&two[Path::new("run.json")]).unwrap();
    assert_eq!(record["settings"]["seed"], 1);
    // Times stand in one file, which differs.
    let [timing, _] = [&mut two, &mut one].map(|files| files.remove(Path::new("timing.json")).unwrap());
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&timing).unwrap()["threads"], 2);
    assert_eq!(two.keys().collect::<Vec<_>>(), one.keys().collect::<Vec<_>>());
    for (name, bytes) in &two {
        assert!(one[name] == *bytes, "{} differs between 1 and 2 threads", name.display());
    }
}

#[test]
fn an_existing_folder_is_refused_unless_overwritten() {
    let (_, scenario, run) = &*RUN;
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("run");
    copy(run, &out);
    let before = files(&out);
    check(&train(scenario, &out, "2"), 2, &["exists already", "--overwrite"]);
    assert!(files(&out) == before, "a refused run changes nothing");
    let (from, to) = (text(run), text(&out));
    let args = ["eval", text(scenario), "--from", from, "--out", to, "--eval-episodes", "2", "--overwrite"];
    check(&mats(&args), 0, &[]);
    assert!(files(&out)[Path::new("episodes.csv")] != before[Path::new("episodes.csv")]);
    // A folder of something else is nobody's to overwrite.
    let foreign = folder.path().join("letters");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("letter.txt"), "dear").unwrap();
    check(&mats(&["run", text(scenario), "--out", text(&foreign), "--overwrite"]), 2, &["not overwritten"]);
    assert_eq!(fs::read_to_string(foreign.join("letter.txt")).unwrap(), "dear");
}

#[test]
fn a_run_is_evaluated_on_a_scenario_it_never_saw_and_compared() {
    let (_, scenario, run) = &*RUN;
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("evaluated");
    let both = [text(scenario), "scenarios/tutorial.toml"];
    let args =
        ["--from", text(run), "--eval-episodes", "3", "--defenders", "none,dqn,oracle", "--out", text(&out)];
    let done = mats(&[&["eval"], &both[..], &args, &["--json", "--quiet"]].concat());
    check(&done, 0, &[]);
    assert_eq!(done.stderr, "", "quiet");
    let rows: serde_json::Value = serde_json::from_str(&done.stdout).expect("nothing but JSON");
    let names: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["scenario"].as_str().unwrap(), r["defender"].as_str().unwrap()))
        .collect();
    let expected = ["short", "tutorial"].map(|s| ["none", "dqn", "oracle"].map(|d| (s, d)));
    assert_eq!(names, expected.concat());

    let short = out.join("short");
    let same = mats(&["compare", text(run), text(&short)]);
    check(&same, 0, &[]);
    for words in ["paired on 3 seeds", "the same in every resample", "Holm", "τ =", "trained once"] {
        assert!(same.stdout.contains(words), "{words}: {}", same.stdout);
    }
    let widest = same.stdout.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?}: {}", same.stdout);
    let json = mats(&["compare", text(run), text(&short), "--json"]);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).expect("nothing but JSON");
    let rows = report["rows"].as_array().unwrap();
    let cost = rows.iter().find(|r| r["defender"] == "none" && r["metric"] == "cost").unwrap();
    assert_eq!(cost["difference"], 0.0, "the same defender on the same seeds: {cost}");
    assert_eq!(report["correction"]["family"], report["verdicts"].as_array().unwrap().len());

    // Written whole, and never over something else unasked.
    let compared = folder.path().join("compared");
    let write = |more: &[&str]| {
        mats(&[&["compare", text(run), text(&short), "--out", text(&compared)], more].concat())
    };
    check(&write(&[]), 0, &[]);
    let names: Vec<PathBuf> = files(&compared).into_keys().collect();
    assert_eq!(names, ["compare.csv", "compare.json", "improvement.csv", "incidence.csv"].map(PathBuf::from));
    let before = files(&compared);
    check(&write(&[]), 2, &["--overwrite"]);
    check(&write(&["--overwrite", "--seed", "9"]), 0, &[]);
    assert_ne!(files(&compared), before, "other draws");
    check(&write(&["--overwrite", "--seed", "1"]), 0, &[]);
    assert_eq!(files(&compared), before, "the same draws, the same bytes");
    check(
        &mats(&["compare", text(run), text(&short), "--out", text(run), "--overwrite"]),
        2,
        &["no compare.json"],
    );
    check(&mats(&["compare", text(run), text(&short), "--defenders", "nobody"]), 2, &["`nobody`", "dqn"]);
    assert!(same.stdout.contains("which run has; not compared"), "{}", same.stdout);
    let few = mats(&["compare", text(run), text(&short), "--defenders", "dqn"]);
    check(&few, 0, &[]);
    assert!(!few.stdout.contains("which run has"), "others are left out: {}", few.stdout);
    // A folder with a run of each of two scenarios is one run.
    let several = mats(&["compare", text(&out), text(&out), "--json"]);
    let report: serde_json::Value = serde_json::from_str(&several.stdout).unwrap();
    assert_eq!(report["tau_s"].as_object().unwrap().len(), 2, "{}", several.stderr);
    assert!(several.stdout.contains("one run twice"));
    check(&mats(&["report", text(&out)]), 0, &[]);
    assert!(fs::read_to_string(out.join("report.html")).unwrap().contains("tutorial"));
    check(&mats(&["compare", text(run), text(&out.join("tutorial"))]), 2, &["in common"]);
    check(&mats(&["compare", text(run)]), 2, &["nothing to compare it to"]);
    check(&mats(&["compare", text(run), "scenarios"]), 2, &["scenarios holds no run.json"]);
}

#[test]
fn held_out_episodes_are_others_and_said_to_be_held_out() {
    let (_, scenario, run) = &*RUN;
    let folder = TempDir::new().unwrap();
    let seeds = |more: &[&str]| {
        let out = folder.path().join(format!("out{}", more.len()));
        let args =
            ["eval", text(scenario), "--from", text(run), "--eval-episodes", "3", "--defenders", "none"];
        check(&mats(&[&args[..], &["--out", text(&out)], more].concat()), 0, &[]);
        let rows = mats_results::read_run(&out).unwrap().episodes;
        let seeds: BTreeSet<u64> = rows.iter().map(|row| row.seed).collect();
        (seeds, fs::read_to_string(out.join("run.json")).unwrap().contains("episodes held out"))
    };
    let (usual, held_out) = (seeds(&[]), seeds(&["--held-out"]));
    assert_eq!((usual.0.len(), held_out.0.len(), usual.1, held_out.1), (3, 3, false, true));
    assert!(usual.0.is_disjoint(&held_out.0));
    // The page says how to do it again: with the same episodes, and the same intervals.
    let out = folder.path().join("out1");
    check(&mats(&["report", text(&out)]), 0, &[]);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("--held-out") && page.contains("--seed 1"), "flags are missing");
}

#[test]
fn agents_are_not_evaluated_into_their_own_folder_and_lose_nothing() {
    let (_, scenario, run) = &*RUN;
    let folder = TempDir::new().unwrap();
    let own = folder.path().join("own");
    copy(run, &own);
    // What an interrupted `--overwrite` has finished.
    let unit = own.join(".new/units/1");
    fs::create_dir_all(&unit).unwrap();
    fs::write(unit.join("episodes.csv"), "precious").unwrap();
    let before = files(&own);
    let args = ["eval", text(scenario), "--from", text(&own), "--out", text(&own), "--overwrite"];
    check(&mats(&args), 2, &["holds the agents to evaluate"]);
    assert!(files(&own) == before, "something is lost");
}

#[test]
fn damaged_or_foreign_models_are_refused_with_the_reason() {
    let (_, scenario, run) = &*RUN;
    let folder = TempDir::new().unwrap();
    let models: Vec<PathBuf> = files(run).into_keys().filter(|p| p.starts_with("models")).collect();
    let eval = |from: &Path| {
        let out = folder.path().join("never");
        let done = mats(&[
            "eval",
            text(scenario),
            "--from",
            text(from),
            "--out",
            text(&out),
            "--eval-episodes",
            "1",
        ]);
        assert!(!out.exists(), "nothing is written");
        done
    };
    for (i, model) in models.iter().enumerate() {
        let damaged = folder.path().join(format!("damaged-{i}"));
        copy(run, &damaged);
        let path = damaged.join(model);
        let name = model.file_name().unwrap().to_str().unwrap();
        let whole = fs::read(&path).unwrap();
        if name.ends_with("safetensors") {
            fs::write(&path, &whole[..whole.len() / 2]).unwrap();
            check(&eval(&damaged), 2, &["damaged", name]);
        }
        fs::write(&path, b"\xff\x00 not a model").unwrap();
        check(&eval(&damaged), 2, &["damaged", name]);
        fs::remove_file(&path).unwrap();
        check(&eval(&damaged), 2, &["damaged"]);
    }
    // A model of another shape: the detector where the network should be.
    let swapped = folder.path().join("swapped");
    copy(run, &swapped);
    let named = |name: &str| swapped.join(models.iter().find(|m| m.ends_with(name)).unwrap());
    fs::copy(named("detector.safetensors"), named("network.safetensors")).unwrap();
    check(&eval(&swapped), 2, &["swapped", "network.safetensors"]);
    // No run at all, and a run without its record.
    check(&eval(Path::new("scenarios")), 2, &["run.json"]);
    check(&eval(Path::new("no-such-run")), 2, &["no-such-run"]);
}

/// A full disk cannot be had without privileges; a file where a folder must be made fails in the same place.
#[test]
fn results_that_cannot_be_written_leave_earlier_ones_intact() {
    let (_, scenario, run) = &*RUN;
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("run");
    copy(run, &out);
    fs::remove_file(out.join("learning.csv")).unwrap();
    fs::create_dir(out.join("learning.csv")).unwrap();
    let args = [
        "eval",
        text(scenario),
        "--from",
        text(run),
        "--out",
        text(&out),
        "--eval-episodes",
        "1",
        "--overwrite",
    ];
    check(&mats(&args), 1, &["failed to replace", "learning.csv"]);
    let (left, old) = (files(&out), files(run));
    for (name, bytes) in old.iter().filter(|(name, _)| !name.starts_with("learning.csv")) {
        assert!(left[name] == *bytes, "{} of the earlier run is lost", name.display());
    }
    assert!(left.keys().all(|name| !name.starts_with(".new")), "half-written results stay behind");
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let inside = blocked.join("run");
    check(
        &mats(&["run", text(scenario), "--out", text(&inside)]),
        1,
        &["failed to prepare the result folder"],
    );
}

#[test]
fn generated_telemetry_is_repeatable_and_keeps_the_truth_apart() {
    let (folder, scenario, _) = &*RUN;
    let generate = |name: &str, threads: &str| {
        let out = folder.path().join(name);
        let args = [
            "generate",
            text(scenario),
            "--out",
            text(&out),
            "--format",
            "all",
            "--hours",
            "6",
            "--episodes",
        ];
        check(&mats(&[&args[..], &["4", "--threads", threads]].concat()), 0, &[]);
        check(&mats(&[&args[..], &["4"]].concat()), 2, &["--overwrite"]);
        files(&out)
    };
    let (one, two) = (generate("data-1", "1"), generate("data-2", "2"));
    assert!(one == two, "threads show in the data");
    for name in [
        "flows.csv",
        "events.csv",
        "auth.csv",
        "changes.csv",
        "conn.log",
        "http.log",
        "zeek-tsv/ssl.log",
        "events.ecs.ndjson",
        "windows.ndjson",
        "auth.log",
        "audit.log",
        "indicators.stix.json",
        "signatures.rules",
        "truth.csv",
    ] {
        assert!(one.contains_key(&Path::new("episode-3").join(name)), "{name}");
    }
    assert!(one.contains_key(Path::new("inventory.csv")) && one.contains_key(Path::new("dataset.json")));
    let truth = (0..4).map(|i| &one[&PathBuf::from(format!("episode-{i}/truth.csv"))]);
    let lines = truth.map(|bytes| bytes.split(|&b| b == b'\n').count() - 2);
    assert!(lines.sum::<usize>() > 0, "four episodes without any attack");
    check(&mats(&["generate", text(scenario), "--out", "x", "--format", "pcap"]), 2, &["pcap", "zeek"]);
}

#[test]
fn a_profile_needs_no_folder_and_is_printed_as_a_table_or_as_json() {
    let folder = TempDir::new().unwrap();
    let scenario = short(folder.path());
    let table = mats(&["generate", text(&scenario), "--profile", "--quiet"]);
    check(&table, 0, &[]);
    for part in ["holds", "flow bytes, tail index of top 1 %", "Crovella 1997", "lie within their bounds"] {
        assert!(table.stdout.contains(part), "`{part}` is missing in:\n{}", table.stdout);
    }
    assert!(table.stdout.lines().all(|line| line.chars().count() <= 80), "{}", table.stdout);
    assert_eq!(files(folder.path()).len(), 1, "nothing is written");
    let out = folder.path().join("data");
    let both = ["--profile", "--json", "--out", text(&out), "--format", "csv", "--quiet"];
    let done = mats(&[&["generate", text(&scenario)], &both[..]].concat());
    check(&done, 0, &[]);
    assert!(out.join("dataset.json").exists());
    let rows: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let row = &rows.as_array().unwrap()[2];
    assert_eq!((&row["name"], &row["high"]), (&"bytes_tail".into(), &1.4.into()));
    assert!(row["value"].is_f64() && row["holds"].is_boolean() && row["source"].is_string());
    check(&mats(&["generate", text(&scenario)]), 2, &["--out"]);
    check(&mats(&["generate", text(&scenario), "--out", text(&out)]), 2, &["--format"]);
    check(&mats(&["generate", text(&scenario), "--profile", "--format", "csv"]), 2, &["--out"]);
}

#[test]
fn trying_a_scenario_takes_no_training_and_says_the_same_for_any_number_of_threads() {
    let args = ["scenario", "try", "scenarios/tutorial.toml", "--episodes", "12", "--seed", "3", "--quiet"];
    let one = mats(&[&args[..], &["--threads", "1"]].concat());
    check(&one, 0, &[]);
    assert_eq!(one.stdout, mats(&[&args[..], &["--threads", "3"]].concat()).stdout);
    assert!(one.stdout.lines().all(|line| line.chars().count() <= 80), "{}", one.stdout);
    for part in
        ["12 episode(s) that nobody defends, seed 3", "reached", "first success", "objective reached in"]
    {
        assert!(one.stdout.contains(part), "{part} is not in:\n{}", one.stdout);
    }
    let json = mats(&[&args[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let steps = json["trial"]["attacks"][0]["steps"].as_array().unwrap();
    let count = |step: &serde_json::Value, key: &str| step[key].as_u64().unwrap();
    assert!(steps.iter().any(|step| count(step, "succeeded") > 0), "{json}");
    assert!(steps.iter().all(|step| count(step, "succeeded") <= count(step, "reached")), "{json}");
    check(&mats(&["scenario", "try", "scenarios/nowhere.toml"]), 2, &["nowhere.toml"]);
    check(&mats(&["scenario", "try", "scenarios/tutorial.toml", "--episodes", "0"]), 2, &["--episodes"]);
}

#[test]
fn doubts_are_told_and_refuse_nothing() {
    let folder = TempDir::new().unwrap();
    let slow = folder.path().join("slow.toml");
    let starter = mats(&["scenario", "new"]).stdout;
    fs::write(&slow, starter.replace("pause_minutes = 20.0", "pause_minutes = 2000.0")).unwrap();
    let done = mats(&["scenario", "check", text(&slow)]);
    check(&done, 0, &[]);
    assert!(done.stderr.starts_with("warning: the quickest attackers take some"), "{}", done.stderr);
    let json = mats(&["scenario", "check", text(&slow), "--json"]);
    check(&json, 0, &[]);
    let told: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(told.as_array().unwrap().iter().all(|doubt| doubt["severity"] == "warning"), "{told}");
}

#[test]
fn a_starter_is_written_once_and_mistakes_come_as_json() {
    let folder = TempDir::new().unwrap();
    let starter = folder.path().join("mine.toml");
    check(&mats(&["scenario", "new", text(&starter)]), 0, &[]);
    check(&mats(&["scenario", "check", text(&starter)]), 0, &[]);
    check(&mats(&["scenario", "new", text(&starter)]), 2, &["mine.toml"]);
    let broken = std::fs::read_to_string(&starter).unwrap().replace("horizon_hours", "horizon_ours");
    std::fs::write(&starter, broken).unwrap();
    let done = mats(&["scenario", "check", text(&starter), "--json"]);
    check(&done, 2, &[]);
    let mistakes: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let messages: Vec<&str> =
        mistakes.as_array().unwrap().iter().map(|m| m["message"].as_str().unwrap()).collect();
    assert!(messages.iter().any(|m| m.contains("horizon_ours")), "{messages:?}");
    assert!(mistakes[0]["line"].is_u64() && mistakes[0]["column"].is_u64());
}
