//! One defender's evaluated episodes in one scenario, and every figure that can be had from them.
//!
//! A figure is a function of how often each episode counts, so the same code gives the figure itself, its
//! bootstrap interval, and the difference of two runs on common draws.

use crate::cell::Phase;
use crate::metric::{Facts, Metric};
use crate::metrics::aalen_johansen::{Cohort, SurvivalRecord};
use crate::metrics::bootstrap::{Estimate, Resamples, Unit, ratio_of_sums};
use crate::metrics::competing::{self, CAUSES};
use crate::metrics::score::score;
use crate::metrics::{CampaignOutcome, f1};
use crate::reference::Reference;
use crate::rows::{CampaignRow, EpisodeRow};
use std::collections::{BTreeMap, BTreeSet};

/// A figure as a function of the weights of a sample's episodes.
pub type Statistic<'a> = Box<dyn Fn(&[u32]) -> Option<f64> + 'a>;

/// One defender's evaluated episodes in one scenario, ordered by (training seed, seed).
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The defender.
    pub defender: String,
    /// True if it was trained with more than one seed, so that the training is a source of luck.
    pub trained: bool,
    /// Facts known of each episode.
    pub episodes: Vec<Facts>,
    /// The longest any of its campaigns could be followed, in seconds; 0 without campaigns.
    pub longest_follow_up: f64,
    /// Campaigns by how they ended.
    pub outcomes: Cohort<CAUSES>,
    /// Cause 0: detected. Cause 1: over undetected.
    pub detections: Cohort<2>,
}

/// All samples of a scenario in the order their defenders first appear, with the costs of `none` and
/// `oracle` joined by seed. Only rows of phase `eval` count.
pub fn samples(scenario: &str, episodes: &[EpisodeRow], campaigns: &[CampaignRow]) -> Vec<Sample> {
    let episodes: Vec<&EpisodeRow> =
        episodes.iter().filter(|r| r.scenario == scenario && r.phase == Phase::Eval).collect();
    let mut by_defender = BTreeMap::<&str, Vec<&CampaignRow>>::new();
    for row in campaigns.iter().filter(|r| r.scenario == scenario && r.phase == Phase::Eval) {
        by_defender.entry(&row.defender).or_default().push(row);
    }
    let mut defenders = Vec::<&str>::new();
    for row in &episodes {
        if !defenders.contains(&row.defender.as_str()) {
            defenders.push(&row.defender);
        }
    }
    let reference =
        |defender: &str| Reference::new(episodes.iter().copied().filter(|r| r.defender == defender));
    let (none, oracle) = (reference(crate::NONE), reference(crate::ORACLE));
    defenders
        .into_iter()
        .map(|defender| {
            let rows = episodes.iter().copied().filter(|r| r.defender == defender).collect();
            let campaigns = by_defender.get(defender).map_or(&[][..], Vec::as_slice);
            Sample::new(defender, rows, campaigns, &none, &oracle)
        })
        .collect()
}

impl Sample {
    fn new(
        defender: &str,
        mut rows: Vec<&EpisodeRow>,
        campaigns: &[&CampaignRow],
        none: &Reference,
        oracle: &Reference,
    ) -> Sample {
        rows.sort_by_key(|r| (r.train_seed, r.seed, r.episode));
        let mut episodes: Vec<Facts> = rows
            .iter()
            .map(|r| Facts::new(r, none.cost(r.train_seed, r.seed), oracle.cost(r.train_seed, r.seed)))
            .collect();
        let place = |c: &CampaignRow| {
            rows.binary_search_by_key(&(c.train_seed, c.seed, c.episode), |r| {
                (r.train_seed, r.seed, r.episode)
            })
        };
        let (mut outcomes, mut detections, mut longest) = (Vec::new(), Vec::new(), 0.0_f64);
        for &campaign in campaigns {
            // A campaign whose episode is not in the table cannot be weighted with it.
            let Ok(at) = place(campaign) else { continue };
            episodes[at].count(campaign);
            let held = campaign.first_success_s.map(|_| campaign.time_to_outcome_s);
            outcomes.push(competing::survival_record(at as u32, campaign.outcome, held));
            longest = longest.max(campaign.follow_up_s);
            detections.extend(detection_record(at as u32, campaign));
        }
        Sample {
            defender: defender.to_owned(),
            trained: rows.first().map(|r| r.train_seed) != rows.last().map(|r| r.train_seed),
            episodes,
            longest_follow_up: longest,
            outcomes: Cohort::new(outcomes),
            detections: Cohort::new(detections),
        }
    }

    /// Places each episode among the resampled training seeds and evaluation seeds, both sorted. A
    /// defender that is not trained is the same for every training seed.
    pub fn units(
        &self,
        drawn: &Resamples,
        (group_factor, train_seeds): (usize, &[u64]),
        (block_factor, seeds): (usize, &[u64]),
    ) -> Vec<Unit> {
        let place = |sorted: &[u64], value: u64| sorted.partition_point(|&s| s < value);
        let group = |e: &Facts| drawn.level(group_factor, place(train_seeds, e.train_seed));
        self.episodes
            .iter()
            .map(|e| Unit {
                group: self.trained.then(|| group(e)),
                block: drawn.level(block_factor, place(seeds, e.seed)),
            })
            .collect()
    }

    /// A figure with its interval; `units` as from [`Sample::units`].
    pub fn estimate(&self, metric: Metric, tau: f64, drawn: &Resamples, units: &[Unit]) -> Estimate {
        if metric.is_score() {
            let concerned = self.episodes.iter().zip(units).filter(|(e, _)| metric.concerns(e));
            let (units, costs): (Vec<_>, Vec<_>) =
                concerned.filter_map(|(e, &unit)| Some((unit, e.costs()?))).unzip();
            return score(drawn, &units, &costs).estimate();
        }
        let n = self.concerned(metric);
        if metric == Metric::Tau {
            return Estimate { value: self.statistic(metric, tau)(&[]), n, ..Estimate::default() };
        }
        Estimate { n, ..drawn.estimate(units, self.statistic(metric, tau)) }
    }

    /// A figure alone, without its interval.
    pub fn value(&self, metric: Metric, tau: f64, drawn: &Resamples, units: &[Unit]) -> Option<f64> {
        if metric.is_score() {
            return self.estimate(metric, tau, drawn, units).value;
        }
        self.statistic(metric, tau)(&vec![1; self.episodes.len()]).filter(|v| v.is_finite())
    }

    /// Cumulative incidence of each outcome at ascending times: `each` hears the place of a time and the shares.
    /// Answers whether there is any campaign to speak of.
    pub fn incidence(
        &self,
        weights: &[u32],
        times: &[f64],
        mut each: impl FnMut(usize, [f64; CAUSES]),
    ) -> bool {
        let (mut at, mut last) = (0, [0.0; CAUSES]);
        self.outcomes.walk(weights, |step| {
            while at < times.len() && times[at] < step.time {
                each(at, last);
                at += 1;
            }
            last = step.incidence;
        });
        for rest in at..times.len() {
            each(rest, last);
        }
        self.outcomes.has_weight(weights)
    }

    /// Counts the episodes that bear on a figure.
    pub fn concerned(&self, metric: Metric) -> u64 {
        self.episodes.iter().filter(|e| metric.concerns(e)).count() as u64
    }

    /// A figure as a function of weights; `tau` is the horizon of restricted means in seconds.
    pub fn statistic(&self, metric: Metric, tau: f64) -> Statistic<'_> {
        let sums = |metric: Metric| -> (Vec<f64>, Vec<f64>) {
            self.episodes.iter().map(|e| metric.parts(e).unwrap_or((0.0, 0.0))).unzip()
        };
        match metric {
            Metric::IncidentF1 => {
                let (true_incidents, incidents) = sums(Metric::IncidentPrecision);
                let (found, campaigns) = sums(Metric::IncidentRecall);
                Box::new(move |w| {
                    let precision = ratio_of_sums(w, &true_incidents, &incidents);
                    f1(precision, ratio_of_sums(w, &found, &campaigns))
                })
            }
            Metric::TimeLost => {
                Box::new(move |w| competing::restricted_mean_time_lost(&self.outcomes, w, tau))
            }
            Metric::ContainedByTau => Box::new(move |w| {
                self.outcomes.incidence_at(w, tau).map(|f| f[CampaignOutcome::Contained as usize])
            }),
            Metric::ObjectiveByTau => Box::new(move |w| {
                self.outcomes.incidence_at(w, tau).map(|f| f[CampaignOutcome::Objective as usize])
            }),
            Metric::TimeToDetect => Box::new(move |w| self.detections.median(w, 0)),
            Metric::Tau => Box::new(move |_| (!self.outcomes.is_empty()).then_some(tau)),
            _ => {
                let (up, down) = sums(metric);
                Box::new(move |w| ratio_of_sums(w, &up, &down))
            }
        }
    }
}

/// The horizon of restricted means that suits all samples: the shortest of their longest follow-ups, so that
/// every defender has campaigns watched for that long (Tian et al. 2020). Samples without a campaign that
/// succeeded say nothing.
pub fn common_tau<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> f64 {
    let longest = samples.into_iter().map(|s| s.longest_follow_up).filter(|&t| t > 0.0);
    longest.min_by(f64::total_cmp).unwrap_or(0.0)
}

/// Sorted training seeds of those samples that were trained, and evaluation seeds of all.
pub fn factors<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> (Vec<u64>, Vec<u64>) {
    let (mut train_seeds, mut seeds) = (BTreeSet::new(), BTreeSet::new());
    for sample in samples {
        seeds.extend(sample.episodes.iter().map(|e| e.seed));
        if sample.trained {
            train_seeds.extend(sample.episodes.iter().map(|e| e.train_seed));
        }
    }
    (train_seeds.into_iter().collect(), seeds.into_iter().collect())
}

/// A campaign as time until it is noticed. One that is contained, or dies out, unnoticed can no longer be
/// noticed, which competes; one that is still there when the episode ends could be noticed later, so it is
/// censored. Without a successful step no clock runs.
fn detection_record(subject: u32, campaign: &CampaignRow) -> Option<SurvivalRecord> {
    campaign.first_success_s?;
    let (time, cause) = match (campaign.time_to_detect_s, campaign.outcome) {
        (Some(delay), _) => (delay, Some(0)),
        (None, CampaignOutcome::Objective | CampaignOutcome::Censored) => (campaign.follow_up_s, None),
        (None, _) => (campaign.time_to_outcome_s, Some(1)),
    };
    Some(SurvivalRecord { subject, time, cause })
}
