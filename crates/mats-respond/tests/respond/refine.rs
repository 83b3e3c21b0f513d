use mats_core::{
    Action, AssetClass, PolicyKey, PolicyRefinement, RefinedRow, Severity, ThreatKind, ThreatStatus,
};
use mats_respond::{KeySet, Origin, PolicyTable, Rule};
use proptest::prelude::*;

fn key(severity: Severity, asset: AssetClass) -> PolicyKey {
    PolicyKey { kind: ThreatKind::Movement, severity, asset, status: ThreatStatus::Fresh }
}

fn row(key: PolicyKey, ranking: &[(Action, f32)], support: u32, confidence: f32) -> RefinedRow {
    RefinedRow { key, ranking: ranking.to_vec(), support, confidence }
}

fn refinement(version: u32, rows: Vec<RefinedRow>) -> PolicyRefinement {
    PolicyRefinement { version, rows }
}

fn first(table: &PolicyTable, key: PolicyKey) -> Action {
    table.compile().ranking(key)[0]
}

#[test]
fn keys_of_one_ranking_share_a_rule() {
    let scan = |value| [(Action::RunScan, value), (Action::Monitor, -9.0), (Action::BlockIp, -10.0)];
    let learnt = refinement(
        3,
        vec![
            row(key(Severity::Medium, AssetClass::Server), &scan(-1.0), 30, 0.5),
            row(key(Severity::High, AssetClass::Server), &scan(-5.0), 10, 0.9),
            row(key(Severity::High, AssetClass::Critical), &[(Action::AlertAnalyst, -2.0)], 7, 1.0),
        ],
    );
    let refined = PolicyTable::playbook().refine(&learnt);
    assert_eq!(refined.rules.len(), PolicyTable::playbook().rules.len() + 2);
    let shared = &refined.rules[refined.rule_for(key(Severity::High, AssetClass::Server)).unwrap()];
    assert_eq!(shared.when.keys().count(), 2);
    assert_eq!(shared.actions, [Action::RunScan, Action::Monitor], "what stands behind monitor is dropped");
    assert_eq!((shared.values.as_slice(), shared.support), ([-2.0, -9.0].as_slice(), Some(40)));
    assert!((shared.confidence.unwrap() - 0.6).abs() < 1e-6);
    assert_eq!(shared.learned, Origin::Refinement(3));
    assert_eq!(first(&refined, key(Severity::High, AssetClass::Critical)), Action::AlertAnalyst);
}

#[test]
fn pinned_rules_are_never_overridden() {
    let mut table = PolicyTable::playbook();
    let asked = key(Severity::High, AssetClass::Workstation);
    let rule = table.rule_for(asked).unwrap();
    table.rules[rule].pinned = true;
    let learnt = refinement(1, vec![row(asked, &[(Action::Monitor, 0.0)], 1000, 1.0)]);
    assert_eq!(table.refine(&learnt), table);
    table.rules[rule].pinned = false;
    assert_eq!(first(&table.refine(&learnt), asked), Action::Monitor);
}

#[test]
fn a_rule_pinned_later_takes_its_keys_back() {
    let asked = key(Severity::High, AssetClass::Workstation);
    let learnt = refinement(1, vec![row(asked, &[(Action::Monitor, 0.0)], 10, 1.0)]);
    let mut table = PolicyTable::playbook().refine(&learnt);
    for rule in &mut table.rules {
        rule.pinned = rule.learned == Origin::Playbook;
    }
    assert_eq!(first(&table.refine(&refinement(2, Vec::new())), asked), Action::IsolateHost);
}

#[test]
fn a_learnt_rule_can_be_pinned() {
    let asked = key(Severity::Low, AssetClass::Server);
    let mut table =
        PolicyTable::playbook().refine(&refinement(1, vec![row(asked, &[(Action::RunScan, 0.0)], 5, 1.0)]));
    let learnt = table.rules.iter_mut().find(|rule| rule.learned != Origin::Playbook);
    learnt.expect("it was put into the table").pinned = true;
    let later = table.refine(&refinement(2, vec![row(asked, &[(Action::Monitor, 0.0)], 5, 1.0)]));
    assert_eq!(later, table);
}

#[test]
fn a_later_refinement_replaces_the_same_key_and_keeps_the_others() {
    let (a, b) = (key(Severity::High, AssetClass::Server), key(Severity::Medium, AssetClass::Server));
    let scan = [(Action::RunScan, -1.0)];
    let one =
        PolicyTable::playbook().refine(&refinement(1, vec![row(a, &scan, 11, 0.5), row(b, &scan, 10, 0.5)]));
    let two = one.refine(&refinement(2, vec![row(a, &[(Action::KillProcess, -0.5)], 50, 0.8)]));
    assert_eq!((first(&two, a), first(&two, b)), (Action::KillProcess, Action::RunScan));
    let kept = &two.rules[two.rule_for(b).unwrap()];
    assert_eq!((kept.when, kept.learned), (KeySet::one(b), Origin::Refinement(1)));
    assert!([Some(10), Some(11)].contains(&kept.support));
    assert_eq!(two.rules.len(), PolicyTable::playbook().rules.len() + 2);
}

#[test]
fn rows_that_say_nothing_are_passed_over() {
    let asked = key(Severity::High, AssetClass::Server);
    let rows = vec![row(asked, &[], 5, 1.0), row(asked, &[(Action::RunScan, f32::NAN)], 5, 1.0)];
    assert_eq!(PolicyTable::playbook().refine(&refinement(1, rows)), PolicyTable::playbook());
}

fn rows() -> impl Strategy<Value = Vec<RefinedRow>> {
    let ranking = prop::collection::vec((0..Action::COUNT, -9.0f32..0.0), 1..3)
        .prop_map(|r| r.into_iter().map(|(a, v)| (Action::ALL[a], v)).collect::<Vec<_>>());
    let row = (0..PolicyKey::COUNT, ranking, 0u32..100, 0.0f32..1.0).prop_map(
        |(i, ranking, support, confidence)| RefinedRow {
            key: PolicyKey::from_index(i),
            ranking,
            support,
            confidence,
        },
    );
    prop::collection::vec(row, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn refined_tables_say_what_was_learnt_and_nothing_else(first in rows(), second in rows(), pinned in 0usize..34) {
        let mut base = PolicyTable::playbook();
        base.rules[pinned].pinned = true;
        let table = base.refine(&refinement(1, first.clone())).refine(&refinement(2, second.clone()));
        let (before, after) = (base.compile(), table.compile());
        for i in 0..PolicyKey::COUNT {
            let key = PolicyKey::from_index(i);
            let learnt = first.iter().chain(&second).rfind(|row| row.key == key);
            let expected = match learnt {
                Some(row) if !base.rules[base.rule_for(key).unwrap()].pinned => row.ranking[0].0,
                _ => before.ranking(key)[0],
            };
            prop_assert_eq!(after.ranking(key)[0], expected);
        }
        prop_assert_eq!(&PolicyTable::parse(&table.to_toml(), "again").unwrap(), &table);
        prop_assert_eq!(table.refine(&refinement(3, Vec::new())), table);
    }

    #[test]
    fn support_is_neither_lost_nor_made_up(rows in rows()) {
        let table = PolicyTable { rules: vec![Rule::new(KeySet::ALL, &[Action::Monitor])] }.refine(&refinement(1, rows.clone()));
        let total: u32 = table.rules.iter().filter_map(|rule| rule.support).sum();
        let last = |i: usize| rows.iter().rev().find(|row| row.key.index() == i).map_or(0, |row| row.support);
        prop_assert_eq!(total, (0..PolicyKey::COUNT).map(last).sum::<u32>());
    }
}
