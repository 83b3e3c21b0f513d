//! Times as logs write them.

/// Seconds since 1970 of a date and time in ISO 8601, `2024-01-31T08:00:00.25Z` or with a blank for the `T`, with an
/// offset such as `+01:00` or without one (then taken as UTC); or the number itself, which may count from anywhere
/// and in any unit. `None` when it is neither.
pub fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    iso(text).or_else(|| text.parse().ok().filter(|number: &f64| number.is_finite()))
}

/// Tells whether a text tells a date or a time of day, in any of the ways that logs write them: `2024-01-31T08:00:00Z`,
/// `5/7/2017 8:55`, `10:46:59.6`, `31/Jan/2024:08:00:00 +0100`, `Jan 31 08:00:00`. A plain number does not.
pub fn is_time(text: &str) -> bool {
    if iso(text.trim()).is_some() {
        return true;
    }
    let mut told = false;
    let parts = text.split_whitespace().all(|part| {
        let both = |(day, time)| is_date(day) && is_clock(time);
        let tells = is_date(part) || is_clock(part) || part.split_once(['T', ':']).is_some_and(both);
        told |= tells;
        tells || stands_beside(part)
    });
    parts && told
}

/// Three numbers, or the name of a month among them.
fn is_date(part: &str) -> bool {
    ['-', '/'].iter().any(|&between| {
        part.split(between).count() == 3 && part.split(between).all(|part| is_short(part) || is_name(part))
    })
}

/// Hours and minutes, perhaps seconds and a fraction of them.
fn is_clock(part: &str) -> bool {
    let (whole, fraction) = part.split_once(['.', ',']).unwrap_or((part, ""));
    (2..=3).contains(&whole.split(':').count())
        && whole.split(':').all(|part| is_short(part) && part.len() <= 2)
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether a part may stand beside a date or a time of day: a year, a month, a day of the week, a zone.
fn stands_beside(part: &str) -> bool {
    let word = ["am", "pm", "utc", "gmt", "z"].iter().any(|word| part.eq_ignore_ascii_case(word));
    word || is_short(part) || is_name(part) || part.starts_with(['+', '-']) && offset(part).is_some()
}

fn is_short(part: &str) -> bool {
    (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether it is called as a month or a day of the week is.
fn is_name(part: &str) -> bool {
    const NAMES: [&str; 19] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mon", "tue",
        "wed", "thu", "fri", "sat", "sun",
    ];
    part.get(..3).is_some_and(|start| NAMES.iter().any(|name| start.eq_ignore_ascii_case(name)))
}

fn iso(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| {
        let part = bytes.get(from..to)?;
        part.iter().try_fold(0_i64, |n, byte| byte.is_ascii_digit().then(|| n * 10 + i64::from(byte - b'0')))
    };
    let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"T t") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let fraction =
        rest.strip_prefix(['.', ',']).map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let (fraction, zone) = if fraction > 0 { rest.split_at(fraction + 1) } else { ("", rest) };
    let fraction = if fraction.is_empty() { 0.0 } else { fraction_of(&fraction.as_bytes()[1..]) };
    let whole = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - offset(zone.trim())?;
    Some(whole as f64 + fraction)
}

/// The value of the digits after a decimal point.
fn fraction_of(digits: &[u8]) -> f64 {
    let (mut value, mut unit) = (0.0, 1.0);
    for digit in digits.iter().take(15) {
        value = value * 10.0 + f64::from(digit - b'0');
        unit *= 10.0;
    }
    value / unit
}

/// Seconds that a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first() {
        None | Some(b'Z' | b'z') if zone.len() <= 1 => return Some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return None,
    };
    let (hours, minutes) = match zone[1..].split_once(':') {
        Some(parts) => parts,
        None if zone.len() == 5 && zone.is_ascii() => zone[1..].split_at(2),
        None => (&zone[1..], "0"),
    };
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
///
/// Source: Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_known_however_logs_write_them() {
        for text in [
            "2020-09-14T12:05:46.455Z",
            "5/7/2017 8:55",
            "05/07/2017 08:55:12 AM",
            "2011/08/10 09:46:59.607825",
            "10:46:59,6",
            "2024-01-31",
            "31/Jan/2024:08:00:00 +0100",
            "Jan  5 10:00:01",
            "Tue, 03 Aug 2021 10:00:01 GMT",
        ] {
            assert!(is_time(text), "{text}");
        }
        for text in [
            "",
            "1588205199",
            "10.0.0.1",
            "10.0.0.0/8",
            "80-443",
            "00:11:22:33:44:55",
            "tcp",
            "a:b",
            "may",
            "::1",
        ] {
            assert!(!is_time(text), "{text}");
        }
    }

    #[test]
    fn dates_and_numbers_are_seconds() {
        let check = |text: &str, expected: Option<f64>| assert_eq!(seconds(text), expected, "{text}");
        check("1970-01-01T00:00:00Z", Some(0.0));
        check("2020-09-14T12:05:46.455Z", Some(1_600_085_146.455));
        check("2020-09-14 08:05:43", Some(1_600_070_743.0));
        check("2020-09-14T12:05:46,5+02:00", Some(1_600_077_946.5));
        check("2024-02-29T00:00:00-0130", Some(1_709_170_200.0));
        check(" 1588205199.82437 ", Some(1_588_205_199.824_37));
        check("1969-12-31T23:59:59Z", Some(-1.0));
        for text in [
            "",
            "noon",
            "2020-13-01T00:00:00",
            "2020-01-01",
            "2020-01-01T00:00:00 CET",
            "inf",
            "nan",
            "2020-01-01T00:00:00+é0",
        ] {
            check(text, None);
        }
    }
}
