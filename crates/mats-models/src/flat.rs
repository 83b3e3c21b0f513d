use ndarray::ArrayView2;
use std::borrow::Cow;

/// Numbers of a table (rows × columns), row by row; copied only where the layout is not the standard one.
#[expect(clippy::needless_pass_by_value, reason = "views are handed over like slices")]
pub fn flat(rows: ArrayView2<'_, f32>) -> Cow<'_, [f32]> {
    match rows.to_slice() {
        Some(numbers) => Cow::Borrowed(numbers),
        None => Cow::Owned(rows.into_iter().copied().collect()),
    }
}
