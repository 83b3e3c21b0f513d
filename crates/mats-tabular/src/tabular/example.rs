//! A table for tests.

use super::frame::{Frame, Values};
use mats_core::random::Stream;

/// Two bell-shaped columns, their classes, and the names of these.
pub(super) fn example(count: u64, seed: u64) -> (Vec<f64>, Vec<f64>, Vec<u32>, Vec<String>) {
    let stream = Stream::new(seed, 9, 9);
    let (mut a, mut b, mut codes) = (vec![], vec![], vec![]);
    for i in 0..count {
        // Bell-shaped: the mean of four draws.
        let bell = |k: u64| (0..4).map(|j| stream.unit(16 * i + 4 * k + j)).sum::<f64>() / 4.0;
        let (x, y, draw) = (bell(0), bell(1), stream.unit(16 * i + 8));
        // Floods have a high first number, scans a high second one; both reach into what is usual.
        let class = if draw < 0.1 { 1 } else { u32::from(draw < 0.2) * 2 };
        a.push(if class == 1 { 0.5 + 2.0 * x } else { x });
        b.push(if class == 2 { 0.6 + y } else { y });
        codes.push(class);
    }
    (a, b, codes, ["normal", "flood", "scan"].map(str::to_owned).to_vec())
}

/// Returns the columns of the example as a frame.
pub(super) fn frame<'a>(a: &'a [f64], b: &'a [f64]) -> Frame<'a> {
    Frame { rows: a.len(), columns: vec![("rate", Values::Numbers(a)), ("ports", Values::Numbers(b))] }
}
