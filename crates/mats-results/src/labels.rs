//! Names of defenders as people read them: a table or network of one's own is called by its file's stem, not by its whole path.

use crate::{MARK, PRIVILEGED};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Names that mean something by themselves: no file may take them.
const RESERVED: [&str; 13] = [
    "none",
    "random",
    "threshold",
    "playbook",
    "scan-kill",
    "small-table",
    "small-table-here",
    "tuned",
    "dqn",
    "policy",
    "perfect-detector",
    "foresight",
    "oracle",
];

/// A defender's name as tables show it: whoever is told the truth is marked, and a file goes by its stem. Where several
/// stand side by side, ask [`Labels`], which tells files of one stem apart.
pub fn marked(name: &str) -> Cow<'_, str> {
    if PRIVILEGED.contains(&name) {
        return format!("{name}{MARK}").into();
    }
    match file_of(name) {
        Some((kind, file)) => label(kind, file, 0).into(),
        None => name.into(),
    }
}

/// Labels of defenders that stand side by side: each its own.
#[derive(Debug, Clone, Default)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// Labels for these names, some of which may come more than once.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Labels {
        let mut labels: BTreeMap<String, String> =
            names.into_iter().map(|name| (name.to_owned(), marked(name).into_owned())).collect();
        // Whoever shares a label takes one more folder in front of it, until no folder is left.
        let deepest = labels.keys().map(|name| folders(name)).max().unwrap_or(0);
        for depth in 1..=deepest + 1 {
            let mut count = BTreeMap::<String, usize>::new();
            for label in labels.values() {
                *count.entry(label.clone()).or_default() += 1;
            }
            for (name, label_of) in labels.iter_mut().filter(|(_, label)| count[*label] > 1) {
                if let Some((kind, file)) = file_of(name) {
                    *label_of = if depth > folders(name) { name.clone() } else { label(kind, file, depth) };
                }
            }
        }
        Labels(labels)
    }

    /// The label of a name; of one that is not among them, what [`marked`] says.
    pub fn get<'a>(&'a self, name: &'a str) -> Cow<'a, str> {
        self.0.get(name).map_or_else(|| marked(name), |label| label.as_str().into())
    }
}

/// The kind and the file of a defender that was read from one.
fn file_of(name: &str) -> Option<(&str, &str)> {
    name.split_once(':').filter(|(kind, file)| matches!(*kind, "table" | "network") && !file.is_empty())
}

/// The folders in front of a file's name.
fn folders(name: &str) -> usize {
    file_of(name).map_or(0, |(_, file)| parts(file).len().saturating_sub(1))
}

fn parts(file: &str) -> Vec<&str> {
    file.split(['/', '\\']).filter(|part| !part.is_empty()).collect()
}

/// The stem of a file, behind so many of its folders; with its kind where it would be taken for another defender.
fn label(kind: &str, file: &str, depth: usize) -> String {
    let parts = parts(file);
    let (Some(last), from) = (parts.last(), parts.len().saturating_sub(1 + depth)) else {
        return file.to_owned();
    };
    let stem = match last.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => last,
    };
    let named = parts[from..parts.len() - 1].iter().copied().chain([stem]).collect::<Vec<_>>().join("/");
    let taken = RESERVED.contains(&named.as_str()) || named.contains(':') || named.ends_with(MARK);
    if taken { format!("{kind}:{named}") } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_by_their_stem_and_all_others_by_their_name() {
        let shown = [
            ("table:/home/me/tables/first-try.toml", "first-try"),
            ("table:/home/me/tables/scan-kill.toml", "table:scan-kill"),
            ("table:scan-kill.v2.toml", "scan-kill.v2"),
            ("network:models/abc.safetensors", "abc"),
            ("table:.hidden", ".hidden"),
            ("table:runs/1/policy.toml", "table:policy"),
            ("always:isolate_host", "always:isolate_host"),
            ("oracle", "oracle*"),
            ("mine", "mine"),
            ("table:", "table:"),
        ];
        for (name, label) in shown {
            assert_eq!(marked(name), label);
        }
    }

    #[test]
    fn files_of_one_stem_are_told_apart() {
        let names = [
            "table:a/x/t.toml",
            "table:b/x/t.toml",
            "table:t.json",
            "playbook",
            "table:u.toml",
            "network:u.toml",
        ];
        let labels = Labels::of(names);
        let shown: Vec<_> = names.iter().map(|name| labels.get(name).into_owned()).collect();
        assert_eq!(shown, ["a/x/t", "b/x/t", "table:t.json", "playbook", "table:u.toml", "network:u.toml"]);
        let distinct: std::collections::BTreeSet<_> = shown.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }
}
