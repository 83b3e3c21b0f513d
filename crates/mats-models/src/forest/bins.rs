//! Columns as small numbers: what a split can tell apart.

use rayon::prelude::*;

/// Bins of a column at most.
pub(super) const BINS: usize = 256;

/// Rows in bins, column by column.
pub(super) struct Binned {
    /// The bin of row i in column j stands at `j * count + i`.
    pub bins: Vec<u8>,
    pub count: usize,
    /// Edges by column, ascending: a value belongs to the bin whose number is how many of these it exceeds.
    pub edges: Vec<Vec<f32>>,
}

impl Binned {
    /// Puts rows of `width` columns into bins. A column with at most 256 different values loses nothing; one with
    /// more is cut where equal shares of the rows lie between.
    pub fn new(rows: &[f32], width: usize) -> Binned {
        let count = rows.len() / width;
        let mut bins = vec![0; rows.len()];
        let edges = bins
            .par_chunks_mut(count)
            .enumerate()
            .map(|(j, bins)| {
                let column: Vec<f32> = (0..count).map(|i| rows[i * width + j]).collect();
                let edges = edges(column.clone());
                for (bin, x) in bins.iter_mut().zip(&column) {
                    *bin = edges.partition_point(|edge| x > edge) as u8;
                }
                edges
            })
            .collect();
        Binned { bins, count, edges }
    }

    pub fn width(&self) -> usize {
        self.edges.len()
    }

    pub fn column(&self, j: usize) -> &[u8] {
        &self.bins[j * self.count..(j + 1) * self.count]
    }
}

/// Returns where to cut a column: midway between neighbouring values.
fn edges(mut values: Vec<f32>) -> Vec<f32> {
    let count = values.len();
    values.sort_unstable_by(f32::total_cmp);
    let midway = |low: f32, high: f32| {
        let middle = low + (high - low) / 2.0;
        if middle < high && middle >= low { middle } else { low }
    };
    // Zeros of either sign are one value.
    let mut runs: Vec<(f32, usize)> = Vec::new();
    for (i, &x) in values.iter().enumerate() {
        match runs.last_mut() {
            Some(last) if last.0 == x => last.1 = i + 1,
            _ => runs.push((x, i + 1)),
        }
    }
    if runs.len() <= BINS {
        return runs.windows(2).map(|w| midway(w[0].0, w[1].0)).collect();
    }
    let mut edges = Vec::with_capacity(BINS - 1);
    let mut reached = 0;
    for pair in runs.windows(2) {
        // As many rows as would fill the bins that are left evenly.
        let share = (count - reached) as f64 / (BINS - edges.len()) as f64;
        if (pair[0].1 - reached) as f64 >= share && edges.len() < BINS - 1 {
            edges.push(midway(pair[0].0, pair[1].0));
            reached = pair[0].1;
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_keep_their_own_bins() {
        let rows = [3.0, 0.0, 1.0, -0.0, 3.0, 7.5];
        let binned = Binned::new(&rows, 1);
        assert_eq!(binned.column(0), [2, 0, 1, 0, 2, 3]);
        assert_eq!(binned.edges[0], [0.5, 2.0, 5.25]);
    }

    #[test]
    fn many_values_share_bins_evenly_and_a_heavy_value_keeps_its_own() {
        let rows: Vec<f32> = (0..10_000).map(|i| if i < 5000 { 0.0 } else { i as f32 }).collect();
        let binned = Binned::new(&rows, 1);
        let mut sizes = [0; BINS];
        binned.column(0).iter().for_each(|&b| sizes[b as usize] += 1);
        assert_eq!(sizes[0], 5000);
        assert!(sizes[1..].iter().all(|&n| (10..=40).contains(&n)), "{sizes:?}");
        assert!(binned.edges[0].is_sorted());
    }

    #[test]
    fn neighbouring_numbers_are_told_apart() {
        let low = 1.0_f32;
        let binned = Binned::new(&[low, low.next_up()], 1);
        assert_eq!(binned.column(0), [0, 1]);
    }
}
