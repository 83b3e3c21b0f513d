use crate::agent::run;
use crate::world::{self, HOSTS, detector, inventory, settings, training};
use mats_core::HostId;
use mats_detect::{DetectionAgent, Detector, fit};
use std::sync::Arc;

/// Windows of the 5-minute grid above the cut, malicious and benign, over some episodes.
fn alarms(detector: &Arc<Detector>) -> (u32, u32) {
    let mut agent = DetectionAgent::new(Arc::clone(detector), inventory());
    let (mut hits, mut false_alarms, mut peaks) = (0, 0, Vec::new());
    for seed in [101, 103, 104] {
        agent.reset(Arc::clone(detector));
        let episode = world::episode(seed);
        let mut step = 0;
        run(&mut agent, &episode, |agent, now| {
            step += 1;
            if step % 30 != 0 {
                return;
            }
            agent.take_peaks(&mut peaks);
            for host in (0..HOSTS).map(HostId) {
                if peaks[host.index()] >= detector.thresholds().alert {
                    match episode.kind(host.0, now.seconds()) {
                        Some(_) => hits += 1,
                        None => false_alarms += 1,
                    }
                }
            }
        });
    }
    (hits, false_alarms)
}

#[test]
fn scoring_where_it_matters_finds_as_much_as_scoring_everything() {
    let mut all = settings();
    all.gate.recall = 1.0;
    all.look.gap = 0.0;
    all.look.urgent_gap = 0.0;
    all.look.change = 0.0;
    let everything = Arc::new(fit(training(), &all, 1).unwrap());
    assert_eq!(
        everything.thresholds(),
        detector().thresholds(),
        "the same fit, or the comparison says nothing"
    );
    assert!((everything.report().asked - 1.0).abs() < 1e-9);
    let (thrifty, full) = (alarms(&detector()), alarms(&everything));
    println!("asked about {:.0} % of the benign rows", 100.0 * detector().report().asked);
    println!("windows found and false: thrifty {thrifty:?}, scoring everything {full:?}");
    assert!(full.0 > 50, "{full:?}: too few to compare");
    assert!(f64::from(thrifty.0) >= 0.97 * f64::from(full.0), "{thrifty:?} against {full:?}");
    assert!(thrifty.1 <= full.1 + 5, "{thrifty:?} against {full:?}");
    assert!(detector().report().asked < 0.5, "{}", detector().report().asked);
}
