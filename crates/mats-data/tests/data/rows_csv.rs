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
fn a_quote_that_is_never_closed_costs_one_row() {
    let (rows, bad) = csv("a,b\n1,2\n3,\"4\n5,6\n\n7,8");
    assert_eq!(rows, ["2: a=1 b=2", "4: a=5 b=6", "6: a=7 b=8"]);
    assert_eq!(bad, ["3: a quote is opened and not closed"]);
    let (rows, bad) = csv("a,b\n3,\"4\n5,6\n7,\"8\"\n9,10\n");
    assert_eq!(rows, ["3: a=5 b=6", "4: a=7 b=8", "5: a=9 b=10"], "closed by the wrong quote");
    assert_eq!(bad, ["2: a quote is opened and not closed"]);
    let (rows, bad) = csv("a,b\n3,\"4\n5,6\n7,8\",9\n10,\"11\" \n");
    assert_eq!(rows, ["3: a=5 b=6", "5: a=10 b=11"], "closed where a field ends, but too wide");
    assert_eq!(bad, ["2: 3 fields instead of 2", "4: 3 fields instead of 2"]);
}

#[test]
fn a_stray_quote_neither_swallows_rows_nor_holds_them_up() {
    let row = |i: usize, quote: &str| format!("{i},1,{quote}tcp,9\n");
    let mut text = "id,n,proto,bytes\n".to_owned();
    (0..1000).for_each(|i| text.push_str(&row(i, if i == 3 { "\"" } else { "" })));
    // Closed again, far below: formally one field, of 500 lines.
    let closed = text.replace("503,1,tcp,9", "503,1,tcp\",9");
    for text in [text, closed] {
        let (rows, bad) = csv(&text);
        assert_eq!((rows.len(), &bad[0][..]), (999, "5: a quote is opened and not closed"));
    }
    // Lines with fewer commas may be text; but not a hundred of them.
    let (rows, bad) = csv(&format!("id,n,proto,bytes\n1,2,\"x\n{}\",4\n5,6,7,8\n", "y\n".repeat(97)));
    assert_eq!((rows.len(), bad.len()), (2, 0));
    let text = format!("id,n,proto,bytes\n1,2,\"x\n{}\",4\n5,6,7,8\n", "y\n".repeat(100));
    let (rows, counts) = read(text.as_bytes(), of(Format::Csv));
    assert_eq!((rows.len(), counts.bad), (1, 102));
}

#[test]
fn lines_that_are_read_again_count_once() {
    let (rows, counts) = read(b"a,b\n\"1\n\xff\0,2\n\0\",3,4\n", of(Format::Csv));
    assert_eq!((rows.len(), counts.bad, counts.nul, counts.not_utf8), (1, 2, 2, 1));
    let (rows, counts) = read(b"a,b\n\"1\n\xff\0\n\0\",3\n", of(Format::Csv));
    assert_eq!((rows.len(), counts.bad, counts.nul, counts.not_utf8), (1, 0, 2, 1));
}

#[test]
fn no_pattern_of_quotes_takes_quadratic_time() {
    // Each line opens a quote both when it is read on its own and when it goes on within one.
    let text = format!("a,b\n{}", "a\"b,\"c\"\"\n".repeat(200_000));
    let options = RowOptions { max_line: 1 << 20, ..of(Format::Csv) };
    let (_, counts) = read(text.as_bytes(), options);
    assert_eq!((counts.rows, counts.bad), (0, 200_000));
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
    assert_eq!(error("\n\na,a\n"), "t:3: two columns are named `a`; rename one");
    assert_eq!(error("a,\"b\n1,2\n"), "t:1: the header is broken: a quote is opened and not closed");
    assert_eq!(
        error(&format!("{}\n", "x".repeat(17 << 20))),
        "t:1: the header is longer than 16777216 bytes"
    );
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

proptest! {
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
