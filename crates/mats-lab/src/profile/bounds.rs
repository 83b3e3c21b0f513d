//! What real networks are like, as far as it is published or can be measured: a bound for each figure, chosen from its
//! source and not from what the simulator gives.
//!
//! | short | source, and what was measured |
//! |---|---|
//! | Crovella 1997 | Crovella, Bestavros, IEEE/ACM Trans. Networking 5(6): sizes and transmission times of web transfers have Pareto tails of index 1.0 to 1.3 |
//! | Paxson 1995 | Paxson, Floyd, IEEE/ACM Trans. Networking 3(3): sessions of users arrive as a Poisson process, all other connections are burstier; the largest FTP bursts dominate the bytes, with Pareto tails of index 0.9 to 1.4 |
//! | Brownlee 2002 | Brownlee, claffy, IEEE Communications 40(10): about 45 % of all streams last less than 2 s, 98 % less than 15 min |
//! | Goh 2008 | Goh, Barabási, EPL 81, 48002: burstiness is 0 for a Poisson process and above it for what people do |
//! | Kent 2015 | Kent, *Comprehensive, Multi-Source Cyber-Security Events*, Los Alamos: 58 days of an enterprise, 1,051,430,459 authentication events, 129,977,412 flows, 40,821,591 name lookups. In a public sample of 10,514 authentication events 1.1 % fail |
//! | Guha 2008 | Guha, Chandrashekar, Taft, Papagiannaki, IMC: 34 % of the flows of an enterprise's machines fail or get no answer |
//! | Breslau 1999 | Breslau et al., INFOCOM: web requests follow a Zipf-like law with exponents of 0.64 to 0.83 |
//! | Jung 2002 | Jung, Sit, Balakrishnan, Morris, IEEE/ACM Trans. Networking 10(5): so do lookups of names, at 0.91 |
//! | APT29 | conn.log and dns.log of a rehearsed intrusion (MITRE ATT&CK evaluation, 30 April 2020): 38 minutes of two Windows machines, 613 flows, of which 376 are the intruder's channel |
//! | ours | nobody's figure: the reason stands with it |
//!
//! APT29 is real Zeek output, but short, small and mostly an attack. Its mixtures and variations count by a factor of
//! four either way; of tails and endings it only widens what is published.

use super::statistics::{self, Statistic};

/// A figure of telemetry, and between what it lies in real networks.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    /// Name of the figure in JSON.
    pub name: &'static str,
    /// Name of the figure in tables.
    pub title: &'static str,
    /// Function that computes the figure.
    pub statistic: Statistic,
    /// Least plausible value.
    pub low: f64,
    /// Largest plausible value.
    pub high: f64,
    /// Value of the figure in the APT29 recording, to three digits; `None` where it does not tell.
    pub apt29: Option<f64>,
    /// Source of the bound.
    pub source: &'static str,
    /// Fewest and most machines of a network that it is meant for; others are not judged by it.
    pub machines: (usize, usize),
}

const fn bound(
    (name, title): (&'static str, &'static str),
    statistic: Statistic,
    (low, high): (f64, f64),
    apt29: Option<f64>,
    source: &'static str,
) -> Bound {
    Bound { name, title, statistic, low, high, apt29, source, machines: (0, usize::MAX) }
}

/// Bounds for the networks of one office. In smaller ones everybody talks to everybody; in larger ones the share falls,
/// as nobody's peers grow with the machines.
const fn of_an_office(bound: Bound) -> Bound {
    Bound { machines: (20, 500), ..bound }
}

/// All figures, in the order of tables.
pub const BOUNDS: [Bound; 27] = [
    bound(
        ("day_to_night", "records an hour, 9-17 to 0-6"),
        statistics::day_to_night,
        (1.5, 10.0),
        None,
        "ours: people more than outweigh machines by day, and machines go on at night",
    ),
    bound(
        ("weekday_to_weekend", "records a day, weekday to weekend"),
        statistics::weekday_to_weekend,
        (1.2, 6.0),
        None,
        "ours: as by day and night, but a weekday has its night too",
    ),
    bound(
        ("bytes_tail", "flow bytes, tail index of top 1 %"),
        statistics::bytes_tail,
        (0.5, 1.4),
        Some(0.548),
        "low: APT29, rounded down; high: Paxson 1995 (0.9-1.4); Crovella 1997 is between (1.0-1.3)",
    ),
    bound(
        ("bytes_spread", "flow bytes, p99 / p50"),
        statistics::bytes_spread,
        (20.0, 2000.0),
        Some(216.0),
        "low: a Pareto law of index 1.3 (Crovella 1997) has 50^(1/1.3); high: ours, ten times APT29",
    ),
    bound(
        ("bytes_variation", "flow bytes, coefficient of variation"),
        statistics::bytes_variation,
        (3.7, 500.0),
        Some(14.7),
        "low: APT29 by a factor of four; high: ours, a tail index near 1 (Crovella 1997) bounds it only by the sample",
    ),
    bound(
        ("bytes_top_share", "share of bytes in top 1 % of flows"),
        statistics::bytes_top_share,
        (0.35, 0.97),
        Some(0.892),
        "low: a Pareto law of index 1.3 (Crovella 1997) has 0.01^(1-1/1.3); high: ours, beyond APT29",
    ),
    bound(
        ("duration_tail", "flow seconds, tail index of top 1 %"),
        statistics::duration_tail,
        (0.7, 1.6),
        Some(0.784),
        "Crovella 1997 (1.0-1.3 for transmission times), 0.3 either way for other services",
    ),
    bound(
        ("duration_spread", "flow seconds, p99 / p50"),
        statistics::duration_spread,
        (100.0, 20000.0),
        Some(18400.0),
        "low: Brownlee 2002, 2 % beyond 900 s and a median of a few seconds; high: APT29, rounded up",
    ),
    bound(
        ("duration_variation", "flow seconds, coefficient of variation"),
        statistics::duration_variation,
        (2.7, 100.0),
        Some(10.7),
        "low: APT29 by a factor of four; high: ours, ten times APT29",
    ),
    bound(
        ("short_flows", "share of flows below 2 s"),
        statistics::short_flows,
        (0.45, 0.97),
        Some(0.886),
        "low: Brownlee 2002, streams of many flows each; high: ours, sessions and transfers exist",
    ),
    bound(
        ("burstiness", "burstiness of a machine's flows"),
        statistics::burstiness,
        (0.1, 0.9),
        Some(0.592),
        "low: Goh 2008, clearly above a Poisson process (0); high: ours, short of the limit (1)",
    ),
    bound(
        ("dispersion", "variance / mean of flows a minute"),
        statistics::dispersion,
        (1.5, 160.0),
        Some(40.8),
        "low: Paxson 1995, clearly above a Poisson process (1); high: ours, four times APT29",
    ),
    bound(
        ("failed_logins", "share of inside logins that fail"),
        statistics::failed_logins,
        (0.005, 0.06),
        None,
        "Kent 2015: 1.1 % of all authentication events; up to five times that, for most of those are machines' tickets",
    ),
    bound(
        ("failed_strangers", "share of outside logins that fail"),
        statistics::failed_strangers,
        (0.5, 0.9999),
        None,
        "ours: what faces the internet is guessed at more often than used, but it is used",
    ),
    bound(
        ("dns_share", "share of flows that are DNS"),
        statistics::dns_share,
        (0.15, 0.6),
        Some(0.0636),
        "Kent 2015: 0.24 (lookups to lookups and flows); up to a lookup and a half a flow, for IPv4 and IPv6",
    ),
    bound(
        ("encrypted_web", "share of web flows under TLS"),
        statistics::encrypted_web,
        (0.8, 0.995),
        Some(0.969),
        "ours: most of the web is encrypted today, and updates, printers and redirects still are not",
    ),
    bound(
        ("tls_share", "share of TCP flows that are TLS"),
        statistics::tls_share,
        (0.17, 0.9),
        Some(0.686),
        "APT29 by a factor of four, below everything",
    ),
    bound(
        ("smb_share", "share of TCP flows that are SMB"),
        statistics::smb_share,
        (0.02, 0.33),
        Some(0.0817),
        "APT29 by a factor of four",
    ),
    bound(
        ("kerberos_share", "share of TCP flows that are Kerberos"),
        statistics::kerberos_share,
        (0.011, 0.18),
        Some(0.0454),
        "APT29 by a factor of four",
    ),
    bound(
        ("ldap_share", "share of TCP flows that are LDAP"),
        statistics::ldap_share,
        (0.0095, 0.15),
        Some(0.0381),
        "APT29 by a factor of four",
    ),
    bound(
        ("not_in_order", "share of TCP flows not ended in order"),
        statistics::not_in_order,
        (0.1, 0.95),
        Some(0.942),
        "low: ours, well below the 34 % of Guha 2008; high: APT29, where Windows resets what it need not close",
    ),
    bound(
        ("unanswered", "share of TCP flows unanswered or refused"),
        statistics::unanswered,
        (0.03, 0.35),
        Some(0.0944),
        "high: Guha 2008, machines that travel; low: ours, a third of APT29",
    ),
    of_an_office(bound(
        ("peers_median", "peers a day / machines, median"),
        statistics::peers_median,
        (0.05, 0.6),
        None,
        "ours: a workstation talks to servers, not to everybody; judged from 20 to 500 machines",
    )),
    of_an_office(bound(
        ("peers_p95", "peers a day / machines, p95"),
        statistics::peers_p95,
        (0.3, 1.0),
        None,
        "ours: the directory and the scanner talk to nearly everybody; judged from 20 to 500 machines",
    )),
    of_an_office(bound(
        ("peers_hub", "peers a day, largest / median"),
        statistics::peers_hub,
        (1.6, 20.0),
        None,
        "ours: follows from the two above; judged from 20 to 500 machines",
    )),
    bound(
        ("peers_gini", "peers a day, Gini coefficient"),
        statistics::peers_gini,
        (0.15, 0.6),
        None,
        "ours: between equals (0) and a star (0.5 in the limit), whose leaves have a peer each",
    ),
    bound(
        ("popularity", "popularity of names, Zipf exponent"),
        statistics::popularity,
        (0.6, 1.0),
        None,
        "Breslau 1999 (0.64-0.83) and Jung 2002 (0.91)",
    ),
];
