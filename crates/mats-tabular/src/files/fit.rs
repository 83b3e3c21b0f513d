//! A detector from a table.

use super::benign;
use super::data::Data;
use super::leaks;
use super::schema::listed;
pub use crate::sequences::{self, SequenceDetector, SequenceParams, Source};
pub use crate::tabular::{DetectorKind, Gap, Reading, TableDetector, TableParams};
use crate::tabular::{TableError, Values};
pub use crate::templates::Templates;
pub use mats_models::container::kind_of;
pub use mats_models::lstm::LstmParams;
use std::collections::BTreeMap;

/// Name of all benign labels together.
const BENIGN: &str = "benign";

/// Fits to a table. [`Reading::benign`] says which labels are benign where their names do not tell, and `benign` names one
/// more. The model remembers them.
///
/// # Errors
/// When the table does not allow it; the message says what would.
pub fn fit(
    data: &Data,
    params: &TableParams,
    mut reading: Reading,
    benign: Option<&str>,
    seed: u64,
) -> Result<TableDetector, TableError> {
    reading.benign.extend(benign.map(str::to_owned));
    let Some((codes, names)) = &data.labels else {
        let mut detector = params.fit(&data.training(&params.keep), None, "normal", seed)?;
        detector.reading = reading;
        return Ok(detector);
    };
    let labels = benign::of_table(data, &reading.benign).map_err(|several| several_words(&several))?;
    if labels.is_empty() {
        return Err(none_benign(data, &reading.benign));
    }
    let one = one_name(&labels, codes, names);
    let names: Vec<String> =
        names.iter().map(|name| if labels.contains(name) { one.clone() } else { name.clone() }).collect();
    let (codes, names) = merged(codes, &names);
    let mut frame = data.training(&params.keep);
    let is_benign: Vec<bool> = names.iter().map(|name| *name == one).collect();
    for column in leaks::answering(&data.table, &codes, &is_benign) {
        let (name, values) = &mut frame.columns[column];
        if !params.keep.iter().any(|kept| kept == name) {
            *values = Values::Out("tells the label all by itself, and is called as an answer is");
        }
    }
    if reading.benign.is_empty() {
        reading.benign = labels;
    }
    let mut detector = params.fit(&frame, Some((&codes, &names)), &one, seed)?;
    detector.reading = reading;
    Ok(detector)
}

/// The name of all benign labels together: the commonest spelling where they differ in nothing else, else `benign`.
fn one_name(labels: &[String], codes: &[u32], names: &[String]) -> String {
    let same = labels.iter().all(|label| label.to_lowercase() == labels[0].to_lowercase());
    if !same && !names.iter().any(|name| name == BENIGN && !labels.contains(name)) {
        return BENIGN.to_owned();
    }
    let rows = |label: &String| codes.iter().filter(|&&code| names[code as usize] == *label).count();
    labels.iter().rev().max_by_key(|label| rows(label)).cloned().unwrap_or_default()
}

/// Labels of which some have the same name, with one code for each name.
fn merged(codes: &[u32], names: &[String]) -> (Vec<u32>, Vec<String>) {
    let mut known: Vec<String> = Vec::new();
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let new: Vec<u32> = names
        .iter()
        .map(|name| {
            *numbers.entry(name).or_insert_with(|| {
                known.push(name.clone());
                known.len() as u32 - 1
            })
        })
        .collect();
    (codes.iter().map(|&code| new[code as usize]).collect(), known)
}

/// Several labels mean benign, each by another word.
fn several_words(labels: &[String]) -> TableError {
    let names: Vec<&str> = labels.iter().map(String::as_str).collect();
    TableError::Input {
        what: format!("several labels may mean benign: {}", listed(&names)),
        cure: format!("say which do, as in --benign '{}'", labels.join(",")),
    }
}

/// No label means benign.
fn none_benign(data: &Data, patterns: &[String]) -> TableError {
    let wanted: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let wanted = if wanted.is_empty() { "`normal`".to_owned() } else { listed(&wanted) };
    let empty = match data.table.unlabelled {
        0 => String::new(),
        rows => {
            let rows = if rows == 1 { "1 row has".to_owned() } else { format!("{rows} rows have") };
            format!("; {rows} an empty label, which --benign '' takes for benign")
        }
    };
    TableError::Input {
        what: format!("no row is labelled {wanted}"),
        cure: format!("say with --benign which label is; there are {}{empty}", listed(&data.used())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::data::Source as DataSource;
    use std::fmt::Write as _;

    /// Fits to rows with these labels in turn, with an attack every sixth.
    fn fitted(labels: &[&str], benign: &[&str]) -> Result<TableDetector, String> {
        let mut text = "n,m,label\n".to_owned();
        for i in 0..600 {
            let label = if i % 6 == 5 { "attack" } else { labels[i % 6 % labels.len()] };
            let n = i % 7 + if label == "attack" { 50 } else { 0 };
            writeln!(text, "{n},{},{label}", i % 5).unwrap();
        }
        let benign = benign.iter().map(|&label| label.to_owned()).collect();
        let reading = Reading { label: Some("label".into()), benign, ..Reading::default() };
        let source = DataSource { held: Some(text.into_bytes()), ..DataSource::default() };
        let data = Data::open(&source, &reading).unwrap();
        let mut params = TableParams::new(DetectorKind::Forest);
        params.forest.trees = 10;
        fit(&data, &params, reading, None, 1).map_err(|error| error.to_string())
    }

    #[test]
    fn benign_labels_become_one_class_and_are_remembered() {
        let check = |labels: &[&str], benign: &[&str], class: &str, rows: u64, remembered: &[&str]| {
            let detector = fitted(labels, benign).unwrap();
            assert_eq!(detector.report().classes[0], (class.to_owned(), rows), "{labels:?} {benign:?}");
            assert_eq!(detector.reading.benign, remembered);
            let read = TableDetector::from_bytes(&detector.to_bytes()).unwrap();
            assert_eq!(read.reading, detector.reading);
        };
        check(&["BENIGN", "Benign"], &[], "BENIGN", 500, &["BENIGN", "Benign"]);
        check(&["Background", "Benign", "attack"], &["benign", "back*"], "benign", 400, &["benign", "back*"]);
        check(&["Background", "Benign"], &["benign"], "Benign", 200, &["benign"]);
        check(&["", "worm"], &[""], "(empty)", 300, &[""]);
        let error = fitted(&["Background", "Benign"], &[]).unwrap_err();
        assert!(
            error.contains("several labels may mean benign: `Background`, `Benign`; say which do, as in --benign 'Background,Benign'"),
            "{error}"
        );
        let error = fitted(&["", "worm"], &[]).unwrap_err();
        assert!(
            error.contains("no row is labelled `normal`") && error.contains("300 rows have an empty label"),
            "{error}"
        );
        assert!(
            fitted(&["normal"], &["fine", "x*"]).unwrap_err().contains("no row is labelled `fine`, `x*`")
        );
    }
}
