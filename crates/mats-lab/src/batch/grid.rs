//! Lists of values → every combination of one value of each.

use toml::{Table, Value};

/// What a name is set to in one cell of a grid.
pub type Choice = (String, Value);

/// Every combination of one value of each list, the last list turning fastest. An empty grid has one cell, without choices.
///
/// # Errors
/// With the name whose value is no list, or an empty one; with an empty name if there are more than `most`.
pub fn cells(grid: &Table, most: usize) -> Result<Vec<Vec<Choice>>, String> {
    let mut cells = vec![Vec::new()];
    for (name, values) in flat(grid) {
        let Some(values) = values.as_array().filter(|values| !values.is_empty()) else {
            return Err(name);
        };
        if cells.len().saturating_mul(values.len()) > most {
            return Err(String::new());
        }
        cells = cells
            .iter()
            .flat_map(|cell: &Vec<Choice>| {
                values.iter().map(|value| {
                    let mut cell = cell.clone();
                    cell.push((name.clone(), value.clone()));
                    cell
                })
            })
            .collect();
    }
    Ok(cells)
}

/// The values of nested tables by their dotted names: `"a.b" = 1`, `a.b = 1` and `[a] b = 1` are the same.
pub fn flat(table: &Table) -> Vec<Choice> {
    let mut all = Vec::new();
    for (name, value) in table {
        match value {
            Value::Table(inner) => {
                all.extend(flat(inner).into_iter().map(|(rest, value)| (format!("{name}.{rest}"), value)));
            }
            value => all.push((name.clone(), value.clone())),
        }
    }
    all
}

/// The table in which a dotted name has a value.
///
/// # Errors
/// When a part of the name stands for something else than a table already.
pub fn put(table: &mut Table, name: &str, value: Value) -> Result<(), String> {
    match name.split_once('.') {
        None => {
            table.insert(name.to_owned(), value);
            Ok(())
        }
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert_with(|| Value::Table(Table::new()));
            let inner = inner.as_table_mut().ok_or_else(|| format!("`{first}` is no table"))?;
            put(inner, rest, value)
        }
    }
}

/// How a cell is called: `n_step=5,loss=0.1`. The last part of a name does, unless two have the same.
pub fn call(cell: &[Choice]) -> String {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let spell = |(name, value): &Choice| {
        let twins = cell.iter().filter(|(other, _)| last(other) == last(name)).count();
        let name = if twins > 1 { name.clone() } else { last(name) };
        format!("{name}={}", spelt(value))
    };
    cell.iter().map(spell).collect::<Vec<_>>().join(",")
}

/// A value within a name of a folder: without quotes, brackets and blanks.
fn spelt(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => values.iter().map(spelt).collect::<Vec<_>>().join("_"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn every_combination_comes_once() {
        let cells = cells(
            &grid("\"train.n\" = [1, 2]\ntrain.dqn.lr = [0.1]\nscenario.skill = [[0.5, 1.0], [1.0, 1.0]]\n"),
            100,
        );
        let cells = cells.unwrap();
        assert_eq!(cells.len(), 4);
        let calls: Vec<String> = cells.iter().map(|cell| call(cell)).collect();
        assert!(calls.iter().all(|call| call.contains("n=") && call.contains("lr=0.1")), "{calls:?}");
        assert!(calls[0].contains("skill=0.5_1.0"), "{calls:?}");
        let mut once = calls.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), 4);
        assert_eq!(super::cells(&Table::new(), 100).unwrap(), [Vec::new()]);
        assert_eq!(super::cells(&grid("a.b = 3"), 100), Err("a.b".to_owned()));
        assert_eq!(super::cells(&grid("a.b = []"), 100), Err("a.b".to_owned()));
        assert_eq!(super::cells(&grid("a = [1, 2, 3]\nb = [1, 2, 3]"), 8), Err(String::new()));
    }

    #[test]
    fn names_that_end_alike_are_spelt_out() {
        let choice = |name: &str| (name.to_owned(), Value::Integer(1));
        assert_eq!(call(&[choice("a.x"), choice("b.y")]), "x=1,y=1");
        assert_eq!(call(&[choice("a.x"), choice("b.x")]), "a.x=1,b.x=1");
    }

    #[test]
    fn dotted_names_become_tables() {
        let mut table = Table::new();
        put(&mut table, "a.b.c", Value::Integer(1)).unwrap();
        put(&mut table, "a.d", Value::Integer(2)).unwrap();
        assert_eq!(table, grid("[a]\nd = 2\nb.c = 1\n"));
        assert!(put(&mut table, "a.d.e", Value::Integer(3)).is_err());
    }
}
