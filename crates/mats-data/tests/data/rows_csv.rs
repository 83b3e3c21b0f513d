use super::rows::{bad, of, read};
use mats_data::rows::{Format, RowOptions};
use proptest::prelude::*;

fn csv(text: &str) -> (Vec<String>, Vec<String>) {
    let (rows, counts) = read(text.as_bytes(), of(Format::Csv));
    assert_eq!((rows.len() as u64, bad(&counts).len() as u64), (counts.rows, counts.bad));
    (rows, bad(&counts))
}

#[test]
fn fields_are_numbers_text_or_nothing() {
    let text = "a,b,c,d\n1, x ,,?\n-2.5e3,NaN,n/a,NULL\ninf,-Infinity,1e999,-\n007,(empty),true,12.0.0.1\n";
    let (rows, bad) = csv(text);
    let expected = [
        "2: a=1 b=\"x\" c=- d=-",
        "3: a=-2500 b=- c=- d=-",
        "4: a=inf b=-inf c=inf d=\"-\"",
        "5: a=7 b=\"(empty)\" c=\"true\" d=\"12.0.0.1\"",
    ];
    assert_eq!((rows, bad.len()), (expected.map(str::to_owned).to_vec(), 0));
    let (_, counts) = read(text.as_bytes(), of(Format::Csv));
    assert_eq!((counts.missing, counts.infinite), (5, 3));
}

#[test]
fn quotes_hold_commas_quotes_and_lines() {
    let (rows, bad) = csv("a,\"b \"\"q\"\"\"\r\n\"1,5\",\"say \"\"hi\"\"\"\r\n\"x\r\ny\",2\r\n3,\"\"\r\n");
    let expected =
        ["2: a=\"1,5\" b \"q\"=\"say \\\"hi\\\"\"", "3: a=\"x\\ny\" b \"q\"=2", "5: a=3 b \"q\"=-"];
    assert_eq!((rows, bad.len()), (expected.map(str::to_owned).to_vec(), 0));
}

#[test]
fn a_line_within_quotes_is_never_a_row() {
    // What a script writes, logged as a field; every line of it looks like a row.
    for lines in [1, 99, 100, 5000] {
        let script = "9,9,forged,9\n".repeat(lines);
        let text = format!("id,n,proto,bytes\n1,2,\"x\n{script}say \"\"hi\"\"\",4\n5,6,7,8\n");
        let (rows, counts) = read(text.as_bytes(), of(Format::Csv));
        assert_eq!((rows.len(), counts.bad, counts.row_like, counts.first_row_like), (2, 0, lines as u64, 3));
        assert!(rows[0].contains("forged") && rows[1].starts_with(&format!("{}: id=5", lines + 4)));
    }
    // Also where the row is bad: its lines are counted, and none is believed.
    let (rows, counts) = read(b"a,b\n3,\"4\n5,6\n7,8\",9\n10,\"11\" \n", of(Format::Csv));
    assert_eq!((rows, counts.swallowed), (vec!["5: a=10 b=11".to_owned()], 2));
    assert_eq!(bad(&counts), ["2: 3 fields instead of 2; its quotes reach over 2 more lines"]);
    // A quote amid a field is text.
    assert_eq!(csv("a,b\n1 \"2,3\"\n5,6\n").0, ["2: a=\"1 \\\"2\" b=\"3\\\"\"", "3: a=5 b=6"]);
}

#[test]
fn a_quote_that_is_never_closed_makes_text_of_what_follows_and_that_is_told() {
    // Whether a quote is a stray one or a field was cut off cannot be told, so nothing behind it is believed.
    let (rows, counts) = read(b"a,b\n1,2\n3,\"4\n5,6\n\n7,8", of(Format::Csv));
    assert_eq!((rows, counts.swallowed), (vec!["2: a=1 b=2".to_owned()], 3));
    let why = "3: a quote is opened and never closed, so what follows is its text to the end, 3 lines";
    assert_eq!(bad(&counts), [why]);
    assert_eq!(csv("a,b\n1,2\n3,\"4").1, ["3: a quote is opened and not closed"]);
}

#[test]
fn a_row_that_is_too_long_ends_where_its_quotes_do() {
    let options = || RowOptions { max_line: 1000, ..of(Format::Csv) };
    // Over many lines, and in one that is too long by itself, at the start of the row and later.
    for field in [
        format!("x\n{}", "9,9,9,9\n".repeat(1000)),
        "y".repeat(5000) + "\n9,9,9,9\n",
        format!("\n{}\n9,9,9,9\n", "z".repeat(5000)),
    ] {
        let text = format!("a,b,c,d\n1,2,\"{field}\",4\n5,6,7,8\n");
        let (rows, counts) = read(text.as_bytes(), options());
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert!(rows[0].ends_with("a=5 b=6 c=7 d=8"), "{rows:?}");
        let lines = field.matches('\n').count() as u64;
        assert_eq!((counts.bad, counts.too_long, counts.swallowed), (1, 1, lines));
        assert!(
            bad(&counts)[0].starts_with("2: longer than 1000 bytes; its quotes reach over"),
            "{counts:?}"
        );
        // Just within measure it is a row.
        let (rows, counts) = read(text.as_bytes(), RowOptions { max_line: text.len(), ..of(Format::Csv) });
        assert_eq!((rows.len(), counts.bad), (2, 0));
    }
    let (rows, counts) = read(format!("a,b,c,d\n\"{}\n9,9,9,9\n", "y".repeat(5000)).as_bytes(), options());
    assert_eq!((rows.len(), counts.bad, counts.swallowed), (0, 1, 1), "never closed");
}

#[test]
fn broken_text_within_quotes_is_counted_once() {
    let (rows, counts) = read(b"a,b\n\"1\n\xff\0,2\n\0\",3,4\n5,6\n", of(Format::Csv));
    assert_eq!((rows.len(), counts.bad, counts.nul, counts.nul_runs, counts.not_utf8), (1, 1, 1, 1, 1));
    // Where such text is refused the row ends where it would have.
    let strict = RowOptions { lossy: false, ..of(Format::Csv) };
    for text in [&b"a,b\n\"\xff\n9,9\n\",3\n5,6\n"[..], b"a,b\n\"1\n\xff\n9,9\n\",3\n5,6\n"] {
        let (rows, counts) = read(text, strict.clone());
        assert_eq!((rows.len(), counts.bad, counts.not_utf8), (1, 1, 1), "{counts:?}");
        assert!(bad(&counts)[0].contains("not UTF-8; its quotes reach over"));
    }
}

#[test]
fn no_pattern_of_quotes_takes_quadratic_time() {
    // Each line opens a quote both when it is read on its own and when it goes on within one.
    let text = format!("a,b\n{}", "a\"b,\"c\"\"\n".repeat(200_000));
    let options = RowOptions { max_line: 1 << 20, ..of(Format::Csv) };
    let (_, counts) = read(text.as_bytes(), options);
    assert_eq!(counts.rows + counts.bad + counts.swallowed, 200_000);
}

#[test]
fn rows_of_a_wrong_width_and_headers_that_come_again_are_bad() {
    let (rows, bad) = csv("a,b\n1\n1,2,3\n a , b \n\n4,5\n");
    assert_eq!(rows, ["6: a=4 b=5"]);
    assert_eq!(bad, ["2: 1 field instead of 2", "3: 3 fields instead of 2", "4: the header once more"]);
}

#[test]
fn a_header_that_is_a_row_is_recognised() {
    let error = |text: &str| {
        mats_data::rows::Rows::new(text.as_bytes(), "t", of(Format::Csv)).map(|_| ()).unwrap_err().to_string()
    };
    let cure = "if the first line is a row and not a header, give the names of the columns";
    assert_eq!(error("0,0,tcp\n"), format!("t:1: two columns are named `0`; {cure}"));
    assert_eq!(error("a,\"b\n1,2\n"), "t:1: the header is broken: a quote is opened and not closed");
    assert_eq!(
        error(&format!("{}\n", "x".repeat(17 << 20))),
        "t:1: the header is longer than 16777216 bytes"
    );
}

#[test]
fn columns_with_one_name_get_names_of_their_own() {
    let text = "a,b,a,a.1,a\n1,2,3,4,5\na,b,a,a.1,a\n6,7,8,9,0\n";
    let (rows, counts) = read(text.as_bytes(), of(Format::Csv));
    assert_eq!(rows, ["2: a=1 b=2 a.2=3 a.1=4 a.3=5", "4: a=6 b=7 a.2=8 a.1=9 a.3=0"]);
    assert_eq!(
        (counts.renamed.join(" "), &bad(&counts)[0][..]),
        ("a.2 a.3".to_owned(), "3: the header once more")
    );
    let again = RowOptions { header_again: true, ..of(Format::Csv) };
    assert_eq!(read(text.as_bytes(), again).1.bad, 0);
    let wide = format!("{}\n{}\n", vec!["x"; 4096].join(","), vec!["1"; 4096].join(","));
    assert_eq!(read(wide.as_bytes(), of(Format::Csv)).1.renamed.len(), 4095);
}

#[test]
fn names_may_come_from_outside() {
    let options = RowOptions { columns: Some(vec!["x".into(), "y".into()]), ..RowOptions::default() };
    assert_eq!(read(b"1,a\n2,b\n", options).0, ["1: x=1 y=\"a\"", "2: x=2 y=\"b\""]);
}

#[test]
fn carriage_returns_alone_do_not_end_lines() {
    assert_eq!(csv("a,b\r\n1\r2,\"3\r4\"\r\n").0, ["2: a=\"1\\r2\" b=\"3\\r4\""]);
}

/// A row whose fields are names of columns is a row: whoever writes the fields does not tell how the rows behind it are read.
#[test]
fn a_row_of_names_is_no_header() {
    let again = RowOptions { header_again: true, ..of(Format::Csv) };
    let (rows, counts) =
        read(b"user,agent,path,code\na,b,/c,ok\nagent,user,/login,fail\nd,e,/f,ok\n", again.clone());
    assert_eq!(rows.len(), 3);
    assert!(rows[2].contains("user=\"d\""), "{rows:?}");
    assert_eq!((counts.header_like, counts.bad), (1, 0));
    // One with more columns cannot be a row.
    let (rows, counts) = read(b"user,path\na,/c\nuser,agent,path\nd,e,/f\n", again);
    assert_eq!((rows.len(), counts.header_like, counts.bad), (2, 0, 0));
    assert!(rows[1].contains("path=\"/f\""), "{rows:?}");
}

#[test]
fn a_blank_before_a_quote_is_none_of_the_field() {
    let text = "port,proto,n,name\n90,http,9, \"moz\n50,dns,5,curl\n50,dns,5,curl\"\n1, \"a \"\"b\"\", c\" ,2,x\"y\"\n";
    let (rows, counts) = read(text.as_bytes(), of(Format::Csv));
    assert_eq!((rows.len(), counts.bad), (2, 0), "{rows:?}");
    assert!(rows[0].contains("name=\"moz\\n50,dns,5,curl\\n50,dns,5,curl\""), "{rows:?}");
    assert!(
        rows[1].contains("proto=\"a \\\"b\\\", c\"") && rows[1].contains("name=\"x\\\"y\\\"\""),
        "{rows:?}"
    );
}

proptest! {
    /// A field that holds lines which look like rows, closed as it should be, is one row; rows follow it undisturbed.
    #[test]
    fn quoted_lines_that_look_like_rows_are_one_field(
        lines in prop::collection::vec("[0-9a-c,\" ;]{0,12}|9,9,9,9|a,b,c,d|\"\"|\",\"", 0..40),
        ends in prop::sample::select(vec!["\n", "\r\n"]),
        size in 1_usize..9,
    ) {
        let field = lines.join(ends);
        let text = format!("a,b,c,d{ends}1,2,\"{}\",4{ends}5,6,7,8{ends}", field.replace('"', "\"\""));
        let input = std::io::BufReader::with_capacity(size, text.as_bytes());
        let mut rows = mats_data::rows::Rows::new(input, "t", of(Format::Csv)).unwrap();
        let mut row = mats_data::rows::Row::new();
        prop_assert!(rows.next(&mut row).unwrap());
        // Lines within a field end with a line feed.
        let text = field.replace("\r\n", "\n");
        prop_assert_eq!(row.iter().nth(2).unwrap().text, text.trim());
        prop_assert!(rows.next(&mut row).unwrap());
        prop_assert_eq!(row.text(3), Some("8"));
        prop_assert!(!rows.next(&mut row).unwrap());
        prop_assert_eq!(rows.counts().bad, 0);
    }

    /// Text that the `csv` crate writes comes back.
    #[test]
    fn any_text_comes_back(table in prop::collection::vec(prop::array::uniform3("[a-c,\"\n .é]{0,6}"), 1..12)) {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(["col_a", "col_b", "col_c"]).unwrap();
        for row in &table {
            out.write_record(row).unwrap();
        }
        let bytes = out.into_inner().unwrap();
        let mut rows = mats_data::rows::Rows::new(bytes.as_slice(), "t", of(Format::Csv)).unwrap();
        let mut row = mats_data::rows::Row::new();
        for expected in &table {
            prop_assert!(rows.next(&mut row).unwrap());
            for (column, text) in expected.iter().enumerate() {
                prop_assert_eq!(row.text(column).unwrap_or_default(), text.trim());
            }
        }
        prop_assert!(!rows.next(&mut row).unwrap());
        prop_assert_eq!(rows.counts().bad, 0);
    }
}
