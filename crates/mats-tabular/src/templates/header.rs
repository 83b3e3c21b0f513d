//! What stands before the message of a line of syslog: date, machine, program. They are the same in all lines, or vary in
//! all, so they say nothing of the statement; only the program does.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The program and the message of a line of syslog (RFC 3164, also with dates as in RFC 3339); no program of others.
pub(super) fn parted(line: &str) -> (Option<&str>, &str) {
    let start = line.trim_start();
    let start = match start.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((priority, rest)) if priority.parse::<u8>().is_ok() => rest,
        _ => start,
    };
    let Some(rest) = after_date(start) else { return (None, line) };
    let (_machine, rest) = word(rest);
    let (tag, message) = word(rest);
    match tag.strip_suffix(':') {
        Some(tag) if !tag.is_empty() => {
            let program = tag.split_once('[').map_or(tag, |(program, _)| program);
            (Some(program), message)
        }
        _ => (None, rest),
    }
}

/// Returns what follows a date, if a line begins with one.
fn after_date(line: &str) -> Option<&str> {
    let (first, rest) = word(line);
    if MONTHS.contains(&first) {
        let (day, rest) = word(rest);
        let (time, rest) = word(rest);
        return (day.parse::<u8>().is_ok() && is_time(time)).then_some(rest);
    }
    let (day, time) = first.split_once('T')?;
    let whole = day.len() == 10 && day.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (whole && is_time(time)).then_some(rest)
}

/// Tells whether a word begins with hours, minutes and seconds.
fn is_time(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 8 && (0..8).all(|i| if i % 3 == 2 { bytes[i] == b':' } else { bytes[i].is_ascii_digit() })
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_machine_and_process_are_no_part_of_the_message() {
        let message = "Failed password for root";
        for header in [
            "Dec 10 06:55:46 LabSZ sshd[24200]:",
            "Dec  1 06:55:46 LabSZ sshd:",
            "<38>Dec 10 06:55:46 LabSZ sshd[24200]:",
            "2024-12-10T06:55:46.123456+01:00 LabSZ sshd[24200]:",
        ] {
            assert_eq!(parted(&format!("{header} {message}")), (Some("sshd"), message), "{header}");
        }
        assert_eq!(parted("Dec 10 06:55:46 LabSZ last message repeated"), (None, "last message repeated"));
        for other in ["", "Dec", "Dec 10", "May the 4th be with you", message, "2024 T", "T12:00:00 a b"] {
            assert_eq!(parted(other), (None, other));
        }
    }
}
