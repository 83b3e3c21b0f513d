//! Named fields → numbers. What is learnt from the training rows: which columns to keep, the median of each column of
//! numbers, the names of each column of names.

use super::frame::{Frame, Values};
use super::suspects;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// Rows below which no column is taken for an identifier.
const MIN_ID_ROWS: usize = 100;
/// Different numbers below which no column is taken for a clock: marks of a few phases may well come in order.
const MIN_CLOCK_VALUES: usize = 50;
/// A column whose numbers are in order up to this rank correlation is a clock; a few records come late.
const IN_ORDER: f64 = 0.95;
/// Rows by which that is judged.
const SAMPLE: usize = 10_000;
/// A column that more training rows than this lack is sparse.
const SPARSE: f64 = 0.9;
/// Names of a column that are told apart at most; a column with more is left out.
const MAX_NAMES: usize = 16_384;
/// A name that no training row had.
const UNSEEN: f32 = -1.0;
/// Code of a missing name.
const MISSING: f32 = -2.0;

/// A field of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing there.
    Missing,
    /// A number, perhaps infinite.
    Number(f64),
    /// A name.
    Name(&'a str),
}

/// Counts of what is odd about rows that were encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oddities {
    /// Fields without a value.
    pub missing: u64,
    /// Numbers that are infinite; they count as missing, for tables do not keep their sign.
    pub infinite: u64,
    /// Names that no training row had.
    pub unseen: u64,
    /// Names where numbers were expected; they count as missing.
    pub mistyped: u64,
}

impl Oddities {
    /// Adds another count.
    pub fn add(&mut self, other: Oddities) {
        self.missing += other.missing;
        self.infinite += other.infinite;
        self.unseen += other.unseen;
        self.mistyped += other.mistyped;
    }
}

/// A column that is left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Name of the column.
    pub name: String,
    /// Reason it is left out: what it would leak or cannot tell.
    pub why: String,
}

/// A column that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Column {
    name: String,
    kind: Encoding,
    /// True if nearly all training rows lack it.
    #[serde(default)]
    sparse: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Encoding {
    /// The median stands in for what is missing.
    Number { median: f32 },
    /// Names in alphabetical order; a name's position is its number.
    Name { names: Vec<String> },
}

/// Turns rows into numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    columns: Vec<Column>,
}

impl Encoder {
    /// Learns from training rows. Left out are columns that never vary, that name each row (identifiers), that come
    /// in order or in the range of epochs (clocks: a model of a recording would learn when it was made), that hold
    /// addresses, have too many names, or are handed over as [`Values::Out`]; `keep` lists those to keep all the same.
    pub fn fit(frame: &Frame<'_>, keep: &[String]) -> (Encoder, Vec<Dropped>) {
        let (mut columns, mut dropped) = (Vec::new(), Vec::new());
        for &(name, values) in &frame.columns {
            let wanted = keep.iter().any(|k| k == name);
            match learn(values, wanted) {
                Ok(kind) => {
                    let sparse = values.present() as f64 <= (1.0 - SPARSE) * frame.rows as f64;
                    columns.push(Column { name: name.to_owned(), kind, sparse });
                }
                Err(why) => dropped.push(Dropped { name: name.to_owned(), why: why.to_owned() }),
            }
        }
        (Encoder { columns }, dropped)
    }

    /// Columns kept: numbers of an encoded row.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The name of a column.
    pub fn name(&self, column: usize) -> &str {
        &self.columns[column].name
    }

    /// Tells whether nearly all training rows lacked a column, so that records may well lack it.
    pub fn is_sparse(&self, column: usize) -> bool {
        self.columns[column].sparse
    }

    /// The position of a column, if it is kept.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// Makes `row` the code of a row without any value.
    pub fn blank(&self, row: &mut Vec<f32>) {
        row.clear();
        row.extend(self.columns.iter().map(Column::missing));
    }

    /// The number of a field.
    pub fn code(&self, column: usize, cell: Cell<'_>, odd: &mut Oddities) -> f32 {
        let column = &self.columns[column];
        match (&column.kind, cell) {
            (_, Cell::Missing) => {
                odd.missing += 1;
                column.missing()
            }
            (Encoding::Number { .. }, Cell::Number(x)) if x.is_nan() => {
                odd.missing += 1;
                column.missing()
            }
            (Encoding::Number { .. }, Cell::Number(x)) if x.is_infinite() => {
                odd.infinite += 1;
                column.missing()
            }
            (Encoding::Number { .. }, Cell::Number(x)) => (x as f32).clamp(f32::MIN, f32::MAX),
            (Encoding::Number { .. }, Cell::Name(_)) => {
                odd.mistyped += 1;
                column.missing()
            }
            (Encoding::Name { names }, Cell::Name(name)) => position(names, name, odd),
            (Encoding::Name { names }, Cell::Number(x)) => position(names, &x.to_string(), odd),
        }
    }

    /// Tells whether a column holds names.
    pub fn is_name(&self, column: usize) -> bool {
        matches!(self.columns[column].kind, Encoding::Name { .. })
    }

    /// Spells a code out: a number, a name, or what is wrong with it.
    pub fn spell(&self, column: usize, code: f32) -> String {
        match &self.columns[column].kind {
            Encoding::Number { .. } => code.to_string(),
            Encoding::Name { .. } if code == UNSEEN => "a name never seen".to_owned(),
            Encoding::Name { .. } if code == MISSING => "missing".to_owned(),
            Encoding::Name { names } => names.get(code as usize).cloned().unwrap_or_default(),
        }
    }

    /// The codes of all rows of a table (rows × columns). Columns are found by name; one that the table lacks counts as
    /// missing in every row.
    pub fn encode(&self, frame: &Frame<'_>, odd: &mut Oddities) -> Array2<f32> {
        let mut rows = Array2::zeros((frame.rows, self.width()));
        for (j, column) in self.columns.iter().enumerate() {
            let values = frame.columns.iter().find(|(name, _)| *name == column.name).map(|c| c.1);
            match values {
                None | Some(Values::Out(_)) => {
                    odd.missing += frame.rows as u64;
                    rows.column_mut(j).fill(column.missing());
                }
                Some(Values::Numbers(numbers)) => {
                    for (x, &number) in rows.column_mut(j).iter_mut().zip(numbers) {
                        *x = self.code(j, Cell::Number(number), odd);
                    }
                }
                Some(Values::Names { codes, names }) => {
                    for (x, &code) in rows.column_mut(j).iter_mut().zip(codes) {
                        let cell = names.get(code as usize).map_or(Cell::Missing, |n| self.read(j, n));
                        *x = self.code(j, cell, odd);
                    }
                }
            }
        }
        rows
    }

    /// A field as text, as the column wants it: a table may hold as names what training rows held as numbers.
    pub fn read<'t>(&self, column: usize, text: &'t str) -> Cell<'t> {
        match self.columns[column].kind {
            Encoding::Number { .. } => text.trim().parse().map_or(Cell::Name(text), Cell::Number),
            Encoding::Name { .. } => Cell::Name(text),
        }
    }
}

impl Column {
    fn missing(&self) -> f32 {
        match self.kind {
            Encoding::Number { median } => median,
            Encoding::Name { .. } => MISSING,
        }
    }
}

fn position(names: &[String], name: &str, odd: &mut Oddities) -> f32 {
    names.binary_search_by(|known| known.as_str().cmp(name)).map_or_else(
        |_| {
            odd.unseen += 1;
            UNSEEN
        },
        |at| at as f32,
    )
}

/// Learns what there is to know of a column, or why it is to be left out.
fn learn(values: Values<'_>, wanted: bool) -> Result<Encoding, &'static str> {
    match values {
        Values::Out(why) => Err(why),
        Values::Numbers(numbers) => {
            let mut sorted: Vec<f64> = numbers.iter().copied().filter(|x| x.is_finite()).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let Some(&median) = sorted.get(sorted.len() / 2) else { return Err("holds no number") };
            let different = 1 + sorted.windows(2).filter(|w| w[0] != w[1]).count();
            if wanted {
            } else if different == 1 && sorted.len() == numbers.len() {
                return Err("never varies");
            } else if different >= MIN_CLOCK_VALUES && order(numbers).abs() > IN_ORDER {
                return Err("comes in order, as a clock or a counter of rows does");
            } else if let Some(why) = suspects::of_numbers(&sorted) {
                return Err(why);
            }
            Ok(Encoding::Number { median: (median as f32).clamp(f32::MIN, f32::MAX) })
        }
        Values::Names { codes, names } => {
            let mut used = vec![false; names.len()];
            let mut present = 0;
            for &code in codes {
                if let Some(used) = used.get_mut(code as usize) {
                    *used = true;
                    present += 1;
                }
            }
            let mut sorted: Vec<String> =
                names.iter().zip(&used).filter(|(_, used)| **used).map(|(n, _)| n.clone()).collect();
            sorted.sort_unstable();
            if sorted.is_empty() {
                return Err("holds no name");
            }
            if sorted.len() > MAX_NAMES {
                return Err("has too many different names");
            }
            if wanted {
            } else if sorted.len() == 1 && present == codes.len() {
                return Err("never varies");
            } else if present >= MIN_ID_ROWS && sorted.len() * 2 > present {
                return Err("names nearly every row, as an identifier does");
            } else if let Some(why) = suspects::of_names(&sorted, present) {
                return Err(why);
            }
            Ok(Encoding::Name { names: sorted })
        }
    }
}

/// Measures how well the order of numbers follows that of the rows: Spearman's rank correlation, of evenly spaced rows.
fn order(numbers: &[f64]) -> f64 {
    let step = numbers.len().div_ceil(SAMPLE);
    let picked: Vec<f64> = numbers.iter().step_by(step).copied().filter(|x| x.is_finite()).collect();
    let mut by_size: Vec<usize> = (0..picked.len()).collect();
    by_size.sort_unstable_by(|&a, &b| picked[a].total_cmp(&picked[b]));
    // From the middle, so that both ranks have a mean of zero.
    let middle = (picked.len() as f64 - 1.0) / 2.0;
    let (mut with, mut own, mut rows, mut start) = (0.0, 0.0, 0.0, 0);
    for equal in by_size.chunk_by(|&a, &b| picked[a] == picked[b]) {
        // Equal numbers share the mean of their ranks.
        let rank = start as f64 + (equal.len() as f64 - 1.0) / 2.0 - middle;
        start += equal.len();
        for &row in equal {
            let row = row as f64 - middle;
            with += rank * row;
            own += rank * rank;
            rows += row * row;
        }
    }
    if own > 0.0 { with / (own * rows).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|&n| n.to_owned()).collect()
    }

    #[test]
    fn fields_become_numbers_and_oddities_are_counted() {
        let (proto, codes) = (names(&["udp", "tcp"]), [0, 1, 1, u32::MAX]);
        let frame = Frame {
            rows: 4,
            columns: vec![
                ("bytes", Values::Numbers(&[3.0, 9.0, 1.0, f64::NAN])),
                ("proto", Values::Names { codes: &codes, names: &proto }),
            ],
        };
        let (encoder, dropped) = Encoder::fit(&frame, &[]);
        assert!(dropped.is_empty());
        let mut odd = Oddities::default();
        // The median of 1, 3, 9 is 3; tcp comes before udp.
        assert_eq!(
            encoder.encode(&frame, &mut odd).flatten(),
            array![3.0, 1.0, 9.0, 0.0, 1.0, 0.0, 3.0, MISSING]
        );
        assert_eq!(odd, Oddities { missing: 2, ..Oddities::default() });
        let mut odd = Oddities::default();
        assert_eq!(encoder.code(0, Cell::Number(f64::INFINITY), &mut odd), 3.0);
        assert_eq!(encoder.code(0, Cell::Number(1e300), &mut odd), f32::MAX);
        assert_eq!(encoder.code(0, Cell::Name("many"), &mut odd), 3.0);
        assert_eq!(encoder.code(1, Cell::Name("icmp"), &mut odd), UNSEEN);
        assert_eq!(odd, Oddities { missing: 0, infinite: 1, unseen: 1, mistyped: 1 });
        assert_eq!(
            (encoder.spell(1, 0.0), encoder.spell(1, UNSEEN)),
            ("tcp".into(), "a name never seen".into())
        );
    }

    #[test]
    fn clocks_identifiers_and_constants_are_left_out_unless_asked_for() {
        let numbers: Vec<f64> = (0..200).map(f64::from).collect();
        let shuffled: Vec<f64> = (0..200).map(|i| f64::from(i * 77 % 200 / 4)).collect();
        let ids: Vec<String> = (0..200).map(|i| format!("C{i}")).collect();
        let codes: Vec<u32> = (0..200).collect();
        let frame = Frame {
            rows: 200,
            columns: vec![
                ("ts", Values::Numbers(&numbers)),
                ("bytes", Values::Numbers(&shuffled)),
                ("uid", Values::Names { codes: &codes, names: &ids }),
                ("version", Values::Numbers(&[1.0; 200])),
            ],
        };
        let (encoder, dropped) = Encoder::fit(&frame, &[]);
        assert_eq!(dropped.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), ["ts", "uid", "version"]);
        assert_eq!((encoder.width(), encoder.position("bytes")), (1, Some(0)));
        let (encoder, dropped) = Encoder::fit(&frame, &names(&["ts", "uid", "version"]));
        assert_eq!((encoder.width(), dropped.len()), (4, 0));
    }

    #[test]
    fn a_clock_may_run_back_repeat_and_come_late() {
        let taken_for_a_clock = |value: &dyn Fn(u32) -> u32| {
            let numbers: Vec<f64> = (0..400).map(|i| f64::from(value(i))).collect();
            learn(Values::Numbers(&numbers), false).is_err()
        };
        assert!(taken_for_a_clock(&|i| 1000 - i), "newest first");
        assert!(taken_for_a_clock(&|i| i / 4), "several records a second");
        assert!(taken_for_a_clock(&|i| if i % 50 == 0 { i / 2 } else { i }), "some come late");
        assert!(!taken_for_a_clock(&|i| i * 77 % 400 / 4));
        assert!(!taken_for_a_clock(&|i| i / 100), "four phases");
        assert!(
            !taken_for_a_clock(&|i| if i < 300 { i * 77 % 300 / 4 } else { i }),
            "grows at the end alone"
        );
    }

    #[test]
    fn what_the_caller_leaves_out_is_left_out_for_its_reason() {
        let columns = vec![("a", Values::Out("is a secret")), ("b", Values::Numbers(&[1.0, 2.0]))];
        let (encoder, dropped) = Encoder::fit(&Frame { rows: 2, columns }, &[]);
        assert_eq!((encoder.width(), dropped[0].why.as_str()), (1, "is a secret"));
    }

    #[test]
    fn a_column_that_is_missing_or_was_read_as_names_is_no_trouble() {
        let frame = Frame {
            rows: 2,
            columns: vec![("a", Values::Numbers(&[1.0, 2.0])), ("b", Values::Numbers(&[5.0, 7.0]))],
        };
        let (encoder, _) = Encoder::fit(&frame, &[]);
        let (texts, codes) = (names(&["4", "x"]), [0, 1]);
        let other = Frame { rows: 2, columns: vec![("b", Values::Names { codes: &codes, names: &texts })] };
        let mut odd = Oddities::default();
        assert_eq!(encoder.encode(&other, &mut odd).flatten(), array![2.0, 4.0, 2.0, 7.0]);
        assert_eq!(odd, Oddities { missing: 2, mistyped: 1, ..Oddities::default() });
    }
}
