//! What ships is valid, as large as it says, and documented.

use super::catalogue_guide;
use crate::shared_data::shared_data;
use mats_scenario::catalogue::Template;
use mats_scenario::{Scenario, Selector, load, parse, schema, show, starter};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn shipped(name: &str) -> Scenario {
    load(&folder().join(format!("{name}.toml"))).unwrap_or_else(|e| panic!("{e}"))
}

fn known() -> [&'static str; 19] {
    [
        "business-email-compromise",
        "c2-beaconing",
        "crypto-miner",
        "ddos",
        "domain-compromise",
        "insider-exfiltration",
        "living-off-the-land",
        "password-spraying",
        "patch-night",
        "quiet-day",
        "ransomware",
        "rdp-bruteforce",
        "ssh-bruteforce",
        "supply-chain",
        "tutorial",
        "two-at-once",
        "web-database-theft",
        "wiper",
        "worm",
    ]
}

#[test]
fn every_shipped_scenario_loads() {
    for (name, hosts, subnets) in [
        ("tutorial", 13..=13, 3),
        ("ransomware", 55..=65, 5),
        ("ssh-bruteforce", 28..=34, 4),
        ("insider-exfiltration", 30..=40, 4),
        ("quiet-day", 55..=65, 5),
    ] {
        let s = shipped(name);
        assert_eq!(s.name, name);
        assert!(hosts.contains(&s.hosts.len()), "{name} has {} hosts", s.hosts.len());
        assert_eq!(s.inventory.subnets.len(), subnets, "{name}");
        assert!(s.description.len() > 40 && !s.title.is_empty(), "{name} says what it teaches");
        assert_eq!((s.hosts.len(), s.users.len()), (s.inventory.hosts.len(), s.inventory.users.len()));
        for (i, host) in s.inventory.hosts.iter().enumerate() {
            let owner = host.owner.some();
            assert!(owner.is_none_or(|u| s.inventory.user(u).home.index() == i), "{name}: {}", host.name);
        }
        let ways = show(&s).matches("```mermaid").count();
        assert_eq!(ways, 1 + s.possible_attacks().len());
    }
}

#[test]
fn sizes_are_those_that_the_guide_tells() {
    let guide = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for name in known() {
        let s = shipped(name);
        let (hosts, hours) = (s.hosts.len(), s.horizon.hours());
        let hosts =
            if hosts >= 1000 { format!("{},{:03}", hosts / 1000, hosts % 1000) } else { hosts.to_string() };
        let row = format!("| `{name}.toml` | {hosts} | {hours} |");
        assert!(guide.contains(&row), "scenarios/README.md lacks the row {row}");
        assert_eq!(s.name, name);
        assert!(s.description.len() > 40 && !s.title.is_empty(), "{name} says what it teaches");
    }
}

#[test]
fn weaknesses_are_known_to_be_exploited() {
    let Some(table) = shared_data("kev/known_exploited_vulnerabilities.csv") else { return };
    let mut reader = csv::Reader::from_path(table).unwrap();
    let exploited: std::collections::BTreeSet<String> =
        reader.records().map(|r| r.unwrap()[0].to_owned()).collect();
    for name in known() {
        for weakness in &shipped(name).vulnerabilities {
            assert!(exploited.contains(&weakness.id), "{name}: {} is not known to be exploited", weakness.id);
        }
    }
}

#[test]
fn the_whole_folder_is_known_here() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.rsplit_once('.').is_some_and(|(_, e)| e == "toml"))
        .collect();
    names.sort();
    let known = known().map(|n| format!("{n}.toml"));
    assert_eq!(names, known, "add new scenarios to this test");
}

/// The organisations that scenarios take over are scenarios too, in which nobody attacks.
#[test]
fn every_world_is_a_quiet_scenario_that_others_extend() {
    let pages: Vec<String> = known()
        .iter()
        .map(|name| std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap())
        .collect();
    for entry in std::fs::read_dir(folder().join("worlds")).unwrap() {
        let path = entry.unwrap().path();
        let world = load(&path).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(path.file_name().unwrap(), format!("{}.toml", world.name).as_str());
        assert!(world.attacks.is_empty() && !world.title.is_empty(), "{}", world.name);
        let line = format!("\nextends = \"worlds/{}.toml\"\n", world.name);
        assert!(pages.iter().any(|page| page.contains(&line)), "{} is nobody's world", world.name);
    }
}

#[test]
fn a_scenario_is_a_page_that_begins_with_what_it_teaches() {
    for name in known() {
        let page = std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
        let lines = page.lines().count();
        assert!(lines <= 120, "{name} has {lines} lines: its organisation may go to worlds/");
        let teaches: Vec<&str> = page.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(teaches.len() >= 5, "{name}: {teaches:?}");
    }
}

#[test]
fn quiet_day_is_ransomware_without_campaigns() {
    let (loud, quiet) = (shipped("ransomware"), shipped("quiet-day"));
    assert_eq!(quiet.campaigns.count, [1.0]);
    assert_eq!(loud.inventory, quiet.inventory);
    assert_eq!(loud.behaviours, quiet.behaviours);
    assert_ne!(loud.campaigns, quiet.campaigns);
}

#[test]
fn ransomware_has_two_ways_in_and_spreads() {
    let s = shipped("ransomware");
    let ways_in: usize =
        s.attacks.iter().map(|a| a.steps.iter().filter(|x| x.after.is_empty()).count()).sum();
    assert!(ways_in >= 3, "{ways_in}");
    for attack in &s.attacks {
        let encrypt = attack.steps.iter().find(|x| x.id == "encrypt").unwrap();
        assert_eq!(encrypt.repeat, (6, 14));
        assert!(encrypt.objective && encrypt.damage > 0.0);
        assert!(attack.steps.iter().any(|x| x.after.len() > 1), "there are alternatives");
    }
}

#[test]
fn the_starter_teaches_every_table_a_first_scenario_needs() {
    let s = parse(starter(), "starter.toml").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(s.hosts.len(), 6);
    assert_eq!(s.inventory.hosts[0].name, "office-01");
    assert_eq!(s.attacks[0].steps[1].after, [0]);
    assert_eq!(s.attacks[0].steps[1].target, Selector::Hosts(vec![mats_core::HostId(4)]));
}

#[test]
fn defaults_are_those_of_the_defaults_file() {
    let s = parse(starter(), "starter.toml").unwrap();
    let isolate = s.response.actions[mats_core::Action::IsolateHost as usize];
    assert_eq!((isolate.minutes, isolate.failure, isolate.cost), (3.0, 0.03, 0.2));
    assert_eq!(s.response.patrol, mats_core::Duration::from_minutes(60));
    assert_eq!(s.response.approval, [mats_core::Action::ReimageHost]);
    assert_eq!((s.reward.foothold_share, s.reward.account_hour), (0.5, [2.0, 8.0]));
    assert_eq!(s.campaigns.count, [0.4, 0.5, 0.1]);
    // One key changed leaves its neighbours alone.
    let text = format!("{}\n[response.actions.isolate_host]\nminutes = 7\n", starter());
    let changed =
        parse(&text, "changed.toml").unwrap().response.actions[mats_core::Action::IsolateHost as usize];
    assert_eq!((changed.minutes, changed.failure, changed.cost), (7.0, 0.03, 0.2));
}

#[test]
fn the_schema_knows_every_table_and_its_defaults() {
    let schema = schema();
    let required: Vec<&str> =
        schema["else"]["required"].as_array().unwrap().iter().filter_map(|v| v.as_str()).collect();
    assert_eq!(required, ["scenario"]);
    let isolate = &schema["properties"]["response"]["properties"]["actions"]["properties"]["isolate_host"];
    assert_eq!(isolate["properties"]["failure"]["default"], 0.03);
    assert_eq!(schema["properties"]["reward"]["properties"]["credit"]["default"], "incident");
    assert!(schema["$defs"]["HostTable"]["properties"]["count"]["description"].is_string());
}

#[test]
fn the_guide_names_every_table_and_key() {
    let guide = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let schema = schema();
    let mut keys = Vec::new();
    collect(&schema, &mut keys);
    let behaviours: Vec<String> = mats_scenario::behaviours().into_iter().map(|b| b.name).collect();
    for key in keys.iter().filter(|key| !behaviours.contains(key)) {
        assert!(guide.contains(&format!("`{key}`")), "scenarios/README.md lacks the key `{key}`");
    }
    for name in known() {
        assert!(guide.contains(&format!("`{name}.toml`")), "scenarios/README.md lacks {name}.toml");
    }
}

#[test]
fn the_catalogue_is_described_as_it_is() {
    let path = folder().join("CATALOGUE.md");
    let text = catalogue_guide::text();
    if std::env::var_os("MATS_UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "scenarios/CATALOGUE.md is out of date: run this test with MATS_UPDATE=1");
}

#[test]
fn the_scenario_that_the_guide_builds_is_valid() {
    let guide = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let (_, rest) = guide.split_once("## Build one").unwrap();
    let (section, _) = rest.split_once("\n## ").unwrap();
    let blocks: Vec<&str> =
        section.split("```toml\n").skip(1).map(|b| b.split_once("```").unwrap().0).collect();
    assert!(blocks.len() >= 4);
    let s = parse(&blocks.concat(), "my.toml").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((s.attacks.len(), s.attacks[0].steps.len()), (1, 5));
}

/// All keys of all tables of a schema.
fn collect(schema: &serde_json::Value, keys: &mut Vec<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        keys.extend(properties.keys().cloned());
        properties.values().for_each(|p| collect(p, keys));
    }
    if let Some(definitions) = schema["$defs"].as_object() {
        definitions.values().for_each(|d| collect(d, keys));
    }
}

#[test]
fn all_templates_are_lived() {
    let lived: std::collections::BTreeSet<Template> =
        mats_scenario::behaviours().iter().flat_map(|b| b.emits.iter().map(|e| e.template)).collect();
    assert_eq!(lived.len(), Template::DnsTunnel as usize + 1, "every template occurs in benign life");
}

#[test]
fn what_a_file_says_passes_as_a_record() {
    for name in known() {
        assert_eq!(mats_scenario::integrity::check(&shipped(name)), Ok(()), "{name}");
    }
    let start = parse(starter(), "starter").unwrap();
    assert_eq!(mats_scenario::integrity::check(&start), Ok(()));
}

#[test]
fn what_no_file_can_say_is_refused_in_a_record() {
    type Change = fn(&mut Scenario);
    let changes: [(&str, Change); 12] = [
        ("response.analysts", |s| s.response.analysts = u32::MAX),
        ("hosts", |s| _ = s.hosts.pop()),
        ("inventory.hosts[0].subnet", |s| s.inventory.hosts[0].subnet = mats_core::SubnetId(4_000_000)),
        ("attacks[0].steps[0].technique", |s| s.attacks[0].steps[0].technique = 9999),
        ("attacks[0].steps[1].after", |s| s.attacks[0].steps[1].after = vec![77]),
        ("horizon", |s| s.horizon = mats_core::Duration(u64::MAX)),
        ("reach.services", |s| _ = s.reach.services.pop()),
        ("inventory.users[0].home", |s| s.inventory.users[0].home = mats_core::HostId(u32::MAX)),
        ("campaigns.count", |s| s.campaigns.count = vec![0.2]),
        ("intel.delay_hours", |s| s.intel.delay_hours = f64::NAN),
        ("response.actions", |s| s.response.actions.clear()),
        ("name", |s| s.name = "../up".to_owned()),
    ];
    for (place, change) in changes {
        let mut scenario = shipped("tutorial");
        change(&mut scenario);
        let error = mats_scenario::integrity::check(&scenario).unwrap_err();
        assert!(error.place.starts_with(place), "{place}: {error}");
    }
}
