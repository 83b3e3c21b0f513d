//! Isolation forest (Liu, Ting, Zhou 2008): how few random cuts set a row apart from the others.

mod fit;
mod model;
mod params;

pub use model::IsolationForest;
pub use params::IsolationForestParams;
