//! A scenario compiled for speed: who does what how often, who may be visited, distributions as tables. Shared
//! by all lanes and never changed.

use crate::actor::ActorPlan;
use crate::popularity::Popularity;
use crate::purpose;
use mats_core::random::{Quantiles, Stream};
use mats_core::telemetry::Service;
use mats_core::{Addr, DomainId, HostId, Os, UserId};
use mats_scenario::Scenario;
use mats_scenario::catalogue::{Actor, Behaviour, Template};
use mats_scenario::model::{HostRole, UserRole};

/// Places of the long tail that a machine keeps coming back to.
pub(crate) const HABITS: u32 = 40;
/// Sites that everybody visits have the lowest ids.
pub const POPULAR_SITES: u32 = 300;
/// Sites that hardly anybody visits: where the long tail, and every attacker, lives.
pub const RARE_SITES: u32 = 20_000;
/// Sites that installed software calls home to.
const SOFTWARE_SITES: u32 = 40;

/// Sizes of the groups of machines that share a product: 1, and on average up to 4, 16 and so on, as those that took another
/// size are missing.
const AGENT_SIZES: u64 = 4;

/// Distributions of sizes and durations.
#[derive(Debug, Clone)]
pub struct Distributions {
    /// Bytes of a request or a small answer.
    pub small: Quantiles,
    /// Bytes of a page or a document.
    pub page: Quantiles,
    /// Bytes of a file.
    pub file: Quantiles,
    /// Bytes of a large transfer.
    pub bulk: Quantiles,
    /// Milliseconds of a short connection.
    pub brief: Quantiles,
    /// Milliseconds of a session.
    pub session: Quantiles,
    /// Files touched, tickets asked for.
    pub amount: Quantiles,
    /// Gaps between occurrences, mean 1: heavier-tailed than exponential, so that life is bursty.
    pub gap: Quantiles,
    /// Delays of sensors, mean 1.
    pub delay: Quantiles,
    /// Durations around a median of 1, log-standard deviation 0.5.
    pub effort: Quantiles,
    /// Durations of defensive actions around a median of 1, log-standard deviation 0.3.
    pub routine: Quantiles,
}

/// Former name of [`Distributions`].
#[deprecated(since = "0.2.0", note = "renamed to `Distributions`")]
pub type Shapes = Distributions;

impl Distributions {
    fn new() -> Distributions {
        let log_normal = Quantiles::log_normal;
        Distributions {
            small: log_normal(700.0, 0.9, 1e6),
            page: log_normal(24_000.0, 1.3, 5e7),
            file: log_normal(60_000.0, 1.8, 5e8),
            bulk: log_normal(1_200_000.0, 1.8, 1.5e9),
            brief: log_normal(120.0, 1.1, 6e5),
            session: log_normal(180_000.0, 1.5, 3e7),
            amount: log_normal(8.0, 1.1, 1e6),
            gap: log_normal(libm::exp(-0.405), 0.9, 40.0),
            delay: Quantiles::exponential(1.0, 30.0),
            effort: log_normal(1.0, 0.5, 20.0),
            routine: log_normal(1.0, 0.3, 6.0),
        }
    }
}

/// A scenario, compiled.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Scenario that was compiled.
    pub scenario: Scenario,
    /// Users first, in id order, then machines.
    pub actors: Vec<ActorPlan>,
    /// Distributions.
    pub distributions: Distributions,
    /// Machines that may be visited, for each behaviour and each segment acted from.
    targets: Vec<Vec<Vec<HostId>>>,
    /// Machine that names and tickets come from.
    pub directory: Option<HostId>,
    /// Machine that keeps the mail.
    pub mail: Option<HostId>,
    /// Cost of a session that fails because its machine was cut off; a column by [`HostId`].
    pub(crate) host_fee: Vec<f32>,
    /// Cost of a session that fails because its account was disabled; a column by [`UserId`].
    pub(crate) user_fee: Vec<f32>,
    /// Flags of machines that offer a service which the internet may open; a column by [`HostId`].
    exposed: Vec<bool>,
    popular_sites: Popularity,
    habits: Popularity,
    /// Number of machines of each `[[host]]`, of accounts of each `[[user]]`.
    groups: (Vec<usize>, Vec<usize>),
}

impl Plan {
    /// Compiles a scenario.
    pub fn new(scenario: Scenario) -> Plan {
        let first = |role| scenario.hosts_with(&[role]).first().copied();
        let (directory, mail) = (first(HostRole::DomainController), first(HostRole::MailServer));
        let targets = scenario.behaviours.iter().map(|b| targets(&scenario, b)).collect::<Vec<_>>();
        let actors = actors(&scenario, &targets);
        let (host_fee, user_fee) = crate::mission::fees(&scenario, &actors, &targets);
        let groups =
            (sizes(scenario.hosts.iter().map(|h| h.group)), sizes(scenario.users.iter().map(|u| u.group)));
        let distributions = Distributions::new();
        let exposed = (0..scenario.hosts.len() as u32).map(|h| is_exposed(&scenario, HostId(h))).collect();
        Plan {
            scenario,
            actors,
            distributions,
            targets,
            directory,
            mail,
            host_fee,
            user_fee,
            exposed,
            popular_sites: Popularity::new(POPULAR_SITES),
            habits: Popularity::new(HABITS),
            groups,
        }
    }

    /// Returns the number of machines of a `[[host]]`.
    pub(crate) fn host_group(&self, group: usize) -> usize {
        self.groups.0[group]
    }
    /// Returns the number of accounts of a `[[user]]`.
    pub(crate) fn user_group(&self, group: usize) -> usize {
        self.groups.1[group]
    }
    /// Tells whether the internet may open a service that a machine offers.
    pub fn is_exposed(&self, host: HostId) -> bool {
        self.exposed[host.index()]
    }
    /// Tells whether somebody who logs in to a machine may come from outside: the internet reaches it, or its owner
    /// travels.
    pub(crate) fn is_reached_from_outside(&self, host: HostId) -> bool {
        let travels = |u: UserId| self.scenario.users[u.index()].role == UserRole::Traveller;
        self.is_exposed(host) || self.scenario.inventory.host(host).owner.some().is_some_and(travels)
    }
    /// Tells whether a behaviour can be shown on a machine: what needs another machine has one to visit.
    pub(crate) fn is_possible(&self, behaviour: usize, from: HostId) -> bool {
        !self.scenario.behaviours[behaviour].emits.iter().any(|e| e.template.needs_other())
            || self.targets(behaviour, from).iter().any(|&t| t != from)
    }

    /// Machines that a behaviour may visit from a machine's segment.
    pub fn targets(&self, behaviour: usize, from: HostId) -> &[HostId] {
        &self.targets[behaviour][self.scenario.inventory.host(from).subnet.index()]
    }

    /// The address of a site. Public, outside of reserved ranges.
    pub fn address(site: DomainId) -> Addr {
        let mixed = Stream::new(0, purpose::SITE, u64::from(site.0)).word(0);
        Addr(0x1700_0000 + (mixed % 0x2000_0000) as u32)
    }

    /// One of the sites that everybody visits, drawn by a word.
    pub(crate) fn popular_site(&self, word: u64) -> DomainId {
        DomainId(1 + self.popular_sites.rank(word))
    }

    /// One of the places of the long tail that a machine keeps coming back to, drawn by a word: its number among them.
    pub(crate) fn habit(&self, word: u64) -> u32 {
        self.habits.rank(word)
    }

    /// The service by which somebody outside logs in to a machine: a remote session where the internet may open one,
    /// else mail or the web.
    pub(crate) fn front_door(&self, host: HostId) -> Service {
        let os = self.scenario.inventory.host(host).os;
        let remote = service(Template::RemoteSession, os).unwrap_or(Service::Ssh);
        let doors = [remote, Service::Rdp, Service::Ssh, Service::Imap, Service::Smtp, Service::Tls];
        doors.into_iter().find(|&s| self.is_open(host, s)).unwrap_or(remote)
    }

    /// The service by which somebody outside reads mail: the mail protocol or its page in the web, if either is open.
    pub(crate) fn mail_door(&self, host: HostId) -> Option<Service> {
        [Service::Imap, Service::Tls].into_iter().find(|&s| self.is_open(host, s))
    }

    /// Tells whether people outside may read their mail on a machine.
    pub(crate) fn is_mail_open(&self, host: HostId) -> bool {
        self.scenario.hosts[host.index()].role == HostRole::MailServer && self.mail_door(host).is_some()
    }

    fn is_open(&self, host: HostId, service: Service) -> bool {
        let subnet = self.scenario.inventory.host(host).subnet;
        let offered = &self.scenario.hosts[host.index()].services;
        offered.contains(&service) && self.scenario.reach.internet_allows(subnet, service)
    }

    /// A rarely seen site.
    pub fn rare_site(word: u64) -> DomainId {
        DomainId(1 + POPULAR_SITES + (word % u64::from(RARE_SITES)) as u32)
    }

    /// The site that one of a machine's installed programs calls home to. Most are shared by the
    /// organisation, some are the machine's own; which, changes from episode to episode.
    pub fn software_site(seed: u64, host: HostId, program: u64) -> DomainId {
        let own = Stream::new(seed, purpose::SOFTWARE, u64::from(host.0)).word(program);
        let pick = if own.is_multiple_of(3) { own >> 8 } else { (own >> 8) % u64::from(SOFTWARE_SITES) * 97 };
        Plan::rare_site(pick)
    }

    /// The place that a program of one behaviour calls home to from a machine: the machine's own, or that of a product which
    /// some machines have, from a handful to dozens; which have it changes from episode to episode.
    pub(crate) fn agent_site(&self, seed: u64, host: HostId, behaviour: usize) -> DomainId {
        let behaviour = (behaviour as u64) << 32;
        let word = Stream::new(seed, purpose::AGENT, behaviour | u64::from(host.0)).word(0);
        let (size, draw) = (word % AGENT_SIZES, word >> 8);
        let products = (self.scenario.hosts.len() as u64).div_ceil(4_u64.pow(size as u32));
        let product = if size == 0 { u64::from(host.0) } else { draw % products };
        Plan::rare_site(Stream::new(seed, purpose::AGENT, behaviour | product).word(1 + size))
    }

    /// The service that a template uses towards the other machine, if it needs one.
    pub fn service(&self, template: Template, target: HostId) -> Option<Service> {
        let os = self.scenario.inventory.host(target).os;
        service(template, os)
    }
}

/// The service that a template uses towards another machine with that operating system.
pub fn service(template: Template, os: Os) -> Option<Service> {
    match (template, os) {
        (Template::RemoteSession, Os::Windows) => Some(Service::Rdp),
        (Template::RemoteSession | Template::RemoteExec, Os::Linux) => Some(Service::Ssh),
        (Template::RemoteExec, Os::Windows) | (Template::FileShare, _) => Some(Service::Smb),
        (Template::DbQuery, _) => Some(Service::Database),
        (Template::Print, _) => Some(Service::Ipp),
        _ => None,
    }
}

fn sizes(groups: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut sizes = Vec::new();
    for group in groups {
        sizes.resize(sizes.len().max(group + 1), 0);
        sizes[group] += 1;
    }
    sizes
}

fn is_exposed(scenario: &Scenario, host: HostId) -> bool {
    let subnet = scenario.inventory.host(host).subnet;
    scenario.hosts[host.index()].services.iter().any(|&s| scenario.reach.internet_allows(subnet, s))
}

fn targets(scenario: &Scenario, behaviour: &Behaviour) -> Vec<Vec<HostId>> {
    // Nobody is visited where nothing needs a second machine and none is named.
    let alone = behaviour.towards.is_empty() && !behaviour.emits.iter().any(|e| e.template.needs_other());
    let candidates = if alone { Vec::new() } else { scenario.hosts_with(&behaviour.towards) };
    let reachable = |from: usize, to: HostId| {
        let host = scenario.inventory.host(to);
        behaviour.emits.iter().all(|e| {
            service(e.template, host.os)
                .is_none_or(|s| scenario.reach.allows(mats_core::SubnetId(from as u32), host.subnet, s))
        })
    };
    (0..scenario.reach.subnets)
        .map(|from| candidates.iter().copied().filter(|&to| reachable(from, to)).collect())
        .collect()
}

fn actors(scenario: &Scenario, targets: &[Vec<Vec<HostId>>]) -> Vec<ActorPlan> {
    let possible = |index: usize, host: HostId| {
        let behaviour = &scenario.behaviours[index];
        let subnet = scenario.inventory.host(host).subnet.index();
        if behaviour.exposed && !is_exposed(scenario, host) {
            return false;
        }
        !behaviour.emits.iter().any(|e| e.template.needs_other())
            || targets[index][subnet].iter().any(|&t| t != host)
    };
    let select = |host: HostId, fits: &dyn Fn(&Actor) -> bool, factor: f64| {
        let matching =
            scenario.behaviours.iter().enumerate().filter(|(i, b)| fits(&b.actor) && possible(*i, host));
        matching.map(|(i, b)| (i as u16, (b.per_hour * factor) as f32)).collect::<Vec<_>>()
    };
    let users = scenario.users.iter().enumerate().map(|(u, spec)| {
        let host = scenario.inventory.users[u].home;
        let fits = |a: &Actor| matches!(a, Actor::Users(roles) if roles.contains(&spec.role));
        ActorPlan { host, user: UserId(u as u32), behaviours: select(host, &fits, spec.activity) }
    });
    let hosts = scenario.hosts.iter().enumerate().map(|(h, spec)| {
        let host = HostId(h as u32);
        let fits =
            |a: &Actor| matches!(a, Actor::Hosts(roles) if roles.is_empty() || roles.contains(&spec.role));
        ActorPlan { host, user: UserId::NONE, behaviours: select(host, &fits, 1.0) }
    });
    users.chain(hosts).collect()
}
