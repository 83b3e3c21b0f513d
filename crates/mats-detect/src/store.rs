//! Model files: one safetensors file per detector. Its metadata holds a single entry, `mats`: a JSON object with
//! everything that is not an array. A single entry, because safetensors writes several in random order.

use crate::detector::{Detector, FitReport, Gate};
use crate::features::{FEATURES, columns};
use crate::forest::{CLASSES, Forest};
use crate::fusion::{Cuts, Fusion, Ranks};
use crate::hash::Fnv;
use crate::iforest::IsolationForest;
use crate::lstm::{Network, SequenceModel, Shape};
use crate::settings::DetectorSettings;
use crate::tree::{Node, Trees};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The file's name within its folder.
pub const FILE: &str = "detector.safetensors";
const KIND: &str = "mats-detector";
/// Raised when the layout of files changes.
const FORMAT: u32 = 2;

/// Why a model file could not be written or read.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not a detector this program can use.
    #[error("read {}: {reason}", path.display())]
    Refused {
        /// Which file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
}

/// Everything that is not an array.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: u32,
    settings: DetectorSettings,
    isolation: f32,
    forest: bool,
    sequence: Option<(Shape, f32)>,
    fusion: Fusion,
    cuts: Cuts,
    gate: Gate,
    report: FitReport,
}

/// What every version of the format has, checked before anything else is read.
#[derive(Serialize, Deserialize)]
struct Stamp {
    kind: String,
    format: u32,
    /// Hash of the features' names and meanings.
    schema: u64,
    /// FNV-1a of header and arrays.
    checksum: u64,
    header: String,
}

impl Detector {
    /// Writes `detector.safetensors` into a folder, which is made if missing. An earlier file is replaced only
    /// once the new one is complete.
    ///
    /// # Errors
    /// When the folder or file cannot be written; an earlier file is then intact.
    pub fn save(&self, dir: &Path) -> Result<(), StoreError> {
        let io = |action, path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::Io { action, path, source }
        };
        std::fs::create_dir_all(dir).map_err(io("create", dir))?;
        let (path, part) = (dir.join(FILE), dir.join(format!("{FILE}.part")));
        std::fs::write(&part, self.to_bytes()).map_err(io("write", &part))?;
        std::fs::rename(&part, &path).map_err(io("write", &path))
    }

    /// Reads `detector.safetensors` from a folder.
    ///
    /// # Errors
    /// When the file is missing, damaged, something else, of a newer format or made for other features.
    pub fn load(dir: &Path) -> Result<Detector, StoreError> {
        let path = dir.join(FILE);
        let bytes = std::fs::read(&path).map_err(|source| StoreError::Io {
            action: "read",
            path: path.clone(),
            source,
        })?;
        Detector::from_bytes(&bytes).map_err(|reason| StoreError::Refused { path, reason })
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
            cuts: self.cuts,
            gate: self.gate,
            report: self.report.clone(),
        };
        let mut arrays: Vec<(&str, Dtype, Vec<u8>)> = vec![
            ("anomaly.ranks", Dtype::F32, floats(&self.anomaly.sorted)),
            ("isolation.lengths", Dtype::F32, floats(&self.isolation.lengths)),
            ("isolation.nodes", Dtype::U32, nodes(&self.isolation.trees)),
            ("isolation.roots", Dtype::U32, words(&self.isolation.trees.roots)),
            ("spread", Dtype::F32, floats(&self.spread)),
            ("surprise.ranks", Dtype::F32, floats(&self.surprise.sorted)),
        ];
        if let Some(forest) = &self.forest {
            arrays.push(("forest.expected", Dtype::F32, floats(&forest.expected)));
            arrays.push(("forest.importances", Dtype::F32, floats(&forest.importances)));
            arrays.push(("forest.leaves", Dtype::F32, floats(&forest.leaves)));
            arrays.push(("forest.nodes", Dtype::U32, nodes(&forest.trees)));
            arrays.push(("forest.roots", Dtype::U32, words(&forest.trees.roots)));
        }
        if let Some(sequence) = &self.sequence {
            arrays.push(("sequence.weights", Dtype::F32, floats(&sequence.network.weights)));
        }
        arrays.sort_by_key(|a| a.0);
        let header = to_json(&header);
        let checksum = checksum(&header, arrays.iter().map(|(name, _, data)| (*name, data.as_slice())));
        let stamp =
            Stamp { kind: KIND.to_owned(), format: FORMAT, schema: columns::schema(), checksum, header };
        let views = arrays.iter().map(|(name, dtype, data)| {
            let view = TensorView::new(*dtype, vec![data.len() / 4], data);
            (*name, view.expect("every array is whole 4-byte numbers"))
        });
        let metadata = std::iter::once(("mats".to_owned(), to_json(&stamp))).collect();
        safetensors::serialize(views, Some(metadata)).expect("names and shapes are sound")
    }

    /// The detector in a file's bytes.
    ///
    /// # Errors
    /// The reason for which the bytes are refused, with what to do about it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Detector, String> {
        let damaged = |e: &dyn std::fmt::Display| format!("damaged or not a model file ({e}); fit it again");
        let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e))?;
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(&e))?;
        let stamp = metadata.metadata().as_ref().and_then(|m| m.get("mats"));
        let stamp = stamp.ok_or("a safetensors file, but not one of this program's; give another")?;
        let stamp: Stamp = serde_json::from_str(stamp).map_err(|e| damaged(&e))?;
        if stamp.kind != KIND {
            return Err(format!("holds a `{}`, not a `{KIND}`; give another file", stamp.kind));
        }
        if stamp.format > FORMAT {
            return Err(format!(
                "has format {}, newer than this program's {FORMAT}; use the program that wrote it",
                stamp.format
            ));
        }
        if stamp.schema != columns::schema() {
            return Err("was fitted to other features than this program computes; fit it again".to_owned());
        }
        let mut arrays = file.tensors();
        arrays.sort_by(|a, b| a.0.cmp(&b.0));
        let found = checksum(&stamp.header, arrays.iter().map(|(name, view)| (name.as_str(), view.data())));
        if found != stamp.checksum {
            return Err("damaged: its checksum does not fit its content; fit it again".to_owned());
        }
        let header: Header = serde_json::from_str(&stamp.header).map_err(|e| damaged(&e))?;
        assemble(&file, header).map_err(|e| damaged(&e))
    }
}

fn assemble(file: &SafeTensors<'_>, header: Header) -> Result<Detector, String> {
    let isolation = read_isolation(file, "isolation", FEATURES, header.isolation)?;
    let forest = if header.forest { Some(read_forest(file, "forest", FEATURES, CLASSES)?) } else { None };
    let sequence = match header.sequence {
        None => None,
        Some((shape, usual)) => {
            let weights = read_floats(file, "sequence.weights")?;
            if !shape.is_valid() || weights.len() != shape.weights() {
                return Err(format!("{} weights for a network of {shape:?}", weights.len()));
            }
            Some(SequenceModel { network: Network { shape, weights }, usual })
        }
    };
    let spread = read_floats(file, "spread")?;
    Ok(Detector {
        version: header.version,
        settings: header.settings,
        isolation,
        anomaly: Ranks { sorted: read_floats(file, "anomaly.ranks")? },
        forest,
        sequence,
        surprise: Ranks { sorted: read_floats(file, "surprise.ranks")? },
        fusion: header.fusion,
        cuts: header.cuts,
        gate: header.gate,
        spread: spread.try_into().map_err(|s: Vec<f32>| format!("a spread of {} features", s.len()))?,
        report: header.report,
    })
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data always serialises")
}

fn checksum<'a>(header: &str, arrays: impl Iterator<Item = (&'a str, &'a [u8])>) -> u64 {
    let mut hash = Fnv::new();
    hash.write(header.as_bytes());
    for (name, data) in arrays {
        hash.write(name.as_bytes());
        hash.write(data);
    }
    hash.finish()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn nodes(trees: &Trees) -> Vec<u8> {
    trees.nodes.iter().flat_map(|n| n.words()).flat_map(u32::to_le_bytes).collect()
}

fn read_words(file: &SafeTensors<'_>, name: &str) -> Result<Vec<u32>, String> {
    let view = file.tensor(name).map_err(|e| e.to_string())?;
    Ok(view.data().as_chunks::<4>().0.iter().map(|&b| u32::from_le_bytes(b)).collect())
}

fn read_floats(file: &SafeTensors<'_>, name: &str) -> Result<Vec<f32>, String> {
    Ok(read_words(file, name)?.into_iter().map(f32::from_bits).collect())
}

fn read_trees(file: &SafeTensors<'_>, name: &str) -> Result<Trees, String> {
    let words = read_words(file, &format!("{name}.nodes"))?;
    let nodes = words.as_chunks::<2>().0.iter().map(|&w| Node::from_words(w)).collect();
    Ok(Trees { nodes, roots: read_words(file, &format!("{name}.roots"))? })
}

fn read_isolation(
    file: &SafeTensors<'_>,
    name: &str,
    width: usize,
    usual: f32,
) -> Result<IsolationForest, String> {
    let trees = read_trees(file, name)?;
    let lengths = read_floats(file, &format!("{name}.lengths"))?;
    let forest = IsolationForest::new(trees, lengths, usual, width);
    forest.fault().map_or(Ok(forest), |fault| Err(format!("{name} forest: {fault}")))
}

fn read_forest(file: &SafeTensors<'_>, name: &str, width: usize, classes: usize) -> Result<Forest, String> {
    let forest = Forest {
        trees: read_trees(file, name)?,
        leaves: read_floats(file, &format!("{name}.leaves"))?,
        classes,
        width,
        expected: read_floats(file, &format!("{name}.expected"))?,
        importances: read_floats(file, &format!("{name}.importances"))?,
    };
    forest.fault().map_or(Ok(forest), |fault| Err(format!("{name} forest: {fault}")))
}
