//! What a threat is said to look like, against what it is.

use crate::support::{plan, small_detector};
use mats_core::random::Stream;
use mats_core::{Duration, HostId, SimTime, TechniqueId};
use mats_detect::{DetectionAgent, SUGGESTS};
use mats_scenario::catalogue::Technique;
use mats_sim::{Telemetry, World};
use std::sync::Arc;

/// Time before and after an alert in which a machine's techniques count.
const AROUND: Duration = Duration::from_minutes(30);
const EPISODES: u64 = 24;

/// One alert on a machine that was really attacked.
struct Told {
    suggested: Vec<TechniqueId>,
    /// Techniques that really were at work there.
    true_ones: Vec<TechniqueId>,
}

fn alerts(name: &str) -> Vec<Told> {
    let plan = plan(name);
    let detector = small_detector(&plan, 24, 0.1);
    let inventory = Arc::new(plan.scenario.inventory.clone());
    let mut world = World::new(Arc::clone(&plan));
    let mut agent = DetectionAgent::new(Arc::clone(&detector), inventory);
    let (mut telemetry, mut news, mut told) = (Telemetry::default(), Vec::new(), Vec::new());
    for seed in 5000..5000 + EPISODES {
        world.reset(seed);
        agent.reset(Arc::clone(&detector));
        let mut raised = Vec::new();
        while world.now() < world.horizon() {
            telemetry.clear();
            world.advance(world.now() + Duration::from_minutes(1), &mut telemetry);
            agent.observe(&telemetry.records);
            agent.advance(world.now(), &mut news);
            raised.append(&mut news);
        }
        for intel in raised {
            let suggested: Vec<TechniqueId> =
                intel.explanation.techniques.iter().flatten().map(|t| t.base()).collect();
            let true_ones = techniques(&world, intel.host, intel.time);
            if !suggested.is_empty() && !true_ones.is_empty() {
                told.push(Told { suggested, true_ones });
            }
        }
    }
    told
}

/// Lists what attackers did on a machine around a time.
fn techniques(world: &World, host: HostId, time: SimTime) -> Vec<TechniqueId> {
    let scenario = &world.plan().scenario;
    let near = |t: SimTime| if t > time { t.since(time) <= AROUND } else { time.since(t) <= AROUND };
    let touches = world.malicious_activities().iter().filter(|t| t.host == host && near(t.time));
    let mut found: Vec<TechniqueId> = touches
        .filter_map(|touch| {
            let (campaign, step) = touch.label.campaign_step()?;
            let attack = &scenario.attacks[world.campaigns().nth(campaign as usize)?.attack];
            let technique = &scenario.techniques[attack.steps[step as usize].technique];
            Some(technique.id.parse::<TechniqueId>().expect("the catalogue's ids are sound").base())
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The tactics that the catalogue lets a technique or one of its sub-techniques serve.
fn tactics(technique: TechniqueId, catalogue: &[Technique]) -> Vec<&str> {
    let of = catalogue.iter().filter(|t| t.id.parse::<TechniqueId>().is_ok_and(|id| id.base() == technique));
    of.map(|t| t.tactic.as_str()).collect()
}

#[test]
fn suggested_techniques_are_right_more_often_than_chance_has_it() {
    let mut all: Vec<TechniqueId> =
        SUGGESTS.iter().flat_map(|(_, techniques)| techniques.iter().map(|t| t.1.base())).collect();
    all.sort_unstable();
    all.dedup();
    let catalogue = mats_scenario::techniques();
    for name in ["ransomware", "ssh-bruteforce"] {
        let told = alerts(name);
        assert!(told.len() >= 30, "{name}: only {} alerts on attacked machines", told.len());
        let same = |a: TechniqueId, b: TechniqueId| a == b;
        let akin = |a: TechniqueId, b: TechniqueId| {
            a == b || tactics(a, &catalogue).iter().any(|t| tactics(b, &catalogue).contains(t))
        };
        let [own, chance, others] = shares(name, "technique", &told, &all, same);
        assert!(own > chance + 0.1 && own > others, "{name}: {own:.3}, {chance:.3}, {others:.3}");
        // Attacks of one scenario go through the same tactics, so another alert's are about as right.
        let [own, chance, _] = shares(name, "tactic", &told, &all, akin);
        assert!(own > chance + 0.1, "{name}, tactics: {own:.3}, {chance:.3}");
    }
}

/// Measures how often one of the suggestions fits; one of as many drawn at random; one of another alert.
fn shares(
    name: &str,
    what: &str,
    told: &[Told],
    all: &[TechniqueId],
    fits: impl Fn(TechniqueId, TechniqueId) -> bool,
) -> [f64; 3] {
    let hit = |i: usize, suggested: &[TechniqueId]| {
        suggested.iter().any(|&s| told[i].true_ones.iter().any(|&t| fits(s, t)))
    };
    let share = |shift: usize| {
        let hits = (0..told.len()).filter(|&i| hit(i, &told[(i + shift) % told.len()].suggested));
        hits.count() as f64 / told.len() as f64
    };
    let own = share(0);
    // What was suggested at other alerts on attacked machines: how much of it is knowledge of the machine.
    let others = (1..=20).map(|k| share(k * told.len() / 21)).sum::<f64>() / 20.0;
    // As many techniques out of all that may be suggested, drawn at random.
    let stream = Stream::new(1, 0x7ec, 0);
    let drawn = (0..told.len() * 20).filter(|&draw| {
        let pick = |k: usize| all[(stream.word((3 * draw + k) as u64) % all.len() as u64) as usize];
        let i = draw % told.len();
        hit(i, &[0, 1, 2].map(pick)[..told[i].suggested.len()])
    });
    let chance = drawn.count() as f64 / (20 * told.len()) as f64;
    println!(
        "{name}: {} alerts; a {what} is right at {own:.3}; drawn at random {chance:.3}; those of another alert {others:.3}",
        told.len()
    );
    [own, chance, others]
}
