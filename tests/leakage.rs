//! No single record gives an attacker away: what tells is what comes together, and in which order.

use crate::support::{plan, undefended};
use mats_core::telemetry::Pattern;
use mats_core::{Addr, Body, DomainId, Record, UserId};
use mats_detect::votes::{CLASSES, ClassModel, class_of};
use mats_lab::gather::{GatherSettings, gather};
use mats_lab::seeds::{Purpose, seed};
use mats_models::forest::ForestParams;
use mats_results::metrics::window::{average_precision, roc_auc, tied_groups};
use mats_sim::plan::POPULAR_SITES;
use mats_sim::{Label, World};
use ndarray::aview2;
use std::collections::{BTreeMap, BTreeSet};

/// The most that a tree on the fields of one record may tell.
const MOST: f64 = 0.9;
const DEPTH: u32 = 3;
/// Benign records kept: one in so many. All malicious ones are.
const SHARE: usize = 4;

const FIELDS: usize = 14;
/// The fields of a record as numbers; kinds of telemetry share columns, for trees are grown kind by kind.
type Fields = [f64; FIELDS];

/// The kind of telemetry and every field but machine, account and times. An account only shows as named or not.
fn fields(body: &Body) -> (usize, Fields) {
    let flag = |b: bool| f64::from(u8::from(b));
    let place = |a: Addr| [flag(a.is_internal()), f64::from(a.0)];
    let named = |u: UserId| flag(u.some().is_some());
    let mut out = [0.0; FIELDS];
    let mut put = |values: &[f64]| out[..values.len()].copy_from_slice(values);
    let kind = match body {
        Body::Flow(f) => {
            let [internal, peer] = place(f.peer);
            put(&[
                internal,
                peer,
                f64::from(f.domain.0),
                flag(f.domain != DomainId::NONE),
                f64::from(f.bytes_out),
                f64::from(f.bytes_in),
                f64::from(f.duration_ms),
                f64::from(f.port),
                f.service as usize as f64,
                f.state as usize as f64,
                flag(f.outbound),
            ]);
            0
        }
        Body::Event(e) => {
            let (image, parent) = (e.image as usize as f64, e.parent as usize as f64);
            put(&[e.code as usize as f64, image, parent, f64::from(e.amount), named(e.user)]);
            1
        }
        Body::Login(l) => {
            let [internal, source] = place(l.source);
            put(&[named(l.user), internal, source, l.kind as usize as f64, flag(l.success)]);
            2
        }
        Body::Config(c) => {
            put(&[c.item as usize as f64, named(c.user), f64::from(c.value)]);
            3
        }
        Body::Intel(i) => {
            let what = match i.pattern {
                Pattern::Address(a) => f64::from(a.0),
                Pattern::Domain(d) => f64::from(d.0),
            };
            put(&[what, f64::from(i.confidence)]);
            4
        }
    };
    (kind, out)
}

const KINDS: [&str; 5] = ["flow", "event", "login", "config", "intel"];
/// Columns that are names, not quantities: each value may be told from all others.
const NAMES: [&[usize]; 5] = [&[7, 8, 9], &[0, 1, 2], &[3], &[0], &[]];

/// A record to learn from.
#[derive(Clone)]
struct Example {
    fields: Fields,
    red: bool,
}

/// The single records of some episodes, by kind of telemetry.
fn examples(world: &mut World, purpose: Purpose, episodes: u64) -> [Vec<Example>; 5] {
    let mut all: [Vec<Example>; 5] = Default::default();
    let (mut with_attack, mut number) = (0, 0);
    while with_attack < episodes {
        let telemetry = undefended(world, seed(purpose, 1, number));
        number += 1;
        let red = |l: &Label| *l != Label::BENIGN;
        if !telemetry.labels.iter().any(red) {
            continue;
        }
        with_attack += 1;
        for (i, (record, label)) in telemetry.records.iter().zip(&telemetry.labels).enumerate() {
            if red(label) || i % SHARE == 0 {
                let (kind, fields) = fields(&record.body);
                all[kind].push(Example { fields, red: red(label) });
            }
        }
    }
    all
}

/// A question about one field.
#[derive(Clone, Copy)]
enum Question {
    Below(usize, f64),
    Is(usize, f64),
}

impl Question {
    fn answer(self, fields: &Fields) -> bool {
        match self {
            Question::Below(column, cut) => fields[column] < cut,
            Question::Is(column, value) => fields[column] == value,
        }
    }
}

/// A classification tree (Breiman et al. 1984), grown greedily by the weighted Gini impurity; both classes weigh
/// the same in all.
enum Tree {
    Leaf(f64),
    Node(Question, Box<(Tree, Tree)>),
}

/// Weights of green and red.
type Mass = [f64; 2];

fn impurity([green, red]: Mass) -> f64 {
    let all = green + red;
    if all > 0.0 { 2.0 * green * red / all } else { 0.0 }
}

impl Tree {
    fn grow(examples: &[Example], names: &[usize]) -> Tree {
        let reds = examples.iter().filter(|e| e.red).count().max(1) as f64;
        let greens = (examples.len() as f64 - reds).max(1.0);
        Tree::split(examples.iter().collect(), names, [1.0 / greens, 1.0 / reds], DEPTH)
    }

    fn split(examples: Vec<&Example>, names: &[usize], weight: Mass, depth: u32) -> Tree {
        let mut whole = [0.0; 2];
        for e in &examples {
            whole[usize::from(e.red)] += weight[usize::from(e.red)];
        }
        let mut best = (impurity(whole) - 1e-9, None);
        for column in (0..FIELDS).filter(|_| depth > 0) {
            best_question(&examples, column, names.contains(&column), weight, whole, &mut best);
        }
        let Some(question) = best.1 else { return Tree::Leaf(whole[1] / (whole[0] + whole[1]).max(1e-300)) };
        let (yes, no) = examples.into_iter().partition(|e| question.answer(&e.fields));
        let branch = |part| Tree::split(part, names, weight, depth - 1);
        Tree::Node(question, Box::new((branch(yes), branch(no))))
    }

    fn score(&self, fields: &Fields) -> f64 {
        match self {
            Tree::Leaf(share) => *share,
            Tree::Node(question, branches) => {
                if question.answer(fields) {
                    branches.0.score(fields)
                } else {
                    branches.1.score(fields)
                }
            }
        }
    }
}

fn best_question(
    examples: &[&Example],
    column: usize,
    is_name: bool,
    weight: Mass,
    whole: Mass,
    best: &mut (f64, Option<Question>),
) {
    let mut sorted: Vec<(f64, bool)> = examples.iter().map(|e| (e.fields[column], e.red)).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = [0.0; 2];
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        let mut here = [0.0; 2];
        for e in group {
            here[usize::from(e.1)] += weight[usize::from(e.1)];
        }
        let mut ask = |part: Mass, question| {
            let left = impurity(part) + impurity([whole[0] - part[0], whole[1] - part[1]]);
            if left < best.0 {
                *best = (left, Some(question));
            }
        };
        ask(below, Question::Below(column, group[0].0));
        if is_name {
            ask(here, Question::Is(column, group[0].0));
        }
        below = [below[0] + here[0], below[1] + here[1]];
    }
}

fn auc(tree: &Tree, examples: &[Example]) -> Option<f64> {
    let cells: Vec<(f32, bool)> = examples.iter().map(|e| (tree.score(&e.fields) as f32, e.red)).collect();
    roc_auc(tied_groups(&cells).into_iter())
}

/// All kinds of telemetry in one: the kind is one more column.
fn pooled(examples: &[Vec<Example>; 5]) -> Vec<Example> {
    let widen = |(kind, list): (usize, &Vec<Example>)| {
        let wide = move |e: &Example| {
            let mut fields = e.fields;
            fields[FIELDS - 1] = kind as f64;
            Example { fields, red: e.red }
        };
        list.iter().map(wide).collect::<Vec<_>>()
    };
    examples.iter().enumerate().flat_map(widen).collect()
}

/// `kinds` are those with enough malicious records to tell about, so that none drops out unseen.
fn check(name: &str, episodes: u64, kinds: &[&str]) {
    let mut world = World::new(plan(name));
    let training = examples(&mut world, Purpose::Train, episodes);
    let testing = examples(&mut world, Purpose::Evaluate, episodes);
    let pool = pooled(&training);
    assert!(pool.iter().filter(|e| e.red).count() > 200, "{name}: too little of the attack");
    let tree = Tree::grow(&pool, &[FIELDS - 1]);
    let all = auc(&tree, &pooled(&testing)).expect("there is red and green");
    let mut told = vec![("all", all)];
    for kind in 0..KINDS.len() {
        let reds = |list: &[Example]| list.iter().filter(|e| e.red).count();
        if reds(&training[kind]) >= 30 && reds(&testing[kind]) >= 30 {
            let tree = Tree::grow(&training[kind], NAMES[kind]);
            told.push((KINDS[kind], auc(&tree, &testing[kind]).expect("there is red and green")));
        }
    }
    println!("{name}: {told:.3?}");
    assert_eq!(
        told[1..].iter().map(|t| t.0).collect::<Vec<_>>(),
        kinds,
        "{name}: other kinds are told about"
    );
    for (kind, auc) in told {
        assert!(auc <= MOST, "{name}, {kind}: single records tell red from green with ROC-AUC {auc:.3}");
    }
}

#[test]
fn single_records_of_ransomware_do_not_give_it_away() {
    check("ransomware", 10, &["flow", "event", "login", "config"]);
}

#[test]
fn single_records_of_ssh_bruteforce_do_not_give_it_away() {
    check("ssh-bruteforce", 6, &["flow", "event", "login", "config"]);
}

#[test]
fn single_records_of_insider_exfiltration_do_not_give_it_away() {
    check("insider-exfiltration", 8, &["flow", "event", "login"]);
}

#[test]
fn the_tree_would_find_a_leak() {
    let mut world = World::new(plan("tutorial"));
    let leak = |mut examples: [Vec<Example>; 5]| {
        // Attackers use a port of their own on every other flow.
        examples[0].iter_mut().filter(|e| e.red).step_by(2).for_each(|e| e.fields[7] = 31337.0);
        std::mem::take(&mut examples[0])
    };
    let training = leak(examples(&mut world, Purpose::Train, 3));
    let testing = leak(examples(&mut world, Purpose::Evaluate, 3));
    let with = auc(&Tree::grow(&training, NAMES[0]), &testing).expect("there is red and green");
    let plain = examples(&mut world, Purpose::Train, 3);
    let without = auc(&Tree::grow(&plain[0], NAMES[0]), &examples(&mut world, Purpose::Evaluate, 3)[0]);
    assert!(without.is_some_and(|a| with > a + 0.05), "{with} with a leak, {without:?} without");
}

/// Kind of a record, as far as names go: everything but quantities.
type Family = (usize, [i64; 5]);

fn family(record: &Record) -> Family {
    let (kind, f) = fields(&record.body);
    let n = |i: usize| f[i] as i64;
    let names = match kind {
        0 => [n(0), n(3), n(7), n(8), n(10)],
        1 => [n(0), n(1), n(2), 0, 0],
        2 => [n(1), n(3), n(4), 0, 0],
        _ => [n(0), 0, 0, 0, 0],
    };
    (kind, names)
}

/// The columns of a kind that are quantities.
const QUANTITIES: [&[usize]; 5] = [&[4, 5, 6], &[3], &[], &[2], &[]];

#[test]
fn every_record_of_an_attack_has_a_benign_twin_with_overlapping_ranges() {
    for (name, episodes) in [("ransomware", 8), ("ssh-bruteforce", 12), ("insider-exfiltration", 12)] {
        let mut world = World::new(plan(name));
        let mut ranges: BTreeMap<Family, [(f64, f64); FIELDS]> = BTreeMap::new();
        let mut reds: Vec<Record> = Vec::new();
        for episode in 0..episodes {
            let telemetry = undefended(&mut world, seed(Purpose::Train, 2, episode));
            for (record, label) in telemetry.records.iter().zip(&telemetry.labels) {
                if *label != Label::BENIGN {
                    reds.push(*record);
                    continue;
                }
                let (_, values) = fields(&record.body);
                let none = [(f64::INFINITY, f64::NEG_INFINITY); FIELDS];
                let known = ranges.entry(family(record)).or_insert(none);
                for (range, value) in known.iter_mut().zip(values) {
                    *range = (range.0.min(value), range.1.max(value));
                }
            }
        }
        assert!(reds.len() > 500, "{name}: {} records of attacks only", reds.len());
        let (mut strange, mut outside, mut total) = (Vec::new(), Vec::new(), 0);
        for record in &reds {
            let (kind, values) = fields(&record.body);
            let Some(known) = ranges.get(&family(record)) else {
                strange.push(record);
                continue;
            };
            for &q in QUANTITIES[kind] {
                total += 1;
                if !(known[q].0..=known[q].1).contains(&values[q]) {
                    outside.push((record, known[q]));
                }
            }
        }
        assert!(strange.is_empty(), "{name}: nobody else does this: {:?}", &strange[..strange.len().min(5)]);
        // Where a family is rare among users, its largest value in a few episodes is a matter of chance.
        println!("{name}: {} of {total} quantities outside", outside.len());
        let share = outside.len() as f64 / f64::from(total);
        assert!(
            share <= 0.005,
            "{name}: {share} of {total} quantities, as {:?}",
            &outside[..outside.len().min(5)]
        );
    }
}

/// Contacts of an episode with one place, of all machines and of one of them, and whether attackers made most of them.
#[derive(Default, Clone, Copy)]
struct Contacts {
    all: u32,
    red: u32,
}

impl Contacts {
    fn add(&mut self, red: bool) {
        self.all += 1;
        self.red += u32::from(red);
    }
    fn is_red(self) -> bool {
        2 * self.red > self.all
    }
}

/// Of those with at least so many contacts: how many are attackers', and how many there are.
fn above(list: &[Contacts], least: u32) -> (usize, usize) {
    let many = || list.iter().filter(|c| c.all >= least);
    (many().filter(|c| c.is_red()).count(), many().count())
}

#[test]
fn how_often_a_rare_place_is_called_does_not_say_by_whom() {
    for (name, episodes) in [("ransomware", 24), ("c2-beaconing", 10), ("ssh-bruteforce", 24)] {
        let mut world = World::new(plan(name));
        // By machine and place, and by place alone, of those that at most every fifth machine calls.
        let (mut pairs, mut places) = (Vec::new(), Vec::new());
        for episode in 0..episodes {
            let telemetry = undefended(&mut world, seed(Purpose::Train, 6, episode));
            let mut cells: BTreeMap<(u32, u32), Contacts> = BTreeMap::new();
            for (record, label) in telemetry.records.iter().zip(&telemetry.labels) {
                if let Body::Flow(flow) = &record.body
                    && flow.outbound
                    && flow.domain.0 > POPULAR_SITES
                    && flow.domain != DomainId::NONE
                {
                    cells.entry((flow.domain.0, record.host.0)).or_default().add(*label != Label::BENIGN);
                }
            }
            let cells: Vec<_> = cells.into_iter().collect();
            for place in cells.chunk_by(|a, b| a.0.0 == b.0.0) {
                if place.len() * 5 > world.plan().scenario.hosts.len() {
                    continue;
                }
                pairs.extend(place.iter().map(|(_, c)| *c));
                let sum = |of: fn(&Contacts) -> u32| place.iter().map(|(_, c)| of(c)).sum();
                places.push(Contacts { all: sum(|c| c.all), red: sum(|c| c.red) });
            }
        }
        for (what, list) in [("machine and place", &pairs), ("place", &places)] {
            for least in [10, 20, 40, 80, 160, 320, 640] {
                let (red, all) = above(list, least);
                println!("{name}: {red} of {all} with {least} contacts by {what} are attackers'");
                // A few say nothing.
                assert!(red < 6 || red * 2 <= all, "{name}: {red} of {all} with {least} contacts by {what}");
            }
        }
    }
}

#[test]
fn whom_attackers_reach_from_outside_others_reach_from_outside_too() {
    for (name, episodes) in [("ransomware", 8), ("ssh-bruteforce", 12), ("insider-exfiltration", 16)] {
        let mut world = World::new(plan(name));
        let (mut benign, mut malicious) = (BTreeSet::new(), BTreeSet::new());
        for episode in 0..episodes {
            let telemetry = undefended(&mut world, seed(Purpose::Train, 3, episode));
            for (record, label) in telemetry.records.iter().zip(&telemetry.labels) {
                let from_outside = match &record.body {
                    Body::Login(login) => !login.source.is_internal(),
                    Body::Flow(flow) => !flow.outbound && !flow.peer.is_internal(),
                    _ => false,
                };
                if from_outside {
                    let hosts = if *label == Label::BENIGN { &mut benign } else { &mut malicious };
                    hosts.insert(record.host);
                }
            }
        }
        let alone: Vec<_> = malicious.difference(&benign).collect();
        assert!(alone.is_empty(), "{name}: only attackers come to {alone:?} from outside");
    }
}

#[test]
fn no_record_comes_twice_to_the_microsecond() {
    let mut world = World::new(plan("ransomware"));
    for episode in 0..8 {
        let telemetry = undefended(&mut world, seed(Purpose::Train, 4, episode));
        let mut seen = BTreeSet::new();
        let large = |r: &&Record| matches!(&r.body, Body::Flow(f) if f.bytes_out > 100);
        for record in telemetry.records.iter().filter(large) {
            let (kind, fields) = fields(&record.body);
            let new = seen.insert((record.time, record.host, kind, fields.map(f64::to_bits)));
            assert!(new, "episode {episode}: twice {record:?}");
        }
    }
}

/// Five minutes of a machine are harder to hide in than one record: a forest on them must find attacks often, and never
/// as a matter of course.
#[test]
fn windows_are_hard_to_tell_but_possible() {
    for name in ["ransomware", "insider-exfiltration"] {
        let plan = plan(name);
        let settings = GatherSettings { episodes: 28, benign_share: 0.15, ..GatherSettings::default() };
        let gather = |seed| gather(&plan, &settings, seed);
        let (training, testing) = (gather(11), gather(12));
        let classes: Vec<u8> = training.labels().iter().map(|&l| class_of(l)).collect();
        let params = ForestParams { trees: 32, ..ForestParams::default() };
        let forest =
            params.fit(aview2(training.rows()), &classes, CLASSES, 1).expect("there are rows").forest;
        let cells: Vec<(f32, bool)> = testing
            .rows()
            .iter()
            .zip(testing.labels())
            .map(|(row, label)| (forest.votes(row).malicious(), label.is_some()))
            .collect();
        let groups = tied_groups(&cells);
        let roc = roc_auc(groups.iter().copied()).expect("there is red and green");
        let precision = average_precision(groups.into_iter()).expect("there is red");
        println!("{name}: windows told with ROC-AUC {roc:.3}, average precision {precision:.3}");
        assert!(roc > 0.75, "{name}: {roc:.3}: too hard");
        assert!(roc < 0.985 && precision < 0.95, "{name}: {roc:.3}, {precision:.3}: too easy");
    }
}
