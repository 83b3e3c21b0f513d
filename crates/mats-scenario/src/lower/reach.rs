//! Whether every step of an attack can be tried at all: some machine fits, is reached by a service it offers,
//! and what the technique needs was granted before.

use crate::attack::{Attack, Selector, Step};
use crate::catalogue::{Grant, Site, Technique};
use crate::model::Scenario;
use crate::raw_diagnostic::{Sink, Span};
use mats_core::telemetry::Service;
use mats_core::{HostId, SubnetId};
use std::collections::BTreeSet;

/// Gains that an attacker may have before a step, at best.
#[derive(Clone, Default)]
struct Gained {
    /// A column by [`HostId`]: whether the machine may be held.
    held: Vec<bool>,
    credential: bool,
    admin: bool,
}

/// Reports every step that can never be tried. `places`: where its name and its target stand.
pub fn check(scenario: &Scenario, places: &[Vec<(Span, Span)>], sink: &mut Sink) {
    for (attack, places) in scenario.attacks.iter().zip(places) {
        let world = World { scenario, attack };
        world.check(places, sink);
    }
}

struct World<'a> {
    scenario: &'a Scenario,
    attack: &'a Attack,
}

impl World<'_> {
    fn check(&self, places: &[(Span, Span)], sink: &mut Sink) {
        let nothing = || Gained { held: vec![false; self.scenario.hosts.len()], ..Gained::default() };
        let mut gained: Vec<Option<Gained>> = vec![None; self.attack.steps.len()];
        while let Some(next) = (0..gained.len())
            .find(|&i| gained[i].is_none() && self.attack.steps[i].after.iter().all(|&a| gained[a].is_some()))
        {
            let step = &self.attack.steps[next];
            let mut have = nothing();
            for earlier in step.after.iter().filter_map(|&a| gained[a].as_ref()) {
                have.held.iter_mut().zip(&earlier.held).for_each(|(h, e)| *h |= e);
                have.credential |= earlier.credential;
                have.admin |= earlier.admin;
            }
            if let Err((message, help)) = self.attempt(step, &mut have) {
                let (name, target) = &places[next];
                let span = if step.target == Selector::Any { name } else { target };
                sink.error(
                    span.clone(),
                    format!("step `{}` can never be tried: {message}", step.id),
                    Some(help),
                );
                // What comes after it is judged as if it had worked, so that one mistake is reported once.
                self.grant(step, &self.fitting(step), &mut have);
            }
            gained[next] = Some(have);
        }
    }

    fn technique(&self, step: &Step) -> &Technique {
        &self.scenario.techniques[step.technique]
    }

    /// Machines that fit the selector.
    fn fitting(&self, step: &Step) -> Vec<usize> {
        let os = self.technique(step).needs.os;
        let runs = |&h: &usize| os.is_none_or(|os| self.scenario.inventory.hosts[h].os == os);
        let all = (0..self.scenario.hosts.len()).filter(runs);
        match &step.target {
            Selector::Any => all.collect(),
            Selector::Roles(roles) => all.filter(|&h| roles.contains(&self.scenario.hosts[h].role)).collect(),
            Selector::Subnet(s) => all.filter(|&h| self.subnet(h) == *s).collect(),
            Selector::Hosts(hosts) => hosts.iter().map(|h| h.index()).filter(runs).collect(),
        }
    }

    fn subnet(&self, host: usize) -> SubnetId {
        self.scenario.inventory.host(HostId(host as u32)).subnet
    }

    /// Tries a step; on success `have` grows by what it grants.
    fn attempt(&self, step: &Step, have: &mut Gained) -> Result<(), (String, String)> {
        let t = self.technique(step);
        // From outside, a leaked or bought password will do; whoever gets in with it has it, where the attack says so.
        if t.site == Site::Outside {
            have.credential |= t.needs.credential && self.attack.keeps_passwords;
        } else if t.needs.credential && !have.credential {
            let message =
                format!("{} ({}) needs a stolen credential, and no step before it gets one", t.id, t.name);
            return Err((
                message,
                "put a step before it that grants a credential, such as T1003.001".to_owned(),
            ));
        }
        if t.needs.admin && !have.admin {
            let message =
                format!("{} ({}) needs administrative rights, and no step before it gets them", t.id, t.name);
            return Err((message, "put a step before it that grants them, such as T1068".to_owned()));
        }
        let fitting = self.fitting(step);
        if let Some(os) = t.needs.os.filter(|_| fitting.is_empty()) {
            let message =
                format!("{} ({}) works on {os:?} machines only, and no target is one", t.id, t.name);
            return Err((message, "choose other targets, or another technique".to_owned()));
        }
        if t.site != Site::Outside && !have.held.contains(&true) {
            let message = format!(
                "{} ({}) starts from a machine already held, and no step before it gets one",
                t.id, t.name
            );
            return Err((
                message,
                "put a way in before it, such as T1566.001, and name it in `after`".to_owned(),
            ));
        }
        // A repeated step may go on from what it has just taken.
        let mut reached: Vec<usize> = Vec::new();
        loop {
            let sources: BTreeSet<SubnetId> =
                (0..have.held.len()).filter(|&h| have.held[h]).map(|h| self.subnet(h)).collect();
            let now: Vec<usize> =
                fitting.iter().copied().filter(|&h| self.possible(t, h, have, &sources)).collect();
            if now.is_empty() {
                return Err(self.why_not(t, &fitting, &sources));
            }
            let grown = now.len() > reached.len();
            self.grant(step, &now, have);
            reached = now;
            if !grown || step.repeat.1 <= 1 {
                return Ok(());
            }
        }
    }

    fn possible(&self, t: &Technique, host: usize, have: &Gained, sources: &BTreeSet<SubnetId>) -> bool {
        let spec = &self.scenario.hosts[host];
        let open = |s: &Service| match t.site {
            Site::Held => true,
            Site::Outside => self.scenario.reach.internet_allows(self.subnet(host), *s),
            Site::Remote => {
                sources.iter().any(|&from| self.scenario.reach.allows(from, self.subnet(host), *s))
            }
        };
        let usable = |s: &Service| spec.services.contains(s) && open(s);
        let service = t.needs.services.is_empty() || t.needs.services.iter().any(usable);
        let weak = !t.needs.vulnerability
            || spec.vulnerabilities.iter().any(|&(v, p)| {
                let s = self.scenario.vulnerabilities[v].service;
                let fits = t.needs.services.is_empty() || t.needs.services.contains(&s);
                p > 0.0 && fits && (t.needs.services.is_empty() || usable(&s))
            });
        service && weak && (t.site != Site::Held || have.held[host])
    }

    fn grant(&self, step: &Step, hosts: &[usize], have: &mut Gained) {
        for grant in &self.technique(step).grants {
            match grant {
                Grant::Foothold => hosts.iter().for_each(|&h| have.held[h] = true),
                Grant::Credential => have.credential = true,
                Grant::Admin => have.admin = true,
                Grant::Persistence | Grant::Channel => {}
            }
        }
    }

    fn why_not(&self, t: &Technique, fitting: &[usize], sources: &BTreeSet<SubnetId>) -> (String, String) {
        let named = |s: SubnetId| self.scenario.inventory.subnets[s.index()].as_str();
        let list = |all: BTreeSet<&str>| all.into_iter().take(8).collect::<Vec<_>>().join(", ");
        let to = list(fitting.iter().map(|&h| named(self.subnet(h))).collect());
        let services = list(t.needs.services.iter().map(|s| s.name()).collect());
        let from = match t.site {
            Site::Outside => "internet".to_owned(),
            _ => list(sources.iter().map(|&s| named(s)).collect()),
        };
        let who = format!("{} ({})", t.id, t.name);
        if t.site == Site::Held {
            return (
                format!(
                    "{who} works on a machine already held, and none that fits the target is held by then"
                ),
                "choose a target that an earlier step takes, or add such a step to `after`".to_owned(),
            );
        }
        let weakness = if t.needs.vulnerability { " and a weakness there" } else { "" };
        let needs = if services.is_empty() {
            "a weakness".to_owned()
        } else {
            format!("one of {services}{weakness}")
        };
        (
            format!(
                "{who} needs {needs}, and no fitting machine in {to} offers it where {from} may reach it"
            ),
            format!(
                "add a [[link]] from {from} to {to}, the service to the [[host]]{}, or choose another target",
                if t.needs.vulnerability { ", a weakness to its `vulnerabilities`" } else { "" }
            ),
        )
    }
}
