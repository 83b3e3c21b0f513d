//! Numbers, intervals and times as people read them.

use mats_results::SummaryRow;

/// Text where a figure is not defined.
pub const UNDEFINED: &str = "n/a";

/// A number with about three digits.
pub fn number(value: f64) -> String {
    // What rounds to nothing has no sign.
    let text = match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    if text.trim_start_matches(['-', '0', '.']).is_empty() {
        text.replace('-', "")
    } else {
        text.replace('-', "−")
    }
}

/// A number with its sign.
pub fn signed(value: f64) -> String {
    let text = number(value);
    if value > 0.0 && !text.starts_with('−') { format!("+{text}") } else { text }
}

/// A share as percent.
pub fn percent(share: f64) -> String {
    let text = format!("{:.0} %", 100.0 * share);
    if text == "-0 %" { "0 %".to_owned() } else { text.replace('-', "−") }
}

/// Seconds in the unit that suits them.
pub fn span(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// Spelling of a figure.
pub type Spelling = fn(f64) -> String;

/// A value, or that there is none.
pub fn value(value: Option<f64>, spelling: Spelling) -> String {
    value.map_or_else(|| UNDEFINED.to_owned(), spelling)
}

/// An interval in brackets; empty where there is none. An end that is not given is infinite.
pub fn interval(row: &SummaryRow, spelling: Spelling) -> String {
    let end = |end: Option<f64>, infinite: &str| end.map_or_else(|| infinite.to_owned(), spelling);
    match (row.low, row.high) {
        (None, None) => String::new(),
        // What cannot vary, such as the score of doing nothing.
        (Some(low), Some(high)) if low == high && row.value == Some(low) => String::new(),
        (low, high) => format!("[{}, {}]", end(low, "−∞"), end(high, "∞")),
    }
}

/// A value with its interval.
pub fn estimate(row: &SummaryRow, spelling: Spelling) -> String {
    format!("{} {}", value(row.value, spelling), interval(row, spelling)).trim_end().to_owned()
}

/// Both ends of an interval.
pub fn band(low: Option<f64>, high: Option<f64>) -> Option<(f64, f64)> {
    low.zip(high)
}

/// A count with its thing.
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounds_to_nothing_has_no_sign() {
        assert_eq!(
            (number(-0.001), number(-0.01), number(0.0)),
            ("0.00".into(), "−0.01".into(), "0.00".into())
        );
        assert_eq!(
            (signed(0.07), signed(-0.07), signed(1234.5)),
            ("+0.07".into(), "−0.07".into(), "+1234".into())
        );
    }
}
