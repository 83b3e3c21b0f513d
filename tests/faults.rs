//! Faults from outside: files that are damaged, lost, links or pipes; runs that were killed; settings that cannot be. Nothing is
//! lost, and nothing damaged is believed.

use crate::cli::{Done, RUN, check, copy, files, mats, short, text, unseal};
use mats_results::digest::sha256;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Settings under which a run takes two seconds.
const SMALL: [&str; 6] = [
    "--set=train.gather.episodes=24",
    "--set=train.validation=4",
    "--set=train.checkpoint_validation=4",
    "--set=train.refine.races=0",
    "--set=train.detector.lstm.layers=0",
    "--set=train.cuts=[0.5]",
];

/// Runs a scenario as little as can be.
fn run(scenario: &Path, out: &Path, more: &[&str]) -> Done {
    let size = ["--episodes", "8", "--eval-episodes", "2", "--quiet"];
    mats(&[&["run", text(scenario), "--out", text(out)], &size[..], &SMALL, more].concat())
}

/// A copy of a finished run to do something to.
fn copied() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let run = folder.path().join("run");
    copy(&RUN.2, &run);
    (folder, run)
}

/// Files of a run but for the one that differs each time.
fn lasting(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = files(run);
    all.remove(Path::new("timing.json"));
    all
}

/// Changes the first evaluated episode of the playbook: it costs more than its parts.
fn change_cost(run: &Path) {
    let path = run.join("episodes.csv");
    let mut lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    let at = lines[0].split(',').position(|column| column == "cost").unwrap();
    let line = lines.iter_mut().find(|line| line.contains(",playbook,eval,")).unwrap();
    let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
    cells[at] = format!("{}", cells[at].parse::<f64>().unwrap() + 10.0);
    *line = cells.join(",");
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

/// Makes the sums anew, as whoever changes a file on purpose may.
fn reseal(run: &Path) {
    let sums = fs::read_to_string(run.join("SHA256SUMS")).unwrap();
    let line = |line: &str| {
        let name = line.split_once("  ").unwrap().1;
        format!("{}  {name}\n", sha256(&fs::read(run.join(name)).unwrap()))
    };
    fs::write(run.join("SHA256SUMS"), sums.lines().map(line).collect::<String>()).unwrap();
}

/// Asks everything that reads a run.
fn readers(run: &Path, code: i32, parts: &[&str]) {
    let folder = TempDir::new().unwrap();
    let (run, whole, scenario) = (text(run), text(&RUN.2), text(&RUN.1));
    let out = folder.path().join("out");
    for command in [
        &["verify", run][..],
        &["compare", run, whole],
        &["report", run, "--out", text(&folder.path().join("page.html"))],
        &["replay", run, "--episode", "0", "--follow"],
        &["eval", scenario, "--from", run, "--eval-episodes", "2", "--quiet", "--out", text(&out)],
        &["run", "--repeat", run, "--quiet", "--out", text(&out)],
    ] {
        let done = mats(command);
        check(&done, code, &[]);
        let told = format!("{}{}", done.stdout, done.stderr);
        assert!(parts.iter().all(|part| told.contains(part)), "{command:?} lacks {parts:?}:\n{told}");
        assert!(!out.exists(), "{command:?} leaves nothing");
    }
}

#[test]
fn a_run_proves_itself_and_a_changed_file_is_refused_by_whatever_reads_it() {
    let (_folder, run) = copied();
    check(&mats(&["verify", text(&run), text(&RUN.2)]), 0, &[]);
    change_cost(&run);
    readers(&run, 2, &["episodes.csv is not what the run wrote"]);
    assert_eq!(mats(&["compare", text(&run), text(&RUN.2)]).stdout, "");
    let network = run.join("models/1/network.safetensors");
    let mut bytes = fs::read(&network).unwrap();
    copy(&RUN.2, &run);
    let half = bytes.len() / 2;
    bytes[half..half + 64].fill(0);
    fs::write(&network, &bytes).unwrap();
    readers(&run, 2, &["network.safetensors is not what the run wrote"]);
    copy(&RUN.2, &run);
    fs::remove_file(run.join("curves.csv")).unwrap();
    readers(&run, 2, &["curves.csv is not what the run wrote"]);
    copy(&RUN.2, &run);
    fs::create_dir(run.join("models/7")).unwrap();
    fs::write(run.join("models/7/policy.toml"), "").unwrap();
    readers(&run, 2, &["models/7/policy.toml is not what the run wrote"]);
    fs::remove_dir_all(run.join("models/7")).unwrap();
    let sums = fs::read_to_string(run.join("SHA256SUMS")).unwrap();
    for bad in
        ["", &sums[..100], &sums.replacen("episodes.csv", "../episodes.csv", 1), &format!("{sums}{sums}")]
    {
        fs::write(run.join("SHA256SUMS"), bad).unwrap();
        readers(&run, 2, &["SHA256SUMS is not what the run wrote"]);
    }
    // Notes of one's own, and pages, are nobody's business.
    fs::write(run.join("SHA256SUMS"), &sums).unwrap();
    fs::write(run.join("notes.txt"), "mine").unwrap();
    fs::write(run.join("timing.json"), "{}").unwrap();
    check(&mats(&["report", text(&run)]), 0, &[]);
    check(&mats(&["verify", text(&run)]), 0, &[]);
}

#[test]
fn what_cannot_be_is_refused_where_the_sums_were_made_anew() {
    let change = |file: &str, change: &dyn Fn(&str) -> String, says: &[&str]| {
        let (_folder, run) = copied();
        let path = run.join(file);
        let changed = change(&fs::read_to_string(&path).unwrap());
        fs::write(&path, changed).unwrap();
        reseal(&run);
        for command in
            [&["report", text(&run)][..], &["compare", text(&run), text(&RUN.2)], &["verify", text(&run)]]
        {
            let done = mats(command);
            check(&done, 2, &[]);
            let told = format!("{}{}", done.stdout, done.stderr);
            assert!(says.iter().all(|part| told.contains(part)), "{command:?} lacks {says:?}:\n{told}");
        }
    };
    let twice = |table: &str| format!("{table}{}\n", table.lines().last().unwrap());
    change("episodes.csv", &twice, &["episodes.csv line", "twice"]);
    change("campaigns.csv", &twice, &["campaigns.csv line", "twice"]);
    change("summary.csv", &twice, &["summary.csv line", "twice"]);
    let state =
        |table: &str| table.replacen(",held,", ",vanished,", 1).replacen(",never_in,", ",vanished,", 1);
    change("campaigns.csv", &state, &["campaigns.csv line", "vanished"]);
    let lost = |table: &str| table[..=table.trim_end().rfind('\n').unwrap()].to_owned();
    change("campaigns.csv", &lost, &["episodes.csv line", "campaigns.csv has"]);
    let (_folder, run) = copied();
    change_cost(&run);
    reseal(&run);
    check(&mats(&["report", text(&run)]), 2, &["episodes.csv line", "`cost` is", "add up to"]);
}

#[test]
fn a_run_without_sums_is_read_with_one_note() {
    let (folder, run) = copied();
    unseal(&run);
    let note = "no SHA256SUMS, as of an older version";
    for command in [
        &["report", text(&run)][..],
        &["replay", text(&run), "--episode", "0", "--follow"],
        &[
            "eval",
            text(&RUN.1),
            "--from",
            text(&run),
            "--eval-episodes",
            "2",
            "--quiet",
            "--out",
            text(&folder.path().join("e")),
        ],
    ] {
        let done = mats(command);
        check(&done, 0, &[note]);
        assert_eq!(done.stderr.matches(note).count(), 1, "{}", done.stderr);
    }
    let compared = mats(&["compare", text(&run), text(&RUN.2)]);
    check(&compared, 0, &[]);
    assert_eq!(compared.stdout.replace('\n', " ").matches("no SHA256SUMS").count(), 1, "{}", compared.stdout);
    let verified = mats(&["verify", text(&run)]);
    check(&verified, 2, &[]);
    assert!(verified.stdout.contains("has no SHA256SUMS"), "{}", verified.stdout);
    // But not whatever somebody wrote into it.
    change_cost(&run);
    check(&mats(&["report", text(&run), "--overwrite"]), 2, &["add up to"]);
}

#[test]
fn what_a_killed_run_leaves_is_no_reason_to_refuse() {
    let folder = TempDir::new().unwrap();
    let scenario = short(folder.path());
    let whole = folder.path().join("whole");
    check(&run(&scenario, &whole, &[]), 0, &[]);
    let whole = lasting(&whole);
    let leave = |name: &str, rest: &str| {
        let out = folder.path().join(name);
        let path = out.join(rest);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
        out
    };
    for (at, (rest, how)) in [
        ("units/job.json.partial", None),
        ("units/.mats-a1b2c3.partial", Some("--resume")),
        ("units/1.partial/episodes.csv", Some("--overwrite")),
        (".new/units/.mats-a1b2c3.partial", None),
        (".mats-a1b2c3.partial", None),
    ]
    .into_iter()
    .enumerate()
    {
        let out = leave(&format!("left-{at}"), rest);
        check(&run(&scenario, &out, how.as_slice()), 0, &[]);
        assert!(lasting(&out) == whole, "after {rest}");
    }
    // Somebody's own files are.
    let own = leave("own", "units/letter.txt");
    for how in [&[][..], &["--resume"], &["--overwrite"]] {
        check(&run(&scenario, &own, how), 2, &["not overwritten"]);
    }
    assert!(own.join("units/letter.txt").is_file());
    // What was left where a finished run was to be replaced replaces nothing.
    let finished = folder.path().join("whole");
    fs::create_dir_all(finished.join(".new/units")).unwrap();
    check(&run(&scenario, &finished, &["--resume", "--seed", "3"]), 2, &["another value of `seed`"]);
    fs::write(finished.join("timing.json.partial"), "").unwrap();
    fs::write(finished.join("models/1/.mats-a1b2c3.partial"), "").unwrap();
    fs::remove_file(finished.join("timing.json")).unwrap();
    check(&run(&scenario, &finished, &["--resume"]), 0, &[]);
    assert!(lasting(&finished) == whole, "nothing of it is left");
    assert!(finished.join("timing.json").is_file());
}

#[test]
fn units_outlive_the_definition_of_their_job() {
    let folder = TempDir::new().unwrap();
    let scenario = short(folder.path());
    let experiment = folder.path().join("e.toml");
    let body = "[experiment]\nname = 'e'\nscenarios = ['short.toml']\nepisodes = 8\neval_episodes = 2\ntrain_seeds = 2\n";
    fs::write(&experiment, body).unwrap();
    let out = folder.path().join("part");
    let part = |more: &[&str]| {
        mats(&[&["run", text(&experiment), "--shard", "1/2", "--out", text(&out)], &SMALL[..], more].concat())
    };
    check(&part(&[]), 0, &[]);
    let job = out.join("short/units/job.json");
    let unit = fs::read(out.join("short/units/1/unit.json")).unwrap();
    for damage in ["", "{", "{}"] {
        fs::write(&job, damage).unwrap();
        // Other settings are still others.
        check(&part(&["--resume", "--set=train.round=8"]), 2, &["another definition"]);
        let done = part(&["--resume"]);
        check(&done, 0, &[]);
        assert!(!done.stderr.contains("learning"), "it is not worked on once more:\n{}", done.stderr);
        assert_eq!(fs::read(out.join("short/units/1/unit.json")).unwrap(), unit);
    }
    check(&mats(&["verify", text(&out)]), 0, &[]);
    // A merge that finds its folder begun advises what it has.
    let other = folder.path().join("other");
    check(
        &mats(&[&["run", text(&experiment), "--shard", "2/2", "--out", text(&other)], &SMALL[..]].concat()),
        0,
        &[],
    );
    let whole = folder.path().join("all");
    copy(&out.join("short"), &whole.join("short"));
    let merge =
        |more: &[&str]| mats(&[&["merge", text(&out), text(&other), "--out", text(&whole)], more].concat());
    let refused = merge(&[]);
    check(&refused, 2, &["--overwrite"]);
    assert!(!refused.stderr.contains("--resume"), "{}", refused.stderr);
    check(&merge(&["--overwrite"]), 0, &[]);
    check(&mats(&["verify", text(&whole)]), 0, &[]);
    // What is lost of a part or of the whole is told.
    let lost = |folder: &Path, file: &str, content: &str, says: &str| {
        let path = folder.join(file);
        let before = fs::read(&path).unwrap();
        if content.is_empty() {
            fs::remove_file(&path).unwrap();
        } else {
            fs::write(&path, content).unwrap();
        }
        let done = mats(&["verify", text(folder)]);
        check(&done, 2, &[]);
        assert!(done.stdout.contains(says), "{file}:\n{}", done.stdout);
        fs::write(&path, before).unwrap();
    };
    lost(&whole, "short/run.json", "", "is not there, or not finished");
    lost(&out, "short/units/1/unit.json", "{", "was changed or lost");
    lost(&out, "short/units/job.json", "{", "another job");
    check(&mats(&["verify", text(&whole), text(&out)]), 0, &[]);
    // A file without an end is no reason to run out of memory.
    let endless = out.join("short/units/1/episodes.csv");
    let before = fs::read(&endless).unwrap();
    fs::File::options().write(true).open(&endless).unwrap().set_len(1 << 40).unwrap();
    check(&mats(&["verify", text(&out)]), 2, &[]);
    fs::write(&endless, before).unwrap();
    // Refused, it takes nothing of the finished experiment away; another experiment, or a run, gives no folder.
    let again = |file: &Path, to: &Path, more: &[&str]| {
        mats(&[&["run", text(file), "--out", text(to)], &SMALL[..], more].concat())
    };
    check(&again(&experiment, &whole, &[]), 2, &["exists already"]);
    check(&mats(&["verify", text(&whole)]), 0, &[]);
    let second = folder.path().join("f.toml");
    fs::write(&second, body.replace("train_seeds = 2", "train_seeds = 1\n[[variant]]\nname = 'v'")).unwrap();
    check(&again(&second, &whole, &[]), 2, &["holds another experiment"]);
    check(&again(&second, &whole.join("short"), &["--overwrite"]), 2, &["holds a single run"]);
    check(
        &mats(&["merge", text(&out), text(&other), "--out", text(&whole.join("short"))]),
        2,
        &["a single run"],
    );
    check(&mats(&["verify", text(&whole)]), 0, &[]);
    // Numbers that no experiment has.
    let list = out.join("experiment.json");
    let told = fs::read_to_string(&list).unwrap();
    for (from, to) in [
        ("\"train_seeds\": 2", "\"train_seeds\": 18446744073709551615"),
        ("\"seed\": 1", "\"seed\": 18446744073709551614"),
    ] {
        fs::write(&list, told.replacen(from, to, 1)).unwrap();
        let anywhere = folder.path().join("anywhere");
        check(&mats(&["merge", text(&out), text(&other), "--out", text(&anywhere)]), 2, &["experiment.json"]);
        check(&mats(&["verify", text(&out)]), 2, &[]);
    }
    // The list of an experiment's jobs proves itself, too.
    let list = whole.join("experiment.json");
    let changed = fs::read_to_string(&list).unwrap().replacen("\"train_seeds\": 2", "\"train_seeds\": 3", 1);
    fs::write(&list, changed).unwrap();
    check(&mats(&["report", text(&whole)]), 2, &["experiment.json is not what the run wrote"]);
    drop(scenario);
}

#[test]
fn one_process_at_a_time_writes_a_data_set() {
    let folder = TempDir::new().unwrap();
    let scenario = short(folder.path());
    let out = folder.path().join("set");
    let generate = |seed: &str| {
        mats(&[
            "generate",
            text(&scenario),
            "--out",
            text(&out),
            "--format",
            "csv",
            "--seed",
            seed,
            "--overwrite",
            "--quiet",
        ])
    };
    check(&generate("1"), 0, &[]);
    let one = files(&out);
    let lock = mats_results::folder::lock(&out).unwrap();
    check(&generate("2"), 2, &["another process is at work"]);
    assert!(files(&out) == one, "the older set stays whole");
    drop(lock);
    check(&generate("2"), 0, &[]);
    assert!(files(&out) != one && !out.join(".new").exists());
    check(&generate("1"), 0, &[]);
    assert!(files(&out) == one);
}

#[test]
fn nobodys_files_make_way_for_a_data_set_or_a_run() {
    let folder = TempDir::new().unwrap();
    let scenario = short(folder.path());
    let own = folder.path().join("own");
    fs::create_dir_all(own.join("episode-0")).unwrap();
    for name in ["users.csv", "known_exploited_vulnerabilities.json", "episode-0/auth.log", "notes.txt"] {
        fs::write(own.join(name), "mine").unwrap();
    }
    let before = files(&own);
    let generate = |out: &Path| {
        mats(&[
            "generate",
            text(&scenario),
            "--out",
            text(out),
            "--format",
            "zeek",
            "--hours",
            "1",
            "--overwrite",
            "--quiet",
        ])
    };
    check(&generate(&own), 2, &["no dataset.json", "not overwritten"]);
    assert!(files(&own) == before);
    fs::create_dir(own.join(".new")).unwrap();
    fs::write(own.join(".new/letter.txt"), "dear").unwrap();
    for name in ["users.csv", "known_exploited_vulnerabilities.json", "episode-0/auth.log"] {
        fs::remove_file(own.join(name)).unwrap();
    }
    check(&generate(&own), 2, &["not overwritten"]);
    let waiting = folder.path().join("waiting");
    fs::create_dir_all(waiting.join(".new")).unwrap();
    fs::write(waiting.join(".new/letter.txt"), "dear").unwrap();
    check(&run(&scenario, &waiting, &[]), 2, &["not overwritten"]);
    let models = folder.path().join("models-of-mine");
    fs::create_dir_all(models.join(".new")).unwrap();
    fs::create_dir_all(models.join("models/7")).unwrap();
    fs::write(models.join("models/7/policy.toml"), "mine").unwrap();
    check(&run(&scenario, &models, &[]), 2, &["not overwritten"]);
    assert!(own.join(".new/letter.txt").is_file() && waiting.join(".new/letter.txt").is_file());
    assert!(models.join("models/7/policy.toml").is_file());
}

#[test]
fn what_was_damaged_while_it_waited_replaces_nothing() {
    let folder = TempDir::new().unwrap();
    let scenario = short(folder.path());
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    check(&run(&scenario, &old, &[]), 0, &[]);
    check(&run(&scenario, &new, &["--seed", "2"]), 0, &[]);
    let before = lasting(&old);
    copy(&new, &old.join(".new"));
    fs::write(old.join(".new/episodes.csv"), "damaged").unwrap();
    check(&run(&scenario, &old, &["--seed", "2", "--resume"]), 1, &["replaces nothing", "--overwrite"]);
    let still: BTreeMap<_, _> =
        lasting(&old).into_iter().filter(|(path, _)| !path.starts_with(".new")).collect();
    assert!(still == before, "the old run is whole");
    check(&run(&scenario, &old, &["--seed", "2", "--overwrite"]), 0, &[]);
    assert!(lasting(&old) == lasting(&new));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_or_removed_through_a_link() {
    use std::os::unix::fs::symlink;
    let (folder, run_folder) = copied();
    let outside = folder.path().join("outside");
    fs::create_dir_all(outside.join("9")).unwrap();
    for name in ["a.safetensors", "9/network.safetensors", "conn.log", "f"] {
        fs::write(outside.join(name), "dear").unwrap();
    }
    let before = files(&outside);
    let scenario = short(folder.path());
    let link = |name: &str| {
        let path = run_folder.join(name);
        let kept = folder.path().join("kept");
        if path.exists() {
            fs::rename(&path, &kept).unwrap();
        }
        symlink(&outside, &path).unwrap();
        move || {
            fs::remove_file(&path).unwrap();
            if kept.exists() {
                fs::rename(&kept, &path).unwrap();
            }
        }
    };
    for name in ["models", "models/1", ".new", "units", "figures"] {
        let restore = link(name);
        check(&run(&scenario, &run_folder, &["--overwrite"]), 2, &[name, "is a link"]);
        check(&run(&scenario, &run_folder, &["--resume"]), 2, &[name, "is a link"]);
        assert!(files(&outside) == before, "{name}");
        restore();
    }
    let restore = link("figures");
    check(&mats(&["report", text(&run_folder)]), 1, &["figures is a link"]);
    restore();
    // A temporary file of a name that somebody foresaw.
    symlink(outside.join("f"), run_folder.join("report.html.partial")).unwrap();
    check(&mats(&["report", text(&run_folder)]), 0, &[]);
    let set = folder.path().join("set");
    let generate = || {
        mats(&[
            "generate",
            text(&scenario),
            "--out",
            text(&set),
            "--format",
            "zeek",
            "--overwrite",
            "--quiet",
        ])
    };
    fs::create_dir_all(set.join("episode-0")).unwrap();
    symlink(outside.join("new"), set.join("episode-0/dns.log")).unwrap();
    check(&generate(), 2, &["dns.log is a link"]);
    fs::remove_dir_all(set.join("episode-0")).unwrap();
    symlink(&outside, set.join("episode-0")).unwrap();
    check(&generate(), 2, &["episode-0 is a link"]);
    assert!(files(&outside) == before);
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_and_hold_nobody_up() {
    let (folder, run) = copied();
    let pipe = |path: &Path| {
        let _ = fs::remove_file(path);
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    for name in ["SHA256SUMS", "run.json", "episodes.csv", "learning.csv", "models/1/detector.safetensors"] {
        pipe(&run.join(name));
        for command in [
            &["verify", text(&run)][..],
            &["compare", text(&run), text(&RUN.2)],
            &["report", text(&run)],
            &["replay", text(&run), "--episode", "0", "--follow"],
            &["run", "--repeat", text(&run)],
        ] {
            check(&mats(command), 2, &[]);
        }
        fs::copy(RUN.2.join(name), folder.path().join("whole")).unwrap();
        fs::rename(folder.path().join("whole"), run.join(name)).unwrap();
    }
    check(&mats(&["verify", text(&run)]), 0, &[]);
    for device in ["table:/dev/zero", "network:/dev/zero"] {
        let args = ["replay", text(&run), "--episode", "0", "--follow", "--defender", device];
        check(&mats(&args), 2, &["no regular file"]);
    }
    let set = folder.path().join("set");
    fs::create_dir_all(set.join("episode-0")).unwrap();
    pipe(&set.join("episode-0/conn.log"));
    let scenario = short(folder.path());
    let args =
        ["generate", text(&scenario), "--out", text(&set), "--format", "zeek", "--overwrite", "--quiet"];
    check(&mats(&args), 2, &["conn.log is no regular file"]);
}

#[test]
fn settings_out_of_their_range_are_told_before_anything_starts() {
    let folder = TempDir::new().unwrap();
    let scenario = short(folder.path());
    let out = folder.path().join("run");
    for (setting, says) in [
        ("train.detector.forest.trees=9223372036854775807", "from 1 to 10000"),
        ("train.detector.forest.trees=0", "from 1 to 10000"),
        ("train.detector.isolation_forest.trees=18446744073709551615", "from 1 to 10000"),
        ("train.dqn.replay=1000000000", "from 1 to 4000000"),
        ("train.detector.lstm.smoothing=1e308", "from 0 to 0.99"),
        ("train.detector.lstm.learning_rate=-1", "above 0, at most 1"),
        ("train.detector.lstm.layers=8", "from 0 to 4"),
        ("train.detector.lstm.width=1024", "from 32 to 256"),
        ("train.gather.episodes=1", "from 2 to 100000"),
        ("train.gather.windows=10", "from 1000 to 20000000"),
        ("scenario.scenario={name=\"other\"}", "write a scenario of your own"),
        ("train.detector.window_minutes=1e39", "from 0.1 to 1440"),
        ("train.detector.look.gap=-1", "from 0 to 86400"),
        ("train.detector.false_alarms_per_host_day=-0.5", "from 0 to"),
        ("train.refine.races=18446744073709551615", "from 0 to 16"),
        ("train.refine.errors=-1", "from 0 to 100"),
        ("train.dqn.learning_rate.from=1e18", "above 0, at most 1"),
        ("train.dqn.hidden=[8,0]", "from 1 to 4096"),
        ("train.cuts=[]", "at least 1"),
        ("train.cuts=[0.5,2]", "from 0 to 1"),
        ("train.dqn.target={\"soft\":{\"rate\":0}}", "above 0, at most 1"),
        ("seed=9223372036854775808", "below 2^63"),
        ("train.dqn.learning_starts=3000000", "from 1 to `replay`"),
        ("train.dqn.nstep=3", "did you mean `n_step`?"),
        ("scenario.response.analysts=100000", "at most 1000"),
        ("scenario.response.analystz=1", "analysts"),
        ("scenario.response", "write scenario.NAME=VALUE"),
        ("scenario.extends='other.toml'", "write a scenario of your own"),
    ] {
        let done = mats(&["run", text(&scenario), "--out", text(&out), "--set", setting]);
        check(&done, 2, &[says]);
        assert!(!out.exists(), "{setting}");
    }
    let args = ["run", text(&scenario), text(&scenario), "--set", "train.round=0"];
    check(&mats(&args), 2, &["capital letters aside"]);
}

#[test]
fn every_setting_is_listed_and_the_scenario_is_changed_as_in_experiments() {
    let list = mats(&["settings"]);
    check(&list, 0, &[]);
    for part in ["train.dqn.n_step = 3", "Decisions to look ahead", "range: from 1 to 1000"] {
        assert!(list.stdout.contains(part), "{part}:\n{}", list.stdout);
    }
    assert!(list.stdout.lines().all(|line| line.chars().count() <= 80), "{}", list.stdout);
    let part = mats(&["settings", "train.detector.lstm", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(&part.stdout).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 7);
    check(&mats(&["settings", "no-such"]), 2, &["no setting's name holds"]);

    let folder = TempDir::new().unwrap();
    let scenario = short(folder.path());
    let out = folder.path().join("run");
    check(&run(&scenario, &out, &["--set", "scenario.response.analysts=1"]), 0, &[]);
    let record: serde_json::Value = serde_json::from_slice(&fs::read(out.join("run.json")).unwrap()).unwrap();
    assert_eq!(record["scenario"]["response"]["analysts"], 1);
    assert_eq!(record["changes"], "[response]\nanalysts = 1\n");
    let again = folder.path().join("again");
    check(&mats(&["run", "--repeat", text(&out), "--out", text(&again), "--quiet"]), 0, &[]);
    assert!(lasting(&out) == lasting(&again));
}

#[test]
fn what_run_json_says_is_checked_as_a_file_is() {
    let (_folder, run) = copied();
    unseal(&run);
    let whole = fs::read_to_string(run.join("run.json")).unwrap();
    let change = |pointer: &str, value: serde_json::Value, says: &str| {
        let mut record: serde_json::Value = serde_json::from_str(&whole).unwrap();
        *record.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        fs::write(run.join("run.json"), record.to_string()).unwrap();
        for command in [
            &["replay", text(&run), "--episode", "1", "--follow"][..],
            &["run", "--repeat", text(&run)],
            &["eval", text(&RUN.1), "--from", text(&run), "--eval-episodes", "2"],
        ] {
            check(&mats(command), 2, &[says, "run.json"]);
        }
    };
    change("/scenario/response/analysts", 4_294_967_295_u32.into(), "response.analysts");
    change("/scenario/attacks/0/steps/0/technique", 9999.into(), "technique");
    change("/scenario/hosts", serde_json::json!([]), "hosts");
    change("/settings/train/detector/forest/trees", u64::MAX.into(), "from 1 to 10000");
    change("/settings/train/dqn/replay", 1_000_000_000.into(), "from 1 to 4000000");
}

#[test]
fn mistakes_of_tables_and_experiments_stand_on_lines_of_their_own() {
    let folder = TempDir::new().unwrap();
    let table = folder.path().join("t.toml");
    fs::write(&table, "[[rule]]\nseverty = [\"high\"]\nactions = [\"islate\"]\n[[rule]]\n").unwrap();
    let defender = format!("table:{}", text(&table));
    let replay = |defender: &str| {
        mats(&["replay", text(&RUN.2), "--episode", "1", "--follow", "--defender", defender])
    };
    let told = [
        "t.toml:2:1",
        "did you mean `severity`?",
        "t.toml:3:12",
        "did you mean `isolate_host`?",
        "t.toml:4:1",
    ];
    check(&replay(&defender), 2, &told);
    // As many mistakes as a file can hold are told in few lines.
    fs::write(&table, "[[rule]]\n".repeat(40_000)).unwrap();
    let done = replay(&defender);
    check(&done, 2, &["more problems are not listed"]);
    assert!(done.stderr.len() < 20_000, "{}", done.stderr.len());

    let experiment = folder.path().join("e.toml");
    let refused = |body: &str, parts: &[&str]| {
        let head = "[experiment]\nname = 'e'\nscenarios = ['short.toml']\n";
        fs::write(&experiment, format!("{head}{body}")).unwrap();
        let done = mats(&["run", text(&experiment)]);
        check(&done, 2, parts);
        done
    };
    short(folder.path());
    let both = "[settings]\ntrain.dqn.nstep = 3\n[grid]\n'train.rund' = [1, 2]\n";
    let told = ["e.toml:5:11", "did you mean `n_step`?", "e.toml:7:1", "did you mean `round`?"];
    assert!(refused(both, &told).stderr.lines().count() > 4);
    refused("[grd]\nx = 1\n", &["e.toml:4:2", "did you mean `grid`?"]);
    refused("[[variant]]\nname = 'a'\nsettings = { 'train.round' = 0 }\n", &["e.toml:6", "from 1 to 100000"]);
    let cases = "[[variant]]\nname = 'a'\n[[variant]]\nname = 'A'\n";
    refused(cases, &["capital letters aside"]);
    let deep = format!("a={}\n", "[".repeat(100_000));
    assert!(refused(&deep, &["e.toml"]).stderr.len() < 20_000);
}

#[test]
fn a_message_has_a_length_whatever_it_quotes() {
    let (_folder, run) = copied();
    unseal(&run);
    fs::write(run.join("run.json"), format!("{{\"version\":\"{}\"}}", "a".repeat(5_000_000))).unwrap();
    let done = mats(&["report", text(&run)]);
    check(&done, 2, &["characters left out"]);
    assert!(done.stderr.len() < 10_000, "{}", done.stderr.len());
}

#[cfg(unix)]
#[test]
fn signals_of_batch_systems_end_a_run_as_ctrl_c_does() {
    use std::process::{Command, Stdio};
    let folder = TempDir::new().unwrap();
    let scenario = short(folder.path());
    for signal in ["TERM", "HUP", "INT"] {
        let out = folder.path().join(signal);
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("mats"))
            .args(["run", text(&scenario), "--out", text(&out), "--episodes", "100000"])
            .args(SMALL)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
        // It listens from before it tells anything.
        assert!(lines.any(|line| line.unwrap().contains("fitting the detectors")));
        let number = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &number]).status().unwrap().success());
        let rest: Vec<String> = lines.map(Result::unwrap).collect();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(1), "{signal}: {rest:?}");
        assert!(rest.iter().any(|line| line.contains("interrupted")), "{signal}: {rest:?}");
        assert!(!out.exists(), "{signal}: nothing was finished, so nothing is left");
    }
}
