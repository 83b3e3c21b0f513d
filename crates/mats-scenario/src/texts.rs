//! What the schema of scenarios needs of the catalogue: it is read through that schema, so names are taken from the text.

use std::sync::LazyLock;

/// The behaviours of the catalogue, as they are written.
pub const BEHAVIOURS: &str = include_str!("../catalogue/behaviours.toml");

/// Names of the behaviours of the catalogue, in its order.
pub static BEHAVIOUR_NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let file: toml::Table =
        toml::from_str(BEHAVIOURS).expect("the catalogue is part of the program and tested");
    let names = file["behaviour"].as_array().into_iter().flatten().filter_map(|b| b["name"].as_str());
    names.map(str::to_owned).collect()
});
