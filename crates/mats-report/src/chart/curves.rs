//! Lines, steps and dots over two axes, with bands where there are intervals.

use super::canvas::{Anchor, Canvas, Scale, width_of};
use super::style::{DIM, INK};
use super::{Axis, Chart, DrawError, Drawing, Layout, SeriesStyle};

/// A chart of curves.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// The axis to the right.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// Curves, later ones above earlier ones.
    pub series: Vec<Series>,
    /// True if both axes are alike, so that the plot is square and has its diagonal.
    pub square: bool,
}

/// Shape that a series is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A line from point to point.
    Line,
    /// Level until the next point.
    Steps,
    /// Markers alone.
    Dots,
}

/// One curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Style of the curve.
    pub style: SeriesStyle,
    /// Shape that it is drawn in.
    pub shape: Shape,
    /// Points, from left to right.
    pub points: Vec<Point>,
}

/// A point of a curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Value to the right.
    pub x: f64,
    /// Value upwards.
    pub y: f64,
    /// Interval of the value upwards.
    pub band: Option<(f64, f64)>,
    /// Text about the point.
    pub text: String,
}

impl Chart for Curves {
    fn draw(&self, format: Layout) -> Result<Drawing, DrawError> {
        let width = f64::from(format.width());
        let (left, right) = (48.0, if format == Layout::Wide { 16.0 } else { 10.0 });
        let plot = match (self.square, format) {
            (false, Layout::Wide) => (width - left - right, 280.0),
            (false, Layout::Narrow) => (width - left - right, 220.0),
            (true, Layout::Wide) => (400.0, 400.0),
            (true, Layout::Narrow) => (width - left - right, width - left - right),
        };
        let (from, to) = ((left, 26.0), (left + plot.0, 26.0 + plot.1));
        let legend = legend(self.series.iter().map(|s| s.name.as_str()), (left, to.1 + 52.0), width - right);
        let height = legend.last().map_or(to.1 + 40.0, |(_, y)| y + 14.0);
        Canvas::draw(format, height as i32, |canvas| {
            let scale = canvas.axes(from, to, &self.x, &self.y)?;
            if self.square {
                let diagonal =
                    [scale.at(self.x.range.0, self.y.range.0), scale.at(self.x.range.1, self.y.range.1)];
                canvas.line(&diagonal, DIM, 1.0, Some((3, 3)))?;
            }
            for series in &self.series {
                series.band(canvas, &scale)?;
            }
            for (group, series) in self.series.iter().enumerate() {
                series.draw(canvas, &scale, group)?;
            }
            for (series, &(x, y)) in self.series.iter().zip(&legend) {
                if series.shape != Shape::Dots {
                    let swatch = [(x, y), (x + 26.0, y)];
                    canvas.line(&swatch, series.style.colour(), 2.0, series.style.dash())?;
                }
                canvas.marker((x + 13.0, y), series.style)?;
                canvas.text(&series.name, (x + 33.0, y), Anchor::Start, 12.0, INK)?;
            }
            Ok(())
        })
    }
}

/// Returns where the entries of a legend stand: as many to a line as there is room for.
fn legend<'a>(names: impl Iterator<Item = &'a str>, (left, top): (f64, f64), right: f64) -> Vec<(f64, f64)> {
    let (mut x, mut y) = (left, top);
    names
        .map(|name| {
            let room = 33.0 + width_of(name, 12.0) + 18.0;
            if x > left && x + room - 18.0 > right {
                (x, y) = (left, y + 19.0);
            }
            let at = (x, y);
            x += room;
            at
        })
        .collect()
}

impl Series {
    fn path(&self, scale: &Scale, value: impl Fn(&Point) -> f64) -> Vec<(f64, f64)> {
        let mut path = Vec::with_capacity(2 * self.points.len());
        let mut level: Option<f64> = None;
        for point in &self.points {
            if let (Shape::Steps, Some(level)) = (self.shape, level) {
                path.push(scale.at(point.x, level));
            }
            level = Some(value(point));
            path.push(scale.at(point.x, value(point)));
        }
        path
    }

    fn band(&self, canvas: &Canvas<'_>, scale: &Scale) -> Result<(), DrawError> {
        if self.points.iter().all(|p| p.band.is_none()) || self.shape == Shape::Dots {
            return Ok(());
        }
        let mut outline = self.path(scale, |p| p.band.map_or(p.y, |b| b.0));
        outline.extend(self.path(scale, |p| p.band.map_or(p.y, |b| b.1)).into_iter().rev());
        canvas.polygon(&outline, self.style.colour(), 0.13)
    }

    fn draw(&self, canvas: &mut Canvas<'_>, scale: &Scale, group: usize) -> Result<(), DrawError> {
        let path = self.path(scale, |p| p.y);
        if self.shape != Shape::Dots {
            canvas.line(&path, self.style.colour(), 2.0, self.style.dash())?;
        }
        // A few markers tell lines apart without colour; each series has them elsewhere.
        let every = (self.points.len() / 5).max(1);
        for (i, point) in self.points.iter().enumerate() {
            let at = scale.at(point.x, point.y);
            if self.shape == Shape::Dots || self.points.len() == 1 || i % every == (2 * group + 1) % every {
                canvas.marker(at, self.style)?;
            }
            if let (Shape::Dots, Some((low, high))) = (self.shape, point.band) {
                canvas.line(
                    &[scale.at(point.x, low), scale.at(point.x, high)],
                    self.style.colour(),
                    1.5,
                    None,
                )?;
            }
            canvas.mark(at, group, point.text.clone());
        }
        Ok(())
    }
}
