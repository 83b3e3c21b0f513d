//! Counts turned into figures.

use super::pace::Pace;
use super::tail::ratio;
use super::tally::{Tally, is_working};
use mats_core::telemetry::{ConnState, Service};

/// Machines that opened fewer flows say nothing about pace.
const MIN_FLOWS: u64 = 100;
/// Names that were looked up less often say nothing about popularity.
const MIN_LOOKUPS: u64 = 10;
/// Fewest names that a slope is fitted to.
const MIN_NAMES: usize = 20;
/// A flow is short below so many seconds (Brownlee and Claffy 2002).
const SHORT: f64 = 2.0;

/// A figure that [`super::BOUNDS`] has a bound for. `None` where the recording does not tell.
pub type Statistic = fn(&Tally) -> Option<f64>;

/// Records an hour in working time over records an hour on weekdays from midnight to six.
pub fn day_to_night(tally: &Tally) -> Option<f64> {
    let night = |hour: usize| hour < 120 && hour % 24 < 6;
    ratio(hourly(tally, is_working)?, hourly(tally, night)?)
}

/// Records on a weekday over records on a day of the weekend.
pub fn weekday_to_weekend(tally: &Tally) -> Option<f64> {
    ratio(hourly(tally, |hour| hour < 120)?, hourly(tally, |hour| hour >= 120)?)
}

fn hourly(tally: &Tally, of: impl Fn(usize) -> bool) -> Option<f64> {
    let counts = || (0..tally.hours.len()).filter(|&hour| of(hour)).map(|hour| tally.hours[hour] as f64);
    ratio(counts().sum(), counts().count() as f64)
}

/// Tail index of flow sizes.
pub fn bytes_tail(tally: &Tally) -> Option<f64> {
    tally.bytes.hill()
}

/// 99th percentile of flow sizes over their median.
pub fn bytes_spread(tally: &Tally) -> Option<f64> {
    tally.bytes.spread()
}

/// Coefficient of variation of flow sizes.
pub fn bytes_variation(tally: &Tally) -> Option<f64> {
    tally.bytes.variation()
}

/// Share of all bytes in the largest 1 % of the flows.
pub fn bytes_top_share(tally: &Tally) -> Option<f64> {
    tally.bytes.top_share()
}

/// Tail index of flow durations.
pub fn duration_tail(tally: &Tally) -> Option<f64> {
    tally.seconds.hill()
}

/// 99th percentile of flow durations over their median.
pub fn duration_spread(tally: &Tally) -> Option<f64> {
    tally.seconds.spread()
}

/// Coefficient of variation of flow durations.
pub fn duration_variation(tally: &Tally) -> Option<f64> {
    tally.seconds.variation()
}

/// Share of the flows that are over in two seconds.
pub fn short_flows(tally: &Tally) -> Option<f64> {
    tally.seconds.share_below(SHORT)
}

/// Burstiness of the flows that a machine opens in working time: the median machine.
pub fn burstiness(tally: &Tally) -> Option<f64> {
    median_machine(tally, Pace::burstiness)
}

/// Index of dispersion of the flows that a machine opens, by the minute in working time: the median machine.
pub fn dispersion(tally: &Tally) -> Option<f64> {
    median_machine(tally, |pace| pace.dispersion(tally.minutes))
}

fn median_machine(tally: &Tally, figure: impl Fn(&Pace) -> Option<f64>) -> Option<f64> {
    let busy = tally.paces.iter().filter(|pace| pace.occurrences() >= MIN_FLOWS);
    let mut figures: Vec<f64> = busy.filter_map(figure).collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => None,
        n if n % 2 == 1 => Some(figures[middle]),
        _ => Some(f64::midpoint(figures[middle - 1], figures[middle])),
    }
}

/// Share of the logins from inside that fail.
pub fn failed_logins(tally: &Tally) -> Option<f64> {
    ratio(tally.logins.1 as f64, tally.logins.0 as f64)
}

/// Share of the logins from outside that fail.
pub fn failed_strangers(tally: &Tally) -> Option<f64> {
    ratio(tally.strangers.1 as f64, tally.strangers.0 as f64)
}

/// Share of the flows that are lookups of names.
pub fn dns_share(tally: &Tally) -> Option<f64> {
    let all: u64 = tally.services.iter().map(|s| s.0).sum();
    ratio(tally.services[Service::Dns as usize].0 as f64, all as f64)
}

/// Share of the web flows that are encrypted.
pub fn encrypted_web(tally: &Tally) -> Option<f64> {
    let count = |service: Service| tally.services[service as usize].1 as f64;
    ratio(count(Service::Tls), count(Service::Tls) + count(Service::Http))
}

fn tcp_share(tally: &Tally, service: Service) -> Option<f64> {
    let all: u64 = tally.services.iter().map(|s| s.1).sum();
    ratio(tally.services[service as usize].1 as f64, all as f64)
}

/// Share of the flows over TCP that are TLS.
pub fn tls_share(tally: &Tally) -> Option<f64> {
    tcp_share(tally, Service::Tls)
}

/// Share of the flows over TCP that are SMB.
pub fn smb_share(tally: &Tally) -> Option<f64> {
    tcp_share(tally, Service::Smb)
}

/// Share of the flows over TCP that are Kerberos.
pub fn kerberos_share(tally: &Tally) -> Option<f64> {
    tcp_share(tally, Service::Kerberos)
}

/// Share of the flows over TCP that are LDAP.
pub fn ldap_share(tally: &Tally) -> Option<f64> {
    tcp_share(tally, Service::Ldap)
}

/// Share of the flows over TCP that did not end in good order.
pub fn not_in_order(tally: &Tally) -> Option<f64> {
    ending(tally, |state| state != ConnState::Sf)
}

/// Share of the flows over TCP that nobody answered or that were refused.
pub fn unanswered(tally: &Tally) -> Option<f64> {
    ending(tally, |state| matches!(state, ConnState::S0 | ConnState::Rej))
}

fn ending(tally: &Tally, of: impl Fn(ConnState) -> bool) -> Option<f64> {
    let all: u64 = tally.endings.iter().sum();
    let some: u64 = ConnState::ALL.iter().filter(|&&s| of(s)).map(|&s| tally.endings[s as usize]).sum();
    ratio(some as f64, all as f64)
}

/// Peers that a machine has within the organisation on a working day: the median machine, as a share of all others.
pub fn peers_median(tally: &Tally) -> Option<f64> {
    ratio(peers(tally, 0.5)?, others(tally))
}

/// Peers that a machine has, as in [`peers_median`], at the 95th percentile, as a share of all others.
pub fn peers_p95(tally: &Tally) -> Option<f64> {
    ratio(peers(tally, 0.95)?, others(tally))
}

/// Peers of the machine that has most, over those of the median machine.
pub fn peers_hub(tally: &Tally) -> Option<f64> {
    ratio(peers(tally, 1.0)?, peers(tally, 0.5)?)
}

fn others(tally: &Tally) -> f64 {
    tally.paces.len().saturating_sub(1) as f64
}

fn peers(tally: &Tally, p: f64) -> Option<f64> {
    let all: u64 = tally.degrees.iter().sum();
    let mark = (p * all as f64).ceil().max(1.0) as u64;
    let mut below = 0;
    let at = tally.degrees.iter().position(|&count| {
        below += count;
        below >= mark
    });
    at.map(|degree| degree as f64)
}

/// Gini coefficient of the numbers of peers: 0 where all have as many, 1 where one has all.
pub fn peers_gini(tally: &Tally) -> Option<f64> {
    // From the counts of each value, ascending: the area under the Lorenz curve.
    let (mut people, mut wealth, mut area) = (0.0, 0.0, 0.0);
    for (degree, &count) in tally.degrees.iter().enumerate() {
        let (more, richer) = (count as f64, count as f64 * degree as f64);
        area += more * (wealth + richer / 2.0);
        (people, wealth) = (people + more, wealth + richer);
    }
    Some(1.0 - 2.0 * ratio(area, people * wealth)?)
}

/// Exponent of the popularity of names: minus the slope of log count on log rank, by least squares (Breslau et al.
/// 1999).
pub fn popularity(tally: &Tally) -> Option<f64> {
    let mut counts: Vec<u64> = tally.names.values().copied().filter(|&n| n >= MIN_LOOKUPS).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    if counts.len() < MIN_NAMES {
        return None;
    }
    let n = counts.len() as f64;
    let points = || (1..).zip(&counts).map(|(r, &count)| (libm::log(f64::from(r)), libm::log(count as f64)));
    let (x, y) = points().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let (xy, xx) = points().fold((0.0, 0.0), |(a, b), (u, v)| (a + (u - x) * (v - y), b + (u - x) * (u - x)));
    ratio(-xy, xx)
}
