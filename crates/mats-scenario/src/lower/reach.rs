//! Whether every step of an attack can be tried at all, and succeed: some machine fits, is reached by a service it offers,
//! and what the technique needs was granted before.
//!
//! Each step is judged twice. Strictly: by what the steps before it grant, upon the machines that they name. What fails so is
//! judged again by all that could help it: steps beside it, machines taken on a detour, weaknesses in other services. What
//! may work even then at best by luck is doubtful; what cannot is a mistake. Where mistakes leave something open, the best is assumed.

use super::attacks::{Places, StepPlace};
use crate::attack::{Attack, Selector, Step};
use crate::catalogue::{Grant, Site, Technique};
use crate::model::{HostRole, Scenario};
use crate::raw_diagnostic::{RawDiagnostic, Sink};
use mats_core::telemetry::Service;
use mats_core::{HostId, SubnetId};
use std::collections::BTreeSet;

/// What mistakes leave open: there, anything is possible.
pub struct Unknown {
    /// Flags by [`HostId`].
    pub hosts: Vec<bool>,
    /// True if any link may be there.
    pub links: bool,
}

/// Steps that took a machine: none, one, or two of them, which is as good as any.
type Takers = [Option<usize>; 2];

/// Gains that an attacker may have before a step, at best.
#[derive(Clone, PartialEq)]
struct Gained {
    /// A column by [`HostId`]: who may have taken the machine.
    held: Vec<Takers>,
    /// A column by [`HostId`]: whether rights on it may be administrative.
    admin: Vec<bool>,
    credential: bool,
}

impl Gained {
    fn nothing(hosts: usize) -> Gained {
        Gained { held: vec![[None; 2]; hosts], admin: vec![false; hosts], credential: false }
    }

    fn take(&mut self, host: usize, step: usize) {
        let takers = &mut self.held[host];
        if !takers.contains(&Some(step))
            && let Some(free) = takers.iter_mut().find(|taker| taker.is_none())
        {
            *free = Some(step);
        }
    }

    fn add(&mut self, other: &Gained) {
        for (host, takers) in other.held.iter().enumerate() {
            takers.iter().flatten().for_each(|&step| self.take(host, step));
        }
        self.admin.iter_mut().zip(&other.admin).for_each(|(mine, theirs)| *mine |= theirs);
        self.credential |= other.credential;
    }

    /// Machines that are held, apart from what one step took.
    fn held_without(&self, step: Option<usize>) -> impl Iterator<Item = usize> {
        let counts = move |takers: &Takers| takers.iter().flatten().any(|&taker| Some(taker) != step);
        (0..self.held.len()).filter(move |&h| counts(&self.held[h]))
    }
}

/// Why a step cannot be tried, and what would help.
type Reason = (String, String);

/// Reports every step that can never be tried or never succeed, and warns of those that hardly can be tried.
pub fn check(scenario: &Scenario, unknown: &Unknown, places: &[Places], sink: &mut Sink) {
    let impossible = closed(scenario);
    for (attack, places) in scenario.attacks.iter().zip(places).filter(|(_, places)| !places.torn) {
        let world = World { scenario, attack, unknown, places: &places.steps, closed: &impossible };
        world.check(sink);
        world.check_luck(sink);
    }
}

/// Services of each pair of segments that only links of probability 0 allow; row-major.
fn closed(scenario: &Scenario) -> Vec<u16> {
    let reach = &scenario.reach;
    let mut never = vec![0; reach.services.len()];
    let of = |link: &crate::model::OptionalLink| link.from.index() * reach.subnets + link.to.index();
    for link in reach.optional.iter().filter(|link| link.probability <= 0.0) {
        never[of(link)] |= link.services;
    }
    for link in reach.optional.iter().filter(|link| link.probability > 0.0) {
        never[of(link)] &= !link.services;
    }
    never
}

struct World<'a> {
    scenario: &'a Scenario,
    attack: &'a Attack,
    unknown: &'a Unknown,
    places: &'a [StepPlace],
    closed: &'a [u16],
}

impl World<'_> {
    fn check(&self, sink: &mut Sink) {
        let stuck = self.stuck();
        if stuck.iter().all(Option::is_none) {
            return;
        }
        let lucky = self.lucky(&stuck);
        for (s, reason) in stuck.into_iter().enumerate() {
            let Some((message, help)) = reason else { continue };
            let (step, place) = (&self.attack.steps[s], &self.places[s]);
            let span = if step.target == Selector::Any { &place.name } else { &place.target };
            if lucky[s] {
                let message = format!("step `{}` can be tried by luck only: {message}", step.id);
                let help = format!("{help}; as it is, it hangs on what steps beside it or detours give");
                sink.warn(span.clone(), message, Some(help));
            } else {
                let message = format!("step `{}` can never be tried: {message}", step.id);
                sink.error(span.clone(), message, Some(help));
            }
        }
    }

    /// Steps that can be tried, but never succeed.
    fn check_luck(&self, sink: &mut Sink) {
        let skill = self.attack.skill.1 * self.scenario.randomize.skill.1;
        for (step, place) in self.attack.steps.iter().zip(self.places) {
            if place.unknown || step.success * skill > 0.0 {
                continue;
            }
            let (what, help) = if step.success <= 0.0 {
                ("its probability of success is 0", "write a `success` above 0, or leave it to the technique")
            } else {
                ("no attacker has any skill", "let `skill` of the attack and of [randomize] reach above 0")
            };
            let message = format!("step `{}` can never succeed: {what}", step.id);
            let found = RawDiagnostic { span: place.success.clone(), message, help: Some(help.to_owned()) };
            sink.mistakes.push(found);
        }
    }

    /// Judges strictly: for each step, why it cannot be tried.
    fn stuck(&self) -> Vec<Option<Reason>> {
        let steps = &self.attack.steps;
        let mut gained: Vec<Option<Gained>> = vec![None; steps.len()];
        let mut stuck = vec![None; steps.len()];
        while let Some(next) = (0..gained.len())
            .find(|&i| gained[i].is_none() && steps[i].after.iter().all(|&a| gained[a].is_some()))
        {
            let mut have = Gained::nothing(self.scenario.hosts.len());
            for earlier in steps[next].after.iter().filter_map(|&a| gained[a].as_ref()) {
                have.add(earlier);
            }
            if self.places[next].unknown {
                grant_all(next, &mut have);
            } else if let Err(reason) = self.attempt(next, &mut have, false) {
                stuck[next] = Some(reason);
                // What comes after it is judged as if it had worked, so that one mistake is reported once.
                self.grant(next, &self.fitting(next), &mut have);
            }
            gained[next] = Some(have);
        }
        stuck
    }

    /// Judges kindly: which steps can be tried with all that an attacker can have got from any other.
    fn lucky(&self, stuck: &[Option<Reason>]) -> Vec<bool> {
        let steps = &self.attack.steps;
        let mut have = Gained::nothing(self.scenario.hosts.len());
        // Open: it can be tried, or is taken to work because its own mistake is told.
        let (mut open, mut tried) = (vec![false; steps.len()], vec![false; steps.len()]);
        // What was taken to work is not judged any more: it would be by its own gains.
        let mut assumed = vec![false; steps.len()];
        loop {
            let before = (have.clone(), open.clone());
            for s in 0..steps.len() {
                if !self.is_due(s, &open) || assumed[s] {
                    continue;
                }
                if self.places[s].unknown {
                    grant_all(s, &mut have);
                    (open[s], tried[s]) = (true, true);
                } else if self.attempt(s, &mut have, true).is_ok() {
                    (open[s], tried[s]) = (true, true);
                }
            }
            self.detours(&open, &mut have);
            if (&have, &open) != (&before.0, &before.1) {
                continue;
            }
            // Nothing grows any more: the first that is stuck is taken to work.
            let Some(next) =
                (0..steps.len()).find(|s| !open[*s] && stuck[*s].is_some() && self.is_due(*s, &open))
            else {
                return tried;
            };
            (open[next], assumed[next]) = (true, true);
            self.grant(next, &self.fitting(next), &mut have);
        }
    }

    /// Tells whether a step comes first, or one that it comes after may have succeeded.
    fn is_due(&self, step: usize, open: &[bool]) -> bool {
        let after = &self.attack.steps[step].after;
        after.is_empty() || after.iter().any(|&a| open[a])
    }

    /// Machines that may be taken though no step names them, to get round a blocked path.
    fn detours(&self, open: &[bool], have: &mut Gained) {
        if self.attack.detours == 0 {
            return;
        }
        // By the means of a step that is due, whether or not its own targets can be reached.
        for (s, step) in self.attack.steps.iter().enumerate().filter(|&(s, _)| self.is_due(s, open)) {
            let t = self.technique(step);
            let takes = t.site == Site::Remote && t.grants.contains(&Grant::Foothold);
            if !takes || t.needs.credential && !have.credential {
                continue;
            }
            let sources = self.sources(t, have, None);
            let easy = |&h: &usize| self.scenario.hosts[h].role != HostRole::DomainController;
            let targets = (0..have.held.len()).filter(easy).filter(|&h| self.runs_on(t, h));
            let found: Vec<usize> = targets.filter(|&h| self.possible(t, h, &sources, true)).collect();
            // Whatever step comes next may start from there, this one too.
            for host in found {
                have.take(host, s);
                have.take(host, self.attack.steps.len());
            }
        }
    }

    fn technique(&self, step: &Step) -> &Technique {
        &self.scenario.techniques[step.technique]
    }

    fn runs_on(&self, technique: &Technique, host: usize) -> bool {
        self.unknown.hosts[host]
            || technique.needs.os.is_none_or(|os| self.scenario.inventory.hosts[host].os == os)
    }

    /// Machines that fit the selector.
    fn fitting(&self, step: usize) -> Vec<usize> {
        let step = &self.attack.steps[step];
        let t = self.technique(step);
        let selected = |h: usize| match &step.target {
            Selector::Any => true,
            Selector::Roles(roles) => roles.contains(&self.scenario.hosts[h].role),
            Selector::Subnet(s) => self.subnet(h) == *s,
            Selector::Hosts(hosts) => hosts.contains(&HostId(h as u32)),
        };
        let fits = |&h: &usize| (self.unknown.hosts[h] || selected(h)) && self.runs_on(t, h);
        (0..self.scenario.hosts.len()).filter(fits).collect()
    }

    fn subnet(&self, host: usize) -> SubnetId {
        self.scenario.inventory.host(HostId(host as u32)).subnet
    }

    /// Machines that a technique may start from; `without` what a step took that goes on once only.
    fn sources(&self, technique: &Technique, have: &Gained, without: Option<usize>) -> BTreeSet<SubnetId> {
        let able = |&h: &usize| have.admin[h] || !technique.needs.admin;
        have.held_without(without).filter(able).map(|h| self.subnet(h)).collect()
    }

    /// Tries a step; on success `have` grows by what it grants. `kindly`: as the simulator does, strictly otherwise.
    fn attempt(&self, s: usize, have: &mut Gained, kindly: bool) -> Result<(), Reason> {
        let step = &self.attack.steps[s];
        let t = self.technique(step);
        let who = format!("{} ({})", t.id, t.name);
        let fail = |what: String, help: &str| Err((format!("{who} {what}"), help.to_owned()));
        // From outside, a leaked or bought password will do; whoever gets in with it has it.
        if t.site != Site::Outside && t.needs.credential && !have.credential {
            let what = "needs a stolen credential, and no step before it gets one".to_owned();
            return fail(what, "put a step before it that grants a credential, such as T1003.001");
        }
        // A repeated step may go on from what it has just taken.
        let once = (step.repeat.1 <= 1).then_some(s);
        if t.needs.admin && !have.held_without(once).any(|h| have.admin[h]) {
            let what = "needs administrative rights, and no step before it gets them".to_owned();
            return fail(what, "put a step before it that grants them, such as T1068");
        }
        let fitting = self.fitting(s);
        if let Some(os) = t.needs.os.filter(|_| fitting.is_empty()) {
            let what = format!("works on {os:?} machines only, and no target is one");
            return fail(what, "choose other targets, or another technique");
        }
        if t.site != Site::Outside && have.held_without(once).next().is_none() {
            let what = "starts from a machine already held, and no step before it gets one".to_owned();
            return fail(what, "put a way in before it, such as T1566.001, and name it in `after`");
        }
        let mut reached = 0;
        loop {
            let sources = self.sources(t, have, once);
            let held: BTreeSet<usize> = have.held_without(once).collect();
            let here = |h: usize| {
                if t.site == Site::Held {
                    held.contains(&h) && (have.admin[h] || !t.needs.admin)
                } else {
                    self.possible(t, h, &sources, kindly)
                }
            };
            let now: Vec<usize> = fitting.iter().copied().filter(|&h| here(h)).collect();
            if now.is_empty() {
                return Err(self.why_not(t, &fitting, &held, &sources));
            }
            have.credential |= t.site == Site::Outside && t.needs.credential && self.attack.keeps_passwords;
            let grown = now.len() > reached;
            self.grant(s, &now, have);
            reached = now.len();
            if !grown || once.is_some() {
                return Ok(());
            }
        }
    }

    fn allows(&self, from: SubnetId, to: SubnetId, service: Service) -> bool {
        let pair = from.index() * self.scenario.reach.subnets + to.index();
        let never = self.closed[pair] >> (service as u16) & 1 == 1;
        self.unknown.links || self.scenario.reach.allows(from, to, service) && !never
    }

    /// Tells whether a technique can be carried out on a machine from outside, or from some of the segments.
    fn possible(&self, t: &Technique, host: usize, sources: &BTreeSet<SubnetId>, kindly: bool) -> bool {
        let spec = &self.scenario.hosts[host];
        let unknown = self.unknown.hosts[host];
        let to = self.subnet(host);
        let open = |s: &Service| match t.site {
            Site::Held => true,
            Site::Outside => self.unknown.links || self.scenario.reach.internet_allows(to, *s),
            Site::Remote => unknown || sources.iter().any(|&from| self.allows(from, to, *s)),
        };
        let usable = |s: &Service| (unknown || spec.services.contains(s)) && open(s);
        let service = t.needs.services.is_empty() || t.needs.services.iter().any(usable);
        let likely = |p: f64| p * self.scenario.randomize.vulnerable.1 > 0.0;
        let weak = !t.needs.vulnerability
            || unknown
            || spec.vulnerabilities.iter().any(|&(v, p)| {
                let s = self.scenario.vulnerabilities[v].service;
                let any = t.needs.services.is_empty();
                likely(p) && (kindly || any || t.needs.services.contains(&s) && usable(&s))
            });
        service && weak && (t.site != Site::Remote || !sources.is_empty())
    }

    fn grant(&self, step: usize, hosts: &[usize], have: &mut Gained) {
        for grant in &self.technique(&self.attack.steps[step]).grants {
            match grant {
                Grant::Foothold => hosts.iter().for_each(|&h| have.take(h, step)),
                Grant::Credential => have.credential = true,
                Grant::Admin => hosts.iter().for_each(|&h| have.admin[h] = true),
                Grant::Persistence | Grant::Channel => {}
            }
        }
    }

    fn why_not(
        &self,
        t: &Technique,
        fitting: &[usize],
        held: &BTreeSet<usize>,
        sources: &BTreeSet<SubnetId>,
    ) -> Reason {
        let named = |s: SubnetId| self.scenario.inventory.subnets[s.index()].as_str();
        let list = |all: BTreeSet<&str>| all.into_iter().take(8).collect::<Vec<_>>().join(", ");
        let targets: BTreeSet<SubnetId> = fitting.iter().map(|&h| self.subnet(h)).collect();
        let to = list(targets.iter().map(|&s| named(s)).collect());
        let services = list(t.needs.services.iter().map(|s| s.name()).collect());
        let from = match t.site {
            Site::Outside => "internet".to_owned(),
            _ => list(sources.iter().map(|&s| named(s)).collect()),
        };
        let who = format!("{} ({})", t.id, t.name);
        if t.site == Site::Held && fitting.iter().any(|h| held.contains(h)) {
            return (
                format!(
                    "{who} needs administrative rights on the machine, and no step before it gets them there"
                ),
                "put a step before it that grants them on this target, such as T1068".to_owned(),
            );
        }
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
        let message = format!(
            "{who} needs {needs}, and no fitting machine in {to} offers it where {from} may reach it"
        );
        let shut = sources.iter().find_map(|&a| {
            let wanted = |b: &&SubnetId| {
                let never = self.closed[a.index() * self.scenario.reach.subnets + b.index()];
                t.needs.services.iter().any(|&s| never >> (s as u16) & 1 == 1)
            };
            targets.iter().find(wanted).map(|&b| (a, b))
        });
        if let Some((a, b)) = shut.filter(|_| t.site == Site::Remote) {
            let help = format!(
                "the [[link]] from {} to {} has `probability = 0`: it is never there; raise it, or choose another target",
                named(a),
                named(b)
            );
            return (message, help);
        }
        (
            message,
            format!(
                "add a [[link]] from {from} to {to}, the service to the [[host]]{}, or choose another target",
                if t.needs.vulnerability { ", a weakness to its `vulnerabilities`" } else { "" }
            ),
        )
    }
}

/// Grants what a step may of which nothing is known: anything.
fn grant_all(step: usize, have: &mut Gained) {
    (0..have.held.len()).for_each(|h| have.take(h, step));
    have.admin.fill(true);
    have.credential = true;
}
