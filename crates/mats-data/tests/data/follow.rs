use mats_data::follow::{Begin, Follow};
use mats_data::rows::{Row, RowOptions, Rows, head};
use std::collections::VecDeque;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

type Act<'a> = Box<dyn FnMut(&Path) + 'a>;

/// Follows a file that holds `first`; whenever there is nothing to read the next act is done, and after the last it ends.
fn follow(first: &str, begin: Begin, acts: Vec<Act<'_>>) -> (String, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, first).unwrap();
    let (stop, mut acts) = (AtomicBool::new(false), VecDeque::from(acts));
    let wait = || acts.pop_front().map(|mut act| act(&path)).is_some();
    let mut reader = Follow::open(&path, begin, &stop, wait).unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    (text, reader.restarts())
}

fn append(text: &str) -> Act<'_> {
    Box::new(move |path| {
        OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    })
}

fn nothing() -> Act<'static> {
    Box::new(|_| {})
}

#[test]
fn lines_are_handed_on_when_they_are_whole() {
    let (text, restarts) =
        follow("a\nb", Begin::Start, vec![nothing(), append("c"), append("d\ne\nf"), nothing()]);
    assert_eq!((text.as_str(), restarts), ("a\nbcd\ne\n", 0));
}

#[test]
fn reading_may_begin_at_the_end() {
    assert_eq!(follow("a\nb\n", Begin::End, vec![append("c\n")]).0, "c\n");
    assert_eq!(follow("a\nb", Begin::End, vec![append("rest"), append(" of b\nc\nd")]).0, "c\n");
    assert_eq!(follow("", Begin::End, vec![append("a\n")]).0, "a\n");
}

#[test]
fn a_table_is_understood_from_its_end_and_through_rotation() {
    let (folder, stop) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
    let path = folder.path().join("log.csv");
    let text = "proto,bytes\ntcp,1\n";
    fs::write(&path, text).unwrap();
    let rotate = Box::new(|path: &Path| {
        fs::rename(path, path.with_extension("1")).unwrap();
        fs::write(path, "bytes,proto\n3,icmp\n").unwrap();
    });
    // The sensor comes to tell more, and goes back to what it was.
    let (more, less) = (append("bytes,vlan,proto\n5,9,gre\n"), append("proto,bytes\nsctp,7\n"));
    let mut acts: VecDeque<Act<'_>> =
        VecDeque::from([append("udp,2\n"), rotate, append("4,\"tcp\"\n"), more, less]);
    let wait = || acts.pop_front().map(|mut act| act(&path)).is_some();
    let options = RowOptions { header_again: true, ..RowOptions::default() };
    let first = head(text.as_bytes(), "log.csv", &options).unwrap();
    let follow = Follow::open(&path, Begin::End, &stop, wait).unwrap().after(first);
    let mut rows = Rows::new(follow, "log.csv", options).unwrap();
    let (mut row, mut seen) = (Row::new(), Vec::new());
    while rows.next(&mut row).unwrap() {
        let [proto, bytes] =
            ["proto", "bytes"].map(|name| row.text(rows.column(name).unwrap()).unwrap_or("-"));
        seen.push(format!("{proto} {bytes}"));
    }
    assert_eq!(seen, ["udp 2", "icmp 3", "tcp 4", "gre 5", "sctp 7"]);
    assert_eq!(rows.counts().bad, 0);
}

#[test]
fn the_head_of_a_file_is_what_its_rows_need() {
    let of = |text: &str| {
        let head = head(text.as_bytes(), "f", &RowOptions::default()).unwrap();
        String::from_utf8(head).unwrap()
    };
    assert_eq!(of("a,b\n1,2\n"), "a,b\n");
    assert_eq!(of("#separator \\x09\n#fields\tts\n1\n"), "#separator \\x09\n#fields\tts\n");
    assert_eq!(of("{\"a\":1}\n"), "");
    assert_eq!(of("Jan  5 10:00:01 host sshd: hello\n"), "");
    assert_eq!(of("a,b"), "", "the rest of it is still to come");
}

#[test]
fn a_file_that_is_replaced_is_read_to_its_end_and_then_the_new_one() {
    let rotate = Box::new(|path: &Path| {
        append("late\ncut").as_mut()(path);
        fs::rename(path, path.with_extension("1")).unwrap();
    });
    let create = Box::new(|path: &Path| fs::write(path, "new\n").unwrap());
    let (text, restarts) = follow("a\n", Begin::Start, vec![rotate, nothing(), create, append("newer\n")]);
    assert_eq!((text.as_str(), restarts), ("a\nlate\ncut\nnew\nnewer\n", 1));
    // All at once, while the reader looks away.
    let both = Box::new(|path: &Path| {
        append("late\n").as_mut()(path);
        fs::rename(path, path.with_extension("1")).unwrap();
        fs::write(path, "new\n").unwrap();
    });
    assert_eq!(follow("a\n", Begin::Start, vec![both]).0, "a\nlate\nnew\n");
}

#[test]
fn a_file_that_is_truncated_is_read_from_its_start() {
    let truncate = Box::new(|path: &Path| fs::write(path, "x\n").unwrap());
    let (text, restarts) = follow("first line\nhalf", Begin::Start, vec![truncate, append("y\n")]);
    assert_eq!((text.as_str(), restarts), ("first line\nx\ny\n", 1));
}

#[test]
fn a_line_without_end_is_handed_on_in_pieces() {
    let long = "x".repeat(3 << 20);
    let truncate = Box::new(|path: &Path| fs::write(path, "y\n").unwrap());
    let (text, _) = follow("", Begin::Start, vec![append(&long), nothing(), truncate]);
    let lines: Vec<usize> = text.lines().map(str::len).collect();
    assert!(lines[0] >= 2 << 20 && lines[1..] == [1], "{lines:?}");
}

#[test]
fn it_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, "a\nb\n").unwrap();
    let stop = AtomicBool::new(false);
    let mut waits = 0;
    let wait = || {
        waits += 1;
        stop.store(waits == 3, Ordering::Relaxed);
        append("c\n").as_mut()(&path);
        true
    };
    let reader = Follow::open(&path, Begin::Start, &stop, wait).unwrap();
    let lines: Vec<String> = reader.lines().map(Result::unwrap).collect();
    assert_eq!(lines, ["a", "b", "c", "c"], "what was written after the stop is not read");
    let error = Follow::open(&folder.path().join("none"), Begin::Start, &stop, || false).map(|_| ());
    assert!(error.unwrap_err().to_string().contains("none: "));
}

#[test]
fn rows_sit_on_a_log_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conn.log");
    fs::write(&path, "").unwrap();
    let parts = ["#fields\tts\tuid\n", "1\tC1", "\n2\tC2\n", "3\t"];
    let (stop, mut parts) = (AtomicBool::new(false), parts.iter());
    let wait = || parts.next().map(|part| append(part).as_mut()(&path)).is_some();
    let reader = Follow::open(&path, Begin::Start, &stop, wait).unwrap();
    let mut rows = Rows::new(reader, "conn.log", RowOptions::default()).unwrap();
    let (mut row, mut ids) = (Row::new(), Vec::new());
    while rows.next(&mut row).unwrap() {
        ids.push(row.text(1).unwrap().to_owned());
    }
    assert_eq!((ids, rows.counts().bad), (vec!["C1".to_owned(), "C2".to_owned()], 0));
}

#[test]
fn an_open_quote_waits_for_what_is_still_to_come() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    fs::write(&path, "a,b,c,d\n1,2,\"x\n").unwrap();
    let (stop, seen) = (AtomicBool::new(false), std::cell::RefCell::new(Vec::<u64>::new()));
    let parts = ["9,9,9,9\n", "9,9,9,9\n", "\n\",4\n", "5,6,7,8\n"];
    let (mut parts, mut before) = (parts.iter(), Vec::new());
    let wait = || {
        before.push(seen.borrow().len());
        parts.next().map(|part| append(part).as_mut()(&path)).is_some()
    };
    let reader = Follow::open(&path, Begin::Start, &stop, wait).unwrap();
    let mut rows = Rows::new(reader, "log.csv", RowOptions::default()).unwrap();
    let mut row = Row::new();
    while rows.next(&mut row).unwrap() {
        seen.borrow_mut().push(row.line);
    }
    assert_eq!((seen.borrow().as_slice(), rows.counts().bad, rows.counts().row_like), (&[2, 7][..], 0, 2));
    drop(rows);
    assert_eq!(before, [0, 0, 0, 1, 2], "each is told as soon as it is closed");
}

#[test]
fn a_quote_that_was_open_in_one_file_makes_no_text_of_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    fs::write(&path, "a,b\n1,\"x\ncut").unwrap();
    let rotate: Act<'_> = Box::new(|path| {
        fs::rename(path, path.with_extension("1")).unwrap();
        fs::write(path, "a,b\n3,4\n5,\"6\n").unwrap();
    });
    let truncate: Act<'_> = Box::new(|path| fs::write(path, "a,b\n7,8\n").unwrap());
    let mut acts = VecDeque::from([rotate, nothing(), truncate, append("9,10\n")]);
    let stop = AtomicBool::new(false);
    let wait = || acts.pop_front().map(|mut act| act(&path)).is_some();
    let reader = Follow::open(&path, Begin::Start, &stop, wait).unwrap();
    let breaks = reader.breaks();
    let mut rows =
        Rows::new(reader, "log.csv", RowOptions { header_again: true, ..RowOptions::default() }).unwrap();
    rows.set_breaks(&breaks);
    let (mut row, mut seen) = (Row::new(), Vec::new());
    while rows.next(&mut row).unwrap() {
        seen.push(row.text(0).unwrap().to_owned());
    }
    assert_eq!((seen.join(" "), rows.counts().bad), ("3 7 9".to_owned(), 2));
}

#[test]
fn nul_bytes_that_a_truncation_left_are_cut_as_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("eve.json");
    fs::write(&path, "{\"a\":1}\n{\"a\":2}\n").unwrap();
    let nuls = "\0".repeat(200_000);
    let truncate: Act<'_> = Box::new(|path: &Path| fs::write(path, "").unwrap());
    let mut acts = VecDeque::from([truncate, append(&nuls), append(&nuls), append("{\"a\":3}\n")]);
    let stop = AtomicBool::new(false);
    let wait = || acts.pop_front().map(|mut act| act(&path)).is_some();
    let reader = Follow::open(&path, Begin::Start, &stop, wait).unwrap();
    let mut rows = Rows::new(reader, "eve.json", RowOptions::default()).unwrap();
    let (mut row, mut seen) = (Row::new(), Vec::new());
    while rows.next(&mut row).unwrap() {
        seen.push(row.text(0).unwrap().to_owned());
    }
    assert_eq!((seen.join(" "), rows.counts().bad, rows.counts().nul_runs), ("1 2 3".to_owned(), 0, 1));
}

#[test]
fn rows_go_on_with_the_header_of_the_next_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conn.log");
    fs::write(&path, "#fields\tts\tuid\n1\tC1\n2\tC2").unwrap();
    let (stop, mut rotated) = (AtomicBool::new(false), false);
    let wait = || {
        if std::mem::replace(&mut rotated, true) {
            return false;
        }
        fs::rename(&path, path.with_extension("1")).unwrap();
        fs::write(&path, "#fields\tuid\tts\nC3\t3\n").unwrap();
        true
    };
    let reader = Follow::open(&path, Begin::Start, &stop, wait).unwrap();
    let mut rows = Rows::new(reader, "conn.log", RowOptions::default()).unwrap();
    let (mut row, mut ids) = (Row::new(), Vec::new());
    while rows.next(&mut row).unwrap() {
        ids.push(row.text(rows.column("uid").unwrap()).unwrap().to_owned());
    }
    assert_eq!(ids, ["C1", "C2", "C3"]);
}
