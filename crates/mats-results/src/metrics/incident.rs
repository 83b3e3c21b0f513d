//! Detection counted as people meet it: incidents.
//!
//! An alert is about one machine. Alerts of one machine that follow each other within 30 minutes are one
//! incident; it lasts from its first alert to its last, and its entities are the machine and every account
//! its alerts name. An incident is *true* when its time overlaps a campaign's and they share an entity; of
//! several such campaigns the one that began first counts, so an incident is evidence of one campaign only.

use super::{f1, ratio};
use mats_core::{CampaignId, Duration, HostId, SimTime, UserId};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Alerts further apart than this start a new incident.
pub const GAP: Duration = Duration::from_minutes(30);

/// One alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alert {
    /// The machine.
    pub host: HostId,
    /// Time of the alert.
    pub time: SimTime,
    /// The account it names, if any.
    pub user: Option<UserId>,
}

/// True activity of a campaign. It lasts from the campaign's first attempt until nothing of it remains (no
/// foothold, valid stolen credential or live channel), or until the episode ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Id of the campaign.
    pub campaign: CampaignId,
    /// First attempt.
    pub start: SimTime,
    /// Time at which nothing of it remained.
    pub end: SimTime,
    /// The first malicious step that succeeded, if any did.
    pub first_success: Option<SimTime>,
    /// Machines it touched.
    pub hosts: Vec<HostId>,
    /// Accounts it used or attacked.
    pub users: Vec<UserId>,
}

/// Alerts of one machine, merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The machine.
    pub host: HostId,
    /// First alert.
    pub start: SimTime,
    /// Last alert.
    pub end: SimTime,
    /// Accounts its alerts name, sorted.
    pub users: Vec<UserId>,
    /// Times of its alerts, sorted.
    pub alerts: Vec<SimTime>,
}

impl Incident {
    fn matches(&self, activity: &Activity) -> bool {
        self.start <= activity.end
            && activity.start <= self.end
            && (activity.hosts.contains(&self.host) || activity.users.iter().any(|u| self.users.contains(u)))
    }
}

/// Detection of a campaign: whether and when it was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detection {
    /// Id of the campaign.
    pub campaign: CampaignId,
    /// Time of its first true alert; `None` when it was missed.
    pub first_alert: Option<SimTime>,
    /// Time from the first successful malicious step to the first true alert; zero when the alert came first.
    /// `None` when it was missed (the time is censored), or when no step ever succeeded (no clock runs).
    pub delay: Option<Duration>,
}

/// Counts of incidents and campaigns; those of episodes add up.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct IncidentCounts {
    /// Incidents that match a campaign.
    pub true_incidents: u64,
    /// Incidents that match none.
    pub false_incidents: u64,
    /// Campaigns that at least one incident is evidence of.
    pub found: u64,
    /// All campaigns.
    pub campaigns: u64,
    /// Machines × days watched.
    pub host_days: f64,
}

impl IncidentCounts {
    /// True incidents / all incidents.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.true_incidents as f64, (self.true_incidents + self.false_incidents) as f64)
    }
    /// Campaigns found / all campaigns.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.found as f64, self.campaigns as f64)
    }
    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> Option<f64> {
        f1(self.precision(), self.recall())
    }
    /// False incidents per 100 machines and day.
    pub fn false_per_100_host_days(&self) -> Option<f64> {
        ratio(100.0 * self.false_incidents as f64, self.host_days)
    }
}

impl AddAssign for IncidentCounts {
    fn add_assign(&mut self, other: IncidentCounts) {
        self.true_incidents += other.true_incidents;
        self.false_incidents += other.false_incidents;
        self.found += other.found;
        self.campaigns += other.campaigns;
        self.host_days += other.host_days;
    }
}

/// Merges alerts, in any order, into incidents, ordered by machine and time.
pub fn merge(alerts: &[Alert], gap: Duration) -> Vec<Incident> {
    let mut sorted = alerts.to_vec();
    sorted.sort_unstable();
    let mut incidents: Vec<Incident> = sorted
        .chunk_by(|a, b| a.host == b.host && b.time.since(a.time) <= gap)
        .map(|run| Incident {
            host: run[0].host,
            start: run[0].time,
            end: run[run.len() - 1].time,
            users: run.iter().filter_map(|a| a.user).collect(),
            alerts: run.iter().map(|a| a.time).collect(),
        })
        .collect();
    for incident in &mut incidents {
        incident.users.sort_unstable();
        incident.users.dedup();
    }
    incidents
}

/// Judges one episode's alerts. Returns the counts and, in the order of `campaigns`, when each was noticed.
pub fn judge(alerts: &[Alert], campaigns: &[Activity], host_days: f64) -> (IncidentCounts, Vec<Detection>) {
    let mut counts = IncidentCounts { campaigns: campaigns.len() as u64, host_days, ..Default::default() };
    let mut first = vec![None::<SimTime>; campaigns.len()];
    for incident in merge(alerts, GAP) {
        let matched = (0..campaigns.len())
            .filter(|&i| incident.matches(&campaigns[i]))
            .min_by_key(|&i| (campaigns[i].start, campaigns[i].campaign));
        let Some(i) = matched else {
            counts.false_incidents += 1;
            continue;
        };
        counts.true_incidents += 1;
        // An incident may have begun as a false one: only alerts from the campaign's start on speak of it.
        let alert = incident.alerts.iter().copied().find(|&t| t >= campaigns[i].start);
        first[i] = first[i].into_iter().chain(alert).min();
    }
    counts.found = first.iter().flatten().count() as u64;
    let detections = campaigns
        .iter()
        .zip(first)
        .map(|(activity, first_alert)| Detection {
            campaign: activity.campaign,
            first_alert,
            delay: first_alert.zip(activity.first_success).map(|(alert, success)| alert.since(success)),
        })
        .collect();
    (counts, detections)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(minutes: u64) -> SimTime {
        SimTime::ZERO + Duration::from_minutes(minutes)
    }

    fn alert(host: u32, minutes: u64, user: Option<u32>) -> Alert {
        Alert { host: HostId(host), time: at(minutes), user: user.map(UserId) }
    }

    fn campaign(
        id: u32,
        minutes: (u64, u64),
        success: Option<u64>,
        hosts: &[u32],
        users: &[u32],
    ) -> Activity {
        Activity {
            campaign: CampaignId(id),
            start: at(minutes.0),
            end: at(minutes.1),
            first_success: success.map(at),
            hosts: hosts.iter().copied().map(HostId).collect(),
            users: users.iter().copied().map(UserId).collect(),
        }
    }

    #[test]
    fn alerts_merge_within_thirty_minutes_of_the_last_one() {
        // Machine 1: 0, 30 and 60 chain into one; 91 is 31 minutes later. Machine 2 stays apart.
        let alerts = [
            alert(1, 60, None),
            alert(1, 0, Some(7)),
            alert(2, 10, None),
            alert(1, 30, Some(7)),
            alert(1, 91, None),
        ];
        let incidents = merge(&alerts, GAP);
        let spans: Vec<_> = incidents.iter().map(|i| (i.host.0, i.start, i.end)).collect();
        assert_eq!(spans, [(1, at(0), at(60)), (1, at(91), at(91)), (2, at(10), at(10))]);
        assert_eq!(incidents[0].users, [UserId(7)]);
    }

    #[test]
    fn figures_of_a_hand_worked_day() {
        let campaigns = [
            campaign(0, (100, 200), Some(110), &[1, 2], &[5]), // found through machine 1 at 110
            campaign(1, (400, 500), Some(410), &[3], &[]), // missed: its machine alerts before and after only
            campaign(2, (600, 650), None, &[4], &[9]),     // found through account 9; nothing succeeded
        ];
        let alerts = [
            alert(1, 90, None), // one incident, 90–130, overlaps campaign 0; its first true alert is at 110
            alert(1, 110, None), //
            alert(1, 130, None), //
            alert(2, 190, Some(5)), // true again: campaign 0
            alert(3, 300, None), // false: too early for campaign 1
            alert(3, 501, None), // false: a minute too late
            alert(8, 620, Some(9)), // true: campaign 2 by account
            alert(8, 900, Some(9)), // false: long over
            alert(6, 150, None), // false: shares nothing
        ];
        let (counts, detections) = judge(&alerts, &campaigns, 2.0);
        assert_eq!((counts.true_incidents, counts.false_incidents), (3, 4));
        assert_eq!((counts.found, counts.campaigns), (2, 3));
        assert_eq!(counts.precision(), Some(3.0 / 7.0));
        assert_eq!(counts.recall(), Some(2.0 / 3.0));
        // 2 · 3/7 · 2/3 / (3/7 + 2/3) = (4/7) / (23/21) = 12/23.
        assert!((counts.f1().unwrap() - 12.0 / 23.0).abs() < 1e-15);
        // Four false ones in two host-days.
        assert_eq!(counts.false_per_100_host_days(), Some(200.0));
        // The alert at 90 precedes campaign 0; the one at 110 comes with its first success: no delay.
        assert_eq!(detections[0].first_alert, Some(at(110)));
        assert_eq!(detections[0].delay, Some(Duration::ZERO));
        assert_eq!((detections[1].first_alert, detections[1].delay), (None, None));
        assert_eq!((detections[2].first_alert, detections[2].delay), (Some(at(620)), None));
    }

    #[test]
    fn an_incident_is_evidence_of_the_first_campaign_only() {
        let campaigns =
            [campaign(1, (50, 300), Some(60), &[1], &[]), campaign(0, (40, 300), Some(45), &[1], &[])];
        let (counts, detections) = judge(&[alert(1, 75, None)], &campaigns, 1.0);
        assert_eq!((counts.true_incidents, counts.found), (1, 1));
        assert_eq!((detections[0].delay, detections[1].delay), (None, Some(Duration::from_minutes(30))));
    }

    #[test]
    fn a_quiet_day_has_no_precision_and_no_recall() {
        let (counts, _) = judge(&[], &[], 60.0);
        assert_eq!((counts.precision(), counts.recall(), counts.f1()), (None, None, None));
        assert_eq!(counts.false_per_100_host_days(), Some(0.0));
    }

    proptest! {
        #[test]
        fn order_of_alerts_changes_nothing(
            alerts in prop::collection::vec((0..4_u32, 0..600_u64, prop::option::of(0..3_u32)), 0..40),
        ) {
            let campaigns = [campaign(0, (100, 200), Some(110), &[1], &[2]), campaign(1, (150, 400), None, &[3], &[])];
            let alerts: Vec<_> = alerts.into_iter().map(|(h, t, u)| alert(h, t, u)).collect();
            let reversed: Vec<_> = alerts.iter().rev().copied().collect();
            let (counts, detections) = judge(&alerts, &campaigns, 1.0);
            prop_assert_eq!((counts, detections), judge(&reversed, &campaigns, 1.0));
            prop_assert!(counts.found <= counts.true_incidents);
        }
    }
}
