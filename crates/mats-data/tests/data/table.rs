use crate::shared_data::shared_data;
use mats_data::rows::Format;
use mats_data::table::{BadRow, Categories, Column, Options, Stray, Table, Type};
use proptest::prelude::*;
use std::path::Path;

fn read(text: &str, options: &Options) -> Result<Table, String> {
    Table::read(text.as_bytes(), "t.csv", options).map_err(|error| error.to_string())
}

fn labelled(label: &str) -> Options {
    Options { label: Some(label.to_owned()), ..Options::default() }
}

#[test]
fn columns_missing_and_infinite_values_are_told_apart() {
    let text = "\u{feff} bytes, proto ,port,label\n1,tcp,80,normal\nInfinity,?,,attack\n-2.5e3,udp,x,normal\n,tcp,?,attack\n";
    let table = read(text, &labelled("label")).unwrap();
    assert_eq!((table.rows, table.names), (4, vec!["bytes".to_owned(), "proto".into(), "port".into()]));
    let Column::Numeric(bytes) = &table.columns[0] else { panic!("bytes are numbers") };
    assert_eq!((bytes[0], bytes[2]), (1.0, -2500.0));
    assert!(bytes[1].is_infinite() && bytes[3].is_nan());
    let Column::Categorical(proto) = &table.columns[1] else { panic!("proto is a name") };
    assert_eq!([0, 1, 2, 3].map(|row| proto.name(row)), [Some("tcp"), None, Some("udp"), Some("tcp")]);
    assert!(matches!(&table.columns[2], Column::Categorical(port) if port.names == ["80", "x"]));
    assert_eq!((table.missing, table.infinite), (vec![1, 1, 2], vec![1, 0, 0]));
    assert_eq!(table.labels.unwrap().codes, [0, 1, 0, 1]);
}

#[test]
fn bad_rows_are_counted_and_the_first_ten_kept() {
    let mut text = String::from("a,b,label\n1,2,x\n1,2\na,b,label\n3,4,\n5,6,y\n");
    text.push_str(&"1\n".repeat(20));
    let table = read(&text, &labelled("label")).unwrap();
    assert_eq!((table.rows, table.bad_rows, table.first_bad.len()), (2, 23, 10));
    let bad = |line, what: &str| BadRow { line, what: what.to_owned() };
    let expected = [bad(3, "2 fields instead of 3"), bad(4, "the header once more"), bad(5, "no label")];
    assert_eq!(table.first_bad[..3], expected);
    let mut bytes = b"a,label\n1,x\n\xff,y\n".to_vec();
    let table = Table::read(bytes.as_slice(), "t.csv", &labelled("label")).unwrap();
    assert_eq!((table.rows, table.counts.not_utf8, table.bad_rows), (2, 1, 0), "as in scoring");
    bytes[0] = 0xff;
    assert!(Table::read(bytes.as_slice(), "t.csv", &labelled("label")).is_err());
}

#[test]
fn what_cannot_be_a_table_is_refused_with_the_cure() {
    let check = |text: &str, options: &Options, expected: &str| {
        assert_eq!(read(text, options).unwrap_err(), expected);
    };
    check("", &Options::default(), "t.csv: the file is empty; it must hold at least a header and a row");
    check("a,b\n", &Options::default(), "t.csv: a header and no rows");
    check(
        "a,b\n1\n",
        &Options::default(),
        "t.csv: no usable row; line 2: 1 field instead of 2; is it comma-separated text?",
    );
    for (text, name) in [("a;b\n1;2\n", "semicolons"), ("a\tb\n1\t2\n", "tabs"), ("a|b c|d\n1|2|3\n", "bars")]
    {
        let error = read(text, &Options::default()).unwrap_err();
        assert!(error.contains(&format!("have {name} between them; give a copy with commas")), "{error}");
    }
    let error = read("# made by hand\na,b\n1,2\n", &Options::default()).unwrap_err();
    assert!(error.contains("begins with `#`") && error.contains("tail -n +2"), "{error}");
    check("a,b\n1,2\n", &labelled("class"), "t.csv:1: no column `class`; there are a, b");
    let error = Table::open(Path::new("no/such/file.csv"), &Options::default()).unwrap_err().to_string();
    assert!(error.starts_with("no/such/file.csv: "), "{error}");
}

#[test]
fn nsl_kdd_is_read_with_columns_from_outside() {
    let (Some(names), Some(path)) =
        (shared_data("nsl-kdd/Field Names.csv"), shared_data("nsl-kdd/KDDTrain+_20Percent.txt"))
    else {
        return;
    };
    let names = std::fs::read_to_string(names).unwrap();
    let mut columns: Vec<String> =
        names.lines().map(|line| line.split(',').next().unwrap().to_owned()).collect();
    columns.extend(["attack".to_owned(), "difficulty".to_owned()]);
    let options = Options {
        columns: Some(columns),
        label: Some("attack".to_owned()),
        ignore: vec!["difficulty".to_owned()],
        ..Options::default()
    };
    let table = Table::open(&path, &options).unwrap();
    assert_eq!((table.rows, table.columns.len(), table.bad_rows), (25_192, 41, 0));
    let categorical: Vec<&str> = table
        .names
        .iter()
        .zip(&table.columns)
        .filter(|(_, column)| matches!(column, Column::Categorical(_)))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(categorical, ["protocol_type", "service", "flag"]);
    let labels = table.labels.unwrap();
    assert_eq!((0..table.rows).filter(|&row| labels.name(row) == Some("normal")).count(), 13_449);
}

#[test]
fn anomaly_tables_are_numeric_throughout() {
    let Some(path) = shared_data("adbench/Pima.csv") else { return };
    let table = Table::open(&path, &labelled("label")).unwrap();
    assert_eq!((table.rows, table.columns.len(), table.bad_rows), (768, 8, 0));
    assert!(table.columns.iter().all(|column| matches!(column, Column::Numeric(_))));
    assert_eq!(table.labels.unwrap().names.len(), 2);
}

proptest! {
    #[test]
    fn junk_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(table) = Table::read(bytes.as_slice(), "junk", &Options::default()) {
            prop_assert!(table.rows > 0);
        }
    }
}

#[test]
fn a_column_that_begins_with_numbers_keeps_their_spelling() {
    let text = "port,n\n080,1\n?,2\nhttp,3\n080,4\n443,5\n";
    let table = read(text, &Options::default()).unwrap();
    let Column::Categorical(port) = &table.columns[0] else { panic!("port has a name") };
    assert_eq!(port.names, ["080", "http", "443"]);
    assert_eq!((port.codes[1], table.missing[0]), (Categories::MISSING, 1));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    assert_eq!(Table::open(&path, &Options::default()).unwrap(), table, "a file is read twice, junk or not");
    let bad = "port,n,label\n1,1,a\n2,2\nx,3,b\n4,4,\ny,5,a\n";
    let table = read(bad, &labelled("label")).unwrap();
    assert!(matches!(&table.columns[0], Column::Categorical(port) if port.names == ["1", "x", "y"]));
    assert_eq!((table.lines, table.bad_rows), (vec![2, 4, 6], 2));
}

#[test]
fn a_few_texts_leave_a_column_numeric_and_are_told() {
    let column = |texts: &[&str]| {
        let rows: Vec<String> = (0..300).map(|i| i.to_string()).collect();
        let mut rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        rows[..texts.len()].copy_from_slice(texts);
        read(&format!("n,x\n{},1\n", rows.join(",1\n")), &Options::default()).unwrap()
    };
    let table = column(&["oops", "-", "None", "n/a", "b\u{9b}d", "5"]);
    let Column::Numeric(numbers) = &table.columns[0] else { panic!("n holds numbers") };
    assert_eq!((numbers[4].is_nan(), numbers[5], table.missing[0]), (true, 5.0, 5));
    let stray = Stray { column: "n".into(), count: 2, line: 2, text: "oops".into(), names: false };
    assert_eq!(table.strays, [stray]);
    // One in a hundred is no slip any more.
    let table = column(&["tcp", "udp", "tcp"]);
    assert!(matches!(&table.columns[0], Column::Categorical(n) if n.names[2] == "3"));
    let stray = &table.strays[0];
    assert_eq!((stray.count, stray.line, stray.text.as_str(), stray.names), (3, 2, "tcp", true));
}

#[test]
fn marks_are_missing_among_numbers_and_names_among_names() {
    let table = read("service,n\n-,-\nhttp,-\n-,7\nnone,None\n", &Options::default()).unwrap();
    assert!(
        matches!(&table.columns[0], Column::Categorical(service) if service.names == ["-", "http", "none"])
    );
    assert!(matches!(&table.columns[1], Column::Numeric(n) if n[2] == 7.0 && n[3].is_nan()));
    assert_eq!((table.missing, table.strays.len()), (vec![0, 3], 0));
}

#[test]
fn what_is_known_of_a_column_settles_it() {
    let known = vec![
        ("proto".to_owned(), Type::Names),
        ("n".to_owned(), Type::Numbers),
        ("absent".to_owned(), Type::Names),
    ];
    let table = read("proto,n\n6.0,many\n007,few\n", &Options { known, ..Options::default() }).unwrap();
    assert!(matches!(&table.columns[0], Column::Categorical(proto) if proto.names == ["6.0", "007"]));
    assert!(matches!(&table.columns[1], Column::Numeric(_)));
    assert_eq!((table.strays[0].count, table.strays[0].text.as_str()), (2, "many"));
}

#[test]
fn columns_can_be_made_names_and_parts_are_no_features() {
    let text = "ts,host,uid,port,label\n10,a,1,80,0\n5,b,2,443,1\n,,,,1\n";
    let options = Options {
        id: Some("uid".into()),
        time: Some("ts".into()),
        entity: Some("host".into()),
        categorical: vec!["port".into()],
        ..labelled("label")
    };
    let table = read(text, &options).unwrap();
    assert_eq!(table.names, ["port"]);
    assert!(matches!(&table.columns[0], Column::Categorical(port) if port.names == ["80", "443"]));
    assert_eq!(table.labels.unwrap().names, ["0", "1"]);
    assert_eq!(table.times.unwrap()[..2], [10.0, 5.0]);
    assert_eq!(table.entities.unwrap().codes, [0, 1, Categories::MISSING]);
    assert_eq!((table.counts.backwards, table.counts.timeless), (1, 1));
    let error = read(text, &Options { categorical: vec!["prot".into()], ..Options::default() }).unwrap_err();
    assert_eq!(error, "t.csv:1: no column `prot`; there are ts, host, uid, port, label");
}

#[test]
fn tables_are_made_of_any_format() {
    let json = "{\"n\":1,\"proto\":\"tcp\",\"label\":true}\n{\"label\":false,\"late\":2}\n{\"n\":\"3\",\"label\":false}\n{\"n\":4}\n";
    let table = read(json, &labelled("label")).unwrap();
    assert_eq!(
        (table.format, table.rows, table.names),
        (Format::JsonLines, 3, vec!["n".to_owned(), "proto".into(), "late".into()])
    );
    assert_eq!((table.missing, table.bad_rows), (vec![1, 2, 2], 1));
    assert!(matches!(&table.columns[0], Column::Numeric(n) if n[0] == 1.0 && n[1].is_nan() && n[2] == 3.0));
    assert_eq!(table.labels.unwrap().names, ["true", "false"]);
    let error = read(json, &labelled("class")).unwrap_err();
    assert_eq!(error, "t.csv: no column `class`; there are n, proto, label, late");
    assert_eq!(
        read("{\"n\":1}\n", &Options { id: Some("uid".into()), ..Options::default() }).unwrap_err(),
        "t.csv: no column `uid`; there are n"
    );
    let zeek = read("#fields\ta\tb\n#types\tcount\tstring\n1\t7\n-\t8\n", &Options::default()).unwrap();
    assert_eq!((zeek.format, zeek.missing), (Format::ZeekTsv, vec![1, 0]));
    assert!(
        matches!(&zeek.columns[1], Column::Categorical(b) if b.names == ["7", "8"]),
        "its type is string"
    );
    let one = read("value\n1\n2\n", &Options::default()).unwrap();
    assert_eq!((one.format, one.rows), (Format::Csv, 2));
    let log = read("Jan 1 sshd: a, b\nJan 2 sshd: c\n", &Options::default()).unwrap();
    assert_eq!((log.format, log.names), (Format::Lines, vec!["line".to_owned()]));
    let streams = "{\"_path\":\"dns\"}\n{\"_path\":\"http\"}\n";
    let error = read(streams, &Options { stream: Some("conn".into()), ..Options::default() }).unwrap_err();
    assert_eq!(error, "t.csv: no row is of the stream `conn`; its streams are dns, http");
}

#[test]
fn labels_are_trimmed_and_what_is_empty_is_none_in_every_format() {
    let check = |text: &str, rows: usize, unlabelled: u64| {
        let table = read(text, &labelled("l")).unwrap();
        assert_eq!((table.rows, table.unlabelled, table.bad_rows), (rows, unlabelled, unlabelled), "{text}");
        let labels = table.labels.unwrap().names;
        assert!(labels.iter().all(|name| name == "x" || name == "y"), "{labels:?}");
        let filled = Options { empty_label: Some("none".into()), ..labelled("l") };
        let table = read(text, &filled).unwrap();
        assert_eq!(
            (table.rows as u64, table.unlabelled, table.bad_rows),
            (rows as u64 + unlabelled, unlabelled, 0)
        );
    };
    check("n,l\n1,x\n2, x \n3,\n4,  \n5,y\n", 3, 2);
    check("{\"n\":1,\"l\":\"x \"}\n{\"n\":2,\"l\":\" \"}\n{\"n\":3}\n{\"n\":4,\"l\":\"\\ty\"}\n", 2, 2);
    check("#fields\tn\tl\n1\tx \n2\t-\n3\t \n", 1, 2);
    for (text, rows) in [("n,l\n1,\n2,\n", 2), ("{\"n\":1,\"l\":null}\n", 1)] {
        let error = read(text, &labelled("l")).unwrap_err();
        assert_eq!(
            error,
            format!("t.csv: no row has a label: `l` is empty in all {rows} rows; name another column")
        );
    }
    let zeek = "#fields\tn\tL\n1\tx\n";
    assert_eq!(read(zeek, &labelled("l")).unwrap_err(), "t.csv: no column `l`; there are n, L");
}
