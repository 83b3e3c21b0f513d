//! `mats detect` and what records are: none forged, none lost in silence, labels and streams as they are meant.

use crate::cli::{Done, check, mats, text};
use assert_cmd::Command;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with a model to come.
struct Place {
    dir: TempDir,
    model: PathBuf,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let model = dir.path().join("model");
        Place { dir, model }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn fit(&self, data: &Path, more: &[&str]) -> Done {
        let args = ["detect", "fit", text(data), "--out", text(&self.model), "--overwrite"];
        mats(&[&args[..], more].concat())
    }

    fn score(&self, data: &Path, more: &[&str]) -> Done {
        mats(&[&["detect", "score", text(&self.model), text(data)][..], more].concat())
    }

    fn eval(&self, data: &Path) -> Done {
        mats(&["detect", "eval", text(&self.model), text(data)])
    }
}

/// Lines of verdicts.
fn lines(done: &Done) -> Vec<u64> {
    done.stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON")["line"].as_u64().unwrap())
        .collect()
}

/// Rows of CSV with two numbers, a text and the labels in turn; every sixth is an attack.
fn labelled(labels: &[&str]) -> String {
    let mut text = "n,m,script,label\n".to_owned();
    for i in 0..600 {
        let attack = i % 6 == 5;
        let label = if attack { "attack" } else { labels[i % labels.len()] };
        writeln!(text, "{},{},s{},{label}", i % 7 + if attack { 50 } else { 0 }, i % 5, i % 3).unwrap();
    }
    text
}

#[test]
fn a_script_within_an_event_forges_no_record() {
    let place = Place::new();
    let train = place.file("train.csv", labelled(&["normal"]));
    check(&place.fit(&train, &["--model", "forest", "--label", "label"]), 0, &[]);
    // Two hundred lines, each a row by its looks.
    let script = "1,1,forged,normal\n".repeat(200);
    let event = format!("n,m,script,label\n55,1,\"#!/bin/sh\n{script}exit\",attack\n3,2,s1,normal\n");
    let done = place.score(&place.file("event.csv", &event), &[]);
    check(&done, 0, &["2 records scored", "200 lines within quoted fields", "the first is line 3"]);
    assert_eq!(lines(&done), [2, 204]);
    // Cut off within the event: nothing of it is believed, and that is told and fails.
    let cut = &event[..event.len() - 40];
    let rows = "3,2,s1,normal\n".repeat(5);
    let done = place.score(&place.file("cut.csv", cut.replacen('\n', &format!("\n{rows}"), 1)), &[]);
    check(&done, 1, &["line 7: a quote is opened and never closed", "got no verdict", "more than 10 %"]);
    assert_eq!(lines(&done), [2, 3, 4, 5, 6]);
    let done = place.eval(&place.file("cut.csv", cut.replacen('\n', &format!("\n{rows}"), 1)));
    check(&done, 1, &["left out of the evaluation"]);
}

#[test]
fn what_gets_no_verdict_is_counted_and_more_than_a_tenth_fails() {
    let place = Place::new();
    let train = place.file("train.csv", labelled(&["normal"]));
    check(&place.fit(&train, &["--model", "forest", "--label", "label"]), 0, &[]);
    let file = |good: usize, bad: usize| {
        let text = format!("n,m,script,label\n{}{}", "3,2,s1,normal\n".repeat(good), "3,2\n".repeat(bad));
        place.file("some.csv", text)
    };
    check(&place.score(&file(90, 10), &["--alarms"]), 0, &["10 bad rows left out"]);
    let done = place.score(&file(80, 10), &[]);
    check(&done, 1, &["10 of 90 rows got no verdict: 11.1 %, and more than 10 % are too many"]);
    assert_eq!(lines(&done).len(), 80, "what was written stands");
    check(&place.score(&file(80, 10), &["--quiet"]), 1, &["got no verdict"]);
    let half = labelled(&["normal", ""]);
    let done = place.fit(&place.file("half.csv", half), &["--model", "forest", "--label", "label"]);
    check(
        &done,
        1,
        &["200 rows without a label, left out", "200 of 600 rows were left out", "line 3: no label"],
    );
    assert!(done.stdout.contains("400 rows, ") && place.model.exists(), "{}", done.stdout);
}

#[test]
fn events_that_records_lack_are_counted_and_those_in_objects_found() {
    let place = Place::new();
    let mut log = String::new();
    for i in 0..900 {
        let id = [r"4624", r"4634", r##"{"#attributes":{"Qualifiers":16384},"#text":7045}"##][i % 3];
        writeln!(log, "{{\"Event\":{{\"System\":{{\"EventID\":{id},\"Computer\":\"WS{}\"}}}}}}", i % 2)
            .unwrap();
    }
    let events = ["--model", "lstm", "--event", "Event.System.EventID", "--epochs", "1"];
    let train = place.file("evtx.jsonl", &log);
    let done = place.fit(&train, &events);
    check(&done, 0, &[]);
    assert!(done.stdout.contains("900 events of 3 kinds"), "{}", done.stdout);
    let done = place.score(&train, &[]);
    check(&done, 0, &["900 records scored"]);
    assert!(done.stdout.contains("\"event\":\"7045\""));
    let lacking = log.replace("\"EventID\":4624", "\"Id\":4624");
    let lacking = place.file("lacking.jsonl", lacking);
    let said =
        ["300 records without an event, left out", "line 1: no `Event.System.EventID`", "… and 290 more"];
    let too_many = "300 of 900 rows were left out of what the model learnt from";
    check(&place.fit(&lacking, &events), 1, &[&said[..], &[too_many]].concat());
    check(&place.score(&lacking, &[]), 1, &[&said[..], &["300 of 900 rows got no verdict"]].concat());
    check(&place.eval(&lacking), 1, &said);
}

#[test]
fn repeated_keys_nul_bytes_and_prefixes_hide_no_record() {
    let place = Place::new();
    let record = |i: usize| format!("{{\"bytes\":{},\"pkts\":{}}}\n", 100 + i % 50, i % 9);
    let many = |range: std::ops::Range<usize>| range.map(record).collect::<String>();
    let train = place.file("train.json", many(0..200));
    check(&place.fit(&train, &["--model", "iforest"]), 0, &[]);
    let twice = many(0..20).replace("\"pkts\"", "\"bytes\":7,\"pkts\"");
    let done = place.score(&place.file("twice.json", twice), &[]);
    check(
        &done,
        0,
        &["20 records scored", "20 rows with a field that comes twice, of which the last value counts"],
    );
    for format in [&[][..], &["--format", "jsonl"]] {
        let truncated = [&vec![0; 3_000_000][..], many(0..20).as_bytes()].concat();
        let done = place.score(&place.file("nul.json", truncated), format);
        check(&done, 0, &["20 records scored", "1 run of NUL bytes before a row, cut"]);
        let prefixed = many(0..20)
            .lines()
            .map(|line| format!("<13>Jan  3 10:00:00 s app[1]: @cee: {line}\n"))
            .collect::<Vec<_>>()
            .concat();
        let done = place.score(&place.file("cee.log", prefixed), format);
        check(&done, 0, &["20 records scored", "20 rows of JSON behind a prefix"]);
    }
}

#[test]
fn a_stream_is_one_that_is_there() {
    let place = Place::new();
    let log = |streams: &[&str]| -> String {
        let named = |i: usize| match streams {
            [] => String::new(),
            _ => format!("\"event_type\":\"{}\",", streams[i % streams.len()]),
        };
        (0..300)
            .map(|i| format!("{{{}\"bytes\":{},\"pkts\":{}}}\n", named(i), i % 50, i % 9))
            .collect::<Vec<_>>()
            .concat()
    };
    let mixed = place.file("eve.json", log(&["flow", "dns", "tls"]));
    let iforest = |stream| place.fit(&mixed, &["--model", "iforest", "--stream", stream]);
    let done = iforest("flow");
    check(&done, 0, &["200 rows of other streams, passed over"]);
    assert!(done.stdout.starts_with("100 rows"), "{}", done.stdout);
    // Rows of other streams were not asked for: they are no rows without a verdict.
    let done = place.score(&mixed, &[]);
    check(&done, 0, &["100 records scored"]);
    check(
        &place.score(&place.file("dns.json", log(&["dns"])), &[]),
        2,
        &["no row is of the stream `flow`", "are dns"],
    );
    let half = place.file("half.json", log(&["flow"]) + &log(&[]));
    check(
        &place.score(&half, &[]),
        0,
        &["300 rows without the name of a stream, taken for the one that was asked for"],
    );
    let unnamed = place.file("plain.json", log(&[]));
    check(&place.score(&unnamed, &[]), 0, &["300 records scored", "warning: ", "no row names a stream"]);
    check(&iforest("nosuch"), 2, &["no row is of the stream `nosuch`; its streams are dns, flow, tls"]);
    let done = place.fit(&unnamed, &["--model", "iforest", "--stream", "flow"]);
    check(&done, 2, &["no row names a stream", "leave --stream out"]);
    let lstm = ["--model", "lstm", "--event", "pkts", "--epochs", "1", "--stream"];
    check(&place.fit(&mixed, &[&lstm[..], &["nosuch"]].concat()), 2, &["no row is of the stream `nosuch`"]);
    check(&place.fit(&unnamed, &[&lstm[..], &["flow"]].concat()), 2, &["no row names a stream"]);
}

#[test]
fn benign_labels_are_a_list_remembered_and_asked_for_where_unclear() {
    let place = Place::new();
    let fit = |labels: &[&str], more: &[&str]| {
        let data = place.file("train.csv", labelled(labels));
        let done = place.fit(&data, &[&["--model", "forest", "--label", "label"], more].concat());
        (data, done)
    };
    let (data, done) = fit(&["BENIGN", "Benign", "benign"], &[]);
    check(&done, 0, &["taken together as benign: `BENIGN`, `Benign`, `benign`"]);
    assert!(done.stdout.contains("500   benign"), "{}", done.stdout);
    assert!(place.eval(&data).stdout.contains("600 rows, 100 of them malicious"));
    check(
        &fit(&["Background", "Benign"], &[]).1,
        2,
        &["several labels may mean benign: `Background`, `Benign`", "--benign 'Background,Benign'"],
    );
    let (_, done) = fit(&["Background", "Benign"], &["--benign", "benign"]);
    check(&done, 0, &["warning: labelled benign by their looks, and taken for malicious: `Background`"]);
    for named in [
        &["--benign", "Background,Benign"][..],
        &["--benign", "Background", "--benign", " benign"],
        &["--benign", "b*"],
    ] {
        let (data, done) = fit(&["Background", "Benign"], named);
        check(&done, 0, &["taken together as benign"]);
        assert!(!done.stderr.contains("looks"), "{}", done.stderr);
        let eval = place.eval(&data);
        check(&eval, 0, &[]);
        assert!(eval.stdout.contains("600 rows, 100 of them malicious"), "{}", eval.stdout);
    }
    // What was malicious in training is so in a file without benign rows, too.
    let (_, done) = fit(&["Background", "Benign"], &["--benign", "benign"]);
    check(&done, 0, &[]);
    let other = labelled(&["Background"]);
    let eval = place.eval(&place.file("other.csv", other));
    check(&eval, 0, &["taken for malicious: `Background`"]);
    assert!(eval.stdout.contains("600 rows, 600 of them malicious"), "{}", eval.stdout);
    let flows = ["flow=Background-UDP", "flow=From-Normal-V42", "flow=To-Normal"];
    let (_, done) = fit(&flows, &["--benign", "flow=*normal*"]);
    check(&done, 0, &["taken for malicious: `flow=Background-UDP`"]);
    check(
        &fit(&flows, &["--benign", "flow=*normal*,flow=Back*,typo"]).1,
        0,
        &["--benign `typo` is no label"],
    );
    let (_, done) = fit(&["", "worm"], &[]);
    check(&done, 2, &["no row is labelled `normal`", "`worm`, `attack`", "300 rows have an empty label"]);
    let (data, done) = fit(&["", "worm"], &["--benign", ""]);
    check(&done, 0, &["300 rows without a label, taken for benign"]);
    assert!(place.eval(&data).stdout.contains("600 rows, 300 of them malicious"));
}

#[test]
fn labels_are_the_same_in_every_format() {
    let place = Place::new();
    let json = (0..300)
        .map(|i| {
            let (n, label) = if i % 5 == 0 {
                (50 + i % 7, "attack")
            } else {
                (i % 7, ["benign ", "BENIGN", "benign"][i % 3])
            };
            format!("{{\"n\":{n},\"m\":{},\"label\":\"{label}\"}}\n", i % 4)
        })
        .collect::<Vec<_>>()
        .concat();
    let done = place.fit(&place.file("l.json", &json), &["--model", "forest", "--label", "label"]);
    check(&done, 0, &[]);
    assert!(done.stdout.contains("240   benign"), "{}", done.stdout);
    let absent = place.file("absent.json", json.replace("\"label\"", "\"Label\""));
    check(
        &place.fit(&absent, &["--model", "forest", "--label", "label"]),
        2,
        &["no column `label`; there are n, m, Label"],
    );
    let empty = place
        .file("empty.csv", labelled(&["normal"]).replace(",normal\n", ",\n").replace(",attack\n", ",\n"));
    check(
        &place.fit(&empty, &["--model", "forest", "--label", "label"]),
        2,
        &["`label` is empty in all 600 rows"],
    );
    // Labels in an encoding of their own are read in fit as in eval.
    let mut bytes = Vec::new();
    for line in labelled(&["BENIGN"]).lines() {
        bytes.extend(
            line.replace("attack", "Web Attack _ XSS").bytes().map(|b| if b == b'_' { 0x96 } else { b }),
        );
        bytes.push(b'\n');
    }
    let data = place.file("cp1252.csv", bytes);
    let done = place.fit(&data, &["--model", "forest", "--label", "label"]);
    check(&done, 0, &["100 rows not in UTF-8"]);
    assert!(done.stdout.contains("Web Attack \u{fffd} XSS    100"), "{}", done.stdout);
    assert!(place.eval(&data).stdout.contains("600 rows, 100 of them malicious"));
    // Zeek's, labelled by hand.
    let mut zeek = "#fields\tn\tm\ttunnel_parents   label   detailed-label\n#types\tcount\tcount\tset[string]   string   string\n".to_owned();
    for i in 0..300 {
        let (n, label) = if i % 5 == 0 { (90, "Malicious   DDoS") } else { (i % 7, "Benign   -") };
        writeln!(zeek, "{n}\t{}\t-   {label}", i % 4).unwrap();
    }
    let done = place.fit(&place.file("iot.log", zeek), &["--model", "forest", "--label", "label"]);
    check(&done, 0, &[]);
    assert!(done.stdout.contains("300 rows") && done.stdout.contains("Malicious     60"), "{}", done.stdout);
    let twice = labelled(&["normal"]).replacen("n,m,script", "n,n,script", 1);
    let done = place.fit(&place.file("twice.csv", twice), &["--model", "forest", "--label", "label"]);
    check(&done, 0, &["1 column with the name of another, read under new names, as `n.1`"]);
}

#[test]
fn a_pipe_is_read_as_the_file_is() {
    let place = Place::new();
    let rows = labelled(&["normal"]).split_once('\n').unwrap().1.to_owned();
    let names = place.file("names.txt", "n\nm\nscript\nlabel\n");
    let piped = |more: &[&str], input: &str| {
        let output = Command::new(assert_cmd::cargo::cargo_bin!("mats"))
            .args(["detect", "fit", "/dev/stdin", "--out", text(&place.model), "--overwrite"])
            .args(more)
            .write_stdin(input.to_owned())
            .output()
            .expect("the command starts");
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    if cfg!(not(target_os = "linux")) {
        return;
    }
    let forest = ["--model", "forest", "--label", "label", "--columns", text(&names)];
    let (code, told) = piped(&forest, &rows);
    assert!(code == Some(0) && told.starts_with("600 rows"), "{told}");
    let model = fs::read(&place.model).unwrap();
    check(&place.fit(&place.file("rows.csv", &rows), &forest), 0, &[]);
    assert!(fs::read(&place.model).unwrap() == model, "the same model");
    // Lines are read twice.
    let (code, told) = piped(&["--model", "lstm", "--epochs", "1"], &"job started\njob ended\n".repeat(1000));
    assert!(code == Some(0) && told.contains("2000 events of 2 kinds"), "{told}");
    let events = ["--model", "lstm", "--event", "script", "--epochs", "1", "--columns", text(&names)];
    let (code, told) = piped(&events, &rows);
    assert!(code == Some(0) && told.contains("600 events of 3 kinds"), "{told}");
}
