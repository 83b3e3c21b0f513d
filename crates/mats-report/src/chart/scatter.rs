//! Points with intervals both ways, each with its name beside it.

use super::canvas::{Anchor, Canvas, width_of};
use super::style::INK;
use super::{Axis, Chart, DrawError, Drawing, Layout, SeriesStyle};

/// A chart of points.
#[derive(Debug, Clone, PartialEq)]
pub struct Scatter {
    /// The axis to the right.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// The points.
    pub points: Vec<Dot>,
}

/// One point.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    /// Name of the point.
    pub name: String,
    /// Style of the point.
    pub style: SeriesStyle,
    /// Values to the right and upwards.
    pub at: (f64, f64),
    /// Intervals to the right and upwards.
    pub intervals: [Option<(f64, f64)>; 2],
    /// Text about the point.
    pub text: String,
}

impl Chart for Scatter {
    fn draw(&self, format: Layout) -> Result<Drawing, DrawError> {
        let width = f64::from(format.width());
        let to = (width - 12.0, if format == Layout::Wide { 340.0 } else { 290.0 });
        Canvas::draw(format, to.1 as i32 + 42, |canvas| {
            let scale = canvas.axes((48.0, 26.0), to, &self.x, &self.y)?;
            for dot in &self.points {
                let [across, up] = dot.intervals;
                if let Some((low, high)) = across {
                    let line = [scale.at(low, dot.at.1), scale.at(high, dot.at.1)];
                    canvas.line(&line, dot.style.colour(), 1.5, None)?;
                }
                if let Some((low, high)) = up {
                    let line = [scale.at(dot.at.0, low), scale.at(dot.at.0, high)];
                    canvas.line(&line, dot.style.colour(), 1.5, None)?;
                }
            }
            let places: Vec<_> = self.points.iter().map(|dot| scale.at(dot.at.0, dot.at.1)).collect();
            let labels = labels(&places, self.points.iter().map(|d| d.name.as_str()), to);
            for ((group, dot), (&at, label)) in self.points.iter().enumerate().zip(places.iter().zip(labels))
            {
                canvas.marker(at, dot.style)?;
                if (label.1 - at.1).abs() > 13.0 {
                    canvas.line(&[at, (label.0 - 2.0, label.1)], dot.style.colour(), 0.75, None)?;
                }
                canvas.text(&dot.name, label, Anchor::Start, 12.0, INK)?;
                canvas.mark(at, group, dot.text.clone());
            }
            Ok(())
        })
    }
}

/// Returns where names stand: right of their points, or left where there is no room, moved until none lies on another.
fn labels<'a>(
    places: &[(f64, f64)],
    names: impl Iterator<Item = &'a str>,
    to: (f64, f64),
) -> Vec<(f64, f64)> {
    const HEIGHT: f64 = 14.0;
    let mut set: Vec<(f64, f64, f64)> = Vec::new();
    names
        .zip(places)
        .map(|(name, &(x, y))| {
            let width = width_of(name, 12.0);
            let left = if x + 9.0 + width > to.0 { x - 9.0 - width } else { x + 9.0 };
            let free = |&at: &f64| {
                let beside = |&(l, w, t): &(f64, f64, f64)| {
                    left + width < l || l + w < left || (at - t).abs() >= HEIGHT
                };
                let clear = |&(px, py): &(f64, f64)| {
                    px < left - 6.0 || px > left + width + 6.0 || (py - at).abs() >= 9.0
                };
                (14.0..to.1 - 8.0).contains(&at) && set.iter().all(beside) && places.iter().all(clear)
            };
            let moves = (0..24).map(|i| f64::from(i) * 5.0).flat_map(|d| [-d, d]).map(|d| y - 10.0 + d);
            let at = moves.into_iter().find(free).unwrap_or(y - 10.0);
            set.push((left, width, at));
            (left, at)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_points_at_one_place_do_not_cover_each_other() {
        let set = labels(&[(100.0, 100.0); 3], ["a", "b", "c"].into_iter(), (300.0, 300.0));
        for (i, a) in set.iter().enumerate() {
            assert!(set[i + 1..].iter().all(|b| (a.1 - b.1).abs() >= 14.0), "{set:?}");
        }
    }
}
