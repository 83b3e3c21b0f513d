//! Model files of sequence detectors.

use super::detector::{Member, SequenceDetector};
use super::lookup::Lookup;
use super::network::SessionNetwork;
use super::params::LONGEST;
use super::report::SequenceReport;
use super::vocabulary::{Reading, Vocabulary};
use crate::tabular::Tail;
use mats_models::StoreError;
use mats_models::container::{self, Reader, Writer, damaged};
use mats_models::hash::Fnv;
use mats_models::lstm::{Network, Shape};
use serde::{Deserialize, Serialize};
use std::path::Path;

const KIND: container::FileKind =
    container::FileKind { name: "mats-sequence-detector", format: 2, anew: "mats detect fit" };

/// Header of the file: everything that is not an array.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    events: Vec<String>,
    shape: Shape,
    window: Option<usize>,
    lookup: Lookup,
    #[serde(rename = "cut")]
    threshold: f32,
    nominal: f64,
    report: SequenceReport,
    reading: Reading,
    seed: u64,
}

impl SequenceDetector {
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
    pub fn load(path: &Path) -> Result<SequenceDetector, StoreError> {
        container::load(path, SequenceDetector::from_bytes)
    }

    /// The file's bytes: the same for the same detector.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = Header {
            events: self.vocabulary.names().to_vec(),
            shape: self.network.network.shape,
            window: self.network.window,
            lookup: self.lookup.clone(),
            threshold: self.threshold,
            nominal: self.nominal,
            report: self.report.clone(),
            reading: self.reading.clone(),
            seed: self.seed,
        };
        let mut writer = Writer::default();
        writer.floats("network.weights", &self.network.network.weights);
        for (member, tail) in Member::ALL.iter().zip(&self.tails) {
            writer.floats(&format!("{}.tail", member.name()), &tail.sorted);
        }
        writer.finish(KIND, schema(self.vocabulary.names()), &header)
    }

    /// The detector in a file's bytes.
    ///
    /// # Errors
    /// The reason for which the bytes are refused, with what to do about it.
    pub fn from_bytes(bytes: &[u8]) -> Result<SequenceDetector, String> {
        let file = Reader::open(bytes, KIND)?;
        let header: Header = file.header()?;
        if file.schema != schema(&header.events) {
            return Err(KIND.misfit("was fitted to other events than it names"));
        }
        let vocabulary = Vocabulary::from_names(header.events);
        let weights = file.floats("network.weights")?;
        let shape = header.shape;
        if !shape.is_valid() || shape.keys != vocabulary.len() || weights.len() != shape.weights() {
            let what = format!("{} weights for a network of {shape:?}", weights.len());
            return Err(damaged(&what));
        }
        if header.window.is_some_and(|w| !(1..=LONGEST).contains(&w)) {
            return Err(damaged(&"a window that cannot be"));
        }
        let mut tails = Vec::new();
        for member in Member::ALL {
            tails.push(Tail { sorted: file.floats(&format!("{}.tail", member.name()))? });
        }
        Ok(SequenceDetector {
            vocabulary,
            network: SessionNetwork { network: Network { shape, weights }, window: header.window },
            lookup: header.lookup,
            tails: tails.try_into().map_err(|_| damaged(&"too few tails"))?,
            threshold: header.threshold,
            nominal: header.nominal,
            report: header.report,
            reading: header.reading,
            seed: header.seed,
        })
    }
}

/// A number that changes when the events do (FNV-1a).
fn schema(events: &[String]) -> u64 {
    let mut hash = Fnv::new();
    for event in events {
        hash.write(event.as_bytes());
        hash.write(&[0]);
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::super::detector::tests::fitted;
    use super::*;
    use proptest::prelude::*;
    use std::sync::OnceLock;

    fn detector() -> &'static SequenceDetector {
        static DETECTOR: OnceLock<SequenceDetector> = OnceLock::new();
        DETECTOR.get_or_init(|| fitted(Some(3), 2))
    }

    #[test]
    fn files_are_read_as_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model");
        detector().save(&path).unwrap();
        assert!(SequenceDetector::load(&path).unwrap() == *detector());
        let bytes = detector().to_bytes();
        let error = SequenceDetector::from_bytes(&bytes[..bytes.len() / 3]).unwrap_err();
        assert!(error.contains("damaged or not a model file"), "{error}");
        let error = crate::tabular::TableDetector::from_bytes(&bytes).unwrap_err();
        assert!(error.contains("holds a `mats-sequence-detector`"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn no_damage_is_overlooked_and_none_panics(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let mut bytes = detector().to_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(read) = SequenceDetector::from_bytes(&bytes) {
                prop_assert!(read == *detector());
            }
        }

        #[test]
        fn no_keys_panic(sessions in prop::collection::vec(prop::collection::vec(any::<u16>(), 0..20), 0..8)) {
            for judged in detector().judge_all(&sessions) {
                prop_assert!(judged.score.is_finite());
            }
            let (mut watch, mut scratch) = (detector().watch(), detector().scratch());
            for key in sessions.iter().flatten() {
                prop_assert!(detector().observe(&mut watch, &mut scratch, *key).score.is_finite());
            }
        }
    }
}
