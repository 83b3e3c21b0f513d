//! Attacks: names within the graph, its shape, and the techniques of its steps.

use super::names::Names;
use super::network::Network;
use super::{Context, MAX_STEPS};
use crate::attack::{Attack, Reaction, Selector, Step};
use crate::catalogue::Technique;
use crate::format::ScenarioFile;
use crate::format::attack::{AttackTable, ReactionsTable, StepTable, TargetTable};
use crate::raw_diagnostic::Span;
use crate::shipped::ALL_TECHNIQUES;
use crate::suggest::{meant, nearest, quote};
use mats_core::{Duration, HostId};
use std::collections::BTreeSet;
use toml::Spanned;

/// Attacks, and where their steps stand in the file.
pub struct Attacks {
    pub attacks: Vec<Attack>,
    /// Places of each attack's steps.
    pub places: Vec<Places>,
}

/// Where an attack stands in the file, and what is not known of it.
pub struct Places {
    /// Its steps, in order.
    pub steps: Vec<StepPlace>,
    /// True if some of its steps could not be read at all.
    pub torn: bool,
}

/// Where a step stands in the file.
pub struct StepPlace {
    /// Its name.
    pub name: Span,
    /// Its target; its name where it has none.
    pub target: Span,
    /// Its probability of success; its name where it says none.
    pub success: Span,
    /// True if mistakes leave open what it does.
    pub unknown: bool,
}

pub fn lower(file: &ScenarioFile, network: &Network, ctx: &mut Context<'_>) -> Attacks {
    let mut all = Attacks { attacks: Vec::new(), places: Vec::new() };
    let mut names = Names::new("attack");
    let mut steps = 0;
    for table in &file.attack {
        names.declare(&table.name, (), ctx);
        steps += table.step.len();
        if steps > MAX_STEPS {
            ctx.sink.error(
                table.name.span(),
                format!("more than {MAX_STEPS} steps in all attacks together"),
                None,
            );
            break;
        }
        let (attack, places) = attack(table, network, ctx);
        all.places.push(places);
        all.attacks.push(attack);
    }
    all
}

fn attack(table: &AttackTable, network: &Network, ctx: &mut Context<'_>) -> (Attack, Places) {
    let mut names = Names::new("step");
    for (i, step) in table.step.iter().enumerate() {
        names.declare(&step.id, i, ctx);
    }
    let known = ctx.sink.mistakes.len();
    let mut places = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    for written in &table.step {
        let so_far = ctx.sink.mistakes.len();
        steps.push(step(written, &names, network, ctx));
        let name = written.id.span();
        places.push(StepPlace {
            target: written.target.as_ref().map_or(name.clone(), Spanned::span),
            success: written.success.as_ref().map_or(name.clone(), Spanned::span),
            unknown: ctx.sink.mistakes.len() > so_far || ctx.is_doubtful("attack.step", written.id.get_ref()),
            name,
        });
    }
    let lost = ctx.limits.lost.contains(&("attack".to_owned(), table.name.get_ref().clone()));
    // A graph with dangling or missing steps may have ends that are not seen; a circle is one all the same.
    if ctx.sink.mistakes.len() == known && ctx.all_tables() && !lost {
        ends(table, &steps, ctx);
    }
    circle(table, &steps, ctx);
    let torn =
        lost && ctx.limits.dropped.contains("attack.step") || ctx.is_doubtful("attack", table.name.get_ref());
    let places = Places { steps: places, torn };
    let attack = Attack {
        name: table.name.get_ref().clone(),
        weight: table.weight,
        skill: (table.skill.0, table.skill.1),
        stealth: (table.stealth.0, table.stealth.1),
        patience_hours: (table.patience_hours.0, table.patience_hours.1),
        spare_addresses: table.spare_addresses,
        reentries: table.reentries,
        caution: (table.caution.0, table.caution.1),
        reactions: reactions(table.reactions),
        lie_low_hours: (table.lie_low_hours.0, table.lie_low_hours.1),
        hidden: table.hidden,
        back_door: table.back_door,
        back_minutes: table.back_minutes,
        detours: table.detours,
        objective_share: table.objective_share,
        all: table.all,
        goes_on: table.goes_on,
        keeps_passwords: table.keeps_passwords,
        steps,
    };
    (attack, places)
}

/// Weights in the order of [`Reaction::ALL`].
fn reactions(table: ReactionsTable) -> [f64; Reaction::ALL.len()] {
    Reaction::ALL.map(|reaction| match reaction {
        Reaction::LieLow => table.lie_low,
        Reaction::ChangeTool => table.change_tool,
        Reaction::ChangeAccount => table.change_account,
        Reaction::ChangeAddress => table.change_address,
        Reaction::Hurry => table.hurry,
    })
}

fn step(table: &StepTable, names: &Names<usize>, network: &Network, ctx: &mut Context<'_>) -> Step {
    let techniques = &*ALL_TECHNIQUES;
    let technique = techniques.iter().position(|t| t.id == *table.technique.get_ref());
    if technique.is_none() {
        let word = table.technique.get_ref();
        let by_name = nearest(word, techniques.iter().map(|t| t.name.as_str()));
        let by_id = nearest(word, techniques.iter().map(|t| t.id.as_str()));
        let find = |near: &dyn Fn(&Technique) -> bool| techniques.iter().find(|&t| near(t));
        let named = find(&|t| by_name == Some(&t.name));
        let part =
            |t: &&Technique| t.id.strip_prefix(word.as_str()).is_some_and(|rest| rest.starts_with('.'));
        let parts = techniques.iter().filter(part).map(|t| format!("`{}` ({})", t.id, t.name));
        let parts: Vec<String> = parts.take(8).collect();
        let help = match (named, find(&|t| by_id == Some(&t.id))) {
            _ if !parts.is_empty() => format!("write one of its parts: {}", parts.join(", ")),
            (Some(t), _) => format!("write `{}` for {}", t.id, t.name),
            (None, Some(t)) => {
                format!("did you mean `{}` ({})? scenarios/CATALOGUE.md lists all techniques", t.id, t.name)
            }
            (None, None) => {
                "write an ATT&CK id such as `T1566.001`; scenarios/CATALOGUE.md lists all".to_owned()
            }
        };
        ctx.sink.error(table.technique.span(), format!("unknown technique {}", quote(word)), Some(help));
    }
    let t = &techniques[technique.unwrap_or(0)];
    let after: BTreeSet<usize> = table.after.iter().filter_map(|name| names.find(name, ctx)).collect();
    Step {
        id: table.id.get_ref().clone(),
        technique: technique.unwrap_or(0),
        after: after.into_iter().collect(),
        target: table.target.as_ref().map_or(Selector::Any, |t| selector(t, network, ctx)),
        repeat: (table.repeat.0, table.repeat.1),
        retries: table.retries,
        minutes: table.minutes.unwrap_or(t.minutes),
        pause: Duration::from_seconds(table.pause_minutes * 60.0),
        success: table.success.as_ref().map_or(t.success, |s| *s.get_ref()),
        damage: table.damage,
        objective: table.objective,
    }
}

fn selector(target: &Spanned<TargetTable>, network: &Network, ctx: &mut Context<'_>) -> Selector {
    let t = target.get_ref();
    match (&t.roles, &t.subnet, &t.hosts) {
        (Some(roles), None, None) => {
            if !network.specs.iter().any(|h| roles.contains(&h.role)) && ctx.whole() {
                let help = Some("give a [[host]] one of these roles, or choose other roles".to_owned());
                ctx.sink.error(target.span(), "no machine has any of these roles", help);
            }
            Selector::Roles(roles.clone())
        }
        (None, Some(subnet), None) => match network.subnets.find(subnet, ctx) {
            Some(id) => {
                if !network.infos.iter().any(|h| h.subnet == id) && ctx.whole() {
                    let message = format!("no machine stands in {}", quote(subnet.get_ref()));
                    ctx.sink.error(subnet.span(), message, None);
                }
                Selector::Subnet(id)
            }
            None => Selector::Any,
        },
        (None, None, Some(hosts)) => {
            let ids: BTreeSet<usize> =
                hosts.iter().filter_map(|h| network.hosts.find(h, ctx)).flatten().collect();
            Selector::Hosts(ids.into_iter().map(|h| HostId(h as u32)).collect())
        }
        _ => {
            let help = Some("write one of `roles = [..]`, `subnet = \"..\"`, `hosts = [..]`".to_owned());
            ctx.sink.error(target.span(), "a target is given in exactly one way", help);
            Selector::Any
        }
    }
}

/// Ways in and objectives.
fn ends(table: &AttackTable, steps: &[Step], ctx: &mut Context<'_>) {
    let name = quote(table.name.get_ref());
    if steps.is_empty() {
        let place = table.name.span().start;
        let meant = meant(&ctx.limits.inherited, place, "attack", table.name.get_ref());
        let help = meant.unwrap_or_else(|| "add an [[attack.step]] below it".to_owned());
        ctx.sink.error(table.name.span(), format!("the attack {name} has no steps"), Some(help));
        return;
    }
    // The truth about a record names the step in a byte.
    if steps.len() > 256 {
        let help = Some("split it into several attacks".to_owned());
        ctx.sink.error(table.name.span(), format!("the attack {name} has more than 256 steps"), help);
        return;
    }
    if steps.iter().all(|s| !s.after.is_empty()) {
        let help = Some("leave `after` out of the step that comes first".to_owned());
        ctx.sink.error(
            table.name.span(),
            format!("the attack {name} has no way in: every step comes after another"),
            help,
        );
    }
    if !steps.iter().any(|s| s.objective) {
        let help = Some("write `objective = true` in the step the attacker comes for".to_owned());
        ctx.sink.error(table.name.span(), format!("the attack {name} has no objective"), help);
    }
}

/// Steps that wait for each other.
fn circle(table: &AttackTable, steps: &[Step], ctx: &mut Context<'_>) {
    if let Some(cycle) = cycle(steps) {
        let path: Vec<&str> = cycle.iter().take(12).map(|&i| steps[i].id.as_str()).collect();
        let name = quote(table.name.get_ref());
        let message = format!("the steps of {name} wait for each other: {}", path.join(" after "));
        let help = Some("take one of these `after` out".to_owned());
        ctx.sink.error(table.step[cycle[0]].id.span(), message, help);
    }
}

/// Some cycle of the graph, its first step repeated at the end.
fn cycle(steps: &[Step]) -> Option<Vec<usize>> {
    // Steps that come after nothing unfinished are taken away until none is left but those on or behind cycles.
    let mut open: BTreeSet<usize> = (0..steps.len()).collect();
    while let Some(&done) = open.iter().find(|&&i| !steps[i].after.iter().any(|a| open.contains(a))) {
        open.remove(&done);
    }
    let mut path = vec![*open.first()?];
    loop {
        let last = *path.last()?;
        let next = *steps[last].after.iter().find(|a| open.contains(a))?;
        if let Some(from) = path.iter().position(|&i| i == next) {
            path.push(next);
            return Some(path.split_off(from));
        }
        path.push(next);
    }
}
