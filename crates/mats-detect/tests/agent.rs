use crate::world::{self, HOSTS, at, detector, inventory};
use mats_core::{Evidence, HostId, News, Record, Severity, SimTime, ThreatIntel};
use mats_detect::{DetectionAgent, FEATURES};

/// Runs an episode, ten seconds at a time; every threat presented.
pub fn run(
    agent: &mut DetectionAgent,
    episode: &world::Episode,
    mut each: impl FnMut(&mut DetectionAgent, SimTime),
) -> Vec<ThreatIntel> {
    let (mut out, mut read) = (Vec::new(), 0);
    for step in 1..=world::HOURS * 360 {
        let now = at(step as f64 * 10.0);
        let upto = read + episode.records[read..].partition_point(|r| r.arrival <= now);
        agent.observe(&episode.records[read..upto]);
        read = upto;
        agent.advance(now, &mut out);
        each(agent, now);
    }
    out
}

#[test]
fn an_intruder_is_presented_and_named() {
    let mut agent = DetectionAgent::new(detector(), inventory());
    let (mut found, mut attacks, mut elsewhere) = (0, 0, 0);
    for seed in [101, 103, 104, 106, 107, 109] {
        agent.reset(detector());
        let episode = world::episode(seed);
        let threats = run(&mut agent, &episode, |_, _| {});
        let true_at = |t: &ThreatIntel| episode.kind(t.host.0, t.time.seconds()).is_some();
        elsewhere += threats.iter().filter(|t| t.news == News::New && !true_at(t)).count();
        if episode.attack.is_some() {
            attacks += 1;
            found += usize::from(threats.iter().any(true_at));
        }
    }
    assert!(attacks >= 3 && found == attacks, "{found} of {attacks} attacks");
    // Six hours of twenty machines six times is 30 host-days.
    assert!(elsewhere < 40, "{elsewhere} false threats");
}

#[test]
fn threats_are_told_once_and_only_above_the_cut() {
    let mut agent = DetectionAgent::new(detector(), inventory());
    let threats = run(&mut agent, &world::episode(104), |_, _| {});
    let threshold = detector().thresholds().alert;
    for (i, t) in threats.iter().enumerate() {
        assert!(t.confidence >= threshold && t.severity > Severity::Info && t.news != News::Unchanged);
        let before = threats[..i].iter().filter(|b| b.id == t.id).max_by_key(|b| b.time);
        match before {
            None => assert_eq!((t.news, t.first_seen), (News::New, t.time)),
            Some(b) => {
                assert_eq!((t.news, t.first_seen, t.host), (News::Worsened, b.first_seen, b.host));
                assert!(t.severity > b.severity || t.kind != b.kind);
            }
        }
    }
    assert!(!threats.is_empty());
}

/// Feeds records, later by some seconds, until a machine's threat is presented; that threat.
fn feed(agent: &mut DetectionAgent, records: &[Record], later: f64, host: HostId) -> Option<ThreatIntel> {
    let mut out = Vec::new();
    for records in records.chunk_by(|a, b| a.arrival.0 / 10_000_000 == b.arrival.0 / 10_000_000) {
        let mut shifted = records.to_vec();
        for r in &mut shifted {
            r.time = at(r.time.seconds() + later);
            r.arrival = at(r.arrival.seconds() + later);
        }
        agent.observe(&shifted);
        agent.advance(shifted[shifted.len() - 1].arrival, &mut out);
        if let Some(threat) = out.drain(..).find(|t| t.host == host) {
            return Some(threat);
        }
    }
    None
}

#[test]
fn a_threat_that_fell_silent_is_over_and_the_next_one_is_new() {
    let mut agent = DetectionAgent::new(detector(), inventory());
    let episode = world::episode(104);
    let host = HostId(episode.attack.unwrap().host);
    let from = at(episode.attack.unwrap().start - 1800.0);
    let records = &episode.records[episode.records.partition_point(|r| r.arrival < from)..];
    let first = feed(&mut agent, records, 0.0, host).unwrap();
    assert_eq!(first.news, News::New);
    assert!(agent.is_open(host));
    assert_eq!(agent.view(host, first.time).id, first.id);

    // Nothing more arrives, yet its score falls, and after half an hour of quiet it is over.
    let mut open = 0;
    for minute in 1..=360 {
        agent.advance(at(first.time.seconds() + f64::from(minute) * 60.0), &mut Vec::new());
        open += u32::from(agent.is_open(host));
    }
    assert!((30..300).contains(&open), "{open} minutes");
    assert!(agent.score(host) < detector().thresholds().alert);
    let later = first.time.seconds() + 361.0 * 60.0;
    let view = agent.view(host, at(later));
    assert_eq!(view.severity, Severity::Info);
    assert_ne!(view.id, first.id);

    let second = feed(&mut agent, records, later - from.seconds(), host).unwrap();
    assert_eq!((second.news, second.id), (News::New, view.id));
    assert!(second.first_seen > first.time);
}

#[test]
fn every_threat_has_an_id_of_its_own() {
    let mut agent = DetectionAgent::new(detector(), inventory());
    let mut owner = std::collections::BTreeMap::new();
    run(&mut agent, &world::episode(107), |agent, now| {
        for host in (0..HOSTS).map(HostId) {
            let view = agent.view(host, now);
            assert_eq!(*owner.entry(view.id).or_insert(host), host);
            assert_eq!(view.news, News::Unchanged);
        }
    });
}

#[test]
fn patrols_see_the_most_suspicious_machine_below_the_cut() {
    let mut agent = DetectionAgent::new(detector(), inventory());
    let threshold = detector().thresholds().alert;
    run(&mut agent, &world::episode(104), |agent, now| {
        let Some(threat) = agent.most_suspicious(now, &mut |_| false) else { return };
        assert!(
            threat.confidence < threshold && threat.severity == Severity::Info && !agent.is_open(threat.host)
        );
        let others = (0..HOSTS).map(HostId).filter(|&h| agent.score(h) < threshold && !agent.is_open(h));
        assert!(others.into_iter().all(|h| agent.score(h) <= threat.confidence));
        let second = agent.most_suspicious(now, &mut |h| h == threat.host);
        assert!(second.is_none_or(|s| s.host != threat.host && s.confidence <= threat.confidence));
    });
    assert!(agent.most_suspicious(at(1.0), &mut |_| true).is_none());
}

#[test]
fn peaks_are_the_highest_scores_since_the_last_call() {
    let mut agent = DetectionAgent::new(detector(), inventory());
    let (mut highest, mut peaks, mut evidence) =
        (vec![0.0_f32; HOSTS as usize], Vec::new(), Vec::<Evidence>::new());
    let mut step = 0;
    run(&mut agent, &world::episode(104), |agent, _| {
        for (h, peak) in highest.iter_mut().enumerate() {
            *peak = peak.max(agent.score(HostId(h as u32)));
        }
        step += 1;
        if step % 30 == 0 {
            agent.take_peaks(&mut peaks);
            agent.take_peak_evidence(&mut evidence);
            assert_eq!(peaks, highest);
            assert!(evidence.iter().all(|e| {
                [e.anomaly, e.forest, e.sequence, e.indicator].iter().all(|x| (0.0..=1.0).contains(x))
            }));
            for (h, peak) in highest.iter_mut().enumerate() {
                *peak = agent.score(HostId(h as u32));
            }
        }
    });
}

#[test]
fn an_agent_that_was_reset_is_as_new() {
    let mut used = DetectionAgent::new(detector(), inventory());
    run(&mut used, &world::episode(103), |_, _| {});
    used.reset(detector());
    let episode = world::episode(104);
    let again = run(&mut used, &episode, |_, _| {});
    let fresh = run(&mut DetectionAgent::new(detector(), inventory()), &episode, |_, _| {});
    assert_eq!(again, fresh);
}

#[test]
fn rows_and_windows_show_what_collectors_sample() {
    let episode = world::episode(104);
    let mut agent = DetectionAgent::new(detector(), inventory());
    let mut collector = mats_detect::Collector::new(inventory());
    agent.observe(&episode.records);
    collector.observe(&episode.records);
    let (now, mut row, mut window) = (at(6.0 * 3600.0), [0.0; FEATURES], Vec::new());
    for host in (0..HOSTS).map(HostId) {
        agent.row(host, now, &mut row);
        agent.window(host, now, &mut window);
        assert_eq!(row, collector.sample(host, now).row);
        assert_eq!(window[..FEATURES], row);
        assert_eq!(window.len(), mats_detect::update::WINDOW);
    }
}
