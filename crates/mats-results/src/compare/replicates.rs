//! Every figure of a sample under every resample, eight resamples at a time.
//!
//! [`Sample::statistic`] says what a figure is; this says the same faster, for thousands of resamples of thousands of
//! episodes. Ratios are sums over columns of numbers, one for each distinct part of a figure. Incidences are walked
//! once for eight weightings: what an event adds is its weight times S(t−)/n, and that quotient changes only where
//! somebody is censored, so a walk divides at censorings alone. Ends that tie may be taken one after the
//! other, for S/n stays the same between them.
//!
//! Each value depends on its resample alone, so threads may share the work as they like.

use crate::metric::Metric;
use crate::metrics::bootstrap::draw;
use crate::metrics::{
    aalen_johansen::{Cohort, SurvivalRecord},
    competing::{CAUSES, Cause},
    f1,
};
use crate::sample::Sample;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Resamples that are worked on together.
const LANES: usize = 8;
type Lanes = [f64; LANES];
/// Groups of [`LANES`] that are drawn together, so that a sample's columns stay in the cache meanwhile.
const TILES: usize = 8;

/// Quantity replicated: a figure, or (for the question whether there is a score) what can be saved per episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// A figure of `summary.csv`.
    Of(Metric),
    /// The mean of what `none` costs above `oracle`, over the episodes that a score rests on.
    Savable(Metric),
}

/// All that is replicated, headline figures first.
pub fn figures() -> Vec<Figure> {
    let mut all = HEADLINES.to_vec();
    for &metric in Metric::ALL.iter().filter(|&&m| m != Metric::Tau) {
        let more = [Figure::Of(metric), Figure::Savable(metric)];
        let wanted = |f: &Figure| metric.is_score() || matches!(f, Figure::Of(_));
        let new: Vec<Figure> = more.into_iter().filter(|f| wanted(f) && !all.contains(f)).collect();
        all.extend(new);
    }
    all
}

/// Figures that verdicts rest on. They may need more resamples than others.
const HEADLINES: [Figure; 3] =
    [Figure::Of(Metric::Score), Figure::Savable(Metric::Score), Figure::Of(Metric::Cost)];

/// Settings of the resampling.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Resamples for every figure.
    pub resamples: usize,
    /// Resamples for headline figures, at least as many.
    pub headline_resamples: usize,
}

/// Samples of one run to be resampled. Training seeds are one factor, evaluation seeds the other.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// A sample for each defender.
    pub samples: &'a [Sample],
    /// The evaluation seeds, sorted.
    pub seeds: &'a [u64],
    /// Number of the factor of training seeds.
    pub group_factor: usize,
    /// Number of the factor of evaluation seeds.
    pub block_factor: usize,
}

/// `[sample][figure][resample]`; not a number where undefined.
pub type Replicates = Vec<Vec<Vec<f64>>>;

/// Replicates all figures of all that is asked. What has the same factor and number of evaluation seeds has the same
/// draws of them, which are made once.
pub fn replicate(asked: &[Asked<'_>], tau: f64, draws: Draws) -> Vec<Replicates> {
    let figures = figures();
    let prepared: Vec<Vec<Prepared>> = asked
        .par_iter()
        .map(|a| a.samples.iter().map(|s| Prepared::new(s, tau, a.seeds, &figures)).collect())
        .collect();
    let kinds: BTreeSet<(usize, usize)> = asked.iter().map(|a| (a.block_factor, a.seeds.len())).collect();
    let first = |count: usize| (0..count).step_by(LANES);
    let rest = (draws.resamples..draws.headline_resamples).step_by(LANES);
    let tiles: Vec<(usize, usize)> = first(draws.resamples)
        .map(|at| (at, figures.len()))
        .chain(rest.map(|at| (at, HEADLINES.len())))
        .collect();
    let mut out: Vec<Replicates> =
        asked.iter().map(|a| vec![vec![Vec::new(); figures.len()]; a.samples.len()]).collect();
    for (factor, levels) in kinds {
        let mine: Vec<usize> = (0..asked.len())
            .filter(|&i| (asked[i].block_factor, asked[i].seeds.len()) == (factor, levels))
            .collect();
        let done: Vec<Vec<Vec<Vec<Vec<Lanes>>>>> = tiles
            .par_chunks(TILES)
            .map(|tiles| {
                let blocks: Vec<_> =
                    tiles.iter().map(|&(at, _)| counts(draws.seed, factor, levels, at)).collect();
                let one = |i: usize, p: &Prepared| {
                    let replicate = |(&(at, wanted), blocks): (&(usize, usize), &Vec<Lanes>)| {
                        p.replicate(&p.group_weights(draws.seed, asked[i].group_factor, at), blocks, wanted)
                    };
                    tiles.iter().zip(&blocks).map(replicate).collect()
                };
                mine.iter().map(|&i| prepared[i].iter().map(|p| one(i, p)).collect()).collect()
            })
            .collect();
        for (tiles, of_runs) in tiles.chunks(TILES).zip(&done) {
            for (&i, of_samples) in mine.iter().zip(of_runs) {
                for (into, of_tiles) in out[i].iter_mut().zip(of_samples) {
                    for (&(at, wanted), values) in tiles.iter().zip(of_tiles) {
                        let end =
                            if wanted == figures.len() { draws.resamples } else { draws.headline_resamples };
                        let kept = (end - at).min(LANES);
                        for (into, lanes) in into.iter_mut().zip(values) {
                            into.extend(&lanes[..kept]);
                        }
                    }
                }
            }
        }
    }
    out
}

/// Counts how often each level of a factor is drawn in [`LANES`] resamples.
fn counts(seed: u64, factor: usize, levels: usize, at: usize) -> Vec<Lanes> {
    let mut counts = vec![[0.0; LANES]; levels];
    for (lane, resample) in (at..at + LANES).enumerate() {
        draw(seed, factor, resample, levels, |level| counts[level][lane] += 1.0);
    }
    counts
}

/// Recipe of a figure, from sums of columns or from a walk.
#[derive(Debug, Clone, Copy)]
enum Recipe {
    Ratio([usize; 2]),
    F1([usize; 4]),
    /// Incidence of a cause at τ.
    ByTau(Walk, Cause),
    /// Median time to the first cause.
    Median(Walk),
}

/// Cohort that is walked. Its position is its number.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Walk {
    Containments,
    Evictions,
    Detections,
    Spells,
}

/// Figures of a walk: the incidence of each cause at τ, and the median time to the first.
#[derive(Debug, Clone, Copy)]
struct Walked {
    by_tau: [Lanes; CAUSES],
    median: Lanes,
}

/// A campaign in a walk.
#[derive(Debug, Clone, Copy)]
struct Mark {
    group: usize,
    seed: usize,
    time: f64,
    cause: Option<usize>,
}

/// A sample laid out for resampling.
struct Prepared {
    tau: f64,
    trained: bool,
    groups: usize,
    seeds: usize,
    /// Each `[group][seed]`. Those of headline figures come first.
    columns: Vec<Vec<f64>>,
    recipes: Vec<Recipe>,
    /// The campaigns of each [`Walk`].
    walks: [Vec<Mark>; 4],
}

impl Prepared {
    fn new(sample: &Sample, tau: f64, seeds: &[u64], figures: &[Figure]) -> Prepared {
        let mut train_seeds: Vec<u64> = sample.episodes.iter().map(|e| e.train_seed).collect();
        train_seeds.dedup();
        let groups = if sample.trained { train_seeds.len() } else { 1 };
        let places: Vec<(usize, usize)> = sample
            .episodes
            .iter()
            .map(|e| {
                let group =
                    if sample.trained { train_seeds.partition_point(|&s| s < e.train_seed) } else { 0 };
                (group, seeds.partition_point(|&s| s < e.seed))
            })
            .collect();
        let mark = |s: &SurvivalRecord| {
            let (group, seed) = places[s.subject as usize];
            Mark { group, seed, time: s.time, cause: s.cause }
        };
        let marks = |records: &[SurvivalRecord]| records.iter().map(mark).collect::<Vec<_>>();
        let of = |cohort: &Cohort<CAUSES>| marks(cohort.records());
        let mut prepared = Prepared {
            tau,
            trained: sample.trained,
            groups,
            seeds: seeds.len(),
            columns: Vec::new(),
            recipes: Vec::new(),
            walks: [
                of(&sample.containments),
                of(&sample.evictions),
                marks(sample.detections.records()),
                marks(sample.spells.records()),
            ],
        };
        for &figure in figures {
            let recipe = prepared.recipe(sample, &places, figure);
            prepared.recipes.push(recipe);
        }
        prepared
    }

    fn recipe(&mut self, sample: &Sample, places: &[(usize, usize)], figure: Figure) -> Recipe {
        let mut ratio = |metric: Metric, savable: bool| -> [usize; 2] {
            let parts: Vec<Option<(f64, f64)>> = sample.episodes.iter().map(|e| metric.parts(e)).collect();
            let up = |p: &(f64, f64)| if savable { p.1 } else { p.0 };
            let down = |p: &(f64, f64)| if savable { 1.0 } else { p.1 };
            [
                self.column(places, parts.iter().map(|p| p.as_ref().map_or(0.0, up))),
                self.column(places, parts.iter().map(|p| p.as_ref().map_or(0.0, down))),
            ]
        };
        match figure {
            Figure::Of(Metric::ContainedByTau) => Recipe::ByTau(Walk::Containments, Cause::Ended),
            Figure::Of(Metric::EvictedByTau) => Recipe::ByTau(Walk::Evictions, Cause::Ended),
            Figure::Of(Metric::ObjectiveByTau) => Recipe::ByTau(Walk::Containments, Cause::Objective),
            Figure::Of(Metric::TimeToContain) => Recipe::Median(Walk::Containments),
            Figure::Of(Metric::TimeToEvict) => Recipe::Median(Walk::Evictions),
            Figure::Of(Metric::TimeToDetect) => Recipe::Median(Walk::Detections),
            Figure::Of(Metric::SpellLength) => Recipe::Median(Walk::Spells),
            Figure::Of(Metric::IncidentF1) => {
                let precision = ratio(Metric::IncidentPrecision, false);
                let recall = ratio(Metric::IncidentRecall, false);
                Recipe::F1([precision[0], precision[1], recall[0], recall[1]])
            }
            Figure::Of(metric) => Recipe::Ratio(ratio(metric, false)),
            Figure::Savable(metric) => Recipe::Ratio(ratio(metric, true)),
        }
    }

    /// The number of a column; equal ones are kept once.
    fn column(&mut self, places: &[(usize, usize)], values: impl Iterator<Item = f64>) -> usize {
        let mut column = vec![0.0; self.groups * self.seeds];
        for (&(group, seed), value) in places.iter().zip(values) {
            column[group * self.seeds + seed] += value;
        }
        if let Some(known) = self.columns.iter().position(|c| *c == column) {
            return known;
        }
        self.columns.push(column);
        self.columns.len() - 1
    }

    /// Returns how often each training seed counts in the resamples from `at` on.
    fn group_weights(&self, seed: u64, factor: usize, at: usize) -> Vec<Lanes> {
        if self.trained { counts(seed, factor, self.groups, at) } else { vec![[1.0; LANES]] }
    }

    /// The first `wanted` figures.
    fn replicate(&self, groups: &[Lanes], blocks: &[Lanes], wanted: usize) -> Vec<Lanes> {
        let recipes = &self.recipes[..wanted];
        let last = recipes.iter().flat_map(|r| match r {
            Recipe::Ratio(columns) => columns.as_slice(),
            Recipe::F1(columns) => columns.as_slice(),
            _ => &[],
        });
        let sums = self.sums(groups, blocks, last.max().map_or(0, |&c| c + 1));
        let walked = wanted > HEADLINES.len();
        let found: Vec<Walked> = if walked {
            self.walks.iter().map(|w| self.walk(w, groups, blocks)).collect()
        } else {
            Vec::new()
        };
        let each = |f: &dyn Fn(usize) -> f64| -> Lanes { std::array::from_fn(f) };
        let ratio = |up: usize, down: usize, lane: usize| sums[up][lane] / sums[down][lane];
        recipes
            .iter()
            .map(|recipe| match *recipe {
                // 0 / 0 is not a number; a figure of something over nothing is undefined likewise.
                Recipe::Ratio([up, down]) => {
                    each(&|l| if sums[down][l] == 0.0 { f64::NAN } else { ratio(up, down, l) })
                }
                Recipe::F1([up, down, found, all]) => each(&|l| {
                    let known = |n: usize, d: usize| (sums[d][l] != 0.0).then(|| ratio(n, d, l));
                    f1(known(up, down), known(found, all)).unwrap_or(f64::NAN)
                }),
                Recipe::ByTau(walk, cause) => found[walk as usize].by_tau[cause as usize],
                Recipe::Median(walk) => found[walk as usize].median,
            })
            .collect()
    }

    /// Weighted sums of the first `count` columns.
    fn sums(&self, groups: &[Lanes], blocks: &[Lanes], count: usize) -> Vec<Lanes> {
        let mut sums = vec![[0.0; LANES]; count];
        for (group, weight) in groups.iter().enumerate() {
            let part = group * self.seeds..(group + 1) * self.seeds;
            for (pair, sums) in self.columns[..count].chunks(2).zip(sums.chunks_mut(2)) {
                // Two columns at once share the reading of the weights.
                let (a, b) = (&pair[0][part.clone()], &pair[pair.len() - 1][part.clone()]);
                let (mut of_a, mut of_b) = ([0.0; LANES], [0.0; LANES]);
                for ((w, a), b) in blocks.iter().zip(a).zip(b) {
                    for l in 0..LANES {
                        of_a[l] += w[l] * a;
                        of_b[l] += w[l] * b;
                    }
                }
                for (sum, part) in sums.iter_mut().zip([of_a, of_b]) {
                    for l in 0..LANES {
                        sum[l] += weight[l] * part[l];
                    }
                }
            }
        }
        sums
    }

    /// Incidence of each cause at τ, and the median time to the first: infinite where half never come to it.
    fn walk(&self, marks: &[Mark], groups: &[Lanes], blocks: &[Lanes]) -> Walked {
        let (mut by_tau, mut first) = ([[0.0; LANES]; CAUSES], [0.0; LANES]);
        let mut median = [f64::INFINITY; LANES];
        let known = walk(marks, groups, blocks, |mark, cause, gain| {
            let before_end = f64::from(u8::from(mark.time <= self.tau));
            let is_first = f64::from(u8::from(cause == 0));
            for l in 0..LANES {
                by_tau[cause][l] += gain[l] * before_end;
                first[l] += gain[l] * is_first;
                // The margin is that of `Cohort::median`.
                let reached = first[l] >= 0.5 - 1e-12 && median[l] == f64::INFINITY;
                median[l] = if reached { mark.time } else { median[l] };
            }
        });
        let where_known =
            |values: Lanes| std::array::from_fn(|l| if known[l] { values[l] } else { f64::NAN });
        Walked { by_tau: by_tau.map(where_known), median: where_known(median) }
    }
}

/// Walks over the events of campaigns, telling each one's cause and what it adds to its cause's incidence. Says in
/// which resamples there was any campaign.
fn walk(
    marks: &[Mark],
    groups: &[Lanes],
    blocks: &[Lanes],
    mut visit: impl FnMut(&Mark, usize, &Lanes),
) -> [bool; LANES] {
    let weight = |mark: &Mark| -> Lanes {
        let (group, block) = (&groups[mark.group], &blocks[mark.seed]);
        std::array::from_fn(|l| group[l] * block[l])
    };
    let mut at_risk = [0.0; LANES];
    for mark in marks {
        let weight = weight(mark);
        for l in 0..LANES {
            at_risk[l] += weight[l];
        }
    }
    let known = at_risk.map(|n| n > 0.0);
    // S(t−) / n, which events leave as it is.
    let mut share: Lanes = at_risk.map(|n| if n > 0.0 { 1.0 / n } else { 0.0 });
    for mark in marks {
        let weight = weight(mark);
        if let Some(cause) = mark.cause {
            let gain: Lanes = std::array::from_fn(|l| weight[l] * share[l]);
            visit(mark, cause, &gain);
            for l in 0..LANES {
                at_risk[l] -= weight[l];
            }
        } else {
            for l in 0..LANES {
                let left = at_risk[l] - weight[l];
                share[l] = if left > 0.0 { share[l] * at_risk[l] / left } else { 0.0 };
                at_risk[l] = left;
            }
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::EndState;
    use crate::metrics::bootstrap::{Resamples, Unit};
    use crate::{ActionCounts, CampaignRow, EpisodeRow, Phase, Quantities, sample::samples};
    use rand::RngExt;

    /// Episodes of all kinds: with ties, censoring, two campaigns, none, and a seed that one training lacks.
    fn rows() -> (Vec<EpisodeRow>, Vec<CampaignRow>) {
        let mut rng = mats_core::random::Stream::new(5, 1, 1).at(0);
        let (mut episodes, mut campaigns) = (Vec::new(), Vec::new());
        for (defender, trainings) in [("none", 1), ("oracle", 1), ("dqn", 3)] {
            for (train_seed, seed) in (0..trainings).flat_map(|t| (10..41).map(move |s| (t, s))) {
                if (train_seed, seed) == (1, 17) {
                    continue;
                }
                let cost =
                    f64::from(rng.random_range(0..900)) / 7.0 + if defender == "none" { 200.0 } else { 0.0 };
                let count = rng.random_range(0..3_u32);
                let mut actions = ActionCounts::default();
                actions.0[3] = rng.random_range(0..9);
                episodes.push(EpisodeRow {
                    scenario: "s".into(),
                    defender: defender.into(),
                    phase: Phase::Eval,
                    train_seed,
                    episode: seed,
                    seed,
                    return_: -cost,
                    cost,
                    regret: None,
                    campaigns: u32::from(seed % 3 > 0),
                    damage: cost / 2.0,
                    disruption: cost / 4.0,
                    action_cost: cost / 4.0,
                    analyst_hours: 1.0,
                    quantities: Quantities::default(),
                    false_isolations: count,
                    incidents: 2 * count,
                    false_incidents: count,
                    host_days: 3.0,
                    steps: 9,
                    records: 99,
                    actions,
                });
                for campaign in 0..count {
                    let end_state = EndState::ALL[rng.random_range(0..6_usize)];
                    let seconds = f64::from(rng.random_range(1..40)) * 100.0;
                    let never_in = end_state == EndState::NeverIn;
                    let noticed = rng.random_range(0..3) > 0;
                    let gone = matches!(end_state, EndState::Evicted | EndState::Left).then_some(seconds);
                    let cut_off = (end_state == EndState::CutOff).then_some(seconds);
                    let reached = rng.random_range(0..3) == 0 && !never_in;
                    campaigns.push(CampaignRow {
                        scenario: "s".into(),
                        defender: defender.into(),
                        phase: Phase::Eval,
                        train_seed,
                        episode: seed,
                        seed,
                        campaign,
                        attack: "a".into(),
                        end_state,
                        stopped: (never_in || end_state == EndState::Evicted) && !reached,
                        first_success_s: (!never_in).then_some(5.0),
                        goal_share: f64::from(rng.random_range(0..4)) / 4.0,
                        time_to_objective_s: reached.then(|| f64::from(rng.random_range(1..40)) * 100.0),
                        detected: noticed,
                        time_to_detect_s: (noticed && !never_in)
                            .then(|| f64::from(rng.random_range(0..20)) * 60.0),
                        time_to_contain_s: gone.or(cut_off),
                        time_to_evict_s: gone,
                        access_s: if never_in { 0.0 } else { seconds },
                        foothold_s: 0.0,
                        spells: u32::from(!never_in),
                        median_spell_s: (!never_in).then_some(seconds),
                        watched_s: if never_in { 0.0 } else { 3500.0 },
                        follow_up_s: if never_in { 0.0 } else { 4000.0 },
                        tau_s: 2500.0,
                        hosts_touched: 1,
                    });
                }
            }
        }
        (episodes, campaigns)
    }

    #[test]
    fn replicates_are_the_statistics_under_the_same_draws() {
        let (episodes, campaigns) = rows();
        let samples = samples("s", &episodes, &campaigns);
        let seeds: Vec<u64> = (10..41).collect();
        let (tau, resamples) = (2500.0, 205);
        let draws = Draws { seed: 4, resamples, headline_resamples: 300 };
        let asked = Asked { samples: &samples, seeds: &seeds, group_factor: 0, block_factor: 1 };
        // Beside others with and without the same draws.
        let other = Asked { block_factor: 2, ..asked };
        let all = replicate(&[other, asked, asked], tau, draws).swap_remove(1);
        let drawn = Resamples::new(4, resamples, &[3, seeds.len()]);
        for (sample, replicates) in samples.iter().zip(&all) {
            let units: Vec<Unit> = sample.units(&drawn, (0, &[0, 1, 2]), (1, &seeds));
            for (&figure, found) in figures().iter().zip(replicates) {
                let Figure::Of(metric) = figure else { continue };
                let statistic = sample.statistic(metric, tau);
                let mut expected = Vec::new();
                // The estimate asks for the figure itself first, then for each resample in turn.
                drawn.estimate(&units, |weights| {
                    let value = statistic(weights);
                    expected.push(value.unwrap_or(f64::NAN));
                    Some(value.unwrap_or(0.0))
                });
                assert_eq!(
                    found.len(),
                    if HEADLINES.contains(&figure) { 300 } else { resamples },
                    "{metric:?}"
                );
                for (i, (&a, &b)) in found.iter().zip(&expected[1..]).enumerate() {
                    let same =
                        a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * b.abs().max(1.0);
                    assert!(same, "{} {metric:?}, resample {i}: {a} instead of {b}", sample.defender);
                }
            }
        }
    }
}
