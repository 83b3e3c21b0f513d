//! Defenders that know the truth: what no defender in life could know.

use crate::source::Told;
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

    /// When the defender is told the truth; as it happens by default.
    fn told(&self) -> Told {
        Told::Foresight
    }

    /// A copy for the use of one lane alone, as [`Defender::for_lane`].
    fn for_lane(&self) -> Option<Box<dyn Informed>> {
        None
    }
}

/// A defender that is told the true threats, and makes no other use of the truth.
#[derive(Debug, Clone)]
pub struct ToldTheTruth<D> {
    /// The defender.
    pub defender: D,
    /// When it is told.
    pub told: Told,
}

impl<D> ToldTheTruth<D> {
    /// A defender that is told of a campaign once a step of it has succeeded, as a perfect detector could tell it.
    pub const fn late(defender: D) -> ToldTheTruth<D> {
        ToldTheTruth { defender, told: Told::AfterSuccess }
    }

    /// A defender that is told of attempts as they happen, before they succeed.
    pub const fn with_foresight(defender: D) -> ToldTheTruth<D> {
        ToldTheTruth { defender, told: Told::Foresight }
    }
}

impl<D: Defender + Clone + 'static> Informed for ToldTheTruth<D> {
    fn decide(&mut self, _: &[&World], decisions: &[Decision<'_>], actions: &mut [Action]) {
        self.defender.decide(decisions, actions);
    }

    fn told(&self) -> Told {
        self.told
    }

    fn for_lane(&self) -> Option<Box<dyn Informed>> {
        self.defender.for_lane().is_some().then(|| Box::new(self.clone()) as Box<dyn Informed>)
    }
}
