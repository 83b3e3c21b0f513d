//! One defender's evaluated episodes in one scenario, and every figure that can be had from them.
//!
//! A figure is a function of how often each episode counts, so the same code gives the figure itself, its
//! bootstrap interval, and the difference of two runs on common draws.

use crate::cell::Phase;
use crate::metric::{Facts, Metric};
use crate::metrics::aalen_johansen::{Cohort, SurvivalRecord};
use crate::metrics::bootstrap::{Estimate, Resamples, Unit, ratio_of_sums};
use crate::metrics::competing::{CAUSES, Cause, Ends, survival_record};
use crate::metrics::score::score;
use crate::metrics::{EndState, f1};
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
    /// Span over which incidence is given, in seconds; 0 without campaigns.
    pub tau_s: f64,
    /// Campaigns with a success, by how they ended, what is cut off counting as contained.
    pub containments: Cohort<CAUSES>,
    /// The same, what is cut off not counting.
    pub evictions: Cohort<CAUSES>,
    /// Cause 0: detected. Cause 1: over undetected.
    pub detections: Cohort<2>,
    /// Median spells of campaigns that had access, as times of the only cause.
    pub spells: Cohort<1>,
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
    let twins = Twins::new(by_defender.get(crate::NONE).map_or(&[][..], Vec::as_slice));
    defenders
        .into_iter()
        .map(|defender| {
            let rows = episodes.iter().copied().filter(|r| r.defender == defender).collect();
            let campaigns = by_defender.get(defender).map_or(&[][..], Vec::as_slice);
            Sample::new(defender, rows, campaigns, [&none, &oracle], &twins)
        })
        .collect()
}

impl Sample {
    fn new(
        defender: &str,
        mut rows: Vec<&EpisodeRow>,
        campaigns: &[&CampaignRow],
        [none, oracle]: [&Reference; 2],
        twins: &Twins,
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
        let (mut containments, mut evictions) = (Vec::new(), Vec::new());
        let (mut detections, mut spells, mut tau_s) = (Vec::new(), Vec::new(), f64::INFINITY);
        for &campaign in campaigns {
            // A campaign whose episode is not in the table cannot be weighted with it.
            let Ok(at) = place(campaign) else { continue };
            episodes[at].count(campaign, twins.succeeded(campaign));
            tau_s = tau_s.min(campaign.tau_s);
            if campaign.first_success_s.is_none() {
                continue;
            }
            let subject = at as u32;
            // Of those that came too late for an end to be told, only the objective could be: they tell of neither.
            if campaign.watched_s > 0.0 {
                containments.push(survival_record(subject, ends(campaign, campaign.time_to_contain_s)));
                evictions.push(survival_record(subject, ends(campaign, campaign.time_to_evict_s)));
            }
            detections.push(detection_record(subject, campaign));
            spells.extend(campaign.median_spell_s.map(|time| SurvivalRecord {
                subject,
                time,
                cause: Some(0),
            }));
        }
        Sample {
            defender: defender.to_owned(),
            trained: rows.first().map(|r| r.train_seed) != rows.last().map(|r| r.train_seed),
            episodes,
            tau_s: if tau_s.is_finite() { tau_s } else { 0.0 },
            containments: Cohort::new(containments),
            evictions: Cohort::new(evictions),
            detections: Cohort::new(detections),
            spells: Cohort::new(spells),
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

    /// Counts the episodes that bear on a figure.
    pub fn concerned(&self, metric: Metric) -> u64 {
        self.episodes.iter().filter(|e| metric.concerns(e)).count() as u64
    }

    /// A figure as a function of weights; `tau` is the span over which incidence is given, in seconds.
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
            Metric::ContainedByTau => by_tau(&self.containments, Cause::Ended, tau),
            Metric::EvictedByTau => by_tau(&self.evictions, Cause::Ended, tau),
            Metric::ObjectiveByTau => by_tau(&self.containments, Cause::Objective, tau),
            Metric::TimeToDetect => Box::new(move |w| self.detections.median(w, 0)),
            Metric::TimeToContain => Box::new(move |w| self.containments.median(w, 0)),
            Metric::TimeToEvict => Box::new(move |w| self.evictions.median(w, 0)),
            Metric::SpellLength => Box::new(move |w| self.spells.median(w, 0)),
            Metric::Tau => Box::new(move |_| (tau > 0.0).then_some(tau)),
            _ => {
                let (up, down) = sums(metric);
                Box::new(move |w| ratio_of_sums(w, &up, &down))
            }
        }
    }
}

/// Incidence of one cause at τ, as a function of weights.
fn by_tau(cohort: &Cohort<CAUSES>, cause: Cause, tau: f64) -> Statistic<'_> {
    Box::new(move |w| cohort.incidence_at(w, tau).map(|f| f[cause as usize]))
}

/// Cumulative incidence of each cause at ascending times: `each` hears the place of a time and the shares.
/// Answers whether there is any campaign to speak of.
pub fn incidence_at_times(
    cohort: &Cohort<CAUSES>,
    weights: &[u32],
    times: &[f64],
    mut each: impl FnMut(usize, [f64; CAUSES]),
) -> bool {
    let (mut at, mut last) = (0, [0.0; CAUSES]);
    cohort.walk(weights, |step| {
        while at < times.len() && times[at] < step.time {
            each(at, last);
            at += 1;
        }
        last = step.incidence;
    });
    for rest in at..times.len() {
        each(rest, last);
    }
    cohort.has_weight(weights)
}

/// τ of samples of the same scenario: the shortest, should variants of it differ. Samples without a campaign say nothing.
pub fn common_tau<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> f64 {
    let spans = samples.into_iter().map(|s| s.tau_s).filter(|&t| t > 0.0);
    spans.min_by(f64::total_cmp).unwrap_or(0.0)
}

/// Campaigns under `none`, by seed and number: whether they had a success there. What defenders meet is the same, so a
/// campaign that came to nothing there by bad luck is nobody's credit.
struct Twins(BTreeMap<(u64, u32), bool>);

impl Twins {
    fn new(under_none: &[&CampaignRow]) -> Twins {
        Twins(under_none.iter().map(|c| ((c.seed, c.campaign), c.first_success_s.is_some())).collect())
    }

    /// Tells whether a campaign's twin had a success; true where `none` did not play it.
    fn succeeded(&self, campaign: &CampaignRow) -> bool {
        self.0.get(&(campaign.seed, campaign.campaign)).copied().unwrap_or(true)
    }
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

/// The ends of a campaign that was gone at some time.
fn ends(campaign: &CampaignRow, gone: Option<f64>) -> Ends {
    Ends {
        gone,
        left: campaign.end_state == EndState::Left,
        objective: campaign.time_to_objective_s,
        watched: campaign.watched_s,
    }
}

/// A campaign as time until it is noticed. One that is contained, or leaves, unnoticed can no longer be noticed, which
/// competes; one that is still there when the episode ends could be noticed later, so it is censored.
fn detection_record(subject: u32, campaign: &CampaignRow) -> SurvivalRecord {
    let (time, cause) = match (campaign.time_to_detect_s, campaign.time_to_contain_s) {
        (Some(delay), _) => (delay, Some(0)),
        (None, Some(gone)) => (gone, Some(1)),
        (None, None) => (campaign.follow_up_s, None),
    };
    SurvivalRecord { subject, time, cause }
}
