//! Real data beside the repository, `../shared/data`. A module of every test binary that measures on it.

use std::io::Write;
use std::path::{Path, PathBuf};

/// A file or folder of the real data, or `None` where it is absent. That is said past the test harness, which hides what
/// passing tests print.
pub fn shared_data(name: &str) -> Option<PathBuf> {
    // The folder of any crate: two below the repository's.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    let _ =
        writeln!(std::io::stderr(), "SKIPPED: ../shared/data/{name} is absent, so nothing is tried on it");
    None
}
