//! A [`QFunction`] as the bytes of a `SafeTensors` file.

use crate::env::Spec;
use crate::qfunction::{QFunction, Shape};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

/// Names of weight and bias of each layer.
const TENSORS: [[&str; 2]; 3] =
    [["hidden1.weight", "hidden1.bias"], ["hidden2.weight", "hidden2.bias"], ["head.weight", "head.bias"]];

/// The file's one entry of metadata (one, for the library writes several in the order of their hashes).
const HEADER: &str = "mats-network";
const FORMAT: u32 = 1;

/// Names of what goes into a network and of what comes out: a network fits an environment whose names are these, in this
/// order, and no other of the same size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names<'a> {
    /// The entries of an observation.
    pub observation: &'a [&'a str],
    /// The actions.
    pub actions: &'a [&'a str],
}

impl Names<'_> {
    /// Sizes of observation and mask.
    pub const fn spec(&self) -> Spec {
        Spec { observation: self.observation.len(), actions: self.actions.len() }
    }
}

/// Metadata of the file: what it says of itself.
#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    observation: Vec<String>,
    actions: Vec<String>,
}

/// Errors of reading weights.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The bytes are not a `SafeTensors` file.
    #[error("not an intact safetensors file ({0}); train anew or fetch the file again")]
    Corrupt(String),
    /// The file does not say what it is.
    #[error("{0}; train the network anew with this version")]
    Header(String),
    /// A tensor is missing or has the wrong form.
    #[error("tensor `{tensor}` {problem}; is this a Q-network file?")]
    Tensor {
        /// Name of the tensor.
        tensor: &'static str,
        /// Reason the tensor was refused.
        problem: String,
    },
    /// The network was made for another environment.
    #[error(
        "made for another environment: {what} {at} of {found} is {there}, but here, of {wanted}, it is {here}; train it anew"
    )]
    OtherNames {
        /// An observation's entries, or the actions.
        what: &'static str,
        /// The first place, from 0, at which the names differ.
        at: usize,
        /// Number of names in the file.
        found: usize,
        /// Number of names wanted.
        wanted: usize,
        /// The name in the file, in backquotes, or `none`.
        there: String,
        /// The name wanted, in backquotes, or `none`.
        here: String,
    },
}

/// Compares names in a file with those wanted.
fn same_names(what: &'static str, found: &[String], wanted: &[&str]) -> Result<(), WeightsError> {
    let Some(at) = (0..found.len().max(wanted.len()))
        .find(|&i| found.get(i).map(String::as_str) != wanted.get(i).copied())
    else {
        return Ok(());
    };
    // Names from a file are printed: escaped, and not at any length.
    let shown = |name: Option<&str>| {
        name.map_or("none".to_owned(), |n| {
            format!("`{}`", n.chars().take(60).collect::<String>().escape_debug())
        })
    };
    let (there, here) = (shown(found.get(at).map(String::as_str)), shown(wanted.get(at).copied()));
    Err(WeightsError::OtherNames { what, at, found: found.len(), wanted: wanted.len(), there, here })
}

impl QFunction {
    /// The weights as the bytes of a `SafeTensors` file: `f32` little-endian, matrices `[inputs, outputs]`. The
    /// first column of a dueling head is the state value. The metadata name the entries of observations and the actions.
    ///
    /// # Panics
    /// When there are not as many names as the shape says.
    pub fn to_bytes(&self, names: Names<'_>) -> Vec<u8> {
        assert_eq!(names.spec(), self.shape().spec, "a name for each entry and action");
        let bytes: Vec<u8> = self.weights().iter().flat_map(|w| w.to_le_bytes()).collect();
        let views = self.shape().layers().into_iter().zip(TENSORS).flat_map(|(layer, [weight, bias])| {
            let parts = [
                (weight, vec![layer.inputs, layer.outputs], layer.weight),
                (bias, vec![layer.outputs], layer.bias),
            ];
            parts.map(|(name, shape, range)| {
                let data = &bytes[4 * range.start..4 * range.end];
                (name, TensorView::new(Dtype::F32, shape, data).expect("lengths follow from the shape"))
            })
        });
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let header =
            Header { format: FORMAT, observation: owned(names.observation), actions: owned(names.actions) };
        let header = serde_json::to_string(&header).expect("plain text");
        safetensors::serialize(views, Some([(HEADER.to_owned(), header)].into()))
            .expect("names and shapes are valid")
    }

    /// The opposite of [`QFunction::to_bytes`], for an environment of the given names.
    ///
    /// # Errors
    /// When the bytes are damaged, hold something else, or a network for other observations or actions.
    pub fn from_bytes(bytes: &[u8], names: Names<'_>) -> Result<QFunction, WeightsError> {
        let corrupt = |e: safetensors::SafeTensorError| WeightsError::Corrupt(e.to_string());
        let file = SafeTensors::deserialize(bytes).map_err(corrupt)?;
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(corrupt)?;
        let header = metadata.metadata().as_ref().and_then(|entries| entries.get(HEADER));
        let header = header.ok_or_else(|| {
            WeightsError::Header(
                "does not name its observations and actions, as networks do since 0.2.0".to_owned(),
            )
        })?;
        let header: Header = serde_json::from_str(header)
            .map_err(|e| WeightsError::Header(format!("has a header that cannot be read ({e})")))?;
        if header.format != FORMAT {
            let message = format!("is of format {}, and this version reads {FORMAT}", header.format);
            return Err(WeightsError::Header(message));
        }
        same_names("entry", &header.observation, names.observation)?;
        same_names("action", &header.actions, names.actions)?;
        let spec = names.spec();
        let tensor = |name: &'static str| {
            let wrong = |problem: String| WeightsError::Tensor { tensor: name, problem };
            let view = file.tensor(name).map_err(|_| wrong("is missing".to_owned()))?;
            if view.dtype() == Dtype::F32 {
                Ok(view)
            } else {
                Err(wrong(format!("is of type {:?}", view.dtype())))
            }
        };
        let matrix = |name: &'static str| match *tensor(name)?.shape() {
            [inputs, outputs] if inputs > 0 && outputs > 0 => Ok((inputs, outputs)),
            ref shape => Err(WeightsError::Tensor { tensor: name, problem: format!("has shape {shape:?}") }),
        };
        let (_, first) = matrix(TENSORS[0][0])?;
        let (_, second) = matrix(TENSORS[1][0])?;
        let (_, head) = matrix(TENSORS[2][0])?;
        let shape = Shape { spec, hidden: [first, second], dueling: head == spec.actions + 1 };
        let mut weights = Vec::new();
        for (layer, [weight, bias]) in shape.layers().into_iter().zip(TENSORS) {
            for (name, expected) in [(weight, vec![layer.inputs, layer.outputs]), (bias, vec![layer.outputs])]
            {
                let view = tensor(name)?;
                if view.shape() != expected {
                    let problem = format!("has shape {:?} instead of {expected:?}", view.shape());
                    return Err(WeightsError::Tensor { tensor: name, problem });
                }
                for b in view.data().as_chunks::<4>().0 {
                    let w = f32::from_le_bytes(*b);
                    if !w.is_finite() {
                        return Err(WeightsError::Tensor { tensor: name, problem: format!("holds {w}") });
                    }
                    weights.push(w);
                }
            }
        }
        Ok(QFunction::from_weights(shape, weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'_> =
        Names { observation: &["speed", "place", "time"], actions: &["n", "e", "s", "w"] };

    fn network(dueling: bool) -> QFunction {
        QFunction::seeded(Shape { spec: NAMES.spec(), hidden: [5, 6], dueling }, 7)
    }

    #[test]
    fn survives_a_round_trip_to_the_same_bytes() {
        for dueling in [false, true] {
            let q = network(dueling);
            let back = QFunction::from_bytes(&q.to_bytes(NAMES), NAMES).unwrap();
            assert_eq!((&back, back.to_bytes(NAMES)), (&q, q.to_bytes(NAMES)));
        }
    }

    #[test]
    fn damaged_and_foreign_files_are_refused_with_the_reason() {
        let check = |bytes: &[u8], names: Names<'_>, says: &str| {
            let message = QFunction::from_bytes(bytes, names).unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        };
        let bytes = network(true).to_bytes(NAMES);
        check(b"junk", NAMES, "not an intact safetensors file");
        check(&bytes[..bytes.len() - 1], NAMES, "not an intact safetensors file");
        let data = [0; 24];
        let view = || [("hidden1.weight", TensorView::new(Dtype::F32, vec![3, 2], &data).unwrap())];
        check(&safetensors::serialize(view(), None).unwrap(), NAMES, "does not name its observations");
        let header = |text: &str| Some([(HEADER.to_owned(), text.to_owned())].into());
        let of = |text: &str| safetensors::serialize(view(), header(text)).unwrap();
        check(&of("{}"), NAMES, "a header that cannot be read");
        let named = |format: u32| {
            of(&format!(
                r#"{{"format":{format},"observation":["speed","place","time"],"actions":["n","e","s","w"]}}"#
            ))
        };
        check(&named(9), NAMES, "is of format 9, and this version reads 1");
        check(&named(1), NAMES, "`hidden2.weight` is missing");
        let mut poisoned = network(true);
        poisoned.weights_mut()[0] = f32::NAN;
        check(&poisoned.to_bytes(NAMES), NAMES, "holds NaN");
    }

    #[test]
    fn a_network_for_other_names_is_refused_by_the_first_that_differs() {
        let bytes = network(true).to_bytes(NAMES);
        let check = |names: Names<'_>, says: &str| {
            let message = QFunction::from_bytes(&bytes, names).unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        };
        check(
            Names { observation: &["speed", "time", "place"], ..NAMES },
            "entry 1 of 3 is `place`, but here, of 3, it is `time`",
        );
        check(
            Names { observation: &["speed", "place"], ..NAMES },
            "entry 2 of 3 is `time`, but here, of 2, it is none",
        );
        check(
            Names { actions: &["n", "e", "s", "w", "wait"], ..NAMES },
            "action 4 of 4 is none, but here, of 5, it is `wait`",
        );
    }
}
