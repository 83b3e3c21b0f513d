//! Uses of the episodes that are held out: they prove something once.

use crate::defender::DefenderSpec;
use mats_core::files::{MAX_TEXT, read_regular_text};
use mats_core::text::printable;
use serde_json::Value;
use std::path::Path;

/// Counts the runs beside a folder that played held-out episodes with a table or a network given by hand.
pub fn earlier_uses(folder: &Path) -> usize {
    let others = std::fs::read_dir(around(folder)).into_iter().flatten().flatten().map(|entry| entry.path());
    others.filter(|other| other.file_name() != folder.file_name() && is_use(other)).count()
}

/// Notes that what is given by hand plays on held-out episodes again; `None` where it does not.
pub fn note(folder: &Path, held_out: bool, defenders: &[DefenderSpec]) -> Option<String> {
    if !held_out || !defenders.iter().any(|defender| is_by_hand(defender.name())) {
        return None;
    }
    let uses = earlier_uses(folder) + 1;
    let place = around(folder).display().to_string();
    (uses > 1).then(|| {
        format!(
            "held-out seeds used {uses} times in {}, this time included, with a table or a network given by hand: what was changed \
             after a look at their figures is tuned on them; a final claim needs episodes that were not looked at (--eval-seed)",
            printable(&place)
        )
    })
}

/// The folder in which a folder stands.
fn around(folder: &Path) -> &Path {
    folder.parent().filter(|place| !place.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn is_by_hand(name: &str) -> bool {
    name.starts_with("table:") || name.starts_with("network:")
}

fn is_use(folder: &Path) -> bool {
    let Ok(text) = read_regular_text(&folder.join("run.json"), MAX_TEXT) else { return false };
    let Ok(record) = serde_json::from_str::<Value>(&text) else { return false };
    let settings = &record["settings"];
    let by_hand = |defender: &Value| defender["name"].as_str().is_some_and(is_by_hand);
    let defenders = settings["defenders"].as_array();
    settings["held_out"] == Value::Bool(true) && defenders.is_some_and(|all| all.iter().any(by_hand))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_respond::PolicyTable;

    #[test]
    fn what_is_given_by_hand_is_noted_from_the_second_time_on() {
        let dir = tempfile::tempdir().unwrap();
        let table = dir.path().join("my.toml");
        std::fs::write(&table, PolicyTable::scan_kill().to_toml()).unwrap();
        let by_hand = DefenderSpec::parse_all([format!("table:{}", table.display())]).unwrap();
        let shipped = DefenderSpec::usual();
        let write = |name: &str, held_out: bool, defenders: &[DefenderSpec]| {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
            let record = serde_json::json!({ "settings": { "held_out": held_out, "defenders": defenders } });
            std::fs::write(dir.path().join(name).join("run.json"), record.to_string()).unwrap();
        };
        let next = dir.path().join("next");
        write("usual", false, &by_hand);
        write("shipped", true, &shipped);
        assert_eq!(note(&next, true, &by_hand), None, "the first time");
        write("first", true, &by_hand);
        let said = note(&next, true, &by_hand).unwrap();
        assert!(said.contains("held-out seeds used 2 times in"), "{said}");
        assert_eq!((note(&next, false, &by_hand), note(&next, true, &shipped)), (None, None));
        assert_eq!(
            note(&dir.path().join("first"), true, &by_hand),
            None,
            "once more in the same place is no other use"
        );
    }
}
