//! Columns that tell rows apart by when, where or in what order they were recorded, to go by their values: clocks,
//! identifiers and addresses. What is learnt from these holds for the recording alone.

use std::net::IpAddr;

/// Seconds from 1970 to 1990 and to 2050: what a clock may show.
const EPOCHS: (f64, f64) = (631_152_000.0, 2_524_608_000.0);
/// Seconds from 1601, where Windows begins to count, to 1970.
const FILETIME: f64 = 11_644_473_600.0;
/// Seconds that a recording lasts at most: fifteen years. What spreads further is measured, as bytes in gigabytes are.
const LONGEST: f64 = 15.0 * 31_557_600.0;
/// Share of the values at either end that need not be times.
const STRAY: f64 = 0.02;
/// Rows below which no column is taken for an identifier.
const MIN_ROWS: usize = 100;
/// Range from which on numbers are too many to be counted one by one.
const VAST: f64 = 2_147_483_648.0;
/// Whole numbers from here on are not told apart by what computers measure with.
const INEXACT: f64 = 9_007_199_254_740_992.0;
/// Range of which nothing measured fills all evenly, however often its numbers repeat.
const IMMENSE: f64 = 1_099_511_627_776.0;
/// Largest distance of the numbers' distribution from an even one for them to be taken for drawn (Kolmogorov, Smirnov): this
/// for many, and more by what chance adds to few, over the root of their count.
const EVEN: (f64, f64) = (0.05, 0.8);
/// Marks for what is missing that are names like any other to a table.
const MISSING: [&str; 6] = ["n/a", "na", "nan", "none", "null", "unknown"];
/// Pairs of equal numbers that a column has at most of those that even draws would give it, to be taken for numbered.
const FEWER: f64 = 0.75;
/// Standard deviations by which the pairs are fewer, too.
const SURELY: f64 = 5.0;
/// Names that are looked at.
const SAMPLE: usize = 1000;

/// The reason for which a column of numbers, sorted, is to be left out, if there is one.
pub(super) fn of_numbers(sorted: &[f64]) -> Option<&'static str> {
    if is_clock(sorted) {
        return Some("holds times, to go by its numbers");
    }
    if sorted.len() < MIN_ROWS || sorted.iter().any(|x| x.fract() != 0.0) {
        return None;
    }
    if is_numbered(sorted) {
        return Some("numbers its rows, as an identifier does: hardly a number comes twice");
    }
    is_drawn(sorted).then_some("holds large numbers as if drawn, as an identifier does")
}

/// The reason for which a column of names is to be left out, if there is one; `present` rows have a name.
pub(super) fn of_names(names: &[String], present: usize) -> Option<&'static str> {
    let step = names.len().div_ceil(SAMPLE).max(1);
    let told = |name: &&str| {
        name.contains(char::is_alphanumeric)
            && *name != "(empty)"
            && !MISSING.iter().any(|mark| name.eq_ignore_ascii_case(mark))
    };
    let sample: Vec<&str> = names.iter().step_by(step).map(|name| name.trim()).filter(told).collect();
    let nearly_all = |is: &dyn Fn(&str) -> bool| {
        !sample.is_empty() && sample.iter().filter(|name| is(name)).count() * 20 > sample.len() * 19
    };
    if nearly_all(&|name| name.split([',', ';', ' ']).all(|part| is_address(part.trim()))) {
        return Some("holds addresses");
    }
    // A few are names of kinds, as of what provides an event.
    (names.len() > 20 && names.len() * 10 > present && nearly_all(&is_random_id))
        .then_some("holds identifiers, to go by their form")
}

/// Tells whether nearly all numbers above zero are times of one recording: in seconds, or parts of them, since 1970 or
/// 1601, or written as 20250131 or 20250131235959.
fn is_clock(sorted: &[f64]) -> bool {
    let times = &sorted[sorted.partition_point(|&x| x <= 0.0)..];
    if times.is_empty() || times.len() * 2 < sorted.len() {
        return false;
    }
    let stray = (times.len() as f64 * STRAY) as usize;
    let (first, last) = (times[stray], times[times.len() - 1 - stray]);
    let counts = [(1.0, 0.0), (1e3, 0.0), (1e6, 0.0), (1e9, 0.0), (1e7, FILETIME)];
    counts.iter().any(|&(unit, from)| {
        let (first, last) = (first / unit - from, last / unit - from);
        first >= EPOCHS.0 && last <= EPOCHS.1 && last - first <= LONGEST
    }) || times[stray..times.len() - stray].iter().all(|&x| is_written_date(x))
}

fn is_written_date(x: f64) -> bool {
    let below = |whole: u64, most: u64| whole % 100 <= most;
    let mut whole = x as u64;
    if x.fract() != 0.0 || x < 0.0 {
        return false;
    }
    if whole >= 10_000_000_000_000 {
        if !(below(whole, 60) && below(whole / 100, 59) && below(whole / 10_000, 23)) {
            return false;
        }
        whole /= 1_000_000;
    }
    let (month, day) = (whole / 100 % 100, whole % 100);
    (1990..2050).contains(&(whole / 10_000)) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// Tells whether whole numbers repeat less often than chance would have it: as if a number, once given, is not given
/// again. Even draws from their range coincide least; what is measured crowds somewhere, and coincides more often.
fn is_numbered(sorted: &[f64]) -> bool {
    let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else { return false };
    if most - least >= INEXACT {
        return false;
    }
    let (count, places) = (sorted.len() as f64, (most - least) / step_of(sorted) as f64 + 1.0);
    let expected = count * (count - 1.0) / (2.0 * places);
    let pairs: f64 = sorted.chunk_by(|a, b| a == b).map(|same| pairs(same.len())).sum();
    pairs <= FEWER * expected && expected - pairs >= SURELY * expected.sqrt()
}

fn pairs(of: usize) -> f64 {
    of as f64 * (of as f64 - 1.0) / 2.0
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Tells whether whole numbers are spread evenly over a vast range, each for a few rows at most unless that is immense; or are
/// vaster than what can be measured, and seldom the same. Memory is measured in pages, though: what is drawn has no divisor in common.
fn is_drawn(sorted: &[f64]) -> bool {
    let different: Vec<f64> = sorted.chunk_by(|a, b| a == b).map(|same| same[0]).collect();
    let (least, most) = (different[0], different[different.len() - 1]);
    let (range, count) = (most - least, different.len() as f64);
    let repeats = count * 5.0 < sorted.len() as f64 && range < IMMENSE;
    if repeats || different.len() < MIN_ROWS / 2 || range < VAST || (range < INEXACT && step_of(sorted) > 1) {
        return false;
    }
    let most_apart = EVEN.0 + EVEN.1 / count.sqrt();
    let even = different.iter().enumerate().all(|(i, x)| {
        let place = (x - least) / range;
        (place - i as f64 / count).abs().max((place - (i + 1) as f64 / count).abs()) <= most_apart
    });
    let seldom_again = count * 2.0 >= sorted.len() as f64;
    even || (seldom_again && different[different.len() / 2].abs() >= INEXACT)
}

/// The largest number of which all distances from the least of some numbers are multiples.
fn step_of(sorted: &[f64]) -> u64 {
    sorted.iter().fold(0, |step, x| common_divisor(step, (x - sorted[0]) as u64)).max(1)
}

/// Tells whether a text is an address of a machine, a port of one, or of a mailbox.
fn is_address(text: &str) -> bool {
    let without_port = || text.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let without_mask = || text.rsplit_once('/').filter(|(_, mask)| mask.parse::<u8>().is_ok());
    let is_ip = |text: &str| text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    is_ip(text)
        || without_port().is_some_and(|(host, _)| is_ip(host))
        || without_mask().is_some_and(|(net, _)| is_ip(net))
        || is_hardware(text)
        || is_mailbox(text)
}

/// Six, or eight, pairs of digits, as of network cards.
fn is_hardware(text: &str) -> bool {
    [(':', 2), ('-', 2), ('.', 4)].into_iter().any(|(between, length)| {
        let mut parts = text.split(between);
        let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
        parts.all(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit()))
            && (digits == 12 || digits == 16)
    })
}

fn is_mailbox(text: &str) -> bool {
    text.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty()
            && !text.contains(char::is_whitespace)
            && host.split('.').count() > 1
            && host.split('.').all(|part| !part.is_empty())
    })
}

/// Tells whether a text looks like a UUID, or a long number in hexadecimal digits, as digests are.
fn is_random_id(text: &str) -> bool {
    let bare = text.trim_matches(['{', '}']);
    let digits = bare.bytes().filter(u8::is_ascii_hexdigit).count();
    digits >= 16
        && bare.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        && bare.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::random::Stream;

    fn suspect(numbers: impl IntoIterator<Item = f64>) -> Option<&'static str> {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        of_numbers(&sorted)
    }

    fn unit(i: u64) -> f64 {
        Stream::new(7, 7, 7).unit(i)
    }

    #[test]
    fn numbers_in_the_range_of_epochs_are_times_in_any_order() {
        for (unit_of, from) in [(1.0, 0.0), (1e3, 0.0), (1e6, 0.0), (1e9, 0.0), (1e7, FILETIME)] {
            let at = |i| (1_421_927_377.0 + 3e6 * unit(i) + from) * unit_of;
            assert!(suspect((0..50).map(at)).unwrap().contains("times"), "{unit_of}");
            assert!(suspect((0..500).map(|i| at(i).round())).unwrap().contains("times"), "{unit_of}");
            // A flow without an end has none; some clocks are wrong.
            assert!(suspect((0..500).map(|i| if i % 5 == 0 { 0.0 } else { at(i) })).is_some(), "{unit_of}");
            assert!(suspect((0..500).map(|i| if i % 99 == 0 { at(i) * 9.0 } else { at(i) })).is_some());
        }
        assert!(suspect((0..90).map(|i| f64::from(20_250_100 + i % 28 + 100 * (i % 12) + 1))).is_some());
        assert!(
            suspect((0..90).map(|i| 20_250_131_000_000.0 + f64::from(i % 24 * 10_000 + i % 60))).is_some()
        );
    }

    #[test]
    fn numbers_given_once_or_drawn_are_identifiers() {
        let rows: Vec<f64> = (0..1500).map(f64::from).collect();
        assert!(suspect(rows.iter().copied()).unwrap().contains("numbers its rows"));
        assert!(suspect(rows.iter().map(|x| 1e6 + 10.0 * x)).is_some(), "in steps of ten");
        assert!(
            suspect(rows.iter().copied().filter(|x| unit(*x as u64) < 0.2)).is_some(),
            "a sample of them"
        );
        assert!(suspect(rows.iter().chain(&rows).copied()).is_some(), "two files with numbers of their own");
        // A flow's number, shared by its records.
        let flows = (0..600).map(|i| (unit(i / 2) * 2_f64.powi(50)).floor());
        assert!(suspect(flows).unwrap().contains("drawn"));
        let few = (0..3000).map(|i| (unit(i / 50) * 2_f64.powi(50)).floor());
        assert!(suspect(few).unwrap().contains("drawn"), "each for fifty records");
        assert!(suspect((0..600).map(|i| 3e18 * (1.0 + unit(i)).powi(4))).is_some(), "hashes of 64 bits");
    }

    #[test]
    fn what_is_measured_is_neither() {
        let skewed = |scale: f64| move |i: u64| (scale * (-(1.0 - unit(i)).ln()).powi(2)).floor();
        for scale in [1e2, 1e4, 1e6, 1e9, 1e12] {
            assert_eq!(suspect((0..3000).map(skewed(scale))), None, "bytes, or nanoseconds: {scale}");
        }
        for range in [10.0, 300.0, 65_536.0, 1e6, 1e9] {
            assert_eq!(suspect((0..3000).map(|i| (range * unit(i)).floor())), None, "spread to {range}");
            assert_eq!(suspect((0..3000).map(|i| range * unit(i))), None, "spread to {range}");
        }
        assert_eq!(suspect((0..1500).map(|i| f64::from(1 + i % 9))), None, "few, equally often");
        assert_eq!(suspect((0..1000).map(|i| 1e9 + (1e9 * unit(i)).floor())), None, "free memory");
        assert_eq!(suspect((0..1000).map(|i| 4096.0 * (4e6 * unit(i)).floor())), None, "memory in pages");
        let bell = |i: u64| (0..4).map(|k| unit(4 * i + k)).sum::<f64>();
        for count in [100, 3000] {
            assert_eq!(suspect((0..count).map(|i| (4e9 * bell(i)).floor())), None, "bytes about a mean");
        }
        assert_eq!(suspect((0..99).map(f64::from)), None, "too few rows to tell");
    }

    #[test]
    fn addresses_and_random_names_are_told_by_their_form() {
        let told = |names: &[&str]| {
            of_names(&names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>(), names.len() * 2)
        };
        for name in
            ["192.0.2.7", "2001:db8::7", "[::1]:80", "10.0.0.1:443", "10.0.0.0/8", "00:0d:3a:13:e3:69"]
        {
            assert_eq!(told(&[name]), Some("holds addresses"), "{name}");
        }
        assert_eq!(told(&["-", "(empty)", "none", "192.0.2.7,192.0.2.8"]), Some("holds addresses"));
        assert_eq!(told(&["-", "none"]), None);
        assert!(told(&["00-0D-3A-13-E3-69", "000d.3a13.e369", "ann@example.org"]).is_some());
        for name in ["http", "80/tcp", "1.2.3", "ShADadFf", "a:b", "@here", "12:30:00", "S0", "C4055c705e89"]
        {
            assert_eq!(told(&[name]), None, "{name}");
        }
        let random = |i: u32| format!("{{54849625-5478-4994-A5BA-3E3B{i:08X}}}");
        let many: Vec<String> = (0..60).map(random).collect();
        assert!(of_names(&many, 100).unwrap().contains("identifiers"));
        assert_eq!(of_names(&many[..5], 100), None, "five kinds");
        assert_eq!(of_names(&many, 10_000), None, "sixty kinds");
    }
}
