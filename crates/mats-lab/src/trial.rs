//! Attacks of a scenario tried out: episodes without a defender, and how far attackers get in them, step by step. Nothing is
//! detected, learnt or written.

use crate::lanes::LANES;
use mats_core::{Duration, SimTime};
use mats_learn::progress::{Listener, Progress};
use mats_learn::seeds::{Purpose, seed};
use mats_scenario::Scenario;
use mats_sim::red::Ending;
use mats_sim::{Plan, Telemetry, World};
use rayon::prelude::*;
use serde::Serialize;
use std::sync::Arc;

/// Attacks tried out in some episodes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trial {
    /// Number of episodes played.
    pub episodes: u64,
    /// Number of episodes in which nobody attacked.
    pub quiet: u64,
    /// Attacks in the order of the scenario.
    pub attacks: Vec<AttackTrial>,
}

/// An attack tried out. Counts are of campaigns that carry it out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttackTrial {
    /// Name of the attack.
    pub name: String,
    /// Number of campaigns.
    pub campaigns: u64,
    /// Number of episodes that have such a campaign.
    pub episodes: u64,
    /// Number of campaigns that reach the objective.
    pub objective: u64,
    /// Median hour of the episode at which it is reached, among those that do; `None` if none does.
    pub objective_hour: Option<f64>,
    /// Steps in the order of the scenario.
    pub steps: Vec<StepTrial>,
}

/// A step tried out. Who takes a machine on a detour by its means tries it, too.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepTrial {
    /// Name of the step.
    pub id: String,
    /// Id of its technique.
    pub technique: String,
    /// True if its success is what the attacker comes for.
    pub objective: bool,
    /// Number of campaigns that try it at least once.
    pub reached: u64,
    /// Number of campaigns in which it succeeds at least once.
    pub succeeded: u64,
    /// Number of attempts that came to an end, in all campaigns.
    pub attempts: u64,
    /// Number of those that succeeded.
    pub successes: u64,
    /// Median hour of the episode at which it first succeeds, among campaigns in which it does; `None` if in none.
    pub first_hour: Option<f64>,
}

/// What one campaign came to.
struct Seen {
    attack: usize,
    objective: Option<SimTime>,
    steps: Vec<SeenStep>,
}

#[derive(Clone, Default)]
struct SeenStep {
    reached: bool,
    attempts: u64,
    successes: u64,
    first: Option<SimTime>,
}

/// Plays so many episodes without a defender, on seeds that trainings with this seed learn from and no run is evaluated on.
/// `None` when the listener asks to stop. The same for any number of threads.
pub fn try_out(
    scenario: &Scenario,
    train_seed: u64,
    episodes: u64,
    listener: &mut dyn Listener,
) -> Option<Trial> {
    let plan = Arc::new(Plan::new(scenario.clone()));
    let mut worlds: Vec<_> = (0..episodes.min(LANES as u64)).map(|_| World::new(Arc::clone(&plan))).collect();
    let mut played: Vec<Vec<Seen>> = Vec::new();
    let mut going = listener.on_progress(Progress::Stage("playing episodes", episodes));
    for first in (0..episodes).step_by(LANES) {
        if !going {
            return None;
        }
        let count = (episodes - first).min(LANES as u64);
        let lanes = worlds[..count as usize].par_iter_mut().enumerate();
        let seeds = |lane: usize| seed(Purpose::Train, train_seed, first + lane as u64);
        played.par_extend(lanes.map(|(lane, world)| play(world, seeds(lane))));
        going = listener.on_progress(Progress::Advance(count));
    }
    going.then(|| Trial {
        episodes,
        quiet: played.iter().filter(|campaigns| campaigns.is_empty()).count() as u64,
        attacks: (0..scenario.attacks.len()).map(|attack| count_up(scenario, attack, &played)).collect(),
    })
}

/// Plays one episode to its end.
fn play(world: &mut World, seed: u64) -> Vec<Seen> {
    let mut telemetry = Telemetry::default();
    world.reset(seed);
    while world.now() < world.horizon() {
        // Nobody reads it; it only must not pile up.
        telemetry.clear();
        world.advance(world.now() + Duration::from_hours(1), &mut telemetry);
    }
    let scenario = &world.plan().scenario;
    let one = |(campaign, report): (&mats_sim::red::Campaign, mats_sim::CampaignReport<'_>)| {
        let mut steps = vec![SeenStep::default(); scenario.attacks[campaign.attack].steps.len()];
        for tried in &campaign.tried {
            let step = &mut steps[tried.step];
            step.reached = true;
            step.attempts += u64::from(tried.ended.is_some());
            if let Some((at, Ending::Succeeded)) = tried.ended {
                step.successes += 1;
                step.first.get_or_insert(at);
            }
        }
        Seen { attack: campaign.attack, objective: report.objective, steps }
    };
    world.attackers().iter().zip(world.campaigns()).map(one).collect()
}

fn count_up(scenario: &Scenario, attack: usize, played: &[Vec<Seen>]) -> AttackTrial {
    let spec = &scenario.attacks[attack];
    let of = |campaigns: &Vec<Seen>| campaigns.iter().any(|seen| seen.attack == attack);
    let mine: Vec<&Seen> = played.iter().flatten().filter(|seen| seen.attack == attack).collect();
    let objectives: Vec<SimTime> = mine.iter().filter_map(|seen| seen.objective).collect();
    let step = |s: usize| {
        let seen = || mine.iter().map(move |seen| &seen.steps[s]);
        let firsts: Vec<SimTime> = seen().filter_map(|step| step.first).collect();
        StepTrial {
            id: spec.steps[s].id.clone(),
            technique: scenario.techniques[spec.steps[s].technique].id.clone(),
            objective: spec.steps[s].objective,
            reached: seen().filter(|step| step.reached).count() as u64,
            succeeded: firsts.len() as u64,
            attempts: seen().map(|step| step.attempts).sum(),
            successes: seen().map(|step| step.successes).sum(),
            first_hour: median_hour(firsts),
        }
    };
    AttackTrial {
        name: spec.name.clone(),
        campaigns: mine.len() as u64,
        episodes: played.iter().filter(|campaigns| of(campaigns)).count() as u64,
        objective: objectives.len() as u64,
        objective_hour: median_hour(objectives),
        steps: (0..spec.steps.len()).map(step).collect(),
    }
}

/// The median of some times, in hours; of an even number the mean of the two in the middle.
fn median_hour(mut times: Vec<SimTime>) -> Option<f64> {
    times.sort_unstable();
    let (low, high) = (times.get(times.len().checked_sub(1)? / 2)?, times.get(times.len() / 2)?);
    let hours = |time: &SimTime| time.since(SimTime::ZERO).hours();
    Some(f64::midpoint(hours(low), hours(high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A scenario of one certain step, one that hardly works, and one that comes too late.
    fn scenario() -> Scenario {
        let text = r#"
subnet = [{ name = "office" }]
host = [{ name = "desk", count = 4, subnet = "office", role = "workstation" }]
user = [{ name = "clerk", count = 4, role = "office", hosts = "desk" }]
[scenario]
name = "small"
horizon_hours = 6.0
[campaigns]
count = [0.25, 0.75]
onset_hours = [0.5, 1.0]
[[attack]]
name = "desks"
step = [
  { id = "mail", technique = "T1566.001", success = 1.0, retries = 50 },
  { id = "browser", technique = "T1555.003", after = ["mail"], success = 0.2, retries = 1, objective = true },
  { id = "late", technique = "T1083", after = ["browser"], minutes = 1e6 },
]
"#;
        mats_scenario::parse(text, "small.toml").unwrap()
    }

    fn tried(threads: usize) -> Trial {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| try_out(&scenario(), 1, 40, &mut ())).unwrap()
    }

    #[test]
    fn steps_are_counted_by_campaign_and_the_same_for_any_number_of_threads() {
        let trial = tried(1);
        assert_eq!(trial, tried(3));
        let [attack] = &trial.attacks[..] else { panic!("one attack") };
        let [mail, browser, late] = &attack.steps[..] else { panic!("three steps") };
        assert_eq!(trial.quiet + attack.episodes, 40);
        assert!((20..40).contains(&attack.campaigns), "{trial:?}");
        assert!(mail.reached == attack.campaigns && mail.succeeded == attack.campaigns, "{mail:?}");
        assert!(mail.successes >= mail.succeeded && mail.attempts >= mail.successes, "{mail:?}");
        let hour = mail.first_hour.unwrap();
        assert!((0.5..6.0).contains(&hour) && browser.first_hour.unwrap() > hour, "{trial:?}");
        // Two attempts at one chance in five each, whatever the skill: far from never, far from always.
        assert!(browser.reached == mail.succeeded, "{browser:?}");
        assert!((1..browser.reached).contains(&browser.succeeded), "{browser:?}");
        assert_eq!((attack.objective, attack.objective_hour), (browser.succeeded, browser.first_hour));
        // It is begun, and never comes to an end.
        assert!(late.reached > 0 && late.reached <= browser.succeeded, "{late:?}");
        assert_eq!((late.attempts, late.succeeded, late.first_hour), (0, 0, None));
    }

    #[test]
    fn medians_lie_in_the_middle() {
        let at = |hours: &[u64]| hours.iter().map(|&h| SimTime::ZERO + Duration::from_hours(h)).collect();
        assert_eq!(median_hour(at(&[])), None);
        assert_eq!(median_hour(at(&[3])), Some(3.0));
        assert_eq!(median_hour(at(&[5, 1, 2])), Some(2.0));
        assert_eq!(median_hour(at(&[4, 1, 2, 9])), Some(3.0));
    }

    #[test]
    fn who_asks_to_stop_gets_nothing() {
        struct Impatient;
        impl Listener for Impatient {
            fn on_progress(&mut self, _: Progress) -> bool {
                false
            }
        }
        assert_eq!(try_out(&scenario(), 1, 4, &mut Impatient), None);
    }
}
