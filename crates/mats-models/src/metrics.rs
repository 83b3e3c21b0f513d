//! How well scores tell malicious from benign, with weights.

/// A scored example: score, whether malicious, weight.
pub type Scored = (f32, bool, f32);

/// Area under the ROC curve: the chance that a malicious example scores above a benign one, ties counting half.
/// `None` unless both kinds are present.
pub fn roc_auc(scored: &[Scored]) -> Option<f64> {
    let (mut below, mut area, mut positives) = (0.0, 0.0, 0.0);
    for tied in ascending(scored).chunk_by(|a, b| a.0 == b.0) {
        let (positive, negative) = weights(tied);
        area += positive * (below + 0.5 * negative);
        below += negative;
        positives += positive;
    }
    (below > 0.0 && positives > 0.0).then(|| area / (below * positives))
}

/// Area under the precision–recall curve as average precision: Σ (Rₙ - Rₙ₋₁) Pₙ. `None` without malicious examples.
pub fn pr_auc(scored: &[Scored]) -> Option<f64> {
    let (mut hits, mut alarms, mut area) = (0.0, 0.0, 0.0);
    let ordered = ascending(scored);
    let groups: Vec<&[Scored]> = ordered.chunk_by(|a, b| a.0 == b.0).collect();
    for tied in groups.into_iter().rev() {
        let (positive, negative) = weights(tied);
        hits += positive;
        alarms += positive + negative;
        if alarms > 0.0 {
            area += positive * hits / alarms;
        }
    }
    (hits > 0.0).then(|| area / hits)
}

/// Mean negative log-likelihood in nats of scores taken as probabilities, cut to [0.001, 0.999].
pub fn log_loss(scored: &[Scored]) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for &(score, malicious, weight) in scored {
        let p = f64::from(score).clamp(0.001, 0.999);
        sum -= f64::from(weight) * libm::log(if malicious { p } else { 1.0 - p });
        total += f64::from(weight);
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

/// Expected calibration error over ten bins of equal width (Guo, Pleiss, Sun, Weinberger 2017).
pub fn calibration_error(scored: &[Scored]) -> f64 {
    let mut bins = [[0.0_f64; 3]; 10];
    for &(score, malicious, weight) in scored {
        let bin = &mut bins[((score * 10.0) as usize).min(9)];
        let w = f64::from(weight);
        bin[0] += w;
        bin[1] += w * f64::from(score);
        bin[2] += w * f64::from(u8::from(malicious));
    }
    let total: f64 = bins.iter().map(|b| b[0]).sum();
    let gap: f64 = bins.iter().map(|b| (b[1] - b[2]).abs()).sum();
    if total > 0.0 { gap / total } else { 0.0 }
}

fn ascending(scored: &[Scored]) -> Vec<Scored> {
    let mut ordered = scored.to_vec();
    ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
    ordered
}

/// Weight of the malicious and of the benign examples.
fn weights(scored: &[Scored]) -> (f64, f64) {
    scored.iter().fold(
        (0.0, 0.0),
        |(p, n), &(_, malicious, w)| {
            if malicious { (p + f64::from(w), n) } else { (p, n + f64::from(w)) }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scored: &[Scored], roc: f64, pr: f64) {
        assert!((roc_auc(scored).unwrap() - roc).abs() < 1e-9, "{:?}", roc_auc(scored));
        assert!((pr_auc(scored).unwrap() - pr).abs() < 1e-9, "{:?}", pr_auc(scored));
    }

    #[test]
    fn areas_match_hand_worked_examples() {
        check(
            &[(0.9, true, 1.0), (0.8, false, 1.0), (0.7, true, 1.0), (0.1, false, 1.0)],
            0.75,
            f64::midpoint(1.0, 2.0 / 3.0),
        );
        check(&[(0.5, true, 1.0), (0.5, false, 1.0)], 0.5, 0.5);
        // A benign example of weight 3 counts as three.
        check(&[(0.9, false, 3.0), (0.5, true, 1.0), (0.1, false, 1.0)], 0.25, 0.25);
        assert_eq!(roc_auc(&[(0.5, true, 1.0)]), None);
        assert_eq!(pr_auc(&[(0.5, false, 1.0)]), None);
    }

    #[test]
    fn losses_match_hand_worked_examples() {
        let loss = log_loss(&[(0.8, true, 1.0), (0.4, false, 2.0)]);
        assert!((loss + (0.8_f64.ln() + 2.0 * 0.6_f64.ln()) / 3.0).abs() < 1e-6);
        let error = calibration_error(&[(0.85, true, 1.0), (0.85, false, 1.0), (0.05, false, 2.0)]);
        assert!((error - (0.7 + 0.1) / 4.0).abs() < 1e-6, "{error}");
    }
}
