//! Learning and acting, one core. `cargo bench --bench learn`
//!
//! | bench | what is measured | demand |
//! |---|---|---|
//! | `dqn_update` | one learner update: sample, double target, backward, Adam, soft target; batch 64, 64→128→128→13 dueling | ≥ 1,500 /s |
//! | `act` | one forward pass of the frozen network and the masked maximum | – |

mod cpu;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mats_rl::{DqnSettings, Learner, QFunction, Scratch, Shape, Spec, Transition};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::hint::black_box;

const SPEC: Spec = Spec { observation: 64, actions: 13 };

/// Updates asked for at once, as after an episode.
const UPDATES: u64 = 16;

/// A learner whose replay holds 10,000 transitions of noise.
fn learner() -> Learner {
    let mut learner = Learner::new(DqnSettings::default(), SPEC, 1).expect("the defaults are valid");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let noise: Vec<f32> = (0..10_000 + 2 * SPEC.observation).map(|_| rng.random_range(-1.0..1.0)).collect();
    for (i, start) in (0..10_000).enumerate() {
        let transition = Transition {
            observation: &noise[start..][..SPEC.observation],
            action: i % SPEC.actions,
            return_n: noise[start],
            discount_n: 0.97,
            next_observation: &noise[start + SPEC.observation..][..SPEC.observation],
            next_mask: &[true; SPEC.actions],
        };
        learner.remember(&[transition], 0);
    }
    learner
}

fn dqn_update(c: &mut Criterion) {
    let mut group = c.benchmark_group("learn");
    group.throughput(Throughput::Elements(UPDATES));
    let mut learner = learner();
    group.bench_function("dqn_update", |b| {
        b.iter(|| {
            learner.train(UPDATES, |stats| assert!(stats.loss.is_finite()));
        });
    });
    cpu::print_rate("dqn_update", "updates", || {
        learner.train(UPDATES, |_| ());
        UPDATES
    });
    group.finish();
}

fn act(c: &mut Criterion) {
    let mut group = c.benchmark_group("learn");
    group.throughput(Throughput::Elements(1));
    let policy = QFunction::seeded(Shape { spec: SPEC, hidden: [128, 128], dueling: true }, 1);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let observation: Vec<f32> = (0..SPEC.observation).map(|_| rng.random_range(-1.0..1.0)).collect();
    let mut scratch = Scratch::default();
    group.bench_function("act", |b| {
        b.iter(|| policy.best(black_box(&observation), &[true; SPEC.actions], &mut scratch));
    });
    group.finish();
}

criterion_group!(benches, dqn_update, act);
criterion_main!(benches);
