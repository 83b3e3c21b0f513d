use super::rows::of;
use mats_data::rows::{Format, Row, RowOptions, Rows};

/// How often rows allocate once the buffers have grown.
fn allocations(format: Format, head: &str, row: &str) -> u64 {
    let text = format!("{head}{}", row.repeat(1000));
    let options = RowOptions { time: (format != Format::Csv).then(|| "ts".to_owned()), ..of(format) };
    let mut rows = Rows::new(text.as_bytes(), "t", options).unwrap();
    let mut row = Row::new();
    for _ in 0..100 {
        assert!(rows.next(&mut row).unwrap());
    }
    let mut read = 0;
    let counted = allocation_counter::measure(|| {
        while rows.next(&mut row).unwrap() {
            read += 1;
        }
    });
    assert_eq!(read, 900);
    counted.count_total
}

#[test]
fn rows_come_without_allocating() {
    let json = r#"{"ts":"2024-01-01T00:00:00Z","id":{"h":"10.0.0.1","p":443},"s":"a","l":[1,2.5],"o":[{"a":1},{"a":2}]}"#;
    assert_eq!(allocations(Format::JsonLines, "", &format!("{json}\n")), 0);
    assert_eq!(
        allocations(Format::JsonLines, "", "{\"ts\":1,\"s\":\"\\n\",\"t\":\"\\u00e9\"}\n"),
        900,
        "escapes take one"
    );
    assert_eq!(allocations(Format::Csv, "a,b\n", "1.5,x\n"), 0);
    assert_eq!(allocations(Format::Csv, "a,b\n", "\"1\n2\",\"x\"\"y\"\n"), 0);
    assert_eq!(
        allocations(Format::ZeekTsv, "#fields\tts\tb\n#types\ttime\tset[string]\n", "1.5\tx\\x2c,y\n"),
        0
    );
    assert_eq!(allocations(Format::Lines, "", "sshd[1]: hello\n"), 0);
}
