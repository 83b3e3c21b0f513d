//! Tables of shaded cells: confusion matrices, and what was done hour by hour.

use super::canvas::{Anchor, Canvas, width_of};
use super::style::{DIM, INK, RULE, SeriesStyle};
use super::{Chart, DrawError, Drawing, Layout};

/// A table of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Name of what the columns are; stands below.
    pub across: String,
    /// Names of the columns. Where there is no room for all, some are left out.
    pub columns: Vec<String>,
    /// Names of the rows.
    pub rows: Vec<String>,
    /// Cells, row by row.
    pub cells: Vec<Cell>,
    /// Height of a row, in points.
    pub height: i32,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Text that stands in it, if there is room.
    pub label: String,
    /// Darkness, from 0 to 1.
    pub shade: f64,
    /// Text about the cell.
    pub text: String,
}

impl Chart for Matrix {
    fn draw(&self, format: Layout) -> Result<Drawing, DrawError> {
        let width = f64::from(format.width());
        let left = self.rows.iter().map(|r| width_of(r, 11.0)).fold(0.0, f64::max).min(0.4 * width) + 10.0;
        let row = f64::from(self.height);
        let count = self.columns.len().max(1);
        // Few columns do not grow across the whole canvas.
        let column = ((width - left - 8.0) / count as f64).min(150.0);
        let bottom = 24.0 + row * self.rows.len() as f64;
        Canvas::draw(format, bottom as i32 + 24, |canvas| {
            let longest = self.columns.iter().map(|c| width_of(c, 11.0)).fold(0.0, f64::max) + 6.0;
            let every = (longest / column).ceil().max(1.0) as usize;
            for (c, name) in self.columns.iter().enumerate().filter(|(c, _)| c % every == 0) {
                let x = left + column * (c as f64 + 0.5);
                canvas.text(name, (x, 14.0), Anchor::Middle, 11.0, DIM)?;
            }
            for (r, name) in self.rows.iter().enumerate() {
                let y = 24.0 + row * r as f64;
                canvas.text(name, (left - 6.0, y + row / 2.0), Anchor::End, 11.0, INK)?;
                for (c, cell) in self.cells.iter().skip(r * count).take(count).enumerate() {
                    let x = left + column * c as f64;
                    if cell.shade > 0.0 {
                        // Never so dark that ink could not be read on it.
                        canvas.block(
                            (x, y),
                            (x + column, y + row),
                            SeriesStyle(0).colour(),
                            0.55 * cell.shade.min(1.0),
                        )?;
                    }
                    if column > 8.0 {
                        canvas.frame((x, y), (x + column, y + row), RULE)?;
                    }
                    if width_of(&cell.label, 11.0) + 4.0 <= column {
                        let middle = (x + column / 2.0, y + row / 2.0);
                        canvas.text(&cell.label, middle, Anchor::Middle, 11.0, INK)?;
                    }
                    canvas.mark((x + column / 2.0, y + row / 2.0), r, cell.text.clone());
                }
            }
            let middle = left + column * count as f64 / 2.0;
            canvas.text(&self.across, (middle, bottom + 13.0), Anchor::Middle, 11.0, DIM)
        })
    }
}
