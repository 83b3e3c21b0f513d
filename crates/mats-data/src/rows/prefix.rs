//! JSON behind a prefix: what syslog and its like put before a record on its way to a file.
//!
//! | before the `{` | written by |
//! |---|---|
//! | `@cee:` | rsyslog, syslog-ng, Suricata (Mitre's CEE, the cookie of lumberjack) |
//! | `<13>Nov 30 12:00:00 host app[1]: `, the time also in ISO 8601, `<13>` and host perhaps absent, then perhaps `@cee:` | syslog (RFC 3164), rsyslog's files |
//! | `<13>1 2026-11-30T12:00:00Z host app 1 - [a b="c"] `, then perhaps `@cee:` | syslog (RFC 5424) |
//! | `2026-11-30T12:00:00Z stdout F ` | the container runtime interface of Kubernetes |
//!
//! Nothing else is taken for a prefix: a sentence that goes on with an object is a sentence.

use super::time::is_time;

/// The longest prefix, in bytes: no header of syslog is near it, and no line is searched further.
const LONGEST: usize = 2048;

/// Returns what of a line is JSON: all of it if it begins with `{`, else what stands behind a prefix. `None` if it is neither.
pub(super) fn behind(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if line.starts_with('{') {
        return Some(line);
    }
    let rest = message(line).unwrap_or(line);
    let rest = rest.strip_prefix("@cee:").map_or(rest, str::trim_start);
    (rest.len() < line.len() && line.len() - rest.len() <= LONGEST && rest.starts_with('{')).then_some(rest)
}

/// Tells whether a line is JSON behind a prefix, all of it: an object that is cut off may be, for no more of it is known.
pub(super) fn is_prefixed(line: &[u8], whole: bool) -> bool {
    let line = String::from_utf8_lossy(line);
    let line = line.trim();
    if line.starts_with('{') {
        return false;
    }
    match behind(line).map(serde_json::from_str::<serde::de::IgnoredAny>) {
        Some(Ok(_)) => true,
        Some(Err(error)) => !whole && error.is_eof(),
        None => false,
    }
}

/// Tells whether a line begins as one with a prefix does, whatever follows.
pub(super) fn begins(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let line = line.trim_start();
    line.starts_with("@cee:") || message(line).is_some()
}

/// The message of a line of syslog or of a container's log; `None` if it is neither.
fn message(line: &str) -> Option<&str> {
    let (rest, priority) = match priority(line) {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    if priority && let Some(rest) = rest.strip_prefix("1 ") {
        return behind_header(rest);
    }
    let rest = match behind_time(rest) {
        Some(rest) => rest,
        None if priority => rest,
        None => return None,
    };
    let (first, after) = token(rest)?;
    if matches!(first, "stdout" | "stderr") {
        return after.strip_prefix("F ").map(str::trim_start);
    }
    // A tag, or a host and then a tag.
    if is_tag(first) {
        return Some(after);
    }
    let (second, after) = token(after)?;
    is_tag(second).then_some(after)
}

/// What follows a priority such as `<13>`.
fn priority(line: &str) -> Option<&str> {
    let (number, rest) = line.strip_prefix('<')?.split_once('>')?;
    ((1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
}

/// What follows a time as in RFC 3164 (`Nov 30 12:00:00`, perhaps with a year) or in ISO 8601.
fn behind_time(line: &str) -> Option<&str> {
    let (first, mut rest) = token(line)?;
    if first.contains('T') {
        return is_time(first).then_some(rest);
    }
    for _ in 0..3 {
        let (_, after) = token(rest)?;
        let time = &line[..line.len() - after.len()];
        if time.contains(':') {
            return is_time(time.trim_end()).then_some(after);
        }
        rest = after;
    }
    None
}

/// The message of RFC 5424, from its time on.
fn behind_header(line: &str) -> Option<&str> {
    let (time, mut rest) = token(line)?;
    if time != "-" && !is_time(time) {
        return None;
    }
    // Host, program, process, kind of message.
    for _ in 0..4 {
        rest = token(rest)?.1;
    }
    if let Some(rest) = rest.strip_prefix("- ") {
        return Some(rest.trim_start_matches('\u{feff}'));
    }
    // Structured data: values stand in quotes, and may hold what ends it.
    let (mut quoted, mut escaped, mut inside) = (false, false, false);
    for (at, byte) in rest.bytes().enumerate().take(LONGEST) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if inside => quoted = !quoted,
            _ if quoted => {}
            b'[' if !inside => inside = true,
            b']' if inside => inside = false,
            b' ' if !inside && at > 0 => return Some(rest[at..].trim_start().trim_start_matches('\u{feff}')),
            _ if !inside => return None,
            _ => {}
        }
    }
    None
}

/// Tells whether a word ends with a colon, as `sshd[24200]:` does, and has nothing of a text in it.
fn is_tag(word: &str) -> bool {
    word.len() > 1 && word.ends_with(':') && !word.contains(['{', '"', '='])
}

/// The first word, and what follows it and its blank.
fn token(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once([' ', '\t'])?;
    (!word.is_empty()).then(|| (word, rest.trim_start_matches([' ', '\t'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_syslog_and_containers_are_cut() {
        for prefix in [
            "@cee:",
            "@cee: ",
            "<13>Nov 30 12:00:00 host app[1]: ",
            "Jan  3 10:00:00 sensor suricata[811]: ",
            "Jan  3 2024 10:00:00 sensor suricata: @cee: ",
            "<13>app: ",
            "<13>host app[1]: ",
            "2024-01-03T10:00:00.123456+00:00 host app[1]: @cee:",
            "<165>1 2003-10-11T22:14:15.003Z host app 123 ID47 - ",
            "<165>1 - - - - - - \u{feff}",
            r#"<165>1 2003-10-11T22:14:15.003Z host app - - [a b="]\"{ "][c] @cee: "#,
            "2024-01-03T10:00:00.000000000Z stdout F ",
            "  ",
            "",
        ] {
            let line = format!("{prefix}{{\"a\":1}}");
            assert_eq!(behind(&line), Some("{\"a\":1}"), "{line}");
            assert_eq!(is_prefixed(line.as_bytes(), true), !prefix.trim().is_empty(), "{line}");
            assert!(!is_prefixed(&line.as_bytes()[..line.len() - 1], true), "{line}");
        }
    }

    #[test]
    fn sentences_that_hold_an_object_are_no_prefix() {
        for line in [
            "GET /x {\"a\":1}",
            "Nov 30 12:00:00 host app[1]: request {\"a\":1}",
            "2024-01-01 10:00:00,123 INFO payload {\"a\":1}",
            "[2024-01-01] app: {\"a\":1}",
            "user: {\"a\":1}",
            "<13>Nov 30 12:00:00 host app[1]: plain",
            "<165>1 2003-10-11T22:14:15.003Z host app - - x {\"a\":1}",
            "2024-01-03T10:00:00Z stdout P {\"a\":1}",
            "@cee: [1]",
            "a,b,{c}",
        ] {
            assert!(!is_prefixed(line.as_bytes(), true), "{line}");
            assert_eq!(behind(line), None, "{line}");
        }
        assert!(!is_prefixed(b"Nov 30 12:00:00 host app[1]: {not json}", true));
    }
}
