use mats_core::{Action, PolicyKey, ThreatStatus};
use mats_respond::{KeySet, Origin, PolicyTable, Rule};
use proptest::prelude::*;

fn problems(text: &str) -> String {
    PolicyTable::parse(text, "policy.toml").expect_err("must be refused").to_string()
}

#[test]
fn every_mistake_is_reported_at_its_place_with_what_would_be_right() {
    let text = r#"[[rule]]
kind = ["intrusion", "malware"]
severity = "high"
actions = ["isolate", "monitor", "monitor"]
values = [-1.0]
confidence = 1.5

[[rule]]
status = []
prio = 3
support = -1
learned = "yesterday"
pinned = "yes"
values = [nan]

[rules]
"#;
    insta::assert_snapshot!(problems(text));
}

#[test]
fn broken_toml_is_refused_with_its_place() {
    let text = problems("[[rule]]\nactions = [\"monitor\"\n");
    assert!(text.starts_with("policy.toml:2:21: unclosed array"), "{text}");
}

#[test]
fn of_many_mistakes_some_are_listed_and_all_are_counted() {
    let text = "[[rule]]\nkind = 1\nactions = [\"monitor\"]\n".repeat(20_000);
    let told = problems(&text);
    assert_eq!(told.lines().count(), 20, "{told}");
    assert!(told.ends_with("; 19980 more problems are not listed"), "{told}");
}

#[test]
fn a_file_without_rules_is_refused() {
    assert_eq!(
        problems("# nothing here\n"),
        "policy.toml:1:1: the file holds no rule; write at least one [[rule]]"
    );
    let as_number = "policy.toml:1:8: `rule` must be written [[rule]], once for each rule";
    assert_eq!(problems("rule = 3\n"), as_number);
    assert_eq!(problems("rule = [1]\n"), "policy.toml:1:9: a rule must be a table: write [[rule]]");
}

#[test]
fn rules_that_can_never_match_are_told_with_those_above_them() {
    let text = "[[rule]]\nstatus = [\"verified\"]\nactions = [\"kill_process\"]\n\n\
                [[rule]]\nseverity = [\"high\"]\nactions = [\"run_scan\"]\n\n\
                [[rule]]\nstatus = [\"verified\"]\nasset = [\"server\"]\nactions = [\"isolate_host\"]\n\n\
                [[rule]]\nseverity = [\"high\"]\nkind = [\"impact\"]\nactions = [\"isolate_host\"]\n\n\
                [[rule]]\nactions = [\"monitor\"]\n";
    let (table, doubts) = PolicyTable::parse_with_doubts(text, "my.toml").unwrap();
    assert_eq!(table.rules.len(), 5);
    let told: Vec<String> = doubts.iter().map(ToString::to_string).collect();
    let [one, two] = &told[..] else { panic!("not two doubts: {told:?}") };
    assert!(
        one.starts_with("my.toml:9:1: this rule can never match: the rule above it on line 1 takes"),
        "{one}"
    );
    assert!(
        two.starts_with("my.toml:14:1: this rule can never match: the rules above it on line 1, 5 take"),
        "{two}"
    );
    // What is taken from it in part only may match.
    let part =
        "[[rule]]\nseverity = [\"high\"]\nactions = [\"run_scan\"]\n[[rule]]\nactions = [\"monitor\"]\n";
    assert_eq!(PolicyTable::parse_with_doubts(part, "my.toml").unwrap().1, []);
    assert_eq!(PolicyTable::playbook().shadowed(), []);
}

#[test]
fn columns_count_characters() {
    let text = problems("[[rule]]\nactions = [\"monitor\", \"zurück\", \"weg\"]\n");
    assert!(text.contains("policy.toml:2:23: unknown action `zurück`"), "{text}");
    assert!(text.contains("policy.toml:2:33: unknown action `weg`"), "{text}");
}

#[test]
fn the_playbook_survives_the_round_trip() {
    let table = PolicyTable::playbook();
    assert_eq!(PolicyTable::parse(&table.to_toml(), "again").unwrap(), table);
}

#[test]
fn a_learnt_rule_reads_well() {
    let text = "[[rule]]\nnote = \"a \\\"quoted\\\" word\"\nasset = [\"server\"]\nactions = [\"run_scan\", \"monitor\"]\n\
                values = [-3, -4.5]\nsupport = 120\nconfidence = 0.75\nlearned = \"refinement 2\"\npinned = true\n";
    insta::assert_snapshot!(PolicyTable::parse(text, "t").unwrap().to_toml());
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    Just(Action::ALL.to_vec())
        .prop_shuffle()
        .prop_flat_map(|all| (1..=Action::COUNT).prop_map(move |n| all[..n].to_vec()))
}

fn rule() -> impl Strategy<Value = Rule> {
    let key = (0..PolicyKey::COUNT).prop_map(|i| KeySet::one(PolicyKey::from_index(i)));
    let number = any::<f32>().prop_filter("finite", |x| x.is_finite());
    (
        prop_oneof![key, Just(KeySet::ALL)],
        actions(),
        prop::option::of(prop::collection::vec(number, Action::COUNT)),
        prop::option::of(any::<u32>()),
        prop::option::of(0.0f32..=1.0),
        prop::option::of(any::<u32>()),
        any::<bool>(),
        prop::option::of(any::<String>()),
    )
        .prop_map(|(when, actions, values, support, confidence, version, pinned, note)| Rule {
            values: values.map_or(Vec::new(), |v| v[..actions.len()].to_vec()),
            support,
            confidence,
            learned: version.map_or(Origin::Playbook, Origin::Refinement),
            pinned,
            note,
            ..Rule::new(when, &actions)
        })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(rules in prop::collection::vec(rule(), 1..8)) {
        let table = PolicyTable { rules };
        prop_assert_eq!(PolicyTable::parse(&table.to_toml(), "again").unwrap(), table);
    }

    #[test]
    fn junk_never_panics(text in "[\\[\\]a-z=\"\\n ,0-9.]{0,200}") {
        let _ = PolicyTable::parse(&text, "junk");
        let _ = PolicyTable::parse(&format!("[[rule]]\n{text}"), "junk");
    }
}

#[test]
fn rules_may_ask_for_facts() {
    use mats_core::{Fact, FactSet};
    let text = "[[rule]]\nstatus = [\"treated\"]\nhas = [\"exposed\"]\nlacks = [\"reset\"]\nactions = [\"reset_exposed\"]\n[[rule]]\nactions = [\"monitor\"]\n";
    let table = PolicyTable::parse(text, "facts").unwrap();
    assert_eq!(PolicyTable::parse(&table.to_toml(), "again").unwrap(), table);
    assert!(table.shadowed().is_empty());
    let key =
        (0..PolicyKey::COUNT).map(PolicyKey::from_index).find(|k| k.status == ThreatStatus::Treated).unwrap();
    let compiled = table.compile();
    let first = |facts: &[Fact]| compiled.ranking_with(key, facts.iter().copied().collect())[0];
    assert_eq!(first(&[]), Action::Monitor);
    assert_eq!(first(&[Fact::Exposed, Fact::Killed]), Action::ResetExposed);
    assert_eq!(first(&[Fact::Exposed, Fact::Reset]), Action::Monitor);
    assert_eq!(compiled.ranking_with(key, FactSet::NONE), compiled.ranking(key));
    assert_eq!(table.rules[0].condition(), "status treated; has exposed; lacks reset");
    for (line, complaint) in [
        ("has = [\"exposd\"]", "unknown fact `exposd`; did you mean `exposed`?"),
        (
            "has = [\"killed\"]\nlacks = [\"killed\"]",
            "the rule `has` and `lacks` `killed`, so it never matches",
        ),
        ("has = \"killed\"", "`has` must be a list of names of facts"),
    ] {
        let text = format!("[[rule]]\n{line}\nactions = [\"monitor\"]\n");
        let error = PolicyTable::parse(&text, "facts").unwrap_err().to_string();
        assert!(error.contains(complaint), "{error}");
    }
}
