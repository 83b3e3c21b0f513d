//! Long short-term memory over each machine's events (`DeepLog`: Du, Li, Zheng, Srikumar 2017): how surprising is
//! what just happened, given what happened before?
//!
//! | module | holds |
//! |---|---|
//! | `matrix` | products in blocks that the compiler vectorises |
//! | `network` | weights and the forward step |
//! | `gradient` | the step backwards through time |
//! | `params` | settings |
//! | `fit` | truncated back-propagation |
//! | `adam` | the optimiser |
//! | `model` | surprise per machine, event by event |

mod adam;
mod fit;
mod gradient;
mod matrix;
mod model;
mod network;
mod params;

pub use adam::Adam;
pub use gradient::Tape;
pub use model::{Sequence, SequenceModel, SequenceStates};
pub use network::Shape;
pub use network::{Network, softmax};
pub use params::LstmParams;
