//! Flat buffers as matrices.

use ndarray::ArrayView2;

/// Entries that lie row by row, as so many rows.
pub(crate) fn rows<T>(entries: &[T], count: usize) -> ArrayView2<'_, T> {
    let width = entries.len().checked_div(count).unwrap_or(0);
    ArrayView2::from_shape((count, width), entries).expect("rows of one width")
}
