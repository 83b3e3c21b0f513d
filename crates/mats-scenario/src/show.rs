//! A scenario as Markdown with Mermaid diagrams, for people. Everything a file says is untrusted: what has a
//! meaning in Markdown, HTML or Mermaid is spelt out.

use crate::attack::{Attack, Selector, Step};
use crate::catalogue::Site;
use crate::model::{OptionalLink, Scenario};
use crate::tactic::{TACTICS, Tactic, tactics};
use mats_core::telemetry::Service;
use mats_core::text::printable;
use mats_core::{AssetClass, HostId, SubnetId};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Groups of machines drawn in one segment, and machines named in one target, at most.
const MAX_DRAWN: (usize, usize) = (12, 3);

/// The head of each diagram: labels in lines of a sensible length.
const HEAD: &str = concat!(
    "%%{init: {\"flowchart\": {\"wrappingWidth\": 360, ",
    "\"subGraphTitleMargin\": {\"top\": 4, \"bottom\": 6}}}}%%\n"
);

/// The network and each attack graph as Mermaid flowcharts, under Markdown headings.
pub fn show(scenario: &Scenario) -> String {
    let inventory = &scenario.inventory;
    let mut out = format!("# {}\n\n", markdown(&scenario.name));
    for text in [&scenario.title, &scenario.description] {
        if !text.is_empty() {
            let _ = write!(out, "{}\n\n", markdown(text));
        }
    }
    let attacks = match scenario.possible_attacks().len() {
        0 => "nobody attacks".to_owned(),
        some => counted(some, "attack"),
    };
    let _ = write!(
        out,
        "{} in {}, {}, {attacks}, {} hours.\n\n\
         The diagrams are Mermaid: GitHub, GitLab and Markdown previews of editors draw them, and so does\n\
         <https://mermaid.live>.\n\n## Network\n\n",
        counted(inventory.hosts.len(), "machine"),
        counted(inventory.subnets.len(), "segment"),
        counted(inventory.users.len(), "account"),
        scenario.horizon.hours(),
    );
    network(&mut out, scenario);
    for attack in scenario.possible_attacks() {
        let _ = write!(out, "\n## Attack: {}\n\n", markdown(&attack.name));
        graph(&mut out, scenario, attack);
    }
    out
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Text that means nothing but itself in Markdown.
fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).trim().chars() {
        match c {
            // Where a line begins, these make lists, rules and headings.
            '-' | '+' | '=' if out.is_empty() => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '[' | ']' | '#' | '!' | '|' | '~' | '$' => out.extend(['\\', c]),
            // Within words, as in names, it stands for itself.
            '_' if out.ends_with(char::is_alphanumeric) => out.push(c),
            '_' => out.push_str("\\_"),
            _ => out.push(c),
        }
    }
    out
}

/// Text that means nothing but itself in a label of Mermaid.
fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | '-' | '_' | '/' | '(' | ')') {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}

/// The name of a unit variant as files spell it.
fn kebab(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Services that come together, under one name.
const BUNDLES: [(&str, &[Service]); 3] = [
    ("directory", &[Service::Dns, Service::Kerberos, Service::Ldap]),
    ("mail", &[Service::Smtp, Service::Imap]),
    ("web", &[Service::Http, Service::Tls]),
];

/// Services as a link names them: those that come together under one name, the clock not at all beside others.
fn services(bits: u16) -> String {
    let bit = |s: Service| 1u16 << s as u16;
    let all = Service::ALL.iter().fold(0, |sum, &s| sum | bit(s));
    if bits == all {
        return "everything".to_owned();
    }
    let mut rest = if bits == bit(Service::Ntp) { bits } else { bits & !bit(Service::Ntp) };
    let mut names = Vec::new();
    for (name, members) in BUNDLES {
        let bundle = members.iter().fold(0, |sum, &s| sum | bit(s));
        if rest & bundle == bundle {
            rest &= !bundle;
            names.push(name);
        }
    }
    names.extend(Service::ALL.iter().filter(|&&s| rest & bit(s) != 0).map(|s| s.name()));
    names.join(", ")
}

/// A group of machines as the diagram shows it.
#[derive(Default)]
struct Group {
    count: usize,
    critical: bool,
    never_isolate: bool,
}

/// Machines of a segment by the names of their groups and their roles, in the order of the file.
fn groups(scenario: &Scenario, subnet: SubnetId) -> Vec<((String, String), Group)> {
    let mut order = Vec::new();
    let mut all: BTreeMap<(String, String), Group> = BTreeMap::new();
    for (info, spec) in scenario.inventory.hosts.iter().zip(&scenario.hosts) {
        if info.subnet != subnet {
            continue;
        }
        let stem = info.name.rsplit_once('-').filter(|(_, n)| n.bytes().all(|b| b.is_ascii_digit()));
        let name = stem.map_or(info.name.as_str(), |(stem, _)| stem).to_owned();
        let key = (name, kebab(&spec.role));
        if !all.contains_key(&key) {
            order.push(key.clone());
        }
        let group = all.entry(key).or_default();
        group.count += 1;
        group.critical |= info.class == AssetClass::Critical;
        group.never_isolate |= info.never_isolate;
    }
    order.into_iter().filter_map(|key| all.remove_entry(&key)).collect()
}

fn network(out: &mut String, scenario: &Scenario) {
    let _ = write!(out, "```mermaid\n{HEAD}flowchart LR\n  internet((internet))\n");
    let n = scenario.reach.subnets;
    let mut critical = Vec::new();
    for (i, name) in scenario.inventory.subnets.iter().enumerate() {
        let groups = groups(scenario, SubnetId(i as u32));
        let machines: usize = groups.iter().map(|(_, g)| g.count).sum();
        let sealed = if scenario.reach.to_internet[i] { "" } else { ", offline" };
        let _ =
            writeln!(out, "  subgraph s{i}[\"{}: {}{sealed}\"]", label(name), counted(machines, "machine"));
        // Across the direction of the whole, so that groups stand below each other.
        out.push_str("    direction LR\n");
        for (j, ((name, role), group)) in groups.iter().take(MAX_DRAWN.0).enumerate() {
            let times = if group.count > 1 { format!(" × {}", group.count) } else { String::new() };
            let star = if group.critical { "★ " } else { "" };
            let never = if group.never_isolate { "<br/>never isolated" } else { "" };
            let _ = writeln!(
                out,
                "    s{i}g{j}[\"{star}<b>{}</b>{times}<br/>{}{never}\"]",
                label(name),
                label(role)
            );
            if group.critical {
                critical.push(format!("s{i}g{j}"));
            }
        }
        if groups.len() > MAX_DRAWN.0 {
            let _ = writeln!(out, "    s{i}more[\"and {} more groups\"]", groups.len() - MAX_DRAWN.0);
        }
        out.push_str("  end\n");
    }
    links(out, scenario, n);
    if !critical.is_empty() {
        out.push_str("  classDef critical fill:#ffcdd2,stroke:#b71c1c,stroke-width:2px,color:#000\n");
        let _ = writeln!(out, "  class {} critical", critical.join(","));
    }
    out.push_str(
        "```\n\n★ critical machines. Arrows: who may open which services towards whom; `web` is http and tls, \
         `mail` smtp and imap,\n`directory` dns, kerberos and ldap. Dotted: in some episodes only. Offline \
         segments may not open connections to the\ninternet; all others may.\n",
    );
}

fn links(out: &mut String, scenario: &Scenario, n: usize) {
    let reach = &scenario.reach;
    let mut optional: BTreeMap<(usize, usize), Vec<&OptionalLink>> = BTreeMap::new();
    for link in reach.optional.iter().filter(|l| l.services != 0) {
        optional.entry((link.from.index(), link.to.index())).or_default().push(link);
    }
    let at_times = |from, to| optional.get(&(from, to)).into_iter().flatten();
    let certain = |from: usize, to: usize| {
        at_times(from, to).fold(reach.services[from * n + to], |bits, l| bits & !l.services)
    };
    for to in 0..n {
        if reach.from_internet[to] != 0 {
            let _ = writeln!(out, "  internet ==>|\"{}\"| s{to}", services(reach.from_internet[to]));
        }
    }
    for from in 0..n {
        for to in (0..n).filter(|&to| to != from) {
            let bits = certain(from, to);
            let both = bits == certain(to, from);
            if bits != 0 && !(both && to < from) {
                let arrow = if both { "<-->" } else { "-->" };
                let _ = writeln!(out, "  s{from} {arrow}|\"{}\"| s{to}", services(bits));
            }
            for link in at_times(from, to) {
                let percent = link.probability * 100.0;
                let _ =
                    writeln!(out, "  s{from} -.->|\"{} ({percent:.0} %)\"| s{to}", services(link.services));
            }
        }
    }
}

fn target(scenario: &Scenario, selector: &Selector) -> String {
    match selector {
        Selector::Any => "any machine".to_owned(),
        Selector::Roles(roles) => roles.iter().map(kebab).collect::<Vec<_>>().join(", "),
        Selector::Subnet(s) => format!("in {}", scenario.inventory.subnets[s.index()]),
        Selector::Hosts(hosts) => named(scenario, hosts),
    }
}

/// Machines by name; many, by how many they are.
fn named(scenario: &Scenario, hosts: &[HostId]) -> String {
    let name = |h: &HostId| scenario.inventory.host(*h).name.as_str();
    match hosts {
        [first, .., last] if hosts.len() > MAX_DRAWN.1 => {
            format!("{} … {} ({} machines)", name(first), name(last), hosts.len())
        }
        _ => hosts.iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

fn graph(out: &mut String, scenario: &Scenario, attack: &Attack) {
    let _ = write!(out, "```mermaid\n{HEAD}flowchart TD\n  outside((outside))\n");
    let used = tactics(std::slice::from_ref(attack), &scenario.techniques);
    for (i, step) in attack.steps.iter().enumerate() {
        node(out, scenario, i, step);
    }
    for (i, step) in attack.steps.iter().enumerate() {
        if step.after.is_empty() {
            let _ = writeln!(out, "  outside ==>|way in| n{i}");
        }
        // One of several is enough.
        let or = if step.after.len() > 1 { "|or|" } else { "" };
        for after in &step.after {
            let _ = writeln!(out, "  n{after} -->{or} n{i}");
        }
    }
    for tactic in &used {
        let is = |step: &&Step| scenario.techniques[step.technique].tactic == tactic.name;
        let colour = tactic.colour;
        let _ = writeln!(out, "  classDef {} fill:{colour},stroke:#607d8b,color:#000", class(tactic));
        let nodes: Vec<String> = (0..)
            .zip(&attack.steps)
            .filter(|(_, s)| is(s))
            .map(|(i, _): (usize, _)| format!("n{i}"))
            .collect();
        let _ = writeln!(out, "  class {} {}", nodes.join(","), class(tactic));
    }
    for (i, _) in attack.steps.iter().enumerate().filter(|(_, step)| step.objective) {
        let _ = writeln!(out, "  style n{i} stroke:#b71c1c,stroke-width:4px");
    }
    out.push_str("```\n\n");
    let names: Vec<String> = used.iter().map(|t| format!("{} ({})", t.short, t.name)).collect();
    let _ = writeln!(
        out,
        "★ objective, in a bold frame. Where arrows say `or`, one of the steps they come from must have \
         succeeded.\nColours are tactics: {}.",
        names.join(", ")
    );
}

/// A word for a tactic that Mermaid takes as the name of a class.
fn class(tactic: &Tactic) -> String {
    format!("tactic-{}", tactic.short)
}

fn node(out: &mut String, scenario: &Scenario, i: usize, step: &Step) {
    let t = &scenario.techniques[step.technique];
    let times = match step.repeat {
        (1, 1) => String::new(),
        (low, high) if low == high => format!(" × {low}"),
        (low, high) => format!(" × {low}–{high}"),
    };
    let target = match (&step.target, t.site) {
        (Selector::Any, Site::Held) => "any held machine".to_owned(),
        _ => target(scenario, &step.target),
    };
    let (open, close, star) = if step.objective { ("([", "])", "★ ") } else { ("[", "]", "") };
    let tactic = TACTICS.iter().find(|known| known.name == t.tactic).map_or(t.tactic.as_str(), |t| t.short);
    let _ = writeln!(
        out,
        "  n{i}{open}\"{star}<b>{}</b><br/>{} {}<br/>{}: {}{times}\"{close}",
        label(&step.id),
        label(&t.id),
        label(&t.name),
        label(tactic),
        label(&target),
    );
}
