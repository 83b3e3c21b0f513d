//! Investigation: what delivered telemetry tells of how far an attacker has got, from the machines on which one was found.
//!
//! | word | means |
//! |---|---|
//! | sign | a machine on which a scan or an analyst found an attacker; open until the machine is treated |
//! | link | a delivered record that ties two machines: a logon from one to the other, a session over SMB, RDP, WinRM or SSH, the same rare outside place |
//! | exposed account | one that logged on to such a machine, and not over the network alone, from three hours before its first sign on, or that owns it: its password may be stolen |
//! | lead | a machine that is linked to one with a sign, and that nobody has looked at since |
//!
//! A link weighs −ln of the share of machines that its target meets on the day so far: a logon to a file server that everybody uses tells
//! nothing. Links count backwards, too: whoever logged on to a machine with a sign may be where the attacker came from. One hop; at most
//! [`MOST_LEADS`] leads are open at a time, the heaviest first. Nothing here knows the truth.

use mats_core::telemetry::{ConnState, Service};
use mats_core::{Accounts, Body, DomainId, Duration, HostId, Inventory, Record, SimTime, UserId};
use mats_sim::Posture;
use std::collections::VecDeque;

/// Leads that are open at a time, at most.
pub const MOST_LEADS: usize = 5;
/// For how long before the first sign on a machine links and logons count.
const BEFORE: Duration = Duration::from_hours(3);
/// Least weight of a link that makes a lead: its target meets at most a quarter of the machines.
const LEAST_WEIGHT: f32 = 1.38;
/// Machines at most that meet an outside place that is rare.
const RARE: usize = 3;
/// Leads that wait for a place, at most.
const MOST_WAITING: usize = 32;
/// Outside places that are remembered, at most. Each has one slot that it may share with others; who comes later finds it taken until
/// nobody was at the other place for hours.
const PLACES: usize = 2048;

/// Two machines, or an account and a machine, that a record ties.
#[derive(Debug, Clone, Copy)]
struct Link {
    time: SimTime,
    from: Option<HostId>,
    to: HostId,
    user: UserId,
    /// True where the account's credentials are left on the machine.
    leaves: bool,
}

/// A machine on which an attacker was found.
#[derive(Debug, Clone, Copy)]
struct Sign {
    host: HostId,
    first: SimTime,
    /// True until the machine is treated.
    open: bool,
}

/// A machine to look at.
#[derive(Debug, Clone, Copy)]
struct Lead {
    host: HostId,
    weight: f32,
    /// True once the defender was told of it.
    told: bool,
}

/// An outside place: the machines that were there, each with the last time; more than [`RARE`] are not kept.
#[derive(Debug, Clone, Copy)]
struct Place {
    domain: DomainId,
    /// Time of the last visit by anybody.
    last: SimTime,
    visitors: [(HostId, SimTime); RARE],
    count: usize,
}

/// No place.
const NOWHERE: Place = Place {
    domain: DomainId::NONE,
    last: SimTime::ZERO,
    visitors: [(HostId(u32::MAX), SimTime::ZERO); RARE],
    count: 0,
};

impl Place {
    /// The machines that were there.
    fn visitors(&self) -> &[(HostId, SimTime)] {
        &self.visitors[..self.count.min(RARE)]
    }
    /// Tells whether hardly any machine was there.
    fn is_rare(&self) -> bool {
        (1..=RARE).contains(&self.count)
    }
}

/// What is known of how far attackers have got.
#[derive(Debug, Clone, Default)]
pub struct Investigation {
    /// Links that were delivered in the last hours, in order of arrival.
    links: VecDeque<Link>,
    /// By slot.
    places: Vec<Place>,
    /// By machine: those that it was met by, sorted.
    sources: Vec<Vec<HostId>>,
    /// By account: machines to which it logged on, sorted.
    logons: Vec<Vec<HostId>>,
    signs: Vec<Sign>,
    /// Machine, account, and when it was exposed there last.
    exposed: Vec<(HostId, UserId, SimTime)>,
    leads: Vec<Lead>,
    owners: Vec<UserId>,
}

/// Adds to a sorted list; true if it was not there.
fn insert(list: &mut Vec<HostId>, host: HostId) -> bool {
    match list.binary_search(&host) {
        Ok(_) => false,
        Err(at) => {
            list.insert(at, host);
            true
        }
    }
}

impl Investigation {
    /// An investigation of an organisation in which nothing has happened yet.
    pub fn new(inventory: &Inventory) -> Investigation {
        Investigation {
            sources: vec![Vec::new(); inventory.hosts.len()],
            logons: vec![Vec::new(); inventory.users.len()],
            places: vec![NOWHERE; PLACES],
            owners: inventory.hosts.iter().map(|host| host.owner).collect(),
            ..Investigation::default()
        }
    }

    /// Forgets the episode.
    pub fn reset(&mut self) {
        self.links.clear();
        self.places.fill(NOWHERE);
        self.sources.iter_mut().chain(&mut self.logons).for_each(Vec::clear);
        self.signs.clear();
        self.exposed.clear();
        self.leads.clear();
    }

    /// Takes in what sensors delivered.
    pub fn observe(&mut self, records: &[Record], now: SimTime) {
        for record in records {
            match &record.body {
                Body::Login(login) if login.success && login.user != UserId::NONE => {
                    let from = login.source.host().filter(|&h| h != record.host && self.is_known(h));
                    let leaves = login.kind.leaves_credentials();
                    self.tie(Link { time: record.time, from, to: record.host, user: login.user, leaves });
                }
                Body::Flow(flow) if flow.outbound && flow.peer.is_internal() => {
                    let remote =
                        matches!(flow.service, Service::Smb | Service::Rdp | Service::Winrm | Service::Ssh);
                    if let Some(to) = flow.peer.host().filter(|&h| remote && self.is_known(h))
                        && flow.state == ConnState::Sf
                        && to != record.host
                    {
                        let from = Some(record.host);
                        self.tie(Link { time: record.time, from, to, user: UserId::NONE, leaves: false });
                    }
                }
                Body::Flow(flow) if flow.outbound && flow.domain != DomainId::NONE => {
                    self.visit(flow.domain, record.host, record.time);
                }
                _ => {}
            }
        }
        while self.links.front().is_some_and(|link| now.since(link.time) > BEFORE) {
            self.links.pop_front();
        }
    }

    /// Tells whether a machine is one of the organisation's: addresses in records are anybody's.
    fn is_known(&self, host: HostId) -> bool {
        host.index() < self.sources.len()
    }

    fn tie(&mut self, link: Link) {
        if let Some(from) = link.from {
            insert(&mut self.sources[link.to.index()], from);
        }
        let fresh = link.user != UserId::NONE && insert(&mut self.logons[link.user.index()], link.to);
        self.follow(link);
        // An exposed account that logs on where it never did.
        if fresh && self.exposed.iter().any(|e| e.1 == link.user && e.2 <= link.time) {
            let weight = self.weight(self.logons[link.user.index()].len());
            self.lead(link.to, weight);
        }
        self.links.push_back(link);
    }

    /// A machine was at an outside place.
    fn visit(&mut self, domain: DomainId, host: HostId, time: SimTime) {
        let slot = (domain.0.wrapping_mul(0x9e37_79b1) >> 16) as usize % PLACES;
        let place = &mut self.places[slot];
        if place.domain != domain {
            if place.count > 0 && time.since(place.last) <= BEFORE {
                return;
            }
            *place = Place { domain, ..NOWHERE };
        }
        place.last = place.last.max(time);
        if place.count > RARE {
            return;
        }
        if let Some(known) = place.visitors[..place.count].iter_mut().find(|v| v.0 == host) {
            known.1 = known.1.max(time);
            return;
        }
        place.count += 1;
        if place.count > RARE {
            return;
        }
        place.visitors[place.count - 1] = (host, time);
        let place = *place;
        let signed = |host: HostId| self.signs.iter().any(|s| s.open && s.host == host);
        if place.visitors().iter().any(|v| signed(v.0)) {
            self.lead(host, self.weight(place.count));
        }
    }

    /// Weight of a link to something that meets so many machines.
    fn weight(&self, meets: usize) -> f32 {
        (self.sources.len() as f32 / meets.max(1) as f32).ln()
    }

    /// What a link tells, given the signs there are.
    fn follow(&mut self, link: Link) {
        let signed = |host: HostId| self.signs.iter().any(|s| s.open && s.host == host);
        let weight = self.weight(self.sources[link.to.index()].len());
        let (to, from) = (signed(link.to), link.from.is_some_and(signed));
        if to && link.leaves {
            self.expose(link.to, link.user, link.time);
        }
        if let Some(host) = link.from.filter(|_| to && !from) {
            self.lead(host, weight);
        }
        if from && !to {
            self.lead(link.to, weight);
        }
    }

    fn expose(&mut self, host: HostId, user: UserId, time: SimTime) {
        match self.exposed.iter_mut().find(|e| (e.0, e.1) == (host, user)) {
            Some(known) => known.2 = known.2.max(time),
            None => self.exposed.push((host, user, time)),
        }
    }

    fn lead(&mut self, host: HostId, weight: f32) {
        if weight < LEAST_WEIGHT || self.signs.iter().any(|s| s.host == host) {
            return;
        }
        if let Some(lead) = self.leads.iter_mut().find(|lead| lead.host == host) {
            lead.weight = lead.weight.max(weight);
        } else if self.leads.len() < MOST_WAITING {
            self.leads.push(Lead { host, weight, told: false });
        }
    }

    /// A scan or an analyst found an attacker on a machine.
    pub fn found(&mut self, host: HostId, now: SimTime) {
        self.looked(host);
        match self.signs.iter_mut().find(|s| s.host == host) {
            Some(sign) => {
                sign.open = true;
                // Whoever was exposed there is so still, or again.
                self.exposed.iter_mut().filter(|e| e.0 == host).for_each(|e| e.2 = now);
            }
            None => self.signs.push(Sign { host, first: now, open: true }),
        }
        let owner = self.owners[host.index()];
        if owner != UserId::NONE {
            self.expose(host, owner, now);
        }
        for at in 0..self.links.len() {
            let link = self.links[at];
            if link.to == host || link.from == Some(host) {
                self.follow(link);
            }
        }
        // What logged on before the sign is exposed by it, whenever it gets new credentials afterwards.
        self.exposed.iter_mut().filter(|e| e.0 == host).for_each(|e| e.2 = now);
        for slot in 0..self.places.len() {
            let place = self.places[slot];
            let was_there = |v: &(HostId, SimTime)| v.0 == host && now.since(v.1) <= BEFORE;
            if place.is_rare() && place.visitors().iter().any(was_there) {
                let weight = self.weight(place.count);
                place.visitors().iter().for_each(|v| self.lead(v.0, weight));
            }
        }
    }

    /// A scan or an analyst looked at a machine.
    pub fn looked(&mut self, host: HostId) {
        self.leads.retain(|lead| lead.host != host);
    }

    /// Programs on a machine were killed, or it was rebuilt: whoever logs on to it from now on is not exposed.
    pub fn treated(&mut self, host: HostId) {
        self.signs.iter_mut().filter(|s| s.host == host).for_each(|sign| sign.open = false);
    }

    /// The heaviest lead that the defender was not told of, if there is room for one.
    pub fn next_lead(&mut self) -> Option<HostId> {
        if self.leads.iter().filter(|lead| lead.told).count() >= MOST_LEADS {
            return None;
        }
        let waiting = self.leads.iter_mut().filter(|lead| !lead.told);
        let lead = waiting.max_by(|a, b| a.weight.total_cmp(&b.weight).then(b.host.cmp(&a.host)))?;
        lead.told = true;
        Some(lead.host)
    }

    /// Tells whether a machine is a lead that the defender was told of.
    pub fn is_linked(&self, host: HostId) -> bool {
        self.leads.iter().any(|lead| lead.told && lead.host == host)
    }

    /// Accounts that were exposed on a machine, and have not got new credentials since.
    pub fn exposed(&self, host: HostId, posture: &Posture) -> Accounts {
        let mut accounts = Accounts::default();
        let here = self.exposed.iter().filter(|e| e.0 == host && is_open(e, posture));
        here.for_each(|e| accounts.add(e.1));
        accounts
    }

    /// Number of machines with a sign, open or not.
    pub fn size(&self) -> usize {
        self.signs.len()
    }
    /// Number of leads that the defender was told of and nobody has looked at.
    pub fn open_leads(&self) -> usize {
        self.leads.iter().filter(|lead| lead.told).count()
    }
    /// Number of exposures, by machine and account, without new credentials since.
    pub fn open_exposures(&self, posture: &Posture) -> usize {
        self.exposed.iter().filter(|e| is_open(e, posture)).count()
    }
    /// Number of rare outside places that a machine with an open sign was at in the last hours and that are not blocked.
    pub fn open_channels(&self, posture: &Posture) -> usize {
        if self.signs.iter().all(|s| !s.open) {
            return 0;
        }
        let signed = |v: &(HostId, SimTime)| self.signs.iter().any(|s| s.open && s.host == v.0);
        let channels = self.places.iter().filter(|p| p.is_rare() && p.visitors().iter().any(signed));
        channels.filter(|p| !posture.is_blocked(mats_core::Addr(u32::MAX), p.domain)).count()
    }
    /// Time of the first sign, if there is any.
    pub fn first_sign(&self) -> Option<SimTime> {
        self.signs.first().map(|s| s.first)
    }
}

/// Tells whether an account has no new credentials since it was exposed.
fn is_open(exposure: &(HostId, UserId, SimTime), posture: &Posture) -> bool {
    posture.renewed_at(exposure.1).is_none_or(|renewed| renewed <= exposure.2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::telemetry::{Flow, Login, LoginKind};
    use mats_core::{Addr, AssetClass, HostInfo, Os, SubnetId, UserInfo};

    /// Sixteen machines, each with an owner of the same number; all day long everybody logs on to the last, a server.
    fn office() -> Investigation {
        let host = |h: u32| HostInfo {
            name: format!("desk-{h}"),
            subnet: SubnetId(0),
            os: Os::Windows,
            class: AssetClass::Workstation,
            value: 1.0,
            never_isolate: false,
            owner: if h == 15 { UserId::NONE } else { UserId(h) },
        };
        let user = |u: u32| UserInfo { name: format!("user-{u}"), home: HostId(u), admin: false, value: 1.0 };
        let inventory = Inventory {
            hosts: (0..16).map(host).collect(),
            users: (0..15).map(user).collect(),
            ..Inventory::default()
        };
        let mut known = Investigation::new(&inventory);
        for h in 0..15 {
            known.observe(&[logon(h, 15, h, LoginKind::Network, 1)], at(1));
        }
        known
    }

    fn at(minutes: u64) -> SimTime {
        SimTime::ZERO + Duration::from_minutes(minutes)
    }

    fn record(host: u32, minute: u64, body: Body) -> Record {
        Record { time: at(minute), arrival: at(minute), host: HostId(host), body }
    }

    fn logon(from: u32, to: u32, user: u32, kind: LoginKind, minute: u64) -> Record {
        let login = Login { user: UserId(user), source: Addr::internal(HostId(from)), kind, success: true };
        record(to, minute, Body::Login(login))
    }

    fn visit(host: u32, domain: u32, minute: u64) -> Record {
        let flow = Flow {
            peer: Addr(0x0101_0101),
            domain: DomainId(domain),
            bytes_out: 1,
            bytes_in: 1,
            duration_ms: 1,
            port: 443,
            service: Service::Tls,
            state: ConnState::Sf,
            outbound: true,
        };
        record(host, minute, Body::Flow(flow))
    }

    fn leads(known: &mut Investigation) -> Vec<u32> {
        std::iter::from_fn(|| known.next_lead()).map(|h| h.0).collect()
    }

    fn exposed(known: &Investigation, host: u32) -> Vec<u32> {
        let mut users: Vec<u32> =
            known.exposed(HostId(host), &Posture::default()).iter().map(|u| u.0).collect();
        users.sort_unstable();
        users
    }

    #[test]
    fn nothing_is_linked_or_exposed_before_an_attacker_is_found() {
        let mut known = office();
        known.observe(&[logon(3, 4, 3, LoginKind::Remote, 10)], at(10));
        assert_eq!((leads(&mut known), exposed(&known, 4), known.size()), (vec![], vec![], 0));
    }

    #[test]
    fn links_count_backwards_and_forwards_and_busy_servers_tell_nothing() {
        let mut known = office();
        known
            .observe(&[logon(3, 4, 3, LoginKind::Remote, 10), logon(4, 6, 4, LoginKind::Remote, 20)], at(20));
        known.found(HostId(4), at(30));
        // Desk 3 came to desk 4, desk 4 went to desk 6; the server that all of them use is no lead.
        let mut found = leads(&mut known);
        found.sort_unstable();
        assert_eq!(found, [3, 6]);
        assert!(known.is_linked(HostId(3)) && !known.is_linked(HostId(15)));
        known.looked(HostId(3));
        assert!(!known.is_linked(HostId(3)));
        // What comes later is followed as it comes; what was there hours before is not.
        known.observe(&[logon(4, 8, 4, LoginKind::Remote, 40)], at(40));
        assert_eq!(leads(&mut known), [8]);
        let mut late = office();
        late.observe(&[logon(3, 4, 3, LoginKind::Remote, 10)], at(10));
        late.observe(&[], at(200));
        late.found(HostId(4), at(200));
        assert!(leads(&mut late).is_empty());
    }

    #[test]
    fn whoever_logged_on_there_is_exposed_until_it_has_new_credentials() {
        let mut known = office();
        let on = [logon(3, 4, 3, LoginKind::Remote, 10), logon(5, 4, 5, LoginKind::Network, 11)];
        known.observe(&on, at(11));
        known.found(HostId(4), at(30));
        // Over the network alone nothing is left behind; the owner's is.
        assert_eq!(exposed(&known, 4), [3, 4]);
        let mut posture = Posture::default();
        posture_renewed(&mut posture, &[3, 4], at(40));
        assert!(known.exposed(HostId(4), &posture).is_empty());
        // Found again: whatever was typed there since is lost, too.
        known.found(HostId(4), at(50));
        assert_eq!(known.exposed(HostId(4), &posture).iter().count(), 2);
        // Once the machine is treated, logons expose nobody.
        known.treated(HostId(4));
        known.observe(&[logon(7, 4, 7, LoginKind::Remote, 60)], at(60));
        assert_eq!(exposed(&known, 4), [3, 4]);
    }

    #[test]
    fn machines_that_meet_at_a_rare_place_are_linked() {
        let mut known = office();
        for host in 0..9 {
            known.observe(&[visit(host, 7, 5)], at(5));
        }
        known.observe(&[visit(2, 900, 6), visit(9, 900, 8)], at(8));
        known.found(HostId(2), at(30));
        assert_eq!(leads(&mut known), [9], "nine machines were at the other place");
        assert_eq!(known.open_channels(&Posture::default()), 1);
    }

    #[test]
    fn at_most_five_leads_are_open_at_a_time() {
        let mut known = office();
        for h in 0..12 {
            known.observe(&[logon(12, h, 12, LoginKind::Remote, 10)], at(10));
        }
        known.found(HostId(12), at(30));
        assert_eq!((leads(&mut known).len(), known.open_leads()), (MOST_LEADS, MOST_LEADS));
        let told: Vec<HostId> = (0..16).map(HostId).filter(|&h| known.is_linked(h)).collect();
        known.looked(told[0]);
        assert_eq!(leads(&mut known).len(), 1);
    }

    /// A posture in which accounts were renewed.
    fn posture_renewed(posture: &mut Posture, users: &[u32], time: SimTime) {
        for &user in users {
            posture.renew(UserId(user), time);
        }
    }
}
