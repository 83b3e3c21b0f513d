//! Pages that people read: self-contained HTML that needs no network.
//!
//! | module | holds |
//! |---|---|
//! | [`page`] | what all pages have in common: head, style, light and dark |
//! | [`replay`] | one episode to look into: network, time, alerts, decisions |

pub mod page;
pub mod replay;
