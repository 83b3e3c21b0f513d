//! What model files of all kinds have in common: safetensors whose metadata hold a single entry, `mats`, which says what
//! the file is. A single entry, because safetensors writes several in random order. Everything that is not an array is
//! JSON and stands as an array of bytes: metadata may have 100 MB at most, and names from data can be more.

use crate::error::StoreError;
use crate::forest::Forest;
use crate::hash::Fnv;
use crate::iforest::IsolationForest;
use crate::tree::{Node, Trees};
use mats_core::files::{MAX_MODEL, read_regular, write_atomic};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Stamp of the file, the same in every version of the format, checked before anything else is read.
#[derive(Serialize, Deserialize)]
struct Stamp {
    kind: String,
    format: u32,
    /// Hash of the names and meanings of what the model looks at.
    schema: u64,
    /// FNV-1a of the arrays.
    checksum: u64,
}

/// The array that holds everything that is not an array.
const HEADER: &str = "header";

/// Kind of a model file and version of its layout.
#[derive(Clone, Copy)]
pub struct FileKind {
    /// The name that stands in the file.
    pub name: &'static str,
    /// Raised when the layout of files changes.
    pub format: u32,
    /// Command that makes such a file anew.
    pub anew: &'static str,
}

impl FileKind {
    /// The refusal of a file that is whole but made for something else.
    pub fn misfit(&self, why: &str) -> String {
        format!("{why}; make it anew: `{}`", self.anew)
    }
}

/// Former name of [`FileKind`].
#[deprecated(since = "0.2.0", note = "renamed to `FileKind`")]
pub type Kind = FileKind;

/// Gathers the arrays of a model file.
#[derive(Default)]
pub struct Writer {
    arrays: Vec<(String, Dtype, Vec<u8>)>,
}

impl Writer {
    /// Adds an array of numbers.
    pub fn floats(&mut self, name: &str, values: &[f32]) {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.arrays.push((name.to_owned(), Dtype::F32, bytes));
    }

    /// Adds an array of whole numbers.
    pub fn words(&mut self, name: &str, values: impl Iterator<Item = u32>) {
        self.arrays.push((name.to_owned(), Dtype::U32, values.flat_map(u32::to_le_bytes).collect()));
    }

    /// Adds the arrays of an isolation forest.
    pub fn isolation(&mut self, name: &str, forest: &IsolationForest) {
        self.trees(name, &forest.trees);
        self.floats(&format!("{name}.lengths"), &forest.lengths);
    }

    /// Adds the arrays of a random forest.
    pub fn forest(&mut self, name: &str, forest: &Forest) {
        self.trees(name, &forest.trees);
        self.floats(&format!("{name}.expected"), &forest.expected);
        self.floats(&format!("{name}.importances"), &forest.importances);
        self.floats(&format!("{name}.leaves"), &forest.leaves);
    }

    fn trees(&mut self, name: &str, trees: &Trees) {
        self.words(&format!("{name}.nodes"), trees.nodes.iter().flat_map(|n| n.words()));
        self.words(&format!("{name}.roots"), trees.roots.iter().copied());
    }

    /// The file's bytes: the same for the same content.
    pub fn finish(mut self, kind: FileKind, schema: u64, header: &impl Serialize) -> Vec<u8> {
        self.arrays.push((HEADER.to_owned(), Dtype::U8, to_json(header).into_bytes()));
        self.arrays.sort_by(|a, b| a.0.cmp(&b.0));
        let checksum = checksum(self.arrays.iter().map(|(name, _, data)| (&**name, &**data)));
        let stamp = Stamp { kind: kind.name.to_owned(), format: kind.format, schema, checksum };
        let views = self.arrays.iter().map(|(name, dtype, data)| {
            let view = TensorView::new(*dtype, vec![data.len() * 8 / dtype.bitsize()], data);
            (name, view.expect("every array is whole numbers"))
        });
        let metadata = std::iter::once(("mats".to_owned(), to_json(&stamp))).collect();
        safetensors::serialize(views, Some(metadata)).expect("arrays are few and their names short")
    }
}

/// A model file that is whole and of the right kind.
pub struct Reader<'a> {
    file: SafeTensors<'a>,
    /// The hash of the names and meanings of what the model looks at.
    pub schema: u64,
}

impl<'a> Reader<'a> {
    /// Checks everything but the schema.
    ///
    /// # Errors
    /// The reason for which the bytes are refused, with what to do about it.
    pub fn open(bytes: &'a [u8], kind: FileKind) -> Result<Reader<'a>, String> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e))?;
        let stamp = stamp(bytes)?;
        if stamp.kind != kind.name {
            return Err(format!("holds a `{}`, not a `{}`; give another file", stamp.kind, kind.name));
        }
        if stamp.format != kind.format {
            let than =
                |age| format!("has format {}, {age} than this program's {}", stamp.format, kind.format);
            return Err(if stamp.format > kind.format {
                than("newer") + "; use the program that wrote it"
            } else {
                kind.misfit(&than("older"))
            });
        }
        let mut arrays = file.tensors();
        arrays.sort_by(|a, b| a.0.cmp(&b.0));
        let found = checksum(arrays.iter().map(|(name, view)| (&**name, view.data())));
        if found != stamp.checksum {
            return Err("damaged: its checksum does not fit its content; fit it again".to_owned());
        }
        Ok(Reader { file, schema: stamp.schema })
    }

    /// Reads everything that is not an array.
    ///
    /// # Errors
    /// When it is missing or not as expected.
    pub fn header<T: DeserializeOwned>(&self) -> Result<T, String> {
        let header = self.file.tensor(HEADER).map_err(|e| damaged(&e))?;
        serde_json::from_slice(header.data()).map_err(|e| damaged(&e))
    }

    /// An array of whole numbers.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn words(&self, name: &str) -> Result<Vec<u32>, String> {
        let view = self.file.tensor(name).map_err(|e| damaged(&e))?;
        Ok(view.data().as_chunks::<4>().0.iter().map(|&b| u32::from_le_bytes(b)).collect())
    }

    /// An array of numbers.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn floats(&self, name: &str) -> Result<Vec<f32>, String> {
        Ok(self.words(name)?.into_iter().map(f32::from_bits).collect())
    }

    /// An isolation forest for rows of `width` columns, whose usual path length is known.
    ///
    /// # Errors
    /// When its arrays are missing or must not be walked.
    pub fn isolation(&self, name: &str, width: usize, usual: f32) -> Result<IsolationForest, String> {
        let lengths = self.floats(&format!("{name}.lengths"))?;
        let forest = IsolationForest::new(self.trees(name)?, lengths, usual, width);
        forest.fault().map_or(Ok(forest), |fault| Err(damaged(&fault)))
    }

    /// A random forest for rows of `width` columns.
    ///
    /// # Errors
    /// When its arrays are missing or must not be walked.
    pub fn forest(&self, name: &str, width: usize, classes: usize) -> Result<Forest, String> {
        let forest = Forest {
            trees: self.trees(name)?,
            leaves: self.floats(&format!("{name}.leaves"))?,
            classes,
            width,
            expected: self.floats(&format!("{name}.expected"))?,
            importances: self.floats(&format!("{name}.importances"))?,
        };
        forest.fault().map_or(Ok(forest), |fault| Err(damaged(&fault)))
    }

    fn trees(&self, name: &str) -> Result<Trees, String> {
        let words = self.words(&format!("{name}.nodes"))?;
        let nodes = words.as_chunks::<2>().0.iter().map(|&w| Node::from_words(w)).collect();
        Ok(Trees { nodes, roots: self.words(&format!("{name}.roots"))? })
    }
}

/// Reads the kind of a model file, whatever it is.
///
/// # Errors
/// When it is no model file.
pub fn kind_of(bytes: &[u8]) -> Result<String, String> {
    Ok(stamp(bytes)?.kind)
}

fn stamp(bytes: &[u8]) -> Result<Stamp, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(&e))?;
    let stamp = metadata.metadata().as_ref().and_then(|m| m.get("mats"));
    let stamp = stamp.ok_or("a safetensors file, but not one of this program's; give another")?;
    serde_json::from_str(stamp).map_err(|e| damaged(&e))
}

/// The refusal of a file whose content makes no sense.
pub fn damaged(why: &dyn std::fmt::Display) -> String {
    format!("damaged or not a model file ({why}); fit it again")
}

/// Writes a file beside its place and moves it there once it is complete and on the disk.
///
/// # Errors
/// When it cannot be written; an earlier file is then intact.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write_atomic(path, |file| file.write_all(bytes)).map_err(|source| StoreError::Io {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

/// Reads a file and makes of it what `from` does.
///
/// # Errors
/// When the file cannot be read, or `from` refuses it.
pub fn load<T>(path: &Path, from: impl Fn(&[u8]) -> Result<T, String>) -> Result<T, StoreError> {
    let path: PathBuf = path.to_owned();
    match read_regular(&path, MAX_MODEL) {
        Ok(bytes) => from(&bytes).map_err(|reason| StoreError::Refused { path, reason }),
        Err(source) => Err(StoreError::Io { action: "read", path, source }),
    }
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data always serialises")
}

fn checksum<'a>(arrays: impl Iterator<Item = (&'a str, &'a [u8])>) -> u64 {
    let mut hash = Fnv::new();
    for (name, data) in arrays {
        hash.write(name.as_bytes());
        hash.write(data);
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_larger_than_metadata_may() {
        let kind = FileKind { name: "test", format: 1, anew: "mats test" };
        // Backslashes are written twice.
        let names = vec!["\\".repeat(1 << 20); 60];
        let mut writer = Writer::default();
        writer.floats("some", &[1.0, 2.0]);
        let bytes = writer.finish(kind, 7, &names);
        let file = Reader::open(&bytes, kind).unwrap();
        assert!(file.header::<Vec<String>>().unwrap() == names);
        assert_eq!((file.floats("some").unwrap(), file.schema), (vec![1.0, 2.0], 7));
    }
}
