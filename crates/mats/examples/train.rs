//! Trains all three agents and prints the table. A real training takes thousands of episodes: leave the settings as they are
//! by default. `cargo run --release -p mats --example train`

use mats::prelude::*;

fn main() -> anyhow::Result<()> {
    let plan = Plan::from_file("scenarios/tutorial.toml").map_err(|e| anyhow::anyhow!("{e}"))?;
    let mut settings = TrainSettings { episodes: 96, round: 24, updates: 100, ..TrainSettings::default() };
    settings.gather.episodes = 32;
    (settings.validation, settings.checkpoint_validation, settings.cuts) = (8, 8, vec![0.5, 0.8]);
    (settings.refine.validation, settings.refine.starters, settings.refine.heats) = (24, 8, 1);
    settings.detector.lstm.epochs = 1;
    let training = train(&plan, &settings, 1, &mut ())?;
    println!("{}", training.describe());
    let results =
        evaluate_by_name(&plan, &training.agents, &DefenderSpec::usual(), &evaluation_seeds(8), 1, &mut ())?;
    print!("{}", table(&results));
    Ok(())
}
