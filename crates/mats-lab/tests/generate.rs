//! Data sets: refusals, interrupts, leftovers, and that nothing but truth.csv knows the truth.

use mats_lab::generate::{GenerateError, GenerateSettings, TelemetryFormat, generate};
use mats_lab::progress::{Listener, Progress};
use mats_scenario::Scenario;
use std::fs;
use std::path::Path;

fn tutorial() -> Scenario {
    mats_scenario::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/tutorial.toml")).unwrap()
}

fn settings(formats: &[TelemetryFormat]) -> GenerateSettings {
    GenerateSettings { seed: 1, episodes: 2, hours: Some(2), formats: formats.to_vec(), overwrite: true }
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
