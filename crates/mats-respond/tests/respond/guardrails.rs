use mats_core::{
    Action, ActionMask, AssetClass, Duration, HostId, HostInfo, Inventory, Os, SimTime, SubnetId,
    ThreatStatus, UserId,
};
use mats_respond::Guardrails;
use mats_respond::guardrails::UNLIMITED;
use proptest::prelude::*;

fn inventory() -> Inventory {
    let host = |name: &str, never_isolate| HostInfo {
        name: name.to_owned(),
        subnet: SubnetId(0),
        os: Os::Linux,
        class: AssetClass::Server,
        value: 1.0,
        never_isolate,
        owner: UserId::NONE,
    };
    Inventory { hosts: vec![host("web", false), host("dc", true)], ..Inventory::default() }
}

/// The actions taken out of a full mask.
fn forbidden(rails: &Guardrails, host: u32, status: ThreatStatus, minute: u64) -> Vec<Action> {
    let mut mask = ActionMask([true; Action::COUNT]);
    rails.restrict(&mut mask, HostId(host), status, SimTime::ZERO + Duration::from_minutes(minute));
    Action::ALL.into_iter().filter(|&action| !mask.allows(action)).collect()
}

fn at(minute: u64) -> SimTime {
    SimTime::ZERO + Duration::from_minutes(minute)
}

const DISRUPTIVE: [Action; 7] = [
    Action::BlockIp,
    Action::BlockDomain,
    Action::KillProcess,
    Action::DisableAccount,
    Action::IsolateHost,
    Action::PatchHost,
    Action::ReimageHost,
];

#[test]
fn listed_assets_are_never_isolated_or_rebuilt() {
    let rails = Guardrails::new(&inventory(), 10, &[]);
    assert_eq!(forbidden(&rails, 0, ThreatStatus::Verified, 0), []);
    assert_eq!(forbidden(&rails, 1, ThreatStatus::Verified, 0), [Action::IsolateHost, Action::ReimageHost]);
}

#[test]
fn the_hourly_limit_frees_up_an_hour_after_the_oldest_action() {
    let mut rails = Guardrails::new(&inventory(), 2, &[]);
    rails.note(Action::IsolateHost, at(0));
    rails.note(Action::RunScan, at(1));
    rails.note(Action::AlertAnalyst, at(1));
    assert_eq!(forbidden(&rails, 0, ThreatStatus::Fresh, 1), []);
    rails.note(Action::KillProcess, at(20));
    assert_eq!(forbidden(&rails, 0, ThreatStatus::Fresh, 59), DISRUPTIVE);
    assert_eq!(forbidden(&rails, 0, ThreatStatus::Fresh, 60), []);
    rails.note(Action::BlockIp, at(60));
    assert_eq!(forbidden(&rails, 0, ThreatStatus::Fresh, 79), DISRUPTIVE);
    assert_eq!(forbidden(&rails, 0, ThreatStatus::Fresh, 80), []);
    rails.note(Action::BlockIp, at(80));
    rails.reset();
    assert_eq!(forbidden(&rails, 0, ThreatStatus::Fresh, 80), []);
}

#[test]
fn a_limit_of_zero_forbids_and_a_huge_one_permits() {
    assert_eq!(forbidden(&Guardrails::new(&inventory(), 0, &[]), 0, ThreatStatus::Fresh, 0), DISRUPTIVE);
    let mut rails = Guardrails::new(&inventory(), UNLIMITED, &[]);
    (0..10_000).for_each(|_| rails.note(Action::IsolateHost, at(0)));
    assert_eq!(forbidden(&rails, 0, ThreatStatus::Fresh, 0), []);
}

#[test]
fn approval_asks_for_a_finding_first() {
    let rails = Guardrails::new(&inventory(), 10, &[Action::ReimageHost, Action::Monitor]);
    for status in ThreatStatus::ALL {
        let before_any =
            matches!(status, ThreatStatus::Fresh | ThreatStatus::Watched | ThreatStatus::Cleared);
        let expected = if before_any { vec![Action::ReimageHost] } else { vec![] };
        assert_eq!(forbidden(&rails, 0, status, 0), expected, "{status:?}");
    }
}

#[test]
fn what_is_impossible_stays_impossible() {
    let mut mask = ActionMask([false; Action::COUNT]);
    Guardrails::new(&inventory(), 10, &[]).restrict(&mut mask, HostId(0), ThreatStatus::Verified, at(0));
    assert_eq!(mask, ActionMask::MONITOR);
}

proptest! {
    #[test]
    fn no_hour_holds_more_than_the_limit_and_a_snapshot_goes_on(
        gaps in prop::collection::vec(0u64..40, 1..80), limit in 0u32..6, cut in 0usize..80,
    ) {
        let mut rails = Guardrails::new(&inventory(), limit, &[]);
        let (mut now, mut taken) = (0, Vec::new());
        for (i, gap) in gaps.into_iter().enumerate() {
            now += gap;
            if i == cut {
                rails = serde_json::from_str(&serde_json::to_string(&rails).unwrap()).unwrap();
            }
            let recent = taken.iter().filter(|&&t| now - t < 60).count();
            let allowed = forbidden(&rails, 0, ThreatStatus::Fresh, now).is_empty();
            prop_assert_eq!(allowed, recent < limit as usize);
            if allowed {
                rails.note(Action::IsolateHost, at(now));
                taken.push(now);
            }
        }
    }
}
