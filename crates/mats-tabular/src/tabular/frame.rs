/// A table as plain columns.
#[derive(Debug, Clone, Default)]
pub struct Frame<'a> {
    /// Rows.
    pub rows: usize,
    /// Names and values of the columns, each of `rows` values.
    pub columns: Vec<(&'a str, Values<'a>)>,
}

/// The values of a column.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// Numbers; what is missing is not a number.
    Numbers(&'a [f64]),
    /// Names: for each row a position in `names`; what is missing lies beyond them.
    Names {
        /// A position by row.
        codes: &'a [u32],
        /// The different names.
        names: &'a [String],
    },
    /// None for a detector to learn from, and why.
    Out(&'static str),
}

impl Values<'_> {
    /// Counts the values that are there.
    pub(super) fn present(&self) -> usize {
        match self {
            Values::Numbers(numbers) => numbers.iter().filter(|x| !x.is_nan()).count(),
            Values::Names { codes, names } => {
                codes.iter().filter(|&&code| (code as usize) < names.len()).count()
            }
            Values::Out(_) => 0,
        }
    }
}
