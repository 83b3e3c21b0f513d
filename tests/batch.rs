//! Experiments from outside: killed and resumed, split and joined, always to the same bytes.

use crate::cli::{check, files, mats, root, short, text, unseal};
use assert_cmd::cargo::cargo_bin;
use mats_lab::batch::experiment::load;
use mats_results::digest::fingerprint;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use tempfile::TempDir;

/// Two jobs of two units each, each of a second or so. Detectors are small, without the network that takes most of the time:
/// what is killed, joined and compared here are files, whatever is in them.
fn experiment(folder: &Path) -> PathBuf {
    let scenario = short(folder);
    let path = folder.join("small.toml");
    let text = format!(
        r#"
[experiment]
name = "small"
scenarios = [{:?}]
defenders = ["none", "playbook", "dqn", "oracle"]
train_seeds = 2
episodes = 16
eval_episodes = 3

[settings]
train.gather.episodes = 24
train.validation = 4
train.checkpoint_validation = 4
train.refine.races = 0
train.cuts = [0.5]
train.round = 8
train.detector.forest.trees = 5
train.detector.isolation_forest.trees = 5
train.detector.lstm.layers = 0

[grid]
train.updates = [20, 40]
"#,
        text(&scenario)
    );
    fs::write(&path, text).unwrap();
    path
}

/// Reads what an experiment leaves behind, but for the times.
fn results(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files(folder);
    files.retain(|name, _| !name.ends_with("timing.json"));
    files
}

/// The experiment, and what it leaves behind when nothing comes between.
static WHOLE: LazyLock<(TempDir, PathBuf, PathBuf)> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let (file, out) = (experiment(folder.path()), folder.path().join("whole"));
    let done = mats(&["run", text(&file), "--out", text(&out)]);
    check(&done, 0, &["updates=20 seed 1: ", "done, 4 of 4 units"]);
    for part in ["short-updates=20", "short-updates=40"] {
        assert!(done.stdout.contains(part), "{}", done.stdout);
    }
    (folder, file, out)
});

fn same(found: &Path, whole: &Path) {
    let (found, whole) = (results(found), results(whole));
    assert_eq!(found.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
    for (name, bytes) in &whole {
        assert!(found[name] == *bytes, "{} differs", name.display());
    }
}

/// Starts the experiment and sends it a signal once so many units are done.
fn stopped(file: &Path, out: &Path, signal: &str, units: usize) -> i32 {
    stopped_after(file, out, signal, units, || {})
}

/// Does what `stopped` does, with something to try while the experiment is at work.
fn stopped_after(file: &Path, out: &Path, signal: &str, units: usize, meanwhile: impl Fn()) -> i32 {
    let mut child = Command::new(cargo_bin!("mats"))
        .args(["run", text(file), "--out", text(out), "--jobs", "1"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mark = format!("done, {units} of 4 units");
    assert!(lines.any(|line| line.contains(&mark)), "never said `{mark}`");
    meanwhile();
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = lines.collect();
    assert!(!rest.iter().any(|line| line.contains("panicked")), "{rest:?}");
    child.wait().unwrap().code().unwrap_or(-1)
}

#[test]
fn what_was_killed_goes_on_and_ends_with_the_same_bytes() {
    let (folder, file, whole) = &*WHOLE;
    let out = folder.path().join("killed");
    assert_eq!(stopped(file, &out, "-KILL", 1), -1);
    assert!(out.join("short-updates=20/units/1").is_dir());
    assert!(!out.join("short-updates=20/run.json").exists() && !out.join("summary.csv").exists());
    check(&mats(&["run", text(file), "--out", text(&out)]), 2, &["interrupted", "--resume"]);
    // A unit that was being written is no unit.
    let partial = out.join("short-updates=20/units/2.partial");
    fs::create_dir_all(&partial).unwrap();
    fs::write(partial.join("episodes.csv"), "half").unwrap();
    let args = ["run", text(file), "--out", text(&out), "--resume"];
    check(
        &mats(&[&args[..], &["--set", "train.dqn.n_step=1"]].concat()),
        2,
        &["another value of `train.dqn.n_step` (3 instead of 1)"],
    );
    let done = mats(&args);
    check(&done, 0, &["done, 4 of 4 units"]);
    assert!(!done.stderr.contains("updates=20 seed 1: learning"), "{}", done.stderr);
    same(&out, whole);
    // Once more is nothing more.
    let done = mats(&[&args[..], &["--json"]].concat());
    check(&done, 0, &[]);
    assert!(!done.stderr.contains("learning"), "{}", done.stderr);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&done.stdout).unwrap().as_array().unwrap().len(), 8);
    same(&out, whole);
}

#[test]
fn a_unit_that_was_changed_is_worked_on_once_more() {
    let (folder, file, whole) = &*WHOLE;
    let out = folder.path().join("changed");
    let resume = || mats(&["run", text(file), "--out", text(&out), "--resume"]);
    // On systems that cannot lock folders, two may be at work.
    let busy = || {
        if cfg!(unix) {
            check(&resume(), 2, &["another process is at work in"]);
        }
    };
    assert_eq!(stopped_after(file, &out, "-KILL", 1, busy), -1);
    let table = out.join("short-updates=20/units/1/campaigns.csv");
    let shorter = fs::read_to_string(&table).unwrap().lines().next().unwrap().to_owned();
    fs::write(&table, shorter).unwrap();
    check(&resume(), 0, &["updates=20 seed 1: ", "campaigns.csv was changed or lost since it was written"]);
    same(&out, whole);
    // A whole unit in the place of another.
    let moved = folder.path().join("moved");
    assert_eq!(stopped(file, &moved, "-KILL", 3), -1);
    let units = moved.join("short-updates=40/units");
    for (name, bytes) in files(&units.join("1")) {
        let to = units.join("2").join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, bytes).unwrap();
    }
    let resume = mats(&["run", text(file), "--out", text(&moved), "--resume"]);
    check(&resume, 0, &["units/2 is of another job or training seed"]);
    same(&moved, whole);
}

#[test]
fn a_run_that_was_to_replace_another_is_resumed_too() {
    let (folder, file, whole) = &*WHOLE;
    let out = folder.path().join("replaced");
    check(&mats(&["run", text(file), "--out", text(&out), "--set", "train.validation=3"]), 0, &[]);
    let mut child = Command::new(cargo_bin!("mats"))
        .args(["run", text(file), "--out", text(&out), "--jobs", "1", "--overwrite"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("done, 1 of 4 units")));
    child.kill().unwrap();
    child.wait().unwrap();
    check(&mats(&["run", text(file), "--out", text(&out)]), 2, &["interrupted", "--resume"]);
    check(&mats(&["run", text(file), "--out", text(&out), "--resume"]), 0, &[]);
    same(&out, whole);
}

#[test]
fn an_interrupt_ends_with_what_is_done() {
    let (folder, file, whole) = &*WHOLE;
    let out = folder.path().join("interrupted");
    assert_eq!(stopped(file, &out, "-INT", 3), 1);
    assert!(out.join("short-updates=20/run.json").is_file(), "the first job was done");
    assert!(out.join("short-updates=40/units/1").is_dir());
    check(&mats(&["run", text(file), "--out", text(&out), "--resume"]), 0, &[]);
    same(&out, whole);
}

#[test]
fn parts_are_joined_to_the_same_bytes() {
    let (folder, file, whole) = &*WHOLE;
    let [one, two, out] = ["one", "two", "joined"].map(|name| folder.path().join(name));
    let part = |shard: &str, out: &Path| mats(&["run", text(file), "--shard", shard, "--out", text(out)]);
    check(&part("1/2", &one), 0, &[]);
    let join = |parts: &[&Path]| {
        let parts: Vec<&str> = parts.iter().map(|part| text(part)).collect();
        mats(&[&["merge"], &parts[..], &["--out", text(&out)]].concat())
    };
    check(&join(&[&one]), 2, &["no part has seed 2 of `short-updates=20`"]);
    assert!(!out.exists(), "nothing is written of a part");
    check(&part("2/2", &two), 0, &[]);
    let before = files(&one);
    let onto = mats(&["merge", text(&one), text(&two), "--out", text(&one), "--overwrite"]);
    check(&onto, 2, &["is one of the parts"]);
    assert!(files(&one) == before, "a part is lost");
    check(&join(&[&one, whole]), 2, &["holds a whole run"]);
    check(&join(&[&one, folder.path()]), 2, &["experiment.json", "--shard"]);
    let model = two.join("short-updates=40/units/2/models/detector.safetensors");
    let bytes = fs::read(&model).unwrap();
    fs::write(&model, &bytes[..bytes.len() - 1]).unwrap();
    check(
        &join(&[&one, &two]),
        2,
        &["seed 2 of `short-updates=40`", "detector.safetensors was changed or lost"],
    );
    assert!(!out.exists(), "nothing is written of damaged units");
    fs::write(&model, bytes).unwrap();
    let other = folder.path().join("other");
    let set = ["run", text(file), "--shard", "2/2", "--out", text(&other), "--set", "train.dqn.n_step=1"];
    check(&mats(&set), 0, &[]);
    check(&join(&[&one, &other]), 2, &["they differ in", "the settings of job `short-updates=20`"]);
    check(&join(&[&one, &two]), 0, &[]);
    same(&out, whole);
    check(&join(&[&two, &one]), 2, &["exists already"]);
    check(&part("3/2", &two), 2, &["--shard"]);
}

#[test]
fn an_experiment_is_compared_and_reported_by_its_variants() {
    let (folder, _, whole) = &*WHOLE;
    let done = mats(&["compare", text(whole), "--json"]);
    check(&done, 0, &[]);
    let found: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let names: Vec<&str> =
        found["runs"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["updates=20", "updates=40"]);
    assert!(found["runs"][1]["settings_unlike_first"].to_string().contains("train.updates = 40 (was 20)"));
    check(&mats(&["compare", text(&whole.join("short-updates=20"))]), 2, &["nothing to compare it to"]);
    let spoken: Vec<&str> =
        found["verdicts"].as_array().unwrap().iter().map(|v| v["words"].as_str().unwrap()).collect();
    assert_eq!(spoken.len(), 2, "{spoken:?}");
    let page = folder.path().join("experiment.html");
    check(&mats(&["report", text(whole), "--out", text(&page)]), 0, &[]);
    let html = fs::read_to_string(page).unwrap();
    for part in spoken {
        assert!(html.contains(part), "compare says what the report does not: {part}");
    }
    for part in ["Report of 2 runs", "Which is better", "short-updates=40", "dqn: ", "together, by Holm"] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn what_an_experiment_lacks_is_told() {
    let (folder, _, whole) = &*WHOLE;
    let part = folder.path().join("part");
    let copy = |name: &str| {
        for (file, bytes) in files(&whole.join(name)) {
            let to = part.join(name).join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, bytes).unwrap();
        }
    };
    copy("short-updates=40");
    fs::copy(whole.join("experiment.json"), part.join("experiment.json")).unwrap();
    let lacking = "1 of 2 jobs are left out, for they are not finished";
    check(&mats(&["report", text(&part)]), 0, &[lacking, "short-updates=20"]);
    check(&mats(&["compare", text(&part)]), 2, &["its first job, short-updates=20", "is not finished"]);
    // A job of an older experiment that is being overwritten is none of this one.
    copy("short-updates=20");
    check(&mats(&["compare", text(&part)]), 0, &[]);
    let record = part.join("short-updates=40/run.json");
    unseal(record.parent().unwrap());
    let changed = fs::read_to_string(&record).unwrap().replacen("\"round\": 8", "\"round\": 9", 1);
    fs::write(&record, changed).unwrap();
    check(&mats(&["compare", text(&part)]), 2, &["nothing to compare it to", lacking, "short-updates=40"]);
    // A folder above those of experiments is none of a run.
    let experiments = ["holds no run.json", "it holds experiments; name one, such as"];
    check(&mats(&["compare", text(folder.path()), text(whole)]), 2, &experiments);
    check(&mats(&["report", text(folder.path())]), 2, &experiments);
    let job = part.join("short-updates=20");
    fs::remove_file(job.join("campaigns.csv")).unwrap();
    check(&mats(&["compare", text(&part), text(whole)]), 2, &["campaigns.csv is not what the run wrote"]);
    unseal(&job);
    check(&mats(&["compare", text(&part), text(whole)]), 2, &["campaigns.csv is missing"]);
}

#[test]
fn a_run_of_scenarios_is_resumed_as_well() {
    let folder = TempDir::new().unwrap();
    let scenario = short(folder.path());
    let out = folder.path().join("plain");
    let run = |more: &[&str]| {
        let args = ["run", text(&scenario), "--episodes", "8", "--eval-episodes", "2", "--out", text(&out)];
        let small =
            ["gather.episodes=24", "validation=4", "checkpoint_validation=4", "cuts=[0.5]", "refine.races=0"]
                .map(|setting| format!("--set=train.{setting}"));
        mats(&[&args[..], &small.each_ref().map(String::as_str), more].concat())
    };
    check(&run(&["--resume"]), 0, &["learning"]);
    let before = results(&out);
    let again = run(&["--resume"]);
    check(&again, 0, &[]);
    assert!(!again.stderr.contains("learning"), "{}", again.stderr);
    check(&run(&[]), 2, &["exists already"]);
    check(&run(&["--overwrite"]), 0, &["learning"]);
    assert!(results(&out) == before, "the same seed, the same bytes");
}

#[test]
fn what_is_wrong_with_an_experiment_is_told_before_anything_is_written() {
    let folder = TempDir::new().unwrap();
    let (file, out) = (experiment(folder.path()), folder.path().join("out"));
    let good = fs::read_to_string(&file).unwrap();
    let refused = |old: &str, new: &str, parts: &[&str]| {
        assert!(good.contains(old), "{old}");
        fs::write(&file, good.replacen(old, new, 1)).unwrap();
        check(&mats(&["run", text(&file), "--out", text(&out)]), 2, parts);
        assert!(!out.exists());
    };
    refused(
        "train.updates = [20, 40]",
        "train.updatez = [20, 40]",
        &["small.toml:", "no setting `train.updatez`", "did you mean `updates`?"],
    );
    refused("train.updates = [20, 40]", "train.updates = 20", &["`train.updates` in [grid] must be a list"]);
    refused("train.updates = [20, 40]", "scenario.sensor.x = [1]", &["`sensor`"]);
    // What is wrong with all jobs is told once.
    let both = good.replacen("[settings]", "[scenario]\nrandomize.pace = [-1.0, 1.0]\n[settings]", 1);
    fs::write(&file, both).unwrap();
    let told = mats(&["run", text(&file), "--out", text(&out)]);
    check(&told, 2, &["`randomize.pace` must be above 0", "pace = [-1.0, 1.0]"]);
    assert_eq!(told.stderr.matches("must be above 0").count(), 1, "{}", told.stderr);
    refused(
        "train.updates = [20, 40]",
        "train.updates = [20, 20]",
        &["`train.updates` in [grid] has 20 twice"],
    );
    let long = format!("train.updates = {0:?}\ntrain.round = {0:?}", (1..=400).collect::<Vec<_>>());
    refused("train.updates = [20, 40]", &long, &["more than 10000 jobs"]);
    refused("train.round = 8", "train.round = nan", &["`train.round` is nan"]);
    refused("train.round = 8", "train.round = 0", &["`train.round` is 0 but must be"]);
    refused(
        "train_seeds = 2",
        "train_seed = 2",
        &["small.toml", "unknown field `train_seed`", "train_seeds"],
    );
    refused("\"dqn\"", "\"dqm\"", &["there is no defender `dqm`"]);
    refused("scenarios = [", "scenarios = [\"nowhere.toml\", ", &["nowhere.toml"]);
    refused(
        "[settings]",
        "[frozen]\nshort = \"00\"\n[settings]",
        &["`short` is not the scenario that [frozen] names"],
    );
    fs::write(&file, &good).unwrap();
    check(&mats(&["run", text(&file), "--episodes", "3"]), 2, &["--episodes", "change it there"]);
    check(&mats(&["run", text(&file), "scenarios/tutorial.toml"]), 2, &["give it alone"]);
}

/// The experiments that are shipped can be run, and the benchmark says with what.
#[test]
fn shipped_experiments_are_in_order() {
    let folder = root().join("scenarios/experiments");
    let jobs = |name: &str| {
        let experiment = load(&folder.join(name), &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(format!("{}.toml", experiment.name), name);
        experiment.specs
    };
    assert_eq!(jobs("defenders.toml").len(), 18);
    assert_eq!(jobs("ablation.toml").len(), 8);
    let generalise = jobs("generalise.toml");
    assert!(generalise.iter().all(|plan| plan.also.len() == 4));
    let sensitivity = jobs("sensitivity.toml");
    assert_eq!(sensitivity.len(), 9);
    let all: std::collections::BTreeSet<String> =
        sensitivity.iter().map(|plan| fingerprint(&plan.scenario)).collect();
    assert_eq!(all.len(), 9, "every job has a scenario of its own");
    assert!(sensitivity[0].name.contains("sensor_loss=1.0_1.0"), "{}", sensitivity[0].name);
    // The benchmark was frozen with other worlds: it says with which version it runs, instead of running on what it is not about.
    let error =
        load(&folder.join("benchmark-v1.toml"), &[]).expect_err("its scenarios have changed").to_string();
    assert!(error.contains("run it with version 0.1.0, which the experiment was frozen with"), "{error}");
}
