//! Popularity of places: a law of Zipf, tabulated.

/// Exponent of the law: the popularity of web pages as Breslau and others measured it at proxies (1999, 0.64 to 0.83).
const EXPONENT: f64 = 0.7;
/// Bits of a draw, as many as a uniform number has.
const BITS: u32 = 53;
/// Bits of a draw that pick a cell of the guide: cells are narrower than most ranks are.
const GUIDE: u32 = 9;

/// Ranks by popularity, drawn by a law of Zipf. The law takes a power for each draw; here it is inverted once, to the
/// least draw that reaches each rank, and what is drawn is the same.
#[derive(Debug, Clone)]
pub(crate) struct Popularity {
    /// The least draw beyond each rank; none is beyond the last.
    ends: Box<[u64]>,
    /// The rank of the least draw of each cell (Chen and Asau 1974).
    guide: Box<[u16]>,
}

impl Popularity {
    /// Tabulates the law for some ranks.
    pub(crate) fn new(ranks: u32) -> Popularity {
        let ends = (1..ranks).map(|rank| first(rank, ranks)).chain([u64::MAX]).collect::<Box<[_]>>();
        let place = |cell: u64| ends.partition_point(|&end| end <= cell << (BITS - GUIDE)) as u16;
        let guide = (0..1 << GUIDE).map(place).collect();
        Popularity { ends, guide }
    }

    /// The rank that a uniform 64-bit word draws, 0 for the most popular.
    pub(crate) fn rank(&self, word: u64) -> u32 {
        let draw = word >> (u64::BITS - BITS);
        let mut rank = usize::from(self.guide[(draw >> (BITS - GUIDE)) as usize]);
        while self.ends[rank] <= draw {
            rank += 1;
        }
        rank as u32
    }
}

/// The least draw that reaches a rank. The law never falls: one unit in the last place of its base moves the power by
/// 1.6 units or more, and its error is below 0.7.
fn first(rank: u32, ranks: u32) -> u64 {
    let (mut low, mut high) = (0, 1_u64 << BITS);
    while low < high {
        let middle = low.midpoint(high);
        if law(middle, ranks) < rank {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// The rank of a draw, by the law itself.
fn law(draw: u64, ranks: u32) -> u32 {
    let tail = 1.0 - EXPONENT;
    let reach = libm::pow(f64::from(ranks) + 1.0, tail) - 1.0;
    let draw = draw as f64 * (1.0 / (1u64 << BITS) as f64);
    (libm::pow(reach * draw + 1.0, 1.0 / tail) as u32).saturating_sub(1).min(ranks - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::random::Stream;

    #[test]
    fn the_table_draws_what_the_law_draws() {
        for ranks in [1, 2, crate::plan::HABITS, crate::plan::POPULAR_SITES] {
            let table = Popularity::new(ranks);
            let check = |draw: u64| {
                let drawn = table.rank(draw << (u64::BITS - BITS));
                assert_eq!(drawn, law(draw, ranks), "{draw} of {ranks}");
            };
            let last = (1 << BITS) - 1;
            let (words, draws) = (Stream::new(4, 0, u64::from(ranks)), 200_000);
            (0..draws).for_each(|i| check(words.word(i) >> (u64::BITS - BITS)));
            (0..=300).for_each(|i| check(last - i));
            // Around each border, where a power that is off by its last digit would fall on the wrong side.
            let borders = || table.ends.iter().copied().filter(|&end| end <= last);
            assert_eq!(borders().count(), ranks as usize - 1, "every rank is drawn");
            for end in borders() {
                (end.saturating_sub(300)..=last.min(end + 300)).for_each(check);
            }
            for cell in 0..1 << GUIDE {
                let begin = cell << (BITS - GUIDE);
                check(begin);
                check(begin + (1 << (BITS - GUIDE)) - 1);
            }
        }
    }
}
