//! The truth as a source of threats, told late or as it happens.
//!
//! A threat lasts while something malicious happens on the machine or an attacker holds it. Besides what attackers do, it is news when a
//! foothold comes (back) that nobody is at work on, and when an account that an attacker stole waits for new credentials: the threat
//! on the machine where its campaign was seen last names such accounts one after the other, until each is being renewed.

use mats_core::{
    Action, DomainId, Duration, Evidence, Explanation, HostId, News, Severity, SimTime, ThreatId,
    ThreatIntel, ThreatKind, UserId,
};
use mats_sim::plan::Plan;
use mats_sim::red::Campaign;
use mats_sim::{MaliciousActivity, World};

/// A threat of the truth is over when nothing malicious happened on the machine for this long and nobody holds it.
const QUIET: Duration = Duration::from_minutes(30);

/// When the truth about a campaign is told. What is told, is told after the sensors' delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Once a step of the campaign that is no preparation has succeeded: what a detector without a flaw could know. Told then is the
    /// attempt that succeeded, with the machines that it went from and to; attempts before it came to nothing, and are never told. From then on the campaign is known, and whatever it does is told as it happens.
    AfterSuccess,
    /// As it happens, attempts that are yet to succeed included: what no detector could know.
    Foresight,
}

/// One machine's true trouble.
#[derive(Debug, Clone, Copy)]
struct Trouble {
    id: ThreatId,
    first: SimTime,
    last: SimTime,
    kind: ThreatKind,
    campaign: u32,
    /// True while a foothold stands that was told of.
    held: bool,
    /// The stolen account that was told of last.
    account: Option<UserId>,
}

/// Tells the truth.
#[derive(Debug, Clone)]
pub struct TruthDetector {
    told: Told,
    state: Vec<Option<Trouble>>,
    seen: usize,
    /// Activities of campaigns that are not known yet.
    untold: Vec<MaliciousActivity>,
    next: u32,
    delay: Duration,
}

impl TruthDetector {
    /// Creates the detector for the network of a plan.
    pub fn new(plan: &Plan, told: Told) -> TruthDetector {
        let delay = Duration::from_seconds(plan.scenario.sensors.events.delay_seconds);
        let state = vec![None; plan.scenario.hosts.len()];
        TruthDetector { told, state, seen: 0, untold: Vec::new(), next: 0, delay }
    }

    /// Starts a new episode.
    pub fn reset(&mut self) {
        self.state.fill(None);
        self.untold.clear();
        (self.seen, self.next) = (0, 0);
    }

    /// Tells whether a machine is in trouble.
    pub(crate) fn knows(&self, host: HostId) -> bool {
        self.state[host.index()].is_some()
    }

    /// The time from which on what a campaign does is told, if it is known by now.
    fn known_from(&self, campaign: &Campaign, now: SimTime) -> Option<SimTime> {
        match self.told {
            Told::Foresight => Some(SimTime::ZERO),
            Told::AfterSuccess => {
                let success = campaign.first_success().filter(|&t| t + self.delay <= now)?;
                let tried = campaign.tried.iter().find(|t| t.ended.is_some_and(|(at, _)| at == success));
                Some(tried.map_or(success, |t| t.begun))
            }
        }
    }

    /// Threats that are new or worse at the world's present.
    pub(crate) fn advance(&mut self, world: &World, out: &mut Vec<ThreatIntel>) {
        let now = world.now();
        self.forget(world);
        while let Some(activity) =
            world.malicious_activities().get(self.seen).filter(|t| t.time + self.delay <= now)
        {
            self.seen += 1;
            self.untold.push(*activity);
        }
        let mut untold = std::mem::take(&mut self.untold);
        untold.retain(|activity| !self.hear(world, activity, out));
        self.untold = untold;
        self.watch_footholds(world, out);
        self.watch_accounts(world, out);
    }

    /// Drops what is over.
    fn forget(&mut self, world: &World) {
        let now = world.now();
        for h in 0..self.state.len() {
            let host = HostId(h as u32);
            let Some(trouble) = self.state[h] else { continue };
            let stands = || world.is_compromised(host) || self.waits(world, trouble.campaign, host).is_some();
            if now.since(trouble.last) > QUIET && !stands() {
                self.state[h] = None;
            }
        }
    }

    /// Takes in an activity; false while its campaign is not known.
    fn hear(&mut self, world: &World, activity: &MaliciousActivity, out: &mut Vec<ThreatIntel>) -> bool {
        let (Some(kind), Some((campaign, _))) =
            (world.kind_of(activity.label), activity.label.campaign_step())
        else {
            return true;
        };
        let Some(from) = self.known_from(&world.attackers()[campaign as usize], world.now()) else {
            return false;
        };
        if activity.time >= from {
            self.tell(world, activity.host, activity.time, kind, campaign, out);
        }
        true
    }

    /// Tells of trouble on a machine; it is news where it is new or of a worse kind.
    fn tell(
        &mut self,
        world: &World,
        host: HostId,
        time: SimTime,
        kind: ThreatKind,
        campaign: u32,
        out: &mut Vec<ThreatIntel>,
    ) {
        let old = self.state[host.index()];
        let id = old.map_or(ThreatId(self.next), |t| t.id);
        self.next += u32::from(old.is_none());
        let blank = Trouble { id, first: time, last: time, kind, campaign, held: false, account: None };
        let now =
            old.map_or(blank, |t| Trouble { last: t.last.max(time), kind: kind.max(t.kind), campaign, ..t });
        self.state[host.index()] = Some(now);
        if old.is_none_or(|t| kind > t.kind) {
            let news = if old.is_some() { News::Worsened } else { News::New };
            out.push(ThreatIntel { news, ..self.view(host, world) });
        }
    }

    /// Tells of footholds that came, or came back, or still stand after what was done about them.
    fn watch_footholds(&mut self, world: &World, out: &mut Vec<ThreatIntel>) {
        for (c, campaign) in world.attackers().iter().enumerate() {
            if campaign.footholds.is_empty() || self.known_from(campaign, world.now()).is_none() {
                continue;
            }
            for foothold in campaign.footholds.iter().filter(|f| f.alive) {
                let host = foothold.host;
                if self.state[host.index()].is_none() {
                    // It came back by itself, and has been silent since.
                    self.tell(world, host, world.now(), ThreatKind::Intrusion, c as u32, out);
                }
            }
        }
        for h in 0..self.state.len() {
            let host = HostId(h as u32);
            let Some(trouble) = self.state[h] else { continue };
            let held = world.is_compromised(host) && !is_treated(world, host);
            self.state[h] = Some(Trouble { held, ..trouble });
            if held && !trouble.held {
                self.repeat(world, host, out);
            }
        }
    }

    /// Tells of stolen accounts that nobody is renewing: of each campaign's, on the machine where it was seen last.
    fn watch_accounts(&mut self, world: &World, out: &mut Vec<ThreatIntel>) {
        for h in 0..self.state.len() {
            let host = HostId(h as u32);
            let Some(trouble) = self.state[h] else { continue };
            let account = self.waits(world, trouble.campaign, host);
            self.state[h] = Some(Trouble { account, ..trouble });
            if account.is_some() && account != trouble.account {
                self.repeat(world, host, out);
            }
        }
    }

    /// Tells of a machine once more, unless it is told of now anyway.
    fn repeat(&self, world: &World, host: HostId, out: &mut Vec<ThreatIntel>) {
        if !out.iter().any(|intel| intel.host == host) {
            out.push(ThreatIntel { news: News::Worsened, ..self.view(host, world) });
        }
    }

    /// The account of a campaign that waits for new credentials, where this is the machine on which the campaign was seen last.
    fn waits(&self, world: &World, campaign: u32, host: HostId) -> Option<UserId> {
        let attacker = world.attackers().get(campaign as usize).filter(|c| !c.credentials.is_empty())?;
        self.known_from(attacker, world.now())?;
        let troubles = self.state.iter().enumerate().filter_map(|(h, t)| Some((h, (*t)?)));
        let mine = troubles.filter(|(_, t)| t.campaign == campaign);
        let (last, _) = mine.max_by_key(|&(h, t)| (t.last, std::cmp::Reverse(h)))?;
        if last != host.index() {
            return None;
        }
        let owner = world.plan().scenario.inventory.host(host).owner.some();
        let mut waiting = attacker.credentials.iter().copied().filter(|&user| !is_renewing(world, user));
        let first = waiting.next()?;
        Some(std::iter::once(first).chain(waiting).find(|&user| Some(user) == owner).unwrap_or(first))
    }

    /// The account that a threat names: one that waits for new credentials, else one that its campaign holds, else the owner's.
    fn account(&self, world: &World, host: HostId, trouble: &Trouble) -> Option<UserId> {
        let owner = world.plan().scenario.inventory.host(host).owner.some();
        let held = &world.attackers()[trouble.campaign as usize].credentials;
        self.waits(world, trouble.campaign, host)
            .or_else(|| held.iter().copied().find(|&user| Some(user) == owner))
            .or_else(|| held.last().copied())
            .or(owner)
    }

    /// The threat on a machine as it stands: the account and the site that it names are those of the moment.
    pub(crate) fn view(&self, host: HostId, world: &World) -> ThreatIntel {
        let trouble = self.state[host.index()];
        let certain = f32::from(u8::from(trouble.is_some()));
        let site: Option<DomainId> = trouble.map(|t| world.attackers()[t.campaign as usize].site);
        ThreatIntel {
            id: trouble.map_or(ThreatId(u32::MAX), |t| t.id),
            time: world.now(),
            first_seen: trouble.map_or(world.now(), |t| t.first),
            host,
            user: trouble.and_then(|t| self.account(world, host, &t)),
            address: site.map(Plan::address),
            domain: site,
            image: None,
            kind: trouble.map_or(ThreatKind::Intrusion, |t| t.kind),
            severity: if trouble.is_some() { Severity::High } else { Severity::Info },
            confidence: certain,
            evidence: Evidence { anomaly: certain, forest: certain, sequence: certain, indicator: certain },
            explanation: Explanation::default(),
            news: News::Unchanged,
            detector: 0,
        }
    }
}

/// Tells whether something is under way that ends a foothold on a machine.
fn is_treated(world: &World, host: HostId) -> bool {
    let ends = |action| matches!(action, Action::KillProcess | Action::ReimageHost);
    world.blue().under_way().any(|order| order.target.host == host && ends(order.action))
}

/// Tells whether an account is getting new credentials.
fn is_renewing(world: &World, user: UserId) -> bool {
    let renews = |order: &mats_core::Order| order.action == Action::ResetCredentials;
    world.blue().under_way().any(|order| renews(order) && order.target.user == Some(user))
}
