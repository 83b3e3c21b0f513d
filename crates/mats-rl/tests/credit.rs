use mats_rl::toys::two_incidents::{DECISIONS, State, TREAT, TwoIncidents, WAIT};
use mats_rl::{ChainBuffers, Credit, Env, Trajectory, rollout, transitions};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Discount horizon in hours.
pub const TAU: f64 = 6.0;

/// Exact values of all (state, action) for the rewards that `credit` gives the incident looked at in that state.
///
/// Under incident credit, what is done about the other incident does not matter, so it is left alone.
pub struct Solution {
    /// `q[credit for incident 0, 1, or all][state][action]`.
    q: [Vec<[f64; 2]>; 3],
    credit: Credit,
}

/// Backward induction: states of later decisions have higher numbers.
pub fn value_iteration(credit: Credit) -> Solution {
    let solve = |earner: usize| {
        let mut value = vec![0.0; State::COUNT];
        let mut q = vec![[f64::NEG_INFINITY; 2]; State::COUNT];
        for index in (0..State::COUNT).rev() {
            let state = State::from_index(index);
            if state.t == DECISIONS {
                continue;
            }
            for action in [WAIT, TREAT].into_iter().filter(|&a| state.allows(a)) {
                q[index][action] = state
                    .outcomes(action)
                    .iter()
                    .map(|o| {
                        let reward = match earner {
                            2 => o.shares[0] + o.shares[1],
                            i => o.shares[i],
                        };
                        o.probability * (f64::from(reward) + (-o.hours / TAU).exp() * value[o.next.index()])
                    })
                    .sum();
            }
            let decides = earner == 2 || state.turn() == earner;
            value[index] = if decides { q[index][WAIT].max(q[index][TREAT]) } else { q[index][WAIT] };
        }
        q
    };
    Solution { q: [solve(0), solve(1), solve(2)], credit }
}

impl Solution {
    pub fn q(&self, state: State) -> [f64; 2] {
        let earner = if self.credit == Credit::Global { 2 } else { state.turn() };
        self.q[earner][state.index()]
    }

    pub fn best(&self, state: State) -> usize {
        let [wait, treat] = self.q(state);
        usize::from(treat > wait)
    }
}

/// Exact expected discounted reward, of both incidents, of an episode under a policy.
pub fn worth(mut policy: impl FnMut(State) -> usize) -> f64 {
    let mut value = vec![0.0; State::COUNT];
    for index in (0..DECISIONS * 9).rev() {
        let state = State::from_index(index);
        let action = if state.allows(TREAT) { policy(state) } else { WAIT };
        let outcomes = state.outcomes(action);
        let worth = outcomes.iter().map(|o| {
            let reward = f64::from(o.shares[0] + o.shares[1]);
            o.probability * (reward + (-o.hours / TAU).exp() * value[o.next.index()])
        });
        value[index] = worth.sum();
    }
    starts().map(|start| value[start.index()]).sum::<f64>() / 4.0
}

/// The states that episodes start in, each as likely.
pub fn starts() -> impl Iterator<Item = State> {
    [[1, 1], [1, 2], [2, 1], [2, 2]].into_iter().map(|levels| State { t: 0, levels })
}

/// Reachable states in which there is something to decide: an incident is open until it was looked at.
fn choices() -> impl Iterator<Item = State> {
    let reachable = |s: &State| (s.t > 0 || s.levels[0] > 0) && (s.t > 1 || s.levels[1] > 0);
    (0..State::COUNT).map(State::from_index).filter(|s| s.t < DECISIONS && s.allows(TREAT)).filter(reachable)
}

pub fn state_of(observation: &[f32]) -> State {
    State::from_index(observation.iter().position(|&x| x == 1.0).expect("one-hot"))
}

#[test]
fn the_toy_needs_thought_and_both_credits_agree_on_what_is_best() {
    let (global, incident) = (value_iteration(Credit::Global), value_iteration(Credit::Incident));
    let mut kinds = [0, 0];
    for state in choices() {
        assert_eq!(global.best(state), incident.best(state), "{state:?}");
        kinds[global.best(state)] += 1;
    }
    assert!(kinds.iter().all(|&n| n >= 10), "one action is nearly always best: {kinds:?}");
}

/// The mean of `return_n + discount_n · max Q(next)` after (s, a) must be Q(s, a), whatever `a`, as long as the
/// actions after it inside the chain are the best ones. So each episode acts at random up to some decision and
/// well from there on, and the chains that start at that decision or later are looked at.
fn check_bellman(credit: Credit, n_step: usize) {
    let solution = value_iteration(credit);
    let mut env = TwoIncidents::default();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let mut trajectory = Trajectory::new(env.spec());
    let mut chains = ChainBuffers::default();
    // Count, sum and sum of squares of the errors for each (state, action).
    let mut errors = vec![[(0.0f64, 0.0, 0.0); 2]; State::COUNT];
    for episode in 0..20_000 {
        let last_random = episode as usize % DECISIONS;
        let choose = |observation: &[f32], mask: &[bool]| {
            let state = state_of(observation);
            if state.t <= last_random {
                usize::from(mask[TREAT] && rng.random())
            } else {
                solution.best(state)
            }
        };
        rollout(&mut env, episode, choose, &mut trajectory);
        transitions(&trajectory, credit, n_step, TAU, &mut chains, |x| {
            let state = state_of(x.observation);
            if state.t < last_random {
                return;
            }
            let next = match x.discount_n {
                0.0 => 0.0,
                _ => solution.q(state_of(x.next_observation)).into_iter().fold(f64::NEG_INFINITY, f64::max),
            };
            let error = f64::from(x.return_n) + f64::from(x.discount_n) * next - solution.q(state)[x.action];
            let seen = &mut errors[state.index()][x.action];
            *seen = (seen.0 + 1.0, seen.1 + error, seen.2 + error * error);
        });
    }
    let mut checked = 0;
    for &(n, sum, squares) in errors.iter().flatten().filter(|e| e.0 >= 100.0) {
        let (mean, variance) = (sum / n, (squares / n - (sum / n) * (sum / n)).max(0.0));
        // Five standard errors: about one in two million by chance.
        assert!(mean.abs() <= 5.0 * (variance / n).sqrt() + 1e-5, "{credit:?}: off by {mean} over {n}");
        checked += 1;
    }
    assert!(checked >= 60, "{checked}");
}

#[test]
fn transitions_solve_the_bellman_equation_of_either_credit() {
    for credit in [Credit::Global, Credit::Incident] {
        for n_step in [1, 3] {
            check_bellman(credit, n_step);
        }
    }
}
