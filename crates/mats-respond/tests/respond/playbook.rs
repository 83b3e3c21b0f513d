use mats_core::{
    Action, ActionMask, AssetClass, DomainId, Evidence, Explanation, HostId, News, PolicyKey, Severity,
    SimTime, ThreatId, ThreatIntel, ThreatKind, ThreatStatus, UserId,
};
use mats_respond::{Origin, PolicyTable, ResponseAgent};

const EVERYTHING: ActionMask = ActionMask([true; Action::COUNT]);

fn check(kind: ThreatKind, severity: Severity, asset: AssetClass, status: ThreatStatus, expected: Action) {
    let agent = ResponseAgent::new(PolicyTable::playbook());
    let key = PolicyKey { kind, severity, asset, status };
    assert_eq!(agent.decide(key, mats_core::FactSet::NONE, &EVERYTHING), expected, "{key:?}");
}

#[test]
fn every_key_is_answered_and_every_rule_answers_some_key() {
    let table = PolicyTable::playbook();
    let compiled = table.compile();
    let mut used = vec![0; table.rules.len()];
    for i in 0..PolicyKey::COUNT {
        let key = PolicyKey::from_index(i);
        let rule = table.rule_for(key).unwrap_or_else(|| panic!("no rule answers {key:?}"));
        used[rule] += 1;
        assert_eq!(compiled.ranking(key), &table.rules[rule].actions[..]);
        for facts in table.rules.iter().map(|rule| rule.has) {
            let rule = table.rule_with(key, facts).expect("facts take no rule away that asks for none");
            used[rule] += 1;
            assert_eq!(compiled.ranking_with(key, facts), &table.rules[rule].actions[..]);
        }
    }
    for (rule, keys) in table.rules.iter().zip(used) {
        assert!(keys > 0, "never reached: {rule:?}");
        assert_eq!((rule.learned, rule.pinned), (Origin::Playbook, false));
    }
    assert!((20..=40).contains(&table.rules.len()), "{} rules", table.rules.len());
}

#[test]
fn an_infected_workstation_is_isolated_rebuilt_and_given_back() {
    let on = |status, expected| {
        check(ThreatKind::Intrusion, Severity::High, AssetClass::Workstation, status, expected);
    };
    on(ThreatStatus::Fresh, Action::IsolateHost);
    on(ThreatStatus::Verified, Action::IsolateHost);
    on(ThreatStatus::Contained, Action::ReimageHost);
    on(ThreatStatus::Releasable, Action::Release);
}

#[test]
fn nothing_stays_contained_for_ever() {
    // Whatever the threat: contained leads to an action that treats, and treated leads to release.
    let compiled = PolicyTable::playbook().compile();
    for i in 0..PolicyKey::COUNT {
        let key = PolicyKey::from_index(i);
        let first = compiled.ranking(key)[0];
        match key.status {
            ThreatStatus::Contained => {
                let treats = [Action::KillProcess, Action::ReimageHost, Action::ResetCredentials];
                assert!(treats.contains(&first), "{key:?} {first:?}");
            }
            ThreatStatus::Releasable => assert_eq!(first, Action::Release, "{key:?}"),
            _ => {}
        }
    }
}

#[test]
fn critical_assets_are_never_isolated_or_rebuilt_blindly() {
    let compiled = PolicyTable::playbook().compile();
    for i in 0..PolicyKey::COUNT {
        let key = PolicyKey::from_index(i);
        if key.asset != AssetClass::Critical || key.status == ThreatStatus::Contained {
            continue;
        }
        for action in compiled.ranking(key) {
            assert!(!matches!(action, Action::IsolateHost | Action::ReimageHost), "{key:?}");
        }
    }
    let on = |kind, severity, status, expected| check(kind, severity, AssetClass::Critical, status, expected);
    on(ThreatKind::Movement, Severity::High, ThreatStatus::Fresh, Action::AlertAnalyst);
    on(ThreatKind::Impact, Severity::High, ThreatStatus::Fresh, Action::KillProcess);
}

#[test]
fn the_next_ranked_action_is_taken_when_the_first_is_not_allowed() {
    let agent = ResponseAgent::new(PolicyTable::playbook());
    let key = PolicyKey {
        kind: ThreatKind::Exfiltration,
        severity: Severity::High,
        asset: AssetClass::Workstation,
        status: ThreatStatus::Verified,
    };
    let mut mask = EVERYTHING;
    let mut taken = Vec::new();
    for _ in 0..5 {
        let action = agent.decide(key, mats_core::FactSet::NONE, &mask);
        taken.push(action);
        mask.0[action as usize] = action == Action::Monitor;
    }
    let expected =
        [Action::BlockDomain, Action::BlockIp, Action::IsolateHost, Action::KillProcess, Action::Monitor];
    assert_eq!(taken, expected);
}

#[test]
fn an_order_acts_upon_what_the_threat_names() {
    let intel = ThreatIntel {
        id: ThreatId(4),
        time: SimTime(9),
        first_seen: SimTime(3),
        host: HostId(2),
        user: Some(UserId(1)),
        address: None,
        domain: Some(DomainId(7)),
        image: None,
        kind: ThreatKind::Credential,
        severity: Severity::Medium,
        confidence: 0.6,
        evidence: Evidence::default(),
        explanation: Explanation::default(),
        news: News::New,
        detector: 1,
    };
    let key = PolicyKey {
        kind: intel.kind,
        severity: intel.severity,
        asset: AssetClass::Server,
        status: ThreatStatus::Verified,
    };
    let wanted =
        ResponseAgent::new(PolicyTable::playbook()).decide(key, mats_core::FactSet::NONE, &EVERYTHING);
    let order = ResponseAgent::respond(&intel, wanted, &EVERYTHING);
    assert_eq!((order.threat, order.action), (ThreatId(4), Action::ResetCredentials));
    assert_eq!((order.target.host, order.target.user), (HostId(2), Some(UserId(1))));
    assert_eq!((order.target.address, order.target.domain), (None, Some(DomainId(7))));
    // Whoever wants it: what the mask forbids comes down to watching.
    let forbidden = ResponseAgent::respond(&intel, Action::IsolateHost, &ActionMask::MONITOR);
    assert_eq!((forbidden.action, forbidden.target), (Action::Monitor, order.target));
}

#[test]
fn scan_and_kill_scans_every_alert_kills_what_is_found_and_does_nothing_else() {
    let table = PolicyTable::scan_kill();
    assert_eq!(table.rules.len(), 3);
    let compiled = table.compile();
    for i in 0..PolicyKey::COUNT {
        let key = PolicyKey::from_index(i);
        let alert = key.severity != Severity::Info;
        let expected = match key.status {
            ThreatStatus::Verified => Action::KillProcess,
            ThreatStatus::Contained | ThreatStatus::Releasable => Action::Monitor,
            _ if alert => Action::RunScan,
            _ => Action::Monitor,
        };
        assert_eq!(compiled.ranking(key)[0], expected, "{key:?}");
        assert_eq!(compiled.ranking(key).last(), Some(&Action::Monitor), "{key:?}");
    }
}
