use serde::{Deserialize, Serialize};

/// One session in so many is held out.
pub(super) const HELD: u64 = 5;

/// Findings of fitting.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SequenceReport {
    /// Sessions fitted to, and held out of them.
    pub sessions: (u64, u64),
    /// Events in the sessions.
    pub events: u64,
    /// Different events.
    pub vocabulary: u64,
    /// Events of kinds beyond those that are told apart: they count as never seen.
    pub overflowed: u64,
    /// Loss on held-out sessions after each epoch, in nats an event; the network is that of the lowest.
    pub losses: Vec<f64>,
    /// Blind guessing: the logarithm of the number of keys.
    pub blind: f64,
    /// Loss on held-out sessions of a table of how often each event comes, and of one of what comes after what; `None`
    /// where they have no event to predict.
    pub tables: [Option<f64>; 2],
    /// Reasons why the detector may be worth less than its cut says: a sentence each.
    pub notes: Vec<String>,
}

impl SequenceReport {
    /// The loss of the network that was kept.
    pub fn least(&self) -> f64 {
        self.losses.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Adds why the detector may be worth less than a nominal false positive rate says.
    pub(super) fn note(&mut self, nominal: f64) {
        let (held, needed) = (self.sessions.1, libm::ceil(1.0 / nominal) as u64);
        if held < needed {
            self.notes.push(format!(
                "{held} held-out sessions cannot set a cut for {} %: expect more false alarms; give at least {} \
                 sessions, of which {needed} are held out",
                100.0 * nominal,
                needed.saturating_mul(HELD),
            ));
        }
        let tables = ["a table of how often each event comes", "a table of what comes after what"];
        let tables = tables.into_iter().zip(self.tables).filter_map(|(what, loss)| Some((what, loss?)));
        let others = std::iter::once(("guessing blindly", self.blind)).chain(tables);
        let (what, bound) = others.min_by(|a, b| a.1.total_cmp(&b.1)).expect("guessing at least");
        if self.least() >= bound {
            self.notes.push(format!(
                "the network is worth no more than {what}, whose held-out loss is {bound:.3} nats an event: \
                 give more sessions or epochs, or rely on the lookup tables",
            ));
        }
    }
}
