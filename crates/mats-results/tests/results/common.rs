//! A small run with figures that can be worked by hand.

use mats_results::metrics::CampaignOutcome::{self, Contained, DiedOut, Objective, Prevented};
use mats_results::{ActionCounts, CampaignRow, EpisodeRow, Phase, fill_regret};

/// An evaluated episode of scenario `s`; an episode on seed 3 has no campaign.
pub fn episode(defender: &str, train_seed: u64, seed: u64, cost: f64, incidents: (u32, u32)) -> EpisodeRow {
    let mut actions = ActionCounts::default();
    actions.0[0] = 9;
    actions.0[8] = 2;
    EpisodeRow {
        scenario: "s".to_owned(),
        defender: defender.to_owned(),
        phase: Phase::Eval,
        train_seed,
        episode: seed,
        seed,
        return_: -cost,
        cost,
        regret: None,
        campaigns: u32::from(seed != 3),
        damage: cost - 1.0,
        disruption: 0.75,
        action_cost: 0.25,
        analyst_hours: 0.5,
        false_isolations: incidents.1,
        incidents: incidents.0,
        false_incidents: incidents.1,
        host_days: 2.0,
        steps: 11,
        records: 50_000,
        actions,
    }
}

/// A campaign followed for an hour after its first success; `detect` is `None` when missed.
pub fn campaign(
    defender: &str,
    train_seed: u64,
    seed: u64,
    outcome: CampaignOutcome,
    seconds: f64,
    detect: Option<f64>,
) -> CampaignRow {
    let succeeded = outcome != Prevented;
    CampaignRow {
        scenario: "s".to_owned(),
        defender: defender.to_owned(),
        phase: Phase::Eval,
        train_seed,
        episode: seed,
        seed,
        campaign: 0,
        attack: "smash".to_owned(),
        outcome,
        first_success_s: succeeded.then_some(100.0),
        detected: detect.is_some(),
        time_to_detect_s: detect.filter(|_| succeeded),
        time_to_contain_s: (outcome == Contained).then_some(seconds),
        time_to_objective_s: (outcome == Objective).then_some(seconds),
        time_to_outcome_s: seconds,
        follow_up_s: if succeeded { 3600.0 } else { 0.0 },
        hosts_touched: 3,
    }
}

/// `none` and `oracle`, played once, and `dqn` with training seeds 10 and 20, on seeds 1 to 4.
pub fn run() -> (Vec<EpisodeRow>, Vec<CampaignRow>) {
    let (mut episodes, mut campaigns) = (Vec::new(), Vec::new());
    let none = [100.0, 50.0, 0.0, 80.0];
    let oracle = [10.0, 20.0, 0.0, 20.0];
    for (i, seed) in (1..=4).enumerate() {
        episodes.push(episode("none", 0, seed, none[i], (0, 0)));
        episodes.push(episode("oracle", 0, seed, oracle[i], (0, 0)));
        if seed != 3 {
            campaigns.push(campaign("none", 0, seed, Objective, 2000.0, None));
            campaigns.push(campaign("oracle", 0, seed, Contained, 60.0, Some(0.0)));
        }
    }
    let dqn = [
        (10, [40.0, 50.0, 5.0, 30.0], [(2, 1), (1, 1), (1, 1), (1, 0)]),
        (20, [20.0, 40.0, 5.0, 30.0], [(1, 0), (1, 0), (0, 0), (1, 1)]),
    ];
    for (train_seed, costs, incidents) in dqn {
        for (i, seed) in (1..=4).enumerate() {
            episodes.push(episode("dqn", train_seed, seed, costs[i], incidents[i]));
        }
    }
    campaigns.extend([
        campaign("dqn", 10, 1, Contained, 600.0, Some(60.0)),
        campaign("dqn", 10, 2, Objective, 1200.0, None),
        campaign("dqn", 10, 4, Prevented, 0.0, Some(0.0)),
        campaign("dqn", 20, 1, Contained, 300.0, Some(30.0)),
        campaign("dqn", 20, 2, Contained, 900.0, Some(120.0)),
        campaign("dqn", 20, 4, DiedOut, 500.0, None),
    ]);
    fill_regret(&mut episodes);
    (episodes, campaigns)
}
