//! How fast the network over sessions learns. `cargo bench --bench sequences`
//!
//! | bench | what is measured |
//! |---|---|
//! | `hdfs/epoch` | one epoch over 37,260 windows of ten events (80 % of the normal sessions of HDFS), 2×64 cells, on one thread; and what belongs to a fit: the loss on the held-out sessions, their scores, the cuts |
//!
//! The sessions lie beside the repository, in `../shared/data/hdfs-sessions`; without them nothing is measured.

use criterion::{Criterion, criterion_group, criterion_main};
use mats_models::lstm::LstmParams;
use mats_tabular::sequences::{Reading, SequenceParams, Source, Vocabulary};
use std::path::Path;

fn epoch(c: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/hdfs-sessions/hdfs_train");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("SKIPPED: ../shared/data/hdfs-sessions is not there, so nothing is measured");
        return;
    };
    let mut vocabulary = Vocabulary::default();
    let sessions: Vec<Vec<u16>> =
        text.lines().map(|line| line.split_whitespace().map(|key| vocabulary.learn(key)).collect()).collect();
    let lstm = LstmParams { epochs: 1, ..SequenceParams::lstm(2, 64) };
    let params = SequenceParams { lstm, window: Some(10), ..SequenceParams::default() };
    let reading = Reading { source: Source::Sessions, columns: None, stream: None };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let mut group = c.benchmark_group("hdfs");
    group.sample_size(10);
    group.bench_function("epoch", |b| {
        b.iter(|| {
            pool.install(|| params.fit(&sessions, vocabulary.clone(), reading.clone(), 1).expect("sessions"))
        });
    });
    group.finish();
}

criterion_group!(benches, epoch);
criterion_main!(benches);
