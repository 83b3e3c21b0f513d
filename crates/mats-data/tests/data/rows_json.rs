use super::rows::{bad, of, read};
use mats_data::rows::{Format, Row, RowOptions, Rows};
use proptest::prelude::*;
use serde_json::{Value, json};

fn json(text: &str) -> (Vec<String>, Vec<String>) {
    let (rows, counts) = read(text.as_bytes(), of(Format::JsonLines));
    (rows, bad(&counts))
}

/// Checks the one row that a line makes.
fn check(line: &str, expected: &str) {
    assert_eq!(json(line), (vec![format!("1: {expected}").trim_end().to_owned()], Vec::new()), "{line}");
}

#[test]
fn objects_within_objects_have_dotted_names() {
    check(
        r#"{"event":{"action":"x","code":{"n":1}},"host.name":"h"}"#,
        r#"event.action="x" event.code.n=1 host.name="h""#,
    );
    check(r#"{"a":{},"":{"":2}}"#, ".=2");
    check("{}", "");
}

#[test]
fn values_are_numbers_text_or_nothing() {
    check(r#"{"a":null,"b":"","c":"NaN","d":[],"e":true}"#, r#"a=- b=- c=- d=- e="true""#);
    check(r#"{"a":1.5,"b":"443","c":"0x1f","d":"-","e":"Infinity"}"#, r#"a=1.5 b=443 c="0x1f" d="-" e=inf"#);
    check(r#"{"u":"caf\u00e9 \ud83d\ude00\n"}"#, "u=\"café 😀\\n\"");
}

#[test]
fn numbers_keep_their_spelling() {
    let text = r#"{"a":-9214364837600034816,"b":18446744073709551615,"c":"007","d":1.50,"e":1e300,"f":0.0}"#;
    let mut rows = Rows::new(text.as_bytes(), "t", RowOptions::default()).unwrap();
    let mut row = Row::new();
    assert!(rows.next(&mut row).unwrap());
    let spelt: Vec<&str> = row.iter().map(|field| field.text).collect();
    assert_eq!(spelt, ["-9214364837600034816", "18446744073709551615", "007", "1.5", "1e300", "0"]);
}

#[test]
fn lists_are_joined_with_commas() {
    check(
        r#"{"a":[1,"x",null,true],"b":[3600.0],"c":[null],"d":[[1,2],[],[3]]}"#,
        r#"a="1,x,true" b="3600" c=- d="1,2,3""#,
    );
    check(
        r#"{"answers":[{"name":"a","ttl":1},{"name":"b","ttl":2,"x":[7,8]},5],"z":0}"#,
        r#"answers.name="a,b" answers.ttl="1,2" answers.x="7,8" answers="5" z=0"#,
    );
}

#[test]
fn bad_lines_are_counted_with_their_reason() {
    let deep = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
    let lists = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let name = format!("{{\"{}\":1}}", "k".repeat(600));
    let lines = ["{\"a\":1", "{\"a\":1} x", "[1]", "5", "{\"a\":NaN}", &deep, &lists, &name, "{\"ok\":1}"];
    let (rows, counts) = read(lines.join("\n").as_bytes(), of(Format::JsonLines));
    assert_eq!((rows, counts.bad), (vec!["9: ok=1".to_owned()], 8));
    let expected = [
        "1: the JSON object is cut off",
        "2: not a JSON object: trailing characters at byte 9",
        "3: not a JSON object: invalid type: sequence, expected one object a line at byte 0",
        "4: not a JSON object: invalid type: integer `5`, expected one object a line at byte 1",
        "5: not a JSON object: expected value at byte 6",
        "6: nested deeper than 32 levels",
        "7: nested deeper than 32 levels",
        "8: the name of a field is longer than 512 bytes",
    ];
    assert_eq!(bad(&counts), expected);
}

#[test]
fn of_a_key_that_comes_twice_the_last_value_counts() {
    let repeated = |line: &str, expected: &str| {
        let (rows, counts) = read(line.as_bytes(), of(Format::JsonLines));
        assert_eq!((rows, counts.repeated, counts.bad), (vec![format!("1: {expected}")], 1, 0), "{line}");
    };
    repeated(r#"{"a":1,"b":5,"a":2}"#, "a=2 b=5");
    repeated(r#"{"a":{"b":1},"a.b":2}"#, "a.b=2");
    repeated(r#"{"a.b":2,"a":{"b":"x","c":3}}"#, r#"a.b="x" a.c=3"#);
    repeated(r#"{"a":[1],"a":[2,3]}"#, r#"a="2,3""#);
    repeated(r#"{"a":[1,2],"b":7,"a":null}"#, "a=- b=7");
    repeated(r#"{"a":null,"a":1}"#, "a=1");
    repeated(r#"{"a":[{"b":1},{"b":2},{"b":3}],"a":{"b":4}}"#, "a.b=4");
    repeated(r#"{"a":[{"b":1},{"b":2}],"a":[{"b":5,"c":6},{"b":7}]}"#, r#"a.b="5,7" a.c="6""#);
    repeated(r#"{"a":9,"a":[{"b":5}],"a":8}"#, r#"a=8 a.b="5""#);
    for value in ["1", "[1]", "[1,2]", "{\"b\":1}", "[{\"b\":1},{\"b\":2}]"] {
        let line = format!("{{{}}}", vec![format!("\"a\":{value}"); 100_000].join(","));
        let (rows, counts) = read(line.as_bytes(), of(Format::JsonLines));
        assert!(rows.len() == 1 || value.contains("},"), "{value}: {:?}", bad(&counts));
    }
}

#[test]
fn the_text_of_an_element_with_attributes_is_its_value() {
    check(
        r##"{"Event":{"System":{"EventID":{"#attributes":{"Qualifiers":16384},"#text":7045}}}}"##,
        "Event.System.EventID.#attributes.Qualifiers=16384 Event.System.EventID=7045",
    );
    check(r##"{"a":{"_":"7045","$":{"Q":"1"}},"b":{"#content":"x"}}"##, r#"a=7045 a.$.Q=1 b="x""#);
    check(r##"{"a":{"_text":"x"},"b":{"$t":1},"c":[{"#text":1},{"#text":2}]}"##, r#"a="x" b=1 c="1,2""#);
    check(r##"{"#text":1,"a":{"#text":["x","y"]}}"##, r#"#text=1 a="x,y""#);
}

#[test]
fn json_behind_a_prefix_is_read_where_the_file_begins_so() {
    let text = "@cee: {\"a\":1}\n@cee:{\"a\":2}\n{\"a\":3}\nplain {\"a\":4}\n\n@cee: {\"a\":5\n";
    for options in [RowOptions::default(), of(Format::JsonLines)] {
        let (rows, counts) = read(text.as_bytes(), options);
        assert_eq!((rows.join(" "), counts.prefixed), ("1: a=1 2: a=2 3: a=3".to_owned(), 3));
        let expected = ["4: no JSON object behind the prefix of a log", "6: the JSON object is cut off"];
        assert_eq!(bad(&counts), expected);
    }
    let syslog = "Jan  3 10:00:00 s suricata[8]: {\"a\":1}\nJan  3 10:00:01 s suricata[9]: {\"a\":2}\n";
    assert_eq!(read(syslog.as_bytes(), RowOptions::default()).0, ["1: a=1", "2: a=2"]);
    // The first line may be a word of the program's own, where JSON is asked for.
    let greeting = format!("Jan  3 10:00:00 s suricata[8]: engine started\n{syslog}");
    let (rows, counts) = read(greeting.as_bytes(), of(Format::JsonLines));
    assert_eq!((rows.len(), counts.bad, counts.prefixed), (2, 1, 2));
    assert_eq!(read(b"@cee: {\"a\":\"\xff\"}\n", RowOptions::default()).0, ["1: a=\"\u{fffd}\""]);
    // A line alone that holds an object makes no such file.
    let lines = "Jan  3 10:00:00 s app: got {\"a\":1}\n";
    assert_eq!(read(lines.as_bytes(), RowOptions::default()).0.len(), 1);
    assert_eq!(Format::detect(lines.as_bytes()), Ok(Format::Lines));
    let plain = read(b"{\"a\":1}\n@cee: {\"a\":2}\n", RowOptions::default());
    assert_eq!((plain.0.len(), plain.1.bad), (1, 1));
}

#[test]
fn hostile_lists_cost_neither_time_nor_memory() {
    let objects = |n: usize| format!("{{\"a\":[{}]}}", vec!["{\"b\":1,\"c\":2}"; n].join(","));
    let (rows, bad) = json(&objects(30_000));
    assert_eq!((rows.len(), bad.len()), (1, 0));
    assert_eq!(json(&objects(1_000_000)).1, ["1: more than 65536 values in arrays"]);
    let plain = format!("{{\"a\":[{}]}}", vec!["1"; 1_000_000].join(","));
    assert_eq!(json(&plain).0[0].len(), "1: a=\"\"".len() + 2_000_000 - 1);
}

/// Names and texts that a tree of JSON flattens to, for what has no lists.
fn flatten(path: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            flatten(&path, value, out);
        }),
        Value::Null => out.push((path.to_owned(), String::new())),
        Value::String(text) => out.push((path.to_owned(), text.clone())),
        other => out.push((path.to_owned(), other.to_string())),
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|n| json!(n)),
        "[a-z\"\\\\\n\u{e9}]{0,5}".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop::collection::btree_map("[a-z]{1,3}", inner, 1..4)
            .prop_map(|map| Value::Object(map.into_iter().collect()))
    })
}

proptest! {
    #[test]
    fn trees_flatten_as_serde_json_reads_them(trees in prop::collection::vec(prop::collection::btree_map("[a-z]{1,3}", tree(), 0..4), 1..6)) {
        let lines: Vec<String> = trees.iter().map(|map| serde_json::to_string(map).unwrap()).collect();
        let text = lines.join("\n");
        let mut rows = Rows::new(text.as_bytes(), "t", of(Format::JsonLines)).unwrap();
        let mut row = Row::new();
        for tree in &trees {
            prop_assert!(rows.next(&mut row).unwrap());
            let mut expected = Vec::new();
            for (key, value) in tree {
                flatten(key, value, &mut expected);
            }
            let found: Vec<(String, String)> =
                row.iter().map(|field| (rows.columns()[field.column].clone(), field.text.to_owned())).collect();
            prop_assert_eq!(found, expected);
        }
        prop_assert!(!rows.next(&mut row).unwrap());
    }

    #[test]
    fn a_line_is_good_only_if_it_is_json(line in "[{}\\[\\]\":,a1\\-.e \\\\tn]{0,24}") {
        let (rows, bad) = json(&format!("{{}}\n{line}"));
        let parsed = serde_json::from_str::<serde_json::Map<String, Value>>(&line);
        prop_assert!(rows.len() == 1 || parsed.is_ok(), "{} is not JSON", line);
        prop_assert!(parsed.is_err() || rows.len() == 2, "{:?}", bad);
    }
}
