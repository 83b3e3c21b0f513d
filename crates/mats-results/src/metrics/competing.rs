//! Competing ends of a campaign: of being contained (or evicted) by the defender, reaching the objective and leaving by
//! itself, the one that came first.
//!
//! The clock starts at a campaign's first successful step; whoever never got in has none. An end counts where it could
//! be told, `watched` after the start at the latest; everything else is censored there. The mean time of the contained
//! ones alone would reward a defender that contains only what is easy and fast, so it is never reported.

use super::aalen_johansen::SurvivalRecord;

/// Number of causes that end a campaign.
pub const CAUSES: usize = 3;

/// Cause of a campaign's end. Its position is its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Cause {
    /// The defender ended it: contained it, or evicted it.
    Ended,
    /// Its objective was reached before.
    Objective,
    /// It left, without an order of the defender that ended anything.
    Left,
}

/// Ends of one campaign, in seconds after its first success.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// Time at which it was gone for good; `None` where that cannot be told.
    pub gone: Option<f64>,
    /// True if it left by itself.
    pub left: bool,
    /// Time at which the objective was reached, if it was.
    pub objective: Option<f64>,
    /// Longest time at which an end can be told.
    pub watched: f64,
}

/// A campaign for survival analysis.
pub fn survival_record(subject: u32, ends: Ends) -> SurvivalRecord {
    let Ends { gone, left, objective, watched } = ends;
    let gone = gone.map(|time| (time, if left { Cause::Left } else { Cause::Ended }));
    let first = match (gone, objective) {
        (Some((gone, cause)), objective) if objective.is_none_or(|o| gone < o) => Some((gone, cause)),
        (_, objective) => objective.map(|o| (o, Cause::Objective)),
    };
    match first.filter(|&(time, _)| time <= watched) {
        Some((time, cause)) => SurvivalRecord { subject, time, cause: Some(cause as usize) },
        None => SurvivalRecord { subject, time: watched, cause: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::aalen_johansen::Cohort;

    fn record(gone: Option<f64>, left: bool, objective: Option<f64>) -> (f64, Option<usize>) {
        let record = survival_record(0, Ends { gone, left, objective, watched: 100.0 });
        (record.time, record.cause)
    }

    #[test]
    fn the_first_end_counts_and_only_where_it_could_be_told() {
        assert_eq!(record(Some(10.0), false, None), (10.0, Some(Cause::Ended as usize)));
        assert_eq!(record(Some(10.0), true, None), (10.0, Some(Cause::Left as usize)));
        assert_eq!(record(Some(10.0), false, Some(20.0)), (10.0, Some(Cause::Ended as usize)));
        // Contained in the moment of success is too late, as is later.
        assert_eq!(record(Some(20.0), false, Some(20.0)), (20.0, Some(Cause::Objective as usize)));
        assert_eq!(record(Some(30.0), true, Some(20.0)), (20.0, Some(Cause::Objective as usize)));
        assert_eq!(record(None, false, Some(20.0)), (20.0, Some(Cause::Objective as usize)));
        assert_eq!(record(None, false, Some(120.0)), (100.0, None));
        assert_eq!(record(None, false, None), (100.0, None));
    }

    #[test]
    fn censored_campaigns_share_the_fate_of_those_followed_longer() {
        // Contained at 10, censored at 20, contained at 30, objective at 40: incidence of containment 1/4 from 10; at 30
        // two are at risk and S = 3/4, so + 3/4 · 1/2 = 5/8: the median is 30.
        let campaign = |subject, gone, objective, watched| {
            survival_record(subject, Ends { gone, left: false, objective, watched })
        };
        let cohort = Cohort::<CAUSES>::new([
            campaign(0, Some(10.0), None, 90.0),
            campaign(1, None, None, 20.0),
            campaign(2, Some(30.0), None, 90.0),
            campaign(3, None, Some(40.0), 90.0),
        ]);
        let at = cohort.incidence_at(&[1; 4], 50.0).unwrap();
        assert!((at[0] - 5.0 / 8.0).abs() < 1e-12 && (at[1] - 3.0 / 8.0).abs() < 1e-12);
        assert_eq!(cohort.median(&[1; 4], 0), Some(30.0));
    }
}
