//! Model files: one safetensors file a model, whose metadata say what it is.

use crate::detector::{Detector, FitReport};
use crate::features::keys::VOCABULARY;
use crate::features::{FEATURES, columns};
use crate::fusion::{Fusion, Ranks, Sequenced, Thresholds};
use crate::settings::DetectorSettings;
use crate::votes::CLASSES;
use mats_models::StoreError;
use mats_models::container::{FileKind, Reader, Writer, damaged, load, save};
use mats_models::lstm::{Network, SequenceModel, Shape};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The file's name within its folder.
pub const FILE: &str = "detector.safetensors";
const KIND: FileKind = FileKind { name: "mats-detector", format: 5, anew: "mats run SCENARIO" };

/// Header of the file: everything that is not an array.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: u32,
    settings: DetectorSettings,
    isolation: f32,
    forest: bool,
    sequence: Option<(Shape, f32)>,
    fusion: Fusion,
    sequenced: Option<Sequenced>,
    #[serde(rename = "cuts")]
    thresholds: Thresholds,
    glance: Fusion,
    gate: f32,
    report: FitReport,
}

impl Detector {
    /// Writes `detector.safetensors` into a folder, which is made if missing. An earlier file is replaced only
    /// once the new one is complete.
    ///
    /// # Errors
    /// When the folder or file cannot be written; an earlier file is then intact.
    pub fn save(&self, dir: &Path) -> Result<(), StoreError> {
        std::fs::create_dir_all(dir).map_err(|source| StoreError::Io {
            action: "create",
            path: dir.to_owned(),
            source,
        })?;
        save(&dir.join(FILE), &self.to_bytes())
    }

    /// Reads `detector.safetensors` from a folder.
    ///
    /// # Errors
    /// When the file is missing, damaged, something else, of another format or made for other features.
    pub fn load(dir: &Path) -> Result<Detector, StoreError> {
        load(&dir.join(FILE), Detector::from_bytes)
    }

    /// The file's bytes: the same for the same detector.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = Header {
            version: self.version,
            settings: self.settings.clone(),
            isolation: self.isolation.usual,
            forest: self.forest.is_some(),
            sequence: self.sequence.as_ref().map(|s| (s.network.shape, s.usual)),
            fusion: self.fusion.clone(),
            sequenced: self.sequenced.clone(),
            thresholds: self.thresholds,
            glance: self.glance.clone(),
            gate: self.gate,
            report: self.report.clone(),
        };
        let mut writer = Writer::default();
        writer.floats("anomaly.ranks", &self.anomaly.sorted);
        writer.isolation("isolation", &self.isolation);
        writer.floats("spread", &self.spread);
        writer.floats("surprise.ranks", &self.surprise.sorted);
        if let Some(forest) = &self.forest {
            writer.forest("forest", forest);
        }
        if let Some(sequence) = &self.sequence {
            writer.floats("sequence.weights", &sequence.network.weights);
        }
        writer.finish(KIND, columns::schema(), &header)
    }

    /// The detector in a file's bytes.
    ///
    /// # Errors
    /// The reason for which the bytes are refused, with what to do about it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Detector, String> {
        let file = Reader::open(bytes, KIND)?;
        if file.schema != columns::schema() {
            return Err(KIND.misfit("was fitted to other features than this program computes"));
        }
        let header: Header = file.header()?;
        let forest = if header.forest { Some(file.forest("forest", FEATURES, CLASSES)?) } else { None };
        let sequence = match header.sequence {
            None => None,
            Some((shape, usual)) => {
                let weights = file.floats("sequence.weights")?;
                if !shape.is_valid() || shape.keys != VOCABULARY || weights.len() != shape.weights() {
                    let what = format!("{} weights for a network of {shape:?}", weights.len());
                    return Err(damaged(&what));
                }
                Some(SequenceModel { network: Network { shape, weights }, usual })
            }
        };
        let spread = file.floats("spread")?.try_into();
        Ok(Detector {
            version: header.version,
            settings: header.settings,
            isolation: file.isolation("isolation", FEATURES, header.isolation)?,
            anomaly: Ranks { sorted: file.floats("anomaly.ranks")? },
            forest,
            sequence,
            surprise: Ranks { sorted: file.floats("surprise.ranks")? },
            fusion: header.fusion,
            sequenced: header.sequenced.filter(|_| header.sequence.is_some()),
            thresholds: header.thresholds,
            glance: header.glance,
            gate: header.gate,
            spread: spread.map_err(|s: Vec<f32>| damaged(&format!("a spread of {} features", s.len())))?,
            report: header.report,
        })
    }
}
