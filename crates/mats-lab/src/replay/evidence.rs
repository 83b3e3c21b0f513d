//! The records behind an alert: each machine's last ones are kept, and those that the alert's features are about come
//! first.

use mats_core::{Duration, HostId, Record, SimTime, ThreatIntel};
use mats_detect::features::contributes::{concerned, contributes};
use mats_sim::{Label, Telemetry};
use std::collections::VecDeque;

/// Features remember half an hour, some of them up to an hour.
const WINDOW: Duration = Duration::from_hours(1);
/// Records of a machine that are kept: memory stays bounded, however busy it is.
const KEPT: usize = 512;
/// Records of an alert.
pub(super) const SHOWN: usize = 50;

/// A numbered record with its truth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbered {
    /// Number of the record in the episode's stream.
    pub(super) id: u64,
    /// The record.
    pub(super) record: Record,
    /// Label of the record: what it is part of.
    pub(super) label: Label,
}

/// Records that alerts may have been caused by: the last ones of each machine.
#[derive(Debug, Default)]
pub(super) struct AlertEvidence {
    by_host: Vec<VecDeque<Numbered>>,
    next: u64,
}

/// The records of an alert, oldest first, each with a bit for every feature that it contributes to.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) records: Vec<(Numbered, u8)>,
    /// Number of records that there were to choose from.
    pub(super) of: u32,
}

impl AlertEvidence {
    /// Begins anew, for so many machines.
    pub(super) fn reset(&mut self, hosts: usize) {
        self.by_host.clear();
        self.by_host.resize_with(hosts, VecDeque::new);
        self.next = 0;
    }

    /// Takes in what was delivered.
    pub(super) fn take(&mut self, telemetry: &Telemetry) {
        for (record, label) in telemetry.records.iter().zip(&telemetry.labels) {
            let numbered = Numbered { id: self.next, record: *record, label: *label };
            self.next += 1;
            let (own, other) = concerned(record);
            self.push(own, numbered);
            self.push(other, numbered);
        }
    }

    fn push(&mut self, host: Option<HostId>, numbered: Numbered) {
        let Some(kept) = host.and_then(|h| self.by_host.get_mut(h.index())) else { return };
        let stale = |old: &Numbered| numbered.record.arrival.since(old.record.arrival) > WINDOW;
        while kept.len() >= KEPT || kept.front().is_some_and(stale) {
            kept.pop_front();
        }
        kept.push_back(numbered);
    }

    /// The records behind a threat that is told now. Each feature has a share of them, so that a busy one leaves room
    /// for the others; whoever is told the truth (`truthful`) is shown what attackers left.
    pub(super) fn choose(&self, threat: &ThreatIntel, now: SimTime, truthful: bool) -> Chosen {
        let all = &self.by_host[threat.host.index()];
        let recent: Vec<&Numbered> =
            all.iter().rev().take_while(|n| now.since(n.record.arrival) <= WINDOW).collect();
        let features: Vec<u8> = threat.explanation.features.iter().flatten().map(|r| r.feature).collect();
        let mask = |n: &Numbered| {
            let bits = features.iter().enumerate().filter(|(_, f)| contributes(**f, &n.record, threat));
            bits.fold(0u8, |mask, (i, _)| mask | 1 << i)
        };
        let masks: Vec<u8> = recent.iter().map(|n| mask(n)).collect();
        let mut picked = vec![false; recent.len()];
        let mut left = SHOWN;
        let mut pick = |most: usize, wanted: &dyn Fn(usize) -> bool| {
            let mut room = most.min(left);
            for (i, taken) in picked.iter_mut().enumerate() {
                if room > 0 && !*taken && wanted(i) {
                    (*taken, room, left) = (true, room - 1, left - 1);
                }
            }
        };
        if truthful {
            pick(SHOWN, &|i| recent[i].label != Label::BENIGN);
        }
        for f in 0..features.len() {
            pick(SHOWN / 3, &|i| masks[i] >> f & 1 == 1);
        }
        pick(SHOWN, &|i| masks[i] != 0);
        pick(SHOWN, &|_| true);
        let mut records: Vec<(Numbered, u8)> = picked
            .iter()
            .enumerate()
            .filter(|(_, taken)| **taken)
            .map(|(i, _)| (*recent[i], masks[i]))
            .collect();
        records.reverse();
        Chosen { records, of: recent.len() as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::explanation::Reason;
    use mats_core::telemetry::{EventCode, Image, SystemEvent};
    use mats_core::{Body, Explanation, News, Severity, ThreatId, ThreatKind, UserId};
    use mats_detect::features::columns as col;

    const HOST: HostId = HostId(1);

    fn event(minute: u64, code: EventCode) -> Record {
        let time = SimTime(minute * 60_000_000);
        let (image, parent) = (Image::Browser, Image::Shell);
        let body = Body::Event(SystemEvent { code, user: UserId::NONE, image, parent, amount: 1 });
        Record { time, arrival: time, host: HOST, body }
    }

    fn threat(minute: u64, features: &[usize]) -> ThreatIntel {
        let time = SimTime(minute * 60_000_000);
        let mut explanation = Explanation::default();
        for (slot, &feature) in explanation.features.iter_mut().zip(features) {
            *slot = Some(Reason { feature: feature as u8, weight: 1.0 });
        }
        ThreatIntel {
            id: ThreatId(0),
            time,
            first_seen: time,
            host: HOST,
            user: None,
            address: None,
            domain: None,
            image: None,
            kind: ThreatKind::Impact,
            severity: Severity::High,
            confidence: 1.0,
            evidence: mats_core::Evidence::default(),
            explanation,
            news: News::New,
            detector: 0,
        }
    }

    fn filled(records: impl Iterator<Item = (Record, Label)>) -> AlertEvidence {
        let mut evidence = AlertEvidence::default();
        evidence.reset(2);
        let (records, labels) = records.unzip();
        evidence.take(&Telemetry { records, labels });
        evidence
    }

    #[test]
    fn what_the_features_are_about_comes_first_and_the_hour_is_the_limit() {
        // A deleted file each ten minutes among three ends of processes a minute.
        let busy = (0..120).flat_map(|m| [EventCode::ProcessEnd; 3].map(|code| event(m, code)));
        let mut all: Vec<Record> = busy.collect();
        all.extend((0..12).map(|i| event(10 * i, EventCode::FileDelete)));
        all.sort_by_key(|r| r.arrival);
        let evidence = filled(all.into_iter().map(|r| (r, Label::BENIGN)));
        let now = SimTime(120 * 60_000_000);
        let chosen = evidence.choose(&threat(120, &[col::FILES, col::LOGINS_IN]), now, false);
        let contributing: Vec<u8> = chosen.records.iter().map(|r| r.1).filter(|m| *m != 0).collect();
        assert_eq!(contributing, [1; 6], "six files in the last hour, the first feature's");
        assert_eq!((chosen.records.len(), chosen.of), (SHOWN, 60 * 3 + 6));
        assert!(chosen.records.is_sorted_by_key(|r| r.0.id));
        // The rest are the latest.
        assert!(chosen.records.last().is_some_and(|r| r.0.record.time == SimTime(119 * 60_000_000)));
    }

    #[test]
    fn a_busy_feature_leaves_room_for_the_others() {
        let writes = (0..100).map(|_| event(5, EventCode::FileWrite));
        let tasks = (0..5).map(|_| event(4, EventCode::TaskCreate));
        let evidence = filled(tasks.chain(writes).map(|r| (r, Label::BENIGN)));
        let chosen =
            evidence.choose(&threat(6, &[col::FILES, col::PERSISTENCE]), SimTime(360_000_000), false);
        let of = |bit: u8| chosen.records.iter().filter(|r| r.1 == bit).count();
        assert_eq!((of(1), of(2)), (45, 5));
    }

    #[test]
    fn whoever_is_told_the_truth_sees_what_attackers_left() {
        let quiet = (0..100).map(|i| (event(5, EventCode::Logoff), i == 3));
        let evidence = filled(quiet.map(|(r, bad)| (r, if bad { Label::of(0, 0) } else { Label::BENIGN })));
        let chosen = evidence.choose(&threat(6, &[]), SimTime(360_000_000), true);
        assert_eq!(chosen.records.iter().filter(|r| r.0.label != Label::BENIGN).count(), 1);
        assert_eq!(chosen.records.len(), SHOWN);
    }

    #[test]
    fn memory_is_bounded() {
        let evidence = filled((0..2000).map(|_| (event(1, EventCode::Logoff), Label::BENIGN)));
        assert_eq!(evidence.by_host[1].len(), KEPT);
        assert!(evidence.by_host[0].is_empty());
    }
}
