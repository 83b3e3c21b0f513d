//! Where the cut lies, and what the fused detector is worth beside its own members, on every labelled table of `../shared/data`:
//! captures of network traffic (Stratosphere), NSL-KDD and its hard part, and tables of `ADBench`.

use crate::parts::rows_of;
use crate::shared_data::shared_data;
use mats_core::random::Stream;
use mats_data::table::Column;
use mats_tabular::files::data::{Data, Source, column_names_for, label_groups};
use mats_tabular::files::evaluate::{Evaluation, Rates, evaluate};
use mats_tabular::files::fit::{DetectorKind, Reading, TableParams, fit};
use std::path::{Path, PathBuf};

/// Area under the ROC curve that a fused detector may lack of its better member's.
const SHORT: f64 = 0.005;

/// A table to fit to, one to judge by, and how both are read.
struct Pair {
    name: String,
    train: Data,
    test: Data,
    reading: Reading,
}

impl Pair {
    fn evaluated(&self, kind: DetectorKind, seed: u64) -> (Evaluation, String) {
        let detector = fit(&self.train, &TableParams::new(kind), self.reading.clone(), None, seed);
        let detector = detector.expect("labels serve");
        let blend = detector.report().blend.clone().unwrap_or_default();
        (evaluate(&detector, &self.test, seed).expect("labelled"), blend)
    }

    /// How far the fused detector's area under the ROC curve falls short of its better member's.
    fn shortfall(&self, seed: u64) -> f64 {
        let (found, blend) = self.evaluated(DetectorKind::Fused, seed);
        let [fused, _, forest, isolation] = &found.figures[..] else { panic!("four rules") };
        let area = [forest, isolation, fused].map(|f| f.roc_auc.unwrap_or(f64::NAN));
        let at = [forest, isolation, fused].map(|f| f.recall_at_one_percent.unwrap_or(f64::NAN));
        let Rates { false_positive_rate: Some(alarms), recall: Some(recall), .. } = fused.rates else {
            panic!("both kinds of rows")
        };
        println!(
            "{} {seed}: forest, isolation forest, fused: ROC-AUC {area:.4?}, rec@1% {at:.3?}; at its cut {alarms:.3}, {recall:.3}; {blend}",
            self.name
        );
        area[0].max(area[1]) - area[2]
    }
}

/// Both directions between two days of one machine; addresses name the attackers, the details tell the answer.
fn captures() -> Vec<Pair> {
    let paths = ["008", "012"].map(|day| shared_data(&format!("stratosphere/{day}-conn.log.labeled")));
    let [Some(early), Some(late)] = paths else { return Vec::new() };
    let reading = Reading {
        label: Some("label".into()),
        drop: ["detailedlabel", "id.orig_h", "id.resp_h"].map(str::to_owned).to_vec(),
        groups: vec![("Background".into(), "Benign".into())],
        ..Reading::default()
    };
    let open = |path: &PathBuf| {
        Data::open(&Source { path: path.clone(), ..Source::default() }, &reading).expect("a log")
    };
    let pair = |name: &str, train, test| Pair {
        name: name.to_owned(),
        train: open(train),
        test: open(test),
        reading: reading.clone(),
    };
    vec![pair("stratosphere 008 -> 012", &early, &late), pair("stratosphere 012 -> 008", &late, &early)]
}

/// NSL-KDD, attacks by name and all as one; all test rows, and those that some of 21 classifiers got wrong.
fn nsl_kdd() -> Vec<Pair> {
    let files = ["KDDTrain+_20Percent.txt", "KDDTest+.txt", "Field Names.csv"];
    let [Some(train), Some(test), Some(names)] = files.map(|file| shared_data(&format!("nsl-kdd/{file}")))
    else {
        return Vec::new();
    };
    let groups = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/nsl-kdd-families.csv");
    let mut all = label_groups(&groups).expect("labels and families");
    all.iter_mut().filter(|group| group.1 != "normal").for_each(|group| group.1 = "attack".into());
    let mut pairs = Vec::new();
    for (text, groups) in [("by name", Vec::new()), ("all as one", all)] {
        let reading = Reading {
            columns: Some(column_names_for(&names, &train).expect("a list of names").concat()),
            label: Some("column_42".into()),
            groups,
            ..Reading::default()
        };
        let open = |path: &PathBuf| {
            let mut data =
                Data::open(&Source { path: path.clone(), ..Source::default() }, &reading).expect("a table");
            let at = data.table.names.iter().position(|name| name == "column_43").expect("the difficulty");
            data.table.names.remove(at);
            let Column::Numeric(difficulty) = data.table.columns.remove(at) else { panic!("numbers") };
            (data, difficulty)
        };
        let (whole, difficulty) = open(&test);
        let hard: Vec<usize> = (0..whole.table.rows).filter(|&row| difficulty[row] < 21.0).collect();
        for (part, test) in [("hard rows", rows_of(&whole, &hard)), ("all rows", whole)] {
            let name = format!("NSL-KDD, {text}, {part}");
            pairs.push(Pair { name, train: open(&train).0, test, reading: reading.clone() });
        }
    }
    pairs
}

/// A table of `ADBench`, in two halves drawn at random.
fn halves(path: PathBuf, seed: u64) -> Pair {
    let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let reading = Reading { label: Some("label".into()), ..Reading::default() };
    let data = Data::open(&Source { path, ..Source::default() }, &reading).expect("a table");
    let stream = Stream::new(seed, 1, 1);
    let [train, test] = [true, false].map(|within| {
        let picked: Vec<usize> =
            (0..data.table.rows).filter(|&i| (stream.unit(i as u64) < 0.5) == within).collect();
        rows_of(&data, &picked)
    });
    Pair { name, train, test, reading }
}

#[test]
fn a_cut_for_one_percent_holds_on_another_day_where_attacks_are_told_at_all() {
    for pair in captures() {
        for (kind, seeds) in [(DetectorKind::Forest, 1..=5), (DetectorKind::Fused, 1..=2)] {
            for seed in seeds {
                let rates = pair.evaluated(kind, seed).0.figures[0].rates;
                println!("{} {kind:?} {seed}: {rates:?}", pair.name);
                assert!(rates.false_positive_rate.unwrap() <= 0.05, "{} {seed}: {rates:?}", pair.name);
                assert!(rates.recall.unwrap() >= 0.98, "{} {seed}: {rates:?}", pair.name);
            }
        }
    }
}

#[test]
fn fused_ranks_as_well_as_its_better_member() {
    for pair in captures() {
        for seed in 1..=3 {
            assert!(pair.shortfall(seed) <= SHORT, "{} {seed}", pair.name);
        }
    }
    let Some(folder) = shared_data("adbench") else { return };
    for name in ["Ionosphere", "WBC", "breastw", "cardio"] {
        let pair = halves(folder.join(format!("{name}.csv")), 1);
        assert!(pair.shortfall(1) <= SHORT, "{name}");
    }
}

/// `cargo test --release -p mats-tabular blends -- --ignored --nocapture`
#[test]
#[ignore = "fits more than a hundred detectors, which takes minutes"]
fn fused_ranks_as_well_as_its_better_member_on_every_table() {
    const SEEDS: u64 = 8;
    let mut worst: Vec<(f64, String)> = Vec::new();
    let mut tell = |name: &str, shortfalls: Vec<f64>| {
        let mean = shortfalls.iter().sum::<f64>() / shortfalls.len() as f64;
        let most = shortfalls.into_iter().fold(f64::NEG_INFINITY, f64::max);
        println!("{name}: shortfall {mean:+.4} in the mean, {most:+.4} at most");
        worst.push((most, name.to_owned()));
    };
    for pair in captures().into_iter().chain(nsl_kdd()) {
        tell(&pair.name, (1..=SEEDS).map(|seed| pair.shortfall(seed)).collect());
    }
    if let Some(folder) = shared_data("adbench") {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> =
            files.filter(|path| path.extension().is_some_and(|end| end == "csv")).collect();
        files.sort();
        for path in files {
            let all = (1..=SEEDS).map(|seed| halves(path.clone(), seed).shortfall(seed)).collect();
            tell(&path.file_stem().unwrap().to_string_lossy(), all);
        }
    }
    for (most, name) in worst {
        assert!(most <= SHORT, "{name}: {most}");
    }
}
