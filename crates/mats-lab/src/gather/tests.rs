use super::*;
use mats_core::{SimTime, ThreatKind};
use mats_detect::Sample;
use mats_scenario::Scenario;
use std::path::Path;

fn shipped(name: &str) -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../scenarios/{name}.toml"));
    mats_scenario::load(&file).unwrap()
}

/// More machines than an episode watches, for an hour.
fn large() -> Arc<Plan> {
    let text = "[scenario]\nname = \"large\"\nhorizon_hours = 1.0\nstart = \"08:00\"\n\
        [campaigns]\ncount = [1.0]\n[[subnet]]\nname = \"office\"\n\
        [[host]]\nname = \"desk\"\ncount = 520\nsubnet = \"office\"\nrole = \"workstation\"\n\
        [[user]]\nname = \"clerk\"\ncount = 520\nrole = \"office\"\nhosts = \"desk\"\n";
    Arc::new(Plan::new(mats_scenario::parse(text, "large.toml").unwrap()))
}

fn with_threads(threads: usize, plan: &Arc<Plan>, settings: &GatherSettings) -> Examples {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| gather(plan, settings, 3))
}

#[test]
fn one_pass_over_what_attackers_did_tells_what_the_world_tells_of_each_machine() {
    let plan = Arc::new(Plan::new(shipped("ransomware")));
    let machines = plan.scenario.hosts.len();
    let (mut world, mut telemetry) = (World::new(plan), Telemetry::default());
    let mut truths = Truths::new(machines);
    let mut seen = [0; 3];
    for seed in 1..=2 {
        world.reset(seed);
        while world.now() < world.horizon() {
            telemetry.clear();
            world.advance(world.now() + WINDOW, &mut telemetry);
            let now = world.now();
            truths.read(&world, now - WINDOW, now);
            for host in (0..machines as u32).map(HostId) {
                let (truth, kind) = match truths.of(host) {
                    Truth::Benign => (Some(None), 0),
                    Truth::Malicious(kind) => (Some(Some(kind)), 1),
                    Truth::Doubtful => (None, 2),
                };
                assert_eq!(truth, world.ground_truth(host, now - WINDOW, now), "{host:?} at {now:?}");
                assert!(truth == Some(None) || truths.suspects().contains(&host));
                seen[kind] += 1;
            }
        }
    }
    assert!(seen.iter().all(|&n| n > 0), "{seen:?}");
}

#[test]
fn it_stops_once_there_are_enough_windows_at_the_same_episode_for_any_number_of_threads() {
    let plan = large();
    let settings = GatherSettings { windows: 1000, episodes: 400, benign_share: 0.04 };
    let one = with_threads(1, &plan, &settings);
    assert!((48..200).contains(&one.episodes()) && one.len() >= 1000, "{} {}", one.episodes(), one.len());
    let three = with_threads(3, &plan, &settings);
    assert_eq!((one.rows(), one.labels(), one.episodes()), (three.rows(), three.labels(), three.episodes()));
}

#[test]
fn weights_stand_for_all_benign_windows() {
    let plan = large();
    for (windows, benign_share) in [(500_000, 0.04), (2_000, 0.04), (500_000, 1.0)] {
        let share = Share::new(&plan, &GatherSettings { episodes: 8, windows, benign_share });
        let watched = share.watched(9);
        assert_eq!(watched.len(), 512);
        assert!(watched.is_sorted() && watched != share.watched(10));
        let stood_for = 512.0 * share.within() * f64::from(share.weight());
        assert!((stood_for - 520.0).abs() < 0.01, "{stood_for}");
        // Never more than the share asked for.
        assert!(share.weight() >= (1.0 / benign_share) as f32 - 1e-3);
    }
    let plan = Arc::new(Plan::new(shipped("ransomware")));
    let share = Share::new(&plan, &GatherSettings::default());
    assert_eq!((share.watched(1).len(), share.within()), (plan.scenario.hosts.len(), 0.04));
}

#[test]
fn an_outbreak_is_thinned_and_rare_kinds_stay() {
    let window = |host, kind| Window {
        sample: Sample { host, time: SimTime(0), row: [0.0; 32], indicator: 0.0, position: 0 },
        kind,
        weight: 1.0,
    };
    let mut thinned = Thinned::new(100);
    let rng = Stream::new(1, 2, 3);
    for i in 0..5000 {
        let host = HostId(i % 50);
        let kind = if i % 500 == 0 { ThreatKind::Intrusion } else { ThreatKind::Impact };
        thinned.malicious(host, kind, rng.unit(u64::from(i)), || window(host, Some(kind)));
    }
    thinned.benign(window(HostId(60), None));
    let (windows, attacked) = thinned.finish();
    assert_eq!(attacked, (0..50).map(HostId).collect::<Vec<_>>());
    let of = |kind| windows.iter().filter(move |w| w.kind == kind);
    assert_eq!((of(None).count(), of(Some(ThreatKind::Intrusion)).count()), (1, 10));
    assert!(of(Some(ThreatKind::Intrusion)).all(|w| w.weight == 1.0));
    let impact = of(Some(ThreatKind::Impact)).count();
    assert!((30..=90).contains(&impact), "{impact}");
    let stood_for: f32 = of(Some(ThreatKind::Impact)).map(|w| w.weight).sum();
    assert!((3000.0..7000.0).contains(&stood_for), "{stood_for}");
}
