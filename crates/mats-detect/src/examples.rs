use crate::collector::{Collector, Sample};
use crate::features::FeatureRow;
use mats_core::random::Stream;
use mats_core::{HostId, SimTime, ThreatKind};
use mats_models::lstm::{Sequence, SequenceModel, SequenceStates};
use rayon::prelude::*;

const PURPOSE: u32 = 0xe8a1;

/// A sample with its label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Sample that was seen.
    pub sample: Sample,
    /// Kind of threat that it was; `None` for benign.
    pub kind: Option<ThreatKind>,
    /// Number of windows it stands for: one over the share that was sampled of its sort.
    pub weight: f32,
}

/// A training set: rows with labels, and each machine's event sequence.
#[derive(Debug, Clone, Default)]
pub struct Examples {
    pub(crate) rows: Vec<FeatureRow>,
    pub(crate) labels: Vec<Option<ThreatKind>>,
    pub(crate) indicator: Vec<f32>,
    pub(crate) weight: Vec<f32>,
    pub(crate) episode: Vec<u32>,
    /// Position of the sequence a row belongs to, how many of its events the row has seen, and when, in seconds.
    place: Vec<(u32, u32, u32)>,
    sequences: Vec<Sequence>,
    /// Episode of each sequence, and whether any window of its machine was malicious.
    nature: Vec<(u32, bool)>,
    episodes: u32,
}

impl Examples {
    /// Nothing yet.
    pub fn new() -> Examples {
        Examples::default()
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Tells whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows labelled as malicious.
    pub fn malicious(&self) -> usize {
        self.labels.iter().flatten().count()
    }

    /// Episodes added.
    pub fn episodes(&self) -> u32 {
        self.episodes
    }

    /// All rows, in the order they were added.
    pub fn rows(&self) -> &[FeatureRow] {
        &self.rows
    }

    /// The rows' labels.
    pub fn labels(&self) -> &[Option<ThreatKind>] {
        &self.labels
    }

    /// Adds an episode: its windows and, from the collector that saw it, the sequences of their machines. A
    /// machine's windows must come in order of time.
    pub fn add_episode(&mut self, collector: &Collector, windows: &[Window]) {
        self.add_thinned_episode(collector, windows, &[]);
    }

    /// Adds an episode of whose malicious windows not all are given: `attacked`, in order, are the machines that had
    /// any. Their events are nothing to learn normal life from, and end where their last window does.
    pub fn add_thinned_episode(&mut self, collector: &Collector, windows: &[Window], attacked: &[HostId]) {
        let start = self.sequences.len();
        // How many events of each sequence its windows have seen.
        let mut read: Vec<u32> = Vec::new();
        let mut numbers: Vec<Option<u32>> = Vec::new();
        for window in windows {
            let host = window.sample.host;
            if numbers.len() <= host.index() {
                numbers.resize(host.index() + 1, None);
            }
            let number = *numbers[host.index()].get_or_insert_with(|| {
                read.push(0);
                self.nature.push((self.episodes, attacked.binary_search(&host).is_ok()));
                self.nature.len() as u32 - 1
            });
            self.nature[number as usize].1 |= window.kind.is_some();
            read[number as usize - start] = window.sample.position;
            self.rows.push(window.sample.row);
            self.labels.push(window.kind);
            self.indicator.push(window.sample.indicator);
            self.weight.push(window.weight);
            self.episode.push(self.episodes);
            let seconds = (window.sample.time.0 / 1_000_000) as u32;
            self.place.push((number, window.sample.position, seconds));
        }
        self.sequences.resize(self.nature.len(), Sequence::default());
        for (host, number) in numbers.iter().enumerate() {
            let Some(number) = number.map(|n| n as usize) else { continue };
            let whole = collector.sequence(HostId(host as u32));
            let all = whole.keys.len();
            let end = if self.nature[number].1 { all.min(read[number - start] as usize) } else { all };
            let (keys, times) = (whole.keys[..end].to_vec(), whole.times[..end].to_vec());
            self.sequences[number] = Sequence { keys, times };
        }
        self.episodes += 1;
    }

    /// Returns the examples without the windows of one kind of threat, as if it had never been met.
    pub fn without(&self, kind: ThreatKind) -> Examples {
        let mut rest = Examples {
            sequences: self.sequences.clone(),
            nature: self.nature.clone(),
            episodes: self.episodes,
            ..Examples::default()
        };
        for i in (0..self.len()).filter(|&i| self.labels[i] != Some(kind)) {
            rest.rows.push(self.rows[i]);
            rest.labels.push(self.labels[i]);
            rest.indicator.push(self.indicator[i]);
            rest.weight.push(self.weight[i]);
            rest.episode.push(self.episode[i]);
            rest.place.push(self.place[i]);
        }
        rest
    }

    /// Adds all of another set after this one.
    pub fn append(&mut self, other: Examples) {
        let (first, start) = (self.sequences.len() as u32, self.episodes);
        self.rows.extend(other.rows);
        self.labels.extend(other.labels);
        self.indicator.extend(other.indicator);
        self.weight.extend(other.weight);
        self.episode.extend(other.episode.iter().map(|e| e + start));
        self.place.extend(other.place.iter().map(|&(s, p, t)| (s + first, p, t)));
        self.sequences.extend(other.sequences);
        self.nature.extend(other.nature.iter().map(|&(e, m)| (e + start, m)));
        self.episodes += other.episodes;
    }

    /// Marks the episodes that are held out to calibrate on: a third of those with malicious windows and a third of
    /// those without, at least one of each where there are two.
    pub(crate) fn held_out(&self, seed: u64) -> Vec<bool> {
        let mut attacked = vec![false; self.episodes as usize];
        for (label, &episode) in self.labels.iter().zip(&self.episode) {
            attacked[episode as usize] |= label.is_some();
        }
        let stream = Stream::new(seed, PURPOSE, 0);
        let mut held = vec![false; attacked.len()];
        for group in [true, false] {
            let mut members: Vec<usize> = (0..attacked.len()).filter(|&e| attacked[e] == group).collect();
            members.sort_by_key(|&e| stream.word(e as u64));
            let share = if members.len() == 1 { 0 } else { members.len().div_ceil(3) };
            members[..share].iter().for_each(|&e| held[e] = true);
        }
        held
    }

    /// Sequences without malicious windows, from the episodes that are not held out.
    pub(crate) fn clean_sequences(&self, held: &[bool]) -> Vec<&Sequence> {
        let clean =
            |&(_, &(episode, malicious)): &(&Sequence, &(u32, bool))| !malicious && !held[episode as usize];
        self.sequences.iter().zip(&self.nature).filter(clean).map(|(s, _)| s).collect()
    }

    /// The surprise that the sequence model would have shown at each of some rows.
    pub(crate) fn surprises(&self, model: &SequenceModel, rows: &[u32]) -> Vec<f32> {
        let mut ordered: Vec<(u32, usize)> =
            rows.iter().enumerate().map(|(i, &r)| (self.place[r as usize].0, i)).collect();
        ordered.sort_unstable();
        let groups: Vec<&[(u32, usize)]> = ordered.chunk_by(|a, b| a.0 == b.0).collect();
        let found: Vec<Vec<(usize, f32)>> =
            groups.par_iter().map(|group| self.replay(model, rows, group)).collect();
        let mut surprises = vec![0.0; rows.len()];
        for (i, surprise) in found.into_iter().flatten() {
            surprises[i] = surprise;
        }
        surprises
    }

    fn replay(&self, model: &SequenceModel, rows: &[u32], group: &[(u32, usize)]) -> Vec<(usize, f32)> {
        let sequence = &self.sequences[group[0].0 as usize];
        let mut states = SequenceStates::new(model, 1);
        let mut read = 0;
        let second = |s: u32| SimTime(u64::from(s) * 1_000_000);
        group
            .iter()
            .map(|&(_, i)| {
                let (_, position, seconds) = self.place[rows[i] as usize];
                let to = (position as usize).min(sequence.keys.len());
                for at in read..to {
                    model.observe(&mut states, 0, sequence.keys[at], second(sequence.times[at]));
                }
                read = read.max(to);
                (i, states.surprise(0, second(seconds)))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::telemetry::{Addr, Login, LoginKind};
    use mats_core::{AssetClass, Body, HostInfo, Inventory, Os, Record, SubnetId, UserId, UserInfo};
    use std::sync::Arc;

    fn inventory() -> Inventory {
        let host = |n: u32| HostInfo {
            name: format!("desk-{n}"),
            subnet: SubnetId(0),
            os: Os::Windows,
            class: AssetClass::Workstation,
            value: 1.0,
            never_isolate: false,
            owner: UserId(0),
        };
        let user = UserInfo { name: "ann".to_owned(), home: HostId(0), admin: false, value: 1.0 };
        let subnets = vec!["office".to_owned()];
        Inventory { hosts: vec![host(0), host(1)], users: vec![user], subnets, start_of_day: 0 }
    }

    #[test]
    fn machines_whose_malicious_windows_were_all_thinned_teach_no_normal_life() {
        let mut collector = Collector::new(Arc::new(inventory()));
        let mut windows = Vec::new();
        for minute in 1..=3 {
            let now = SimTime(minute * 60_000_000);
            for host in [HostId(0), HostId(1)] {
                let login =
                    Login { user: UserId(0), source: Addr(1), kind: LoginKind::Network, success: true };
                collector.observe(&[Record { time: now, arrival: now, host, body: Body::Login(login) }]);
                if minute < 3 {
                    windows.push(Window { sample: collector.sample(host, now), kind: None, weight: 1.0 });
                }
            }
        }
        let mut examples = Examples::new();
        examples.add_thinned_episode(&collector, &windows, &[HostId(0)]);
        assert_eq!(examples.clean_sequences(&[false]), [collector.sequence(HostId(1))]);
        let events: Vec<usize> = examples.sequences.iter().map(|s| s.keys.len()).collect();
        assert_eq!(events, [2, 3], "what no window sees of an attacked machine is not kept");
    }
}
