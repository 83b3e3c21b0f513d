//! What happened, one line an event, in order of time.

use super::data::{Context, Decision, DefenderTrace, Replay, Threat, TriedStory};
use mats_core::Action;

/// Minutes between lines about telemetry.
const TELEMETRY_MINUTES: usize = 60;

/// The party that a line is about; the order is that of ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// An attacker. Truth.
    Attacker,
    /// Sensors.
    Sensor,
    /// The Detection Agent, or whoever tells the truth.
    Detector,
    /// Response Agent, or any other defender.
    Defender,
    /// Outcome of an action, a campaign or the episode.
    Outcome,
}

impl Who {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        ["attacker", "sensor", "detector", "defender", "outcome"][self as usize]
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Time in milliseconds since the episode began.
    pub t: u64,
    /// Party that the event is about.
    pub who: Who,
    /// Description of the event; names are as in the scenario, so not safe to print as they stand.
    pub what: String,
}

/// Lists the events on one side.
pub fn event_log(replay: &Replay, side: &DefenderTrace) -> Vec<Event> {
    let teller = Teller { context: &replay.context, side };
    let mut events = Vec::new();
    teller.attackers(&mut events);
    teller.sensors(&mut events);
    for alert in &side.alerts {
        let what = teller.alert(&alert.threat, alert.guilty);
        events.push(Event { t: alert.threat.t, who: Who::Detector, what });
    }
    for decision in &side.decisions {
        let what = teller.decision(decision);
        events.push(Event { t: decision.t, who: Who::Defender, what });
        teller.results(decision, &mut events);
    }
    teller.ends(&mut events);
    // Stable: what happens at the same time to the same party stays in its order.
    events.sort_by_key(|e| (e.t, e.who));
    events
}

/// The words of the log that do not explain themselves, each with its meaning.
const WORDS: [(&str, &str); 4] = [
    ("row", "the rule of the policy table that answered, counted from the top"),
    (
        "Q",
        "what the network expects of the action: reward to come, costs being negative, so the higher the better",
    ),
    ("wanted", "what would have been taken first, had it been possible and permitted"),
    ("decoy contacted", "somebody on that machine touched a decoy, which no work needs: suspicion, no proof"),
];

/// Explains those words that occur in some events, in a fixed order.
pub fn legend<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<(&'static str, &'static str)> {
    let mut met = [false; WORDS.len()];
    for event in events {
        for (met, (word, _)) in met.iter_mut().zip(WORDS) {
            *met |= match event.who {
                Who::Defender => event.what.contains(&format!("; {word} ")),
                Who::Outcome => event.what.starts_with(word),
                _ => false,
            };
        }
    }
    WORDS.into_iter().zip(met).filter(|(_, met)| *met).map(|(word, _)| word).collect()
}

/// Former name of [`event_log`].
#[deprecated(since = "0.2.0", note = "renamed to `event_log`")]
pub fn story(replay: &Replay, side: &DefenderTrace) -> Vec<Event> {
    event_log(replay, side)
}

struct Teller<'a> {
    context: &'a Context,
    side: &'a DefenderTrace,
}

impl Teller<'_> {
    fn host(&self, host: u32) -> &str {
        self.context.hosts.get(host as usize).map_or("?", |h| &h.name)
    }

    fn action(&self, action: u8) -> &'static str {
        self.context.actions.get(usize::from(action)).copied().unwrap_or("?")
    }

    fn attackers(&self, events: &mut Vec<Event>) {
        for (c, campaign) in self.side.campaigns.iter().enumerate() {
            let attack = &self.context.attacks[campaign.attack];
            let mut tell = |t, what| events.push(Event { t, who: Who::Attacker, what });
            tell(campaign.onset, format!("campaign {c} begins: {}", attack.name));
            for tried in &campaign.tried {
                let step = &attack.steps[tried.step];
                let head = format!("{c}: {} {}", step.id, step.technique);
                tell(tried.begun, format!("{head} {}", self.route(tried)));
                if let Some(ended) = tried.ended {
                    tell(ended, format!("{head} {} on {}", tried.how, self.host(tried.target)));
                }
            }
        }
        let ended = self.side.holds.iter().filter(|h| h.until < self.context.horizon);
        for hold in ended {
            let what = format!("{}: lost {}", hold.campaign, self.host(hold.host));
            events.push(Event { t: hold.until, who: Who::Attacker, what });
        }
    }

    fn route(&self, tried: &TriedStory) -> String {
        let target = self.host(tried.target);
        let by = tried.account.as_ref().map_or(String::new(), |a| format!(" as {a}"));
        match tried.from {
            Some(from) if from == tried.target => format!("on {target}{by}"),
            Some(from) => format!("{} > {target}{by}", self.host(from)),
            None => format!("outside > {target}{by}"),
        }
    }

    fn sensors(&self, events: &mut Vec<Event>) {
        let minutes = self.side.telemetry[0].len();
        for from in (0..minutes).step_by(TELEMETRY_MINUTES) {
            let to = (from + TELEMETRY_MINUTES).min(minutes);
            let [flows, logs, logins, changes, indicators] =
                [0, 1, 2, 3, 4].map(|k: usize| self.side.telemetry[k][from..to].iter().sum::<u32>());
            let t = (to as u64 * 60_000).min(self.context.horizon);
            let what = format!(
                "{flows} flows, {logs} events, {logins} logins, {changes} changes, {indicators} intel"
            );
            if flows + logs + logins + changes + indicators > 0 {
                events.push(Event { t, who: Who::Sensor, what });
            }
        }
    }

    fn alert(&self, threat: &Threat, guilty: bool) -> String {
        let why: Vec<&str> = threat
            .features
            .iter()
            .filter_map(|&(f, _)| self.context.features.get(usize::from(f)).map(|f| f.name))
            .collect();
        let by = threat.model.unwrap_or("truth");
        let mut text = format!("{}: {} {}", self.host(threat.host), threat.severity, threat.kind);
        if !guilty {
            text.push_str(", FALSE");
        }
        text = format!("{text}; {by} {:.2}", threat.confidence);
        if let Some(technique) = threat.techniques.first() {
            text = format!("{text}; {technique}");
        }
        if !why.is_empty() {
            text = format!("{text}; {}", why.join(", "));
        }
        text
    }

    fn decision(&self, d: &Decision) -> String {
        let mut text = format!("{}: {}", self.host(d.threat.host), self.action(d.executed));
        let rule = d.rule.and_then(|r| self.side.rules.get(r as usize));
        if let Some(rule) = rule.filter(|r| r.used) {
            text = format!("{text}; row {}", rule.number);
        }
        if let Some(q) = d.values.get(usize::from(d.executed)) {
            text = format!("{text}; Q {q:.1}");
        }
        text = format!("{text}; {} {} {}", d.status, d.threat.severity, d.threat.kind);
        if d.wanted != d.executed {
            text = format!("{text}; wanted {}", self.action(d.wanted));
        }
        text
    }

    fn results(&self, decision: &Decision, events: &mut Vec<Event>) {
        let action = self.action(decision.executed);
        for result in &decision.results {
            // A decoy that speaks up is no order that ends: it names who touched it.
            if action == Action::DeployDecoy.name() && result.finding.is_some() {
                let ordered = self.host(decision.threat.host);
                let what =
                    format!("decoy contacted by {} (deployed beside {ordered})", self.host(result.host));
                events.push(Event { t: result.t, who: Who::Outcome, what });
                continue;
            }
            let how = if result.done { "done" } else { "FAILED" };
            let found = result.finding.map_or(String::new(), |f| format!(", found {f}"));
            let what = format!("{action} on {} {how}{found}", self.host(result.host));
            events.push(Event { t: result.t, who: Who::Outcome, what });
        }
    }

    fn ends(&self, events: &mut Vec<Event>) {
        for (c, campaign) in self.side.campaigns.iter().enumerate() {
            for change in &campaign.access {
                let what = format!("campaign {c} now has: {}", change.has);
                events.push(Event { t: change.t, who: Who::Outcome, what });
            }
            let row = &campaign.row;
            let objective = row.time_to_objective_s.map_or("not reached", |_| "reached");
            let what = format!(
                "campaign {c}: {}; access {:.1} h; objective {objective}, {:.0}% of its goal done",
                row.end_state.name(),
                row.access_s / 3600.0,
                100.0 * row.goal_share
            );
            events.push(Event { t: self.context.horizon, who: Who::Outcome, what });
        }
        let row = &self.side.row;
        let what = format!(
            "cost {:.1} {}: damage {:.1}, disruption {:.1}, actions {:.1}",
            row.cost, self.context.unit, row.damage, row.disruption, row.action_cost
        );
        events.push(Event { t: self.context.horizon, who: Who::Outcome, what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_occur_are_explained() {
        let event = |who, what: &str| Event { t: 0, who, what: what.to_owned() };
        let words = |events: &[Event]| legend(events).iter().map(|w| w.0).collect::<Vec<_>>();
        let decision = event(Who::Defender, "desk-01: run_scan; row 3; Q -1.5; fresh high intrusion");
        assert_eq!(words(std::slice::from_ref(&decision)), ["row", "Q"]);
        let hindered = event(Who::Defender, "desk-01: monitor; fresh low impact; wanted run_scan");
        let decoy = event(Who::Outcome, "decoy contacted by desk-02 (deployed beside files)");
        assert_eq!(words(&[decoy, hindered, decision]), ["row", "Q", "wanted", "decoy contacted"]);
        assert!(words(&[event(Who::Attacker, "0: wanted; row ")]).is_empty());
    }
}
