//! `mats detect` from outside: fitted, evaluated, put to work, and fed what is not well-formed.

use crate::cli::{Done, check, mats, text};
use assert_cmd::Command;
use mats_core::random::Stream;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Connections: most are ordinary; floods send many packets, scans reach many ports.
fn table(path: &Path, rows: u64, seed: u64, novel: bool) {
    let s = Stream::new(seed, 1, 1);
    let mut text = "ts,uid,proto,packets,ports,bytes,label\n".to_owned();
    for i in 0..rows {
        let bell = |k: u64| (0..4).map(|j| s.unit(32 * i + 4 * k + j)).sum::<f64>() / 4.0;
        let draw = s.unit(32 * i + 30);
        let (label, packets, ports) = if draw < 0.8 {
            ("normal", 20.0 * bell(0), 4.0 * bell(1))
        } else if draw < 0.9 {
            ("flood", 30.0 + 200.0 * bell(0), 4.0 * bell(1))
        } else if novel {
            ("worm", 25.0 + 50.0 * bell(0), 8.0 + 20.0 * bell(1))
        } else {
            ("scan", 20.0 * bell(0), 10.0 + 90.0 * bell(1))
        };
        let proto = if s.unit(32 * i + 31) < 0.7 { "tcp" } else { "udp" };
        let (time, bytes) = (1_700_000_000 + i, (1000.0 * bell(2)) as u64);
        writeln!(text, "{time},C{i},{proto},{packets:.0},{ports:.0},{bytes},{label}").unwrap();
    }
    fs::write(path, text).unwrap();
}

struct Place {
    dir: TempDir,
    train: PathBuf,
    test: PathBuf,
    model: PathBuf,
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let [train, test, model] = ["train.csv", "test.csv", "model"].map(|name| dir.path().join(name));
    table(&train, 1500, 1, false);
    table(&test, 1500, 2, true);
    Place { dir, train, test, model }
}

fn fit(place: &Place, kind: &str, more: &[&str]) -> Done {
    let mut args = vec!["detect", "fit", text(&place.train), "--model", kind, "--out", text(&place.model)];
    args.extend(more);
    mats(&args)
}

/// Feeds bytes to a scoring model.
fn score(model: &Path, input: &[u8], more: &[&str]) -> Done {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("mats"))
        .args(["detect", "score", text(model)])
        .args(more)
        .write_stdin(input)
        .output()
        .expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("the command prints UTF-8");
    Done {
        code: output.status.code().expect("no signal"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

fn verdicts(done: &Done) -> Vec<Value> {
    done.stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON each")).collect()
}

#[test]
fn a_fitted_model_is_evaluated_and_tells_records_apart_with_reasons() {
    let place = place();
    for kind in ["forest", "fused", "iforest"] {
        let fitted = fit(&place, kind, &["--label", "label", "--overwrite"]);
        check(&fitted, 0, &[]);
        // A clock and an identifier would tell when and which, not what.
        assert!(
            fitted.stdout.contains("left out `ts`") && fitted.stdout.contains("left out `uid`"),
            "{}",
            fitted.stdout
        );
        let found = mats(&["detect", "eval", text(&place.model), text(&place.test), "--json"]);
        check(&found, 0, &[]);
        let found: Value = serde_json::from_str(&found.stdout).unwrap();
        let figures = &found["evaluation"]["figures"][0];
        assert!(figures["roc_auc"].as_f64().unwrap() > 0.95, "{kind}: {figures}");
        assert!(figures["rates"]["false_positive_rate"].as_f64().unwrap() < 0.03, "{kind}: {figures}");
        assert!(found["evaluation"]["labels"].to_string().contains("worm"));
        let done = score(
            &place.model,
            b"proto,packets,ports,bytes,uid\ntcp,9,2,500,A\ntcp,190,2,500,B\nudp,9,80,,C\n",
            &["--id", "uid"],
        );
        check(&done, 0, &["3 records scored", "missing 1"]);
        let told = verdicts(&done);
        let score = |i: usize| told[i]["score"].as_f64().unwrap();
        assert!(score(1) > score(0) && score(2) > score(0), "{kind}: {}", done.stdout);
        assert_eq!(told[1]["id"], "B");
        if kind == "iforest" {
            // What lies outside in one column alone is not rare enough for it.
            continue;
        }
        assert_eq!(
            [0, 1, 2].map(|i| told[i]["verdict"] == "malicious"),
            [false, true, true],
            "{}",
            done.stdout
        );
        assert_eq!(told[1]["reasons"][0]["column"], "packets");
        assert_eq!(told[2]["reasons"][0]["column"], "ports");
    }
}

#[test]
fn the_same_seed_gives_the_same_model_with_any_number_of_threads() {
    let place = place();
    let bytes = ["1", "3"].map(|threads| {
        check(&fit(&place, "fused", &["--label", "label", "--overwrite", "--threads", threads]), 0, &[]);
        fs::read(&place.model).unwrap()
    });
    assert!(bytes[0] == bytes[1]);
}

#[test]
fn broken_rows_are_counted_shown_and_with_strict_stop_it() {
    let place = place();
    check(&fit(&place, "forest", &["--label", "label"]), 0, &[]);
    let mut input = b"proto,packets,ports,bytes\ntcp,9,2,500\ntcp,9\ntcp,9,2\0,500\ntcp,inf,2,500\n".to_vec();
    input.extend(b"icmp6,many,2,500\n\xff\xfe\x80,9,2,500\n");
    input.extend(std::iter::repeat_n(b'9', 20_000_000));
    input.extend(b"\ntcp,9,2,500\n");
    let done = score(&place.model, &input, &[]);
    check(&done, 1, &["bad rows left out", "line 3: ", "infinite 1", "not numbers 2", "NUL", "2 of 8 rows"]);
    assert!(done.stdout.lines().count() >= 4, "{}", done.stdout);
    let twice = b"ts,uid,proto,packets,ports,bytes\n5,A,tcp,9,2,500\n4,B,tcp,9,2,500\n6,A,tcp,9,2,500\n";
    let done = score(&place.model, twice, &["--time", "ts", "--id", "uid"]);
    check(&done, 0, &["1 row earlier than the row before", "1 row with an id that a row shortly before had"]);
    check(&score(&place.model, &input, &["--strict"]), 2, &["line 3", "--strict"]);
}

#[test]
fn wrong_use_says_what_would_be_right() {
    let place = place();
    let path = text(&place.model);
    check(&fit(&place, "forest", &[]), 2, &["needs labels"]);
    check(&fit(&place, "forest", &["--label", "lable"]), 2, &["no column `lable`", "label"]);
    check(
        &fit(&place, "forest", &["--label", "proto"]),
        2,
        &["no row is labelled `normal`", "--benign", "`tcp`, `udp`"],
    );
    check(&fit(&place, "forest", &["--label", "label", "--keep", "tz"]), 2, &["no column `tz`"]);
    check(&fit(&place, "forest", &["--label", "label", "--fpr", "2"]), 2, &["between 0 and 1"]);
    check(&fit(&place, "lstm", &["--label", "label"]), 2, &["--label", "normal operation", "leave it out"]);
    check(&fit(&place, "lstm", &["--trees", "9"]), 2, &["--trees", "leave it out"]);
    check(&fit(&place, "forest", &["--label", "label", "--window", "9"]), 2, &["--window", "--model lstm"]);
    assert!(!place.model.exists(), "nothing is left of a fit that failed");
    check(&fit(&place, "iforest", &["--label", "label"]), 0, &[]);
    check(&fit(&place, "iforest", &["--label", "label"]), 2, &["--overwrite"]);
    let done = mats(&["detect", "eval", path, "nowhere.csv", "--malicious", "nowhere.csv"]);
    check(&done, 2, &["--malicious", "--model lstm"]);
    let done = mats(&["detect", "eval", path, "nowhere.csv"]);
    check(&done, 2, &["nowhere.csv: check the path: No such file"]);
    assert_eq!(done.stderr.matches("No such file").count(), 1, "{}", done.stderr);
    let whole = fs::read(&place.model).unwrap();
    fs::write(&place.model, &whole[..whole.len() / 2]).unwrap();
    check(&mats(&["detect", "eval", path, text(&place.test)]), 2, &["damaged or not a model file"]);
    fs::write(&place.model, "{}").unwrap();
    check(&score(&place.model, b"a,b\n1,2\n", &[]), 2, &["not a model file"]);
    let wide = place.dir.path().join("wide.csv");
    fs::write(&wide, (0..1_000_000).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",")).unwrap();
    check(
        &mats(&["detect", "fit", text(&wide), "--model", "iforest", "--out", path, "--overwrite"]),
        2,
        &["wide.csv", "columns"],
    );
}

#[test]
fn what_is_asked_for_in_vain_is_refused_or_warned_of() {
    let place = place();
    let file = |name: &str, text: &str| {
        let path = place.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let forest =
        |more: &[&str]| fit(&place, "forest", &[&["--label", "label", "--overwrite"], more].concat());
    check(&forest(&["--id", "uid"]), 2, &["--truth"]);
    check(&forest(&["--stream", "conn"]), 2, &["--stream", "leave it out"]);
    let groups = file("groups.csv", "nothing,known\n");
    check(&forest(&["--groups", text(&groups)]), 0, &["--groups names no label", "`flood`"]);
    let empty = file("empty.csv", "");
    check(&forest(&["--truth", text(&empty), "--id", "uid"]), 2, &["empty.csv", "is it empty?"]);
    let done = score(&place.model, b"", &[]);
    check(&done, 0, &["0 records scored"]);
    check(&score(&place.model, b"uid,proto,packets,ports,bytes\n", &[]), 0, &["0 records scored"]);
    check(
        &score(&place.model, b"{\"proto\":\"tcp\",\"packets\":9}\n", &["--id", "uid"]),
        0,
        &["1 record without `uid`"],
    );

    let lines = file("lines.csv", &"host,event\na,open\na,close\n".repeat(500));
    let lstm = |more: &[&str]| {
        let model = text(&place.model);
        let args = ["detect", "fit", text(&lines), "--model", "lstm", "--epochs", "1", "--overwrite"];
        mats(&[&args[..], &["--out", model], more].concat())
    };
    check(&lstm(&["--stream", "conn"]), 2, &["--stream"]);
    check(&lstm(&[]), 0, &["looks like csv", "--event"]);
    for flag in ["--id", "--time", "--format"] {
        check(&score(&place.model, b"", &[flag, "lines"]), 2, &[flag, "leave it out"]);
    }
    let other = file("other.txt", "kernel panic\nat dawn\n");
    let done = mats(&["detect", "eval", text(&place.model), text(&other)]);
    check(&done, 0, &["100 % of the events of", "unknown to the model"]);
}

#[test]
fn few_attacks_identifiers_and_slips_are_warned_of() {
    let place = place();
    let numbers = Stream::new(3, 1, 1);
    let took = |i: usize| (1e13 * (0.1 + numbers.unit(i as u64)).powi(4)) as u64;
    let mut lines: Vec<String> = fs::read_to_string(&place.train)
        .unwrap()
        .lines()
        .enumerate()
        .map(|(i, line)| match i {
            0 => format!("{line},nanoseconds,port"),
            // Every thirtieth port is a name, so all are.
            _ if i % 30 == 0 => format!("{line},{},http", took(i)),
            _ => format!("{line},{},{}", took(i), 1 + i % 9),
        })
        .collect();
    fs::write(&place.train, lines.join("\n")).unwrap();
    let done = fit(&place, "forest", &["--label", "label"]);
    check(&done, 0, &["`nanoseconds` holds another whole number in each row", "--drop nanoseconds"]);
    check(
        &done,
        0,
        &["`http` in `port` is no number (50 values in all), so all of its values are taken for names"],
    );
    assert!(!done.stderr.contains("`bytes`") && !done.stderr.contains("malicious row"), "{}", done.stderr);
    let mut attacks = 0;
    lines.retain(|line| {
        attacks += u64::from(!line.contains(",normal,"));
        line.contains(",normal,") || attacks <= 6
    });
    fs::write(&place.train, lines.join("\n")).unwrap();
    check(
        &fit(&place, "forest", &["--label", "label", "--overwrite"]),
        0,
        &["5 malicious rows to learn from"],
    );
}

#[test]
fn fit_eval_and_score_read_columns_alike() {
    let place = place();
    let spelt = |path: &Path, slips: bool| {
        let text = fs::read_to_string(path).unwrap().replace(",tcp,", ",6.0,").replace(",udp,", ",007,");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if slips {
            lines[99] = "1,C,6.0,many,3,inf,normal".to_owned();
            lines[100] = "1,C,6.0,-,3,200,normal".to_owned();
        }
        fs::write(path, lines.join("\n")).unwrap();
    };
    spelt(&place.train, true);
    spelt(&place.test, false);
    let fitted = fit(&place, "forest", &["--label", "label", "--categorical", "proto"]);
    check(&fitted, 0, &["line 100: `many` in `packets` is no number"]);
    assert!(fitted.stdout.contains("2 missing values and 1 infinite one"), "{}", fitted.stdout);
    let eval = |data: &Path| {
        let done = mats(&["detect", "eval", text(&place.model), text(data), "--json"]);
        check(&done, 0, &[]);
        serde_json::from_str::<Value>(&done.stdout).unwrap()
    };
    let odd = &eval(&place.test)["evaluation"]["oddities"];
    assert_eq!((odd["unseen"].as_u64(), odd["missing"].as_u64()), (Some(0), Some(0)), "{odd}");
    let broken = place.dir.path().join("broken.csv");
    let rows =
        b"ts,uid,proto,packets,ports,bytes,label\n1,C\xff,6.0,9,2,500,normal\n2,D,6\xff,9,2,500,scan\n";
    fs::write(&broken, rows).unwrap();
    let (found, scored) = (eval(&broken), score(&place.model, rows, &[]));
    assert_eq!((&found["bad_rows"], &found["evaluation"]["oddities"]["unseen"]), (&0.into(), &1.into()));
    check(&scored, 0, &["2 records scored", "of unseen names 1", "2 rows not in UTF-8"]);
    let found = eval(&place.train);
    assert_eq!(found["strays"][0]["line"], 100);
    let odd = &found["evaluation"]["oddities"];
    let done = score(&place.model, &fs::read(&place.train).unwrap(), &["--alarms"]);
    for (name, said) in
        [("missing", "missing 1,"), ("infinite", "infinite 1,"), ("mistyped", "not numbers 1")]
    {
        assert_eq!(odd[name], 1, "{odd}");
        check(&done, 0, &[said]);
    }
}

#[test]
fn records_of_another_kind_are_refused_and_absent_columns_warned_of() {
    let place = place();
    check(&fit(&place, "forest", &["--label", "label"]), 0, &[]);
    let other = place.dir.path().join("other.csv");
    fs::write(&other, "colour,size,label\nred,1,normal\nblue,2,flood\n").unwrap();
    let parts = ["other.csv", "none of the model's 4 columns", "`packets`", "`colour`"];
    check(&mats(&["detect", "eval", text(&place.model), text(&other)]), 2, &parts);
    let done = score(&place.model, b"colour,size\nred,1\n", &[]);
    check(&done, 2, &["none of the model's 4 columns", "`size`"]);
    assert!(done.stdout.is_empty(), "{}", done.stdout);
    let done = score(&place.model, b"packets,bytes,proto\n9,500,tcp\n9,500,tcp\n", &[]);
    check(&done, 0, &["warning: stdin: only 3 of the model's 4 columns", "absent: `ports`", "missing 2"]);
    assert_eq!(done.stderr.matches("warning").count(), 1);
    // The end of a file without its header.
    check(&score(&place.model, b"tcp,9,2,500\ntcp,9,2,500\n", &[]), 2, &["looks like a row"]);
    // Records of JSON may lack fields; only together they are judged.
    let done = score(&place.model, b"{\"packets\":9,\"ports\":2}\n{\"bytes\":500,\"proto\":\"tcp\"}\n", &[]);
    check(&done, 0, &["2 records scored"]);
    assert!(!done.stderr.contains("warning"), "{}", done.stderr);
    check(&score(&place.model, &b"{\"a\":1}\n".repeat(150), &[]), 2, &["none of the model's 4 columns"]);
}

#[test]
fn clocks_are_left_out_whatever_they_look_like_unless_kept() {
    let place = place();
    let mut text = "date,when,started,proto,packets,label\n".to_owned();
    for i in 0..300 {
        let (label, packets) = if i % 10 == 0 { ("flood", 90 + i % 7) } else { ("normal", i % 13) };
        let (late, minute) = (if i % 40 == 7 { i - 5 } else { i }, i / 60);
        let started = format!("5/7/2017 8:{minute}");
        writeln!(text, "{},{},{started},tcp{},{packets},{label}", i * 77 % 300, 900 - late, i % 3).unwrap();
    }
    fs::write(&place.train, text).unwrap();
    let done = fit(&place, "forest", &["--label", "label"]);
    check(&done, 0, &[]);
    for said in [
        "`date`: it is called as a clock is",
        "`when`: it comes in order",
        "`started`: it holds times",
        "2 columns kept",
    ] {
        assert!(done.stdout.contains(said), "{}", done.stdout);
    }
    let done = fit(&place, "forest", &["--label", "label", "--overwrite", "--keep", "date,when,started"]);
    assert!(done.stdout.contains("5 columns kept"), "{}", done.stdout);
}

/// Rows of a few columns, made of their number and a draw; every fifth is an attack of many packets.
fn rows(place: &Place, header: &str, of: impl Fn(u64, f64, bool) -> String) {
    let draws = Stream::new(5, 5, 5);
    let mut text = format!("{header},packets,bytes,label\n");
    for i in 0..900 {
        let (bad, packets) = (i % 5 == 0, 40.0 * draws.unit(3 * i));
        let (packets, bytes) = (packets + if bad { 20.0 } else { 0.0 }, 3000.0 * draws.unit(3 * i + 1));
        let label = if bad { "flood" } else { "normal" };
        let own = of(i, draws.unit(3 * i + 2), bad);
        writeln!(text, "{own},{packets:.0},{bytes:.0},{label}").unwrap();
    }
    fs::write(&place.train, text).unwrap();
}

#[test]
fn clocks_identifiers_and_addresses_are_told_by_their_values_whatever_their_names() {
    let place = place();
    // A whole day of attacks and one of ordinary traffic, in any order; numbers of rows, shuffled; flows' own numbers.
    rows(&place, "Stime,START_MS,no,flow_id,peer,card", |i, draw, bad| {
        let second = 1_421_927_377.0 + 86_400.0 * draw + if bad { 2e6 } else { 0.0 };
        let flow = Stream::new(9, 9, 9).word(i / 2) >> 14;
        let host = (254.0 * draw) as u64;
        let (number, start) = (10_000 + i * 77 % 900, 1000.0 * second);
        format!("{second:.0},{start:.0},{number},{flow},192.0.2.{host},00:0d:3a:13:e3:{host:02x}")
    });
    let done = fit(&place, "forest", &["--label", "label"]);
    check(&done, 0, &[]);
    for said in [
        "`Stime`: it holds times",
        "`START_MS`: it holds times",
        "`no`: it numbers its rows",
        "`flow_id`: it holds large numbers as if drawn",
        "`peer`: it holds addresses",
        "`card`: it holds addresses",
        "2 columns kept",
    ] {
        assert!(done.stdout.contains(said), "{said}: {}", done.stdout);
    }
    let keep = ["--label", "label", "--overwrite", "--keep", "Stime,no,flow_id,peer"];
    let done = fit(&place, "forest", &keep);
    assert!(done.stdout.contains("6 columns kept"), "{}", done.stdout);
    let done = fit(&place, "iforest", &["--drop", "label", "--overwrite"]);
    assert!(done.stdout.contains("2 columns kept"), "{}", done.stdout);
}

#[test]
fn columns_that_tell_the_label_alone_are_left_out_as_answers_or_warned_of() {
    let place = place();
    let finer = |i: u64, draw: f64, bad: bool| {
        let service = if draw < 0.5 { "http" } else { "dns" };
        match (bad, i % 2) {
            (true, 0) => format!("Scan,1,{service},{:.1}", 9.0 + draw),
            (true, _) => format!("C2,1,{service},{:.1}", 9.0 + draw),
            _ => format!("-,1,{service},{:.1}", 8.0 * draw),
        }
    };
    rows(&place, "detailed-label,type,service,ttl", finer);
    let done = fit(&place, "forest", &["--label", "label"]);
    check(&done, 0, &["`ttl` alone nearly tells the label", "--drop ttl"]);
    assert!(done.stdout.contains("left out `detailed-label`: it tells the label"), "{}", done.stdout);
    assert!(done.stdout.contains("4 columns kept"), "{}", done.stdout);
    assert!(!done.stderr.contains("service") && !done.stderr.contains("packets"), "{}", done.stderr);
    let keep = ["--label", "label", "--overwrite", "--keep", "detailed-label"];
    check(&fit(&place, "forest", &keep), 0, &["looks at `detailed-label`", "`detailed-label`", "--drop"]);
    // Where it tells only some of the answer, it is warned of by its name.
    rows(&place, "detailed-label,type,service,ttl", |i, draw, bad| finer(i, draw, bad && i % 2 == 0));
    check(&fit(&place, "forest", &["--label", "label", "--overwrite"]), 0, &["looks at `detailed-label`"]);
}

#[test]
fn the_cut_stands_between_what_is_benign_and_what_is_not_and_probabilities_agree() {
    let place = place();
    // Some benign connections are refused: more of them on the other day.
    let write = |path: &Path, seed: u64, refused: f64| {
        let draws = Stream::new(seed, 6, 6);
        let mut text = "bytes,packets,port,duration,label\n".to_owned();
        for i in 0..700 {
            let draw = |k: u64| draws.unit(8 * i + k);
            let (port, short) = ((65_535.0 * draw(0)) as u64, 0.002 * draw(1));
            let bytes = 100.0 + 9e3 * draw(2);
            if i % 3 > 0 {
                writeln!(text, "0,0,{port},{short:.6},malicious").unwrap();
            } else if draw(4) < refused {
                writeln!(text, "{bytes:.0},0,{port},{short:.6},benign").unwrap();
            } else {
                let packets = 2.0 + 60.0 * draw(3);
                writeln!(text, "{bytes:.0},{packets:.0},{port},{:.4},benign", 0.3 + draw(6)).unwrap();
            }
        }
        fs::write(path, text).unwrap();
    };
    write(&place.train, 1, 0.02);
    write(&place.test, 2, 0.25);
    for kind in ["forest", "fused"] {
        let done = fit(&place, kind, &["--label", "label", "--overwrite"]);
        check(&done, 0, &[]);
        assert!(done.stdout.contains("The cut is the middle of a gap"), "{}", done.stdout);
        let done = score(&place.model, &fs::read(&place.test).unwrap(), &[]);
        for verdict in verdicts(&done) {
            let alarm = verdict["verdict"] == "malicious";
            assert_eq!(alarm, verdict["probability"].as_f64().unwrap() >= 0.5, "{verdict}");
        }
        let done = mats(&["detect", "eval", self::text(&place.model), self::text(&place.test), "--json"]);
        let found: Value = serde_json::from_str(&done.stdout).unwrap();
        let rates = &found["evaluation"]["figures"][0]["rates"];
        assert!(rates["recall"].as_f64().unwrap() >= 0.98, "{kind} {rates}");
        assert!(rates["false_positive_rate"].as_f64().unwrap() <= 0.02, "{kind} {rates}");
    }
}

#[test]
fn columns_that_may_tell_the_answer_are_left_out_or_warned_of() {
    let place = place();
    let text = fs::read_to_string(&place.train).unwrap();
    let rows: Vec<&str> = text.lines().skip(1).collect();
    fs::write(
        &place.train,
        rows.iter().map(|row| format!("{row},{}", row.len() % 7)).collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
    let names = place.dir.path().join("names.txt");
    fs::write(&names, "ts\nuid\nproto\npackets\nports\nbytes\nclass\n").unwrap();
    let args = ["--columns", self::text(&names), "--label", "class"];
    fs::write(&names, "ts, uid,proto,packets,ports,bytes,class\n").unwrap();
    let done = fit(&place, "forest", &args);
    check(&done, 0, &[]);
    assert!(done.stdout.contains("left out `column_8`: it has no name"), "{}", done.stdout);
    assert!(!done.stderr.contains("warning"), "{}", done.stderr);
    let done = fit(&place, "forest", &[&args[..], &["--keep", "column_8", "--overwrite"]].concat());
    assert!(!done.stdout.contains("left out `column_8`"), "{}", done.stdout);
    // An isolation forest takes no label, and would look at it.
    let done = fit(&place, "iforest", &["--columns", self::text(&names), "--overwrite"]);
    check(&done, 0, &["warning: the model looks at `class`", "--drop"]);
    let eval = ["detect", "eval", self::text(&place.model), self::text(&place.train), "--label", "class"];
    check(&mats(&eval), 2, &["the model looks at `class`"]);
    let bare = "1,2,3\n4,5,6\n7,8,9\n7,8,1\n".repeat(20);
    fs::write(&place.train, bare).unwrap();
    check(&fit(&place, "iforest", &["--overwrite"]), 0, &["all columns are called numbers", "--columns"]);
}

#[test]
fn data_and_devices_are_neither_overwritten_nor_taken_for_models() {
    let place = place();
    let out = |out: &Path| {
        let data = text(&place.train);
        mats(&["detect", "fit", data, "--model", "iforest", "--overwrite", "--out", text(out)])
    };
    let before = fs::read(&place.train).unwrap();
    check(&out(&place.train), 2, &["read by this very command", "--out"]);
    check(&out(&place.dir.path().join("./train.csv")), 2, &["read by this very command"]);
    assert!(fs::read(&place.train).unwrap() == before);
    check(&out(place.dir.path()), 2, &["no regular file"]);
    check(&score(place.dir.path(), b"a\n1\n", &[]), 2, &["no regular file"]);
    #[cfg(unix)]
    {
        check(&out(Path::new("/dev/null")), 2, &["no regular file"]);
        check(&score(Path::new("/dev/zero"), b"a\n1\n", &[]), 2, &["no regular file"]);
        let link = place.dir.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        check(&out(&link), 2, &["no regular file"]);
    }
    let huge = fs::File::create(place.dir.path().join("huge")).unwrap();
    huge.set_len(3 << 30).unwrap();
    check(&score(&place.dir.path().join("huge"), b"a\n1\n", &[]), 2, &["is longer than"]);
}

#[test]
fn what_records_say_cannot_move_the_cursor_or_reorder_text() {
    let place = place();
    check(&fit(&place, "forest", &["--label", "label"]), 0, &[]);
    let name = "\u{9b}2J\u{202e}exe\u{2028}\u{7f}";
    let done = score(
        &place.model,
        format!("uid,proto,packets,ports,bytes\n{name},{name},9,2,5\n{name}\n").as_bytes(),
        &["--id", "uid"],
    );
    check(&done, 1, &["unseen names 1"]);
    let harmful = |c: char| c != '\n' && (c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c));
    assert!(!done.stdout.contains(harmful) && !done.stderr.contains(harmful), "{}", done.stdout);
    assert_eq!(verdicts(&done)[0]["id"], name);
}

#[test]
fn what_is_wrong_with_a_file_of_labels_is_told_and_with_strict_refused() {
    let place = place();
    let labels = place.dir.path().join("labels.csv");
    let rows = |first: &str| {
        let text: Vec<String> = (10..1500).step_by(5).map(|i| format!("C{i},flood")).collect();
        fs::write(&labels, format!("uid,kind\n{first}{}", text.join("\n"))).unwrap();
    };
    let fit = |more: &[&str]| {
        let truth =
            ["--truth", text(&labels), "--id", "uid", "--label", "kind", "--drop", "label", "--overwrite"];
        fit(&place, "forest", &[&truth[..], more].concat())
    };
    rows("C1,\nC2,flood\nC2,scan\nC3\n");
    let done = fit(&[]);
    check(&done, 0, &["2 labels broken, or without", "line 2: no label", "line 5: 1 field"]);
    check(&done, 0, &["1 label unlike one before", "line 4: `C2` has another label"]);
    assert!(done.stdout.starts_with("1499 rows"), "a row without a label is left out: {}", done.stdout);
    check(&fit(&["--strict"]), 2, &["labels.csv:2: no label", "--strict"]);
    fs::write(&labels, "uid,kind\nX1,flood\n").unwrap();
    check(&fit(&[]), 2, &["labels.csv", "names no row of", "--truth-id"]);
}

#[test]
fn a_truth_file_of_a_day_without_an_attack_makes_all_rows_benign() {
    let place = place();
    let (day, truth) = (place.dir.path().join("day.csv"), place.dir.path().join("truth.csv"));
    let rows = |text: &str| -> String {
        let benign = |line: &&str| !["flood", "scan"].iter().any(|l| line.ends_with(l));
        text.lines().filter(benign).map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect()
    };
    fs::write(&day, rows(&fs::read_to_string(&place.train).unwrap())).unwrap();
    let header = "id,uid,label,campaign,step,technique,host,user\n";
    fs::write(&truth, header).unwrap();
    let joined = ["--truth", text(&truth), "--id", "uid", "--label", "label"];
    check(&fit(&place, "forest", &["--label", "label"]), 0, &[]);
    let eval = |more: &[&str]| {
        mats(&[&["detect", "eval", text(&place.model), text(&day)][..], &joined, more].concat())
    };
    let done = eval(&["--json"]);
    check(&done, 0, &[]);
    let found: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(found["evaluation"]["malicious"], 0);
    assert_eq!(found["joined"]["unlisted"], found["evaluation"]["rows"]);
    let rates = &found["evaluation"]["figures"][0]["rates"];
    assert!(rates["recall"].is_null() && rates["false_positive_rate"].is_f64(), "{rates}");
    check(&eval(&[]), 0, &["0 rows named in the file of labels"]);
    // What knows no attack is fitted to such a day, what has to know some is not.
    let on_day = |kind: &str| {
        let args = ["detect", "fit", text(&day), "--model", kind, "--out", text(&place.model), "--overwrite"];
        mats(&[&args[..], &joined].concat())
    };
    check(&on_day("iforest"), 0, &[]);
    check(&on_day("forest"), 2, &["one class"]);
    // Nothing in it at all is no day, and rows of another log are a mistake.
    fs::write(&truth, "").unwrap();
    check(&eval(&[]), 2, &["is it empty?"]);
    fs::write(&truth, format!("{header}1,X9,impact,0,a,T1486,desk-01,\n")).unwrap();
    check(&eval(&[]), 2, &["names no row of"]);
}

#[test]
fn generated_logs_can_be_learnt_from_with_the_truth_in_a_file_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let (set, model) = (dir.path().join("set"), dir.path().join("model"));
    let scenario = "scenarios/tutorial.toml";
    let out = ["--out", text(&set), "--format", "zeek", "--episodes", "6", "--quiet"];
    check(&mats(&[&["generate", scenario][..], &out].concat()), 0, &[]);
    let log = |episode: u32| set.join(format!("episode-{episode}/conn.log"));
    let truth = |episode: u32| set.join(format!("episode-{episode}/truth.csv"));
    let attacked: Vec<u32> =
        (0..8).filter(|&e| fs::read_to_string(truth(e)).is_ok_and(|t| t.lines().count() > 20)).collect();
    let Some(&episode) = attacked.first() else { panic!("no episode saw an attack; choose another seed") };
    let (data, labels) = (log(episode), truth(episode));
    let truth = ["--label", "label", "--truth", text(&labels), "--id", "uid"];
    let args = ["detect", "fit", text(&data), "--model", "forest", "--out", text(&model)];
    let done = mats(&[&args[..], &truth].concat());
    check(&done, 0, &["rows named in the file of labels"]);
    assert!(done.stdout.contains("benign"), "{}", done.stdout);
    // As events: which machine spoke which service.
    let events =
        ["--model", "lstm", "--event", "service", "--entity", "id.orig_h", "--epochs", "2", "--overwrite"];
    let done = mats(&[&["detect", "fit", text(&data), "--out", text(&model)][..], &events].concat());
    check(&done, 0, &[]);
    let lines = fs::read_to_string(&data).unwrap();
    let first = lines.lines().take(50).collect::<Vec<_>>().join("\n");
    let told = score(&model, first.as_bytes(), &[]);
    check(&told, 0, &["records scored"]);
    assert!(verdicts(&told)[0]["rank"].is_u64(), "{}", told.stdout);
}
