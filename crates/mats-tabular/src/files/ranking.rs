//! Recall at a false positive rate, and by how much one detector's exceeds another's.

use mats_core::random::Stream;
use mats_results::metrics::bootstrap::Estimate;

const PURPOSE: u32 = 0x4a9c;
/// Resamples of the rows behind an interval.
const RESAMPLES: u64 = 500;

/// Rows in order of falling score, tied ones together; benign and malicious told apart.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// Row, whether malicious, and whether the next row is tied with it.
    order: Vec<(u32, bool, bool)>,
}

impl Ranking {
    /// A ranking from the rows' scores and truth.
    pub fn new(scores: &[f32], malicious: &[bool]) -> Ranking {
        let mut rows: Vec<u32> = (0..scores.len() as u32).collect();
        rows.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
        let order = (0..rows.len())
            .map(|i| {
                let (row, next) = (rows[i] as usize, rows.get(i + 1).map(|&n| n as usize));
                (rows[i], malicious[row], next.is_some_and(|n| scores[n] == scores[row]))
            })
            .collect();
        Ranking { order }
    }

    /// The share of the malicious rows that is found where a share of the benign rows alarms. Where that lies between two
    /// cuts, for rows are tied, a part of the tied rows is taken at random: the straight line between two points of the
    /// ROC curve (Fawcett 2006). `None` unless both kinds are there.
    pub fn recall_at(&self, false_positives: f64) -> Option<f64> {
        self.weighed(false_positives, |_| 1.0)
    }

    fn weighed(&self, false_positives: f64, weight: impl Fn(u32) -> f64) -> Option<f64> {
        let (mut benign, mut malicious) = (0.0, 0.0);
        for &(row, bad, _) in &self.order {
            *(if bad { &mut malicious } else { &mut benign }) += weight(row);
        }
        if benign == 0.0 || malicious == 0.0 {
            return None;
        }
        let allowed = false_positives * benign;
        let (mut false_alarms, mut found, mut before) = (0.0, 0.0, (0.0, 0.0));
        for &(row, bad, tied) in &self.order {
            *(if bad { &mut found } else { &mut false_alarms }) += weight(row);
            if tied {
                continue;
            }
            if false_alarms > allowed {
                let part = (allowed - before.0) / (false_alarms - before.0);
                return Some((before.1 + part * (found - before.1)) / malicious);
            }
            before = (false_alarms, found);
        }
        Some(before.1 / malicious)
    }
}

/// Estimates what the recall of the first ranking has over that of the second at a false positive rate, with a
/// bootstrap interval over the rows, the same draws for both.
pub fn gain(first: &Ranking, second: &Ranking, false_positives: f64, seed: u64) -> Estimate {
    let rows = first.order.len();
    let difference = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
    let value = difference(first.recall_at(false_positives), second.recall_at(false_positives));
    let mut drawn = vec![0_u16; rows];
    let mut gains: Vec<f64> = (0..RESAMPLES)
        .filter_map(|resample| {
            let stream = Stream::new(seed, PURPOSE, resample);
            drawn.fill(0);
            for i in 0..rows {
                let row = (stream.unit(i as u64) * rows as f64) as usize;
                drawn[row.min(rows - 1)] += 1;
            }
            let weight = |row: u32| f64::from(drawn[row as usize]);
            difference(first.weighed(false_positives, weight), second.weighed(false_positives, weight))
        })
        .collect();
    gains.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| gains.get(((gains.len() as f64 - 1.0) * share).round() as usize).copied();
    Estimate { value, low: at(0.025), high: at(0.975), n: rows as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_is_counted_above_the_cut_and_lies_between_two_where_rows_are_tied() {
        let scores = [0.9, 0.8, 0.8, 0.7, 0.6, 0.5];
        let malicious = [true, true, false, true, false, false];
        let ranking = Ranking::new(&scores, &malicious);
        assert_eq!(ranking.recall_at(0.0), Some(1.0 / 3.0));
        assert_eq!(ranking.recall_at(1.0 / 6.0), Some(0.5));
        assert_eq!(ranking.recall_at(0.34), Some(1.0));
        assert_eq!(Ranking::new(&scores, &[true; 6]).recall_at(0.1), None);
    }

    #[test]
    fn a_rule_with_a_single_cut_just_above_is_nearly_as_good() {
        // All malicious rows and 103 of 10,000 benign ones alarm.
        let malicious: Vec<bool> = (0..11_000).map(|i| i < 1000).collect();
        let flags: Vec<f32> = (0..11_000).map(|i| if i < 1103 { 1.0 } else { 0.0 }).collect();
        let ranking = Ranking::new(&flags, &malicious);
        let recall = ranking.recall_at(0.01).unwrap();
        assert!((recall - 100.0 / 103.0).abs() < 1e-12, "{recall}");
        assert_eq!(ranking.recall_at(0.0103), Some(1.0));
    }

    #[test]
    fn a_better_ranking_gains_and_a_ranking_gains_nothing_over_itself() {
        let stream = Stream::new(1, 1, 1);
        let malicious: Vec<bool> = (0..2000).map(|i| i % 4 == 0).collect();
        let score = |lift: f64| -> Vec<f32> {
            let bad = |m: bool| if m { lift } else { 0.0 };
            (0..2000).map(|i| (stream.unit(i) + bad(malicious[i as usize])) as f32).collect()
        };
        let (weak, strong) = (Ranking::new(&score(0.2), &malicious), Ranking::new(&score(0.6), &malicious));
        let gained = gain(&strong, &weak, 0.01, 1);
        assert!(gained.low.unwrap() > 0.3 && gained.value.unwrap() > 0.35, "{gained:?}");
        assert_eq!(gain(&weak, &weak, 0.01, 1).high, Some(0.0));
    }
}
