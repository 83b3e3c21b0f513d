//! From what happened to what can be learnt: n-step transitions of a semi-Markov process.
//!
//! Decision `i` is made at time `T_i` (hours). A reward is discounted from the start of the step that earned
//! it, γ = exp(−ΔT / τ) (Bradtke and Duff 1994), so with `T_n` the time of the bootstrap state
//!
//! ```text
//! return_n   = Σ_k exp(−(T_k − T_i) / τ) · reward_k      over the next n links of the chain
//! discount_n = exp(−(T_n − T_i) / τ), or 0 when the chain terminates before
//! ```
//!
//! Both kinds of [`Credit`] come down to the same thing, a chain: the reward of each decision up to its
//! successor, and which decision that is.

use crate::trajectory::Trajectory;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reward that a decision is credited with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Credit {
    /// Credit with all that the world pays until the next decision, whichever group that belongs to.
    #[default]
    Global,
    /// Credit with what its own group earns until the next decision about that group, or the end of the episode.
    /// What a group earns before its first decision is credited to nobody: nothing could be done yet.
    Incident,
}

/// One thing to learn: after `action` in `observation`, `return_n` was earned on the way to `next_observation`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition<'a> {
    /// Observation at the decision.
    pub observation: &'a [f32],
    /// The action carried out.
    pub action: usize,
    /// Discounted reward up to the bootstrap state.
    pub return_n: f32,
    /// Factor of the bootstrap value; 0 when there is none.
    pub discount_n: f32,
    /// The bootstrap state; without meaning when `discount_n` is 0.
    pub next_observation: &'a [f32],
    /// Mask of the actions allowed there.
    pub next_mask: &'a [bool],
}

/// Continuation of a decision's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A row of the trajectory; row `len()` is the state an episode was truncated in.
    Row(usize),
    /// Nowhere: the task ended.
    Terminated,
    /// Unknown: the episode was cut before the group's next decision.
    Unseen,
}

/// One link: what a decision earned until its successor.
#[derive(Debug, Clone, Copy)]
struct Link {
    reward: f64,
    next: Next,
}

/// Buffers for [`transitions`]; keep one for each thread.
#[derive(Debug, Clone, Default)]
pub struct ChainBuffers {
    /// Time of each row, hours since the first decision.
    times: Vec<f64>,
    links: Vec<Link>,
    /// The latest decision of each credit group, sorted.
    latest: Vec<(u32, usize)>,
}

/// Hands the episode's transitions to `sink` in the order of their decisions.
///
/// Only truncation bootstraps at the end of an episode. Under [`Credit::Incident`] the state of a truncated
/// episode is the next decision of one group only; the last decisions of the others lack a successor and give
/// no transition, and longer chains that would run into them are cut short where the last state is known.
///
/// # Panics
/// When `n_step` is 0 or `tau_hours` is not positive.
pub fn transitions<'a>(
    trajectory: &'a Trajectory,
    credit: Credit,
    n_step: usize,
    tau_hours: f64,
    buffers: &mut ChainBuffers,
    mut sink: impl FnMut(Transition<'a>),
) {
    assert!(n_step > 0 && tau_hours > 0.0, "n_step and tau_hours must be positive");
    buffers.time_rows(trajectory);
    match credit {
        Credit::Global => buffers.link_global(trajectory),
        Credit::Incident => buffers.link_incidents(trajectory, tau_hours),
    }
    for start in 0..trajectory.len() {
        let Some((return_n, bootstrap)) = buffers.walk(start, n_step, tau_hours) else { continue };
        let (row, discount_n) = match bootstrap {
            Some(row) => (row, buffers.discount(start, row, tau_hours)),
            None => (trajectory.len(), 0.0),
        };
        sink(Transition {
            observation: trajectory.observation(start),
            action: trajectory.executed[start] as usize,
            return_n: return_n as f32,
            discount_n: discount_n as f32,
            next_observation: trajectory.observation(row),
            next_mask: trajectory.mask(row),
        });
    }
}

impl ChainBuffers {
    fn time_rows(&mut self, trajectory: &Trajectory) {
        self.times.clear();
        self.times.push(0.0);
        let mut now = 0.0;
        self.times.extend(trajectory.elapsed.iter().map(|hours| {
            now += hours;
            now
        }));
    }

    fn discount(&self, from: usize, to: usize, tau_hours: f64) -> f64 {
        libm::exp((self.times[from] - self.times[to]) / tau_hours)
    }

    fn link_global(&mut self, trajectory: &Trajectory) {
        self.links.clear();
        self.links.extend(
            trajectory
                .rewards
                .iter()
                .enumerate()
                .map(|(i, &r)| Link { reward: f64::from(r), next: Next::Row(i + 1) }),
        );
        if let Some(last) = self.links.last_mut().filter(|_| trajectory.terminated) {
            last.next = Next::Terminated;
        }
    }

    fn link_incidents(&mut self, trajectory: &Trajectory, tau_hours: f64) {
        let end = if trajectory.terminated { Next::Terminated } else { Next::Unseen };
        self.links.clear();
        self.links.resize(trajectory.len(), Link { reward: 0.0, next: end });
        self.latest.clear();
        for step in 0..trajectory.len() {
            self.decide(trajectory.groups[step], step);
            for &(group, share) in trajectory.shares(step) {
                if let Ok(at) = self.latest.binary_search_by_key(&group, |entry| entry.0) {
                    let decision = self.latest[at].1;
                    self.links[decision].reward +=
                        f64::from(share) * self.discount(decision, step, tau_hours);
                }
            }
        }
        if !trajectory.terminated {
            self.decide(trajectory.groups[trajectory.len()], trajectory.len());
        }
    }

    /// Row `row` is the next decision about `group`.
    fn decide(&mut self, group: u32, row: usize) {
        match self.latest.binary_search_by_key(&group, |entry| entry.0) {
            Ok(at) => {
                self.links[self.latest[at].1].next = Next::Row(row);
                self.latest[at].1 = row;
            }
            Err(at) => self.latest.insert(at, (group, row)),
        }
    }

    /// The return over at most `n_step` links and the row to bootstrap from, if any. Nothing when not even one
    /// link is known.
    fn walk(&self, start: usize, n_step: usize, tau_hours: f64) -> Option<(f64, Option<usize>)> {
        let (mut row, mut total) = (start, 0.0);
        for _ in 0..n_step {
            let Some(link) = self.links.get(row) else { break };
            match link.next {
                Next::Unseen => break,
                next => {
                    total += self.discount(start, row, tau_hours) * link.reward;
                    let Next::Row(successor) = next else { return Some((total, None)) };
                    row = successor;
                }
            }
        }
        (row != start).then_some((total, Some(row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Spec;

    /// Decisions about groups 1, 2, 1 and 1, then group 2's is pending; 1, 2, 3 and 4 hours.
    fn trajectory(terminated: bool) -> Trajectory {
        let mut t = Trajectory::new(Spec { observation: 1, actions: 2 });
        t.observations = vec![10.0, 11.0, 12.0, 13.0, 14.0];
        t.masks = vec![true; 10];
        t.groups = vec![1, 2, 1, 1, 2];
        t.executed = vec![0, 1, 0, 1];
        t.rewards = vec![-1.0, -2.0, -4.0, -8.0];
        t.elapsed = vec![1.0, 2.0, 3.0, 4.0];
        t.shares = vec![(1, -1.0), (1, -0.5), (2, -1.5), (2, -4.0), (1, -6.0), (2, -1.0), (3, -1.0)];
        t.share_ends = vec![1, 3, 4, 7];
        t.terminated = terminated;
        t
    }

    /// (decision, return, discount, bootstrap row) of each transition; τ is 10 h.
    fn build(terminated: bool, credit: Credit, n_step: usize) -> Vec<(usize, f32, f32, Option<usize>)> {
        let (trajectory, mut seen) = (trajectory(terminated), Vec::new());
        transitions(&trajectory, credit, n_step, 10.0, &mut ChainBuffers::default(), |t| {
            let row = (t.discount_n > 0.0).then(|| t.next_observation[0] as usize - 10);
            assert_eq!(t.action, trajectory.executed[t.observation[0] as usize - 10] as usize);
            seen.push((t.observation[0] as usize - 10, t.return_n, t.discount_n, row));
        });
        seen
    }

    fn check(found: &[(usize, f32, f32, Option<usize>)], expected: &[(usize, f64, f64, Option<usize>)]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (f, e) in found.iter().zip(expected) {
            assert_eq!((f.0, f.3), (e.0, e.3), "{found:?}");
            assert!(
                (f64::from(f.1) - e.1).abs() < 1e-6 && (f64::from(f.2) - e.2).abs() < 1e-6,
                "{f:?} {e:?}"
            );
        }
    }

    /// exp(−hours / 10).
    fn g(hours: f64) -> f64 {
        libm::exp(-hours / 10.0)
    }

    #[test]
    fn global_credit_discounts_by_the_time_that_passed() {
        let first = (0, -1.0 - 2.0 * g(1.0), g(3.0), Some(2));
        let second = (1, -2.0 - 4.0 * g(2.0), g(5.0), Some(3));
        let third = -4.0 - 8.0 * g(3.0);
        check(&build(true, Credit::Global, 2), &[first, second, (2, third, 0.0, None), (3, -8.0, 0.0, None)]);
        // Cut from outside, the last state is worth what comes after it.
        let cut = [first, second, (2, third, g(7.0), Some(4)), (3, -8.0, g(4.0), Some(4))];
        check(&build(false, Credit::Global, 2), &cut);
    }

    #[test]
    fn incident_credit_follows_each_group_to_its_next_decision() {
        // Group 1 earns −1 and −0.5 until it is looked at again at decision 2, then nothing until decision 3, then −6.
        // Group 2 earns everything after decision 1. Group 3's share belongs to no decision.
        let group2 = -1.5 - 4.0 * g(2.0) - g(5.0);
        let expected = [
            (0, -1.0 - 0.5 * g(1.0), g(3.0), Some(2)),
            (1, group2, 0.0, None),
            (2, 0.0, g(3.0), Some(3)),
            (3, -6.0, 0.0, None),
        ];
        check(&build(true, Credit::Incident, 1), &expected);
        // Cut from outside: group 2's next decision is the pending one; group 1's is not known, so its last one teaches
        // nothing and longer chains stop before it.
        let cut = [
            (0, -1.0 - 0.5 * g(1.0), g(6.0), Some(3)),
            (1, group2, g(9.0), Some(4)),
            (2, 0.0, g(3.0), Some(3)),
        ];
        check(&build(false, Credit::Incident, 5), &cut);
    }

    #[test]
    fn time_that_stands_still_is_not_discounted() {
        let mut t = trajectory(true);
        t.elapsed = vec![0.0; 4];
        let mut returns = Vec::new();
        transitions(&t, Credit::Global, 4, 1e-3, &mut ChainBuffers::default(), |x| returns.push(x.return_n));
        assert_eq!(returns, [-15.0, -14.0, -12.0, -8.0]);
    }
}
