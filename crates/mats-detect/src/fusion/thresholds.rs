use mats_core::{Severity, ThreatKind};
use mats_models::metrics::Scored;
use serde::{Deserialize, Serialize};

/// Probabilities from which a threat is worth an alert, an investigation, an interruption.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// The least probability of a threat that is presented, as [`Severity::Low`].
    pub alert: f32,
    /// The least that is [`Severity::Medium`].
    pub medium: f32,
    /// The least that is [`Severity::High`].
    pub high: f32,
}

impl Thresholds {
    /// The alert cut with the best F-measure, recall weighing `beta` times as much as precision (van Rijsbergen 1979),
    /// among those that leave at most `false_share` of the benign weight above; the lowest such cut where nothing is
    /// malicious. The others lie at three times the odds of the one before, but not below 1:1 and 5:1.
    pub fn choose(scored: &[Scored], beta: f64, false_share: f64) -> Thresholds {
        let mut descending = scored.to_vec();
        descending.sort_by(|a, b| b.0.total_cmp(&a.0));
        let sum = |malicious: bool| -> f64 {
            descending.iter().filter(|s| s.1 == malicious).map(|s| f64::from(s.2)).sum()
        };
        let (positives, negatives) = (sum(true), sum(false));
        let (mut hits, mut false_alarms) = (0.0, 0.0);
        let mut best: Option<(f64, f32)> = None;
        let groups: Vec<&[Scored]> = descending.chunk_by(|a, b| a.0 == b.0).collect();
        for (i, tied) in groups.iter().enumerate() {
            for &(_, malicious, w) in *tied {
                *if malicious { &mut hits } else { &mut false_alarms } += f64::from(w);
            }
            if false_alarms > false_share * negatives {
                break;
            }
            let measure = if positives > 0.0 {
                (1.0 + beta * beta) * hits / (beta * beta * positives + hits + false_alarms)
            } else {
                i as f64
            };
            if best.is_none_or(|(b, _)| measure > b) {
                // Halfway to the next score, so that what comes out a hair lower still counts.
                let next = groups.get(i + 1).map_or(0.0, |g| g[0].0);
                best = Some((measure, 0.5 * (tied[0].0 + next)));
            }
        }
        // Everything above the share: alert only above the highest score.
        let above = descending.first().map_or(0.5, |s| 0.5 * (1.0 + s.0));
        Thresholds::above(best.map_or(above, |(_, threshold)| threshold))
    }

    /// The cuts above a given alert cut.
    pub fn above(alert: f32) -> Thresholds {
        let alert = alert.clamp(0.01, 0.98);
        let odds = |p: f32| p / (1.0 - p);
        let medium = (3.0 * odds(alert)).max(1.0);
        let high = (3.0 * medium).max(5.0);
        Thresholds { alert, medium: medium / (1.0 + medium), high: high / (1.0 + high) }
    }

    /// Returns the severity of a threat: from its probability, one step more when it destroys.
    pub fn severity(&self, probability: f32, kind: ThreatKind) -> Severity {
        let worse = kind == ThreatKind::Impact;
        if probability < self.alert {
            Severity::Info
        } else if probability >= self.high || (worse && probability >= self.medium) {
            Severity::High
        } else if probability >= self.medium || worse {
            Severity::Medium
        } else {
            Severity::Low
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_measure_within_the_false_alarms_allowed() {
        let scored: Vec<Scored> = [
            (0.9, true),
            (0.8, true),
            (0.7, false),
            (0.6, true),
            (0.5, true),
            (0.4, false),
            (0.3, false),
            (0.2, false),
        ]
        .map(|(s, m)| (s, m, 1.0))
        .to_vec();
        // Without a limit the cut takes all four, with one false alarm: F1 = 8/9.
        assert_eq!(Thresholds::choose(&scored, 1.0, 1.0).alert, 0.45);
        // Precision weighs more: the two at the top.
        assert_eq!(Thresholds::choose(&scored, 0.2, 1.0).alert, 0.75);
        // No false alarm allowed: the two at the top.
        assert_eq!(Thresholds::choose(&scored, 1.0, 0.0).alert, 0.75);
        // Nothing malicious: the lowest cut within the limit.
        let benign: Vec<Scored> = scored.iter().map(|s| (s.0, false, 1.0)).collect();
        assert!((Thresholds::choose(&benign, 1.0, 0.25).alert - 0.75).abs() < 1e-6);
        // Not even the top is allowed.
        assert!(Thresholds::choose(&benign, 1.0, 0.0).alert > 0.9);
    }

    #[test]
    fn severities_rise_with_probability_and_for_impact() {
        for alert in [0.01, 0.3, 0.6, 0.98] {
            let c = Thresholds::above(alert);
            assert!(c.alert < c.medium && c.medium < c.high && c.high < 1.0);
        }
        let c = Thresholds::above(0.3);
        let at = |p, k| c.severity(p, k);
        assert_eq!(at(0.29, ThreatKind::Impact), Severity::Info);
        assert_eq!(at(0.31, ThreatKind::Movement), Severity::Low);
        assert_eq!(at(0.31, ThreatKind::Impact), Severity::Medium);
        assert_eq!(at(c.medium, ThreatKind::Impact), Severity::High);
        assert_eq!(at(c.high, ThreatKind::Movement), Severity::High);
    }
}
