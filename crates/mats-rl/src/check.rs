//! Whether an environment keeps the contract of [`Env`].

use crate::env::{Env, SHARE_TOLERANCE, Spec, Step};
use crate::seed::{Generator, derive, generator};
use rand::RngExt;

/// Settings of a check: how hard to look.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckSettings {
    /// Seeds the episodes and the actions tried.
    pub seed: u64,
    /// Episodes to play; each is played twice.
    pub episodes: u64,
    /// Decisions after which an episode is left unfinished.
    pub decisions: usize,
    /// Largest size of an observation entry.
    pub bound: f32,
    /// Decisions in a row that may share an instant.
    pub standstill: usize,
}

impl Default for CheckSettings {
    fn default() -> CheckSettings {
        CheckSettings { seed: 0, episodes: 5, decisions: 2_000, bound: 10.0, standstill: 200 }
    }
}

/// Statistics of an environment that passed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// Episodes played.
    pub episodes: u64,
    /// Decisions made in them.
    pub decisions: u64,
    /// Number of episodes that terminated.
    pub terminated: u64,
    /// Number of episodes that were truncated.
    pub truncated: u64,
    /// Number of episodes left unfinished after [`CheckSettings::decisions`].
    pub unfinished: u64,
    /// Choices that guardrails replaced although the mask allowed them.
    pub replaced: u64,
    /// Least and most of each observation entry.
    pub ranges: Vec<(f32, f32)>,
}

/// A breach of the contract; each kind is reported once, where it was first seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Violation {
    /// A side of the spec is 0.
    #[error("spec: observation and actions must be at least 1")]
    EmptySpec,
    /// An observation entry keeps what the caller's buffer held.
    #[error("{at}: observation entry {entry} is not written; write all {length} entries on every call")]
    Unwritten {
        /// Place of the breach.
        at: Place,
        /// Index of the observation entry.
        entry: usize,
        /// Length of the observation.
        length: usize,
    },
    /// An observation entry is not finite or too large.
    #[error("{at}: observation entry {entry} is {value}; scale or clip it into the bound")]
    OutOfBounds {
        /// Place of the breach.
        at: Place,
        /// Index of the observation entry.
        entry: usize,
        /// Value of the entry.
        value: String,
    },
    /// A mask entry keeps what the caller's buffer held.
    #[error("{at}: mask entry {action} is not written; write all entries on every call")]
    MaskUnwritten {
        /// Place of the breach.
        at: Place,
        /// Index of the mask entry.
        action: usize,
    },
    /// Mask that allows nothing at a pending decision.
    #[error("{at}: the mask allows no action; allow at least one wherever a decision is pending")]
    EmptyMask {
        /// Place of the breach.
        at: Place,
    },
    /// An action was carried out that the mask forbids or that does not exist.
    #[error("{at}: action {executed} was carried out but the mask forbids it (chosen: {chosen}); replace it")]
    Masked {
        /// Place of the breach.
        at: Place,
        /// The action chosen.
        chosen: usize,
        /// The action carried out.
        executed: usize,
    },
    /// Different results of the same seed and actions.
    #[error("{at}: {what} differs when seed and actions are repeated; draw only from the seed")]
    NotRepeatable {
        /// Place of the breach.
        at: Place,
        /// Name of the part that differs.
        what: &'static str,
    },
    /// An episode both terminated and was truncated.
    #[error("{at}: both terminated and truncated; a task that is over needs no cap")]
    TwoEndings {
        /// Place of the breach.
        at: Place,
    },
    /// A reward is not finite.
    #[error("{at}: reward is not finite")]
    Reward {
        /// Place of the breach.
        at: Place,
    },
    /// The shares do not sum to the reward.
    #[error("{at}: shares sum to {sum} but the reward is {reward}; charge the difference to some group")]
    Shares {
        /// Place of the breach.
        at: Place,
        /// Sum of shares.
        sum: String,
        /// Reward.
        reward: String,
    },
    /// Time ran backwards or is not a number.
    #[error("{at}: elapsed is {hours} hours; it must be finite and at least 0")]
    Elapsed {
        /// Place of the breach.
        at: Place,
        /// Elapsed time, in hours.
        hours: String,
    },
    /// Time stands still.
    #[error("{at}: {decisions} decisions share an instant; let time pass or end the episode")]
    Standstill {
        /// Place of the breach.
        at: Place,
        /// Number of decisions that share an instant.
        decisions: usize,
    },
}

/// Place at which something was seen: after which decision of which episode; decision 0 is the reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Episode, from 0.
    pub episode: u64,
    /// Decision, from 1; 0 for the reset.
    pub decision: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.decision {
            0 => write!(f, "episode {}, reset", self.episode),
            n => write!(f, "episode {}, decision {n}", self.episode),
        }
    }
}

/// Plays episodes of random actions, about one in eight of them masked, each twice with buffers that held different
/// things before, and compares what it sees with the contract of [`Env`].
///
/// # Errors
/// The first breach of each kind.
pub fn check_env<E: Env + ?Sized>(env: &mut E, settings: &CheckSettings) -> Result<Report, Vec<Violation>> {
    let spec = env.spec();
    if spec.observation == 0 || spec.actions == 0 {
        return Err(vec![Violation::EmptySpec]);
    }
    let mut checker = Checker {
        settings,
        spec,
        at: Place { episode: 0, decision: 0 },
        report: Report {
            ranges: vec![(f32::INFINITY, f32::NEG_INFINITY); spec.observation],
            ..Report::default()
        },
        violations: Vec::new(),
    };
    for episode in 0..settings.episodes {
        checker.at = Place { episode, decision: 0 };
        let seed = derive(settings.seed, 1, episode);
        let first = checker.play(env, seed);
        checker.replay(env, seed, &first);
    }
    if checker.violations.is_empty() { Ok(checker.report) } else { Err(checker.violations) }
}

/// All that an environment shows at one moment.
#[derive(Clone, PartialEq)]
struct Shown {
    chosen: usize,
    step: Step,
    observation: Vec<f32>,
    mask: Vec<bool>,
    group: u32,
    shares: Vec<(u32, f32)>,
}

impl Shown {
    /// Buffers with content that an environment would not write.
    fn filled(spec: Spec, entry: f32, allowed: bool) -> Shown {
        Shown {
            chosen: 0,
            step: Step::default(),
            observation: vec![entry; spec.observation],
            mask: vec![allowed; spec.actions],
            group: 0,
            shares: Vec::new(),
        }
    }

    fn reset<E: Env + ?Sized>(mut self, env: &mut E, seed: u64) -> Shown {
        env.reset(seed, &mut self.observation, &mut self.mask);
        self.group = env.group();
        self
    }

    fn step<E: Env + ?Sized>(mut self, env: &mut E, action: usize) -> Shown {
        self.chosen = action;
        self.step = env.step(action, &mut self.observation, &mut self.mask);
        self.group = env.group();
        self.shares.extend_from_slice(env.shares());
        self
    }
}

/// Contents of the buffers (observation, mask) before the first and before the second playing.
const BEFORE: [(f32, bool); 2] = [(f32::NAN, false), (f32::MAX, true)];

struct Checker<'a> {
    settings: &'a CheckSettings,
    spec: Spec,
    at: Place,
    report: Report,
    violations: Vec<Violation>,
}

impl Checker<'_> {
    fn breach(&mut self, violation: Violation) {
        let kind = std::mem::discriminant(&violation);
        if self.violations.iter().all(|known| std::mem::discriminant(known) != kind) {
            self.violations.push(violation);
        }
    }

    /// An episode of random actions.
    fn play<E: Env + ?Sized>(&mut self, env: &mut E, seed: u64) -> Vec<Shown> {
        let blank = Shown::filled(self.spec, BEFORE[0].0, BEFORE[0].1);
        let mut rng = generator(seed, 2);
        let mut seen = vec![blank.clone().reset(env, seed)];
        let mut still = 0;
        self.report.episodes += 1;
        self.look(&seen[0]);
        while seen.len() <= self.settings.decisions {
            let now = &seen[seen.len() - 1];
            if !now.mask.contains(&true) {
                self.breach(Violation::EmptyMask { at: self.at });
                return seen;
            }
            let chosen = if rng.random_bool(0.125) {
                rng.random_range(0..self.spec.actions)
            } else {
                random_allowed(&now.mask, &mut rng)
            };
            let next = blank.clone().step(env, chosen);
            self.at.decision = seen.len();
            self.report.decisions += 1;
            self.look(&next);
            self.judge(now, &next);
            still = if next.step.elapsed > 0.0 { 0 } else { still + 1 };
            let ended = next.step.ended();
            self.report.terminated += u64::from(next.step.terminated);
            self.report.truncated += u64::from(next.step.truncated && !next.step.terminated);
            seen.push(next);
            if ended {
                return seen;
            }
            if still > self.settings.standstill {
                self.breach(Violation::Standstill { at: self.at, decisions: still });
                return seen;
            }
        }
        self.report.unfinished += 1;
        seen
    }

    /// Observation entries must be there, finite and bounded.
    fn look(&mut self, shown: &Shown) {
        for (entry, &value) in shown.observation.iter().enumerate() {
            let range = &mut self.report.ranges[entry];
            *range = (range.0.min(value), range.1.max(value));
            // NaN is what the buffer held: whether it was written shows on the second playing.
            if !value.is_nan() && value.abs() > self.settings.bound {
                self.breach(Violation::OutOfBounds { at: self.at, entry, value: value.to_string() });
            }
        }
    }

    /// The outcome of a step from `now`.
    fn judge(&mut self, now: &Shown, next: &Shown) {
        let (at, step) = (self.at, &next.step);
        if now.mask.get(step.executed) != Some(&true) {
            self.breach(Violation::Masked { at, chosen: next.chosen, executed: step.executed });
        }
        self.report.replaced += u64::from(now.mask[next.chosen] && step.executed != next.chosen);
        if step.terminated && step.truncated {
            self.breach(Violation::TwoEndings { at });
        }
        if !step.reward.is_finite() {
            self.breach(Violation::Reward { at });
        }
        let sum: f32 = next.shares.iter().map(|share| share.1).sum();
        let size: f32 = next.shares.iter().map(|share| share.1.abs()).sum();
        // Written so that a NaN is a breach too.
        let close = (sum - step.reward).abs() <= SHARE_TOLERANCE * (1.0 + size);
        if !close {
            self.breach(Violation::Shares { at, sum: sum.to_string(), reward: step.reward.to_string() });
        }
        if !(step.elapsed >= 0.0 && step.elapsed.is_finite()) {
            self.breach(Violation::Elapsed { at, hours: step.elapsed.to_string() });
        }
    }

    /// Plays the same seed and the same actions again, in buffers that held something else.
    fn replay<E: Env + ?Sized>(&mut self, env: &mut E, seed: u64, first: &[Shown]) {
        let blank = Shown::filled(self.spec, BEFORE[1].0, BEFORE[1].1);
        for (decision, before) in first.iter().enumerate() {
            self.at.decision = decision;
            let again = match decision {
                0 => blank.clone().reset(env, seed),
                _ => blank.clone().step(env, before.chosen),
            };
            if let Some(what) = self.compare(before, &again) {
                self.breach(Violation::NotRepeatable { at: self.at, what });
                return;
            }
        }
    }

    /// Returns what differs, if anything does that was written.
    fn compare(&mut self, before: &Shown, again: &Shown) -> Option<&'static str> {
        let (at, length) = (self.at, self.spec.observation);
        let mut what = None;
        for (entry, (a, b)) in before.observation.iter().zip(&again.observation).enumerate() {
            match (a.is_nan(), *b) {
                (true, f32::MAX) => self.breach(Violation::Unwritten { at, entry, length }),
                (true, _) => self.breach(Violation::OutOfBounds { at, entry, value: a.to_string() }),
                _ if a.to_bits() != b.to_bits() => what = Some("observation"),
                _ => {}
            }
        }
        for (action, (&a, &b)) in before.mask.iter().zip(&again.mask).enumerate() {
            if !a && b {
                self.breach(Violation::MaskUnwritten { at, action });
            } else if a != b {
                what = Some("mask");
            }
        }
        what.or((before.step != again.step).then_some("step"))
            .or((before.group != again.group).then_some("group"))
            .or((before.shares != again.shares).then_some("shares"))
    }
}

/// Any allowed action, each as likely.
fn random_allowed(mask: &[bool], rng: &mut Generator) -> usize {
    let allowed = mask.iter().filter(|&&ok| ok).count();
    let pick = rng.random_range(0..allowed);
    mask.iter().enumerate().filter(|(_, ok)| **ok).nth(pick).expect("counted above").0
}
