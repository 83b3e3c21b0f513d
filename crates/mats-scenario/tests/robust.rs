//! Whatever a file holds, reading it ends quickly, without panic, and with a message that is safe to print.

use mats_scenario::{load, parse, starter};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

const RANSOMWARE: &str = include_str!("../../../scenarios/ransomware.toml");
const TUTORIAL: &str = include_str!("../../../scenarios/tutorial.toml");

fn written(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path
}

fn complaint(path: &Path) -> String {
    let text = load(path).expect_err("this must not load").to_string();
    assert!(printable(&text), "{text:?}");
    text
}

/// No character that could move a cursor, colour a terminal or reorder text.
fn printable(text: &str) -> bool {
    text.chars().all(|c| {
        c == '\n' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    })
}

#[test]
fn ten_megabytes_of_junk_are_refused_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let text = complaint(&written(folder.path(), "junk.toml", vec![b'x'; 10 << 20]));
    assert!(text.contains("larger than 1 MiB"), "{text}");
    assert!(text.len() < 500);
    // Just small enough to be read, in shapes that invite quadratic work.
    for junk in
        ["[", "[[a]]\n", "a.", "= ", "\"", "{", "a = [[", "x", "#\n", "[[host]]\nname='a'\n", "\u{7f}"]
    {
        let text = complaint(&written(folder.path(), "junk.toml", junk.repeat((1 << 20) / junk.len())));
        assert!(text.len() < 200_000, "{} bytes for {junk:?}", text.len());
    }
}

#[test]
fn bytes_that_are_not_text() {
    let folder = tempfile::tempdir().unwrap();
    let text = complaint(&written(folder.path(), "latin.toml", b"[scenario]\nname = \"caf\xe9\"\n"));
    assert!(text.contains("not UTF-8: byte 0xe9") && text.contains("latin.toml:2:12"), "{text}");
    assert!(complaint(&folder.path().join("absent.toml")).contains("cannot be read"));
    assert!(complaint(folder.path()).contains("cannot be read"));
}

#[test]
fn what_a_file_says_cannot_reach_the_terminal() {
    let nasty = "[scenario]\nname = \"\u{1b}[2J\u{202e}evil\u{7}\"\n\"\\u001b]0;title\\u0007\" = 1\n";
    let text = parse(nasty, "\u{1b}[31mred.toml").unwrap_err().to_string();
    assert!(printable(&text), "{text:?}");
    assert!(text.contains("\\u{1b}"), "{text}");
    let long = format!("[scenario]\nname = {}\"{}\"\n", " ".repeat(5000), "y".repeat(50_000));
    assert!(parse(&long, "long.toml").unwrap_err().to_string().len() < 4_000);
}

#[test]
fn files_that_extend_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let base = written(folder.path(), "base.toml", starter());
    let child = "extends = \"base.toml\"\n[scenario]\nname = \"child\"\n[[host]]\nname = \"office\"\ncount = 9\n\
                 [[host]]\nname = \"more\"\nsubnet = \"servers\"\nrole = \"mail-server\"\n\
                 [[attack]]\nname = \"phish-and-steal\"\n[[attack.step]]\nid = \"mail\"\nretries = 1\n";
    let child = load(&written(folder.path(), "child.toml", child)).unwrap_or_else(|e| panic!("{e}"));
    let base = load(&base).unwrap();
    assert_eq!((base.hosts.len(), child.hosts.len()), (6, 12));
    assert_eq!((child.name.as_str(), child.horizon), ("child", base.horizon));
    assert_eq!(child.attacks[0].steps.len(), base.attacks[0].steps.len());
    assert_eq!((base.attacks[0].steps[0].retries, child.attacks[0].steps[0].retries), (5, 1));

    let clear = "extends = \"base.toml\"\nattack = []\n[campaigns]\ncount = [1.0]\n";
    assert!(load(&written(folder.path(), "clear.toml", clear)).unwrap().attacks.is_empty());

    // A mistake made in the base is told with the base's name and line.
    let spoilt = starter().replacen("\"file-server\"", "\"fileserver\"", 1);
    written(folder.path(), "spoilt.toml", spoilt);
    let text = complaint(&written(folder.path(), "heir.toml", "extends = \"spoilt.toml\"\n"));
    assert!(text.contains("spoilt.toml:") && text.contains("did you mean `file-server`?"), "{text}");

    written(folder.path(), "a.toml", "extends = \"b.toml\"\n");
    let text = complaint(&written(folder.path(), "b.toml", "extends = \"a.toml\"\n"));
    assert!(text.contains("circle"), "{text}");
    let text = complaint(&written(folder.path(), "lost.toml", "extends = \"nowhere.toml\"\n"));
    assert!(text.contains("does not exist") && text.contains("lost.toml:1:11"), "{text}");
    let text = complaint(&written(folder.path(), "sly.toml", "extends = \"/etc/passwd\"\n"));
    assert!(text.contains("must name a .toml file"), "{text}");
    assert!(parse("extends = \"base.toml\"\n", "text").unwrap_err().to_string().contains("needs a file"));
}

/// Pieces that are apt to confuse a reader.
const PIECES: &[&str] = &[
    "[[host]]\n",
    "[attack]\n",
    "[[attack.step]]\n",
    "= ",
    "\"",
    "'''",
    "[",
    "]",
    "{",
    "}",
    "nan",
    "-1",
    "1e400",
    "0x7fffffffffffffff",
    "-9223372036854775808",
    "1979-05-27",
    "true",
    "\u{0}",
    "\u{1b}[31m",
    "\u{202e}",
    "é",
    "\r\n",
    "after = [\"encrypt\"]\n",
    "count = 20000\n",
    "repeat = [0, 0]\n",
    "extends = \"x\"\n",
    "name = \"office\"\n",
    "[scenario]\nname = \"x\"\nhorizon_hours = 1\n",
    "target = { roles = [] }\n",
    "\\u0000",
    ",",
    "subnet = 3\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_scenarios_never_panic(
        big in any::<bool>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..40, 0..PIECES.len(), 0u8..4), 1..6),
    ) {
        let mut text: Vec<char> = (if big { RANSOMWARE } else { TUTORIAL }).chars().collect();
        for (place, length, piece, what) in edits {
            let from = place.index(text.len().max(1)).min(text.len());
            let to = (from + length).min(text.len());
            let new: Vec<char> = match what {
                0 => Vec::new(),                                    // cut
                1 => PIECES[piece].chars().collect(),               // replace
                2 => text[from..to].repeat(2),                      // repeat
                _ => PIECES[piece].chars().chain(text[from..to].to_vec()).collect(), // insert
            };
            text.splice(from..to, new);
        }
        let text: String = text.into_iter().collect();
        if let Err(told) = parse(&text, "mutated.toml") {
            prop_assert!(!told.as_slice().is_empty());
            let told = told.to_string();
            prop_assert!(printable(&told), "{told:?}");
        }
    }

    #[test]
    fn any_text_never_panics(text in "(?s).{0,300}") {
        prop_assert!(parse(&text, "any.toml").is_err());
    }

    #[test]
    fn shuffled_lines_never_panic(order in Just(TUTORIAL.lines().collect::<Vec<_>>()).prop_shuffle(), keep in 0usize..200) {
        let text = order[..keep.min(order.len())].join("\n");
        let _ = parse(&text, "shuffled.toml").map_err(|e| e.to_string());
    }
}
