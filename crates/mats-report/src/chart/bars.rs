//! A bar a row, with its interval; the value stands beside it.

use super::canvas::{Anchor, Canvas, width_of};
use super::style::{DIM, INK};
use super::{Axis, Chart, DrawError, Drawing, Layout, SeriesStyle};

/// A chart of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// The axis to the right.
    pub x: Axis,
    /// Bars, from top to bottom.
    pub rows: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Name of what it shows.
    pub name: String,
    /// Style of the bar.
    pub style: SeriesStyle,
    /// Start and end of the bar.
    pub bar: (f64, f64),
    /// The interval of its end.
    pub interval: Option<(f64, f64)>,
    /// The value in words, beside it.
    pub value: String,
}

/// Former name of [`Bar`].
#[deprecated(since = "0.2.0", note = "renamed to `Bar`")]
pub type Row = Bar;

const ROW: f64 = 30.0;

impl Chart for Bars {
    fn draw(&self, format: Layout) -> Result<Drawing, DrawError> {
        let narrow = format == Layout::Narrow;
        let width = f64::from(format.width());
        let names = self.rows.iter().map(|r| width_of(&r.name, 12.0)).fold(0.0, f64::max);
        let values = self.rows.iter().map(|r| width_of(&r.value, 11.0)).fold(0.0, f64::max);
        // On a phone, names and values stand above their bars.
        let (left, right) =
            if narrow { (12.0, 12.0) } else { (names.min(260.0) + 16.0, values.min(200.0) + 16.0) };
        let row = if narrow { ROW + 14.0 } else { ROW };
        let to = (width - right, 14.0 + row * self.rows.len() as f64);
        Canvas::draw(format, to.1 as i32 + 42, |canvas| {
            let scale = canvas.axis((left, 10.0), to, &self.x)?;
            for (i, r) in self.rows.iter().enumerate() {
                let y = 14.0 + row * i as f64 + row - ROW / 2.0;
                for value in [0.0, 1.0].into_iter().filter(|v| (self.x.range.0..=self.x.range.1).contains(v))
                {
                    let (x, _) = scale.at(value, 0.0);
                    canvas.line(&[(x, y - 11.0), (x, y + 11.0)], DIM, 1.0, Some((2, 2)))?;
                }
                let ((a, _), (b, _)) = (scale.at(r.bar.0, 0.0), scale.at(r.bar.1, 0.0));
                canvas.block((a.min(b), y - 7.0), (a.max(b), y + 7.0), r.style.colour(), 0.35)?;
                canvas.marker((b, y), r.style)?;
                if let Some(interval @ (low, high)) = r.interval {
                    let ((low, _), (high, _)) = (scale.at(low, 0.0), scale.at(high, 0.0));
                    canvas.line(&[(low, y), (high, y)], INK, 1.5, None)?;
                    // An interval that goes on beyond the axis has no end here.
                    let ends = [(interval.0 >= self.x.range.0, low), (interval.1 <= self.x.range.1, high)];
                    for (_, end) in ends.into_iter().filter(|end| end.0) {
                        canvas.line(&[(end, y - 4.0), (end, y + 4.0)], INK, 1.5, None)?;
                    }
                }
                if narrow {
                    canvas.text(&r.name, (left, y - 18.0), Anchor::Start, 12.0, INK)?;
                    canvas.text(&r.value, (to.0, y - 18.0), Anchor::End, 11.0, DIM)?;
                } else {
                    canvas.text(&r.name, (left - 8.0, y), Anchor::End, 12.0, INK)?;
                    canvas.text(&r.value, (to.0 + 10.0, y), Anchor::Start, 11.0, DIM)?;
                }
                canvas.mark((b, y), i, format!("{}: {}", r.name, r.value));
            }
            Ok(())
        })
    }
}
