//! TOML to a checked [`Scenario`]; the catalogue of attack techniques; the JSON Schema.
//!
//! A file passes through six rooms, and mistakes of all six are reported together:
//!
//! | module | does |
//! |---|---|
//! | `source` | reads texts, remembers which file, line and column a place is |
//! | `recover` | blanks out arrays and texts that are not closed, so that they swallow no more than themselves |
//! | `tree` | parses TOML, reads on after syntax errors, merges files that extend each other |
//! | `schema_validator` | holds the tree against the schema of [`format`](mod@format): keys, types, ranges, closed lists of names |
//! | [`format`](mod@format) | the serde structs: the reference of the file format |
//! | `lower` | resolves names, expands groups, checks what spans tables |
//!
//! | module | holds |
//! |---|---|
//! | [`model`] | the checked scenario |
//! | [`attack`] | attacks as graphs of steps |
//! | [`tactic`] | the tactics of ATT&CK, in order |
//! | [`catalogue`] | techniques, benign behaviours and the templates both are made of |
//! | [`diagnostics`] | what is wrong with a file, as people read it |

pub mod attack;
pub mod catalogue;
pub mod diagnostics;
pub mod format;
pub mod integrity;
mod load;
mod lower;
pub mod model;
mod raw_diagnostic;
mod recover;
pub mod roles;
mod schema;
mod schema_validator;
mod shipped;
mod show;
mod source;
mod suggest;
pub mod tactic;
mod texts;
mod tree;

pub use attack::{Attack, Selector, Step};
pub use diagnostics::{Diagnostic, Diagnostics};
pub use load::{Checked, check_file, check_text, load, load_changed, parse};
pub use model::Scenario;
pub use schema::schema;
pub use show::show;
pub use suggest::nearest;

/// A commented scenario to start from: small, complete, and valid as it stands.
pub fn starter() -> &'static str {
    shipped::STARTER
}

/// The attack techniques of the catalogue.
pub fn techniques() -> Vec<catalogue::Technique> {
    shipped::ALL_TECHNIQUES.clone()
}

/// The benign behaviours of the catalogue.
pub fn behaviours() -> Vec<catalogue::Behaviour> {
    shipped::ALL_BEHAVIOURS.clone()
}
