//! Curves of how campaigns end: cumulative incidence of containment, eviction and attackers' success (Aalen and Johansen 1978),
//! with pointwise intervals from the resamples behind every other interval of `summary.csv`.

use crate::metrics::bootstrap::{Estimate, Resamples};
use crate::metrics::competing::Cause;
use crate::rows::{CampaignRow, EpisodeRow};
use crate::sample::{common_tau, factors, incidence_at_times, samples};
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
    /// Share contained by then, what is cut off counting.
    pub contained: Estimate,
    /// Share evicted by then.
    pub evicted: Estimate,
    /// Share whose attacker had reached the objective.
    pub objective: Estimate,
}

/// The curves of all defenders of a scenario, up to τ; empty where no campaign had a success.
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
        // All causes at all times, from two walks for each resample.
        let shares = drawn.estimates(&units, 3 * times.len(), |weights, out| {
            incidence_at_times(&sample.evictions, weights, &times, |at, share| {
                out[3 * at + 1] = share[Cause::Ended as usize];
            });
            incidence_at_times(&sample.containments, weights, &times, |at, share| {
                out[3 * at] = share[Cause::Ended as usize];
                out[3 * at + 2] = share[Cause::Objective as usize];
            })
        });
        let point = |(&time_s, triple): (&f64, &[Estimate])| IncidencePoint {
            time_s,
            contained: triple[0],
            evicted: triple[1],
            objective: triple[2],
        };
        let points = times.iter().zip(shares.chunks_exact(3)).map(point).collect();
        Incidence { defender: sample.defender.clone(), points }
    });
    curves.collect()
}
