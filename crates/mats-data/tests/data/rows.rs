use crate::shared_data::shared_data;
use mats_data::rows::{Counts, Format, Row, RowOptions, Rows, Value};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// The rows of a file, each as `line: name=value …` with text in quotes, missing values as `-`; and the counts.
pub fn read(bytes: &[u8], options: RowOptions) -> (Vec<String>, Counts) {
    let mut rows = Rows::new(bytes, "t", options).unwrap_or_else(|error| panic!("{error}"));
    let (mut all, mut row) = (Vec::new(), Row::new());
    while rows.next(&mut row).unwrap() {
        let mut text = format!("{}:", row.line);
        for field in row.iter() {
            write!(text, " {}=", rows.columns()[field.column]).unwrap();
            match field.value {
                Value::Missing => text.push('-'),
                Value::Number(number) => write!(text, "{number}").unwrap(),
                Value::Text(value) => write!(text, "{value:?}").unwrap(),
            }
        }
        all.push(text);
    }
    (all, rows.counts().clone())
}

/// Returns why each bad row is bad, with its line.
pub fn bad(counts: &Counts) -> Vec<String> {
    counts.first_bad.iter().map(|bad| format!("{}: {}", bad.line, bad.what)).collect()
}

pub fn of(format: Format) -> RowOptions {
    RowOptions { format: Some(format), ..RowOptions::default() }
}

fn refusal(bytes: &[u8]) -> String {
    Rows::new(bytes, "t", RowOptions::default()).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn formats_are_found_out_from_the_first_line() {
    let check =
        |start: &str, expected: Format| assert_eq!(Format::detect(start.as_bytes()), Ok(expected), "{start}");
    check("duration,protocol_type,service\n0,tcp,http\n", Format::Csv);
    check("\u{feff}\"a b\",c\r\n", Format::Csv);
    check(" Flow Duration, Total Length of Fwd Packets, A, B, Label\n", Format::Csv);
    check("0,tcp,ftp_data,SF,491", Format::Csv);
    check("\n\n{\"ts\":1}\n", Format::JsonLines);
    check("#separator \\x09\n", Format::ZeekTsv);
    check("#fields\tts\tuid\n", Format::ZeekTsv);
    check("Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user webmaster, again", Format::Lines);
    check("2024-01-01 10:00:00,123 INFO started the thing", Format::Lines);
    check("[2024-01-01] [error] oops", Format::Lines);
    check("[] a log", Format::Lines);
    check("# a comment", Format::Lines);
    check("", Format::Lines);
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    assert_eq!("ecs".parse(), Ok(Format::JsonLines));
    assert!("xml".parse::<Format>().unwrap_err().contains("zeek-tsv"));
}

#[test]
fn what_has_no_rows_of_text_is_refused_with_the_cure() {
    let check = |bytes: &[u8], cure: &str| {
        let text = refusal(bytes);
        assert!(text.starts_with("t: this is ") && text.contains(cure), "{text}");
    };
    check(b"\xff\xfea\0,\0b\0\n\0", "iconv -f UTF-16");
    check(b"\xfe\xff\0a\0,", "iconv -f UTF-16");
    check(b"{\0\"\0a\0", "UTF-16LE");
    check(b"\0{\0\"", "UTF-16BE");
    check(b"\x1f\x8b\x08", "gunzip");
    check(b"PK\x03\x04", "zip");
    check(b"PAR1", "Parquet");
    check(b"ElfFile\0", "evtx_dump");
    check(b"[{\"a\":1},\n{\"a\":2}]", "jq -c '.[]'");
    check(b"[\n  {\"a\":1}\n]", "jq -c '.[]'");
    check(b"{\n  \"a\": 1\n}\n", "jq -c .");
    assert_eq!(read(b"{\n[{\n", of(Format::Lines)).0.len(), 2, "lines may hold anything");
    let options = RowOptions { columns: Some(vec!["a".into()]), ..of(Format::JsonLines) };
    let error = Rows::new(&b"{}"[..], "t", options).map(|_| ()).unwrap_err().to_string();
    assert_eq!(error, "t: names of columns are for CSV; this is read as jsonl, which has its own");
}

#[test]
fn plain_lines_are_text_in_one_column() {
    let (rows, counts) = read(b"\xef\xbb\xbfone, two\r\n\n  12\r\nthree", of(Format::Lines));
    assert_eq!(rows, [r#"1: line="one, two""#, r#"3: line="  12""#, r#"4: line="three""#]);
    assert_eq!((counts.rows, counts.bad), (3, 0));
}

#[test]
fn rows_tell_where_they_begin() {
    let bytes = b"\xef\xbb\xbfa,b\r\n1,2\r\n\r\n\"x\ny\",4\n5,6";
    let mut rows = Rows::new(&bytes[..], "t", RowOptions::default()).unwrap();
    let (mut row, mut places) = (Row::new(), Vec::new());
    while rows.next(&mut row).unwrap() {
        let field = row.text(0).unwrap().as_bytes()[0];
        assert!(bytes[row.offset as usize..].trim_ascii_start().contains(&field));
        places.push((row.line, row.offset));
    }
    assert_eq!(places, [(2, 8), (4, 15), (6, 23)]);
}

#[test]
fn a_clock_that_goes_back_and_ids_that_come_twice_are_counted() {
    let options = RowOptions { time: Some("ts".into()), id: Some("uid".into()), ..RowOptions::default() };
    let text =
        "ts,uid\n10,a\n9.5,b\n2024-01-01T00:00:00Z,a\n2024-01-01T00:00:00.5Z,c\nnoon,d\n,\n11,007\n12,7\n";
    let mut rows = Rows::new(text.as_bytes(), "t", options.clone()).unwrap();
    let (mut row, mut times) = (Row::new(), Vec::new());
    while rows.next(&mut row).unwrap() {
        times.push(row.time());
    }
    let day = 1_704_067_200.0;
    assert_eq!(
        times,
        [Some(10.0), Some(9.5), Some(day), Some(day + 0.5), None, None, Some(11.0), Some(12.0)]
    );
    let counts = rows.counts();
    assert_eq!((counts.backwards, counts.timeless, counts.duplicates, counts.missing), (2, 2, 1, 2));
    let absent = RowOptions { time: Some("when".into()), ..RowOptions::default() };
    let error = Rows::new(&b"ts,uid\n"[..], "t", absent).map(|_| ()).unwrap_err().to_string();
    assert_eq!(error, "t:1: no column `when`; there are ts, uid");
}

#[test]
fn ids_are_remembered_for_65536_rows() {
    let text = |between: usize| {
        let mut text = String::from("uid,n\nfirst,0\n");
        (0..between).for_each(|i| writeln!(text, "{i},0").unwrap());
        text + "first,0\n"
    };
    let options = RowOptions { id: Some("uid".into()), ..RowOptions::default() };
    assert_eq!(read(text(65_535).as_bytes(), options.clone()).1.duplicates, 1);
    assert_eq!(read(text(65_536).as_bytes(), options).1.duplicates, 0);
}

#[test]
fn nul_bytes_before_a_row_are_cut_however_many() {
    for (format, head, row) in [
        (Format::Lines, "", "x y\n"),
        (Format::JsonLines, "", "{\"a\":1}\n"),
        (Format::ZeekTsv, "#fields\ta\n", "1\n"),
        (Format::Csv, "a,b\n", "1,2\n"),
    ] {
        for nuls in [1, 2, 3, 5000, 3 << 20] {
            let run = vec![0; nuls];
            // Before the file, before a line, behind a blank line, at the end.
            let whole =
                [&run, head.as_bytes(), &run, row.as_bytes(), b"\n", &run, row.as_bytes(), &run].concat();
            let options = RowOptions { max_line: 1 << 10, ..RowOptions::default() };
            let mut rows = Rows::new(whole.as_slice(), "t", options).unwrap();
            let (mut line, mut offsets) = (Row::new(), Vec::new());
            while rows.next(&mut line).unwrap() {
                offsets.push(line.offset);
            }
            let second = whole.len() - nuls - row.len();
            assert_eq!(offsets.last(), Some(&(second as u64)), "{format} {nuls}");
            let counts = rows.counts();
            assert_eq!((rows.format(), counts.rows, counts.bad, counts.nul), (format, 2, 0, 0));
            assert_eq!(counts.nul_runs, if head.is_empty() { 3 } else { 4 });
        }
    }
}

#[test]
fn broken_text_is_replaced_or_refused() {
    let bytes = b"a,b\n1,caf\xe9\n2,x\0y\n3,\xff\0\n4,z\n";
    let (rows, counts) = read(bytes, RowOptions::default());
    let expected =
        ["2: a=1 b=\"caf\u{fffd}\"", "3: a=2 b=\"x\u{fffd}y\"", "4: a=3 b=\"\u{fffd}\"", "5: a=4 b=\"z\""];
    assert_eq!(rows, expected);
    assert_eq!((counts.not_utf8, counts.nul, counts.bad), (2, 2, 0));
    let (rows, counts) = read(bytes, RowOptions { lossy: false, ..RowOptions::default() });
    assert_eq!(rows, ["5: a=4 b=\"z\""]);
    assert_eq!(bad(&counts), ["2: field 2 is not UTF-8", "3: holds NUL bytes", "4: field 2 is not UTF-8"]);
    assert_eq!((counts.not_utf8, counts.nul, counts.bad), (2, 2, 3));
    let (_, counts) =
        read(b"{\"a\":1}\n{\"\xff\":1}\n", RowOptions { lossy: false, ..RowOptions::default() });
    assert_eq!(bad(&counts), ["2: byte 3 is not UTF-8"]);
}

/// Gives `len` bytes of the same kind, then the rest, without holding them.
fn long(byte: u8, len: u64, rest: &'static [u8]) -> impl std::io::BufRead {
    BufReader::new(std::io::repeat(byte).take(len)).chain(rest)
}

#[test]
fn a_line_beyond_all_measure_is_passed_over() {
    for (format, head, good) in [
        (Format::Lines, &b""[..], &b"\ngood\n"[..]),
        (Format::JsonLines, b"", b"\n{\"a\":1}\n"),
        (Format::ZeekTsv, b"#fields\ta\n", b"\n1\n"),
        (Format::Csv, b"a,b\n", b"\n1,2\n"),
        (Format::Csv, b"a,b\n\"", b"\"\n1,2\n"),
    ] {
        let options = RowOptions { max_line: 1 << 20, ..of(format) };
        let mut rows = Rows::new(head.chain(long(b'x', 200 << 20, good)), "t", options).unwrap();
        let mut row = Row::new();
        assert!(rows.next(&mut row).unwrap(), "{format}");
        let lines = u64::from(!head.is_empty());
        let start = good.iter().position(|&byte| byte == b'\n').unwrap() as u64 + 1;
        assert_eq!((row.line, row.offset), (lines + 2, head.len() as u64 + (200 << 20) + start));
        assert!(!rows.next(&mut row).unwrap());
        let counts = rows.counts();
        assert_eq!((counts.too_long, counts.bad), (1, 1));
        assert_eq!(bad(counts), [format!("{}: longer than 1048576 bytes", lines + 1)]);
    }
    let ten = [b"{\"a\":\"".as_slice(), &vec![b'y'; 10 << 20], b"\"}\n"].concat();
    assert_eq!(read(&ten, RowOptions::default()).1.rows, 1, "ten megabytes are within measure");
    let (_, counts) = read(b"12345\n123456\n", RowOptions { max_line: 5, ..of(Format::Lines) });
    assert_eq!((counts.rows, counts.too_long), (1, 1));
}

#[test]
fn a_million_columns_are_refused() {
    let header = vec!["a"; 1_000_000].join(",");
    let what = refusal(format!("{header}\n1,2\n").as_bytes());
    assert_eq!(what, "t:1: the header has 1000000 columns; at most 4096 are read, so cut the table");
    let names: Vec<String> = (0..5000).map(|i| format!("c{i}")).collect();
    let options = RowOptions { columns: Some(names), ..RowOptions::default() };
    let error = Rows::new(&b"1\n"[..], "t", options).map(|_| ()).unwrap_err().to_string();
    assert_eq!(error, "t: 5000 columns; at most 4096 are read, so cut the table");
    for quote in ["", "\""] {
        let wide = format!("a,b\n{quote}{quote}{}\n1,2\n", ",".repeat(999_999));
        let (rows, counts) = read(wide.as_bytes(), RowOptions::default());
        assert_eq!(rows, ["3: a=1 b=2"]);
        assert_eq!(bad(&counts), ["2: 1000000 fields instead of 2"]);
    }
    let fields: Vec<String> = (0..1_000_000).map(|i| format!("\"k{i}\":1")).collect();
    let json = format!("{{\"a\":1}}\n{{{}}}\n{{\"b\":2}}\n", fields.join(","));
    let mut rows = Rows::new(json.as_bytes(), "t", RowOptions::default()).unwrap();
    let mut row = Row::new();
    while rows.next(&mut row).unwrap() {}
    assert_eq!(rows.columns(), ["a", "b"], "a bad row brings no columns");
    assert_eq!(bad(rows.counts()), ["2: more than 4096 fields"]);
    let (rows, counts) = read(
        format!("#fields\t{header}\n1\n#fields\ta\n1\n", header = header.replace(',', "\t")).as_bytes(),
        RowOptions::default(),
    );
    assert_eq!(rows, ["4: a=1"]);
    assert_eq!(bad(&counts), ["1: more than 4096 fields", "2: no usable #fields line before it"]);
}

#[test]
fn columns_beyond_the_most_are_dropped_and_counted() {
    let options = RowOptions { max_columns: 3, ..RowOptions::default() };
    let text = "{\"a\":1,\"b\":2}\n{\"c\":3,\"d\":[4,5,6],\"a\":7}\n{\"e\":{\"f\":1},\"b\":8}\n";
    let (rows, counts) = read(text.as_bytes(), options);
    assert_eq!(rows, ["1: a=1 b=2", "2: c=3 a=7", "3: b=8"]);
    assert_eq!((counts.dropped, counts.bad), (2, 0));
}

#[test]
fn streams_are_known_by_the_names_of_several_programs() {
    let text = "{\"event_type\":\"flow\"}\n{\"event_type\":\"dns\"}\n{\"x\":1}\n";
    let of = |stream: &str| RowOptions { stream: Some(stream.into()), ..RowOptions::default() };
    let (rows, counts) = read(text.as_bytes(), of("flow"));
    assert_eq!((rows.len(), counts.of_stream, counts.in_vain("flow")), (2, 1, None));
    let why = read(text.as_bytes(), of("nosuch")).1.in_vain("nosuch").unwrap();
    assert_eq!(why, "no row is of the stream `nosuch`; its streams are dns, flow");
    let why = read(b"{\"x\":1}\n", of("flow")).1.in_vain("flow").unwrap();
    assert_eq!(
        why,
        "no row names a stream, in `@stream`, `_path`, `event_type` or #path, so there is no `flow`"
    );
    assert_eq!(read(b"", of("flow")).1.in_vain("flow"), None);
}

#[test]
fn streams_of_a_combined_log_are_told_apart() {
    let text = "{\"@stream\":\"conn\",\"ts\":1}\n{\"_path\":\"dns\",\"q\":\"x\"}\n{\"ts\":3}\n";
    let options = RowOptions { stream: Some("conn".into()), ..RowOptions::default() };
    let mut rows = Rows::new(text.as_bytes(), "t", options).unwrap();
    let (mut row, mut lines) = (Row::new(), Vec::new());
    while rows.next(&mut row).unwrap() {
        lines.push(row.line);
    }
    assert_eq!((lines, rows.columns()), (vec![1, 3], &["@stream".to_owned(), "ts".to_owned()][..]));
    let counts = rows.counts();
    assert_eq!((counts.rows, counts.other_streams, counts.bad), (2, 1, 0));
    assert_eq!(counts.streams, [("conn".to_owned(), 1), ("dns".to_owned(), 1)]);
}

#[test]
fn messages_are_safe_to_print() {
    let nasty = "\u{1b}[2J\u{202e}";
    let json = format!("{{\"{nasty}\":1,\"{nasty}\":2}}\n\"{nasty}\"\n").replace('\u{1b}', "\\u001b");
    let (_, counts) = read(json.as_bytes(), of(Format::JsonLines));
    let (header, absent) = (format!("{nasty},b\n"), RowOptions { id: Some("c".into()), ..of(Format::Csv) });
    let error = Rows::new(header.as_bytes(), "t", absent).map(|_| ()).unwrap_err().to_string();
    for text in bad(&counts).iter().chain([&error]) {
        assert!(text.contains("\\u{1b}") && !text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
    let (_, counts) = read(format!("\"{}\"\n", "y".repeat(9999)).as_bytes(), of(Format::JsonLines));
    assert!(counts.first_bad[0].what.len() < 200);
}

#[test]
fn the_first_ten_bad_rows_and_64_streams_are_kept() {
    let mut text = String::new();
    (0..100).for_each(|i| writeln!(text, "{{\"_path\":\"p{i:02}\"}}\n[]").unwrap());
    let (rows, counts) = read(text.as_bytes(), of(Format::JsonLines));
    assert_eq!((rows.len(), counts.bad, counts.first_bad.len(), counts.streams.len()), (100, 100, 10, 64));
    assert_eq!(counts.first_bad[9].line, 20);
}

/// Fails once its text has been read.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(out)? {
            0 => Err(std::io::Error::other("the disk is gone")),
            read => Ok(read),
        }
    }
}

#[test]
fn an_error_of_the_system_ends_the_reading() {
    for text in ["a,b\n1,2\n3", "a,b\n1,2\n\"3\n4"] {
        let mut rows =
            Rows::new(BufReader::new(Failing(text.as_bytes())), "t", RowOptions::default()).unwrap();
        let mut row = Row::new();
        assert!(rows.next(&mut row).unwrap());
        let error = rows.next(&mut row).unwrap_err().to_string();
        assert!(error.starts_with("t: the disk is gone"), "{error}");
        while rows.next(&mut row).unwrap() {}
        assert_eq!(rows.counts().rows, 1);
    }
}

fn open(path: &Path, options: RowOptions) -> (Rows<BufReader<File>>, Row) {
    let file = BufReader::new(File::open(path).unwrap());
    (Rows::new(file, "real", options).unwrap(), Row::new())
}

#[test]
fn recorded_zeek_logs_are_read_whole() {
    let Some(path) = shared_data("apt29-zeek/combined_zeek.log") else { return };
    let (mut rows, mut row) = open(&path, RowOptions { time: Some("ts".into()), ..RowOptions::default() });
    while rows.next(&mut row).unwrap() {}
    let counts = rows.counts();
    assert_eq!((rows.format(), counts.rows, counts.bad, counts.timeless), (Format::JsonLines, 2140, 0, 0));
    assert_eq!((counts.streams.len(), rows.columns().len()), (14, 148));
    let options = RowOptions { stream: Some("dns".into()), ..RowOptions::default() };
    let (mut rows, mut row) = open(&path, options);
    assert!(rows.next(&mut row).unwrap());
    let get = |name: &str| row.get(rows.column(name).unwrap());
    assert_eq!(get("query"), Value::Text("newyork.dmevals.local"));
    assert_eq!((get("answers"), get("TTLs")), (Value::Text("10.0.0.4"), Value::Text("3600")));
    assert_eq!((get("qtype"), get("AA")), (Value::Number(1.0), Value::Text("true")));
    while rows.next(&mut row).unwrap() {}
    assert_eq!((rows.counts().rows, rows.counts().other_streams), (53, 2087));
}

#[test]
fn public_tables_and_logs_are_read_whole() {
    let check = |path: &str, format: Format, expected: u64| {
        let Some(path) = shared_data(path) else { return };
        let (mut rows, mut row) = open(&path, RowOptions::default());
        while rows.next(&mut row).unwrap() {}
        let counts = rows.counts();
        assert_eq!((rows.format(), counts.rows, counts.bad), (format, expected, 0), "{}", path.display());
    };
    check("adbench/shuttle.csv", Format::Csv, 49_097);
    check("kev/known_exploited_vulnerabilities.csv", Format::Csv, 1404);
    check("attack/enterprise_techniques.csv", Format::Csv, 691);
    check("openssh-log/OpenSSH_2k.log", Format::Lines, 2000);
    check("openssh-log/OpenSSH_2k.log_structured.csv", Format::Csv, 2000);
    check("hdfs-sessions/hdfs_train", Format::Lines, 4855);
}

#[test]
fn generated_logs_are_read_whole() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../datasets/tutorial-sample/episode-0");
    for (file, format, id) in [
        ("conn.log", Format::JsonLines, "uid"),
        ("events.ecs.ndjson", Format::JsonLines, "event.id"),
        ("windows.ndjson", Format::JsonLines, "uid"),
        ("flows.csv", Format::Csv, "id"),
        ("linux-uids.csv", Format::Csv, "line"),
        ("auth.log", Format::Lines, "line"),
        ("audit.log", Format::Lines, "line"),
    ] {
        let (mut rows, mut row) =
            open(&folder.join(file), RowOptions { id: Some(id.into()), ..RowOptions::default() });
        while rows.next(&mut row).unwrap() {
            assert!(row.text(rows.column(id).unwrap()).is_some());
        }
        let counts = rows.counts();
        assert_eq!((rows.format(), counts.bad, counts.nul + counts.not_utf8), (format, 0, 0), "{file}");
        assert!(counts.rows > 20, "{file}");
    }
}

proptest! {
    #[test]
    fn junk_in_any_format_only_counts(bytes in prop::collection::vec(any::<u8>(), 0..400), lossy in any::<bool>()) {
        for format in Format::ALL {
            super::corpus::check(&bytes, &RowOptions { lossy, ..of(format) });
        }
    }
}
