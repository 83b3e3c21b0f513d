//! Products with matrices stored in blocks of 32 outputs: element (input i, output o) stands at
//! `o / 32 * 32 * inputs + 32 * i + o % 32`. Every inner loop runs over 32 neighbours, so it vectorises without
//! changing the order of additions: the same bits with any vector width.

/// Outputs per block.
pub(crate) const BLOCK: usize = 32;

type Block = [f32; BLOCK];

#[inline(always)]
fn blocks(x: &[f32]) -> &[Block] {
    x.as_chunks::<BLOCK>().0
}

/// y += x W. Two blocks of outputs at a time, so that no addition waits for the one before it.
#[inline(always)]
pub(crate) fn forward(w: &[f32], x: &[f32], y: &mut [f32]) {
    let (pairs, rest) = y.as_chunks_mut::<BLOCK>().0.as_chunks_mut::<2>();
    let w = blocks(w);
    let (paired, single) = w.split_at(2 * pairs.len() * x.len());
    for (y, w) in pairs.iter_mut().zip(paired.chunks_exact(2 * x.len())) {
        let (left, right) = w.split_at(x.len());
        let mut sum = *y;
        for ((left, right), &x) in left.iter().zip(right).zip(x) {
            add_scaled(x, left, &mut sum[0]);
            add_scaled(x, right, &mut sum[1]);
        }
        *y = sum;
    }
    for (y, w) in rest.iter_mut().zip(single.chunks_exact(x.len())) {
        let mut sum = *y;
        for (w, &x) in w.iter().zip(x) {
            add_scaled(x, w, &mut sum);
        }
        *y = sum;
    }
}

/// y += x w.
#[inline(always)]
fn add_scaled(x: f32, w: &Block, y: &mut Block) {
    for (y, &w) in y.iter_mut().zip(w) {
        *y += x * w;
    }
}

/// Writes the transpose of a matrix of some inputs and outputs, both multiples of 32, in the same layout: `forward` with
/// it is the step backwards.
pub(crate) fn transpose(w: &[f32], inputs: usize, out: &mut [f32]) {
    let outputs = w.len() / inputs;
    for (b, w) in blocks(w).chunks_exact(inputs).enumerate() {
        for (i, w) in w.iter().enumerate() {
            for (j, &w) in w.iter().enumerate() {
                out[i / BLOCK * BLOCK * outputs + BLOCK * (b * BLOCK + j) + i % BLOCK] = w;
            }
        }
    }
}

/// dW += Σ x ⊗ dy over some steps, each of `x` giving a step's inputs and each whole part of `dy` its outputs. All steps at once,
/// because reading and writing dW costs more than the products.
#[inline(always)]
pub(crate) fn outer<'a>(x: impl Fn(usize) -> &'a [f32], dy: &[f32], outputs: usize, dw: &mut [f32]) {
    let steps = dy.len() / outputs;
    if steps == 0 {
        return;
    }
    let inputs = x(0).len();
    let per_step = outputs / BLOCK;
    let dy = blocks(dy);
    for (b, dw) in dw.as_chunks_mut::<BLOCK>().0.chunks_exact_mut(inputs).enumerate() {
        // Two inputs at a time, so that no addition waits for the one before it.
        let (pairs, rest) = dw.as_chunks_mut::<2>();
        for (i, dw) in pairs.iter_mut().enumerate() {
            let mut sum = *dw;
            for t in 0..steps {
                let (x, dy) = (x(t), &dy[t * per_step + b]);
                add_scaled(x[2 * i], dy, &mut sum[0]);
                add_scaled(x[2 * i + 1], dy, &mut sum[1]);
            }
            *dw = sum;
        }
        for dw in rest {
            for t in 0..steps {
                add_scaled(x(t)[inputs - 1], &dy[t * per_step + b], dw);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::widest;
    use mats_core::random::Stream;

    #[inline(always)]
    fn run(w: &[f32], x: &[f32], dy: &[f32], y: &mut [f32], dw: &mut [f32]) {
        forward(w, x, y);
        outer(|_| x, dy, y.len(), dw);
    }

    #[test]
    fn wide_vectors_give_the_same_bits() {
        let numbers = |purpose: u32, count: usize| -> Vec<f32> {
            (0..count).map(|i| Stream::new(1, purpose, 0).unit(i as u64) as f32 - 0.5).collect()
        };
        // Three blocks of outputs: a pair and one that is left over.
        let (inputs, outputs, steps) = (64, 96, 5);
        let (w, x, dy) = (numbers(1, inputs * outputs), numbers(2, inputs), numbers(3, steps * outputs));
        let (mut y, mut dw) = (numbers(4, outputs), numbers(5, inputs * outputs));
        let (mut wide_y, mut wide_dw) = (y.clone(), dw.clone());
        run(&w, &x, &dy, &mut y, &mut dw);
        widest(
            #[inline(always)]
            || run(&w, &x, &dy, &mut wide_y, &mut wide_dw),
        );
        assert_eq!((y, dw), (wide_y, wide_dw));
    }

    #[test]
    fn products_match_their_definitions() {
        let (inputs, outputs) = (32, 64);
        let at = |i: usize, o: usize| o / BLOCK * BLOCK * inputs + BLOCK * i + o % BLOCK;
        let w: Vec<f32> = (0..inputs * outputs).map(|k| (k % 17) as f32 - 8.0).collect();
        let x: Vec<f32> = (0..inputs).map(|i| i as f32 - 2.0).collect();
        let dy: Vec<f32> = (0..outputs).map(|o| (o % 5) as f32).collect();
        let mut y = vec![1.0; outputs];
        forward(&w, &x, &mut y);
        let (mut back, mut dx) = (vec![0.0; w.len()], vec![0.0; inputs]);
        transpose(&w, inputs, &mut back);
        forward(&back, &dy, &mut dx);
        let mut dw = vec![0.0; w.len()];
        outer(|_| &x, &dy, outputs, &mut dw);
        for o in 0..outputs {
            assert_eq!(y[o], 1.0 + (0..inputs).map(|i| x[i] * w[at(i, o)]).sum::<f32>());
            assert!((0..inputs).all(|i| dw[at(i, o)] == x[i] * dy[o]));
        }
        for i in 0..inputs {
            assert_eq!(dx[i], (0..outputs).map(|o| dy[o] * w[at(i, o)]).sum::<f32>());
        }
    }
}
