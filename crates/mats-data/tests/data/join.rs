use crate::shared_data::shared_data;
use mats_data::rows::Format;
use mats_data::table::{BENIGN, BadRow, Column, Joined, Options, Table};
use std::path::{Path, PathBuf};

fn with_id(id: &str) -> Options {
    Options { id: Some(id.to_owned()), ..Options::default() }
}

fn table(text: &str) -> Table {
    Table::read(text.as_bytes(), "t", &with_id("uid")).unwrap()
}

fn join(table: &mut Table, truth: &str) -> Result<Joined, String> {
    table.join(truth.as_bytes(), "truth.csv", "uid", "label").map_err(|error| error.to_string())
}

#[test]
fn rows_get_the_label_of_their_key_and_are_benign_without_one() {
    let mut table =
        table("{\"uid\":\"C1\",\"n\":1}\n{\"uid\":\"C2\",\"n\":2}\n{\"n\":3}\n{\"uid\":\"C1\",\"n\":4}\n");
    let truth = "id,uid,label\n0,C1,impact\n1,C9,movement\n2,C1,impact\n3,C1,movement\n4,,x\n5,C2\n";
    let joined = join(&mut table, truth).unwrap();
    let told =
        |rows: &[BadRow]| rows.iter().map(|row| format!("{}: {}", row.line, row.what)).collect::<Vec<_>>();
    assert_eq!(told(&joined.first_contradictory), ["5: `C1` has another label before"]);
    assert_eq!(told(&joined.first_bad), ["6: no name of a row", "7: 2 fields instead of 3"]);
    let Joined { listed, unlisted, unmatched, contradictory, bad, .. } = joined;
    assert_eq!((listed, unlisted, unmatched, contradictory, bad), (2, 2, 1, 1, 2));
    let labels = table.labels.as_ref().unwrap();
    assert_eq!([0, 1, 2, 3].map(|row| labels.name(row)), ["impact", BENIGN, BENIGN, "impact"].map(Some));
    assert_eq!(table.names, ["n"], "what names rows is no feature");
    assert_eq!([0, 2].map(|row| table.ids.as_ref().unwrap().get(row)), ["C1", ""]);
}

#[test]
fn rows_that_are_named_without_a_label_are_left_out() {
    let mut table = table("uid,n,p\nC1,inf,a\nC2,,b\nC3,3,a\n");
    let joined = join(&mut table, "uid,label\nC2,\nC3,impact\n").unwrap();
    assert_eq!((joined.listed, joined.left_out, joined.bad, table.rows), (2, 1, 1, 2));
    let labels = table.labels.as_ref().unwrap();
    assert_eq!([0, 1].map(|row| labels.name(row)), [Some(BENIGN), Some("impact")]);
    assert_eq!([0, 1].map(|row| table.ids.as_ref().unwrap().get(row)), ["C1", "C3"]);
    assert_eq!((table.missing, table.infinite, table.lines), (vec![0, 0], vec![1, 0], vec![2, 4]));
    assert!(matches!(&table.columns[0], Column::Numeric(n) if n[1] == 3.0));
}

#[test]
fn a_truth_file_of_numbers_joins_by_their_spelling() {
    let mut table = Table::read(&b"id,x\n1,5\n02,6\n"[..], "t", &with_id("id")).unwrap();
    let joined = table.join(&b"id,label\n1,1\n2,1\n"[..], "truth.csv", "id", "label").unwrap();
    assert_eq!((joined.listed, joined.unlisted, joined.unmatched), (1, 1, 1));
    assert_eq!(table.labels.unwrap().names, ["1", BENIGN]);
}

#[test]
fn what_cannot_be_joined_is_refused_with_the_cure() {
    let mut known = table("uid,n\nC1,1\n");
    assert_eq!(
        join(&mut known, "key,label\n").unwrap_err(),
        "truth.csv: no column `uid`; there are key, label"
    );
    assert_eq!(join(&mut known, "{\"uid\":1}\n").unwrap_err(), "truth.csv: no column `label`; there are uid");
    let mut without = Table::read(&b"uid,n\nC1,1\n"[..], "t", &Options::default()).unwrap();
    let error = join(&mut without, "uid,label\n").unwrap_err();
    assert_eq!(error, "truth.csv: the table has no ids to join by; name its id column");
    let error = known.join_labels(Path::new("no/such.csv"), "uid", "label").unwrap_err().to_string();
    assert!(error.starts_with("no/such.csv: "), "{error}");
}

#[test]
fn an_attack_may_leave_nothing_in_a_log() {
    let mut table = table("uid,n\nC1,1\n");
    for truth in ["uid,label\n", "uid,label\nX,impact\n"] {
        let joined = join(&mut table, truth).unwrap();
        assert_eq!((joined.listed, joined.unlisted), (0, 1));
        assert_eq!(table.labels.as_ref().unwrap().name(0), Some(BENIGN));
    }
}

#[test]
fn lines_without_ids_are_named_by_a_list() {
    let log = "Jan 1 sshd: a\n\nJan 2 sshd: b\nJan 3 sshd: c\n";
    let mut table = Table::read(log.as_bytes(), "auth.log", &Options::default()).unwrap();
    let list = "file,line,uid\nauth.log,1,C1\naudit.log,3,C2\nauth.log,4,C3\nauth.log,x,C4\n";
    assert_eq!(table.name_lines_from(list.as_bytes(), "list", "auth.log").unwrap(), 2);
    let ids = table.ids.as_ref().unwrap();
    assert_eq!([0, 1, 2].map(|row| ids.get(row)), ["C1", "", "C3"]);
    let error = table.name_lines_from(&b"file,line\n"[..], "list", "auth.log").unwrap_err().to_string();
    assert_eq!(error, "list: no column `uid`; there are file, line");
    let error = table.name_lines(Path::new("no/such.csv"), "auth.log").unwrap_err().to_string();
    assert!(error.starts_with("no/such.csv: "), "{error}");
}

#[test]
fn generated_sets_are_joined_with_their_truth() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../datasets/tutorial-sample/episode-0");
    let check = |file: &str, id: &str, key: &str, format: Format| {
        let mut table = Table::open(&folder.join(file), &with_id(id)).unwrap();
        assert_eq!((table.format, table.bad_rows, table.counts.duplicates), (format, 0, 0), "{file}");
        table.join_labels(&folder.join("truth.csv"), key, "label").unwrap()
    };
    let (conn, flows) =
        (check("conn.log", "uid", "uid", Format::JsonLines), check("flows.csv", "id", "id", Format::Csv));
    assert_eq!(conn, flows, "the same records in two formats");
    let events = check("events.ecs.ndjson", "event.id", "uid", Format::JsonLines);
    let truth = std::fs::read_to_string(folder.join("truth.csv")).unwrap().lines().count() as u64 - 1;
    assert_eq!(conn.listed + events.listed, truth);
    assert!(conn.listed > 0 && events.listed > 0 && conn.bad == 0);
    for log in ["auth.log", "audit.log"] {
        let mut table = Table::open(&folder.join(log), &Options::default()).unwrap();
        let named = table.name_lines(&folder.join("linux-uids.csv"), log).unwrap();
        assert_eq!((table.format, named), (Format::Lines, table.rows as u64), "{log}");
        let joined = table.join_labels(&folder.join("truth.csv"), "uid", "label").unwrap();
        assert_eq!(joined.listed + joined.unlisted, named);
    }
}

#[test]
fn a_combined_log_makes_a_table_of_one_stream() {
    let Some(path) = shared_data("apt29-zeek/combined_zeek.log") else { return };
    let options = Options {
        stream: Some("conn".into()),
        time: Some("ts".into()),
        entity: Some("id_orig_h".into()),
        categorical: vec!["id_resp_p".into()],
        ignore: vec!["@stream".into(), "@system".into(), "@proc".into()],
        ..with_id("uid")
    };
    let table = Table::open(&path, &options).unwrap();
    assert_eq!((table.rows, table.counts.other_streams), (613, 1527));
    let column = |name: &str| &table.columns[table.names.iter().position(|known| known == name).unwrap()];
    assert!(
        matches!(column("id_resp_p"), Column::Categorical(ports) if ports.names.contains(&"445".to_owned()))
    );
    assert!(matches!(column("duration"), Column::Numeric(_)));
    assert!(matches!(column("proto"), Column::Categorical(protos) if protos.names == ["udp", "tcp"]));
    let duration = table.names.iter().position(|name| name == "duration").unwrap();
    assert_eq!(table.missing[duration], 613 - 577);
    assert!(!table.names.contains(&"@stream".to_owned()) && !table.names.contains(&"ts".to_owned()));
    assert!(table.times.unwrap().iter().all(|time| (1.5882e9..1.5883e9).contains(time)));
    assert!(table.entities.unwrap().names.contains(&"10.0.1.6".to_owned()));
}
