//! What was decided: the network's values, the row of the table, what came of it.

use super::data::{Decision, ResultShown, RuleShown, ms, short};
use super::setting::threat;
use crate::defender::Defender;
use crate::train::Trained;
use mats_core::{Action, ActionResult, Finding, OrderId, Outcome, PolicyKey};
use mats_data::names::Names;
use mats_gym::{DefenceGame, OBSERVATION, Witness, observe};
use mats_respond::{Origin, PolicyTable};
use mats_rl::{Scratch, Step};

/// Takes decisions down.
pub(super) struct Clerk<'a> {
    trained: &'a Trained,
    /// The table that rows are taken from, and whether the defender goes by it.
    table: (&'a PolicyTable, bool),
    by_network: bool,
    truthful: bool,
    scratch: Scratch,
    /// Where each rule stands in `rules`, by its position in the table.
    places: Vec<Option<u32>>,
    patrol: usize,
    pub(super) rules: Vec<RuleShown>,
    pub(super) decisions: Vec<Decision>,
    /// The order that each decision gave.
    pub(super) orders: Vec<Option<OrderId>>,
}

impl<'a> Clerk<'a> {
    /// For a defender. Rows are those of its own table, or of the table that training led to.
    pub(super) fn new(defender: &'a Defender, trained: &'a Trained, truthful: bool) -> Clerk<'a> {
        let table = match defender {
            Defender::Table(agent) => (agent.table(), true),
            _ => (&trained.table, false),
        };
        let patrol = OBSERVATION.iter().position(|name| *name == "presented by a patrol");
        Clerk {
            trained,
            table,
            by_network: matches!(defender, Defender::Network(_)),
            truthful,
            scratch: Scratch::default(),
            places: vec![None; table.0.rules.len()],
            patrol: patrol.unwrap_or_default(),
            rules: Vec::new(),
            decisions: Vec::new(),
            orders: Vec::new(),
        }
    }

    /// A decision is about to be carried out.
    pub(super) fn decides<W: Witness>(
        &mut self,
        game: &DefenceGame<W>,
        names: &Names<'_>,
        action: usize,
        observation: &[f32],
        mask: &[bool],
    ) {
        let case = game.view().pending();
        let key = observe::key_of(observation);
        let values: Vec<f32> = self.trained.network.values(observation, &mut self.scratch).to_vec();
        let rule = self.table.0.rule_for(key);
        let wanted = self.wanted(rule, &values, action);
        let rule = rule.map(|r| self.show(r));
        let seen = observation.iter().enumerate().filter(|(_, x)| **x != 0.0);
        let allowed = mask.iter().enumerate().filter(|(_, ok)| **ok).map(|(a, _)| a as u8);
        self.decisions.push(Decision {
            t: ms(game.world().now()),
            threat: threat(&case.intel, names, self.truthful),
            patrol: observation[self.patrol] > 0.5,
            alert: None,
            status: case.status().name(),
            key: words(key),
            observation: seen.map(|(i, x)| (i as u8, short(*x))).collect(),
            allowed: allowed.collect(),
            values: values.into_iter().map(short).collect(),
            rule,
            wanted,
            executed: action as u8,
            reward: 0.0,
            results: Vec::new(),
        });
        self.orders.push(None);
    }

    /// What the defender would have taken if everything were possible and permitted.
    fn wanted(&self, rule: Option<usize>, values: &[f32], action: usize) -> u8 {
        if self.table.1 {
            let ranking = rule.map_or(&[][..], |r| &self.table.0.rules[r].actions);
            return ranking.first().map_or(Action::Monitor as u8, |&a| a as u8);
        }
        let best = (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b]).then(b.cmp(&a)));
        best.filter(|_| self.by_network).unwrap_or(action) as u8
    }

    fn show(&mut self, rule: usize) -> u32 {
        if let Some(place) = self.places[rule] {
            return place;
        }
        let place = self.rules.len() as u32;
        self.places[rule] = Some(place);
        let (table, used) = self.table;
        let row = &table.rules[rule];
        self.rules.push(RuleShown {
            number: rule + 1,
            when: row.when.to_string(),
            actions: row.actions.iter().map(|a| a.name()).collect(),
            values: row.values.iter().copied().map(short).collect(),
            support: row.support,
            confidence: row.confidence.map(short),
            learned: match row.learned {
                Origin::Playbook => "playbook".to_owned(),
                Origin::Refinement(version) => format!("refinement {version}"),
            },
            note: row.note.clone(),
            used,
        });
        place
    }

    /// The decision was carried out, by an order if it was more than watching.
    pub(super) fn decided(&mut self, step: &Step, order: Option<OrderId>) {
        if let (Some(decision), Some(slot)) = (self.decisions.last_mut(), self.orders.last_mut()) {
            decision.executed = step.executed as u8;
            decision.reward = short(step.reward);
            *slot = order;
        }
    }

    /// Files what came of orders under the decisions that gave them.
    pub(super) fn conclude(&mut self, results: &[ActionResult]) {
        for result in results {
            let Some(at) = self.orders.iter().position(|o| *o == Some(result.id)) else { continue };
            self.decisions[at].results.push(ResultShown {
                t: ms(result.finished),
                host: result.order.target.host.0,
                done: result.outcome == Outcome::Done,
                finding: result.finding.map(|f| match f {
                    Finding::Malicious => "malicious",
                    Finding::Clean => "clean",
                }),
                cost: short(result.cost),
            });
        }
    }
}

/// A key of the table in words.
fn words(key: PolicyKey) -> String {
    format!("{} / {} / {} / {}", key.kind.name(), key.severity.name(), key.asset.name(), key.status.name())
}
