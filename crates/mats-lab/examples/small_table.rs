//! Searches the table of at most four rules that does best on several scenarios together.
//!
//! ```text
//! cargo run --release -p mats-lab --example small_table -- scenarios/*.toml > small-table.toml
//! ```
//!
//! Only validation seeds are played. Scores on validation games that the search has not played go to standard error,
//! beside those of the tables that are shipped.

use mats_lab::library::Library;
use mats_learn::progress::{Listener, Progress};
use mats_learn::{GatherSettings, Search, SearchSettings, TrainSettings, search};
use mats_respond::PolicyTable;
use mats_sim::Plan;
use std::error::Error;
use std::sync::Arc;

const SEED: u64 = 1;
/// Episodes a scenario from which its detectors learn; what is compared is tables, each watched by the same ones.
const GATHERED: usize = 96;
/// Games a scenario for the scale of its costs, and for the comparison in the end.
const SCALE: usize = 24;
const COMPARED: u64 = 32;

/// Says how far it is.
struct Talk(u64);

impl Listener for Talk {
    fn on_progress(&mut self, progress: Progress) -> bool {
        match progress {
            Progress::Stage(stage, _) => eprintln!("{stage}"),
            Progress::Advance(games) => {
                self.0 += games;
                eprintln!("{} games of the last candidates", self.0);
            }
            _ => {}
        }
        true
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        return Err("name the scenarios to search on, such as scenarios/*.toml".into());
    }
    let mut plans = Vec::new();
    for file in &files {
        plans.push(Arc::new(Plan::new(mats_scenario::load(file.as_ref())?)));
    }
    eprintln!("fitting detectors to {} scenarios", plans.len());
    let gather = GatherSettings { episodes: GATHERED, ..GatherSettings::default() };
    let settings = TrainSettings { gather, ..TrainSettings::default() };
    let mut library = Library::new(&plans, &settings, SCALE, SEED)?;
    let names: Vec<String> = library.scenarios().map(str::to_owned).collect();
    eprintln!("{} of them tell one table from another: {}", names.len(), names.join(", "));
    // Each meets every scenario as often: once in the first quarter of a round, four times in a whole one.
    let settings = SearchSettings { validation: 4 * names.len(), ..SearchSettings::default() };
    let found = search(&mut library, Search::SmallTable, &settings, SEED, &mut Talk(0))?;
    let first = (settings.rounds * settings.validation) as u64;
    let known = [
        ("found", found.clone()),
        ("small-table", PolicyTable::small_table()),
        ("scan-kill", PolicyTable::scan_kill()),
        ("playbook", PolicyTable::playbook()),
    ];
    for (name, table) in known {
        let scores = library.scores(&table, first..first + COMPARED, SEED);
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        let each: Vec<String> = scores.iter().map(|score| format!("{score:.2}")).collect();
        eprintln!("{name:12} {mean:.3}  {}", each.join(" "));
    }
    print!("{}", found.to_toml());
    Ok(())
}
