//! What a learner needs of a world.

/// Sizes of an environment; they never change during its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Spec {
    /// Length of an observation, at least 1.
    pub observation: usize,
    /// Number of discrete actions, at least 1; also the length of a mask.
    pub actions: usize,
}

/// Result of one decision.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Step {
    /// The action carried out. Guardrails may replace the chosen one; this one is learnt from.
    pub executed: usize,
    /// Reward since the decision, shaping included.
    pub reward: f32,
    /// Environment time since the decision, in hours, at least 0.
    pub elapsed: f64,
    /// The task is over: nothing follows, so nothing is bootstrapped.
    pub terminated: bool,
    /// A cap from outside the task cut the episode: the value of what would follow is bootstrapped.
    pub truncated: bool,
}

impl Step {
    /// Tells whether the episode is over, for either reason.
    pub const fn ended(&self) -> bool {
        self.terminated || self.truncated
    }
}

/// A semi-Markov decision process with a masked, discrete action space.
///
/// Observations (`[f32; spec.observation]`) and masks (`[bool; spec.actions]`) are written into buffers of the
/// caller, in full, by every call. [`check_env`](crate::check_env) holds an implementation to all of this.
pub trait Env: Send {
    /// Sizes of observation and mask.
    fn spec(&self) -> Spec;

    /// Starts an episode that depends on nothing but `seed`; writes the first observation and mask.
    fn reset(&mut self, seed: u64, observation: &mut [f32], mask: &mut [bool]);

    /// Answers the pending decision and runs until the next one; writes its observation and mask. An action
    /// whose mask is false is replaced by an allowed one. At the end of an episode the observation is that of
    /// the last state; its mask only matters when the episode was truncated. The caller resets before it
    /// steps again.
    fn step(&mut self, action: usize, observation: &mut [f32], mask: &mut [bool]) -> Step;

    /// The credit group (an incident, say) that the decision now pending belongs to.
    fn group(&self) -> u32;

    /// The last step's reward by credit group. Sums to its reward within [`SHARE_TOLERANCE`].
    fn shares(&self) -> &[(u32, f32)];
}

/// Tolerance of the shares of a step to its reward, relative to `1 + Σ|share|`: the rounding of `f32` sums.
pub const SHARE_TOLERANCE: f32 = 1e-4;

/// Implementations for pointers to environments.
macro_rules! forward {
    ($($pointer:ty),+) => {$(
        impl<E: Env + ?Sized> Env for $pointer {
            fn spec(&self) -> Spec {
                (**self).spec()
            }

            fn reset(&mut self, seed: u64, observation: &mut [f32], mask: &mut [bool]) {
                (**self).reset(seed, observation, mask);
            }

            fn step(&mut self, action: usize, observation: &mut [f32], mask: &mut [bool]) -> Step {
                (**self).step(action, observation, mask)
            }

            fn group(&self) -> u32 {
                (**self).group()
            }

            fn shares(&self) -> &[(u32, f32)] {
                (**self).shares()
            }
        }
    )+};
}

forward!(&mut E, Box<E>);
