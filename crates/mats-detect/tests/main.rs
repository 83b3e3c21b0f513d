//! The Detection Agent from outside, in a small made-up organisation.
//!
//! | module | holds |
//! |---|---|
//! | `world` | records of twenty machines, with and without an intruder |
//! | `features` | what rows show, and that nothing that arrives can break them |
//! | `fit` | the fitted detector: quality, calibration, repeatability, refusals |
//! | `agent` | threats: opened, worsened, silent, over; patrols; peaks |
//! | `gating` | scoring only where it matters loses no recall |
//! | `update` | champion against challenger |
//! | `store` | model files: round trip, and every kind of damage |

mod agent;
mod features;
mod fit;
mod gating;
mod store;
mod update;
mod world;
