//! A canvas to draw on, in points, with what all charts have in common: text, markers, legends, axes.

use super::style::{DIM, INK, PAPER, RULE, SeriesStyle, Shape};
use super::{Axis, Drawing, Layout, Mark, Numbers};
use mats_core::text::printable;
use plotters::coord::Shift;
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, TextStyle};

/// Error of drawing a chart.
#[derive(Debug, thiserror::Error)]
#[error("failed to draw a chart: {0}")]
pub struct DrawError(String);

impl<E: std::error::Error + Send + Sync> From<plotters::drawing::DrawingAreaErrorKind<E>> for DrawError {
    fn from(error: plotters::drawing::DrawingAreaErrorKind<E>) -> DrawError {
        DrawError(error.to_string())
    }
}

/// Units of the drawing to a point. The library draws on whole units.
const FINE: i32 = 4;
/// The library writes a smaller size into the file than it is asked for.
const FONT: f64 = 1.24;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A canvas; all lengths are in points.
pub struct Canvas<'a> {
    area: Area<'a>,
    marks: Vec<Mark>,
}

/// Place of a text relative to its point.
#[derive(Debug, Clone, Copy)]
pub enum Anchor {
    /// Begins there.
    Start,
    /// Has its middle there.
    Middle,
    /// Ends there.
    End,
}

impl Canvas<'_> {
    /// Draws on a canvas of a format and a height.
    ///
    /// # Errors
    /// When drawing fails.
    pub fn draw(
        format: Layout,
        height: i32,
        paint: impl FnOnce(&mut Canvas<'_>) -> Result<(), DrawError>,
    ) -> Result<Drawing, DrawError> {
        let (width, height) = (format.width(), height.max(1));
        let mut svg = String::new();
        let marks = {
            let backend = SVGBackend::with_string(&mut svg, ((width * FINE) as u32, (height * FINE) as u32));
            let mut canvas = Canvas { area: backend.into_drawing_area(), marks: Vec::new() };
            canvas.area.fill(&PAPER)?;
            paint(&mut canvas)?;
            canvas.area.present()?;
            canvas.marks
        };
        // Fine units inside, points outside.
        let fine = format!("<svg width=\"{}\" height=\"{}\"", width * FINE, height * FINE);
        let svg = svg.replacen(&fine, &format!("<svg width=\"{width}\" height=\"{height}\""), 1);
        Ok(Drawing { svg, marks })
    }

    fn fine(at: (f64, f64)) -> (i32, i32) {
        let unit = |v: f64| (v * f64::from(FINE)).round() as i32;
        (unit(at.0), unit(at.1))
    }

    /// Notes a value at a place.
    pub fn mark(&mut self, at: (f64, f64), group: usize, text: String) {
        self.marks.push(Mark { at: Canvas::fine(at), group, text });
    }

    /// Writes a line of text, centred on the height of its point.
    ///
    /// # Errors
    /// When drawing fails.
    pub fn text(
        &self,
        text: &str,
        at: (f64, f64),
        anchor: Anchor,
        size: f64,
        colour: RGBColor,
    ) -> Result<(), DrawError> {
        let style = style(size, colour, anchor);
        Ok(self.area.draw(&Text::new(printable(text), Canvas::fine(at), style))?)
    }

    /// Fills a rectangle.
    ///
    /// # Errors
    /// When drawing fails.
    pub fn block(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        colour: RGBColor,
        opacity: f64,
    ) -> Result<(), DrawError> {
        let corners = [Canvas::fine(from), Canvas::fine(to)];
        Ok(self.area.draw(&Rectangle::new(corners, colour.mix(opacity).filled()))?)
    }

    /// Frames a rectangle.
    ///
    /// # Errors
    /// When drawing fails.
    pub fn frame(&self, from: (f64, f64), to: (f64, f64), colour: RGBColor) -> Result<(), DrawError> {
        let corners = [Canvas::fine(from), Canvas::fine(to)];
        Ok(self.area.draw(&Rectangle::new(corners, colour.stroke_width(FINE as u32)))?)
    }

    /// Fills a polygon.
    ///
    /// # Errors
    /// When drawing fails.
    pub fn polygon(&self, points: &[(f64, f64)], colour: RGBColor, opacity: f64) -> Result<(), DrawError> {
        let points: Vec<_> = points.iter().map(|&p| Canvas::fine(p)).collect();
        Ok(self.area.draw(&Polygon::new(points, colour.mix(opacity).filled()))?)
    }

    /// Draws a line, dashed or not.
    ///
    /// # Errors
    /// When drawing fails.
    pub fn line(
        &self,
        points: &[(f64, f64)],
        colour: RGBColor,
        width: f64,
        dash: Option<(i32, i32)>,
    ) -> Result<(), DrawError> {
        let mut points: Vec<_> = points.iter().map(|&p| Canvas::fine(p)).collect();
        points.dedup();
        if points.len() < 2 {
            return Ok(());
        }
        let style = colour.stroke_width((width * f64::from(FINE)).round() as u32);
        match dash {
            None => self.area.draw(&PathElement::new(points, style))?,
            Some((on, off)) => {
                self.area.draw(&DashedPathElement::new(points, on * FINE, off * FINE, style))?;
            }
        }
        Ok(())
    }

    /// Draws a marker.
    ///
    /// # Errors
    /// When drawing fails.
    pub fn marker(&self, (x, y): (f64, f64), style: SeriesStyle) -> Result<(), DrawError> {
        let (colour, r) = (style.colour(), 4.0);
        let ring =
            |radius: f64, style| Circle::new(Canvas::fine((x, y)), (radius * f64::from(FINE)) as i32, style);
        match style.shape() {
            Shape::Disc => self.area.draw(&ring(r, colour.filled()))?,
            Shape::Ring => self.area.draw(&ring(r, colour.stroke_width(2 * FINE as u32)))?,
            Shape::Square => {
                self.block((x - r + 0.5, y - r + 0.5), (x + r - 0.5, y + r - 0.5), colour, 1.0)?;
            }
            Shape::Triangle => {
                self.polygon(&[(x, y - r - 0.5), (x + r, y + r - 1.0), (x - r, y + r - 1.0)], colour, 1.0)?;
            }
            Shape::Tip => {
                self.polygon(&[(x, y + r + 0.5), (x + r, y - r + 1.0), (x - r, y - r + 1.0)], colour, 1.0)?;
            }
            Shape::Diamond => {
                let r = r + 1.0;
                self.polygon(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], colour, 1.0)?;
            }
            Shape::Cross => {
                self.line(&[(x - r, y - r), (x + r, y + r)], colour, 2.0, None)?;
                self.line(&[(x - r, y + r), (x + r, y - r)], colour, 2.0, None)?;
            }
            Shape::Plus => {
                self.line(&[(x - r, y), (x + r, y)], colour, 2.0, None)?;
                self.line(&[(x, y - r), (x, y + r)], colour, 2.0, None)?;
            }
        }
        Ok(())
    }

    /// Draws both axes of a plot within a rectangle, and returns how values become places.
    ///
    /// # Errors
    /// When drawing fails.
    pub fn axes(&self, from: (f64, f64), to: (f64, f64), x: &Axis, y: &Axis) -> Result<Scale, DrawError> {
        let scale = Scale { from, to, x: x.range, y: y.range, root: x.numbers == Numbers::Root };
        let (values, step) = ticks(y.range, ((to.1 - from.1) / 45.0) as usize);
        for value in values {
            let (_, at) = scale.at(x.range.0, value);
            self.line(&[(from.0, at), (to.0, at)], RULE, 1.0, None)?;
            self.text(&y.number(value, step), (from.0 - 6.0, at), Anchor::End, 11.0, DIM)?;
        }
        self.text(&y.label, (from.0 - 40.0, from.1 - 14.0), Anchor::Start, 12.0, INK)?;
        self.axis(from, to, x)?;
        Ok(scale)
    }

    /// Draws the axis below a plot; upwards there is nothing to measure.
    ///
    /// # Errors
    /// When drawing fails.
    pub fn axis(&self, from: (f64, f64), to: (f64, f64), x: &Axis) -> Result<Scale, DrawError> {
        let scale = Scale { from, to, x: x.range, y: (0.0, 1.0), root: x.numbers == Numbers::Root };
        let (mut values, step) = ticks(x.range, ((to.0 - from.0) / 60.0) as usize);
        if scale.root && step > 0.0 {
            // Where small values are far apart, there is room to name some.
            values.extend([0.1, 0.3].map(|part| part * step));
            values.sort_by(f64::total_cmp);
        }
        let step = if scale.root { step / 10.0 } else { step };
        let mut free = f64::NEG_INFINITY;
        for value in values {
            let (at, _) = scale.at(value, 0.0);
            let told = x.number(value, step);
            if at - width_of(&told, 11.0) / 2.0 < free {
                continue;
            }
            free = at + width_of(&told, 11.0) / 2.0 + 4.0;
            self.line(&[(at, to.1), (at, to.1 + 4.0)], DIM, 1.0, None)?;
            self.text(&told, (at, to.1 + 13.0), Anchor::Middle, 11.0, DIM)?;
        }
        self.line(&[(from.0, to.1), (to.0, to.1)], DIM, 1.0, None)?;
        // A long label may reach left beyond the plot, but not beyond the canvas.
        let half = width_of(&x.label, 12.0) / 2.0;
        let middle = f64::midpoint(from.0, to.0).min(to.0 + 8.0 - half).max(half);
        self.text(&x.label, (middle, to.1 + 31.0), Anchor::Middle, 12.0, INK)?;
        Ok(scale)
    }
}

fn style(size: f64, colour: RGBColor, anchor: Anchor) -> TextStyle<'static> {
    let h = match anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let font = ("sans-serif", size * FONT * f64::from(FINE)).into_font();
    let mut style = TextStyle::from(font);
    (style.color, style.pos) = (colour.to_backend_color(), Pos::new(h, VPos::Center));
    style
}

/// About how wide a text is: fonts of readers are not known.
pub fn width_of(text: &str, size: f64) -> f64 {
    0.56 * size * text.chars().count() as f64
}

/// Mapping of values to places.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    from: (f64, f64),
    to: (f64, f64),
    x: (f64, f64),
    y: (f64, f64),
    /// True if values to the right are spaced by their square roots.
    root: bool,
}

impl Scale {
    /// The place of a value; what lies beyond an axis stands at its end.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let part = |v: f64, (low, high): (f64, f64)| ((v - low) / (high - low)).clamp(0.0, 1.0);
        let root = |v: f64| v.max(0.0).sqrt();
        let right = if self.root { part(root(x), (root(self.x.0), root(self.x.1))) } else { part(x, self.x) };
        let up = part(y, self.y);
        (self.from.0 + right * (self.to.0 - self.from.0), self.to.1 - up * (self.to.1 - self.from.1))
    }
}

/// Round values within a range, about so many, two at least; and how far they are apart.
fn ticks((low, high): (f64, f64), count: usize) -> (Vec<f64>, f64) {
    let rough = (high - low) / count.max(2) as f64;
    let power = libm::pow(10.0, libm::floor(libm::log10(rough)));
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|s| s * power).find(|&s| s >= rough).unwrap_or(rough);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    ((first..=last.min(first.saturating_add(100))).map(|i| i as f64 * step).collect(), step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(ticks((0.0, 1.0), 5), (vec![0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0], 0.2));
        assert_eq!(ticks((-3.0, 7.0), 4), (vec![-2.5, 0.0, 2.5, 5.0], 2.5));
        assert!(ticks((0.0, f64::INFINITY), 4).0.len() < 200);
    }

    #[test]
    fn texts_cannot_become_markup() {
        let drawing = Canvas::draw(Layout::Wide, 50, |canvas| {
            canvas.text("</text><script>\u{1b}", (10.0, 10.0), Anchor::Start, 12.0, INK)
        });
        let svg = drawing.unwrap().svg;
        assert!(!svg.contains("<script") && !svg.contains('\u{1b}') && svg.contains("&lt;script"), "{svg}");
    }
}
