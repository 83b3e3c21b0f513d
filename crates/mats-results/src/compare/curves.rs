//! Cumulative incidence of containment, eviction and the objective reached, as curves.

use crate::metrics::competing::Cause;
use crate::rows::IncidenceRow;
use crate::sample::Sample;

/// Adds the curves of a run: a point at 0 and one wherever a curve rises.
pub fn append(scenario: &str, run: &str, samples: &[Sample], out: &mut Vec<IncidenceRow>) {
    for sample in samples.iter().filter(|s| !s.containments.is_empty()) {
        let curves = [
            ("contained", &sample.containments, Cause::Ended),
            ("evicted", &sample.evictions, Cause::Ended),
            ("objective", &sample.containments, Cause::Objective),
        ];
        for (outcome, cohort, cause) in curves {
            let point = |time_s, value, low, high| IncidenceRow {
                scenario: scenario.to_owned(),
                defender: sample.defender.clone(),
                run: run.to_owned(),
                outcome: outcome.to_owned(),
                time_s,
                value,
                low,
                high,
            };
            let points = cohort.curve(cause as usize);
            let mut last = 0.0;
            if points.first().is_none_or(|p| p.time > 0.0 || p.value == 0.0) {
                out.push(point(0.0, 0.0, 0.0, 0.0));
            }
            for p in points {
                if p.value > last {
                    out.push(point(p.time, p.value, p.low, p.high));
                    last = p.value;
                }
            }
        }
    }
}
