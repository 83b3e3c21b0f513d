use crate::features::{FEATURES, FeatureRow, Windows};
use mats_core::{HostId, Inventory, Record, SimTime};
use mats_models::lstm::Sequence;
use std::sync::Arc;

/// View of a machine at one moment as the detectors would have it: the raw material of an example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The machine.
    pub host: HostId,
    /// Time of the view.
    pub time: SimTime,
    /// The features.
    pub row: FeatureRow,
    /// Confidence of matched indicators, in [0, 1].
    pub indicator: f32,
    /// Events of the machine's sequence so far.
    pub position: u32,
}

/// Gathers examples: the same windows as in [`crate::DetectionAgent`], without a detector. One per lane; buffers
/// are reused between episodes.
#[derive(Debug, Clone)]
pub struct Collector {
    windows: Windows,
    sequences: Vec<Sequence>,
}

impl Collector {
    /// A collector for one network.
    pub fn new(inventory: Arc<Inventory>) -> Collector {
        let windows = Windows::new(inventory);
        let sequences = vec![Sequence::default(); windows.hosts()];
        Collector { windows, sequences }
    }

    /// Starts another episode.
    pub fn reset(&mut self) {
        self.windows.reset();
        for sequence in &mut self.sequences {
            sequence.keys.clear();
            sequence.times.clear();
        }
    }

    /// Takes records in, in order of arrival.
    pub fn observe(&mut self, records: &[Record]) {
        for record in records {
            let touch = self.windows.observe(record);
            if let (Some(host), 1..) = (touch.host, touch.key) {
                let sequence = &mut self.sequences[host.index()];
                sequence.keys.push(touch.key);
                sequence.times.push((record.arrival.0 / 1_000_000) as u32);
            }
        }
    }

    /// A machine as it stands. The machine must be in the inventory.
    pub fn sample(&self, host: HostId, now: SimTime) -> Sample {
        let mut row = [0.0; FEATURES];
        self.windows.row(host, now, &mut row);
        Sample {
            host,
            time: now,
            row,
            indicator: self.windows.indicator(host, now),
            position: self.sequences[host.index()].keys.len() as u32,
        }
    }

    /// The machine's events so far.
    pub fn sequence(&self, host: HostId) -> &Sequence {
        &self.sequences[host.index()]
    }
}
