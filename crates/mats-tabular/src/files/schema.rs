//! Whether records have the columns that a detector was fitted to.

use crate::tabular::Encoder;
use mats_data::DataError;
use mats_data::rows::{Format, Rows};
use std::io::BufRead;

/// Columns that a message lists.
const LISTED: usize = 12;
/// Records of JSON after which it is judged: one record may lack what others have.
const SAMPLE: u64 = 1000;

/// Judges the columns of a file, all of which are known. Some that are missing are worth a warning, which is returned,
/// but not those that nearly all records lacked in training, where records may lack some (`JsonLines`).
///
/// # Errors
/// When less than half of the detector's columns are there, or none where records may lack some.
pub fn judge(
    encoder: &Encoder,
    has: &[String],
    format: Format,
    file: &str,
) -> Result<Option<String>, DataError> {
    let absent: Vec<usize> =
        (0..encoder.width()).filter(|&column| !has.iter().any(|h| h == encoder.name(column))).collect();
    let (width, there) = (encoder.width(), encoder.width() - absent.len());
    let expected = |&column: &usize| format == Format::JsonLines && there > 0 && encoder.is_sparse(column);
    if absent.iter().all(expected) {
        return Ok(None);
    }
    let absent: Vec<&str> = absent.into_iter().map(|column| encoder.name(column)).collect();
    let what = format!(
        "{} of the model's {width} columns are there; absent: {}",
        if there == 0 { "none".to_owned() } else { there.to_string() },
        listed(&absent)
    );
    let enough = if format == Format::JsonLines { there > 0 } else { there * 2 >= width };
    if enough {
        return Ok(Some(format!("{file}: only {what}; absent ones count as missing values")));
    }
    let has: Vec<&str> = has.iter().map(String::as_str).collect();
    let headless = !has.is_empty() && has.iter().any(|name| name.parse::<f64>().is_ok());
    let advice = if format == Format::Csv && headless {
        "the first line looks like a row: put the header before it (as in `head -n 1`, then `tail`)"
    } else {
        "give records with the columns that the model was fitted to, or fit a model to these"
    };
    let what = format!("{what}; the file has {}; {advice}", listed(&has));
    Err(DataError::File { file: file.to_owned(), what })
}

/// The first few names.
pub fn listed(names: &[&str]) -> String {
    let mut list: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    if names.len() > LISTED {
        list.push(format!("{} more", names.len() - LISTED));
    }
    list.join(", ")
}

/// Judges the columns of records as they come, once: those of JSON are known only after some.
#[derive(Debug, Default)]
pub(super) struct Watch {
    judged: bool,
}

impl Watch {
    /// Looks at what has come so far; `ended` when no more will.
    pub(super) fn look<R: BufRead>(
        &mut self,
        encoder: &Encoder,
        rows: &Rows<R>,
        ended: bool,
    ) -> Result<Option<String>, DataError> {
        let enough = if rows.format() == Format::JsonLines { SAMPLE } else { 0 };
        // Of an empty file even the format is a guess.
        let nothing = rows.columns().is_empty()
            || rows.format() == Format::Lines && rows.counts().rows + rows.counts().bad == 0;
        if self.judged || nothing || !(ended || rows.counts().rows >= enough) {
            return Ok(None);
        }
        self.judged = true;
        judge(encoder, rows.columns(), rows.format(), rows.file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabular::{Frame, Values};

    #[test]
    fn absent_columns_are_warned_of_and_too_many_refused() {
        let names = ["a", "b", "c", "d"];
        let columns = names.map(|name| (name, Values::Numbers(&[1.0, 2.0]))).to_vec();
        let (encoder, _) = Encoder::fit(&Frame { rows: 2, columns }, &[]);
        let judge = |has: &[&str], format| {
            let has: Vec<String> = has.iter().map(|&name| name.to_owned()).collect();
            judge(&encoder, &has, format, "f").map_err(|error| error.to_string())
        };
        assert_eq!(judge(&["d", "c", "x", "b", "a"], Format::Csv), Ok(None));
        let warning = judge(&["a", "x", "b"], Format::Csv).unwrap().unwrap();
        assert!(
            warning.starts_with("f: only 2 of the model's 4 columns are there; absent: `c`, `d`;"),
            "{warning}"
        );
        let error = judge(&["a", "x"], Format::Csv).unwrap_err();
        assert!(error.contains("absent: `b`, `c`, `d`; the file has `a`, `x`"), "{error}");
        assert!(judge(&["a", "x"], Format::JsonLines).unwrap().is_some(), "records of JSON may lack fields");
        assert!(judge(&["x"], Format::JsonLines).unwrap_err().contains("none of the model's 4 columns"));
        assert!(judge(&["7", "x"], Format::Csv).unwrap_err().contains("looks like a row"));
    }

    #[test]
    fn what_nearly_all_records_lacked_in_training_may_be_absent_from_json() {
        let (full, mut rare) = ([1.0, 2.0].repeat(20), vec![f64::NAN; 40]);
        rare[7] = 1.0;
        let columns = vec![("full", Values::Numbers(&full)), ("rare", Values::Numbers(&rare))];
        let (encoder, _) = Encoder::fit(&Frame { rows: 40, columns }, &[]);
        let judge = |has: &str, format| judge(&encoder, &[has.to_owned()], format, "f").unwrap();
        assert_eq!(judge("full", Format::JsonLines), None);
        assert!(judge("full", Format::Csv).is_some());
        assert!(judge("rare", Format::JsonLines).is_some());
    }
}
