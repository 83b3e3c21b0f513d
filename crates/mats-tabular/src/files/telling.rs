//! Columns that tell the label all by themselves.

use mats_core::random::Stream;
use mats_data::table::{Column, Table};
use std::collections::BTreeMap;

const PURPOSE: u32 = 0x7e11;
/// Balanced accuracy from which a column alone tells the label.
const TELLS: f64 = 0.99;
/// Rows looked at, at most.
const SAMPLE: usize = 40_000;
/// Rows of either kind that each half must have.
const MIN_ROWS: u64 = 10;
/// Different numbers up to which each may be a name for something.
const FEW: usize = 256;

/// Finds, among columns by position, those of which a rule of one column judges rows that it was not made of with a balanced
/// accuracy of 99 % or more: above or below a number, or by what each name mostly means. None where there are too few rows of
/// either kind to say.
pub(super) fn telling(table: &Table, malicious: &dyn Fn(usize) -> bool, columns: &[usize]) -> Vec<usize> {
    let step = table.rows.div_ceil(SAMPLE).max(1);
    let stream = Stream::new(0, PURPOSE, 0);
    let halves = [0, 1].map(|half| -> Vec<(usize, bool)> {
        let rows = (0..table.rows).step_by(step).filter(|&row| stream.word(row as u64) & 1 == half);
        rows.map(|row| (row, malicious(row))).collect()
    });
    let enough = halves.iter().all(|half| {
        let bad = half.iter().filter(|row| row.1).count() as u64;
        bad >= MIN_ROWS && half.len() as u64 - bad >= MIN_ROWS
    });
    let tells = |&column: &usize| enough && of_column(&table.columns[column], &halves) >= TELLS;
    columns.iter().copied().filter(tells).collect()
}

fn of_column(column: &Column, [learnt, judged]: &[Vec<(usize, bool)>; 2]) -> f64 {
    let pick = |half: &[(usize, bool)], of: &dyn Fn(usize) -> f64| -> Vec<(f64, bool)> {
        half.iter().map(|&(row, bad)| (of(row), bad)).collect()
    };
    match column {
        Column::Categorical(names) => {
            let of = |row: usize| f64::from(names.codes[row]);
            by_value(&pick(learnt, &of), &pick(judged, &of))
        }
        Column::Numeric(numbers) => {
            // What is missing lies below all numbers.
            let of = |row: usize| if numbers[row].is_nan() { f64::NEG_INFINITY } else { numbers[row] };
            let (learnt, judged) = (pick(learnt, &of), pick(judged, &of));
            by_threshold(learnt.clone(), &judged).max(by_value(&learnt, &judged))
        }
    }
}

/// Balanced accuracy of a rule on rows: the mean of the shares of both kinds that it judges rightly.
fn balanced(rows: &[(f64, bool)], alarms: impl Fn(f64) -> bool) -> f64 {
    let mut counts = [(0_u64, 0_u64); 2];
    for &(value, bad) in rows {
        let count = &mut counts[usize::from(bad)];
        count.1 += 1;
        count.0 += u64::from(alarms(value) == bad);
    }
    counts.iter().map(|&(right, all)| right as f64 / all.max(1) as f64).sum::<f64>() / 2.0
}

/// The rule that a value means what it mostly meant; values that are new mean nothing bad. With many different values there
/// is none.
fn by_value(learnt: &[(f64, bool)], judged: &[(f64, bool)]) -> f64 {
    let mut seen: BTreeMap<u64, [u64; 2]> = BTreeMap::new();
    let mut all = [0_u64; 2];
    for &(value, bad) in learnt {
        seen.entry(value.to_bits()).or_default()[usize::from(bad)] += 1;
        all[usize::from(bad)] += 1;
    }
    if seen.len() > FEW && seen.len() * 4 > learnt.len() {
        return 0.0;
    }
    balanced(judged, |value| {
        seen.get(&value.to_bits()).is_some_and(|[benign, bad]| bad * all[0] > benign * all[1])
    })
}

fn by_threshold(mut learnt: Vec<(f64, bool)>, judged: &[(f64, bool)]) -> f64 {
    learnt.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let bad = learnt.iter().filter(|row| row.1).count() as f64;
    let benign = learnt.len() as f64 - bad;
    let (mut below, mut best) = ([0.0, 0.0], (0.0, f64::INFINITY, false));
    for same in learnt.chunk_by(|a, b| a.0 == b.0) {
        // Of the rule that alarms from this value on.
        let edge = (below[0] / benign) - (below[1] / bad);
        if edge.abs() > best.0 {
            best = (edge.abs(), same[0].0, edge < 0.0);
        }
        for row in same {
            below[usize::from(row.1)] += 1.0;
        }
    }
    balanced(judged, |value| (value >= best.1) != best.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Halves of rows of a value each: every third is malicious.
    fn judged(value: impl Fn(u64, bool) -> f64) -> f64 {
        let numbers: Vec<f64> = (0..2000).map(|i| value(i, i % 3 == 0)).collect();
        let half =
            |of: u64| (0..2000).filter(|i| i / 2 % 2 == of).map(|i| (i as usize, i % 3 == 0)).collect();
        of_column(&Column::Numeric(numbers), &[half(0), half(1)])
    }

    #[test]
    fn a_column_tells_by_a_threshold_or_by_its_values_but_not_by_heart() {
        let noise = |i: u64| Stream::new(3, 3, 3).unit(i);
        assert!(judged(|i, bad| if bad { 5.0 + noise(i) } else { noise(i) }) > 0.999);
        assert!(judged(|i, bad| if bad { noise(i) } else { 5.0 + noise(i) }) > 0.999);
        // What is missing tells, too; and so does a number amid the others.
        assert!(judged(|i, bad| if bad { f64::NAN } else { noise(i) }) > 0.999);
        assert!(judged(|i, bad| if bad { 3.0 } else { [1.0, 2.0, 4.0][i as usize % 3] }) > 0.999);
        assert!(judged(|i, _| noise(i)) < 0.6 && judged(|i, _| i as f64) < 0.6);
        let mostly = judged(|i, bad| f64::from(u8::from(bad == (noise(i) < 0.95))));
        assert!(mostly > 0.9 && mostly < TELLS, "{mostly}");
    }
}
