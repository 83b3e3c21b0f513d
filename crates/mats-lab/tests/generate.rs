//! Data sets: refusals, interrupts, leftovers, and that nothing but truth.csv knows the truth.

use mats_lab::generate::{GenerateError, GenerateSettings, TelemetryFormat, generate};
use mats_lab::progress::{Listener, Progress};
use mats_scenario::Scenario;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn tutorial() -> Scenario {
    mats_scenario::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/tutorial.toml")).unwrap()
}

fn settings(formats: &[TelemetryFormat]) -> GenerateSettings {
    let formats = formats.to_vec();
    GenerateSettings { seed: 1, episodes: 2, hours: Some(2), formats, paired: false, overwrite: true }
}

#[test]
fn a_full_folder_is_refused_and_an_older_set_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    generate(&tutorial(), &settings(&TelemetryFormat::ALL), out, &mut ()).unwrap();
    fs::write(out.join("notes.txt"), "mine").unwrap();
    let careful = GenerateSettings { overwrite: false, ..settings(&[TelemetryFormat::Stix]) };
    let refused = generate(&tutorial(), &careful, out, &mut ());
    assert!(matches!(refused, Err(GenerateError::Exists { .. })), "{refused:?}");
    let fewer = GenerateSettings { episodes: 1, ..settings(&[TelemetryFormat::Stix]) };
    generate(&tutorial(), &fewer, out, &mut ()).unwrap();
    let names = |folder: &Path| {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names(out),
        ["dataset.json", "episode-0", "known_exploited_vulnerabilities.json", "notes.txt"]
    );
    assert_eq!(names(&out.join("episode-0")), ["indicators.stix.json", "signatures.rules", "truth.csv"]);
}

/// Hears a few hours, then asks to stop.
struct Impatient {
    hours: u64,
    stage: u64,
}

impl Listener for Impatient {
    fn on_progress(&mut self, progress: Progress) -> bool {
        match progress {
            Progress::Stage(_, units) => self.stage = units,
            Progress::Advance(hours) => self.hours += hours,
            _ => {}
        }
        self.hours < 2
    }
}

#[test]
fn progress_is_told_by_the_hour_and_an_interrupt_leaves_no_whole_set() {
    let folder = tempfile::tempdir().unwrap();
    let mut listener = Impatient { hours: 0, stage: 0 };
    let settings = GenerateSettings { hours: None, episodes: 3, ..settings(&[TelemetryFormat::Csv]) };
    let stopped = generate(&tutorial(), &settings, folder.path(), &mut listener);
    assert!(matches!(stopped, Err(GenerateError::Interrupted)), "{stopped:?}");
    assert_eq!(listener.stage, 30, "three episodes of ten hours");
    assert!(listener.hours < 10, "{} hours after it was asked to stop", listener.hours);
    assert!(!folder.path().join("dataset.json").exists());
}

#[test]
fn a_paired_set_says_which_episodes_hold_an_attack_and_has_each_of_them_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let paired =
        GenerateSettings { hours: None, episodes: 6, paired: true, ..settings(&[TelemetryFormat::Csv]) };
    let written = generate(&tutorial(), &paired, out, &mut ()).unwrap();
    let about: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap();
    let lines = |file: PathBuf| -> Vec<String> {
        fs::read_to_string(file).unwrap().lines().skip(1).map(str::to_owned).collect()
    };
    let (mut attacked, mut quiet, mut twins) = (0, 0, 0);
    for entry in about["listed"].as_array().unwrap() {
        let name = entry["folder"].as_str().unwrap();
        let truth = lines(out.join(name).join("truth.csv"));
        assert_eq!(entry["attack"], !truth.is_empty(), "{name}");
        assert_eq!(entry["malicious"], truth.len(), "{name}");
        let Some(of) = entry["twin_of"].as_str() else {
            let has_twin = out.join(format!("{name}-benign")).exists();
            assert_eq!(entry["campaigns"].as_u64().unwrap() > 0, has_twin, "{name}");
            attacked += u64::from(!truth.is_empty());
            quiet += u64::from(!has_twin);
            continue;
        };
        twins += 1;
        assert_eq!((name, &entry["campaigns"]), (format!("{of}-benign").as_str(), &serde_json::json!(0)));
        // All that people did, and nothing else.
        let malicious: BTreeSet<String> = lines(out.join(of).join("truth.csv"))
            .iter()
            .map(|row| row.split(',').next().unwrap().to_owned())
            .collect();
        for file in ["flows.csv", "events.csv", "logins.csv", "config.csv"] {
            let without_id = |rows: Vec<String>| -> Vec<String> {
                rows.iter().map(|row| row.split_once(',').unwrap().1.to_owned()).collect()
            };
            let lived: Vec<String> = lines(out.join(of).join(file))
                .into_iter()
                .filter(|row| !malicious.contains(row.split(',').next().unwrap()))
                .collect();
            assert_eq!(without_id(lived), without_id(lines(out.join(name).join(file))), "{name}, {file}");
        }
    }
    assert_eq!((written.attacked, written.twins), (attacked, twins));
    assert!(attacked >= 2 && quiet >= 1, "{attacked} attacked and {quiet} quiet; take another seed");
    // A set without twins takes the place of one with them.
    generate(&tutorial(), &settings(&[TelemetryFormat::Csv]), out, &mut ()).unwrap();
    assert!(!out.join("episode-0-benign").exists() && !out.join("episode-5").exists());
}
