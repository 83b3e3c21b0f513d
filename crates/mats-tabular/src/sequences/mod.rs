//! Detectors for sessions of events: what happened, one key after another (`DeepLog`: Du, Li, Zheng, Srikumar 2017).
//! Fitted to normal sessions alone. Lookup tables stand beside the network always; often they do as well.
//!
//! | module | holds |
//! |---|---|
//! | `vocabulary` | events by name → keys |
//! | `network` | the LSTM: fitted, and how surprising each event of a session is |
//! | `lookup` | tables of what was seen: events, n-grams (STIDE), count vectors |
//! | `frequencies` | how often events come: what the network's loss has to stay below |
//! | `params` | settings |
//! | `report` | what fitting found |
//! | `fit` | fitting: held-out sessions choose the epoch and the cuts |
//! | `detector` | the fitted bundle: sessions judged whole, or event by event |
//! | `store` | its model file |

mod detector;
mod error;
mod fit;
mod frequencies;
mod lookup;
mod network;
mod params;
mod report;
mod store;
mod vocabulary;

pub use detector::{EventScore, Member, SequenceDetector, SessionScore, Watch};
pub use error::SequenceError;
pub use network::Scratch;
pub use params::SequenceParams;
pub use report::SequenceReport;
pub use vocabulary::{Reading, Source, Vocabulary};
