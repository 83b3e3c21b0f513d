use super::samples::{Disk, any_record};
use mats_core::Record;
use mats_data::telemetry_csv::{FILES, TelemetryReader, TelemetryWriter};
use proptest::prelude::*;
use std::io::Cursor;

fn write(records: &[Record]) -> Disk {
    let disk = Disk::default();
    let mut out = TelemetryWriter::new(|name| Ok(disk.create(name))).unwrap();
    for (id, record) in records.iter().enumerate() {
        out.write(id as u64, record).unwrap();
    }
    out.finish().unwrap();
    disk
}

proptest! {
    #[test]
    fn records_come_back_unchanged_and_in_order(records in prop::collection::vec(any_record(), 0..60)) {
        let disk = write(&records);
        let reader = TelemetryReader::new(|name| Ok(Cursor::new(disk.bytes(name)))).unwrap();
        let back: Vec<(u64, Record)> = reader.collect::<Result<_, _>>().unwrap();
        let expected: Vec<(u64, Record)> = (0..).zip(records).collect();
        prop_assert_eq!(back, expected);
    }
}

/// Reads the five empty files, one of which holds `text` instead.
fn error(file: &str, text: &str) -> String {
    let disk = write(&[]);
    let open =
        |name: &str| Ok(Cursor::new(if name == file { text.as_bytes().to_vec() } else { disk.bytes(name) }));
    match TelemetryReader::new(open) {
        Err(error) => error.to_string(),
        Ok(mut reader) => reader.find_map(Result::err).expect("must be refused").to_string(),
    }
}

#[test]
fn mistakes_name_file_line_and_column() {
    const LOGINS: &str = "id,time_us,arrival_us,host,user,source,kind,success\n";
    let check =
        |line: &str, expected: &str| assert_eq!(error("logins.csv", &format!("{LOGINS}{line}")), expected);
    check("0,1,2,x,,10.0.0.1,Network,true\n", "logins.csv:2: `host`: invalid digit found in string");
    check("0,1,2,3\n", "logins.csv:2: 4 fields, but the header has 8; mend the line");
    let good = "5,1,2,3,,10.0.0.1,Network,true\n";
    check(&format!("{good}{good}"), "logins.csv:3: id 5 after 5; ids must ascend, sort the file by id");
    let kinds = error("logins.csv", &format!("{LOGINS}0,1,2,3,,10.0.0.1,Psychic,true\n"));
    assert!(kinds.starts_with("logins.csv:2: unknown variant `Psychic`, expected one of"), "{kinds}");
    assert_eq!(
        error("config.csv", "id,host\n"),
        "config.csv:1: the header must be id,time_us,arrival_us,host,item,user,value"
    );
    assert_eq!(
        error(
            "intel.csv",
            "id,time_us,arrival_us,type,pattern,confidence,valid_until_us\n0,1,2,address,x,5,9\n"
        ),
        "intel.csv:2: pattern `x` is not an IPv4 address"
    );
}

#[test]
fn after_a_mistake_there_is_nothing_more() {
    let disk = write(&[]);
    let header = disk.text("config.csv");
    let text = format!("{header}0,1,2,3,Patch,,7\nrubbish\n2,1,2,3,Patch,,7\n");
    let open = |name: &str| {
        Ok(Cursor::new(if name == "config.csv" { text.clone().into_bytes() } else { disk.bytes(name) }))
    };
    let seen: Vec<bool> = TelemetryReader::new(open).unwrap().map(|record| record.is_ok()).collect();
    assert_eq!(seen, [true, false]);
}

#[test]
fn a_missing_file_is_named() {
    let open = |name: &str| -> std::io::Result<Cursor<Vec<u8>>> {
        Err(std::io::Error::new(std::io::ErrorKind::NotFound, format!("{name} is not there")))
    };
    let error = TelemetryReader::new(open).err().unwrap().to_string();
    assert!(error.starts_with(FILES[0]), "{error}");
}
