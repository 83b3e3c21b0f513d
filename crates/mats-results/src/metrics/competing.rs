//! How campaigns end, and how long the attacker holds the network.
//!
//! The clock starts at a campaign's first successful malicious step. A campaign ends in one of four ways or
//! is still going on when the episode ends. The mean time of the contained ones alone would reward a
//! defender that contains only what is easy and fast, so it is never reported.
//!
//! A campaign that was **kept out** to the end of the episode, still trying without one successful step, held
//! nothing for as long as it could be watched. It counts as prevented at time 0. Taken as censored at time 0 it
//! would leave the risk set, and a defender that keeps attackers out would be judged by those that got in.
//!
//! **Restricted mean time lost**, with a horizon τ that is the same for all defenders compared:
//!
//! > L(τ) = ∫₀^τ (1 − F_prevented(t) − F_contained(t) − F_died_out(t)) dt
//!
//! It is the mean time within the first τ after the first success for which the attacker holds the network.
//! Prevented campaigns lose nothing, contained and died-out ones what came before, and one that reaches its
//! objective loses everything up to τ, for nothing gives it back. In the terms of Andersen (2013) it is the
//! restricted mean time in the initial state plus the time lost to the cause *objective*. Without censoring
//! it is the mean of min(T, τ), with T infinite where the objective was reached.

use super::aalen_johansen::{Cohort, SurvivalRecord};
use mats_core::CampaignOutcome;

/// Ends that give the network back, by cause; reaching the objective does not.
pub const GIVEN_BACK: [bool; CAUSES] = [true, true, false, true];

/// Number of causes that end a campaign.
pub const CAUSES: usize = 4;

/// A campaign for survival analysis. `seconds` runs from its first successful malicious step to its outcome;
/// `None` for campaigns without such a step, which end at time 0.
pub fn survival_record(subject: u32, outcome: CampaignOutcome, seconds: Option<f64>) -> SurvivalRecord {
    let cause = match (outcome, seconds) {
        (CampaignOutcome::Censored, None) => Some(CampaignOutcome::Prevented as usize),
        (CampaignOutcome::Censored, Some(_)) => None,
        _ => Some(outcome as usize),
    };
    SurvivalRecord { subject, time: seconds.unwrap_or(0.0), cause }
}

/// Former name of [`survival_record`].
#[deprecated(since = "0.2.0", note = "renamed to `survival_record`")]
pub fn spell(subject: u32, outcome: CampaignOutcome, seconds: Option<f64>) -> SurvivalRecord {
    survival_record(subject, outcome, seconds)
}

/// Restricted mean time lost, in seconds, as the module defines it. Undefined without campaigns.
pub fn restricted_mean_time_lost(campaigns: &Cohort<CAUSES>, weights: &[u32], tau: f64) -> Option<f64> {
    campaigns.time_lost(weights, tau, GIVEN_BACK).map(|saved| tau - saved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use CampaignOutcome::{Censored, Contained, DiedOut, Objective, Prevented};
    use proptest::prelude::*;

    fn cohort(campaigns: &[(CampaignOutcome, f64)]) -> Cohort<CAUSES> {
        Cohort::new(
            campaigns
                .iter()
                .enumerate()
                .map(|(i, &(outcome, t))| survival_record(i as u32, outcome, Some(t))),
        )
    }

    #[test]
    fn without_censoring_it_is_the_mean_with_objectives_lost_to_the_end() {
        // τ = 100. Prevented 0, contained after 10 and (too late to matter) 130, died out after 40,
        // objective after 20: lost to the end. (0 + 10 + 100 + 40 + 100) / 5 = 50.
        let campaigns = cohort(&[
            (Prevented, 0.0),
            (Contained, 10.0),
            (Contained, 130.0),
            (DiedOut, 40.0),
            (Objective, 20.0),
        ]);
        let lost = restricted_mean_time_lost(&campaigns, &[1; 5], 100.0).unwrap();
        assert!((lost - 50.0).abs() < 1e-12, "{lost}");
    }

    #[test]
    fn censored_campaigns_share_the_fate_of_those_followed_longer() {
        // Contained at 10, censored at 20, contained at 30, objective at 40; τ = 50.
        // F_contained: 1/4 from 10; at 30 two are at risk and S = 3/4, so + 3/4 · 1/2 = 5/8 from 30.
        // L = ∫ (1 − F): 10 · 1 + 20 · 3/4 + 20 · 3/8 = 32.5.
        let campaigns = cohort(&[(Contained, 10.0), (Censored, 20.0), (Contained, 30.0), (Objective, 40.0)]);
        let lost = restricted_mean_time_lost(&campaigns, &[1; 4], 50.0).unwrap();
        assert!((lost - 32.5).abs() < 1e-12, "{lost}");
        assert_eq!(restricted_mean_time_lost(&cohort(&[]), &[], 50.0), None);
    }

    #[test]
    fn who_keeps_attackers_out_is_not_judged_by_those_that_got_in() {
        // Three still knock at the end without success, one holds the network for 40: (0 + 0 + 0 + 40) / 4.
        let kept_out = (0..3).map(|i| survival_record(i, Censored, None));
        let campaigns = Cohort::new(kept_out.chain([survival_record(3, Contained, Some(40.0))]));
        let lost = restricted_mean_time_lost(&campaigns, &[1; 4], 100.0).unwrap();
        assert!((lost - 10.0).abs() < 1e-12, "{lost}");
        assert_eq!(survival_record(0, DiedOut, None).cause, Some(DiedOut as usize));
    }

    #[test]
    fn names_match_numbers() {
        for (i, outcome) in CampaignOutcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, i);
            assert_eq!(serde_json::to_string(&outcome).unwrap(), format!("\"{}\"", outcome.name()));
        }
    }

    proptest! {
        #[test]
        fn time_lost_scales_with_time_and_never_falls_when_containment_is_late(
            campaigns in prop::collection::vec((0..5_usize, 0.0..200.0_f64), 1..40),
        ) {
            let campaigns: Vec<_> = campaigns.into_iter().map(|(o, t)| (CampaignOutcome::ALL[o], t)).collect();
            let ones = vec![1; campaigns.len()];
            let lost = restricted_mean_time_lost(&cohort(&campaigns), &ones, 100.0).unwrap();
            prop_assert!((-1e-9..=100.0 + 1e-9).contains(&lost));
            let doubled: Vec<_> = campaigns.iter().map(|&(o, t)| (o, 2.0 * t)).collect();
            let twice = restricted_mean_time_lost(&cohort(&doubled), &ones, 200.0).unwrap();
            prop_assert!((twice - 2.0 * lost).abs() < 1e-9);
        }
    }
}
