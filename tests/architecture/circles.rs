//! No two files of a crate import each other, directly or around a corner.

use crate::support::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Files that import each other and may, by crate, each with the reason. Exactly those there are.
const EXCEPTIONS: &[(&str, &[&str], &str)] = &[(
    "mats-sim",
    &["emit", "emit::records"],
    "one type, `Emitter`, whose records fill a file of their own",
)];

/// The files of a crate by module path, such as `rows::csv`, each with its production code.
fn modules(source: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![source.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("folders of sources are readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let inner = path.strip_prefix(source).expect("it lies there").with_extension("");
                let mut parts: Vec<String> =
                    inner.iter().map(|part| part.to_string_lossy().into_owned()).collect();
                if parts.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
                    parts.pop();
                }
                let text = fs::read_to_string(&path).expect("sources are text");
                let production = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
                found.insert(parts.join("::"), production.to_owned());
            }
        }
    }
    found
}

/// Every path that the `use` lines of a text name, with braces taken apart.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("use ") {
        let begins = rest[..at].rsplit('\n').next().unwrap_or_default();
        let statement = rest[at + 4..].split(';').next().unwrap_or_default();
        rest = &rest[at + 4..];
        if begins.trim().is_empty() || begins.trim_start().starts_with("pub") {
            let flat: String = statement.split_whitespace().collect::<Vec<_>>().join(" ");
            expand("", &flat, &mut found);
        }
    }
    found
}

/// Takes braces apart: `a::{b, c::{d}}` is `a::b` and `a::c::d`.
fn expand(prefix: &str, tree: &str, found: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, inside)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        found.push(format!("{prefix}{path}"));
        return;
    };
    let (mut depth, mut start) = (0, 0);
    let inside = inside.strip_suffix('}').unwrap_or(inside);
    let prefix = format!("{prefix}{head}");
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, &inside[start..at], found);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !inside[start..].trim().is_empty() {
        expand(&prefix, &inside[start..], found);
    }
}

/// The file that a path leads to from a module; `None` if it leads out of the crate.
fn target(module: &str, path: &str, all: &BTreeMap<String, String>) -> Option<String> {
    let mut place: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
    let mut parts = path.split("::").peekable();
    match parts.peek() {
        Some(&"crate") => {
            place.clear();
            parts.next();
        }
        Some(&"self") => {
            parts.next();
        }
        Some(&"super") => {
            while parts.next_if(|part| *part == "super").is_some() {
                place.pop();
            }
        }
        // A child of this module, or another crate.
        Some(first) => {
            let child = place.iter().chain([first]).copied().collect::<Vec<_>>().join("::");
            if !all.contains_key(&child) {
                return None;
            }
        }
        None => return None,
    }
    let mut best = place.join("::");
    for part in parts {
        place.push(part);
        let deeper = place.join("::");
        if !all.contains_key(&deeper) {
            break;
        }
        best = deeper;
    }
    Some(best)
}

/// Maps which file of a crate imports which. What a parent only declares or passes on (`mod`, `pub use`) is no import
/// by it, and a name that it passes on comes from the file that holds it.
fn graph(all: &BTreeMap<String, String>) -> BTreeMap<&str, BTreeSet<String>> {
    let mut passed_on: BTreeMap<(String, String), String> = BTreeMap::new();
    let is_pass = |text: &str| text.starts_with("pub");
    for (module, text) in all {
        for statement in text.split(';') {
            let statement = statement.trim();
            let last = statement.rfind("\npub").map_or(statement, |at| &statement[at + 1..]);
            if !is_pass(last) || !last.contains("use ") {
                continue;
            }
            let body = last.split_once("use ").map_or("", |(_, body)| body);
            let mut paths = Vec::new();
            expand("", &body.split_whitespace().collect::<Vec<_>>().join(" "), &mut paths);
            for path in paths {
                if let (Some(to), Some(name)) = (target(module, &path, all), path.rsplit("::").next()) {
                    passed_on.insert((module.clone(), name.to_owned()), to);
                }
            }
        }
    }
    let mut graph: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (module, text) in all {
        let edges = graph.entry(module).or_default();
        for path in imports(text) {
            let Some(mut to) = target(module, &path, all) else { continue };
            let name = path.rsplit("::").next().unwrap_or_default().to_owned();
            while let Some(next) = passed_on.get(&(to.clone(), name.clone())).filter(|next| **next != to) {
                to.clone_from(next);
            }
            let passes = passed_on.get(&(module.clone(), name)).is_some_and(|held| *held == to);
            if to != *module && !passes {
                edges.insert(to);
            }
        }
    }
    graph
}

/// Groups of files of which each is reached from each other, by name of the crate.
fn circles(all: &BTreeMap<String, String>) -> Vec<Vec<String>> {
    let graph = graph(all);
    let reached = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = vec![from];
        while let Some(module) = open.pop() {
            for next in graph.get(module).into_iter().flatten() {
                if seen.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|&module| (module, reached(module))).collect();
    let mut groups = BTreeSet::new();
    for (module, seen) in &reach {
        if seen.contains(module) {
            let group = seen.iter().filter(|other| reach[**other].contains(module));
            groups
                .insert(group.map(|&m| if m.is_empty() { "lib" } else { m }.to_owned()).collect::<Vec<_>>());
        }
    }
    groups.into_iter().collect()
}

#[test]
fn no_files_import_each_other_but_those_named_here() {
    let mut found = Vec::new();
    let mut crates: Vec<_> = fs::read_dir(root().join("crates")).expect("crates").flatten().collect();
    crates.sort_by_key(fs::DirEntry::file_name);
    for entry in crates {
        for group in circles(&modules(&entry.path().join("src"))) {
            found.push((entry.file_name().to_string_lossy().into_owned(), group));
        }
    }
    let excused: Vec<(String, Vec<String>)> = EXCEPTIONS
        .iter()
        .map(|(name, files, reason)| {
            assert!(!reason.is_empty());
            ((*name).to_owned(), files.iter().map(|&file| file.to_owned()).collect())
        })
        .collect();
    assert_eq!(found, excused, "circles that there are, and those that the table excuses");
}

#[test]
fn circles_are_seen_through_braces_and_names_that_are_passed_on() {
    let check = |files: &[(&str, &str)], expected: &[&str]| {
        let all = files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect();
        assert_eq!(circles(&all).concat(), expected, "{files:?}");
    };
    check(&[("", "mod a;\nmod b;"), ("a", "use crate::b::B;"), ("b", "use super::{c, a::A};")], &["a", "b"]);
    check(
        &[("", "mod a;\nmod b;\npub use b::B;"), ("a", "use crate::B;"), ("b", "use crate::a::A;")],
        &["a", "b"],
    );
    check(&[("", "mod a;\nmod b;\npub use a::A;"), ("a", "use std::fs;"), ("b", "use crate::A;")], &[]);
    check(&[("a", "mod b;\nuse b::B;\npub struct A;"), ("a::b", "use super::A;")], &["a", "a::b"]);
}
