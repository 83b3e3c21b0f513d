//! Who decides: the trait that every defender implements, shipped or anybody's.

use mats_core::{Action, ActionMask, FactSet, PolicyKey, ThreatIntel};

/// A decision that is wanted about a threat. Tables look at [`Decision::intel`] and [`Decision::key`], networks at
/// [`Decision::observation`].
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// The threat, as the Detection Agent sees it now.
    pub intel: &'a ThreatIntel,
    /// The row of a policy table that it falls under.
    pub key: PolicyKey,
    /// What else the defender knows of the case, for rules to ask for.
    pub facts: FactSet,
    /// Mask of what is possible and permitted; [`Action::Monitor`] always is.
    pub mask: ActionMask,
    /// All that the defender knows, as numbers: one for each name of the game's observation.
    pub observation: &'a [f32],
    /// The episode that is played.
    pub episode: Episode,
}

/// Episode and decision that is wanted: for defenders with a memory, or with dice of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Episode {
    /// Number of the episode among those that are played now.
    pub number: usize,
    /// The lane in which it is played; a lane plays one episode at a time.
    pub lane: usize,
    /// Decisions before this one: 0 where the episode begins.
    pub decision: usize,
    /// A seed for dice of the defender's, another one for each episode. The world's dice are others.
    pub rng_seed: u64,
}

/// A way to decide. It sees what a defender could know, and nothing else.
///
/// Several lanes play at once. Whoever keeps the default of [`Defender::for_lane`] is asked for the pending decisions of
/// all lanes at once, in lane order, whatever the number of threads: a defender with dice or a memory of its own
/// repeats itself.
pub trait Defender: Send {
    /// Chooses an action for each decision. Where one is chosen that the mask forbids, the defender watches.
    fn decide(&mut self, decisions: &[Decision<'_>], actions: &mut [Action]);

    /// A copy for the use of one lane alone. Only for those whose answer depends on nothing but the decision and earlier
    /// ones of the same episode: lanes need not wait for each other then.
    fn for_lane(&self) -> Option<Box<dyn Defender>> {
        None
    }
}

/// A defender that decides one by one, without a memory of other episodes: the simplest way to write one.
///
/// Each lane gets a clone, and lanes run in parallel. Clones must not share anything that changes (an `Arc<Mutex<_>>`, say):
/// what is decided would depend on which thread came first. Whoever needs that implements [`Defender`] instead.
pub trait Policy: Clone + Send + 'static {
    /// Chooses an action for one decision.
    fn choose(&mut self, decision: &Decision<'_>) -> Action;
}

impl<P: Policy> Defender for P {
    fn decide(&mut self, decisions: &[Decision<'_>], actions: &mut [Action]) {
        for (decision, action) in decisions.iter().zip(actions) {
            *action = self.choose(decision);
        }
    }

    fn for_lane(&self) -> Option<Box<dyn Defender>> {
        Some(Box::new(self.clone()))
    }
}
