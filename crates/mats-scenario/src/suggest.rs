//! "Did you mean": the known name nearest to a wrong one.

use std::collections::BTreeSet;

/// Lists up to this long are told whole beside a suggestion; of longer ones the nearest names are.
const SHORT: usize = 14;
/// Number of nearest names told beside a suggestion, where the list is longer.
const NEAR: usize = 4;
/// Names listed at most where none is near.
const MAX_LISTED: usize = 60;

/// A name as it is quoted in a message; long ones are cut.
pub fn quote(name: &str) -> String {
    match name.char_indices().nth(60) {
        Some((at, _)) => format!("`{}…`", &name[..at]),
        None => format!("`{name}`"),
    }
}

/// The known names that are near, the nearest first.
fn near<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if wrong.len() > 200 {
        return Vec::new();
    }
    let lower = wrong.to_lowercase();
    let scored = known.into_iter().map(|k| (strsim::jaro_winkler(&lower, &k.to_lowercase()), k));
    let mut near: Vec<(f64, &str)> = scored.filter(|&(score, _)| score > 0.8).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().map(|(_, k)| k).collect()
}

/// The nearest known name, if one is near.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(wrong, known).first().copied()
}

/// The names of a file that another one extends.
#[derive(Debug)]
pub struct Inherited {
    /// The file, without its folder.
    pub file: String,
    /// The position of its first byte: what stands before is of a file that extends it.
    pub base: usize,
    /// Names of entries, each with the path of its table.
    pub names: BTreeSet<(String, String)>,
}

/// Finds the inherited entry that one which is not complete seems to mean.
pub fn meant(all: &[Inherited], place: usize, path: &str, name: &str) -> Option<String> {
    all.iter().filter(|file| place < file.base).find_map(|Inherited { file, names, .. }| {
        let known = names.iter().filter(|(table, _)| table == path).map(|(_, name)| name.as_str());
        match nearest(name, known)? {
            // It would have been merged, if what it stands in were.
            same if same == name => {
                Some(format!("{} stands elsewhere in {file}: is the name above it right?", quote(name)))
            }
            other => Some(format!("did you mean {} of {file}?", quote(other))),
        }
    })
}

/// Suggests what would have been right instead of a wrong name.
pub fn instead<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let near = near(wrong, known.clone());
    let total = known.clone().into_iter().count();
    let list = |names: &[&str]| names.iter().map(|n| quote(n)).collect::<Vec<_>>().join(", ");
    let suggestion = near.first().map_or(String::new(), |first| format!("did you mean {}?", quote(first)));
    if total == 0 {
        return "there are none".to_owned();
    }
    if total > SHORT && !near.is_empty() {
        let others = &near[1..near.len().min(1 + NEAR)];
        return if others.is_empty() { suggestion } else { format!("{suggestion} or {}?", list(others)) };
    }
    let listed: Vec<&str> = known.into_iter().take(MAX_LISTED).collect();
    let more =
        if total > listed.len() { format!(" and {} more", total - listed.len()) } else { String::new() };
    format!("{suggestion} known: {}{more}", list(&listed)).trim_start().to_owned()
}
