//! Pages that people read: self-contained HTML that needs no network.
//!
//! | module | holds |
//! |---|---|
//! | [`page`] | what all pages have in common: head, style, light and dark |
//! | [`chart`] | charts as SVG, wide and narrow |
//! | [`report`] | the report of runs |
//! | [`replay`] | one episode to look into: network, time, alerts, decisions |

pub mod chart;
pub mod page;
pub mod replay;
pub mod report;
