//! One episode to look into: the network with what is true and what is believed, a slider for the time, alerts with the
//! records that caused them, decisions with their values. Two defenders on one seed stand side by side.
//!
//! The page is drawn by the scripts in `replay/` from the replay as JSON in `#data`. They put texts in as text only.

mod summary;

use crate::page::page;
use mats_results::replay::Replay;
use maud::{PreEscaped, html};

/// One script in parts: helpers, state, network, strips, details, lists, and what ties them together.
const SCRIPT: &str = concat!(
    include_str!("replay/base.js"),
    include_str!("replay/state.js"),
    include_str!("replay/network.js"),
    include_str!("replay/strips.js"),
    include_str!("replay/details.js"),
    include_str!("replay/lists.js"),
    include_str!("replay/main.js"),
);
const STYLE: &str = include_str!("replay/replay.css");

/// The page of a replay.
pub fn replay(replay: &Replay) -> String {
    let context = &replay.context;
    let title = format!("{}, episode {}: {}", context.scenario, replay.episode, summary::names(replay));
    let body = html! {
        style { (PreEscaped(STYLE)) }
        header {
            h1 { (title) }
            p.dim { (context.title) ". Seed " (replay.seed) ", agents of training seed " (replay.train_seed)
                ", played by version " (replay.version) "." }
        }
        (summary::checks(replay))
        section { (summary::table(replay)) }
        noscript { p { "The rest of this page is drawn by its own script, which needs no network; please let it run." } }
        div #clock role="group" aria-label="Time of the episode" hidden {
            button #play type="button" title="Play or stop (space)" aria-label="Play or stop" {}
            output #now {}
            input #time type="range" min="0" step="1" aria-label="Minute of the episode";
            label { span.wide { "Speed " } select #speed aria-label="Speed" {
                option value="5" { "5 min/s" } option value="15" selected { "15 min/s" } option value="60" { "1 h/s" }
            } }
        }
        main #sides {}
        (summary::reading())
    };
    let data = serde_json::to_string(replay).unwrap_or_else(|_| "null".to_owned());
    page(&title, &body, Some(&data), SCRIPT)
}
