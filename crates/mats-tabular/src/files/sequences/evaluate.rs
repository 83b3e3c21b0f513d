//! Evaluation: all members together and each alone, beside the rule that looks at nothing.

use super::super::ranking::{Ranking, gain};
use crate::sequences::{Member, SequenceDetector, SessionScore};
use mats_results::metrics::bootstrap::Estimate;
use serde::Serialize;

/// The false positive rate at which members are compared.
const AT: f64 = 0.01;

/// Results of a detector of sessions.
#[derive(Debug, Clone, Serialize)]
pub struct SessionEvaluation {
    /// Normal and malicious sessions.
    pub sessions: (u64, u64),
    /// The nominal false positive rate of all cuts.
    pub nominal: f64,
    /// All together, then each member on its own, then the network by `DeepLog`'s rule, then the rule that looks at nothing.
    pub figures: Vec<SessionFigures>,
    /// Recall that all together gain at 1 % false positives over the best member, and which it is; `None` without
    /// malicious sessions.
    pub gain: Option<(Estimate, &'static str)>,
    /// True if a lookup table finds at least as much there as the network.
    pub beaten_by_table: bool,
}

/// One rule. Without malicious sessions only its false positives are known.
#[derive(Debug, Clone, Serialize)]
pub struct SessionFigures {
    /// Name of the rule.
    pub name: &'static str,
    /// Share of the sessions judged rightly at its cut.
    pub accuracy: Option<f64>,
    /// False positive rate at its cut.
    pub false_positive_rate: f64,
    /// Recall at its cut.
    pub recall: Option<f64>,
    /// Recall where 1 % of these normal sessions alarm.
    pub recall_at_one_percent: Option<f64>,
}

/// Evaluates on normal sessions and malicious ones, of which there may be none.
pub fn evaluate(
    detector: &SequenceDetector,
    normal: &[Vec<u16>],
    malicious: &[Vec<u16>],
    seed: u64,
) -> SessionEvaluation {
    let (benign, bad) = (detector.judge_all(normal), detector.judge_all(malicious));
    let truth: Vec<bool> = benign.iter().map(|_| false).chain(bad.iter().map(|_| true)).collect();
    let scores =
        |of: &dyn Fn(&SessionScore) -> f32| -> Vec<f32> { benign.iter().chain(&bad).map(of).collect() };
    let rule = |name, scores: &[f32], threshold: f32| {
        let ranking = Ranking::new(scores, &truth);
        let (normal, malicious) = scores.split_at(benign.len());
        let alarms = |scores: &[f32]| scores.iter().filter(|&&s| s >= threshold).count() as f64;
        let (false_alarms, found) = (alarms(normal), alarms(malicious));
        let (n, m) = (normal.len() as f64, malicious.len() as f64);
        let figures = SessionFigures {
            name,
            accuracy: (m > 0.0).then(|| (n - false_alarms + found) / (n + m)),
            false_positive_rate: false_alarms / n.max(1.0),
            recall: (m > 0.0).then(|| found / m),
            recall_at_one_percent: ranking.recall_at(AT),
        };
        (figures, ranking)
    };
    let (whole, fused) = rule("all together", &scores(&|s| s.score), detector.threshold().0);
    let members = Member::ALL.map(|member| {
        let own = scores(&|s| s.members[member as usize].unwrap_or(0.0));
        rule(member.name(), &own, detector.cut_of(member))
    });
    let at = |member: Member| members[member as usize].0.recall_at_one_percent;
    // The first among equals.
    let (best, ranking) = members
        .iter()
        .rev()
        .max_by(|a, b| a.1.recall_at(AT).partial_cmp(&b.1.recall_at(AT)).expect("recall is a number"))
        .expect("there are members");
    // `DeepLog`'s rule, for comparison with what is published of it: an event is odd whose rank is above nine. Sessions too
    // short for the window have none; they pass, or all alarm.
    let rank = |none: f32| move |s: &SessionScore| s.rank.map_or(none, |rank| rank as f32);
    let mut ranks = vec![rule("LSTM, a rank above 9", &scores(&rank(0.0)), 10.0).0];
    if benign.iter().chain(&bad).any(|s| s.rank.is_none()) {
        ranks.push(rule("the same, or too short", &scores(&rank(f32::INFINITY)), 10.0).0);
    }
    let majority = rule("majority class (baseline)", &scores(&|_| 0.0), f32::INFINITY);
    SessionEvaluation {
        sessions: (benign.len() as u64, bad.len() as u64),
        nominal: detector.threshold().1,
        gain: (!bad.is_empty()).then(|| (gain(&fused, ranking, AT, seed), best.name)),
        beaten_by_table: !bad.is_empty()
            && Member::ALL[1..].iter().any(|&table| at(table) >= at(Member::Lstm)),
        figures: [whole].into_iter().chain(members.map(|m| m.0)).chain(ranks).chain([majority.0]).collect(),
    }
}
