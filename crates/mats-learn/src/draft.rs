//! Tables by dice: what a search tries.

use mats_core::random::Generator;
use mats_core::{Action, AssetClass, Fact, Severity, ThreatStatus};
use mats_respond::{KeySet, PolicyTable, Rule};
use rand::{Rng, RngExt};

/// Most rules of a small table.
const SMALL: usize = 4;
/// Most blocks in which a full table is changed.
const BLOCKS: usize = 24;
/// Probability that an action is drawn from those that fit what has become of a threat, instead of from all.
const SENSIBLE: f64 = 0.75;
/// Probability that a block asks for a fact.
const ASKS: f64 = 0.5;

/// A block of a table: statuses × severities × assets, and what is done there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    severities: Vec<Severity>,
    assets: Vec<AssetClass>,
    statuses: Vec<ThreatStatus>,
    /// A fact that must hold, if any.
    has: Option<Fact>,
    actions: Vec<Action>,
}

/// A table in the making: blocks, the first that matches counts, and beneath them a whole table or nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    blocks: Vec<Block>,
    base: PolicyTable,
}

impl Draft {
    /// Scan and kill.
    pub(crate) fn scan_kill() -> Draft {
        use ThreatStatus::{Cleared, Fresh, Treated, Verified, Watched};
        let block = |statuses: &[ThreatStatus], severities: &[Severity], actions: &[Action]| Block {
            severities: severities.to_vec(),
            assets: AssetClass::ALL.to_vec(),
            statuses: statuses.to_vec(),
            has: None,
            actions: actions.to_vec(),
        };
        let alerts = &Severity::ALL[1..];
        let blocks = vec![
            block(&[Verified], &Severity::ALL, &[Action::KillProcess, Action::Monitor]),
            block(&[Fresh, Watched, Cleared, Treated], alerts, &[Action::RunScan, Action::Monitor]),
            block(&ThreatStatus::ALL, &Severity::ALL, &[Action::Monitor]),
        ];
        Draft { blocks, base: PolicyTable::default() }
    }

    /// A table, not changed yet.
    pub(crate) fn over(base: PolicyTable) -> Draft {
        Draft { blocks: Vec::new(), base }
    }

    /// The table.
    pub(crate) fn table(&self) -> PolicyTable {
        let rule = |block: &Block| {
            let when = KeySet::product(&[], &block.severities, &block.assets, &block.statuses);
            Rule {
                note: Some("found by search on validation seeds".to_owned()),
                has: block.has.into_iter().collect(),
                ..Rule::new(when, &block.actions)
            }
        };
        PolicyTable { rules: self.blocks.iter().map(rule).chain(self.base.rules.iter().cloned()).collect() }
    }

    /// Another table: with a probability one made anew, else this one changed in a place or two.
    pub(crate) fn next(&self, small: bool, fresh: f64, dice: &mut Generator) -> Draft {
        if small && dice.random_bool(fresh) {
            return self.made_anew(dice);
        }
        let mut next = self.clone();
        for _ in 0..dice.random_range(1..=2) {
            next.change(small, dice);
        }
        next
    }

    /// A small table by dice: for what was found, for what is suspected, for what was cut off, and for the rest.
    fn made_anew(&self, dice: &mut Generator) -> Draft {
        use ThreatStatus::{Cleared, Contained, Fresh, Releasable, Treated, Verified, Watched};
        let mut found = vec![Verified];
        found.extend([Contained, Treated].into_iter().filter(|_| dice.random_bool(0.3)));
        let suspected: Vec<ThreatStatus> = [Fresh, Watched, Cleared, Treated]
            .into_iter()
            .filter(|&s| s == Fresh || dice.random_bool(0.8))
            .collect();
        let mut blocks = Vec::new();
        let asks = dice.random_bool(ASKS);
        if asks {
            blocks.push(asking(dice));
        }
        let last = if asks { 2 } else { 3 };
        for statuses in [found, suspected, vec![Contained, Releasable]].into_iter().take(last) {
            let actions = ranking(&statuses, dice);
            let severities = severities(dice);
            blocks.push(Block { severities, assets: AssetClass::ALL.to_vec(), statuses, has: None, actions });
        }
        let statuses = ThreatStatus::ALL.to_vec();
        let actions = if dice.random_bool(0.7) { vec![Action::Monitor] } else { ranking(&statuses, dice) };
        blocks.push(Block {
            severities: Severity::ALL.to_vec(),
            assets: AssetClass::ALL.to_vec(),
            statuses,
            has: None,
            actions,
        });
        Draft { blocks, base: self.base.clone() }
    }

    /// Changes one thing.
    fn change(&mut self, small: bool, dice: &mut Generator) {
        // The last block of a small table answers whatever is left.
        let open = if small { self.blocks.len() - 1 } else { self.blocks.len() };
        let most = if small { SMALL } else { BLOCKS };
        let room = self.blocks.len() < most;
        if open == 0 || room && dice.random_bool(if small { 0.25 } else { 0.7 }) {
            let block = if dice.random_bool(ASKS) { asking(dice) } else { block(dice) };
            let at = dice.random_range(0..=open);
            self.blocks.insert(if small { at } else { 0 }, block);
            return;
        }
        if dice.random_bool(0.15) {
            self.blocks.remove(dice.random_range(0..open));
            return;
        }
        let at = dice.random_range(0..self.blocks.len());
        let last = small && at == open;
        let block = &mut self.blocks[at];
        match dice.random_range(if last { 0..2 } else { 0..5 }) {
            0 => block.actions = ranking(&block.statuses, dice),
            1 => block.actions = longer(&block.actions, &block.statuses, dice),
            2 => block.severities = severities(dice),
            3 => block.assets = assets(dice),
            _ => {
                let status = pick(&ThreatStatus::ALL, dice);
                match block.statuses.iter().position(|&s| s == status) {
                    Some(i) if block.statuses.len() > 1 => drop(block.statuses.remove(i)),
                    Some(_) => {}
                    None => block.statuses.push(status),
                }
            }
        }
    }
}

/// A block by dice.
fn block(dice: &mut Generator) -> Block {
    let mut statuses: Vec<ThreatStatus> =
        ThreatStatus::ALL.into_iter().filter(|_| dice.random_bool(0.25)).collect();
    if statuses.is_empty() {
        statuses.push(pick(&ThreatStatus::ALL, dice));
    }
    let actions = ranking(&statuses, dice);
    Block { severities: severities(dice), assets: assets(dice), statuses, has: None, actions }
}

/// A block by dice that asks for a fact, whatever else there is.
fn asking(dice: &mut Generator) -> Block {
    let fact = pick(&[Fact::Exposed, Fact::Exposed, Fact::Linked, Fact::Killed, Fact::Reset], dice);
    let answer = match fact {
        Fact::Exposed => Action::ResetExposed,
        _ => Action::RunScan,
    };
    let mut statuses = ThreatStatus::ALL.to_vec();
    if dice.random_bool(0.5) {
        statuses.retain(|&status| status != ThreatStatus::Verified);
    }
    let actions =
        if dice.random_bool(SENSIBLE) { vec![answer, Action::Monitor] } else { ranking(&statuses, dice) };
    let severities = if dice.random_bool(0.5) { Severity::ALL.to_vec() } else { severities(dice) };
    Block { severities, assets: AssetClass::ALL.to_vec(), statuses, has: Some(fact), actions }
}

fn pick<T: Copy>(of: &[T], dice: &mut Generator) -> T {
    of[dice.next_u32() as usize % of.len()]
}

/// Severities from one on, or up to one.
fn severities(dice: &mut Generator) -> Vec<Severity> {
    let from = pick(&[0, 1, 1, 2, 3], dice);
    if from > 0 && dice.random_bool(0.25) {
        Severity::ALL[..=from].to_vec()
    } else {
        Severity::ALL[from..].to_vec()
    }
}

fn assets(dice: &mut Generator) -> Vec<AssetClass> {
    use AssetClass::{Critical, Server, Workstation};
    let all: [&[AssetClass]; 5] =
        [&AssetClass::ALL, &AssetClass::ALL, &[Workstation], &[Server, Critical], &[Workstation, Server]];
    pick(&all, dice).to_vec()
}

/// An action: mostly one that fits the first of some statuses.
fn action(statuses: &[ThreatStatus], dice: &mut Generator) -> Action {
    use Action::{
        AlertAnalyst, BlockDomain, BlockIp, DeployDecoy, DisableAccount, IsolateHost, KillProcess, PatchHost,
        ReimageHost, Release, ResetCredentials, ResetExposed, RunScan,
    };
    if !dice.random_bool(SENSIBLE) {
        return pick(&Action::ALL, dice);
    }
    match pick(statuses, dice) {
        ThreatStatus::Fresh | ThreatStatus::Watched | ThreatStatus::Cleared => {
            pick(&[RunScan, RunScan, AlertAnalyst, BlockDomain, BlockIp, DeployDecoy], dice)
        }
        ThreatStatus::Verified => pick(
            &[
                KillProcess,
                KillProcess,
                IsolateHost,
                BlockDomain,
                ResetCredentials,
                ResetExposed,
                DisableAccount,
                ReimageHost,
            ],
            dice,
        ),
        ThreatStatus::Contained => pick(&[ReimageHost, KillProcess, ResetCredentials, Release], dice),
        ThreatStatus::Treated => {
            pick(&[RunScan, ResetExposed, ResetCredentials, PatchHost, AlertAnalyst], dice)
        }
        ThreatStatus::Releasable => Release,
    }
}

/// One to three actions, and watching where none of them is possible; now and then watching alone.
fn ranking(statuses: &[ThreatStatus], dice: &mut Generator) -> Vec<Action> {
    let mut actions = vec![Action::Monitor];
    if dice.random_bool(0.1) {
        return actions;
    }
    for _ in 0..pick(&[1, 1, 2, 2, 3], dice) {
        actions = longer(&actions, statuses, dice);
    }
    actions
}

/// A ranking with another action in front; of three, the last but watching goes.
fn longer(actions: &[Action], statuses: &[ThreatStatus], dice: &mut Generator) -> Vec<Action> {
    let first = action(statuses, dice);
    if first == Action::Monitor {
        return vec![Action::Monitor];
    }
    let rest = actions.iter().copied().filter(|&a| a != first && a != Action::Monitor).take(2);
    std::iter::once(first).chain(rest).chain([Action::Monitor]).collect()
}
