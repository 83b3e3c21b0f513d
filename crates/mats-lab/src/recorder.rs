//! What an episode leaves behind: alerts and window scores for the metrics, labelled windows for the Learning Agent.

use crate::fate::fate;
use crate::metrics::Truth;
use crate::metrics::incident::{Activity, Alert, Detection, IncidentCounts, judge};
use crate::metrics::technique::Trace;
use crate::tally::Tally;
use mats_core::random::Stream;
use mats_core::{CampaignId, Duration, Finding, HostId, OrderId, Severity, SimTime, ThreatIntel, ThreatKind};
use mats_detect::update;
use mats_gym::{ThreatSource, Tick, TickObserver};
use mats_learn::{AuditSettings, Outcomes};
use mats_sim::{CampaignReport, World};
use rand_distr::{Bernoulli, Distribution};

/// Windows of the grid, as the metrics define them.
pub const WINDOW: Duration = Duration::from_minutes(5);
const AUDIT: u32 = 0xa0d1;

/// Watches an episode.
#[derive(Clone, Default)]
pub struct Recorder {
    seed: u64,
    alerts: Vec<Alert>,
    /// Highest fused score by window and host, window-major.
    scores: Vec<f32>,
    peaks: Vec<f32>,
    row: Vec<f32>,
    next: SimTime,
    windows: u64,
    /// Orders that may bring a finding: what the machine's window looked like when each was given.
    ordered: Vec<(OrderId, ThreatKind, [f32; update::WINDOW])>,
    /// Settings of audits of windows, while the agents learn.
    pub audit: Option<AuditSettings>,
    /// Outcomes established in this episode.
    pub outcomes: Outcomes,
}

impl TickObserver for Recorder {
    fn begin(&mut self, seed: u64) {
        self.seed = seed;
        self.alerts.clear();
        self.scores.clear();
        self.next = SimTime::ZERO + WINDOW;
        self.windows = 0;
        self.ordered.clear();
        self.outcomes.begin(seed);
    }

    fn ordered(&mut self, order: OrderId, threat: &ThreatIntel, source: &mut ThreatSource, now: SimTime) {
        if let (Some(_), ThreatSource::Agent(agent)) = (self.audit, source) {
            agent.window(threat.host, now, &mut self.row);
            if let Ok(row) = self.row.as_slice().try_into() {
                self.ordered.push((order, threat.kind, row));
            }
        }
    }

    fn tick(&mut self, world: &World, source: &mut ThreatSource, seen: &Tick<'_>) {
        for intel in seen.news.iter().filter(|i| i.severity > Severity::Info) {
            self.alerts.push(Alert { host: intel.host, time: intel.time, user: intel.user });
        }
        let now = world.now();
        let ThreatSource::Agent(agent) = source else { return };
        // A decoy speaks up under the number of an order that has long ended.
        for result in seen.results.iter().filter(|r| r.finding != Some(Finding::Contact)) {
            let Some(at) = self.ordered.iter().position(|o| o.0 == result.id) else { continue };
            let (_, suspected, row) = self.ordered.swap_remove(at);
            if let Some(finding) = result.finding {
                self.outcomes.found(&row, finding, suspected);
            }
        }
        if now < self.next {
            return;
        }
        agent.take_peaks(&mut self.peaks);
        self.scores.extend_from_slice(&self.peaks);
        if let Some(audit) = self.audit {
            let stream = Stream::new(self.seed, AUDIT, self.windows);
            for h in 0..self.peaks.len() {
                let propensity = audit.propensity(self.peaks[h]);
                let host = HostId(h as u32);
                let audited = Bernoulli::new(f64::from(propensity));
                if !audited.is_ok_and(|audited| audited.sample(&mut stream.at(h as u64))) {
                    continue;
                }
                if let Some(kind) = world.ground_truth(host, self.next - WINDOW, now) {
                    agent.window(host, now, &mut self.row);
                    self.outcomes.audited(&self.row, kind, propensity);
                }
            }
        }
        self.windows += 1;
        self.next += WINDOW;
    }
}

impl Recorder {
    /// Counts this episode's windows, and what was seen of each technique.
    pub fn count_windows(&self, world: &World, tally: &mut Tally) {
        let hosts = world.plan().scenario.hosts.len();
        let windows = self.scores.len() / hosts.max(1);
        let mut truth = vec![Truth::Negative; windows * hosts];
        let place = |time: SimTime| (time.0.saturating_sub(1) / WINDOW.0) as usize;
        for hold in world.compromise_intervals() {
            let last = place(hold.until.min(world.horizon())).min(windows.saturating_sub(1));
            for w in place(hold.from)..=last {
                if w < windows {
                    truth[w * hosts + hold.host.index()] = Truth::Ignore;
                }
            }
        }
        let touched: Vec<(usize, usize)> = world
            .malicious_activities()
            .iter()
            .map(|t| (place(t.time), t.host.index()))
            .filter(|&(w, _)| w < windows)
            .collect();
        for &(w, h) in &touched {
            // The edges of activity: telemetry is late, features remember.
            for edge in [w.wrapping_sub(1), w + 1] {
                if edge < windows {
                    truth[edge * hosts + h] = Truth::Ignore;
                }
            }
        }
        for &(w, h) in &touched {
            truth[w * hosts + h] = Truth::Positive;
        }
        for (score, truth) in self.scores.iter().zip(truth) {
            tally.windows.add(*score, truth);
        }
        let attacks = &world.plan().scenario.attacks;
        let trace = |touch: &mats_sim::MaliciousActivity| {
            let (campaign, step) = touch.label.campaign_step()?;
            let attack = world.attackers()[campaign as usize].attack;
            let (window, host) = (place(touch.time), touch.host);
            let score = *self.scores.get(window * hosts + host.index())?;
            let technique = attacks[attack].steps[step as usize].technique;
            let flagged = tally.windows.flags(score);
            Some(Trace { technique, host: host.0, step: (campaign, step), window, flagged })
        };
        let mut traces: Vec<Trace> = world.malicious_activities().iter().filter_map(trace).collect();
        tally.techniques.count(&mut traces);
    }

    /// Merges this episode's alerts and judges them against what really happened.
    pub fn incidents(&self, world: &World) -> (IncidentCounts, Vec<Detection>) {
        let host_days = world.plan().scenario.hosts.len() as f64 * world.now().hours() / 24.0;
        let activities: Vec<Activity> =
            world.campaigns().enumerate().map(|(c, report)| activity(world, c as u32, &report)).collect();
        judge(&self.alerts, &activities, host_days)
    }
}

fn activity(world: &World, campaign: u32, report: &CampaignReport<'_>) -> Activity {
    let touches = || {
        let mine =
            |t: &&mats_sim::MaliciousActivity| t.label.campaign_step().is_some_and(|(c, _)| c == campaign);
        world.malicious_activities().iter().filter(mine)
    };
    let mut hosts: Vec<HostId> = touches().map(|t| t.host).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let holds = world
        .compromise_intervals()
        .iter()
        .filter(|h| h.campaign == campaign)
        .map(|h| h.until.min(world.horizon()));
    // It lasts until its last attempt or last access, whichever is later. What is left of it behind isolation is there to be
    // found, too.
    let end = holds.chain(fate(world, report).last_access).max();
    let end = end.map_or(report.last_attempt, |end| end.max(report.last_attempt));
    Activity {
        campaign: CampaignId(campaign),
        start: report.onset,
        end,
        first_success: report.first_success,
        hosts,
        users: world.attackers()[campaign as usize].accounts.clone(),
    }
}
