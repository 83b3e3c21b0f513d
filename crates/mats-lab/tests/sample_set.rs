//! The committed data set is what the code makes: its settings stand in its own `dataset.json`, so a new one needs no
//! change here.

use mats_lab::generate::{GenerateSettings, TelemetryFormat, generate};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct DataSet {
    scenario: String,
    seed: u64,
    episodes: u64,
    hours: Option<u64>,
    paired: bool,
    formats: Vec<TelemetryFormat>,
}

/// All files below a folder but for READMEs, with their bytes.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "README.md") {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn the_committed_set_is_made_anew_byte_for_byte() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let set = root.join("datasets/tutorial-sample");
    let about: DataSet = serde_json::from_slice(&fs::read(set.join("dataset.json")).unwrap()).unwrap();
    let scenario = mats_scenario::load(&root.join(format!("scenarios/{}.toml", about.scenario))).unwrap();
    let settings = GenerateSettings {
        seed: about.seed,
        episodes: about.episodes,
        hours: about.hours,
        paired: about.paired,
        formats: about.formats,
        overwrite: false,
    };
    let out = tempfile::tempdir().unwrap();
    let written = generate(&scenario, &settings, out.path(), &mut ()).unwrap();
    assert!(written.malicious > 0, "a set without an attack shows little; take another seed");
    let (old, new) = (files(&set), files(out.path()));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&old), names(&new));
    for (name, bytes) in &new {
        let how = "datasets/tutorial-sample/README.md has the command that makes the set anew";
        assert!(old[name] == *bytes, "{} differs from what the code makes; {how}", name.display());
    }
    assert!(new.values().map(Vec::len).sum::<usize>() < 4 << 20, "a committed set stays small");
}
