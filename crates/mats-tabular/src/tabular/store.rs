//! Model files of table detectors.

use super::blend::Blend;
use super::calibrate::{Calibration, Tail};
use super::detector::TableDetector;
use super::encoder::Encoder;
use super::members::Members;
use super::reading::Reading;
use super::report::{DetectorKind, TableReport};
use mats_models::StoreError;
use mats_models::container::{self, Reader, Writer, damaged};
use mats_models::hash::Fnv;
use serde::{Deserialize, Serialize};
use std::path::Path;

const KIND: container::FileKind =
    container::FileKind { name: "mats-table-detector", format: 3, anew: "mats detect fit" };
/// The format before, which lacked ways to blend scores; such a model keeps its own, and its cut.
const BEFORE: container::FileKind = container::FileKind { format: 2, ..KIND };

/// Header of the file: everything that is not an array.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    kind: DetectorKind,
    classes: Vec<String>,
    encoder: Encoder,
    forest: bool,
    /// The isolation forest's usual path.
    isolation: Option<f32>,
    cap: f32,
    blend: Blend,
    calibration: Calibration,
    report: TableReport,
    seed: u64,
    reading: Reading,
}

impl TableDetector {
    /// Writes a model file. An earlier one is replaced only once the new one is complete.
    ///
    /// # Errors
    /// When the file cannot be written; an earlier one is then intact.
    pub fn save(&self, path: &Path) -> Result<(), StoreError> {
        container::save(path, &self.to_bytes())
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// When the file is missing, damaged, something else or of another format.
    pub fn load(path: &Path) -> Result<TableDetector, StoreError> {
        container::load(path, TableDetector::from_bytes)
    }

    /// The file's bytes: the same for the same detector.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_bytes_of(KIND)
    }

    fn to_bytes_of(&self, kind: container::FileKind) -> Vec<u8> {
        let members = &self.members;
        let header = Header {
            kind: self.kind,
            classes: self.classes.clone(),
            encoder: self.encoder.clone(),
            forest: members.forest.is_some(),
            isolation: members.isolation.as_ref().map(|forest| forest.usual),
            cap: members.cap,
            blend: members.blend.clone(),
            calibration: self.calibration.clone(),
            report: self.report.clone(),
            seed: self.seed,
            reading: self.reading.clone(),
        };
        let mut writer = Writer::default();
        if let Some(forest) = &members.forest {
            writer.forest("forest", forest);
            writer.floats("forest.tail", &members.forest_tail.sorted);
        }
        if let Some(isolation) = &members.isolation {
            writer.isolation("isolation", isolation);
            writer.floats("isolation.tail", &members.isolation_tail.sorted);
        }
        writer.finish(kind, schema(&self.encoder), &header)
    }

    /// The detector in a file's bytes.
    ///
    /// # Errors
    /// The reason for which the bytes are refused, with what to do about it.
    pub fn from_bytes(bytes: &[u8]) -> Result<TableDetector, String> {
        let file = Reader::open(bytes, KIND).or_else(|why| Reader::open(bytes, BEFORE).map_err(|_| why))?;
        let header: Header = file.header()?;
        if file.schema != schema(&header.encoder) {
            return Err(KIND.misfit("was fitted to other columns than it names"));
        }
        let (width, classes) = (header.encoder.width(), header.classes.len());
        if width == 0 || classes == 0 || !(header.forest || header.isolation.is_some()) {
            return Err(damaged(&"no columns, classes or models"));
        }
        let tail = |there: bool, name: &str| -> Result<Tail, String> {
            Ok(Tail { sorted: if there { file.floats(name)? } else { Vec::new() } })
        };
        let members = Members {
            forest: if header.forest { Some(file.forest("forest", width, classes)?) } else { None },
            isolation: match header.isolation {
                Some(usual) => Some(file.isolation("isolation", width, usual)?),
                None => None,
            },
            forest_tail: tail(header.forest, "forest.tail")?,
            isolation_tail: tail(header.isolation.is_some(), "isolation.tail")?,
            cap: header.cap,
            blend: header.blend,
        };
        Ok(TableDetector {
            kind: header.kind,
            classes: header.classes,
            encoder: header.encoder,
            members,
            calibration: header.calibration,
            report: header.report,
            seed: header.seed,
            reading: header.reading,
        })
    }
}

/// A number that changes when the columns or their names do (FNV-1a).
fn schema(encoder: &Encoder) -> u64 {
    let mut hash = Fnv::new();
    hash.write(serde_json::to_string(encoder).expect("plain data always serialises").as_bytes());
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::super::example::{example, frame};
    use super::super::params::TableParams;
    use super::*;
    use proptest::prelude::*;
    use std::sync::OnceLock;

    fn detector() -> &'static TableDetector {
        static DETECTOR: OnceLock<TableDetector> = OnceLock::new();
        DETECTOR.get_or_init(|| {
            let (a, b, codes, names) = example(300, 5);
            let mut params = TableParams::new(DetectorKind::Fused);
            (params.forest.trees, params.isolation.trees) = (20, 20);
            params.fit(&frame(&a, &b), Some((&codes, &names)), "normal", 5).unwrap()
        })
    }

    #[test]
    fn files_are_read_as_written_and_leave_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model");
        detector().save(&path).unwrap();
        assert!(TableDetector::load(&path).unwrap() == *detector());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(container::kind_of(&detector().to_bytes()).unwrap(), "mats-table-detector");
        let missing = TableDetector::load(&dir.path().join("none")).unwrap_err().to_string();
        assert!(missing.starts_with("read ") && missing.contains("none"), "{missing}");
    }

    #[test]
    fn foreign_newer_and_cut_files_are_refused_with_the_reason() {
        let bytes = detector().to_bytes();
        let check = |bytes: &[u8], reason: &str| {
            let error = TableDetector::from_bytes(bytes).expect_err("refused");
            assert!(error.contains(reason), "{error}");
        };
        let tampered = |from: &str, to: &str| {
            let mut bytes = bytes.clone();
            let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).expect("it is there");
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
            bytes
        };
        check(&bytes[..bytes.len() / 2], "damaged or not a model file");
        check(b"", "damaged or not a model file");
        check(&tampered("mats-table-detector", "mats-fable-detector"), "holds a `mats-fable-detector`");
        check(&tampered(r#"\"format\":3"#, r#"\"format\":9"#), "newer than this program's 3");
        check(&tampered(r#"\"format\":3"#, r#"\"format\":1"#), "older than this program's 3");
    }

    #[test]
    fn models_of_the_format_before_keep_their_cut_and_their_blend() {
        let mut old = detector().clone();
        old.members.blend = Blend::Order;
        old.calibration.threshold = 0.9;
        (old.calibration.gap, old.calibration.forest_cut, old.calibration.isolation_cut) = (None, None, None);
        let read = TableDetector::from_bytes(&old.to_bytes_of(BEFORE)).unwrap();
        assert!(read == old);
        for row in [[0.5, 0.5], [0.9, 0.6], [2.5, 0.4]] {
            let score = read.scorer().score(&row);
            assert_eq!(score, old.scorer().score(&row));
            assert_eq!(score.alarm, score.score >= 0.9);
        }
        // What files of then do not say has a meaning.
        let calibration = r#"{"cut":0.9,"nominal":0.01,"achieved":0.01,"platt":[1.0,0.0]}"#;
        let calibration: Calibration = serde_json::from_str(calibration).unwrap();
        assert_eq!((calibration.gap, calibration.forest_cut), (None, None));
        let report = serde_json::to_value(TableReport::default()).unwrap();
        let mut report = report.as_object().unwrap().clone();
        report.retain(|key, _| key != "blend" && key != "one_vote_alarms");
        let report: TableReport = serde_json::from_value(report.into()).unwrap();
        assert!(report == TableReport::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn no_damage_is_overlooked_and_none_panics(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let mut bytes = detector().to_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(read) = TableDetector::from_bytes(&bytes) {
                // Spaces that fill up the header may change; nothing else.
                prop_assert!(read == *detector());
            }
        }
    }
}
