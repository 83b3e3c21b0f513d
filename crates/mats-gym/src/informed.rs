//! Defenders that know the truth: what no defender in life could know.

use mats_core::Action;
use mats_respond::{Decision, Defender};
use mats_sim::World;

/// A way to decide that is told the truth: threats come from a [`TruthDetector`](crate::source::TruthDetector), and the
/// world lies open. Such defenders show what could be won, and are marked *privileged* wherever they are listed.
///
/// Called as [`Defender`] is: for the pending decisions of all lanes in lane order, unless
/// [`Informed::for_lane`] gives each lane a copy.
pub trait Informed: Send {
    /// Chooses an action for each decision, each in a world of its own.
    fn decide(&mut self, worlds: &[&World], decisions: &[Decision<'_>], actions: &mut [Action]);

    /// A copy for the use of one lane alone, as [`Defender::for_lane`].
    fn for_lane(&self) -> Option<Box<dyn Informed>> {
        None
    }
}

/// A defender that is told the true threats, and makes no other use of the truth.
pub struct ToldTheTruth<D>(
    /// The defender.
    pub D,
);

impl<D: Defender + Clone + 'static> Informed for ToldTheTruth<D> {
    fn decide(&mut self, _: &[&World], decisions: &[Decision<'_>], actions: &mut [Action]) {
        self.0.decide(decisions, actions);
    }

    fn for_lane(&self) -> Option<Box<dyn Informed>> {
        self.0.for_lane().is_some().then(|| Box::new(ToldTheTruth(self.0.clone())) as Box<dyn Informed>)
    }
}
