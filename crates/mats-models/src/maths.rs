//! Elementary functions that give the same bits on every machine and that the compiler can vectorise.

/// Runs code compiled for the widest vectors that this machine has. What is to gain from it must be inlined into it.
/// It gives the same bits everywhere: the order of additions is fixed, and no product is fused with a sum.
#[inline(always)]
pub fn widest<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// e^x by Cody–Waite reduction and a polynomial of degree 5 (the minimax fit of Cephes' `expf`); relative
/// error below 2e-7. Arguments are cut to [-87, 88], so the result is always finite and positive.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    /// 1.5 × 2²³: adding it rounds to a whole number, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let f = (x - n * LN2_HIGH) - n * LN2_LOW;
    let mut p = 1.987_569_1e-4;
    p = p * f + 1.398_199_9e-3;
    p = p * f + 8.333_452e-3;
    p = p * f + 4.166_579_6e-2;
    p = p * f + 1.666_666_5e-1;
    p = p * f + 0.5;
    let y = (p * f * f + f) + 1.0;
    y * f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000))
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Hyperbolic tangent; absolute error below 3e-7.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    2.0 / (1.0 + exp(-2.0 * x)) - 1.0
}

/// ln(p / (1 - p)) with p cut to [1e-4, 1 - 1e-4].
pub fn logit(p: f32) -> f32 {
    let p = p.clamp(1e-4, 1.0 - 1e-4);
    libm::logf(p / (1.0 - p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_accurate_over_its_range() {
        let mut x = -86.0_f32;
        while x < 87.0 {
            let truth = libm::exp(f64::from(x));
            assert!((f64::from(exp(x)) / truth - 1.0).abs() < 2.5e-7, "{x}");
            x += 0.037;
        }
        assert!(exp(-1e9) > 0.0 && exp(1e9).is_finite());
    }

    #[test]
    fn squashing_functions_match_libm() {
        let mut x = -12.0_f32;
        while x < 12.0 {
            assert!((tanh(x) - libm::tanhf(x)).abs() < 5e-7, "{x}");
            assert!((logit(sigmoid(x)) - x.clamp(-9.2103, 9.2103)).abs() < 2e-2, "{x}");
            x += 0.11;
        }
    }
}
