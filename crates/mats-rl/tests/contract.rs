use mats_rl::toys::{CartPole, Corridor, TwoIncidents, two_incidents};
use mats_rl::{CheckSettings, Env, Spec, Step, Violation, check_env};

#[test]
fn toys_keep_the_contract() {
    let settings = CheckSettings::default();
    let pole = check_env(&mut CartPole::new(500), &settings).unwrap();
    assert_eq!((pole.episodes, pole.terminated), (5, 5));
    let short = check_env(&mut CartPole::new(3), &settings).unwrap();
    assert_eq!((short.truncated, short.decisions), (5, 15));
    assert_eq!(check_env(&mut Corridor::default(), &settings).unwrap().terminated, 5);
    let report = check_env(&mut TwoIncidents::default(), &settings).unwrap();
    assert_eq!(report.decisions, 5 * two_incidents::DECISIONS as u64);
    assert_eq!(report.ranges[0], (0.0, 0.0), "no episode starts with both incidents closed");
}

/// A world that does one thing wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    ShortObservation,
    Huge,
    ShortMask,
    EmptyMask,
    Forbidden,
    Memory,
    Stale,
    TwoEndings,
    Shares,
    Backwards,
    Standstill,
    NotANumber,
}

/// Three steps of 1 hour; action 1 is masked.
struct Faulty {
    fault: Fault,
    steps: u32,
    /// Survives resets, as nothing should.
    lifetime: f32,
    shares: Vec<(u32, f32)>,
}

impl Faulty {
    fn show(&self, observation: &mut [f32], mask: &mut [bool]) {
        let last = if self.fault == Fault::ShortObservation { 1 } else { 2 };
        observation[..last].fill(match self.fault {
            Fault::Huge => 11.0,
            Fault::NotANumber => f32::NAN,
            Fault::Memory => self.lifetime,
            _ => 0.5,
        });
        mask[0] = self.fault != Fault::EmptyMask;
        if self.fault != Fault::ShortMask {
            mask[1] = false;
        }
    }
}

impl Env for Faulty {
    fn spec(&self) -> Spec {
        Spec { observation: 2, actions: 2 }
    }

    fn reset(&mut self, _seed: u64, observation: &mut [f32], mask: &mut [bool]) {
        self.steps = 0;
        self.show(observation, mask);
    }

    fn step(&mut self, action: usize, observation: &mut [f32], mask: &mut [bool]) -> Step {
        self.steps += 1;
        self.lifetime += 0.001;
        self.show(observation, mask);
        self.shares = vec![(0, 1.0), (1, if self.fault == Fault::Shares { -2.5 } else { -3.0 })];
        let standing = self.fault == Fault::Standstill;
        let over = self.steps >= 40 && !standing;
        Step {
            executed: if self.fault == Fault::Forbidden { action } else { 0 },
            reward: if self.fault == Fault::Stale { -2.0 - self.lifetime } else { -2.0 },
            elapsed: match self.fault {
                Fault::Backwards => -1.0,
                Fault::Standstill => 0.0,
                _ => 1.0,
            },
            terminated: over,
            truncated: over && self.fault == Fault::TwoEndings,
        }
    }

    fn group(&self) -> u32 {
        0
    }

    fn shares(&self) -> &[(u32, f32)] {
        &self.shares
    }
}

fn breaches(fault: Fault) -> Vec<Violation> {
    let mut env = Faulty { fault, steps: 0, lifetime: 0.0, shares: Vec::new() };
    check_env(&mut env, &CheckSettings::default()).err().unwrap_or_default()
}

#[test]
fn each_breach_is_found_and_named() {
    assert_eq!(breaches(Fault::None), []);
    let check = |fault, is: fn(&Violation) -> bool| {
        let found = breaches(fault);
        assert!(found.iter().any(is), "{found:?}");
    };
    check(Fault::ShortObservation, |v| matches!(v, Violation::Unwritten { entry: 1, length: 2, .. }));
    check(Fault::Huge, |v| matches!(v, Violation::OutOfBounds { entry: 0, .. }));
    check(Fault::NotANumber, |v| matches!(v, Violation::OutOfBounds { entry: 0, .. }));
    check(Fault::ShortMask, |v| matches!(v, Violation::MaskUnwritten { action: 1, .. }));
    check(Fault::EmptyMask, |v| matches!(v, Violation::EmptyMask { .. }));
    check(Fault::Forbidden, |v| matches!(v, Violation::Masked { chosen: 1, executed: 1, .. }));
    check(Fault::Memory, |v| matches!(v, Violation::NotRepeatable { what: "observation", .. }));
    check(Fault::Stale, |v| matches!(v, Violation::NotRepeatable { what: "step", .. }));
    check(Fault::TwoEndings, |v| matches!(v, Violation::TwoEndings { .. }));
    check(Fault::Shares, |v| matches!(v, Violation::Shares { .. }));
    check(Fault::Backwards, |v| matches!(v, Violation::Elapsed { .. }));
    check(Fault::Standstill, |v| matches!(v, Violation::Standstill { .. }));
}

#[test]
fn a_breach_says_where_and_how_to_mend_it() {
    let message = breaches(Fault::ShortObservation)[0].to_string();
    assert_eq!(
        message,
        "episode 0, reset: observation entry 1 is not written; write all 2 entries on every call"
    );
}
