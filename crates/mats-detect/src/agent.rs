use crate::detector::Detector;
use crate::features::{FEATURES, FeatureRow, Windows};
use crate::fusion::WARM;
use crate::sequences::Sequences;
use mats_core::{
    Duration, Evidence, Explanation, HostId, Inventory, News, Record, Severity, SimTime, ThreatId,
    ThreatIntel, ThreatKind,
};
use std::cell::Cell;
use std::sync::Arc;

/// A threat that was silent for longer is over; what comes afterwards is another.
const QUIET: Duration = Duration::from_minutes(30);
/// A change of kind is news only if the last news is older.
const SETTLED: Duration = Duration::from_minutes(10);
/// Multiple of the votes of the kind told before that a new kind needs.
const LEAD: f32 = 1.25;

/// A detector at work on one network: one per lane, all buffers reused between episodes.
#[derive(Debug, Clone)]
pub struct DetectionAgent {
    detector: Arc<Detector>,
    windows: Windows,
    sequences: Option<Sequences>,
    hosts: Vec<Host>,
    peaks: Vec<(f32, Evidence)>,
    /// Machines to look at, each once.
    pending: Vec<HostId>,
    next_look: SimTime,
    now: SimTime,
    gap: Duration,
    urgent_gap: Duration,
    refresh: Duration,
}

/// Knowledge of one machine.
#[derive(Debug, Clone)]
struct Host {
    /// The row that was scored last.
    row: FeatureRow,
    evidence: Evidence,
    fused: f32,
    kind: ThreatKind,
    /// Times of the last look at it and, in `due`, of the next.
    looked: SimTime,
    due: SimTime,
    pending: bool,
    scored: bool,
    threat: Threat,
    /// Explanation of the row's judgement, once somebody asked.
    explained: Cell<Option<Explanation>>,
}

/// The machine's present or next threat.
#[derive(Debug, Clone, Copy)]
struct Threat {
    /// Number of threats the machine had before.
    generation: u32,
    first_seen: SimTime,
    /// Time when the score was last above the alert cut.
    hot: Option<SimTime>,
    /// Severity and kind as last told, and when.
    severity: Severity,
    kind: ThreatKind,
    told: SimTime,
}

/// A machine of which nothing is known.
fn cold() -> Host {
    Host {
        row: [0.0; FEATURES],
        evidence: Evidence { anomaly: 0.0, forest: 0.0, sequence: 0.0, indicator: 0.0 },
        fused: 0.0,
        kind: ThreatKind::Intrusion,
        looked: SimTime::ZERO,
        due: SimTime::NEVER,
        pending: false,
        scored: false,
        threat: Threat {
            generation: 0,
            first_seen: SimTime::ZERO,
            hot: None,
            severity: Severity::Info,
            kind: ThreatKind::Intrusion,
            told: SimTime::ZERO,
        },
        explained: Cell::new(None),
    }
}

impl DetectionAgent {
    /// An agent for one network.
    pub fn new(detector: Arc<Detector>, inventory: Arc<Inventory>) -> DetectionAgent {
        let mut agent = DetectionAgent {
            windows: Windows::new(inventory),
            detector: Arc::clone(&detector),
            sequences: None,
            hosts: Vec::new(),
            peaks: Vec::new(),
            pending: Vec::new(),
            next_look: SimTime::NEVER,
            now: SimTime::ZERO,
            gap: Duration::ZERO,
            urgent_gap: Duration::ZERO,
            refresh: Duration::ZERO,
        };
        agent.reset(detector);
        agent
    }

    /// Starts an episode, perhaps with another detector.
    pub fn reset(&mut self, detector: Arc<Detector>) {
        self.windows.reset();
        let machines = self.windows.hosts();
        match (&detector.sequence, &mut self.sequences) {
            (Some(model), Some(states)) => states.reset(model, machines),
            (Some(model), none) => *none = Some(Sequences::new(model, machines)),
            (None, states) => *states = None,
        }
        self.hosts.clear();
        self.hosts.resize(machines, cold());
        self.peaks.clear();
        self.peaks.resize(machines, (0.0, Evidence::default()));
        self.pending.clear();
        self.pending.reserve(machines);
        self.next_look = SimTime::NEVER;
        self.now = SimTime::ZERO;
        let look = &detector.settings.look;
        self.gap = Duration::from_seconds(look.gap);
        self.urgent_gap = Duration::from_seconds(look.urgent_gap);
        self.refresh = Duration::from_seconds(look.refresh);
        self.detector = detector;
    }

    /// The detector at work.
    pub fn detector(&self) -> &Arc<Detector> {
        &self.detector
    }

    /// Takes records in, in order of arrival. Constant time per record; nothing is allocated.
    pub fn observe(&mut self, records: &[Record]) {
        for record in records {
            self.now = self.now.max(record.arrival);
            let touch = self.windows.observe(record);
            let Some(host) = touch.host else { continue };
            if touch.key != 0
                && let Some(sequences) = &mut self.sequences
            {
                sequences.note(host.index(), touch.key, record.arrival);
            }
            self.schedule(host, if touch.notable { self.urgent_gap } else { self.gap });
            if let Some(peer) = touch.peer {
                self.schedule(peer, self.gap);
            }
        }
    }

    /// Has a machine looked at once `gap` has passed since the last look.
    fn schedule(&mut self, id: HostId, gap: Duration) {
        let host = &mut self.hosts[id.index()];
        let due = if host.scored { host.looked + gap } else { self.now };
        if host.pending {
            host.due = host.due.min(due);
        } else {
            host.pending = true;
            host.due = due;
            self.pending.push(id);
        }
        self.next_look = self.next_look.min(host.due);
    }

    /// Scores the machines that are due and whose row changed enough. Adds to `out` the threats that are new, and
    /// those above the alert cut that worsened.
    pub fn advance(&mut self, now: SimTime, out: &mut Vec<ThreatIntel>) {
        self.now = self.now.max(now);
        if self.now < self.next_look {
            return;
        }
        self.next_look = SimTime::NEVER;
        let mut kept = 0;
        for i in 0..self.pending.len() {
            let id = self.pending[i];
            if self.hosts[id.index()].due <= self.now {
                self.look(id, out);
            }
            let host = &self.hosts[id.index()];
            if host.pending {
                self.next_look = self.next_look.min(host.due);
                self.pending[kept] = id;
                kept += 1;
            }
        }
        self.pending.truncate(kept);
    }

    /// Looks at a machine now; decides whether it stays pending.
    fn look(&mut self, id: HostId, out: &mut Vec<ThreatIntel>) {
        let now = self.now;
        let mut row = [0.0; FEATURES];
        self.windows.row(id, now, &mut row);
        let indicator = self.windows.indicator(id, now);
        let host = &mut self.hosts[id.index()];
        host.looked = now;
        if !host.scored || self.detector.changed(host, &row, indicator) {
            let (detector, sequences) = (&self.detector, &mut self.sequences);
            let judgement = detector.judge_asking(&row, indicator, || surprise(detector, sequences, id, now));
            host.scored = true;
            host.row = row;
            host.explained.set(None);
            host.evidence = judgement.evidence;
            host.fused = judgement.fused;
            host.kind = judgement.kind(&row);
            let share = judgement.votes.share(host.threat.kind) * LEAD;
            let leads = judgement.votes.share(host.kind) > share;
            let peak = &mut self.peaks[id.index()];
            peak.0 = peak.0.max(host.fused);
            peak.1 = highest(peak.1, host.evidence);
            if let Some(news) = self.follow(id, leads) {
                let mut threat = self.view(id, now);
                threat.news = news;
                out.push(threat);
            }
        } else if host.fused >= self.detector.thresholds.alert {
            host.threat.hot = Some(now);
        }
        let host = &mut self.hosts[id.index()];
        host.pending = host.fused >= WARM * self.detector.thresholds.alert;
        host.due = now + self.refresh;
    }

    /// Moves the machine's threat on after a scoring; what is new about it, if anything.
    fn follow(&mut self, id: HostId, leads: bool) -> Option<News> {
        let (now, thresholds) = (self.now, self.detector.thresholds);
        let host = &mut self.hosts[id.index()];
        let threat = &mut host.threat;
        if host.fused < thresholds.alert {
            return None;
        }
        let severity = thresholds.severity(host.fused, host.kind);
        let open = threat.hot.is_some_and(|t| now.since(t) <= QUIET);
        let news = if !open {
            threat.generation += u32::from(threat.hot.is_some());
            threat.first_seen = now;
            Some(News::New)
        } else if severity > threat.severity
            || (host.kind != threat.kind && leads && now.since(threat.told) >= SETTLED)
        {
            Some(News::Worsened)
        } else {
            None
        };
        threat.hot = Some(now);
        if let Some(news) = news {
            threat.severity = if news == News::New { severity } else { severity.max(threat.severity) };
            threat.kind = host.kind;
            threat.told = now;
        }
        news
    }

    /// The threat on a machine as it stands, also below the alert cut; then it is [`Severity::Info`].
    pub fn view(&self, host: HostId, now: SimTime) -> ThreatIntel {
        let known = &self.hosts[host.index()];
        let suspects = self.windows.suspects(host);
        let over = known.threat.hot.is_some_and(|t| now.since(t) > QUIET);
        let open = known.threat.hot.is_some() && !over;
        let generation = known.threat.generation + u32::from(over);
        ThreatIntel {
            id: ThreatId(generation * self.hosts.len() as u32 + host.0),
            time: now,
            first_seen: if open { known.threat.first_seen } else { now },
            host,
            user: suspects.most_odd_user(),
            address: suspects.most_odd_address(),
            domain: suspects.most_odd_domain(),
            image: suspects.most_odd_image(),
            kind: known.kind,
            severity: self.detector.thresholds.severity(known.fused, known.kind),
            confidence: known.fused,
            evidence: known.evidence,
            explanation: self.explanation(known),
            news: News::Unchanged,
            detector: self.detector.version,
        }
    }

    /// Explains the judgement of a machine's row: found once for each row that was scored.
    fn explanation(&self, known: &Host) -> Explanation {
        known.explained.get().unwrap_or_else(|| {
            let explanation = self.detector.explain(&known.row, &known.evidence, known.kind);
            known.explained.set(Some(explanation));
            explanation
        })
    }

    /// Tells whether the machine's score is above the alert cut, or was within the last 30 minutes.
    pub fn is_open(&self, host: HostId) -> bool {
        self.hosts[host.index()].threat.hot.is_some_and(|t| self.now.since(t) <= QUIET)
    }

    /// The machine to patrol: the one with the highest score below the alert cut that has no open threat and is not
    /// skipped; the lowest id among equals. `None` when all are skipped.
    pub fn most_suspicious(&self, now: SimTime, skip: &mut dyn FnMut(HostId) -> bool) -> Option<ThreatIntel> {
        let mut best: Option<(f32, HostId)> = None;
        for (i, known) in self.hosts.iter().enumerate() {
            let host = HostId(i as u32);
            let better = best.is_none_or(|(score, _)| known.fused > score);
            if better && known.fused < self.detector.thresholds.alert && !self.is_open(host) && !skip(host) {
                best = Some((known.fused, host));
            }
        }
        best.map(|(_, host)| self.view(host, now))
    }

    /// Calibrated probability that the machine is under attack, as last scored.
    pub fn score(&self, host: HostId) -> f32 {
        self.hosts[host.index()].fused
    }

    /// Returns the score of each model, as last scored.
    pub fn evidence(&self, host: HostId) -> Evidence {
        self.hosts[host.index()].evidence
    }

    /// The machine's features as of now.
    pub fn row(&self, host: HostId, now: SimTime, out: &mut FeatureRow) {
        self.windows.row(host, now, out);
    }

    /// The machine's features, then the rank of its surprise and its indicators' confidence: the row of a
    /// [`mats_core::LabelledWindow`], [`crate::update::WINDOW`] numbers. Replaces what `out` held.
    pub fn window(&mut self, host: HostId, now: SimTime, out: &mut Vec<f32>) {
        let mut row = [0.0; FEATURES];
        self.windows.row(host, now, &mut row);
        let surprise = surprise(&self.detector, &mut self.sequences, host, now);
        out.clear();
        out.extend_from_slice(&row);
        out.extend([self.detector.surprise.rank(surprise), self.windows.indicator(host, now)]);
    }

    /// Every machine's highest score since the last call, then begins anew from the scores as they stand.
    /// Replaces what `out` held.
    pub fn take_peaks(&mut self, out: &mut Vec<f32>) {
        out.clear();
        for (peak, host) in self.peaks.iter_mut().zip(&self.hosts) {
            out.push(peak.0);
            peak.0 = host.fused;
        }
    }

    /// Takes the peaks of each model's score, as [`Self::take_peaks`] those of the fused one.
    pub fn take_peak_evidence(&mut self, out: &mut Vec<Evidence>) {
        out.clear();
        for (peak, host) in self.peaks.iter_mut().zip(&self.hosts) {
            out.push(peak.1);
            peak.1 = host.evidence;
        }
    }
}

impl Detector {
    /// Tells whether a machine moved far enough since its last scoring to be scored again.
    fn changed(&self, host: &Host, row: &FeatureRow, indicator: f32) -> bool {
        let limit = self.settings.look.change;
        let moved = row.iter().zip(&host.row).zip(&self.spread).any(|((a, b), s)| (a - b).abs() >= limit * s);
        moved || (indicator - host.evidence.indicator).abs() > 0.1
    }
}

/// The surprise of a machine's events, in nats; 0 where the sequence model is not at work.
fn surprise(detector: &Detector, sequences: &mut Option<Sequences>, host: HostId, now: SimTime) -> f32 {
    match (&detector.sequence, sequences) {
        (Some(model), Some(sequences)) => sequences.surprise(model, host.index(), now),
        _ => 0.0,
    }
}

fn highest(a: Evidence, b: Evidence) -> Evidence {
    Evidence {
        anomaly: a.anomaly.max(b.anomaly),
        forest: a.forest.max(b.forest),
        sequence: a.sequence.max(b.sequence),
        indicator: a.indicator.max(b.indicator),
    }
}
