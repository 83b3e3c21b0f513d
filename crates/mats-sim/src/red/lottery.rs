//! Draws of one among several that fit.

use crate::purpose;
use mats_core::random::Stream;

/// Tickets for everybody: of those that fit, whoever has the smallest wins, so each is as likely as the others wherever it
/// stands in the scenario's file. Who else fits changes nobody's ticket: where a defender cuts one machine off, attackers
/// who had not drawn it choose as they would have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lottery(Stream);

impl Lottery {
    /// The lottery of a word, for one of several draws.
    pub(super) fn new(word: u64, draw: u64) -> Lottery {
        Lottery(Stream::new(word, purpose::TARGET, draw))
    }

    /// Draws one that fits, if there is any. `id` names those of whom it is drawn; `fits` is asked only where somebody
    /// would win.
    pub(super) fn draw<T>(
        self,
        all: impl Iterator<Item = T>,
        id: impl Fn(&T) -> u32,
        fits: impl Fn(&T) -> bool,
    ) -> Option<T> {
        let mut best: Option<(u64, T)> = None;
        for one in all {
            let ticket = self.0.word(u64::from(id(&one)));
            if best.as_ref().is_none_or(|(least, _)| ticket < *least) && fits(&one) {
                best = Some((ticket, one));
            }
        }
        best.map(|(_, one)| one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_fits_is_as_likely_and_nobody_depends_on_others() {
        let mut wins = [0_u32; 40];
        for word in 0..9000 {
            let lottery = Lottery::new(word, 0);
            let draw = |fits: &dyn Fn(&u32) -> bool| lottery.draw(0..40, |&n| n, fits);
            let won = draw(&|n| [3, 38, 39].contains(n)).expect("three fit");
            wins[won as usize] += 1;
            assert_eq!(draw(&|_| false), None);
            // Whoever was drawn stays drawn where one of the others is gone.
            let gone = [3, 38, 39].into_iter().find(|&n| n != won);
            assert_eq!(draw(&|n| [3, 38, 39].contains(n) && Some(*n) != gone), Some(won));
        }
        // 3,000 each, give or take four standard errors.
        assert!([3, 38, 39].iter().all(|&n| (2820..3180).contains(&wins[n])), "{wins:?}");
    }
}
