use super::rows::{bad, of, read};
use mats_data::rows::{Format, RowOptions};

const CONN: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
    #fields\tts\tuid\tid.orig_p\tservice\ttunnel_parents\tlocal_orig\n#types\ttime\tstring\tport\tstring\tset[string]\tbool\n";

fn zeek(text: &str) -> (Vec<String>, Vec<String>) {
    let (rows, counts) = read(text.as_bytes(), of(Format::ZeekTsv));
    (rows, bad(&counts))
}

#[test]
fn types_say_what_values_are() {
    let text = format!(
        "{CONN}1.5\t123\t443\t-\t(empty)\tT\n2.5\tinf\t80\tssl\tC1,C2\tF\n#close\t2024-01-01-00-00-00\n"
    );
    let (rows, bad) = zeek(&text);
    assert_eq!(
        rows,
        [
            r#"8: ts=1.5 uid="123" id.orig_p=443 service=- tunnel_parents=- local_orig="true""#,
            r#"9: ts=2.5 uid="inf" id.orig_p=80 service="ssl" tunnel_parents="C1,C2" local_orig="false""#,
        ]
    );
    assert!(bad.is_empty());
}

#[test]
fn the_header_says_how_values_are_separated_and_left_out() {
    let text = "#separator \\x7c\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|~\n#fields|a|b|c|d\n\
                #types|count|set[string]|string|set[addr]\n1|x;y|-|~\n~|EMPTY|(empty)|z\n";
    let expected = [r#"7: a=1 b="x,y" c="-" d=-"#, r#"8: a=- b=- c="(empty)" d="z""#];
    assert_eq!(zeek(text).0, expected);
}

#[test]
fn escaped_bytes_are_read_back() {
    let text =
        "#fields\ta\tb\n#types\tstring\tset[string]\n\\x09\\x2d\\x\\\\share\tx\\x2cy,\\xc3\\xa9\\xff\n";
    assert_eq!(zeek(text).0, ["3: a=\"\\t-\\\\x\\\\\\\\share\" b=\"x,y,é\u{fffd}\""]);
}

#[test]
fn logs_may_follow_each_other() {
    let text = format!(
        "{CONN}1\tC1\t1\t-\t-\tT\n#separator \\x09\n#path\tdns\n#fields\tuid\tquery\n#types\tstring\tstring\nC1\tx.example\n"
    );
    assert_eq!(zeek(&text).0[1], r#"13: uid="C1" query="x.example""#);
    let options = RowOptions { stream: Some("dns".into()), ..of(Format::ZeekTsv) };
    let (rows, counts) = read(text.as_bytes(), options);
    assert_eq!((rows.len(), counts.other_streams), (1, 1));
    assert_eq!(counts.streams, [("conn".to_owned(), 1), ("dns".to_owned(), 1)]);
}

#[test]
fn without_types_values_are_read_as_in_csv() {
    assert_eq!(zeek("#fields\ta\tb\n7\tx\n").0, [r#"2: a=7 b="x""#]);
}

#[test]
fn broken_headers_and_rows_are_counted() {
    let long = "n".repeat(600);
    let text = format!(
        "1\t2\n#fields\ta\ta\n1\t2\n#fields\t{long}\n1\n#fields\ta\tb\n1\n1\t2\t3\nx\t2\n#types\tcount\n"
    );
    let (rows, bad) = zeek(&text);
    assert_eq!(rows, [r#"9: a="x" b=2"#]);
    let expected = [
        "1: no usable #fields line before it",
        "2: two fields are named `a`",
        "3: no usable #fields line before it",
        "4: the name of a field is longer than 512 bytes",
        "5: no usable #fields line before it",
        "7: 1 field instead of 2",
        "8: 3 fields instead of 2",
    ];
    assert_eq!(bad, expected);
}

#[test]
fn three_blanks_part_the_last_columns_of_logs_labelled_by_hand() {
    let text = "#fields\tts\ttunnel_parents   label   detailed-label\n#types\ttime\tset[string]   string   string\n\
                1\t(empty)   Malicious   C&C\n2\t-   Benign   -\n3\tC1\tBenign\t-\n4\t-   Benign\n5\t-   a   b   c\n";
    let (rows, bad) = zeek(text);
    assert_eq!(
        rows,
        [
            r#"3: ts=1 tunnel_parents=- label="Malicious" detailed-label="C&C""#,
            r#"4: ts=2 tunnel_parents=- label="Benign" detailed-label=-"#,
            r#"5: ts=3 tunnel_parents="C1" label="Benign" detailed-label=-"#,
        ]
    );
    assert_eq!(bad, ["6: 3 fields instead of 4", "7: 5 fields instead of 4"]);
    // Elsewhere blanks are text.
    assert_eq!(zeek("#fields\ta\tb\n1\tx   y\n").0, [r#"2: a=1 b="x   y""#]);
}
