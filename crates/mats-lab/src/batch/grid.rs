//! Lists of values → every combination of one value of each.

use toml::{Table, Value};

/// Name with the value that it is set to in one cell of a grid.
pub type Choice = (String, Value);

/// Errors of lists that make no grid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// A value is no list, or an empty one.
    #[error(
        "`{0}` in [grid] must be a list of values; what is always the same belongs in [settings] or [scenario]"
    )]
    NoList(String),
    /// A list has the same value twice.
    #[error("`{name}` in [grid] has {value} twice; leave one out")]
    Twice {
        /// The list.
        name: String,
        /// The value.
        value: String,
    },
    /// The lists have too many combinations.
    #[error("more than {0} jobs; shorten the lists of [grid]")]
    TooMany(usize),
}

/// Every combination of one value of each list, the last list turning fastest. An empty grid has one cell, without choices.
///
/// # Errors
/// When a value is no list, or an empty one, has a value twice, or there are more than `most` combinations.
pub fn cells(grid: &Table, most: usize) -> Result<Vec<Vec<Choice>>, GridError> {
    let mut cells = vec![Vec::new()];
    for (name, values) in flat(grid) {
        let Some(values) = values.as_array().filter(|values| !values.is_empty()) else {
            return Err(GridError::NoList(name));
        };
        if cells.len().saturating_mul(values.len()) > most {
            return Err(GridError::TooMany(most));
        }
        if let Some(value) = repeated(values) {
            return Err(GridError::Twice { name, value: value.to_string() });
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

/// The first value that came before: 0 and 0.0 are the same.
fn repeated(values: &[Value]) -> Option<&Value> {
    values.iter().enumerate().find(|(at, value)| values[..*at].iter().any(|v| same(v, value))).map(|(_, v)| v)
}

fn same(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        _ => one == other || number(one).is_some_and(|one| number(other) == Some(one)),
    }
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

/// Names a cell: `n_step=5,loss=0.1`. The last part of a name does, unless two have the same.
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
    }

    #[test]
    fn lists_that_make_no_grid_are_told() {
        let check = |text: &str, error: GridError| assert_eq!(cells(&grid(text), 8), Err(error));
        check("a.b = 3", GridError::NoList("a.b".to_owned()));
        check("a.b = []", GridError::NoList("a.b".to_owned()));
        check("a = [1, 2, 3]\nb = [1, 2, 3]", GridError::TooMany(8));
        let twice = |value: &str| GridError::Twice { name: "a".to_owned(), value: value.to_owned() };
        check("a = [0, 1, 0.0]", twice("0.0"));
        check("a = [[1, 2.0], [1.0, 2]]", twice("[1.0, 2]"));
        check("a = ['x', 'y', 'x']", twice("\"x\""));
        assert!(cells(&grid("a = [0, '0', false, [0]]"), 8).is_ok());
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
