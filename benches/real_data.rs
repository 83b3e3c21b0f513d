//! The models on public data: how long they take and how well they tell. `cargo bench --bench real_data`
//!
//! | section | what is measured |
//! |---|---|
//! | `forest` | fit to NSL-KDD's 20 % (25,192 rows of 41 columns, normal against attack); Test+ in one batch |
//! | `isolation` | Test+ in one batch |
//! | `row` | both forests on one row of 32 columns, every call timed by itself |
//! | `lstm` | one event with softmax, every call timed by itself |
//! | `nsl_kdd` | accuracy, rates and areas under the curve on Test+, mean over seeds |
//! | `adbench` | area under the ROC curve on 12 tables, trained and scored on all rows, mean over seeds |
//!
//! One thread. Fits and batches are measured in processor time, single calls by the wall clock. Arguments choose
//! sections by part of their name; `--quick` repeats less, `--test` runs each once. Standard output has a JSON object
//! a line; standard error the same for people. The data is read from `../shared/data` beside the repository; without
//! it every section is skipped and says so. `benches/python/compare.py` puts scikit-learn and Keras beside these
//! figures.

use mats_core::SimTime;
use mats_models::forest::{Forest, ForestParams};
use mats_models::iforest::{IsolationForest, IsolationForestParams};
use mats_models::lstm::{LstmParams, Sequence, SequenceStates};
use mats_models::metrics;
use ndarray::{Array1, Array2, ArrayView2};
use std::collections::BTreeSet;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Columns that hold names: protocol, service, flag.
const NAMES: [usize; 3] = [1, 2, 3];
const COLUMNS: usize = 41;
/// Columns of a row in the benches of one row; as many as a machine's features in the simulator.
const FEW: usize = 32;

/// How often things are done.
#[derive(Clone, Copy)]
struct Pace {
    fits: usize,
    batches: usize,
    calls: usize,
    seeds: u64,
}

const FULL: Pace = Pace { fits: 3, batches: 30, calls: 100_000, seeds: 5 };
const QUICK: Pace = Pace { fits: 1, batches: 5, calls: 20_000, seeds: 2 };
const SMOKE: Pace = Pace { fits: 1, batches: 1, calls: 100, seeds: 1 };

type Section = fn(Pace, &Path) -> Option<()>;

/// Each with the folder it reads.
const SECTIONS: [(&str, &str, Section); 6] = [
    ("forest", "nsl-kdd", forest),
    ("isolation", "nsl-kdd", isolation),
    ("row", "nsl-kdd", row),
    ("lstm", "hdfs-sessions", lstm),
    ("nsl_kdd", "nsl-kdd", nsl_kdd),
    ("adbench", "adbench", adbench),
];

fn main() {
    let (flags, wanted): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|a| a.starts_with('-'));
    let has = |flag: &str| flags.iter().any(|f| f == flag);
    let pace = if has("--test") {
        SMOKE
    } else if has("--quick") {
        QUICK
    } else {
        FULL
    };
    // The pool's one thread is this one, so that its time on the core is all there is.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    pool.build_global().expect("no pool exists yet");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    for (name, folder, section) in SECTIONS {
        if !wanted.is_empty() && !wanted.iter().any(|w| name.contains(w.as_str())) {
            continue;
        }
        if section(pace, &data.join(folder)).is_none() {
            eprintln!("SKIPPED {name}: ../shared/data/{folder} is absent or not as expected");
        }
    }
}

// ---------------------------------------------------------------- what is told

/// Prints a figure: `value` in `unit`, with percentiles where calls were timed one by one.
fn tell(work: &str, unit: &str, value: f64, percentiles: Option<[f64; 2]>, repetitions: usize) {
    let [p50, p99] = percentiles.map_or([None; 2], |p| p.map(Some));
    println!(
        "{}",
        serde_json::json!({
            "work": work, "unit": unit, "value": value, "p50": p50, "p99": p99, "repetitions": repetitions
        })
    );
    let more = percentiles.map_or(String::new(), |[_, p99]| format!("   p99 {p99:.2}"));
    eprintln!("{work:<32} {value:>12.4} {unit:<9}{more}   ({repetitions} times)");
}

/// Seconds of each of some calls. A look at the clock is part of them: some tens of nanoseconds.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn times(calls: usize, mut call: impl FnMut(usize)) -> Vec<f64> {
    (0..calls)
        .map(|i| {
            let start = Instant::now();
            call(i);
            start.elapsed().as_secs_f64()
        })
        .collect()
}

/// The same for calls so long that others get the core meanwhile, whose time does not count.
fn times_on_core(calls: usize, mut call: impl FnMut(usize)) -> Vec<f64> {
    let one = |i| {
        let before = on_core();
        let seconds = times(1, |_| call(i))[0];
        before.zip(on_core()).map_or(seconds, |(before, after)| after - before)
    };
    (0..calls).map(one).collect()
}

/// Seconds that this thread has had a core, where the system tells (Linux).
fn on_core() -> Option<f64> {
    // The scheduler adds up at its ticks and when a thread yields; ticks alone are milliseconds apart.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse::<f64>().ok().map(|nanos| nanos * 1e-9)
}

/// The values below which half and 99 % of some values lie.
fn percentiles(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [50, 99].map(|p| values[values.len() * p / 100])
}

fn tell_latency(work: &str, seconds: Vec<f64>) {
    let calls = seconds.len();
    let micros = percentiles(seconds).map(|s| s * 1e6);
    tell(work, "us", micros[0], Some(micros), calls);
}

fn tell_rate(work: &str, rows: usize, seconds: Vec<f64>) {
    let batches = seconds.len();
    tell(work, "rows/s", rows as f64 / percentiles(seconds)[0], None, batches);
}

/// The mean of what each seed gives.
fn tell_mean(work: &str, unit: &str, values: &[f64]) {
    tell(work, unit, values.iter().sum::<f64>() / values.len() as f64, None, values.len());
}

// ---------------------------------------------------------------- data

/// Rows of numbers, and whether each is malicious.
struct Table {
    rows: Vec<f32>,
    width: usize,
    malicious: Vec<bool>,
}

impl Table {
    /// The same rows without their last columns.
    fn first(&self, width: usize) -> Table {
        let rows = self.rows.chunks_exact(self.width).flat_map(|r| &r[..width]).copied().collect();
        Table { rows, width, malicious: self.malicious.clone() }
    }

    fn normal(&self) -> Vec<f32> {
        let rows = self.rows.chunks_exact(self.width).zip(&self.malicious);
        rows.filter(|(_, m)| !**m).flat_map(|(row, _)| row).copied().collect()
    }

    /// Area under the ROC curve of some scores.
    fn auc(&self, scores: impl IntoIterator<Item = f32>) -> f64 {
        let scored: Vec<_> = scores.into_iter().zip(&self.malicious).map(|(s, &m)| (s, m, 1.0)).collect();
        metrics::roc_auc(&scored).expect("both kinds of row")
    }

    fn view(&self) -> ArrayView2<'_, f32> {
        ArrayView2::from_shape((self.malicious.len(), self.width), &self.rows).expect("whole rows")
    }

    fn forest(&self, seed: u64) -> Forest {
        let classes: Vec<u8> = self.malicious.iter().map(|&m| u8::from(m)).collect();
        let fitted = ForestParams::unbounded().fit(self.view(), &classes, 2, seed);
        fitted.expect("finite rows of two classes").forest
    }

    fn isolation(&self, seed: u64) -> IsolationForest {
        IsolationForestParams::default().fit(self.view(), seed).expect("rows")
    }
}

/// NSL-KDD's 20 % to train on, and Test+. A name is its place in the alphabet of the training names, -1 if it is not
/// among them; `difficulty`, the last field, was derived from the labels and is never a column.
fn kdd(folder: &Path) -> Option<[Table; 2]> {
    let [train, test] =
        ["KDDTrain+_20Percent.txt", "KDDTest+.txt"].map(|f| std::fs::read_to_string(folder.join(f)).ok());
    let texts = [train?, test?];
    let names = NAMES.map(|c| {
        let names: BTreeSet<&str> =
            texts[0].lines().map(|l| l.split(',').nth(c).unwrap_or_default()).collect();
        names.into_iter().collect::<Vec<_>>()
    });
    let parse = |text: &str| {
        let (mut rows, mut malicious) = (Vec::new(), Vec::new());
        for line in text.lines() {
            let fields: Vec<&str> = line.split(',').collect();
            for (column, field) in fields[..COLUMNS].iter().enumerate() {
                rows.push(match NAMES.iter().position(|&c| c == column) {
                    Some(at) => names[at].binary_search(field).map_or(-1.0, |code| code as f32),
                    None => field.parse().ok()?,
                });
            }
            malicious.push(fields[COLUMNS] != "normal");
        }
        Some(Table { rows, width: COLUMNS, malicious })
    };
    Some([parse(&texts[0])?, parse(&texts[1])?])
}

/// An `ADBench` table; its last column is the label.
fn adbench_table(path: &Path) -> Option<Table> {
    let text = std::fs::read_to_string(path).ok()?;
    let (mut rows, mut malicious, mut width) = (Vec::new(), Vec::new(), 0);
    for line in text.lines().skip(1) {
        let values: Vec<f32> = line.split(',').map(|v| v.parse().ok()).collect::<Option<_>>()?;
        let (label, row) = values.split_last()?;
        width = row.len();
        rows.extend(row);
        malicious.push(*label > 0.5);
    }
    Some(Table { rows, width, malicious })
}

// ---------------------------------------------------------------- time

fn forest(pace: Pace, folder: &Path) -> Option<()> {
    let [train, test] = kdd(folder)?;
    let mut forest = None;
    let fits = times_on_core(pace.fits, |seed| forest = Some(train.forest(seed as u64)));
    tell("forest/fit", "s", percentiles(fits)[0], None, pace.fits);
    let (forest, count) = (forest?, test.malicious.len());
    let mut out = Array2::zeros((count, 2));
    let batches =
        times_on_core(pace.batches, |_| forest.probabilities_all(black_box(test.view()), out.view_mut()));
    tell_rate("forest/batch", count, batches);
    Some(())
}

fn isolation(pace: Pace, folder: &Path) -> Option<()> {
    let [train, test] = kdd(folder)?;
    let mut forest = None;
    let fits = times_on_core(pace.batches, |seed| forest = Some(train.isolation(seed as u64)));
    tell("isolation/fit", "s", percentiles(fits)[0], None, pace.batches);
    let (forest, count) = (forest?, test.malicious.len());
    let mut out = Array1::zeros(count);
    let batches = times_on_core(pace.batches, |_| forest.score_all(black_box(test.view()), out.view_mut()));
    tell_rate("isolation/batch", count, batches);
    Some(())
}

fn row(pace: Pace, folder: &Path) -> Option<()> {
    let [train, test] = kdd(folder)?.map(|table| table.first(FEW));
    let row = |i: usize| {
        let at = i % test.malicious.len() * FEW;
        black_box(&test.rows[at..at + FEW])
    };
    let isolation = train.isolation(1);
    let calls = times(pace.calls, |i| {
        black_box(isolation.score(row(i)));
    });
    tell_latency("row/isolation", calls);
    let (forest, mut shares) = (train.forest(1), [0.0; 2]);
    let calls = times(pace.calls, |i| forest.probabilities(row(i), black_box(&mut shares)));
    tell_latency("row/forest", calls);
    Some(())
}

/// Events of HDFS sessions on 60 machines in turn. A model takes an event in and says how probable it was, for which
/// it needs the softmax over all keys.
fn lstm(pace: Pace, folder: &Path) -> Option<()> {
    let text = std::fs::read_to_string(folder.join("hdfs_train")).ok()?;
    let keys: Vec<u16> =
        text.split_whitespace().take(2_000).map(|k| k.parse().ok()).collect::<Option<_>>()?;
    let sequence = Sequence { times: (0..keys.len() as u32).collect(), keys };
    for (layers, width) in [(2, 64), (1, 32)] {
        let params = LstmParams { layers, width, epochs: 1, ..LstmParams::default() };
        let model = params.fit(&[&sequence], 64, 1)?;
        let mut states = SequenceStates::new(&model, 60);
        let calls = times(pace.calls, |i| {
            let (key, now) = (sequence.keys[i % sequence.keys.len()], SimTime(i as u64 * 1_000_000));
            black_box(model.observe(&mut states, i % 60, black_box(key), now));
        });
        tell_latency(&format!("lstm/{layers}x{width}"), calls);
    }
    Some(())
}

// ---------------------------------------------------------------- quality

fn nsl_kdd(pace: Pace, folder: &Path) -> Option<()> {
    let [train, test] = kdd(folder)?;
    let mut by_seed: [Vec<f64>; 6] = Default::default();
    let normal = train.normal();
    let normal = ArrayView2::from_shape((normal.len() / COLUMNS, COLUMNS), &normal).ok()?;
    for seed in 0..pace.seeds {
        let mut shares = Array2::zeros((test.malicious.len(), 2));
        train.forest(seed).probabilities_all(test.view(), shares.view_mut());
        let scores: Vec<f32> = shares.column(1).to_vec();
        // Of the rows for which `of` holds, the share that the forest calls malicious.
        let alarms = |of: bool| {
            let of: Vec<f32> =
                scores.iter().zip(&test.malicious).filter(|(_, m)| **m == of).map(|(s, _)| *s).collect();
            (of.iter().filter(|s| **s > 0.5).count() as f64, of.len() as f64)
        };
        let ((hits, attacks), (false_alarms, normals)) = (alarms(true), alarms(false));
        let correct = hits + normals - false_alarms;
        let isolation = |forest: &IsolationForest| {
            let mut scores = Array1::zeros(test.malicious.len());
            forest.score_all(test.view(), scores.view_mut());
            test.auc(scores)
        };
        let of_normal = IsolationForestParams::default().fit(normal, seed)?;
        let values = [
            correct / (attacks + normals),
            hits / attacks,
            false_alarms / normals,
            test.auc(scores.iter().copied()),
            isolation(&train.isolation(seed)),
            isolation(&of_normal),
        ];
        by_seed.iter_mut().zip(values).for_each(|(all, value)| all.push(value));
    }
    let told = [
        ("nsl_kdd/forest/accuracy", "share"),
        ("nsl_kdd/forest/recall", "share"),
        ("nsl_kdd/forest/false_alarms", "share"),
        ("nsl_kdd/forest/auc", "ROC-AUC"),
        ("nsl_kdd/isolation/all_rows", "ROC-AUC"),
        ("nsl_kdd/isolation/normal_rows", "ROC-AUC"),
    ];
    told.iter().zip(&by_seed).for_each(|((work, unit), values)| tell_mean(work, unit, values));
    Some(())
}

fn adbench(pace: Pace, folder: &Path) -> Option<()> {
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|f| f.path());
    let mut files: Vec<PathBuf> = files.filter(|f| f.extension().is_some_and(|e| e == "csv")).collect();
    files.sort();
    for file in &files {
        let table = adbench_table(file)?;
        let auc = |seed| {
            let mut scores = Array1::zeros(table.malicious.len());
            table.isolation(seed).score_all(table.view(), scores.view_mut());
            table.auc(scores)
        };
        let areas: Vec<f64> = (0..pace.seeds).map(auc).collect();
        tell_mean(&format!("adbench/{}", file.file_stem()?.display()), "ROC-AUC", &areas);
    }
    Some(())
}
