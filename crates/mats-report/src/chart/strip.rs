//! Techniques under their tactics, in the order of ATT&CK; on a phone, tactic by tactic downwards.

use super::canvas::{Anchor, Canvas};
use super::style::{DIM, INK, RULE, SeriesStyle};
use super::{Chart, DrawError, Drawing, Layout};

/// A strip of tactics.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// The tactics, in order.
    pub tactics: Vec<Tactic>,
}

/// A tactic and its techniques.
#[derive(Debug, Clone, PartialEq)]
pub struct Tactic {
    /// A word for it.
    pub name: String,
    /// Techniques of the tactic.
    pub techniques: Vec<Technique>,
}

/// A technique.
#[derive(Debug, Clone, PartialEq)]
pub struct Technique {
    /// ATT&CK id of the technique.
    pub id: String,
    /// Share seen, from 0 to 1.
    pub share: f64,
    /// Text about the technique.
    pub text: String,
}

const CELL: f64 = 34.0;

impl Chart for Strip {
    fn draw(&self, format: Layout) -> Result<Drawing, DrawError> {
        match format {
            Layout::Wide => self.columns(),
            Layout::Narrow => self.rows(),
        }
    }
}

impl Strip {
    fn columns(&self) -> Result<Drawing, DrawError> {
        let width = f64::from(Layout::Wide.width());
        let column = (width / self.tactics.len().max(1) as f64).min(110.0);
        let deepest = self.tactics.iter().map(|t| t.techniques.len()).max().unwrap_or(0);
        Canvas::draw(Layout::Wide, (26.0 + CELL * deepest as f64) as i32 + 4, |canvas| {
            for (c, tactic) in self.tactics.iter().enumerate() {
                let x = column * c as f64;
                canvas.text(&tactic.name, (x + column / 2.0, 13.0), Anchor::Middle, 10.5, DIM)?;
                for (r, technique) in tactic.techniques.iter().enumerate() {
                    let y = 24.0 + CELL * r as f64;
                    technique.cell(canvas, (x + 1.5, y), (x + column - 1.5, y + CELL - 3.0), c)?;
                }
            }
            Ok(())
        })
    }

    fn rows(&self) -> Result<Drawing, DrawError> {
        const ACROSS: usize = 3;
        let (left, width) = (92.0, f64::from(Layout::Narrow.width()));
        let column = (width - left) / ACROSS as f64;
        let lines = |t: &Tactic| t.techniques.len().div_ceil(ACROSS).max(1);
        let height = self.tactics.iter().map(|t| CELL * lines(t) as f64 + 4.0).sum::<f64>();
        Canvas::draw(Layout::Narrow, height as i32, |canvas| {
            let mut top = 0.0;
            for (group, tactic) in self.tactics.iter().enumerate() {
                canvas.text(&tactic.name, (0.0, top + CELL / 2.0), Anchor::Start, 12.0, DIM)?;
                for (i, technique) in tactic.techniques.iter().enumerate() {
                    let (x, y) = (left + column * (i % ACROSS) as f64, top + CELL * (i / ACROSS) as f64);
                    technique.cell(canvas, (x + 1.5, y), (x + column - 1.5, y + CELL - 3.0), group)?;
                }
                top += CELL * lines(tactic) as f64 + 4.0;
            }
            Ok(())
        })
    }
}

impl Technique {
    fn cell(
        &self,
        canvas: &mut Canvas<'_>,
        from: (f64, f64),
        to: (f64, f64),
        group: usize,
    ) -> Result<(), DrawError> {
        let middle = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
        canvas.block(from, to, SeriesStyle(0).colour(), 0.03 + 0.52 * self.share.clamp(0.0, 1.0))?;
        canvas.frame(from, to, RULE)?;
        canvas.text(&self.id, (middle.0, middle.1 - 7.0), Anchor::Middle, 10.0, INK)?;
        let share = format!("{:.0} %", 100.0 * self.share);
        canvas.text(&share, (middle.0, middle.1 + 7.0), Anchor::Middle, 11.0, INK)?;
        canvas.mark(middle, group, self.text.clone());
        Ok(())
    }
}
