//! Records that templates are made of: connections, logins, log entries, changes, and the sensors that may miss them.

use super::{Activity, Emitter, Pending, WORK, bytes, millis, pick};
use crate::plan::Plan;
use crate::truth::Label;
use mats_core::random::{Generator, Stream, unit};
use mats_core::telemetry::{
    Body, ConfigChange, ConfigItem, ConnState, EventCode, Flow, Image, Indicator, Login, LoginKind, Service,
    SystemEvent,
};
use mats_core::{Addr, DomainId, Duration, HostId, Os, Record, SimTime, UserId};
use mats_scenario::catalogue::Template;
use mats_scenario::model::Sensor;
use rand::{Rng, RngExt};

impl Emitter<'_> {
    /// An entry of the intelligence feed, which no sensor can miss.
    pub fn publish(&mut self, time: SimTime, indicator: Indicator, tie: u64) {
        let record = Record { time, arrival: time, host: HostId(0), body: Body::Intel(indicator) };
        self.out.push(Pending { record, label: Label::BENIGN, tie });
    }

    pub(super) fn outside(&mut self, template: Template, act: &Activity, rng: &mut Generator) {
        let shapes = &self.plan.distributions;
        let site = match template {
            _ if act.site != DomainId::NONE => act.site,
            Template::WebVisit => self.plan.popular_site(rng.next_u64()),
            Template::Beacon => Plan::software_site(self.seed, act.actor, rng.next_u64() % 4),
            _ => self.rare(act, rng),
        };
        let (up, down, ms) = match template {
            Template::Beacon => (bytes(&shapes.small, act.scale, rng), bytes(&shapes.small, 1.5, rng), 1.0),
            Template::Download => (bytes(&shapes.small, 1.0, rng), bytes(&shapes.file, act.scale, rng), 10.0),
            Template::Upload => (bytes(&shapes.bulk, act.scale, rng), bytes(&shapes.small, 2.0, rng), 60.0),
            _ => (bytes(&shapes.small, 2.0, rng), bytes(&shapes.page, act.scale, rng), 4.0),
        };
        let kept = matches!(template, Template::WebVisit | Template::RareVisit | Template::Beacon);
        let ms = if kept { self.lasting(0.1, ms, rng) } else { millis(&shapes.brief, ms, rng) };
        if rng.random_bool(if template == Template::Beacon { 0.25 } else { 0.7 }) {
            self.lookup(act, site, 1.0, rng);
        }
        let service = if rng.random_bool(0.92) { Service::Tls } else { Service::Http };
        let blocked = self.flow(
            act,
            act.actor,
            Flow { domain: site, ..flow(Plan::address(site), service, up, down, ms) },
            rng,
        );
        if template == Template::Download && !blocked {
            let image = pick(
                &[Image::Browser, Image::Browser, Image::Updater, Image::PowerShell, Image::Interpreter],
                rng,
            );
            self.event(act, (EventCode::FileWrite, image, Image::None, 1), rng);
        }
    }

    /// A site of the long tail: usually one of the actor's own habits, sometimes a new one.
    pub(super) fn rare(&self, act: &Activity, rng: &mut Generator) -> DomainId {
        if rng.random_bool(0.75) {
            Plan::rare_site(
                Stream::new(self.seed, crate::purpose::HABIT, 1 << 48 | u64::from(act.actor.0))
                    .word(u64::from(self.plan.habit(rng.next_u64()))),
            )
        } else {
            Plan::rare_site(rng.next_u64())
        }
    }

    /// A name that is looked up: a popular one, or one of the machine's own habits.
    pub(super) fn looked_up(&self, act: &Activity, rng: &mut Generator) -> DomainId {
        if rng.random_bool(0.3) { self.plan.popular_site(rng.next_u64()) } else { self.rare(act, rng) }
    }

    /// Milliseconds of a connection that is kept open for a while with some probability, and short otherwise.
    pub(super) fn lasting(&self, kept: f64, scale: f32, rng: &mut Generator) -> u32 {
        let keeps = rng.random_bool(kept);
        let shape = if keeps { &self.plan.distributions.session } else { &self.plan.distributions.brief };
        millis(shape, if keeps { 0.5 } else { scale }, rng)
    }

    pub(super) fn remote_service(&self, act: &Activity, template: Template) -> Service {
        let os = act.other.map_or(Os::Linux, |h| self.plan.scenario.inventory.host(h).os);
        crate::plan::service(template, os).unwrap_or(Service::Other)
    }

    pub(super) fn there(act: &Activity) -> Activity {
        Activity { actor: act.other.unwrap_or(act.actor), ..*act }
    }

    pub(super) fn lookup(&mut self, act: &Activity, site: DomainId, scale: f32, rng: &mut Generator) {
        let shapes = &self.plan.distributions;
        let (up, down) = (bytes(&shapes.small, 0.1 * scale, rng), bytes(&shapes.small, 0.25 * scale, rng));
        let peer = self.plan.directory.filter(|&d| d != act.actor).map_or(Addr(0x0909_0909), Addr::internal);
        let ms = millis(&shapes.brief, 0.1, rng);
        self.flow(act, act.actor, Flow { domain: site, ..flow(peer, Service::Dns, up, down, ms) }, rng);
    }

    /// Asks the mail server. That hands on what it is sent, and reads nobody's mail elsewhere.
    pub(super) fn ask_mail(
        &mut self,
        act: &Activity,
        service: Service,
        (up, down, ms): (u32, u32, u32),
        rng: &mut Generator,
    ) {
        let peer = match self.plan.mail {
            Some(mail) if mail != act.actor => Addr::internal(mail),
            Some(_) if service == Service::Imap => return,
            _ => Plan::address(DomainId(1)),
        };
        self.flow(act, act.actor, flow(peer, service, up, down, ms), rng);
    }

    /// Opens a mailbox on a mail server from outside. Returns whether that got through.
    pub(super) fn mail_from_outside(
        &mut self,
        act: &Activity,
        (up, down, ms): (u32, u32, u32),
        rng: &mut Generator,
    ) -> bool {
        let Some(service) = self.plan.mail_door(act.actor) else { return false };
        let source = Plan::address(act.site);
        let blocked =
            self.flow(act, act.actor, Flow { outbound: false, ..flow(source, service, up, down, ms) }, rng);
        let welcome = !self.posture.is_disabled(act.user) && self.posture.is_connected(act.actor, act.time);
        let through = !blocked && welcome;
        if through && rng.random_bool(0.3) {
            self.login_record(act, source, LoginKind::Remote, true, rng);
        }
        through
    }

    pub(super) fn ask_directory(
        &mut self,
        act: &Activity,
        service: Service,
        answer: u32,
        rng: &mut Generator,
    ) -> bool {
        let Some(directory) = self.plan.directory.filter(|&d| d != act.actor) else { return false };
        let act = Activity { other: Some(directory), ..*act };
        let ask = bytes(&self.plan.distributions.small, 0.6, rng);
        let ms = millis(&self.plan.distributions.brief, 0.2, rng);
        self.internal(&act, service, (ask, answer, ms), ConnState::Sf, rng)
    }

    /// A flow to another machine of the organisation. Returns whether it got through.
    pub(super) fn internal(
        &mut self,
        act: &Activity,
        service: Service,
        (up, down, ms): (u32, u32, u32),
        state: ConnState,
        rng: &mut Generator,
    ) -> bool {
        let Some(other) = act.other else { return false };
        let inventory = &self.plan.scenario.inventory;
        let (here, there) = (inventory.host(act.actor).subnet, inventory.host(other).subnet);
        let reachable = self.posture.is_connected(other, act.time)
            && self.conditions.is_on(other)
            && (state != ConnState::Sf || self.conditions.allows(here, there, service));
        let flow = flow(Addr::internal(other), service, up, down, ms);
        let flow = if reachable {
            Flow { state, ..flow }
        } else {
            Flow { state: ConnState::S0, bytes_in: 0, ..flow }
        };
        self.flow(act, act.actor, flow, rng);
        reachable && self.posture.is_connected(act.actor, act.time)
    }

    /// Returns whether a block got in the way.
    pub(super) fn flow(&mut self, act: &Activity, host: HostId, flow: Flow, rng: &mut Generator) -> bool {
        if !self.posture.is_connected(host, act.time) {
            return false;
        }
        let block =
            if flow.peer.is_internal() { None } else { self.posture.block_on(flow.peer, flow.domain) };
        let blocked = block.is_some();
        if act.label == Label::BENIGN && act.user != UserId::NONE && flow.outbound {
            self.failed
                .extend(block.map(|decided| (decided, self.plan.scenario.reward.blocked_visit as f32)));
        }
        let state = ending(flow.state, flow.service, rng.next_u32());
        let flow = if blocked {
            Flow { state: ConnState::Rej, bytes_in: 0, duration_ms: 1, ..flow }
        } else {
            Flow { state, ..flow }
        };
        self.push(act, host, Body::Flow(flow), self.conditions.sensors.flows, rng);
        blocked
    }

    pub(super) fn event(
        &mut self,
        act: &Activity,
        (code, image, parent, amount): (EventCode, Image, Image, u32),
        rng: &mut Generator,
    ) {
        let event = SystemEvent { code, user: act.user, image, parent, amount };
        self.push(act, act.actor, Body::Event(event), self.conditions.sensors.events, rng);
    }

    pub(super) fn config(&mut self, act: &Activity, item: ConfigItem, rng: &mut Generator) {
        let change = ConfigChange { item, user: act.user, value: rng.next_u32() % 5000 };
        self.push(act, act.actor, Body::Config(change), self.conditions.sensors.config, rng);
    }

    /// A login attempt: from outside, on another machine, or at the machine itself.
    pub(super) fn login(&mut self, act: &Activity, success: bool, rng: &mut Generator) {
        if act.outside {
            let success = success && !self.posture.is_disabled(act.user);
            let source = Plan::address(act.site);
            let (up, down) = (
                bytes(&self.plan.distributions.small, 3.0, rng),
                bytes(&self.plan.distributions.small, 3.0, rng),
            );
            let ms = millis(&self.plan.distributions.brief, 8.0, rng);
            let service = self.plan.front_door(act.actor);
            let blocked = self.flow(
                act,
                act.actor,
                Flow { outbound: false, ..flow(source, service, up, down, ms) },
                rng,
            );
            if !blocked && self.posture.is_connected(act.actor, act.time) {
                self.login_record(act, source, LoginKind::Remote, success, rng);
                self.logon_event(act, success, rng);
                // Who comes in by a door for mail only reads it.
                if success && !matches!(service, Service::Imap | Service::Smtp) {
                    self.work(act, rng);
                }
            }
            return;
        }
        match act.other {
            Some(other)
                if self.posture.is_connected(other, act.time)
                    && self.conditions.is_on(other)
                    && self.posture.is_connected(act.actor, act.time) =>
            {
                let there = Self::there(act);
                self.login_record(&there, Addr::internal(act.actor), LoginKind::Network, success, rng);
                self.logon_event(&there, success, rng);
            }
            Some(_) => {}
            None => {
                let kind = if act.user == UserId::NONE { LoginKind::Service } else { LoginKind::Interactive };
                self.login_record(act, Addr::internal(act.actor), kind, success, rng);
                self.logon_event(act, success, rng);
            }
        }
    }

    /// The machine whose threat was answered by disabling an account, if it is disabled.
    pub(crate) fn disabled_for(&self, user: UserId) -> Option<HostId> {
        let disabled = self.posture.is_disabled(user);
        self.posture.disabled().iter().find(|l| disabled && l.0 == user).map(|l| l.1)
    }

    /// Picks who comes from outside: whoever guesses tries many names, half of which nobody here has; whoever gets in
    /// has one.
    pub(super) fn comer(&self, act: &Activity, knows: bool, rng: &mut Generator) -> Activity {
        if !act.outside || (knows && act.user != UserId::NONE) {
            return *act;
        }
        let (word, users) = (rng.next_u32(), self.plan.scenario.users.len() as u32);
        let stranger = !knows && word & 1 == 0;
        let user = if stranger || users == 0 { UserId::NONE } else { UserId((word >> 1) % users) };
        Activity { user, ..*act }
    }

    /// Emits what somebody does on a machine after logging in there from another one.
    pub(super) fn work(&mut self, act: &Activity, rng: &mut Generator) {
        for _ in 0..rng.random_range(0..=3) {
            let time = act.time + Duration::from_seconds(10.0 + 200.0 * unit(rng.next_u64()));
            let act = Activity { time, other: None, site: DomainId::NONE, outside: false, ..*act };
            self.act(pick(&WORK, rng), &act, rng);
        }
    }

    /// A logon to another machine, as access to its services brings with it; not every access opens a session of its own.
    pub(super) fn network_logon(
        &mut self,
        act: &Activity,
        other: Option<HostId>,
        share: f64,
        rng: &mut Generator,
    ) {
        let opens = rng.random_bool(share);
        let up = |h: &HostId| {
            let runs =
                self.posture.is_connected(*h, act.time) && self.posture.is_connected(act.actor, act.time);
            runs && self.conditions.is_on(*h) && *h != act.actor
        };
        if let Some(other) = other.filter(|h| opens && up(h)) {
            let there = Activity { actor: other, ..*act };
            self.login_record(&there, Addr::internal(act.actor), LoginKind::Network, true, rng);
        }
    }

    pub(super) fn logon_event(&mut self, act: &Activity, success: bool, rng: &mut Generator) {
        let success = success && !self.posture.is_disabled(act.user);
        let code = if success { EventCode::Logon } else { EventCode::LogonFailed };
        self.event(act, (code, Image::System, Image::None, 1), rng);
    }

    pub(super) fn login_record(
        &mut self,
        act: &Activity,
        source: Addr,
        kind: LoginKind,
        success: bool,
        rng: &mut Generator,
    ) {
        // The right password of a disabled account opens nothing, whoever enters it.
        let success = success && !self.posture.is_disabled(act.user);
        if success && kind.leaves_credentials() && act.label == Label::BENIGN {
            self.sessions.note(act.actor, act.user, act.time);
        }
        let login = Login { user: act.user, source, kind, success };
        self.push(act, act.actor, Body::Login(login), self.conditions.sensors.logins, rng);
    }

    pub(super) fn push(
        &mut self,
        act: &Activity,
        host: HostId,
        body: Body,
        sensor: Sensor,
        rng: &mut Generator,
    ) {
        let word = rng.next_u64();
        if unit(word) >= sensor.coverage {
            return;
        }
        let delay = self.plan.distributions.delay.draw(rng) as f64 * sensor.delay_seconds;
        // A few milliseconds between the records of one act, as their order in time.
        let time = SimTime(act.time.0 + (word & 0x3fff));
        let arrival = SimTime(time.0 + (delay * 1e6) as u64);
        self.out.push(Pending {
            record: Record { time, arrival, host, body },
            label: act.label,
            tie: act.tie,
        });
    }
}

/// Picks how a connection ends: most are closed in order, some are aborted by either side or outlast what the sensor
/// saw.
fn ending(state: ConnState, service: Service, draw: u32) -> ConnState {
    if state != ConnState::Sf || matches!(service, Service::Dns | Service::Ntp) {
        return state;
    }
    match draw % 1000 {
        0..80 => ConnState::Rsto,
        80..110 => ConnState::Rstr,
        110..125 => ConnState::S1,
        _ => ConnState::Sf,
    }
}

pub(super) fn flow(peer: Addr, service: Service, bytes_out: u32, bytes_in: u32, duration_ms: u32) -> Flow {
    Flow {
        peer,
        domain: DomainId::NONE,
        bytes_out,
        bytes_in,
        duration_ms,
        port: service.port(),
        service,
        state: ConnState::Sf,
        outbound: true,
    }
}
