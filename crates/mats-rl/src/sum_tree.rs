//! Sums over a changing array: O(log n) update, O(log n) search by prefix sum.

/// A complete binary tree whose leaves are non-negative weights and whose inner nodes are the sums of their
/// children. Inner nodes are computed anew on each update, never corrected by differences, so rounding does
/// not build up.
#[derive(Debug, Clone, PartialEq)]
pub struct SumTree {
    /// Root at 1; the children of `i` are `2i` and `2i + 1`; leaves start at `leaves`.
    nodes: Vec<f64>,
    leaves: usize,
}

impl SumTree {
    /// A tree of `len` zero weights.
    pub fn new(len: usize) -> SumTree {
        let leaves = len.max(1).next_power_of_two();
        SumTree { nodes: vec![0.0; 2 * leaves], leaves }
    }

    /// Sum of all weights.
    pub fn total(&self) -> f64 {
        self.nodes[1]
    }

    /// Weight `i`.
    pub fn get(&self, i: usize) -> f64 {
        self.nodes[self.leaves + i]
    }

    /// Sets weight `i`.
    ///
    /// # Panics
    /// When the weight is negative or not finite.
    pub fn set(&mut self, i: usize, weight: f64) {
        assert!(weight >= 0.0 && weight.is_finite(), "weight {weight} of entry {i} is not a weight");
        let mut node = self.leaves + i;
        self.nodes[node] = weight;
        while node > 1 {
            node /= 2;
            self.nodes[node] = self.nodes[2 * node] + self.nodes[2 * node + 1];
        }
    }

    /// The smallest `i` whose prefix sum of weights `0..=i` exceeds `mass`. An entry without weight is never
    /// returned while [`total`](SumTree::total) is positive, whatever `mass`.
    pub fn find(&self, mut mass: f64) -> usize {
        let mut node = 1;
        while node < self.leaves {
            let (left, right) = (self.nodes[2 * node], self.nodes[2 * node + 1]);
            // `mass` may reach the total by rounding: an empty right side is never entered.
            if mass < left || right == 0.0 {
                node *= 2;
            } else {
                mass -= left;
                node = 2 * node + 1;
            }
        }
        node - self.leaves
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_plain_array(
            len in 1usize..40,
            writes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..5), 1..80),
            part in 0.0f64..1.0,
        ) {
            let mut tree = SumTree::new(len);
            let mut plain = vec![0.0; len];
            for (index, weight) in writes {
                let i = index.index(len);
                tree.set(i, f64::from(weight));
                plain[i] = f64::from(weight);
            }
            // Small whole numbers add up exactly, so the comparison may be exact.
            let total: f64 = plain.iter().sum();
            prop_assert_eq!(tree.total(), total);
            if total > 0.0 {
                let mass = part * total;
                let mut prefix = 0.0;
                let expected = plain.iter().position(|w| { prefix += w; prefix > mass }).unwrap();
                prop_assert_eq!(tree.find(mass), expected);
                prop_assert!(tree.get(tree.find(total)) > 0.0);
            }
        }
    }
}
