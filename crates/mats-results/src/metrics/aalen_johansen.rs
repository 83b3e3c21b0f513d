//! Cumulative incidence of competing events under right censoring: Aalen and Johansen (1978), in the
//! notation of Andersen, Geskus, de Witte and Putter (2012).
//!
//! At each event time t with n at risk and dₖ events of cause k, the incidence of cause k grows by
//! S(t−) dₖ / n, and S, the share still without any event, falls by the factor 1 − Σ dₖ / n. Without
//! censoring the incidence at t is simply the share of subjects whose event k came by t. Unlike one minus
//! Kaplan–Meier for each cause, incidences and S add up to 1.

/// One subject: how long it was followed, and which of `K` causes ended that (`None`: still going on).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurvivalRecord {
    /// Position of the subject in the caller's weights; several subjects may share one.
    pub subject: u32,
    /// Time followed, at least 0. What is not a number or negative counts as 0.
    pub time: f64,
    /// The cause, below `K`; `None` when censored.
    pub cause: Option<usize>,
}

/// Former name of [`SurvivalRecord`].
#[deprecated(since = "0.2.0", note = "renamed to `SurvivalRecord`")]
pub type Spell = SurvivalRecord;

/// The estimator at one event time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step<const K: usize> {
    /// Event time.
    pub time: f64,
    /// Still without an event and under observation just before.
    pub at_risk: u64,
    /// Events of each cause at this time.
    pub events: [u64; K],
    /// Share without any event just before.
    pub before: f64,
    /// Share without any event from this time on.
    pub survival: f64,
    /// Cumulative incidence of each cause from this time on.
    pub incidence: [f64; K],
}

/// A point of a cumulative incidence curve with its pointwise 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Time.
    pub time: f64,
    /// Cumulative incidence from that time on.
    pub value: f64,
    /// Standard error.
    pub error: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Subjects, sorted once for many weightings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cohort<const K: usize> {
    records: Vec<SurvivalRecord>,
}

impl<const K: usize> Cohort<K> {
    /// Sorts the records; subjects censored at the time of an event are still at risk for it.
    pub fn new(records: impl IntoIterator<Item = SurvivalRecord>) -> Cohort<K> {
        let mut records: Vec<SurvivalRecord> = records
            .into_iter()
            .map(|s| SurvivalRecord { time: s.time.max(0.0), cause: s.cause.filter(|&k| k < K), ..s })
            .collect();
        let key = |s: &SurvivalRecord| (s.cause.is_none(), s.cause, s.subject);
        records.sort_by(|a, b| a.time.total_cmp(&b.time).then_with(|| key(a).cmp(&key(b))));
        Cohort { records }
    }

    /// Number of subjects.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Tells whether there are no subjects.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The subjects by time; of those that leave at the same time, events come before what was censored.
    pub fn records(&self) -> &[SurvivalRecord] {
        &self.records
    }

    /// Former name of [`Self::records`].
    #[deprecated(since = "0.2.0", note = "renamed to `records`")]
    pub fn spells(&self) -> &[SurvivalRecord] {
        self.records()
    }

    /// Walks over the event times, earliest first; `weights` says how often each subject counts.
    pub fn walk(&self, weights: &[u32], mut visit: impl FnMut(&Step<K>)) {
        let weight = |s: &SurvivalRecord| u64::from(weights[s.subject as usize]);
        let mut at_risk: u64 = self.records.iter().map(weight).sum();
        let (mut survival, mut incidence) = (1.0, [0.0; K]);
        for tied in self.records.chunk_by(|a, b| a.time == b.time) {
            let mut events = [0_u64; K];
            let mut leaving = 0;
            for spell in tied {
                leaving += weight(spell);
                if let Some(k) = spell.cause {
                    events[k] += weight(spell);
                }
            }
            let all: u64 = events.iter().sum();
            if all > 0 {
                let before = survival;
                for k in 0..K {
                    incidence[k] += before * events[k] as f64 / at_risk as f64;
                }
                survival = before * (at_risk - all) as f64 / at_risk as f64;
                visit(&Step { time: tied[0].time, at_risk, events, before, survival, incidence });
            }
            at_risk -= leaving;
        }
    }

    /// Tells whether any subject has a weight.
    pub fn has_weight(&self, weights: &[u32]) -> bool {
        !self.weightless(weights)
    }

    /// Tells whether no subject has any weight.
    fn weightless(&self, weights: &[u32]) -> bool {
        self.records.iter().all(|s| weights[s.subject as usize] == 0)
    }

    /// Cumulative incidence of each cause at time `tau`. Beyond the last observation it stays as it was.
    pub fn incidence_at(&self, weights: &[u32], tau: f64) -> Option<[f64; K]> {
        let mut last = [0.0; K];
        self.walk(weights, |step| {
            if step.time <= tau {
                last = step.incidence;
            }
        });
        (!self.weightless(weights)).then_some(last)
    }

    /// The earliest time by which half of all subjects have met cause `k`: infinite if that never happens.
    pub fn median(&self, weights: &[u32], k: usize) -> Option<f64> {
        let mut median = f64::INFINITY;
        self.walk(weights, |step| {
            // Incidences are sums of rounded shares: without the margin an exact half could be missed.
            if step.incidence[k] >= 0.5 - 1e-12 && median.is_infinite() {
                median = step.time;
            }
        });
        (!self.weightless(weights)).then_some(median)
    }

    /// The curve of cause `k` with Greenwood-type standard errors (the delta method of Marubini and
    /// Valsecchi 1995, which without censoring is the binomial one) and intervals on the complementary
    /// log-log scale. Subjects count once each and are taken as independent.
    pub fn curve(&self, k: usize) -> Vec<Point> {
        let mut points = Vec::new();
        // Var F(t) = Σ (F(t) − Fᵢ)² aᵢ + Σ bᵢ − 2 Σ (F(t) − Fᵢ) cᵢ, kept as running sums of its terms.
        let (mut a, mut a_f, mut a_ff, mut b, mut c, mut c_f) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        let places = self.records.iter().map(|s| s.subject as usize + 1).max().unwrap_or(0);
        self.walk(&vec![1; places], |step| {
            let (n, f) = (step.at_risk as f64, step.incidence[k]);
            let (all, mine) = (step.events.iter().sum::<u64>() as f64, step.events[k] as f64);
            if n > all {
                let term = all / (n * (n - all));
                a += term;
                a_f += term * f;
                a_ff += term * f * f;
            }
            b += step.before * step.before * mine * (n - mine) / (n * n * n);
            c += step.before * mine / (n * n);
            c_f += step.before * mine / (n * n) * f;
            let variance = f * f * a - 2.0 * f * a_f + a_ff + b - 2.0 * (f * c - c_f);
            let error = libm::sqrt(variance.max(0.0));
            let (low, high) = interval(f, error);
            points.push(Point { time: step.time, value: f, error, low, high });
        });
        points
    }
}

/// A 95 % interval for a share on the complementary log-log scale, so that it stays within [0, 1].
fn interval(share: f64, error: f64) -> (f64, f64) {
    /// 0.975 quantile of the standard normal distribution.
    const Z: f64 = 1.959_963_984_540_054;
    if share <= 0.0 || share >= 1.0 {
        return (share, share);
    }
    let log = libm::log(share);
    let stretch = libm::exp(Z * error / (share * -log));
    (libm::exp(log * stretch), libm::exp(log / stretch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cohort(records: &[(f64, Option<usize>)]) -> Cohort<2> {
        let spell = |(i, &(time, cause)): (usize, &(f64, Option<usize>))| SurvivalRecord {
            subject: i as u32,
            time,
            cause,
        };
        Cohort::new(records.iter().enumerate().map(spell))
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    /// Five subjects: cause 0 at 1, censored at 2, cause 1 at 3, cause 0 at 3, censored at 5.
    ///
    /// | time | at risk | d₀ | d₁ | S before | F₀ | F₁ | S after |
    /// |---|---|---|---|---|---|---|---|
    /// | 1 | 5 | 1 | 0 | 1 | 1/5 | 0 | 4/5 |
    /// | 3 | 3 | 1 | 1 | 4/5 | 1/5 + 4/15 = 7/15 | 4/15 | 4/5 · 1/3 = 4/15 |
    const FIVE: [(f64, Option<usize>); 5] =
        [(3.0, Some(1)), (1.0, Some(0)), (5.0, None), (2.0, None), (3.0, Some(0))];

    #[test]
    fn incidence_of_a_hand_worked_cohort() {
        let cohort = cohort(&FIVE);
        let mut steps = Vec::new();
        cohort.walk(&[1; 5], |s| steps.push(*s));
        assert_eq!(steps.len(), 2);
        assert_eq!((steps[0].time, steps[0].at_risk, steps[0].events), (1.0, 5, [1, 0]));
        assert_eq!((steps[1].time, steps[1].at_risk, steps[1].events), (3.0, 3, [1, 1]));
        assert!(close(steps[1].incidence[0], 7.0 / 15.0) && close(steps[1].incidence[1], 4.0 / 15.0));
        assert!(close(steps[1].survival, 4.0 / 15.0));
        assert!(close(cohort.incidence_at(&[1; 5], 2.9).unwrap()[0], 0.2));
    }

    #[test]
    fn median_is_reached_or_infinite() {
        let halves = cohort(&[(4.0, Some(0)), (2.0, Some(0)), (9.0, Some(1)), (9.0, None)]);
        assert_eq!(halves.median(&[1; 4], 0), Some(4.0));
        assert_eq!(halves.median(&[1; 4], 1), Some(f64::INFINITY));
        assert_eq!(halves.median(&[0; 4], 1), None);
    }

    #[test]
    fn one_cause_is_kaplan_meier_with_greenwoods_error() {
        // Events at 1 and 3, censored at 2, among four: S(1) = 3/4, S(3) = 3/4 · 1/2 = 3/8.
        // Greenwood: S² Σ d/(n(n−d)) = (9/64)(1/12 + 1/2) = 0.08203125.
        let cohort = cohort(&[(1.0, Some(0)), (2.0, None), (3.0, Some(0)), (4.0, None)]);
        let last = cohort.curve(0)[1];
        assert!(close(last.value, 5.0 / 8.0));
        assert!(close(last.error * last.error, 9.0 / 64.0 * (1.0 / 12.0 + 0.5)), "{last:?}");
        assert!(0.0 < last.low && last.low < last.value && last.value < last.high && last.high < 1.0);
    }

    proptest! {
        #[test]
        fn without_censoring_it_is_the_plain_share_with_the_binomial_error(
            records in prop::collection::vec((0..20_u8, 0..2_usize), 1..60), tau in 0.0..25.0_f64,
        ) {
            let n = records.len() as f64;
            let records: Vec<_> = records.into_iter().map(|(t, k)| (f64::from(t), Some(k))).collect();
            let cohort = cohort(&records);
            let ones = vec![1; records.len()];
            let share = |k, t| records.iter().filter(|s| s.0 <= t && s.1 == Some(k)).count() as f64 / n;
            let at = cohort.incidence_at(&ones, tau).unwrap();
            prop_assert!((at[0] - share(0, tau)).abs() < 1e-9 && (at[1] - share(1, tau)).abs() < 1e-9);
            for p in cohort.curve(0) {
                prop_assert!((p.error * p.error - p.value * (1.0 - p.value) / n).abs() < 1e-9, "{:?}", p);
            }
        }

        #[test]
        fn shares_add_up_and_order_changes_nothing(
            records in prop::collection::vec((0..20_u8, prop::option::of(0..2_usize)), 1..60),
        ) {
            let records: Vec<_> = records.into_iter().map(|(t, k)| (f64::from(t), k)).collect();
            let reversed: Vec<_> = records.iter().rev().copied().collect();
            let ones = vec![1; records.len()];
            let (mut forward, mut back) = (Vec::new(), Vec::new());
            cohort(&records).walk(&ones, |s| forward.push(*s));
            cohort(&reversed).walk(&ones, |s| back.push(*s));
            prop_assert_eq!(&forward, &back);
            for step in forward {
                prop_assert!((step.survival + step.incidence[0] + step.incidence[1] - 1.0).abs() < 1e-9);
            }
        }

        #[test]
        fn a_weight_of_two_is_the_subject_twice(
            records in prop::collection::vec((0..20_u8, prop::option::of(0..2_usize)), 1..30),
        ) {
            let records: Vec<_> = records.into_iter().map(|(t, k)| (f64::from(t), k)).collect();
            let mut twice = records.clone();
            twice.push(records[0]);
            let mut weights = vec![1; records.len()];
            weights[0] = 2;
            prop_assert_eq!(
                cohort(&records).incidence_at(&weights, 12.0),
                cohort(&twice).incidence_at(&vec![1; twice.len()], 12.0)
            );
        }
    }
}
