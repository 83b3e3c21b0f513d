//! Products with matrices stored in blocks of 32 outputs: element (input i, output o) stands at
//! `o / 32 * 32 * inputs + 32 * i + o % 32`. Every inner loop runs over 32 neighbours, so it vectorises without
//! changing the order of additions: the same bits with any vector width.

/// Outputs per block.
pub(crate) const BLOCK: usize = 32;

type Block = [f32; BLOCK];

fn blocks(x: &[f32]) -> &[Block] {
    x.as_chunks::<BLOCK>().0
}

/// y += x W.
#[inline]
pub(crate) fn forward(w: &[f32], x: &[f32], y: &mut [f32]) {
    for (y, w) in y.as_chunks_mut::<BLOCK>().0.iter_mut().zip(blocks(w).chunks_exact(x.len())) {
        let mut sum = *y;
        for (w, &x) in w.iter().zip(x) {
            for (s, &w) in sum.iter_mut().zip(w) {
                *s += x * w;
            }
        }
        *y = sum;
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
pub(crate) fn outer<'a>(x: impl Fn(usize) -> &'a [f32], dy: &[f32], outputs: usize, dw: &mut [f32]) {
    let steps = dy.len() / outputs;
    if steps == 0 {
        return;
    }
    let inputs = x(0).len();
    let per_step = outputs / BLOCK;
    let dy = blocks(dy);
    for (b, dw) in dw.as_chunks_mut::<BLOCK>().0.chunks_exact_mut(inputs).enumerate() {
        for (i, dw) in dw.iter_mut().enumerate() {
            let mut sum = *dw;
            for t in 0..steps {
                let x = x(t)[i];
                for (s, &d) in sum.iter_mut().zip(&dy[t * per_step + b]) {
                    *s += x * d;
                }
            }
            *dw = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
