//! The corpus of the fuzz targets, read as they read it.

#[path = "../../../../fuzz/checks.rs"]
mod checks;

use mats_data::rows::RowOptions;
use std::fs;
use std::path::PathBuf;

/// Checks what must hold for any bytes.
pub fn check(bytes: &[u8], options: &RowOptions) {
    checks::rows(bytes, options);
}

#[test]
fn every_input_of_the_corpus_keeps_its_promises() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for target in &checks::TARGETS {
        let mut inputs = 0;
        for entry in fs::read_dir(folder.join(target.name)).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            assert!(bytes.len() <= 2048, "{} holds small inputs", target.name);
            for other in &checks::TARGETS {
                checks::run(other.name, &bytes);
            }
            inputs += 1;
        }
        assert!((5..=30).contains(&inputs), "{inputs} inputs of {}", target.name);
    }
}
