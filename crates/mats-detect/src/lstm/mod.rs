//! Long short-term memory over each machine's events (`DeepLog`: Du, Li, Zheng, Srikumar 2017): how surprising is
//! what just happened, given what happened before?
//!
//! | module | holds |
//! |---|---|
//! | [`keys`] | events as numbers below 64 |
//! | `matrix` | products in blocks that the compiler vectorises |
//! | `network` | weights and the forward step |
//! | `gradient` | the step backwards through time |
//! | `params` | fitting: truncated back-propagation with Adam |
//! | `model` | surprise per machine, event by event |

mod gradient;
pub mod keys;
mod matrix;
mod model;
mod network;
mod params;

pub(crate) use gradient::Tape;
pub use model::{Sequence, SequenceModel, SequenceStates};
pub use network::Shape;
pub(crate) use network::{Network, softmax};
pub(crate) use params::Adam;
pub use params::LstmParams;
