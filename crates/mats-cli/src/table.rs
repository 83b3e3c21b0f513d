//! Tables for people: as wide as the terminal allows, and in two parts where it does not allow the whole.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use std::io::{self, IsTerminal};

/// Columns beside the first that say how the defence went, and those of times, incidents and cost.
const PARTS: [(&str, &[usize]); 2] =
    [("Results", &[0, 1, 2, 3, 4]), ("Times, incidents and cost", &[0, 5, 6, 7, 8, 9, 10])];

/// One line, under the headings.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Characters a line may have; `None` if nobody said. A pipe takes lines of any length.
pub fn room() -> Option<usize> {
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    if io::stdout().is_terminal() { Table::new().width().map(usize::from).or_else(told) } else { told() }
}

/// A table of results: one part where there is room for it, otherwise two with the defender repeated.
pub fn results(headings: &[&str], rows: &[Vec<String>], room: Option<usize>) -> String {
    let whole = plain(headings, rows);
    if room.is_none_or(|room| width(&whole) <= room) {
        return whole;
    }
    let parts = PARTS.map(|(title, columns)| {
        let headings: Vec<String> = columns.iter().map(|&c| in_two(headings[c])).collect();
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| columns.iter().map(|&c| row[c].clone()).collect()).collect();
        format!("{title}\n{}", plain(&headings, &rows))
    });
    parts.join("\n\n")
}

/// A heading on two lines, broken where the longer one is shortest.
fn in_two(heading: &str) -> String {
    let breaks = heading.match_indices(' ').map(|(at, _)| (&heading[..at], &heading[at + 1..]));
    let best = breaks.min_by_key(|(first, second)| first.len().max(second.len()));
    best.map_or_else(|| heading.to_owned(), |(first, second)| format!("{first}\n{second}"))
}

/// A table without frames, the first column on the left and numbers on the right.
pub fn plain(headings: &[impl ToString], rows: &[Vec<String>]) -> String {
    let text = spaced(headings, rows, 2);
    if width(&text) > 80 { spaced(headings, rows, 1) } else { text }
}

fn spaced(headings: &[impl ToString], rows: &[Vec<String>], gap: u16) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(headings.iter().map(ToString::to_string).collect::<Vec<_>>());
    table.add_rows(rows.to_vec());
    let last = headings.len().saturating_sub(1);
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if i == last { 0 } else { gap }));
        if i > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.to_string()
}

/// A lead and words after it, broken at 80 characters and indented under the lead.
pub fn wrap(lead: &str, words: &str) -> String {
    let indent = " ".repeat(lead.chars().count());
    let options = textwrap::Options::new(80)
        .initial_indent(lead)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(words, options) + "\n"
}

fn width(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_results::TableRow;

    fn row(defender: &str) -> Vec<String> {
        let figures = [
            "-0.85 [-0.90, -0.80]",
            "100%",
            "99%",
            "10.5 h",
            "118 min",
            "119 min",
            "0.91",
            "12.5",
            "1234.5",
            "123.4",
        ];
        std::iter::once(defender).chain(figures).map(str::to_owned).collect()
    }

    #[test]
    fn a_narrow_terminal_gets_two_tables_that_fit() {
        let text = results(&TableRow::HEADINGS, &[row("none"), row("perfect-detector")], Some(80));
        assert!(width(&text) <= 80, "{text}");
        assert_eq!(text.matches("perfect-detector").count(), 2, "{text}");
        for figure in &row("none") {
            assert!(text.contains(figure.as_str()), "{figure} is broken:\n{text}");
        }
    }

    #[test]
    fn a_wide_terminal_or_a_pipe_gets_one_table() {
        for room in [None, Some(200)] {
            let text = results(&TableRow::HEADINGS, &[row("perfect-detector")], room);
            assert_eq!(text.matches("perfect-detector").count(), 1, "{text}");
        }
    }
}
