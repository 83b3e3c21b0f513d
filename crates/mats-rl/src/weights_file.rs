//! A [`QFunction`] as the bytes of a `SafeTensors` file.

use crate::env::Spec;
use crate::qfunction::{QFunction, Shape};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// Names of weight and bias of each layer.
const NAMES: [[&str; 2]; 3] =
    [["hidden1.weight", "hidden1.bias"], ["hidden2.weight", "hidden2.bias"], ["head.weight", "head.bias"]];

/// Why weights could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The bytes are not a `SafeTensors` file.
    #[error("read weights: not an intact safetensors file ({0}); train anew or fetch the file again")]
    Corrupt(String),
    /// A tensor is missing or has the wrong form.
    #[error("read weights: tensor `{tensor}` {problem}; is this a Q-network file?")]
    Tensor {
        /// Which tensor.
        tensor: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The network was made for another environment.
    #[error(
        "use weights: made for {found_observation} observation entries and {found_actions} actions, but the \
         environment has {observation} and {actions}; use the run that was trained on it"
    )]
    OtherSpec {
        /// Observation length in the file.
        found_observation: usize,
        /// Number of actions in the file.
        found_actions: usize,
        /// Observation length wanted.
        observation: usize,
        /// Number of actions wanted.
        actions: usize,
    },
}

impl QFunction {
    /// The weights as the bytes of a `SafeTensors` file: `f32` little-endian, matrices `[inputs, outputs]`. The
    /// first column of a dueling head is the state value.
    ///
    /// # Panics
    /// Never for a network that fits in memory.
    pub fn to_bytes(&self) -> Vec<u8> {
        let bytes: Vec<u8> = self.weights().iter().flat_map(|w| w.to_le_bytes()).collect();
        let views = self.shape().layers().into_iter().zip(NAMES).flat_map(|(layer, [weight, bias])| {
            let parts = [
                (weight, vec![layer.inputs, layer.outputs], layer.weight),
                (bias, vec![layer.outputs], layer.bias),
            ];
            parts.map(|(name, shape, range)| {
                let data = &bytes[4 * range.start..4 * range.end];
                (name, TensorView::new(Dtype::F32, shape, data).expect("lengths follow from the shape"))
            })
        });
        safetensors::serialize(views, None).expect("names and shapes are valid")
    }

    /// The opposite of [`QFunction::to_bytes`], for an environment of the given sizes.
    ///
    /// # Errors
    /// When the bytes are damaged, hold something else, or a network for other sizes.
    pub fn from_bytes(bytes: &[u8], spec: Spec) -> Result<QFunction, WeightsError> {
        let file = SafeTensors::deserialize(bytes).map_err(|e| WeightsError::Corrupt(e.to_string()))?;
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
        let (observation, first) = matrix(NAMES[0][0])?;
        let (_, second) = matrix(NAMES[1][0])?;
        let (_, head) = matrix(NAMES[2][0])?;
        let dueling = head == spec.actions + 1;
        if observation != spec.observation || !(dueling || head == spec.actions) {
            return Err(WeightsError::OtherSpec {
                found_observation: observation,
                // A dueling head is what this library writes by default.
                found_actions: head - 1,
                observation: spec.observation,
                actions: spec.actions,
            });
        }
        let shape = Shape { spec, hidden: [first, second], dueling };
        let mut weights = vec![0.0; shape.parameters()];
        for (layer, [weight, bias]) in shape.layers().into_iter().zip(NAMES) {
            let parts = [
                (weight, vec![layer.inputs, layer.outputs], layer.weight),
                (bias, vec![layer.outputs], layer.bias),
            ];
            for (name, expected, range) in parts {
                let view = tensor(name)?;
                if view.shape() != expected {
                    let problem = format!("has shape {:?} instead of {expected:?}", view.shape());
                    return Err(WeightsError::Tensor { tensor: name, problem });
                }
                for (w, b) in weights[range].iter_mut().zip(view.data().as_chunks::<4>().0) {
                    *w = f32::from_le_bytes(*b);
                    if !w.is_finite() {
                        return Err(WeightsError::Tensor { tensor: name, problem: format!("holds {w}") });
                    }
                }
            }
        }
        Ok(QFunction::from_weights(shape, weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Spec = Spec { observation: 3, actions: 4 };

    fn network(dueling: bool) -> QFunction {
        QFunction::seeded(Shape { spec: SPEC, hidden: [5, 6], dueling }, 7)
    }

    #[test]
    fn survives_a_round_trip_to_the_same_bytes() {
        for dueling in [false, true] {
            let q = network(dueling);
            let back = QFunction::from_bytes(&q.to_bytes(), SPEC).unwrap();
            assert_eq!((&back, back.to_bytes()), (&q, q.to_bytes()));
        }
    }

    #[test]
    fn damaged_and_foreign_files_are_refused_with_the_reason() {
        let check = |bytes: &[u8], spec: Spec, says: &str| {
            let message = QFunction::from_bytes(bytes, spec).unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        };
        let bytes = network(true).to_bytes();
        check(b"junk", SPEC, "not an intact safetensors file");
        check(&bytes[..bytes.len() - 1], SPEC, "not an intact safetensors file");
        check(&bytes, Spec { observation: 3, actions: 9 }, "3 observation entries and 4 actions");
        check(&bytes, Spec { observation: 2, actions: 4 }, "has 2 and 4");
        let data = [0; 24];
        let view = TensorView::new(Dtype::F32, vec![3, 2], &data).unwrap();
        check(
            &safetensors::serialize([("hidden1.weight", view)], None).unwrap(),
            SPEC,
            "`hidden2.weight` is missing",
        );
        let mut poisoned = network(true);
        poisoned.weights_mut()[0] = f32::NAN;
        check(&poisoned.to_bytes(), SPEC, "holds NaN");
    }
}
