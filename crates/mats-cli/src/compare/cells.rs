//! Numbers as they stand in the report.

use mats_results::ComparisonRow;

/// A figure of the report: its name in files, its heading, and what one unit of the report is in the file's.
pub struct Shown {
    /// Name in files.
    pub metric: &'static str,
    /// Heading, on two lines.
    pub heading: &'static str,
    unit: f64,
}

const fn shown(metric: &'static str, heading: &'static str, unit: f64) -> Shown {
    Shown { metric, heading, unit }
}

/// Figures of containment, of detection and of what the defence costs, three to a table.
pub const TABLES: [(&str, [Shown; 3]); 4] = [
    (
        "Attackers",
        [
            shown("objective", "objective,\n%", 0.01),
            shown("stopped", "stopped,\n%", 0.01),
            shown("access_s", "access time,\nmin", 60.0),
        ],
    ),
    (
        "Containment",
        [
            shown("contained_by_tau", "contained\nby τ, %", 0.01),
            shown("evicted_by_tau", "evicted\nby τ, %", 0.01),
            shown("median_time_to_contain_s", "time to contain,\nmin", 60.0),
        ],
    ),
    (
        "Detection",
        [
            shown("median_time_to_detect_s", "time to detect,\nmin", 60.0),
            shown("incident_f1", "incident F1,\n%", 0.01),
            shown("false_per_100_host_days", "false / 100\nhost-days", 1.0),
        ],
    ),
    (
        "Cost",
        [
            shown("damage", "damage\nan episode", 1.0),
            shown("disruption", "disruption\nan episode", 1.0),
            shown("actions", "actions\nan episode", 1.0),
        ],
    ),
];

/// Sums of the same numbers in another order differ by less.
const NOTHING: f64 = 1e-9;

/// Base → run, and below it the difference with its interval; `*` where that excludes 0.
pub fn cell(row: Option<&ComparisonRow>, shown: &Shown) -> String {
    let Some(row) = row else { return "n/a".to_owned() };
    let scaled = |v: Option<f64>| v.map(|v| v / shown.unit);
    let value = |v: Option<f64>| scaled(v).map_or_else(|| "n/a".to_owned(), |v| number(v, v));
    let values = format!("{} → {}", value(row.base_value), value(row.value));
    let Some(d) = scaled(row.difference) else { return values };
    let Some((low, high)) = scaled(row.low).zip(scaled(row.high)) else {
        return format!("{values}\n{}", signed(d, d));
    };
    let size = d.abs().max(low.abs()).max(high.abs());
    if size < NOTHING {
        return format!("{values}\n0");
    }
    let mark = if low > 0.0 || high < 0.0 { "*" } else { "" };
    format!("{values}\n{} [{}, {}]{mark}", signed(d, size), number(low, size), number(high, size))
}

/// A difference in words, if its interval excludes 0.
pub fn moved(row: &ComparisonRow, shown: &Shown) -> Option<String> {
    let scaled = |v: Option<f64>| v.map(|v| v / shown.unit);
    let (d, (low, high)) = (scaled(row.difference)?, scaled(row.low).zip(scaled(row.high))?);
    let size = d.abs().max(low.abs()).max(high.abs());
    let heading = shown.heading.replace('\n', " ");
    let (name, unit) = heading.split_once(", ").unwrap_or((&heading, ""));
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let interval = format!("[{}, {}]", number(low, size), number(high, size));
    (size >= NOTHING && (low > 0.0 || high < 0.0))
        .then(|| format!("{name} {}{unit} {interval}", signed(d, size)))
}

/// A number with as many decimals as one of that size needs.
fn number(value: f64, size: f64) -> String {
    if value == 0.0 && size == 0.0 {
        return "0".to_owned();
    }
    let decimals = match size.abs() {
        10.0.. => 0,
        1.0.. => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    // A loss that rounds to nothing is nothing.
    if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

fn signed(value: f64, size: f64) -> String {
    let text = number(value, size);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A number with two decimals.
pub fn hundredths(value: f64) -> String {
    number(value, 0.5)
}

/// Seconds in words.
pub fn span(seconds: f64) -> String {
    let number = |v: f64| if (v - v.round()).abs() < 0.05 { format!("{v:.0}") } else { format!("{v:.1}") };
    if seconds < 120.0 {
        format!("{} s", number(seconds))
    } else if seconds < 3600.0 {
        format!("{} min", number(seconds / 60.0))
    } else {
        format!("{} h", number(seconds / 3600.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_results::Pairing;

    #[test]
    fn a_cell_holds_both_values_the_difference_and_its_interval() {
        let row = |value, low, high| ComparisonRow {
            scenario: String::new(),
            defender: String::new(),
            metric: String::new(),
            base: String::new(),
            run: String::new(),
            base_value: Some(0.29),
            value,
            difference: Some(0.061),
            low,
            high,
            pairing: Pairing::Paired,
            n: 3,
            p: None,
            p_holm: None,
        };
        let percent = shown("", "", 0.01);
        assert_eq!(
            cell(Some(&row(Some(0.351), Some(-0.02), Some(0.08))), &percent),
            "29 → 35\n+6.1 [-2.0, 8.0]"
        );
        assert_eq!(cell(Some(&row(Some(0.351), Some(0.02), Some(0.113))), &percent), "29 → 35\n+6 [2, 11]*");
        assert_eq!(cell(Some(&row(Some(0.351), None, None)), &percent), "29 → 35\n+6.1");
        assert_eq!(cell(None, &percent), "n/a");
        let found = row(Some(0.351), Some(0.02), Some(0.113));
        let words = |heading| moved(&found, &shown("", heading, 0.01));
        assert_eq!(words("contained\nby τ, %").unwrap(), "contained by τ +6 % [2, 11]");
        assert_eq!(words("damage\nan episode").unwrap(), "damage an episode +6 [2, 11]");
        assert_eq!(moved(&row(Some(0.351), Some(-0.02), Some(0.113)), &percent), None);
        assert_eq!(
            (number(-0.001, 0.3), span(41_400.0), span(900.0)),
            ("0.00".into(), "11.5 h".into(), "15 min".into())
        );
    }
}
