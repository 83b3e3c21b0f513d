//! A defender of your own beside the baselines, on unseen episodes. `cargo run --release -p mats --example own_policy`

use mats::prelude::*;

#[derive(Clone)]
struct ScanAndKill;

impl Policy for ScanAndKill {
    fn choose(&mut self, decision: &Decision<'_>) -> Action {
        match (decision.key.status, decision.intel.severity) {
            (ThreatStatus::Verified, _) => Action::KillProcess,
            (_, Severity::Info) => Action::Monitor,
            _ => Action::RunScan,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let plan = Plan::from_file("scenarios/tutorial.toml").map_err(|e| anyhow::anyhow!("{e}"))?;
    let mut contestants = Contestant::baselines();
    contestants.push(Contestant::new("scan-and-kill", ScanAndKill));
    let detector = fit_detector(&plan, Effort::Quick, 1)?;
    print!("{}", table(&evaluate(&plan, &detector, &mut contestants, &evaluation_seeds(16), 1, &mut ())?));
    Ok(())
}
