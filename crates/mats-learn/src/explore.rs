//! The defender that learns while it defends: the network, and at times something else, to see what comes of it.

use mats_core::Action;
use mats_core::random::Generator;
use mats_respond::{Decision, Policy, ResponseAgent};
use mats_rl::{QFunction, Scratch};
use rand::{RngExt, SeedableRng};
use rand_distr::{Bernoulli, Distribution};
use std::sync::Arc;

/// The best action of a Q-function.
#[derive(Debug, Clone)]
pub struct NetworkPolicy {
    network: Arc<QFunction>,
    scratch: Scratch,
}

impl NetworkPolicy {
    /// The policy of a network.
    pub fn new(network: Arc<QFunction>) -> NetworkPolicy {
        NetworkPolicy { network, scratch: Scratch::default() }
    }
}

impl Policy for NetworkPolicy {
    fn choose(&mut self, decision: &Decision<'_>) -> Action {
        Action::ALL[self.network.best(decision.observation, &decision.mask.0, &mut self.scratch)]
    }
}

/// A network that explores: in a share of its decisions it takes a demonstrator's action, or any.
#[derive(Debug, Clone)]
pub struct Explorer {
    network: NetworkPolicy,
    demonstrator: Arc<ResponseAgent>,
    epsilon: f64,
    demonstrated: Bernoulli,
    explores: Bernoulli,
    rng: Generator,
}

impl Explorer {
    /// A network that explores in a share `epsilon` of its decisions, and leaves a share of those to the demonstrator.
    pub fn new(
        network: Arc<QFunction>,
        demonstrator: Arc<ResponseAgent>,
        epsilon: f64,
        demonstrated: f64,
    ) -> Explorer {
        Explorer {
            network: NetworkPolicy::new(network),
            demonstrator,
            epsilon,
            demonstrated: chance(demonstrated),
            explores: chance(epsilon),
            rng: Generator::seed_from_u64(0),
        }
    }
}

impl Policy for Explorer {
    fn choose(&mut self, decision: &Decision<'_>) -> Action {
        if decision.episode.decision == 0 {
            self.rng = Generator::seed_from_u64(decision.episode.rng_seed);
            // Some episodes explore more than others, so that good runs are seen to their end.
            self.explores = chance(self.rng.random_range(0.0..=2.0 * self.epsilon));
        }
        if !self.explores.sample(&mut self.rng) {
            self.network.choose(decision)
        } else if self.demonstrated.sample(&mut self.rng) {
            self.demonstrator.decide(decision.key, decision.facts, &decision.mask)
        } else {
            decision.mask.sample(&mut self.rng)
        }
    }
}

/// A coin that falls on one side with this probability; beyond 0 and 1 it never or always does.
fn chance(probability: f64) -> Bernoulli {
    Bernoulli::new(probability.clamp(0.0, 1.0)).expect("from 0 to 1")
}
