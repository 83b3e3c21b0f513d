use super::rows::of;
use mats_data::rows::{Format, Row, RowOptions, Rows};
use std::io::{BufReader, Read};

/// Counts the allocations of reading rows once the buffers have grown.
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

/// The most memory that reading takes at once, with lines of at most 1 MiB.
fn most(format: Format, input: impl Read) -> u64 {
    let options = RowOptions { max_line: 1 << 20, id: Some("id".to_owned()), ..of(format) };
    let counted = allocation_counter::measure(|| {
        let mut rows = Rows::new(BufReader::new(input), "t", options).unwrap();
        let mut row = Row::new();
        while rows.next(&mut row).unwrap() {}
        assert!(rows.counts().rows + rows.counts().bad > 0);
    });
    counted.bytes_max
}

#[test]
fn memory_is_bounded_whatever_the_file_holds() {
    const MIB: u64 = 1 << 20;
    let endless = |head: &'static str, byte: u8| head.as_bytes().chain(std::io::repeat(byte).take(40 * MIB));
    let check = |what: &str, most: u64| assert!(most < 8 * MIB, "{what}: {most} bytes");
    check("a line without end", most(Format::Lines, endless("", b'x')));
    check("text without end", most(Format::JsonLines, endless("{\"a\":\"", b'x')));
    check("lists without end", most(Format::JsonLines, endless("{\"a\":", b'[')));
    check("a field without end", most(Format::Csv, endless("id,b\n", b'x')));
    check("fields without end", most(Format::Csv, endless("id,b\n", b',')));
    check("quotes without end", most(Format::Csv, endless("id,b\n", b'"')));
    check("a quote that is never closed", most(Format::Csv, endless("id,b\n\"", b'\n')));
    check("fields without end", most(Format::ZeekTsv, endless("#fields\tid\n", b'\t')));
    check("names without end", most(Format::ZeekTsv, endless("#fields\t", b'\t')));
    let lines = |line: fn(u64) -> String| {
        let text = (0..100_000).fold(String::new(), |text, i| text + &line(i));
        std::io::Cursor::new(text)
    };
    check("ever new keys", most(Format::JsonLines, lines(|i| format!("{{\"id\":{i},\"{i:0100}\":1}}\n"))));
    check("ever new names", most(Format::ZeekTsv, lines(|i| format!("#fields\tid\t{i:0100}\n{i}\t1\n"))));
    check(
        "ever new streams",
        most(Format::JsonLines, lines(|i| format!("{{\"id\":1,\"_path\":\"{i:060}\"}}\n"))),
    );
}
