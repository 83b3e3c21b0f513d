//! What is counted while telemetry goes by: fixed memory for a network, whatever the length of the recording.

use super::pace::Pace;
use super::tail::Tail;
use mats_core::SimTime;
use mats_core::telemetry::{ConnState, Service};
use std::collections::BTreeMap;

const HOUR: u64 = 3_600_000_000;
/// Hours of a week.
pub const WEEK: usize = 168;

/// Calendar of the hours when people work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    /// Time 0 is Monday, 00:00; people work on weekdays from 9:00 to 17:00.
    Week,
    /// A recording of unknown hours: all of it counts as working time, and there is no rhythm.
    Unknown,
}

impl Calendar {
    /// The working day that an instant belongs to.
    fn working_day(self, time: SimTime) -> Option<u64> {
        let hour = time.0 / HOUR;
        match self {
            Calendar::Unknown => Some(0),
            Calendar::Week => is_working((hour % WEEK as u64) as usize).then_some(hour / 24),
        }
    }
}

/// Tells whether people work in that hour of the week.
pub fn is_working(hour: usize) -> bool {
    hour < 120 && (9..17).contains(&(hour % 24))
}

/// A flow, as far as statistics look at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeenFlow {
    /// First packet.
    pub time: SimTime,
    /// The machine of the organisation that opened it, by number.
    pub from: Option<usize>,
    /// The machine of the organisation that was asked.
    pub to: Option<usize>,
    /// Bytes of payload, both ways.
    pub bytes: u64,
    /// Seconds from first to last packet, where they are known.
    pub seconds: Option<f64>,
    /// Application protocol.
    pub service: Service,
    /// Ending of the flow.
    pub state: ConnState,
    /// True if the flow went over TCP.
    pub tcp: bool,
}

/// Former name of [`SeenFlow`].
#[deprecated(since = "0.2.0", note = "renamed to `SeenFlow`")]
pub type Seen = SeenFlow;

/// Counts of one recording, or of several of the same network.
#[derive(Debug, Clone)]
pub struct Tally {
    calendar: Calendar,
    /// Records by hour of the week.
    pub hours: [u64; WEEK],
    /// Flows by service; all, and those over TCP.
    pub services: [(u64, u64); Service::ALL.len()],
    /// Flows over TCP by ending.
    pub endings: [u64; ConnState::ALL.len()],
    /// Bytes of flows.
    pub bytes: Tail,
    /// Durations of flows, seconds.
    pub seconds: Tail,
    /// Flows that each machine opened in working time.
    pub paces: Vec<Pace>,
    /// Minutes of working time.
    pub minutes: f64,
    /// Numbers of machine-days, by the number of peers.
    pub degrees: Vec<u64>,
    /// Lookups by name.
    pub names: BTreeMap<u32, u64>,
    /// Logins from inside, and those of them that failed.
    pub logins: (u64, u64),
    /// Logins from outside, and those of them that failed.
    pub strangers: (u64, u64),
    /// Meetings of machines on the day that is going on: a row of bits a machine.
    met: Vec<u64>,
    day: u64,
    span: Option<(SimTime, SimTime)>,
}

impl Tally {
    /// A tally of a network of so many machines.
    pub fn new(hosts: usize, calendar: Calendar) -> Tally {
        Tally {
            calendar,
            hours: [0; WEEK],
            services: [(0, 0); Service::ALL.len()],
            endings: [0; ConnState::ALL.len()],
            bytes: Tail::default(),
            seconds: Tail::default(),
            paces: vec![Pace::default(); hosts],
            minutes: 0.0,
            degrees: vec![0; hosts + 1],
            names: BTreeMap::new(),
            logins: (0, 0),
            strangers: (0, 0),
            met: vec![0; hosts * hosts.div_ceil(64)],
            day: 0,
            span: None,
        }
    }

    /// A record of any kind.
    pub fn record(&mut self, time: SimTime) {
        self.hours[(time.0 / HOUR) as usize % WEEK] += 1;
    }

    /// A lookup of a name, by number.
    pub fn lookup(&mut self, name: u32) {
        *self.names.entry(name).or_default() += 1;
    }

    /// A login.
    pub fn login(&mut self, inside: bool, success: bool) {
        let counts = if inside { &mut self.logins } else { &mut self.strangers };
        *counts = (counts.0 + 1, counts.1 + u64::from(!success));
    }

    /// A flow; flows come in order of time.
    pub fn flow(&mut self, seen: &SeenFlow) {
        let service = &mut self.services[seen.service as usize];
        *service = (service.0 + 1, service.1 + u64::from(seen.tcp));
        self.endings[seen.state as usize] += u64::from(seen.tcp);
        self.bytes.add(seen.bytes as f64);
        if let Some(seconds) = seen.seconds {
            self.seconds.add(seconds);
        }
        self.span = Some((self.span.map_or(seen.time, |(first, _)| first), seen.time));
        let day = seen.time.0 / (24 * HOUR);
        if day != self.day {
            self.end_day();
            self.day = day;
        }
        if let (Some(from), Some(to)) = (seen.from, seen.to) {
            self.meet(from, to);
            self.meet(to, from);
        }
        if let (Some(from), Some(stretch)) = (seen.from, self.calendar.working_day(seen.time)) {
            self.paces[from].add(seen.time.0, stretch);
        }
    }

    /// The recording is over.
    pub fn end(&mut self) {
        self.end_day();
        self.paces.iter_mut().for_each(Pace::end);
        self.minutes += match self.calendar {
            Calendar::Week => (0..WEEK).filter(|&hour| is_working(hour)).count() as f64 * 60.0,
            Calendar::Unknown => self.span.map_or(0.0, |(first, last)| last.since(first).seconds() / 60.0),
        };
    }

    /// Another recording of the same network; both are over.
    pub fn merge(&mut self, other: &Tally) {
        let pair = |a: &mut (u64, u64), b: (u64, u64)| *a = (a.0 + b.0, a.1 + b.1);
        self.hours.iter_mut().zip(other.hours).for_each(|(a, b)| *a += b);
        self.services.iter_mut().zip(other.services).for_each(|(a, b)| pair(a, b));
        self.endings.iter_mut().zip(other.endings).for_each(|(a, b)| *a += b);
        self.bytes.merge(&other.bytes);
        self.seconds.merge(&other.seconds);
        self.paces.iter_mut().zip(&other.paces).for_each(|(a, b)| a.merge(b));
        self.minutes += other.minutes;
        self.degrees.iter_mut().zip(&other.degrees).for_each(|(a, b)| *a += b);
        for (&name, &count) in &other.names {
            *self.names.entry(name).or_default() += count;
        }
        pair(&mut self.logins, other.logins);
        pair(&mut self.strangers, other.strangers);
    }

    fn meet(&mut self, one: usize, other: usize) {
        let row = self.paces.len().div_ceil(64);
        self.met[one * row + other / 64] |= 1 << (other % 64);
    }

    /// Writes up who met whom, on working days only; machines that met nobody were off.
    fn end_day(&mut self) {
        let row = self.paces.len().div_ceil(64).max(1);
        let works = self.calendar == Calendar::Unknown || self.day % 7 < 5;
        for met in self.met.chunks(row).filter(|_| works) {
            let peers: u32 = met.iter().map(|word| word.count_ones()).sum();
            self.degrees[peers as usize] += u64::from(peers > 0);
        }
        self.met.fill(0);
    }
}
