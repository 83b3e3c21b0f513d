//! `http.log`: requests among the flows. Methods, paths and clients are made up from the record's number and the
//! originator; sizes are those of the flow.

use super::connection::Connection;
use super::log::{Entry, Field, fields};
use crate::names::unique;
use crate::text;
use mats_core::Os;
use mats_core::random::Stream;
use mats_core::telemetry::Service;

/// Purpose of the stream that draws requests.
const REQUEST: u32 = 0x6d61_7405;
/// Purpose of the streams that draw what a machine has installed.
const HABIT: u32 = 0x6d61_7406;

pub(super) const FIELDS: [Field; 30] = fields![
    "ts": "time",
    "uid": "string",
    "id.orig_h": "addr",
    "id.orig_p": "port",
    "id.resp_h": "addr",
    "id.resp_p": "port",
    "trans_depth": "count",
    "method": "string",
    "host": "string",
    "uri": "string",
    "referrer": "string",
    "version": "string",
    "user_agent": "string",
    "origin": "string",
    "request_body_len": "count",
    "response_body_len": "count",
    "status_code": "count",
    "status_msg": "string",
    "info_code": "count",
    "info_msg": "string",
    "tags": "set[enum]",
    "username": "string",
    "password": "string",
    "proxied": "set[string]",
    "orig_fuids": "vector[string]",
    "orig_filenames": "vector[string]",
    "orig_mime_types": "vector[string]",
    "resp_fuids": "vector[string]",
    "resp_filenames": "vector[string]",
    "resp_mime_types": "vector[string]",
];

/// Tells whether Zeek finds HTTP in flows of a service.
pub(super) fn speaks(service: Service) -> bool {
    matches!(service, Service::Http | Service::Winrm | Service::Ipp)
}

const WINDOWS_AGENTS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
    "Microsoft-Delivery-Optimization/10.0",
    "Microsoft-CryptoAPI/10.0",
    "Microsoft BITS/7.8",
];
const LINUX_AGENTS: [&str; 6] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
    "Debian APT-HTTP/1.3 (2.6.1)",
    "curl/7.88.1",
    "python-requests/2.31.0",
    "Go-http-client/1.1",
    "Wget/1.21.3",
];
const OUTSIDE_AGENTS: [&str; 6] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.4.0",
];

/// A path and the type of what stands there.
const PATHS: [(&str, &str); 12] = [
    ("/", "text/html"),
    ("/index.html", "text/html"),
    ("/news/", "text/html"),
    ("/static/app.js", "application/javascript"),
    ("/static/site.css", "text/css"),
    ("/images/", "image/jpeg"),
    ("/api/v1/items/", "application/json"),
    ("/api/v2/session", "application/json"),
    ("/search?q=", "text/html"),
    ("/download/", "application/octet-stream"),
    ("/update/manifest.json", "application/json"),
    ("/ocsp/", "application/ocsp-response"),
];

/// Returns what one of the originator's programs calls itself: the same one most of the time.
fn agent(of: &Connection<'_>, draw: u64) -> &'static str {
    match of.flow.service {
        Service::Winrm => return "Microsoft WinRM Client",
        Service::Ipp => return "CUPS/2.4.2 (Linux) IPP/2.0",
        _ => {}
    }
    let all = match of.ends.orig.host().map(|host| of.names.os(host)) {
        Some(Os::Windows) => &WINDOWS_AGENTS,
        Some(Os::Linux) => &LINUX_AGENTS,
        None => &OUTSIDE_AGENTS,
    };
    let habit = Stream::new(0, HABIT, u64::from(of.ends.orig.0)).word(0);
    let pick = if draw & 7 < 5 { habit } else { draw >> 3 };
    all[(pick % 6) as usize]
}

/// The entry of a request.
pub(super) fn fill(entry: &mut Entry<'_>, of: &Connection<'_>) {
    let draw = Stream::new(0, REQUEST, u64::from(of.ends.orig.0)).word(of.number);
    let (path, mime) = match of.flow.service {
        Service::Winrm => ("/wsman", "application/soap+xml"),
        Service::Ipp => ("/ipp/print", "application/ipp"),
        _ => PATHS[(draw >> 8) as usize % PATHS.len()],
    };
    // Headers take a few hundred bytes of each direction; what is left is the body.
    let (sent, got) = (of.course.out.saturating_sub(420), of.course.back.saturating_sub(260));
    let posts = of.flow.service != Service::Http || sent > 4000;
    let answered = of.course.back > 0;
    let (code, message) = match (draw >> 16) % 32 {
        _ if of.flow.service != Service::Http => (200, "OK"),
        0 if got < 2000 => (404, "Not Found"),
        1 | 2 if got < 2000 => (302, "Found"),
        3..=6 if got < 600 => (304, "Not Modified"),
        _ => (200, "OK"),
    };
    let got = if code == 304 { 0 } else { got };
    of.identify(entry);
    entry.count(1);
    entry.text(if posts { "POST" } else { "GET" });
    entry.with(|out| of.append_server(out));
    entry.with(|out| {
        out.extend_from_slice(path.as_bytes());
        if path.ends_with(['/', '=']) && path.len() > 1 {
            text::hex(out, u128::from(draw >> 20), 8, false);
        }
    });
    entry.unset();
    entry.text("1.1");
    entry.text(agent(of, draw >> 40));
    entry.unset();
    entry.count(if posts { sent } else { 0 });
    entry.count(got);
    entry.count_or_unset(answered.then_some(code));
    entry.text_or_unset(answered.then_some(message));
    entry.unset_many(2);
    entry.empty();
    entry.unset_many(3);
    if posts && sent > 0 {
        entry.list_with(|out| unique(out, b'F', of.number.wrapping_mul(2)));
        entry.unset();
        entry.list_with(|out| {
            out.extend_from_slice(
                if mime.contains('+') || mime.contains("ipp") { mime } else { "text/json" }.as_bytes(),
            );
        });
    } else {
        entry.unset_many(3);
    }
    if answered && got > 0 {
        entry.list_with(|out| unique(out, b'F', of.number.wrapping_mul(2) + 1));
        entry.unset();
        entry.list_with(|out| out.extend_from_slice(mime.as_bytes()));
    } else {
        entry.unset_many(3);
    }
}
