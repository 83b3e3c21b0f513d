//! Which part of an experiment a machine works on.

use std::fmt;
use std::str::FromStr;

/// Part `index` of `count`, from 1: every `count`-th unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Number of the part, from 1.
    pub index: usize,
    /// Number of all parts.
    pub count: usize,
}

impl Shard {
    /// Whole experiment.
    pub const WHOLE: Shard = Shard { index: 1, count: 1 };

    /// Tells whether a unit, by its number within the experiment from 0, is of this part.
    pub fn has(self, unit: usize) -> bool {
        unit % self.count == self.index - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((index, count)) if 1 <= index && index <= count => Ok(Shard { index, count }),
            _ => Err("write I/N, part I of N, from 1/N to N/N".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_disjoint_and_cover_all() {
        for count in 1..6 {
            for unit in 0..20 {
                assert_eq!((1..=count).filter(|&index| Shard { index, count }.has(unit)).count(), 1);
            }
        }
    }

    #[test]
    fn what_is_no_part_is_refused() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, count: 3 }));
        for wrong in ["", "2", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
