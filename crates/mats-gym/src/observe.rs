//! The defender's view as a fixed-length vector. Every entry is bounded: flags are 0 or 1, counts and times are
//! squashed by x / (x + scale), angles lie in [−1, 1].

use crate::view::{DefenderView, RECENT};
use mats_core::{Action, AssetClass, Finding, News, Os, Severity, ThreatKind, ThreatStatus};
use mats_rl::Names;

/// Writer of entries: in order, each once.
struct Writer<'a> {
    out: &'a mut [f32],
    at: usize,
}

impl Writer<'_> {
    /// The next entry is the first of a group.
    fn group(&self, place: usize) {
        debug_assert_eq!(self.at, place, "entries are written in the order of their names");
    }
    fn put(&mut self, value: f32) {
        self.out[self.at] = value;
        self.at += 1;
    }
    fn flag(&mut self, value: bool) {
        self.put(f32::from(u8::from(value)));
    }
    fn squash(&mut self, value: f32, scale: f32) {
        self.put(value / (value + scale));
    }
    fn one_hot(&mut self, chosen: Option<usize>, size: usize) {
        for i in 0..size {
            self.flag(chosen == Some(i));
        }
    }
}

/// Names entries in order, and makes a constant of the position where each group of them begins.
macro_rules! entries {
    ($($(#[$doc:meta])* $place:ident: $($name:literal),+;)+) => {
        /// Names of all entries, in order.
        pub const OBSERVATION: [&str; entries!(@count $($($name)+)+)] = [$($($name,)+)+];

        /// Positions at which each group of entries begins in an observation.
        pub mod at {
            entries!(@at 0; $($(#[$doc])* $place: $($name)+;)+);
        }
    };
    (@at $from:expr;) => {};
    (@at $from:expr; $(#[$doc:meta])* $place:ident: $($name:literal)+; $($rest:tt)*) => {
        $(#[$doc])*
        pub const $place: usize = $from;
        entries!(@at $place + entries!(@count $($name)+); $($rest)*);
    };
    (@count $($name:literal)+) => { [$($name),+].len() };
}

entries! {
    /// One-hot: kinds of threat.
    KIND:
        "threat kind: intrusion",
        "threat kind: credential",
        "threat kind: movement",
        "threat kind: exfiltration",
        "threat kind: impact";
    /// One-hot: severities.
    SEVERITY:
        "severity: info",
        "severity: low",
        "severity: medium",
        "severity: high";
    /// One-hot: what is new.
    NEWS:
        "news: new",
        "news: worsened",
        "news: unchanged";
    /// One-hot: states of the threat.
    STATUS:
        "status: fresh",
        "status: watched",
        "status: cleared",
        "status: verified",
        "status: contained",
        "status: treated",
        "status: releasable";
    /// Calibrated confidence.
    CONFIDENCE:
        "confidence";
    /// Evidence by model.
    EVIDENCE:
        "evidence: anomaly",
        "evidence: forest",
        "evidence: sequence",
        "evidence: indicator";
    /// Time since the threat was first seen.
    SEEN_HOURS:
        "hours since first seen / (x + 2)";
    /// Times presented.
    TIMES:
        "times presented / (x + 3)";
    /// Flag: presented by a patrol.
    PATROL:
        "presented by a patrol";
    /// Flags: what the threat names.
    NAMED:
        "an account is named",
        "an outside address is named",
        "a domain is named";
    /// Flags: whose the account is.
    ACCOUNT:
        "the account is an administrator's",
        "the account belongs to this machine";
    /// One-hot: classes of asset.
    ASSET:
        "asset: workstation",
        "asset: server",
        "asset: critical";
    /// Facts of the machine.
    MACHINE:
        "asset value / (x + 4)",
        "asset must not be isolated",
        "asset runs Windows",
        "asset isolated",
        "asset patched",
        "asset down";
    /// Flag: the account is disabled.
    ACCOUNT_DISABLED:
        "account disabled";
    /// Findings so far.
    FINDINGS:
        "malicious findings / (x + 1)",
        "clean findings / (x + 1)",
        "found, weighed: malicious",
        "found, weighed: clean",
        "contacts with decoys / (x + 1)",
        "machine killed or rebuilt, nothing found since",
        "something is safe to give back";
    /// Flag: the last order failed.
    LAST_FAILED:
        "last order failed";
    /// Actions carried out here, one entry each.
    DONE:
        "done: monitor",
        "done: alert_analyst",
        "done: run_scan",
        "done: block_ip",
        "done: block_domain",
        "done: kill_process",
        "done: disable_account",
        "done: reset_credentials",
        "done: isolate_host",
        "done: patch_host",
        "done: reimage_host",
        "done: deploy_decoy",
        "done: release";
    /// Flags: orders under way here.
    RUNNING:
        "running: alert_analyst",
        "running: run_scan",
        "running: anything else";
    /// One-hot: the last action here.
    LAST_ACTION:
        "last action here: monitor",
        "last action here: alert_analyst",
        "last action here: run_scan",
        "last action here: block_ip",
        "last action here: block_domain",
        "last action here: kill_process",
        "last action here: disable_account",
        "last action here: reset_credentials",
        "last action here: isolate_host",
        "last action here: patch_host",
        "last action here: reimage_host",
        "last action here: deploy_decoy",
        "last action here: release";
    /// Flags: disruptive ones among the last decisions.
    RECENT_DISRUPTIVE:
        "decision 1 ago was disruptive",
        "decision 2 ago was disruptive",
        "decision 3 ago was disruptive",
        "decision 4 ago was disruptive";
    /// Flags: watching among the last decisions.
    RECENT_MONITOR:
        "decision 1 ago was monitor",
        "decision 2 ago was monitor",
        "decision 3 ago was monitor",
        "decision 4 ago was monitor";
    /// Rest of the network in brief.
    NETWORK:
        "open cases / (x + 5)",
        "open cases of low severity or more / (x + 3)",
        "open cases of high severity / (x + 2)",
        "verified and untreated cases / (x + 2)",
        "verified cases in the same segment / (x + 2)",
        "highest confidence elsewhere",
        "alerts in the last hour / (x + 5)",
        "mean score of all machines",
        "highest score of all machines",
        "machines isolated / (x + 3)",
        "accounts disabled / (x + 3)",
        "sites blocked / (x + 3)",
        "decoy in the segment",
        "hours an analyst is away / (x + 1)",
        "malicious findings in all cases / (x + 3)",
        "clean findings in all cases / (x + 3)",
        "isolations in all cases / (x + 3)",
        "reimagings in all cases / (x + 2)";
    /// Time of day.
    TIME_OF_DAY:
        "time of day: sine",
        "time of day: cosine",
        "working hours";
    /// Time since the last decision.
    SINCE_DECISION:
        "hours since the last decision / (x + 0.5)";
    /// Share of the episode that is left.
    TIME_LEFT:
        "share of the episode left";
    /// Hours left.
    HOURS_LEFT:
        "hours left / (x + 4)";
    /// Time since this case was last decided.
    SINCE_CASE:
        "hours since this case was last decided / (x + 1)";
    /// Constant 1.
    ONE:
        "always 1";
    /// What was done with actions that came later.
    LATER_ACTIONS:
        "done: reset_exposed",
        "last action here: reset_exposed";
    /// The investigation.
    INVESTIGATION:
        "accounts exposed here without new credentials / (x + 2)",
        "linked to a machine on which an attacker was found",
        "machines on which an attacker was found / (x + 2)",
        "leads that nobody has looked at / (x + 2)",
        "accounts exposed anywhere without new credentials / (x + 3)",
        "rare outside places of such machines that are not blocked / (x + 2)",
        "hours since an attacker was first found / (x + 2)";
}

/// Actions that the entries have had from the beginning; of later ones, entries are appended.
const FIRST_ACTIONS: usize = 13;

/// Names of the entries of an observation and of the actions: what networks must have been made for.
pub const NAMES: Names<'static> = Names { observation: &OBSERVATION, actions: &Action::NAMES };

/// Writes the observation of the pending decision: one entry for each of [`OBSERVATION`].
///
/// # Panics
/// When `out` is shorter than [`OBSERVATION`].
pub fn observe(view: &DefenderView, out: &mut [f32]) {
    let case = view.pending();
    let intel = &case.intel;
    let asset = view.inventory.host(intel.host);
    let mut w = Writer { out, at: 0 };
    w.group(at::KIND);
    w.one_hot(Some(intel.kind as usize), ThreatKind::ALL.len());
    w.group(at::SEVERITY);
    w.one_hot(Some(intel.severity as usize), Severity::ALL.len());
    w.group(at::NEWS);
    w.one_hot(Some(intel.news as usize), News::Unchanged as usize + 1);
    w.group(at::STATUS);
    w.one_hot(Some(case.status() as usize), ThreatStatus::ALL.len());
    w.group(at::CONFIDENCE);
    w.put(intel.confidence);
    w.put(intel.evidence.anomaly);
    w.put(intel.evidence.forest);
    w.put(intel.evidence.sequence);
    w.put(intel.evidence.indicator);
    w.squash(view.now.since(intel.first_seen).hours() as f32, 2.0);
    w.squash(case.times as f32, 3.0);
    w.group(at::PATROL);
    w.flag(view.patrol);
    w.flag(intel.user.is_some());
    w.flag(intel.address.is_some());
    w.flag(intel.domain.is_some());
    w.flag(intel.user.is_some_and(|u| view.inventory.user(u).admin));
    w.flag(intel.user.is_some_and(|u| view.inventory.user(u).home == intel.host));
    w.group(at::ASSET);
    w.one_hot(Some(asset.class as usize), AssetClass::ALL.len());
    w.squash(asset.value, 4.0);
    w.flag(asset.never_isolate);
    w.flag(asset.os == Os::Windows);
    w.flag(view.posture.is_isolated(intel.host));
    w.flag(view.posture.is_patched(intel.host));
    w.flag(!view.posture.is_up(intel.host, view.now));
    w.flag(intel.user.is_some_and(|u| view.posture.is_disabled(u)));
    w.squash(case.findings[0] as f32, 1.0);
    w.squash(case.findings[1] as f32, 1.0);
    w.flag(case.facts.verdict() == Some(Finding::Malicious));
    w.flag(case.facts.verdict() == Some(Finding::Clean));
    w.squash(case.contacts as f32, 1.0);
    w.flag(case.facts.machine_treated);
    w.flag(case.safe().is_any());
    w.flag(case.last_failed);
    w.group(at::DONE);
    for action in &Action::ALL[..FIRST_ACTIONS] {
        w.squash(f32::from(case.done[*action as usize]), 1.0);
    }
    w.group(at::RUNNING);
    w.flag(case.is_running(Action::AlertAnalyst));
    w.flag(case.is_running(Action::RunScan));
    let other = |a: &Action| !matches!(a, Action::AlertAnalyst | Action::RunScan) && case.is_running(*a);
    w.flag(Action::ALL.iter().any(other));
    w.group(at::LAST_ACTION);
    w.one_hot(case.last_action.map(|a| a as usize), FIRST_ACTIONS);
    w.group(at::RECENT_DISRUPTIVE);
    for i in 0..RECENT {
        w.flag(view.recent[i].is_some_and(mats_respond::Guardrails::disruptive));
    }
    for i in 0..RECENT {
        w.flag(view.recent[i] == Some(Action::Monitor));
    }
    rest_of_network(view, &mut w);
    clock(view, &mut w);
    w.group(at::LATER_ACTIONS);
    w.squash(f32::from(case.done[Action::ResetExposed as usize]), 1.0);
    w.flag(case.last_action == Some(Action::ResetExposed));
    investigation(view, &mut w);
    debug_assert_eq!(w.at, OBSERVATION.len());
}

fn rest_of_network(view: &DefenderView, w: &mut Writer<'_>) {
    let here = view.pending().intel.host;
    let subnet = view.inventory.host(here).subnet;
    let (mut open, mut alerting, mut high, mut verified, mut near) = (0.0f32, 0.0f32, 0.0f32, 0.0f32, 0.0f32);
    let (mut top, mut malicious, mut clean, mut isolations, mut rebuilt) =
        (0.0f32, 0.0f32, 0.0f32, 0.0f32, 0.0f32);
    for case in view.cases() {
        malicious += case.findings[0] as f32;
        clean += case.findings[1] as f32;
        isolations += f32::from(case.done[Action::IsolateHost as usize]);
        rebuilt += f32::from(case.done[Action::ReimageHost as usize]);
        if !case.open || case.intel.host == here {
            continue;
        }
        open += 1.0;
        alerting += f32::from(u8::from(case.intel.severity >= Severity::Low));
        high += f32::from(u8::from(case.intel.severity == Severity::High));
        top = top.max(case.intel.confidence);
        if case.status() == ThreatStatus::Verified {
            verified += 1.0;
            near += f32::from(u8::from(view.inventory.host(case.intel.host).subnet == subnet));
        }
    }
    w.group(at::NETWORK);
    w.squash(open, 5.0);
    w.squash(alerting, 3.0);
    w.squash(high, 2.0);
    w.squash(verified, 2.0);
    w.squash(near, 2.0);
    w.put(top);
    w.squash(view.alerts_last_hour, 5.0);
    w.put(view.scores.0);
    w.put(view.scores.1);
    w.squash(view.posture.isolated_count() as f32, 3.0);
    w.squash(view.posture.disabled_count() as f32, 3.0);
    w.squash(view.posture.blocks() as f32, 3.0);
    w.flag(view.posture.has_decoy(subnet));
    w.squash(view.analyst_wait.hours() as f32, 1.0);
    w.squash(malicious, 3.0);
    w.squash(clean, 3.0);
    w.squash(isolations, 3.0);
    w.squash(rebuilt, 2.0);
}

fn investigation(view: &DefenderView, w: &mut Writer<'_>) {
    let (known, posture) = (&view.investigation, &view.posture);
    let here = view.pending().intel.host;
    w.group(at::INVESTIGATION);
    w.squash(view.exposed(here).iter().count() as f32, 2.0);
    w.flag(known.is_linked(here));
    w.squash(known.size() as f32, 2.0);
    w.squash(known.open_leads() as f32, 2.0);
    w.squash(known.open_exposures(posture) as f32, 3.0);
    w.squash(known.open_channels(posture) as f32, 2.0);
    w.squash(known.first_sign().map_or(0.0, |t| view.now.since(t).hours()) as f32, 2.0);
}

fn clock(view: &DefenderView, w: &mut Writer<'_>) {
    let day = (view.inventory.start_of_day as f32 + view.now.seconds() as f32) / 86_400.0;
    let angle = day.fract() * std::f32::consts::TAU;
    w.group(at::TIME_OF_DAY);
    w.put(libm::sinf(angle));
    w.put(libm::cosf(angle));
    w.flag((8.0 / 24.0..18.0 / 24.0).contains(&day.fract()));
    w.squash(view.now.since(view.decided).hours() as f32, 0.5);
    let left = view.horizon.since(view.now).hours() as f32;
    w.group(at::TIME_LEFT);
    w.put(left / view.horizon.hours().max(1e-9) as f32);
    w.squash(left, 4.0);
    let since = view.pending().presented_before.map_or(0.0, |t| view.now.since(t).hours() as f32);
    w.squash(since, 1.0);
    w.put(1.0);
}
