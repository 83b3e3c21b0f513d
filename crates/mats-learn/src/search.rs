//! Policy tables searched without a network, on validation seeds.
//!
//! Rounds of successive halving ([`crate::halving`]): in each, the best table so far and changes of it by dice play the same validation games,
//! and whichever costs least goes on. Every round plays games that no earlier one has played, so that a table that was lucky once has to be good
//! again.

use crate::arena::{Contest, Game};
use crate::choose::cheapest_of;
use crate::draft::Draft;
use crate::error::{TrainError, notify};
use crate::progress::{Listener, Progress};
use crate::seeds::Purpose;
use crate::settings::SearchSettings;
use mats_core::random::Stream;
use mats_respond::{Decision, PolicyTable, ResponseAgent};

/// The purpose of a search's dice.
const DICE: u32 = 0x5ea_4c4;

/// A table that can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Search {
    /// A table of at most four rules.
    SmallTable,
    /// The playbook, changed block by block: the full table, tuned without a network.
    Tuned,
}

impl Search {
    /// All tables that can be searched.
    pub const ALL: [Search; 2] = [Search::SmallTable, Search::Tuned];

    /// The name of the defender that goes by the table.
    pub const fn name(self) -> &'static str {
        ["small-table-here", "tuned"][self as usize]
    }

    /// Tables to begin with: what others have to beat.
    fn start(self) -> Vec<Draft> {
        match self {
            Search::SmallTable => vec![Draft::scan_kill()],
            Search::Tuned => vec![Draft::over(PolicyTable::playbook())],
        }
    }
}

/// Searches a table in the games of a contest, in which a detector was installed.
///
/// # Errors
/// When the listener asks to stop.
pub fn search(
    contest: &mut dyn Contest,
    what: Search,
    settings: &SearchSettings,
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<PolicyTable, TrainError> {
    let (count, games) = (settings.candidates(), settings.validation);
    let parts = settings.rounds * games;
    let stage = match what {
        Search::SmallTable => "searching a small table",
        Search::Tuned => "tuning the table",
    };
    notify(listener, Progress::Stage(stage, parts as u64))?;
    let mut best = what.start();
    for round in 0..settings.rounds {
        let dice = &mut Stream::new(train_seed, DICE, what as u64).at(round as u64);
        let mut drafts = best;
        while drafts.len() < count {
            // At first anything goes; later rounds change the best by a little, and now and then begin anew.
            let fresh = if round == 0 { 0.7 } else { 0.15 };
            let next = drafts[0].next(what == Search::SmallTable, fresh, dice);
            if !drafts.contains(&next) {
                drafts.push(next);
            }
        }
        let agents: Vec<ResponseAgent> =
            drafts.iter().map(|draft| ResponseAgent::new(draft.table())).collect();
        let first = (round * games) as u64;
        let seeds = Game::several(Purpose::Validate, train_seed, first..first + games as u64);
        let action = |candidate: usize, d: &Decision<'_>| agents[candidate].decide(d.key, d.facts, &d.mask);
        let winner = cheapest_of(contest, &seeds, agents.len(), &action, |played, _| {
            notify(listener, Progress::Advance(played as u64))
        })?;
        best = vec![drafts.swap_remove(winner.unwrap_or(0))];
    }
    Ok(best[0].table())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::{Action, Fact, FactSet, PolicyKey};

    #[test]
    fn small_tables_stay_small_answer_everything_and_end_in_watching() {
        let dice = &mut Stream::new(3, DICE, 0).at(0);
        let mut draft = Draft::scan_kill();
        assert_eq!(draft.table().compile(), PolicyTable::scan_kill().compile());
        let mut actions = std::collections::BTreeSet::new();
        let mut kinds = 0;
        for _ in 0..500 {
            let next = draft.next(true, 0.2, dice);
            kinds += usize::from(next != draft);
            draft = next;
            let table = draft.table();
            assert!((1..=4).contains(&table.rules.len()), "{}", table.to_toml());
            for i in 0..PolicyKey::COUNT {
                assert!(table.rule_for(PolicyKey::from_index(i)).is_some());
            }
            for rule in &table.rules {
                assert_eq!(rule.actions.last(), Some(&Action::Monitor));
                actions.extend(rule.actions.iter().copied());
            }
            assert_eq!(PolicyTable::parse(&table.to_toml(), "small").unwrap(), table);
        }
        assert!(kinds > 400, "{kinds} changes");
        assert_eq!(actions.len(), Action::COUNT, "all actions are tried");
    }

    #[test]
    fn the_tuned_table_keeps_the_playbook_where_it_was_not_changed() {
        let dice = &mut Stream::new(3, DICE, 1).at(0);
        let playbook = PolicyTable::playbook();
        let draft = Draft::over(playbook.clone());
        assert_eq!(draft.table().compile(), playbook.compile());
        let next = draft.next(false, 0.0, dice);
        let (before, after) = (playbook.compile(), next.table().compile());
        let keys = || (0..PolicyKey::COUNT).map(PolicyKey::from_index);
        let changed = |facts: FactSet| {
            keys().filter(|&key| before.ranking_with(key, facts) != after.ranking_with(key, facts)).count()
        };
        let (plain, all) = (changed(FactSet::NONE), changed(Fact::ALL.into_iter().collect()));
        assert!(plain < PolicyKey::COUNT / 2 && plain + all > 0, "{plain} rows, {all} where all facts hold");
    }
}
