//! Charts, drawn twice: wide, for desks and papers, and narrow, for phones. All are plain SVG without a script; pages
//! show values on hover from [`Mark`]s.
//!
//! | module | draws |
//! |---|---|
//! | [`curves`] | lines, steps and dots with bands |
//! | [`bars`] | a bar a row, with intervals |
//! | [`scatter`] | points with intervals both ways |
//! | [`matrix`] | tables of shaded cells |
//! | [`strip`] | techniques under their tactics |

pub mod bars;
pub mod curves;
pub mod matrix;
pub mod scatter;
pub mod strip;

mod canvas;
mod style;

pub use canvas::{Canvas, DrawError};
pub use style::SeriesStyle;

/// Former name of [`SeriesStyle`].
#[deprecated(since = "0.2.0", note = "renamed to `SeriesStyle`")]
pub type Look = SeriesStyle;

/// Former name of [`Canvas`].
#[deprecated(since = "0.2.0", note = "renamed to `Canvas`")]
pub type Sheet<'a> = Canvas<'a>;

/// Layout of a drawing: a chart has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// 720 points wide.
    Wide,
    /// 360 points wide.
    Narrow,
}

/// Former name of [`Layout`].
#[deprecated(since = "0.2.0", note = "renamed to `Layout`")]
pub type Format = Layout;

impl Layout {
    /// Width in points.
    pub const fn width(self) -> i32 {
        match self {
            Layout::Wide => 720,
            Layout::Narrow => 360,
        }
    }
}

/// Something with a value, to be found under a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Position, in the units of the drawing's `viewBox`.
    pub at: (i32, i32),
    /// Group it belongs to: up and down lead from one group to the next, left and right stay within.
    pub group: usize,
    /// Text about the value.
    pub text: String,
}

/// One drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// An `<svg>` element, a file by itself.
    pub svg: String,
    /// Marks of its values.
    pub marks: Vec<Mark>,
}

/// Drawing that can be made.
pub trait Chart {
    /// Draws it.
    ///
    /// # Errors
    /// When the library refuses, which drawing into memory gives no reason for.
    fn draw(&self, format: Layout) -> Result<Drawing, DrawError>;
}

/// Notation of numbers at an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Numbers as they are, with as many digits as the range asks for.
    Plain,
    /// Shares as percent.
    Percent,
    /// Numbers as they are, spaced by their square roots: small values are told apart beside large ones. None is below 0.
    Root,
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Quantity that it measures, with its unit.
    pub label: String,
    /// Lowest and highest value.
    pub range: (f64, f64),
    /// Notation of its numbers.
    pub numbers: Numbers,
}

impl Axis {
    /// An axis that holds all values, with a little room at both ends. Values that are no numbers are passed over.
    pub fn around(label: &str, values: impl Iterator<Item = f64>) -> Axis {
        let ends = values.filter(|v| v.is_finite()).fold(None, |ends: Option<(f64, f64)>, v| {
            Some(ends.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
        });
        let (low, high) = ends.unwrap_or((0.0, 1.0));
        let room = if high > low { 0.05 * (high - low) } else { 0.05 * high.abs().max(1.0) };
        // What begins at nothing shows nothing below.
        let low = if low == 0.0 { 0.0 } else { low - room };
        Axis { label: label.to_owned(), range: (low, high + room), numbers: Numbers::Plain }
    }

    /// An axis of shares from 0 to 1.
    pub fn share(label: &str) -> Axis {
        Axis { label: label.to_owned(), range: (0.0, 1.0), numbers: Numbers::Percent }
    }

    /// A number as it stands at the axis, where neighbours are a `step` apart.
    pub fn number(&self, value: f64, step: f64) -> String {
        let (value, step) = match self.numbers {
            Numbers::Percent => (100.0 * value, 100.0 * step),
            Numbers::Plain | Numbers::Root => (value, step),
        };
        let exact = |digits: &usize| {
            let scaled = step * libm::pow(10.0, *digits as f64);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        };
        let digits = (0..6).find(exact).unwrap_or(6);
        // What rounds to nothing has no sign.
        let text =
            format!("{:.digits$}", if value.abs() < step / 2.0 { 0.0 } else { value }).replace('-', "−");
        if self.numbers == Numbers::Percent { format!("{text} %") } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_hold_their_values_whatever_these_are() {
        let range = |values: &[f64]| Axis::around("x", values.iter().copied()).range;
        assert_eq!(range(&[]), (0.0, 1.05));
        assert_eq!(range(&[f64::NAN, 0.0, 10.0]), (0.0, 10.5));
        let (low, high) = range(&[-3.0]);
        assert!(low < -3.0 && high > -3.0);
    }

    #[test]
    fn numbers_at_an_axis_have_the_digits_that_tell_them_apart() {
        let axis = Axis::around("x", [0.0, 1.0].into_iter());
        let told = |step: f64| [0, 1, 2, 3].map(|i| axis.number(f64::from(i) * step, step));
        assert_eq!(told(0.25), ["0.00", "0.25", "0.50", "0.75"]);
        assert_eq!(told(0.005), ["0.000", "0.005", "0.010", "0.015"]);
        assert_eq!((told(10.0)[3].as_str(), axis.number(-0.2, 0.1).as_str()), ("30", "−0.2"));
        assert_eq!(Axis::share("x").number(0.2, 0.2), "20 %");
    }
}
