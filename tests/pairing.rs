//! What scenarios share on equal seeds: those of one name everything that they have in common, others nothing.

use crate::support::{scenario, undefended};
use mats_core::{Body, SimTime};
use mats_scenario::Scenario;
use mats_sim::{Label, Plan, Telemetry, World};
use std::fs;
use std::sync::Arc;

const SEEDS: std::ops::Range<u64> = 0..60;

const OFFICE: &str = r#"
[scenario]
name = "NAME"
horizon_hours = 8.0
[campaigns]
count = [0.5, 0.5]
onset_hours = [0.5, 6.0]
[[subnet]]
name = "office"
[[host]]
name = "desk"
count = 6
subnet = "office"
role = "workstation"
[[user]]
name = "clerk"
count = 6
role = "office"
hosts = "desk"
[[attack]]
name = "mail"
step = [
  { id = "mail", technique = "T1566.001", retries = 9 },
  { id = "home", technique = "T1071.001", after = ["mail"], objective = true },
]
"#;

fn office(name: &str) -> Scenario {
    mats_scenario::parse(&OFFICE.replace("NAME", name), "office.toml").unwrap_or_else(|e| panic!("{e}"))
}

/// What an episode's campaigns set out to do: when they begin, and where they come from.
type Campaigns = Vec<(SimTime, u32)>;

fn campaigns(scenario: Scenario) -> Vec<Campaigns> {
    let mut world = World::new(Arc::new(Plan::new(scenario)));
    let of = |seed| {
        world.reset(seed);
        world.attackers().iter().map(|c| (c.onset, c.site.0)).collect()
    };
    SEEDS.map(of).collect()
}

fn benign(telemetry: &Telemetry) -> Vec<String> {
    let records = telemetry.records.iter().zip(&telemetry.labels);
    // What the feed tells of attackers counts as benign, too.
    let lived = records.filter(|(r, l)| **l == Label::BENIGN && !matches!(r.body, Body::Intel(_)));
    lived.map(|(record, _)| format!("{record:?}")).collect()
}

#[test]
fn scenarios_of_different_names_share_neither_onsets_nor_sites_nor_whether_there_is_an_attack() {
    let (one, other) = (campaigns(office("one")), campaigns(office("other")));
    let attacked = |all: &[Campaigns]| all.iter().map(|c| !c.is_empty()).collect::<Vec<_>>();
    let pairs = attacked(&one).into_iter().zip(attacked(&other));
    let differ = pairs.filter(|(a, b)| a != b).count();
    // Of 60 tosses of two coins 30 differ, and hardly ever fewer than 15 or more than 45.
    assert!((15..=45).contains(&differ), "{differ} of 60 episodes are attacked in one of the two only");
    for (seed, (a, b)) in
        one.iter().zip(&other).enumerate().filter(|(_, (a, b))| !a.is_empty() && !b.is_empty())
    {
        assert!(a[0].0 != b[0].0 && a[0].1 != b[0].1, "seed {seed}: {a:?} and {b:?}");
    }
    let day = |name: &str| benign(&undefended(&mut World::new(Arc::new(Plan::new(office(name)))), 1));
    let (one, other) = (day("one"), day("other"));
    assert!(one.iter().all(|record| !other.contains(record)), "people live the same lives");
}

#[test]
fn a_shipped_day_without_attacks_is_no_other_scenario_s_background() {
    let day = |name: &str| benign(&undefended(&mut World::new(Arc::new(Plan::new(scenario(name)))), 2));
    let (quiet, ransomware) = (day("quiet-day"), day("ransomware"));
    let mut sorted = ransomware;
    sorted.sort_unstable();
    let shared = quiet.iter().filter(|record| sorted.binary_search(record).is_ok()).count();
    assert_eq!(shared, 0, "of {}", quiet.len());
}

#[test]
fn variants_of_one_name_meet_the_same_attackers_and_users() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = folder.path().join("base.toml");
    let variant = folder.path().join("variant.toml");
    fs::write(&base, OFFICE.replace("NAME", "base")).expect("written");
    let text = "extends = \"base.toml\"\n[scenario]\ntitle = \"more analysts\"\n[response]\nanalysts = 3\n";
    fs::write(&variant, text).expect("written");
    let load = |path| mats_scenario::load(path).unwrap_or_else(|e| panic!("{e}"));
    // As `--set` would have it.
    let mut set = load(&base);
    set.response.analysts = 5;
    set.reward.settlement_hours *= 2.0;
    for other in [load(&variant), set] {
        assert_ne!(other.response.analysts, load(&base).response.analysts);
        assert_eq!(campaigns(other.clone()), campaigns(load(&base)));
        let day = |scenario| {
            let telemetry = undefended(&mut World::new(Arc::new(Plan::new(scenario))), 4);
            telemetry.records.iter().map(|record| format!("{record:?}")).collect::<Vec<_>>()
        };
        assert_eq!(day(other), day(load(&base)));
    }
}

#[test]
fn a_benign_twin_lives_the_same_day_without_its_campaigns() {
    let mut world = World::new(Arc::new(Plan::new(scenario("tutorial"))));
    let mut attacked = 0;
    for seed in 0..6 {
        let day = undefended(&mut world, seed);
        let begun = world.attackers().len();
        let mut twin = Telemetry::default();
        world.reset_benign(seed);
        world.advance(world.horizon(), &mut twin);
        assert!(world.attackers().is_empty());
        assert!(twin.labels.iter().all(|label| *label == Label::BENIGN));
        assert_eq!(benign(&day), benign(&twin), "seed {seed}");
        attacked += usize::from(begun > 0 && day.labels.iter().any(|label| *label != Label::BENIGN));
    }
    assert!(attacked >= 2, "{attacked} of 6 were attacked");
}
