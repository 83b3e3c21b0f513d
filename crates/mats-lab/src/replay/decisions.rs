//! What was decided: the network's values, the row of the table, what came of it.

use super::context::threat;
use super::data::{Decision, ResultShown, RuleShown, ms, short};
use super::episode_trace::EpisodeTrace;
use crate::defender::DefenderSpec;
use crate::recorder::Recorder;
use mats_core::{Action, ActionResult, Finding, OrderId, Outcome, PolicyKey};
use mats_data::names::Names;
use mats_gym::DefenceGame;
use mats_gym::observe::at;
use mats_learn::Agents;
use mats_respond::{Origin, PolicyTable};
use mats_rl::{Observer, QFunction, Scratch, Step};
use std::sync::Arc;

/// Takes decisions down.
pub(super) struct DecisionRecorder<'a> {
    names: Names<'a>,
    /// The table that rows are taken from, and whether the defender goes by it.
    table: (PolicyTable, bool),
    /// The network whose values are shown, and whether the defender goes by it.
    network: (Arc<QFunction>, bool),
    truthful: bool,
    scratch: Scratch,
    /// Place of each rule in `rules`, by its position in the table.
    places: Vec<Option<u32>>,
    /// Orders given before the decision that is carried out now.
    given: usize,
    pub(super) rules: Vec<RuleShown>,
    pub(super) decisions: Vec<Decision>,
    /// The order that each decision gave.
    orders: Vec<Option<OrderId>>,
}

impl<'a> DecisionRecorder<'a> {
    /// A recorder for a defender. Rows are those of its own table, or of the table that training led to; values those of its own
    /// network, or of the one that was learnt.
    pub(super) fn new(spec: &DefenderSpec, trained: &Agents, names: Names<'a>) -> DecisionRecorder<'a> {
        let own = spec.table(trained);
        let table = (own.clone().unwrap_or_else(|| trained.table.clone()), own.is_some());
        let own = spec.network(trained);
        let network = (own.clone().unwrap_or_else(|| Arc::clone(&trained.network)), own.is_some());
        DecisionRecorder {
            names,
            network,
            truthful: spec.is_privileged(),
            scratch: Scratch::default(),
            places: vec![None; table.0.rules.len()],
            table,
            given: 0,
            rules: Vec::new(),
            decisions: Vec::new(),
            orders: Vec::new(),
        }
    }

    /// Names what the defender goes by.
    pub(super) const fn decides_by(&self) -> &'static str {
        match (self.table.1, self.network.1) {
            (true, _) => "table",
            (_, true) => "network",
            _ => "rule",
        }
    }

    /// Returns the action that the defender would have taken if everything were possible and permitted.
    fn wanted(&self, rule: Option<usize>, values: &[f32], action: usize) -> u8 {
        if self.table.1 {
            let ranking = rule.map_or(&[][..], |r| &self.table.0.rules[r].actions);
            return ranking.first().map_or(Action::Monitor as u8, |&a| a as u8);
        }
        let best = (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b]).then(b.cmp(&a)));
        best.filter(|_| self.network.1).unwrap_or(action) as u8
    }

    fn show(&mut self, rule: usize) -> u32 {
        if let Some(place) = self.places[rule] {
            return place;
        }
        let place = self.rules.len() as u32;
        self.places[rule] = Some(place);
        let (table, used) = (&self.table.0, self.table.1);
        let row = &table.rules[rule];
        self.rules.push(RuleShown {
            number: rule + 1,
            when: row.condition(),
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

    /// Files what came of orders under the decisions that gave them.
    pub(super) fn conclude(&mut self, results: &[ActionResult]) {
        for result in results {
            let Some(at) = self.orders.iter().position(|o| *o == Some(result.id)) else { continue };
            self.decisions[at].results.push(ResultShown {
                t: ms(result.finished),
                host: result.order.target.host.0,
                done: result.outcome == Outcome::Done,
                finding: result.finding.map(Finding::name),
                cost: short(result.cost),
            });
        }
    }
}

impl Observer<DefenceGame<(Recorder, EpisodeTrace)>> for DecisionRecorder<'_> {
    fn decided(
        &mut self,
        game: &DefenceGame<(Recorder, EpisodeTrace)>,
        observation: &[f32],
        mask: &[bool],
        action: usize,
    ) {
        self.given = game.tick_observer.1.orders.len();
        let (case, key) = (game.view().pending(), game.view().key());
        let values: Vec<f32> = self.network.0.values(observation, &mut self.scratch).to_vec();
        let rule = self.table.0.rule_with(key, game.view().facts());
        let wanted = self.wanted(rule, &values, action);
        let rule = rule.map(|r| self.show(r));
        let seen = observation.iter().enumerate().filter(|(_, x)| **x != 0.0);
        let allowed = mask.iter().enumerate().filter(|(_, ok)| **ok).map(|(a, _)| a as u8);
        self.decisions.push(Decision {
            t: ms(game.world().now()),
            threat: threat(&case.intel, &self.names, self.truthful),
            patrol: observation[at::PATROL] > 0.5,
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

    /// The decision was carried out, by an order if it was more than watching.
    fn stepped(&mut self, game: &DefenceGame<(Recorder, EpisodeTrace)>, step: &Step) {
        if let (Some(decision), Some(slot)) = (self.decisions.last_mut(), self.orders.last_mut()) {
            decision.executed = step.executed as u8;
            decision.reward = short(step.reward);
            *slot = game.tick_observer.1.orders.get(self.given).copied();
        }
    }
}

/// A key of the table in words.
fn words(key: PolicyKey) -> String {
    format!("{} / {} / {} / {}", key.kind.name(), key.severity.name(), key.asset.name(), key.status.name())
}
