//! Each crate exists to *not know* something. This holds it.

mod circles;

use crate::support::root;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::collections::BTreeMap;
use std::fs;

/// Crates that each crate may use, production code only. `mats-gym` uses `mats-respond` because the game's
/// mask is what the guardrails permit.
const USES: [(&str, &[&str]); 16] = [
    ("mats-core", &[]),
    ("mats-scenario", &["mats-core"]),
    ("mats-sim", &["mats-core", "mats-scenario"]),
    ("mats-data", &["mats-core"]),
    ("mats-models", &["mats-core"]),
    ("mats-tabular", &["mats-core", "mats-data", "mats-models", "mats-results"]),
    ("mats-detect", &["mats-core", "mats-models"]),
    ("mats-respond", &["mats-core"]),
    ("mats-rl", &[]),
    ("mats-gym", &["mats-core", "mats-detect", "mats-respond", "mats-rl", "mats-scenario", "mats-sim"]),
    ("mats-results", &["mats-core", "mats-scenario"]),
    ("mats-learn", &["mats-core", "mats-detect", "mats-respond", "mats-rl"]),
    (
        "mats-lab",
        &[
            "mats-core",
            "mats-data",
            "mats-detect",
            "mats-gym",
            "mats-learn",
            "mats-models",
            "mats-respond",
            "mats-results",
            "mats-rl",
            "mats-scenario",
            "mats-sim",
        ],
    ),
    ("mats-report", &["mats-core", "mats-respond", "mats-results", "mats-scenario"]),
    (
        "mats-cli",
        &[
            "mats-core",
            "mats-data",
            "mats-lab",
            "mats-report",
            "mats-results",
            "mats-scenario",
            "mats-tabular",
        ],
    ),
    (
        "mats",
        &[
            "mats-core",
            "mats-data",
            "mats-detect",
            "mats-gym",
            "mats-lab",
            "mats-learn",
            "mats-models",
            "mats-respond",
            "mats-results",
            "mats-rl",
            "mats-scenario",
            "mats-sim",
            "mats-tabular",
        ],
    ),
];

fn packages() -> Vec<Package> {
    let manifest = root().join("Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .expect("cargo knows the workspace")
        .packages
}

/// The other crates of the workspace that a crate's own code, or its build script, uses.
fn uses(package: &Package) -> Vec<String> {
    let production = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
    let mut names: Vec<String> =
        production.map(|d| d.name.clone()).filter(|n| n.starts_with("mats-")).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn crates_use_what_the_table_says_and_nothing_else() {
    let found: BTreeMap<String, Vec<String>> =
        packages().iter().map(|p| (p.name.to_string(), uses(p))).collect();
    let table: BTreeMap<String, Vec<String>> = USES
        .iter()
        .map(|(name, uses)| ((*name).to_owned(), uses.iter().map(|&u| u.to_owned()).collect()))
        .collect();
    assert_eq!(found, table, "the dependency table and the crates' Cargo.toml differ");
}

#[test]
fn no_crate_opens_a_side_door_through_a_dependency_under_another_name() {
    for package in packages() {
        for dependency in &package.dependencies {
            assert!(
                dependency.rename.is_none()
                    && (dependency.path.is_none() || dependency.name.starts_with("mats-")),
                "{} uses {} by another name or from a folder of its own",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn folders_are_named_as_their_crates() {
    for package in packages() {
        let folder = package.manifest_path.parent().and_then(|p| p.file_name());
        assert_eq!(folder, Some(package.name.as_str()));
    }
}

#[test]
fn all_crates_share_the_lints_of_the_workspace() {
    let section = |text: &str, name: &str| -> Vec<String> {
        let after = text.lines().skip_while(|l| l.trim() != format!("[{name}]")).skip(1);
        let lines = after.take_while(|l| !l.trim_start().starts_with('['));
        lines.map(|l| l.replace(' ', "")).collect()
    };
    for package in packages() {
        let manifest = fs::read_to_string(&package.manifest_path).expect("cargo read it too");
        let lints = section(&manifest, "lints");
        assert!(lints.contains(&"workspace=true".to_owned()), "{} has lints of its own", package.name);
    }
    let shared = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace has a manifest");
    let (rust, clippy) =
        (section(&shared, "workspace.lints.rust"), section(&shared, "workspace.lints.clippy"));
    assert!(rust.contains(&"unsafe_code=\"forbid\"".to_owned()), "{rust:?}");
    assert!(rust.iter().any(|l| l.starts_with("missing_docs=")), "{rust:?}");
    assert!(clippy.iter().any(|l| l.starts_with("pedantic={level=\"warn\"")), "{clippy:?}");
}
