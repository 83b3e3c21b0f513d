//! Curves of how campaigns end: cumulative incidence of containment and of attackers' success (Aalen and Johansen 1978),
//! with pointwise intervals from the resamples behind every other interval of `summary.csv`.

use crate::metrics::CampaignOutcome;
use crate::metrics::bootstrap::{Estimate, Resamples};
use crate::rows::{CampaignRow, EpisodeRow};
use crate::sample::{common_tau, factors, samples};
use crate::summary::Settings;

/// Points of a curve beside the one at 0.
const POINTS: usize = 60;

/// The curves of one defender.
#[derive(Debug, Clone, PartialEq)]
pub struct Incidence {
    /// Name of the defender.
    pub defender: String,
    /// Points from the campaign's first successful malicious step to τ, evenly spaced.
    pub points: Vec<IncidencePoint>,
}

/// Shares of campaigns that had ended in each way by a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IncidencePoint {
    /// Seconds since the first successful malicious step.
    pub time_s: f64,
    /// Share contained by then, or prevented, which is containment at time 0.
    pub contained: Estimate,
    /// Share whose attacker had reached the objective.
    pub objective: Estimate,
}

/// The curves of all defenders of a scenario, up to the τ that all of them support; empty without campaigns.
pub fn incidence(
    scenario: &str,
    episodes: &[EpisodeRow],
    campaigns: &[CampaignRow],
    settings: Settings,
) -> Vec<Incidence> {
    let samples = samples(scenario, episodes, campaigns);
    let (train_seeds, seeds) = factors(&samples);
    let drawn = Resamples::new(settings.seed, settings.resamples, &[train_seeds.len(), seeds.len()]);
    let tau = settings.tau_s.unwrap_or_else(|| common_tau(&samples));
    if tau <= 0.0 {
        return Vec::new();
    }
    let times: Vec<f64> = (0..=POINTS).map(|i| tau * i as f64 / POINTS as f64).collect();
    let curves = samples.iter().map(|sample| {
        let units = sample.units(&drawn, (0, &train_seeds), (1, &seeds));
        // Both causes at all times, from one walk for each resample.
        let shares = drawn.estimates(&units, 2 * times.len(), |weights, out| {
            sample.incidence(weights, &times, |at, share| {
                out[2 * at] =
                    share[CampaignOutcome::Contained as usize] + share[CampaignOutcome::Prevented as usize];
                out[2 * at + 1] = share[CampaignOutcome::Objective as usize];
            })
        });
        let point = |(&time_s, pair): (&f64, &[Estimate])| IncidencePoint {
            time_s,
            contained: pair[0],
            objective: pair[1],
        };
        let points = times.iter().zip(shares.chunks_exact(2)).map(point).collect();
        Incidence { defender: sample.defender.clone(), points }
    });
    curves.collect()
}
