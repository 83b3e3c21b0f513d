//! Segments, links, weaknesses and machines.

use super::names::Names;
use super::{Context, MAX_HOSTS, MAX_LINKS, MAX_SUBNETS};
use crate::format::{HostTable, LinkTable, ScenarioFile};
use crate::model::{HostRole, HostSpec, OptionalLink, Reach, Vulnerability};
use crate::suggest::quote;
use mats_core::telemetry::Service;
use mats_core::{AssetClass, HostInfo, Os, SubnetId, UserId};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;

/// The network, with the names that people and attacks refer to.
pub struct Network {
    pub infos: Vec<HostInfo>,
    pub specs: Vec<HostSpec>,
    pub subnet_names: Vec<String>,
    pub reach: Reach,
    pub vulnerabilities: Vec<Vulnerability>,
    /// Segments by name.
    pub subnets: Names<SubnetId>,
    /// Groups and single machines by name, as positions in the columns.
    pub hosts: Names<Range<usize>>,
    /// Flags by machine: true where mistakes leave open what an attacker finds there.
    pub unknown: Vec<bool>,
    /// True where mistakes leave open what links allow.
    pub unknown_links: bool,
}

pub fn lower(file: &ScenarioFile, ctx: &mut Context<'_>) -> Network {
    let subnets = subnets(file, ctx);
    let (vulnerabilities, weaknesses) = vulnerabilities(file, ctx);
    let so_far = ctx.sink.mistakes.len();
    let reach = reach(file, &subnets, ctx);
    let spoilt = |table: &str| {
        ctx.limits.dropped.contains(table) || ctx.limits.doubtful.iter().any(|(t, _)| t == table)
    };
    let unknown_links = spoilt("link") || spoilt("subnet") || ctx.sink.mistakes.len() > so_far;
    let unknown_weaknesses = spoilt("vulnerability");
    let mut network = Network {
        infos: Vec::new(),
        specs: Vec::new(),
        unknown: Vec::new(),
        unknown_links,
        subnet_names: file.subnet.iter().map(|s| s.name.get_ref().clone()).collect(),
        reach,
        vulnerabilities,
        subnets,
        hosts: Names::new("host group"),
    };
    if file.host.is_empty() && ctx.whole() {
        ctx.sink.error(
            file.scenario.name.span(),
            "the network has no machines",
            Some("add a [[host]]".to_owned()),
        );
    }
    for (g, group) in file.host.iter().enumerate() {
        let so_far = ctx.sink.mistakes.len();
        let found = network.subnets.find(&group.subnet, ctx);
        let lost = found.is_none() || ctx.is_doubtful("host", group.name.get_ref());
        let subnet = found.unwrap_or_default();
        let pinned = file.subnet.get(subnet.index()).is_some_and(|s| s.never_isolate);
        let count = *group.count.get_ref() as usize;
        if network.infos.len() + count > MAX_HOSTS {
            let span = if group.count.span().is_empty() { group.name.span() } else { group.count.span() };
            ctx.sink.error(span, format!("more than {MAX_HOSTS} machines in all"), None);
            break;
        }
        let first = network.infos.len();
        let specs = spec(g, group, &weaknesses, ctx);
        let weak = unknown_weaknesses && !group.vulnerabilities.is_empty();
        let unknown = lost || weak || ctx.sink.mistakes.len() > so_far;
        network.hosts.declare(&group.name, first..first + count, ctx);
        for name in numbered(group.name.get_ref(), count) {
            if count > 1 {
                let single = Spanned::new(group.name.span(), name.clone());
                network.hosts.declare(&single, network.infos.len()..network.infos.len() + 1, ctx);
            }
            network.unknown.push(unknown);
            network.infos.push(info(group, name, subnet, pinned));
            network.specs.push(specs.clone());
        }
    }
    network
}

/// Names of the members of a group: its own for a single one, numbered otherwise.
pub fn numbered(name: &str, count: usize) -> impl Iterator<Item = String> {
    let width = count.to_string().len().max(2);
    (1..=count).map(move |i| if count == 1 { name.to_owned() } else { format!("{name}-{i:0width$}") })
}

fn subnets(file: &ScenarioFile, ctx: &mut Context<'_>) -> Names<SubnetId> {
    let mut names = Names::new("subnet");
    if file.subnet.is_empty() && ctx.whole() {
        let help = Some("add a [[subnet]]".to_owned());
        ctx.sink.error(file.scenario.name.span(), "the network has no segments", help);
    }
    for (i, subnet) in file.subnet.iter().enumerate() {
        if i == MAX_SUBNETS {
            ctx.sink.error(subnet.name.span(), format!("more than {MAX_SUBNETS} segments"), None);
            break;
        }
        if subnet.name.get_ref() == "internet" {
            let help = Some("choose another name".to_owned());
            ctx.sink.error(subnet.name.span(), "`internet` is the world outside, not a segment", help);
        }
        names.declare(&subnet.name, SubnetId(i as u32), ctx);
    }
    names
}

fn vulnerabilities(file: &ScenarioFile, ctx: &mut Context<'_>) -> (Vec<Vulnerability>, Names<usize>) {
    let mut names = Names::new("vulnerability");
    for (i, v) in file.vulnerability.iter().enumerate() {
        names.declare(&v.id, i, ctx);
    }
    let one = |v: &crate::format::VulnerabilityTable| Vulnerability {
        id: v.id.get_ref().clone(),
        service: v.service.0,
    };
    (file.vulnerability.iter().map(one).collect(), names)
}

fn reach(file: &ScenarioFile, subnets: &Names<SubnetId>, ctx: &mut Context<'_>) -> Reach {
    let n = file.subnet.len().min(MAX_SUBNETS);
    let mut certain = vec![0; n * n];
    for i in 0..n {
        certain[i * n + i] = Service::ALL.iter().fold(0, |bits, &s| bits | 1u16 << s as u16);
    }
    let mut optional = Vec::new();
    let mut from_internet = vec![0; n];
    let mut pairs = 0;
    let top = top(&file.link, ctx);
    let mut seen = Vec::new();
    for link in &file.link {
        pairs += link.from.0.len() * link.to.0.len();
        if pairs > MAX_LINKS {
            ctx.sink.error(link.to.0[0].span(), format!("more than {MAX_LINKS} links in all"), None);
            break;
        }
        let services = link.services.iter().fold(0, |bits, s| bits | 1u16 << s.0 as u16);
        twice(link, services, &mut seen, ctx);
        let layer = ctx.layer(&link.to.0[0]);
        let to = link.to.0.iter().filter_map(|name| Some((name.get_ref(), target(name, subnets, ctx)?)));
        let to: Vec<(&String, SubnetId)> = to.collect();
        for from in &link.from.0 {
            // What a file says of a pair takes the place of what the files it extends say of it.
            let counts = |to: &String| top.get(&(from.get_ref(), to)) == Some(&layer);
            let to = to.iter().filter(|(name, _)| counts(name)).map(|&(_, to)| to);
            if from.get_ref() == "internet" {
                to.for_each(|to| from_internet[to.index()] |= services);
                continue;
            }
            let Some(from) = subnets.find(from, ctx) else { continue };
            for to in to {
                if link.probability < 1.0 {
                    optional.push(OptionalLink { from, to, services, probability: link.probability });
                } else {
                    certain[from.index() * n + to.index()] |= services;
                }
            }
        }
    }
    let mut services = certain.clone();
    for link in &mut optional {
        let pair = link.from.index() * n + link.to.index();
        services[pair] |= link.services;
        // What a certain link allows as well is not optional.
        link.services &= !certain[pair];
    }
    let to_internet = file.subnet.iter().take(n).map(|s| s.internet).collect();
    Reach { subnets: n, services, optional, from_internet, to_internet }
}

/// Pairs of segments, by name.
type Pairs<'a, T> = BTreeMap<(&'a String, &'a String), T>;

fn pairs(link: &LinkTable) -> impl Iterator<Item = (&String, &String)> {
    link.from.0.iter().flat_map(|from| link.to.0.iter().map(|to| (from.get_ref(), to.get_ref())))
}

/// Returns for each pair that links are about the first of the files that have one.
fn top<'a>(links: &'a [LinkTable], ctx: &Context<'_>) -> Pairs<'a, usize> {
    let mut top = Pairs::new();
    let all = links.iter().flat_map(|link| pairs(link).map(|pair| (pair, ctx.layer(&link.to.0[0]))));
    for (pair, layer) in all.take(MAX_LINKS) {
        top.entry(pair).and_modify(|first: &mut usize| *first = layer.min(*first)).or_insert(layer);
    }
    top
}

/// Tells a link that allows what its file already allows between the same segments: one of the two says nothing,
/// or both say different things.
fn twice<'a>(link: &'a LinkTable, services: u16, seen: &mut Vec<Pairs<'a, u16>>, ctx: &mut Context<'_>) {
    let place = &link.to.0[0];
    let layer = ctx.layer(place);
    seen.resize_with(seen.len().max(layer + 1), Pairs::new);
    let mut again = None;
    for pair in pairs(link) {
        let allowed = seen[layer].entry(pair).or_default();
        if *allowed & services != 0 {
            again.get_or_insert((pair, *allowed & services));
        }
        *allowed |= services;
    }
    if let Some(((from, to), services)) = again {
        let named = Service::ALL.iter().find(|&&s| services >> (s as u16) & 1 == 1).map_or("", |s| s.name());
        let message = format!("{named} from {} to {} is allowed twice", quote(from), quote(to));
        let help = "name a segment once in a link, and a service in one link between the same segments";
        ctx.sink.error(place.span(), message, Some(help.to_owned()));
    }
}

/// The segment a link leads to.
fn target(name: &Spanned<String>, subnets: &Names<SubnetId>, ctx: &mut Context<'_>) -> Option<SubnetId> {
    if name.get_ref() == "internet" {
        let help = Some("write `internet = true` in the [[subnet]] instead".to_owned());
        ctx.sink.error(name.span(), "links lead to segments, not to the internet", help);
        return None;
    }
    subnets.find(name, ctx)
}

fn info(group: &HostTable, name: String, subnet: SubnetId, pinned: bool) -> HostInfo {
    let class = group.class.map_or(default_class(group.role), |c| c.0);
    let value = group.value.unwrap_or([1.0, 5.0, 12.0][class as usize]);
    HostInfo {
        name,
        subnet,
        os: group.os.0,
        class,
        value: value as f32,
        never_isolate: group.never_isolate.unwrap_or(pinned),
        owner: UserId::NONE,
    }
}

fn spec(g: usize, group: &HostTable, weaknesses: &Names<usize>, ctx: &mut Context<'_>) -> HostSpec {
    let mut vulnerabilities: Vec<(usize, f64)> = Vec::new();
    for weakness in &group.vulnerabilities {
        if let Some(v) = weaknesses.find(&weakness.id, ctx) {
            if vulnerabilities.iter().any(|&(w, _)| w == v) {
                ctx.sink.error(weakness.id.span(), "this weakness is listed twice", None);
            }
            vulnerabilities.push((v, weakness.probability));
        }
    }
    let mut services = match &group.services {
        Some(list) => list.iter().map(|s| s.0).collect(),
        None => default_services(group.role, group.os.0),
    };
    services.sort_unstable();
    services.dedup();
    HostSpec { group: g, role: group.role, services, vulnerabilities }
}

/// Returns how much hangs on machines of a role, unless said otherwise.
fn default_class(role: HostRole) -> AssetClass {
    match role {
        HostRole::Workstation => AssetClass::Workstation,
        HostRole::DomainController | HostRole::DatabaseServer => AssetClass::Critical,
        _ => AssetClass::Server,
    }
}

/// Returns what machines of a role offer, unless said otherwise: the role's own services and remote administration.
fn default_services(role: HostRole, os: Os) -> Vec<Service> {
    use Service::{Database, Dns, Http, Imap, Ipp, Kerberos, Ldap, Ntp, Rdp, Smb, Smtp, Ssh, Tls, Winrm};
    let own: &[Service] = match role {
        HostRole::Workstation | HostRole::JumpHost => &[],
        HostRole::FileServer => &[Smb, Ipp],
        HostRole::BackupServer => &[Smb],
        HostRole::MailServer => &[Smtp, Imap, Tls],
        HostRole::WebServer | HostRole::BuildServer => &[Http, Tls],
        HostRole::DatabaseServer => &[Database],
        HostRole::DomainController => &[Dns, Kerberos, Ldap, Ntp],
        HostRole::MonitoringServer => &[Tls],
    };
    let administration: &[Service] = match os {
        Os::Windows => &[Smb, Rdp, Winrm],
        Os::Linux => &[Ssh],
    };
    [own, administration].concat()
}
