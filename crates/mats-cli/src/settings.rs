//! `mats settings`: every setting with its default, its range and its meaning.

use crate::failure::Failure;
use crate::flags::SettingsFlags;
use crate::output;
use crate::table::wrap;
use anyhow::anyhow;
use mats_lab::overrides::decided;
use mats_lab::setting_list::{Setting, settings};
use serde_json::json;

/// Runs the command.
///
/// # Errors
/// A part that no name holds.
pub fn list(flags: &SettingsFlags) -> Result<(), Failure> {
    let part = flags.part.as_deref().unwrap_or_default();
    let all: Vec<Setting> = settings().into_iter().filter(|setting| setting.name.contains(part)).collect();
    if all.is_empty() {
        return Err(Failure::input(anyhow!("no setting's name holds `{part}`; `mats settings` lists all")));
    }
    if flags.json {
        let rows = all.iter().map(|Setting { name, default, range, meaning }| {
            json!({ "name": name, "default": default, "range": range, "meaning": meaning, "decided": decided(name) })
        });
        return output::print_json(&rows.collect());
    }
    let blocks: Vec<String> = all.iter().map(block).collect();
    output::print(&format!(
        "{}\nChange one with --set NAME=VALUE, or in [settings] of an experiment.\n",
        blocks.join("\n")
    ))
}

/// A setting, as wide as a terminal of 80 columns.
fn block(setting: &Setting) -> String {
    let Setting { name, default, range, meaning } = setting;
    let range = decided(name).map_or_else(|| range.clone(), |decided| format!("not to be set: {decided}"));
    // A list may be broken behind its commas.
    let default = default.to_string().replace(',', ", ");
    let head = wrap(&format!("{name} = "), &default);
    format!("{head}{}{}", wrap("    ", meaning), wrap("    range: ", &range))
}
