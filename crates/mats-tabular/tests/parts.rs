//! Parts of tables.

use mats_data::table::Column;
use mats_tabular::files::data::Data;

/// A table of some of another's rows, by position.
pub fn rows_of(data: &Data, picked: &[usize]) -> Data {
    let (codes, names) = data.labels.clone().expect("labelled");
    let mut table = data.table.clone();
    table.rows = picked.len();
    for column in &mut table.columns {
        match column {
            Column::Numeric(values) => *values = picked.iter().map(|&i| values[i]).collect(),
            Column::Categorical(names) => names.codes = picked.iter().map(|&i| names.codes[i]).collect(),
        }
    }
    let labels = Some((picked.iter().map(|&i| codes[i]).collect(), names));
    Data { table, labels, joined: None, ungrouped: None, headless: false, surplus: Vec::new() }
}
