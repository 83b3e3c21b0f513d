//! Asks of a run whether the order of its defenders would be another at other prices: each price halved, and doubled.
//!
//! ```text
//! cargo run --release -p mats-lab --example prices -- results/ransomware-1
//! ```
//!
//! Defenders decide as they did; only what it cost is counted anew, from the quantities in `episodes.csv`. For each price it prints
//! Kendall's τ (Kendall 1938) between the orders by mean cost, and who changes places.

use mats_core::Action;
use mats_lab::record::RunRecord;
use mats_results::{EpisodeRow, Phase, read_run};
use mats_scenario::Scenario;
use std::error::Error;
use std::path::PathBuf;

/// What a price accounted for in an episode.
type Part = Box<dyn Fn(&EpisodeRow) -> f64>;

/// Prices by name, each with what it accounted for.
fn prices(scenario: &Scenario) -> Vec<(String, Part)> {
    let reward = scenario.reward.clone();
    let [user, admin] = reward.account_hour;
    let mut all: Vec<(String, Part)> = vec![
        (
            "account_hour".to_owned(),
            Box::new(move |e| user * e.quantities.account_hours + admin * e.quantities.admin_hours),
        ),
        (
            "foothold_share".to_owned(),
            Box::new(move |e| reward.foothold_share * e.quantities.held_value_hours),
        ),
        ("kill_hours".to_owned(), Box::new(move |e| reward.kill_hours * e.quantities.killed_value)),
        ("decoy_hour".to_owned(), Box::new(move |e| reward.decoy_hour * e.quantities.decoy_hours)),
        ("analyst_hour".to_owned(), Box::new(move |e| reward.analyst_hour * e.analyst_hours)),
    ];
    for action in Action::ALL {
        let cost = scenario.response.actions[action as usize].cost;
        if cost > 0.0 {
            let part: Part = Box::new(move |e| cost * f64::from(e.actions.0[action as usize]));
            all.push((format!("actions.{}", action.name()), part));
        }
    }
    all
}

/// Mean of a cost by defender, in the order of their names.
fn means(rows: &[EpisodeRow], names: &[String], cost: impl Fn(&EpisodeRow) -> f64) -> Vec<f64> {
    let mean = |name: &String| {
        let mine: Vec<f64> = rows.iter().filter(|r| r.defender == *name).map(&cost).collect();
        mine.iter().sum::<f64>() / mine.len().max(1) as f64
    };
    names.iter().map(mean).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of a run, such as results/ransomware-1")?;
    let folder = PathBuf::from(folder);
    let scenario = RunRecord::read(&folder)?.scenario;
    let of_scenario = |r: &EpisodeRow| r.phase == Phase::Eval && r.scenario == scenario.name;
    let rows: Vec<EpisodeRow> = read_run(&folder)?.episodes.into_iter().filter(of_scenario).collect();
    // Whoever is told the truth is nobody to choose, and comes first at any price.
    let told = ["perfect-detector", "foresight", "oracle"];
    let mut names: Vec<String> = Vec::new();
    for row in &rows {
        if !names.contains(&row.defender) && !told.contains(&row.defender.as_str()) {
            names.push(row.defender.clone());
        }
    }
    let before = means(&rows, &names, |e| e.cost);
    println!("{}: {} defenders", scenario.name, names.len());
    for (price, part) in prices(&scenario) {
        for (word, factor) in [("halved", 0.5), ("doubled", 2.0)] {
            let after = means(&rows, &names, |e| e.cost + (factor - 1.0) * part(e));
            let pairs = || (0..names.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
            let flips = |&(a, b): &(usize, usize)| (before[a] - before[b]) * (after[a] - after[b]) < 0.0;
            let flipped: Vec<String> =
                pairs().filter(flips).map(|(a, b)| format!("{} and {}", names[b], names[a])).collect();
            let tau = 1.0 - 2.0 * flipped.len() as f64 / pairs().count().max(1) as f64;
            println!("{price:26} {word:8} τ {tau:.2}  {}", flipped.join(", "));
        }
    }
    Ok(())
}
