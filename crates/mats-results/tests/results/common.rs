//! A small run with figures that can be worked by hand.

use mats_results::metrics::EndState::{self, CutOff, Evicted, Held, Left, NeverIn, Residual};
use mats_results::{ActionCounts, CampaignRow, EpisodeRow, Phase, Quantities, fill_regret};

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
        quantities: Quantities::default(),
        false_isolations: incidents.1,
        incidents: incidents.0,
        false_incidents: incidents.1,
        host_days: 2.0,
        steps: 11,
        records: 50_000,
        actions,
    }
}

/// A campaign followed for an hour after its first success, of which 50 minutes could tell its end. `seconds` is the time
/// of access; whoever left nothing, or nothing that is not cut off, had it in one spell from the start. `reached` is when it
/// had its objective, `detect` is `None` when missed.
pub fn campaign(
    defender: &str,
    (train_seed, seed): (u64, u64),
    end_state: EndState,
    seconds: f64,
    reached: Option<f64>,
    detect: Option<f64>,
) -> CampaignRow {
    let got_in = end_state != NeverIn;
    let gone = matches!(end_state, Evicted | Left).then_some(seconds);
    CampaignRow {
        scenario: "s".to_owned(),
        defender: defender.to_owned(),
        phase: Phase::Eval,
        train_seed,
        episode: seed,
        seed,
        campaign: 0,
        attack: "smash".to_owned(),
        end_state,
        stopped: matches!(end_state, NeverIn | Evicted) && reached.is_none(),
        first_success_s: got_in.then_some(100.0),
        goal_share: if reached.is_some() { 1.0 } else { 0.25 },
        time_to_objective_s: reached,
        detected: detect.is_some(),
        time_to_detect_s: detect.filter(|_| got_in),
        time_to_contain_s: gone.or((end_state == CutOff).then_some(seconds)),
        time_to_evict_s: gone,
        access_s: seconds,
        foothold_s: seconds / 2.0,
        spells: u32::from(got_in),
        median_spell_s: got_in.then_some(seconds),
        watched_s: if got_in { 3000.0 } else { 0.0 },
        follow_up_s: if got_in { 3600.0 } else { 0.0 },
        tau_s: 2400.0,
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
            // Under none the third attacker never gets in, which is nobody's credit.
            let none = if seed == 4 { (NeverIn, 0.0, None) } else { (Held, 3600.0, Some(2000.0)) };
            campaigns.push(campaign("none", (0, seed), none.0, none.1, none.2, None));
            campaigns.push(campaign("oracle", (0, seed), Evicted, 60.0, None, Some(0.0)));
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
        campaign("dqn", (10, 1), Evicted, 600.0, None, Some(60.0)),
        campaign("dqn", (10, 2), Residual, 3600.0, Some(1200.0), None),
        campaign("dqn", (10, 4), NeverIn, 0.0, None, Some(0.0)),
        campaign("dqn", (20, 1), CutOff, 300.0, None, Some(30.0)),
        campaign("dqn", (20, 2), Evicted, 900.0, None, Some(120.0)),
        campaign("dqn", (20, 4), Left, 500.0, None, None),
    ]);
    fill_regret(&mut episodes);
    (episodes, campaigns)
}
