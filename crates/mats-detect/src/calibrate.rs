//! Held-out rows → fusion, cuts, gate and report.

use crate::detector::{Detector, FitReport};
use crate::examples::Examples;
use crate::features::FeatureRow;
use crate::fit::{PURPOSE, Split};
use crate::fusion::{Fusion, Sequenced, Thresholds, WARM, without_sequence};
use crate::sequence_gain::{self, Gain};
use mats_core::Evidence;
use mats_core::random::Stream;
use mats_models::metrics::{self, Scored};
use rayon::prelude::*;

/// Average precision on the held-out rows that the gate may cost, and how often it is lowered for it at most.
const LOSS: f64 = 0.003;
const HALVINGS: usize = 6;

impl Detector {
    /// Fits fusion, cuts and gate on the held-out rows, and on some more evidence with (malicious, weight).
    pub(crate) fn calibrate(
        &mut self,
        examples: &Examples,
        split: &Split,
        surprises: &[f32],
        more: &[(Evidence, (bool, f32))],
        seed: u64,
    ) {
        let rows: Vec<&FeatureRow> = split.held.iter().map(|&i| &examples.rows[i as usize]).collect();
        let indicators: Vec<f32> = split.held.iter().map(|&i| examples.indicator[i as usize]).collect();
        let held_truth: Vec<(bool, f32)> = split
            .held
            .iter()
            .map(|&i| (examples.labels[i as usize].is_some(), examples.weight[i as usize]))
            .collect();
        let mut evidence = self.evidence(examples, &split.held, surprises);
        let mut truth = held_truth.clone();
        evidence.extend(more.iter().map(|m| m.0));
        truth.extend(more.iter().map(|m| m.1));

        let others = without_sequence(&evidence);
        if self.forest.is_some() {
            self.fusion = Fusion::fit(&others, &truth, seed).unwrap_or(Fusion::UNSUPERVISED);
        }
        self.sequenced = self.sequence.as_ref().map(|_| {
            let cuts = self.choose_cuts(&self.fusion.scored(&others[..rows.len()], &held_truth));
            let fitted =
                self.forest.as_ref().and_then(|_| Sequenced::fit(&self.fusion, &cuts, &evidence, &truth));
            fitted.unwrap_or(Sequenced::UNSUPERVISED)
        });
        let (evidence, truth) = (&evidence[..rows.len()], held_truth);
        let full: Vec<Scored> =
            evidence.iter().zip(&truth).map(|(e, &(malicious, w))| (self.fuse(e), malicious, w)).collect();
        self.thresholds = self.choose_cuts(&full);
        let doubtful = self.open_gate(&rows, &indicators, &full, seed);

        let judged: Vec<Scored> = (0..rows.len())
            .map(|i| (self.judge(rows[i], surprises[i], indicators[i]).fused, truth[i].0, truth[i].1))
            .collect();
        let asked = (0..rows.len()).filter(|&i| !truth[i].0 && doubtful[i]).count();
        let auc = |pick: fn(&Evidence) -> f32| {
            metrics::roc_auc(
                &evidence.iter().zip(&truth).map(|(e, t)| (pick(e), t.0, t.1)).collect::<Vec<_>>(),
            )
        };
        let malicious =
            |rows: &[u32]| rows.iter().filter(|&&i| examples.labels[i as usize].is_some()).count() as u32;
        self.report = FitReport {
            rows: (split.fit.len() as u32, malicious(&split.fit)),
            held_out: (split.held.len() as u32, malicious(&split.held)),
            pr_auc: metrics::pr_auc(&judged),
            roc_auc: [
                metrics::roc_auc(&judged),
                auc(|e| e.anomaly),
                auc(|e| e.forest),
                auc(|e| e.sequence),
                auc(|e| e.indicator),
            ],
            calibration_error: cross_checked(&others[..rows.len()], &truth, seed).unwrap_or(0.0),
            at_cut: (precision(&judged, self.thresholds.alert), recall(&judged, self.thresholds.alert)),
            recall_ungated: recall(&full, self.thresholds.alert),
            asked: asked as f64 / truth.iter().filter(|t| !t.0).count().max(1) as f64,
            sequence_gain: self.report.sequence_gain,
        };
    }

    /// The cuts of some scores, by the settings.
    fn choose_cuts(&self, scored: &[Scored]) -> Thresholds {
        let per_day = 24.0 * 60.0 / f64::from(self.settings.window_minutes.max(0.1));
        let false_share = f64::from(self.settings.false_alarms_per_host_day) / per_day;
        Thresholds::choose(scored, f64::from(self.settings.recall_weight), false_share)
    }

    /// Every model's evidence on some examples.
    fn evidence(&self, examples: &Examples, rows: &[u32], surprises: &[f32]) -> Vec<Evidence> {
        let of = |(&i, &surprise): (&u32, &f32)| {
            let (row, indicator) = (&examples.rows[i as usize], examples.indicator[i as usize]);
            self.evidence_of_all(row, surprise, indicator)
        };
        rows.par_iter().zip(surprises).map(of).collect()
    }

    /// What the sequence model adds on the held-out rows.
    pub(crate) fn sequence_gain(
        &self,
        examples: &Examples,
        split: &Split,
        surprises: &[f32],
        seed: u64,
    ) -> Option<Gain> {
        let evidence = self.evidence(examples, &split.held, surprises);
        let held = || split.held.iter().map(|&i| i as usize);
        let truth: Vec<(bool, f32)> =
            held().map(|i| (examples.labels[i].is_some(), examples.weight[i])).collect();
        let episodes: Vec<u32> = held().map(|i| examples.episode[i]).collect();
        sequence_gain::gain(&evidence, &truth, &episodes, seed, |scored| self.choose_cuts(scored))
    }

    /// Fits what a glance is worth, and sets the gate: the highest probability by a glance that lets enough of what would be found
    /// through to all models. `full` are the rows' scores by all of them. Returns which rows a first glance is not enough for.
    fn open_gate(
        &mut self,
        rows: &[&FeatureRow],
        indicators: &[f32],
        full: &[Scored],
        seed: u64,
    ) -> Vec<bool> {
        self.gate = 0.0;
        let Some(forest) = self.forest.as_ref().filter(|_| self.settings.gate.recall < 1.0) else {
            return vec![true; rows.len()];
        };
        let glance = |(row, &indicator): (&&FeatureRow, &f32)| {
            let mut sum = 0.0;
            let seen = forest.groups().map(|group| {
                let trees = group.end as f32;
                sum += forest.sum_of(row.as_slice(), group);
                Evidence { forest: sum / trees, indicator, ..Evidence::default() }
            });
            seen.collect::<Vec<Evidence>>()
        };
        let glances: Vec<Vec<Evidence>> = rows.par_iter().zip(indicators).map(glance).collect();
        let first: Vec<Evidence> = glances.iter().map(|seen| seen[0]).collect();
        let truth: Vec<(bool, f32)> = full.iter().map(|s| (s.1, s.2)).collect();
        let Some(fusion) = Fusion::fit(&first, &truth, seed) else { return vec![true; rows.len()] };
        let seen: Vec<Vec<f32>> =
            glances.iter().map(|seen| seen.iter().map(|e| fusion.probability(e)).collect()).collect();
        let lowest = |seen: &Vec<f32>| seen.iter().copied().fold(f32::INFINITY, f32::min);
        let found = (0..full.len()).filter(|&i| full[i].1 && full[i].0 >= self.thresholds.alert);
        let mut least: Vec<f32> = found.map(|i| lowest(&seen[i])).collect();
        least.sort_unstable_by(f32::total_cmp);
        let missed = (least.len() as f32 * (1.0 - self.settings.gate.recall)) as usize;
        // Unseen attacks may look more ordinary than those held out: leave a margin of half the odds. And what is left at a glance
        // must not be suspicious.
        let most = WARM * self.thresholds.alert;
        let mut gate = halved(least.get(missed).map_or(most, |&p| p)).min(most);
        // Windows below the cut are told apart less well by a glance: ask about more of them until that costs next to nothing.
        let worth = |gate: f32| {
            let behind = |(seen, full): (&Vec<f32>, &Scored)| {
                (seen.iter().copied().find(|&p| p < gate).unwrap_or(full.0), full.1, full.2)
            };
            metrics::pr_auc(&seen.iter().zip(full).map(behind).collect::<Vec<_>>())
        };
        let enough = metrics::pr_auc(full).map(|whole| whole - LOSS);
        for _ in 0..HALVINGS {
            if worth(gate) >= enough {
                break;
            }
            gate = halved(gate);
        }
        (self.gate, self.glance) = (gate, fusion);
        seen.iter().map(|seen| seen[0] >= gate).collect()
    }
}

/// A probability of half the odds.
fn halved(p: f32) -> f32 {
    p / (2.0 - p)
}

/// Calibration error of a fusion fitted on every other row and measured on the rest.
fn cross_checked(evidence: &[Evidence], truth: &[(bool, f32)], seed: u64) -> Option<f64> {
    let stream = Stream::new(seed, PURPOSE, 2);
    let (mut a, mut b) = ((vec![], vec![]), (vec![], vec![]));
    for (i, (e, t)) in evidence.iter().zip(truth).enumerate() {
        let half = if stream.word(i as u64) & 1 == 0 { &mut a } else { &mut b };
        half.0.push(*e);
        half.1.push(*t);
    }
    let fusion = Fusion::fit(&a.0, &a.1, seed)?;
    Some(metrics::calibration_error(&fusion.scored(&b.0, &b.1)))
}

fn recall(scored: &[Scored], threshold: f32) -> f64 {
    ratio(scored.iter().filter(|s| s.1), |s| s.0 >= threshold)
}

fn precision(scored: &[Scored], threshold: f32) -> f64 {
    ratio(scored.iter().filter(|s| s.0 >= threshold), |s| s.1)
}

/// The weighted share of some examples that are so; 0 of none.
fn ratio<'a>(scored: impl Iterator<Item = &'a Scored>, so: impl Fn(&Scored) -> bool) -> f64 {
    let (mut yes, mut all) = (0.0, 0.0);
    for s in scored {
        all += f64::from(s.2);
        yes += if so(s) { f64::from(s.2) } else { 0.0 };
    }
    if all > 0.0 { yes / all } else { 0.0 }
}
