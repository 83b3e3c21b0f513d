//! Whatever a file holds, reading it ends quickly, without panic, and with a message that is safe to print.

use mats_scenario::{load, parse, show, starter};
use proptest::prelude::*;
use std::fs;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

const TUTORIAL: &str = include_str!("../../../../scenarios/tutorial.toml");

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

/// Tells whether a text has no character that could move a cursor, colour a terminal or reorder text.
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
    let text = complaint(folder.path());
    assert!(text.contains("is a folder") && text.contains("mats scenario list"), "{text}");
    #[cfg(unix)]
    assert!(complaint(Path::new("/dev/zero")).contains("is a pipe or a device"));
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
                 [[attack]]\nname = \"phish-and-steal\"\nstep = [{ id = \"mail\", retries = 1 }]\n";
    let child = load(&written(folder.path(), "child.toml", child)).unwrap_or_else(|e| panic!("{e}"));
    let base = load(&base).unwrap();
    assert_eq!((base.hosts.len(), child.hosts.len()), (6, 12));
    assert_eq!((child.name.as_str(), child.horizon), ("child", base.horizon));
    assert_eq!(child.attacks[0].steps.len(), base.attacks[0].steps.len());
    assert_eq!((base.attacks[0].steps[0].retries, child.attacks[0].steps[0].retries), (5, 1));

    // Links with the same `from` and `to` are merged, also where these are arrays.
    let back = |base: &str, service: &str| {
        format!(
            "extends = \"{base}\"\n[[link]]\nfrom = \"servers\"\nto = [\"office\", \"servers\"]\nservices = [\"{service}\"]\n"
        )
    };
    let reach = |name, text: String| load(&written(folder.path(), name, text)).unwrap().reach;
    let (ssh, ntp) =
        (reach("ssh.toml", back("base.toml", "ssh")), reach("ntp.toml", back("base.toml", "ntp")));
    assert_ne!(ssh, ntp);
    assert_eq!(reach("ntp-not-ssh.toml", back("ssh.toml", "ntp")), ntp);

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
    fs::write(folder.path().join("latin.toml"), b"name = \"caf\xe9\"\n").unwrap();
    let text = complaint(&written(folder.path(), "on-latin.toml", "extends = \"latin.toml\"\nwether = 1\n"));
    assert!(text.contains("is no scenario: not UTF-8") && text.contains("on-latin.toml:1:11"), "{text}");
    assert!(text.contains("unknown key `wether`"), "{text}");
    assert!(parse("extends = \"base.toml\"\n", "text").unwrap_err().to_string().contains("needs a file"));
}

#[test]
fn what_a_file_says_means_nothing_in_a_drawing() {
    let title = r#"- <script>alert(1)</script> `code` [l](javascript:x) | "quoted" #{}"#;
    let text = starter().replacen("\"What a row in a table says\"", &format!("'{title}'"), 1).replacen(
        "\"What it teaches, in a sentence or two.\"",
        "'''\n```mermaid\n</div>\n'''",
        1,
    );
    let drawn = show(&parse(&text, "my.toml").unwrap_or_else(|e| panic!("{e}")));
    assert!(printable(&drawn));
    assert!(!drawn.contains("<script") && !drawn.contains("</div>") && !drawn.contains("[l]("), "{drawn}");
    assert_eq!(drawn.matches("\n```mermaid").count(), 2, "the network and the attack:\n{drawn}");
    assert!(drawn.contains("\n\\- &lt;script&gt;alert(1)"), "{drawn}");
}

/// Random numbers that are the same everywhere (`SplitMix64`).
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Below `n`; 0 if that is 0.
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
    /// Somewhere in a text, and an end not far from it.
    fn range(&mut self, length: usize, most: usize) -> Range<usize> {
        let from = self.below(length + 1);
        from..(from + self.below(most)).min(length)
    }
}

/// Pieces that are apt to confuse a reader.
const PIECES: &[&str] = &[
    "[[host]]\n",
    "[attack]\n",
    "[[attack.step]]\n",
    "[response.actions]\n",
    "= ",
    "\"",
    "\"\"\"",
    "'''",
    "[",
    "]",
    "{",
    "}",
    "#",
    ",",
    ".",
    "true",
    "1979-05-27",
    "\u{0}",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{feff}",
    "é",
    "𝄞",
    "\r",
    "\r\n",
    "\\u0000",
    "\\ud800",
    "after = [\"encrypt\"]\n",
    "after = [\"mail\"]\n",
    "count = 20000\n",
    "repeat = [0, 0]\n",
    "repeat = [1, 10000]\n",
    "name = \"office\"\n",
    "[scenario]\nname = \"x\"\nhorizon_hours = 1\n",
    "target = { roles = [] }\n",
    "subnet = 3\n",
    "shift = [\"23:59\", \"00:00\"]\n",
    "extends = \"x\"\n",
    "extends = \"mutated.toml\"\n",
    "extends = \"tutorial.toml\"\n",
    "extends = \"quiet-day.toml\"\n",
    "extends = \"worlds/office.toml\"\n",
    "from = [\"office\", \"servers\"]",
    "to = [\"office\", \"internet\"], ",
    "  { name = \"office\" },\n",
    "\n]\n",
    "extends = \"../../../../dev/zero.toml\"\n",
    "step = []\n",
    "attack = []\n",
    "[benign.rates]\npatches = 1e9\n",
];

/// Numbers at and beyond the edges.
const NUMBERS: &[&str] = &[
    "nan",
    "-nan",
    "inf",
    "-inf",
    "0",
    "-0",
    "-0.0",
    "-1",
    "1e400",
    "-1e400",
    "1e-400",
    "1e9",
    "1000000001",
    "20000",
    "20001",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "0x7fffffffffffffff",
    "0o777",
    "0b1",
    "1_000",
    "07",
    "5e-324",
    "1.7976931348623157e308",
    "0.30000000000000004",
    "99999999999999999999999999999999999999999999",
];

/// Returns the parts that have a meaning together: words, numbers, texts in quotes, single signs.
fn tokens(text: &[u8]) -> Vec<Range<usize>> {
    let word =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'"' | b':') || b >= 0x80;
    let mut all = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let length = text[at..].iter().take_while(|&&b| word(b)).count().max(1);
        if !text[at].is_ascii_whitespace() {
            all.push(at..at + length);
        }
        at += length;
    }
    all
}

fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect()
}

/// One mutation of a text; `others` lend lines.
fn mutate(text: &mut Vec<u8>, others: &[Vec<u8>], rng: &mut Rng) {
    let length = text.len();
    match rng.below(20) {
        0 => {
            let at = rng.below(length);
            text.iter_mut().skip(at).take(1).for_each(|b| *b ^= 1 << rng.below(8));
        }
        1 => {
            let at = rng.below(length);
            text.iter_mut().skip(at).take(1).for_each(|b| *b = rng.next() as u8);
        }
        2 => drop(text.drain(rng.range(length, 40))),
        3 => drop(text.drain(rng.range(length, 1000))),
        4 => text.truncate(rng.below(length + 1)),
        // Only quotes and brackets go.
        5 => {
            let signs: Vec<usize> = (0..length).filter(|&i| b"\"[]{}=,\n".contains(&text[i])).collect();
            rng.of(&signs).map(|&i| text.remove(i));
        }
        6..=8 => {
            let all = tokens(text);
            let (Some(a), Some(b)) = (rng.of(&all).cloned(), rng.of(&all).cloned()) else { return };
            let (a, b) = if a.start <= b.start { (a, b) } else { (b, a) };
            if a.end <= b.start {
                let (first, second) = (text[a.clone()].to_vec(), text[b.clone()].to_vec());
                text.splice(b, first);
                text.splice(a, second);
            }
        }
        9 | 10 => {
            let all = tokens(text);
            let numbers: Vec<_> = all.into_iter().filter(|t| text[t.start].is_ascii_digit()).collect();
            if let (Some(place), Some(number)) = (rng.of(&numbers), rng.of(NUMBERS)) {
                text.splice(place.clone(), number.bytes());
            }
        }
        // A text in quotes becomes another one: names that are known, in places where they are wrong.
        11 | 12 => {
            let quoted: Vec<_> = tokens(text).into_iter().filter(|t| text[t.start] == b'"').collect();
            if let (Some(a), Some(b)) = (rng.of(&quoted), rng.of(&quoted)) {
                let new = text[b.clone()].to_vec();
                text.splice(a.clone(), new);
            }
        }
        13 | 14 => {
            let place = rng.range(length, 12);
            if let Some(piece) = rng.of(PIECES) {
                text.splice(place, piece.bytes());
            }
        }
        15 => {
            let mut all = lines(text);
            let from = rng.range(all.len(), 30);
            let copy = all[from].to_vec();
            let at = rng.below(all.len() + 1);
            all.splice(at..at, copy);
            *text = all.concat();
        }
        16 => {
            let mut all = lines(text);
            let (a, b) = (rng.below(all.len()), rng.below(all.len()));
            if !all.is_empty() {
                all.swap(a, b);
            }
            *text = all.concat();
        }
        17 => {
            let Some(other) = rng.of(others).map(|o| lines(o)) else { return };
            let mut all = lines(text);
            let place = rng.range(all.len(), 10);
            let from = rng.range(other.len(), 40);
            all.splice(place, other[from].to_vec());
            *text = all.concat();
        }
        // Deep nesting, each in its own way.
        18 => {
            let depth = [3, 20, 79, 80, 81, 300, 5000][rng.below(7)];
            let piece = [
                format!("\nx = {}{}\n", "[".repeat(depth), "]".repeat(depth)),
                format!("\nx = {}1{}\n", "{a=".repeat(depth), "}".repeat(depth)),
                format!("\nx = {}\n", "[{a=".repeat(depth)),
                format!("\n{}a = 1\n", "a.".repeat(depth)),
                format!("\n[{}a]\n", "a.".repeat(depth)),
                format!("\n[[{}a]]\n", "attack.".repeat(depth)),
            ];
            let at = rng.below(length + 1);
            text.splice(at..at, piece[rng.below(6)].bytes());
        }
        _ => {
            let long =
                ["x", " ", "\"", "é", "a = 1 ", "[", "\\", "'", "#"][rng.below(9)].repeat(rng.below(4000));
            let at = rng.below(length + 1);
            text.splice(at..at, long.into_bytes());
        }
    }
}

/// The mutated text of a case: the same on every machine.
fn mutated(case: u64, originals: &[Vec<u8>]) -> Vec<u8> {
    let mut rng = Rng(case);
    let mut text = rng.of(originals).unwrap().clone();
    if rng.below(40) == 0 {
        text.splice(0..0, b"extends = \"mutated.toml\"\n".iter().copied());
    }
    for _ in 0..[1, 1, 1, 2, 3, 8][rng.below(6)] {
        mutate(&mut text, originals, &mut rng);
    }
    text
}

/// Reads a mutated file, or the one that extends it; whether it is still right. What is wrong has a place that exists.
fn read(path: &Path, text: &[u8], asked: &Path) -> bool {
    fs::write(path, text).unwrap();
    match load(asked) {
        Ok(scenario) => {
            let drawn = show(&scenario);
            assert!(printable(&drawn), "{drawn:?}");
            // Numbers that are none are written as null; so is the system of a technique that works on all.
            let numbers = serde_json::to_string(&scenario).unwrap().replace("\"os\":null", "");
            assert!(!numbers.contains("null"), "a number that is none got through");
            true
        }
        Err(told) => {
            let lines: Vec<String> =
                text.split(|&b| b == b'\n').map(|l| String::from_utf8_lossy(l).into_owned()).collect();
            assert!(!told.as_slice().is_empty());
            for one in told.as_slice() {
                let (line, column) = one.place.unwrap_or_else(|| panic!("no place: {}", one.message));
                assert!(!one.message.is_empty() && printable(&one.message), "{:?}", one.message);
                if one.file.ends_with("mutated.toml") {
                    let length = lines.get(line - 1).expect("the line exists").chars().count();
                    assert!(
                        (1..=length + 1).contains(&column),
                        "{line}:{column} of {length}: {}",
                        one.message
                    );
                }
            }
            let text = told.to_string();
            assert!(printable(&text), "{text:?}");
            false
        }
    }
}

/// A thousand cases, some forty of each file that ships; as many as `MATS_MUTATIONS` says, best with `--release`:
/// `MATS_MUTATIONS=100000 cargo test --release -p mats-scenario --test main mutated -- --nocapture`
#[test]
#[expect(clippy::disallowed_methods, reason = "how long reading takes is measured, not used")]
fn mutated_scenarios_never_panic_and_every_mistake_has_a_place() {
    let cases: u64 = std::env::var("MATS_MUTATIONS").map_or(1000, |n| n.parse().expect("a number"));
    let folder = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut originals = vec![starter().as_bytes().to_vec()];
    fs::create_dir(folder.path().join("worlds")).unwrap();
    for part in ["", "worlds"] {
        let entries = fs::read_dir(shipped.join(part)).unwrap();
        let mut paths: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
        paths.sort();
        for path in paths {
            fs::copy(&path, folder.path().join(part).join(path.file_name().unwrap())).unwrap();
            originals.push(fs::read(&path).unwrap());
        }
    }
    // What is wrong with a file is told wherever another one extends it.
    let heir = written(folder.path(), "heir.toml", "extends = \"mutated.toml\"\n");
    let path = folder.path().join("mutated.toml");
    let (mut right, mut slowest) = (0, (Duration::ZERO, 0));
    let mut failed = Vec::new();
    let begun = Instant::now();
    for case in 0..cases {
        let text = mutated(case, &originals);
        let start = Instant::now();
        let asked = if case % 4 == 0 { &heir } else { &path };
        match catch_unwind(AssertUnwindSafe(|| read(&path, &text, asked))) {
            Ok(fine) => right += u64::from(fine),
            Err(_) => failed.push(case),
        }
        slowest = slowest.max((start.elapsed(), case));
    }
    println!(
        "{cases} mutations in {:.1} s, {right} of them still right; slowest {:.0} ms (case {})",
        begun.elapsed().as_secs_f64(),
        slowest.0.as_secs_f64() * 1e3,
        slowest.1
    );
    assert!(
        failed.is_empty(),
        "{} cases failed, such as {:?}",
        failed.len(),
        &failed[..failed.len().min(10)]
    );
    assert!(right > cases / 50, "mutations so wild that hardly any passes the parser teach little");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

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

#[test]
fn where_nobody_attacks_no_attack_is_drawn() {
    let calm = format!("{}\n[campaigns]\ncount = [1.0]\n", starter());
    let drawn = show(&parse(&calm, "calm.toml").unwrap_or_else(|e| panic!("{e}")));
    assert!(drawn.contains(", nobody attacks, ") && !drawn.contains("## Attack"), "{drawn}");
    let drawn = show(&parse(starter(), "starter.toml").unwrap());
    assert!(drawn.contains(", 1 attack, ") && drawn.contains("## Attack"), "{drawn}");
}
