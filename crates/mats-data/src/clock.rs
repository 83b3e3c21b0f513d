//! Simulated time as a date.

use mats_core::{Inventory, SimTime};
use std::fmt;

/// Midnight of Monday, 1 January 2024, in UTC: episodes begin in this week.
const MONDAY: u64 = 1_704_067_200_000_000;

/// The first microsecond of the year 10000, which four-digit years cannot express.
const END: u64 = 253_402_300_800_000_000;

/// The moment at which simulated time is zero, in microseconds since 1970 (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(pub u64);

impl Epoch {
    /// Monday, 1 January 2024, at the inventory's time of day.
    pub fn of(inventory: &Inventory) -> Epoch {
        Epoch(MONDAY + u64::from(inventory.start_of_day) * 1_000_000)
    }

    /// Shifts by so many days: episodes that begin on another day of the week.
    pub fn later(self, days: u8) -> Epoch {
        Epoch(self.0 + u64::from(days) * 86_400_000_000)
    }

    /// Microseconds since 1970.
    pub fn micros(self, time: SimTime) -> u64 {
        self.0.saturating_add(time.0)
    }

    /// Seconds since 1970, exact to the microsecond.
    pub fn seconds(self, time: SimTime) -> f64 {
        self.micros(time) as f64 / 1e6
    }

    /// The date, or `None` when it lies beyond the year 9999 (as [`SimTime::NEVER`] does).
    pub fn date(self, time: SimTime) -> Option<Date> {
        let micros = self.micros(time);
        (micros < END).then_some(Date(micros))
    }

    /// The date, spelt out; the last that there is for what lies beyond.
    pub(crate) fn stamp(self, time: SimTime) -> Stamp {
        self.date(time).unwrap_or(Date::LAST).stamp()
    }
}

/// A moment, shown as RFC 3339 in UTC with microseconds: `2024-01-01T08:00:00.000000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date(u64);

impl Date {
    /// Year, month and day (Hinnant's `civil_from_days`).
    fn civil(self) -> (u64, u64, u64) {
        let days = self.0 / 86_400_000_000 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        (era * 400 + year_of_era + u64::from(month <= 2), month, day)
    }

    /// Hour, minute, second and microsecond.
    fn time_of_day(self) -> (u64, u64, u64, u64) {
        let seconds = self.0 / 1_000_000 % 86_400;
        (seconds / 3600, seconds / 60 % 60, seconds % 60, self.0 % 1_000_000)
    }

    /// The last moment that four-digit years can express.
    pub(crate) const LAST: Date = Date(END - 1);

    /// The letters of its usual spelling; parts of it serve formats with other separators.
    pub(crate) fn stamp(self) -> Stamp {
        let ((y, mo, d), (h, mi, s, us)) = (self.civil(), self.time_of_day());
        let mut letters = *b"0000-00-00T00:00:00.000000Z";
        for (at, width, mut n) in
            [(0, 4, y), (5, 2, mo), (8, 2, d), (11, 2, h), (14, 2, mi), (17, 2, s), (20, 6, us)]
        {
            for letter in letters[at..at + width].iter_mut().rev() {
                *letter = b'0' + (n % 10) as u8;
                n /= 10;
            }
        }
        Stamp(letters)
    }

    /// Returns date and time as Zeek writes them into headers: `2024-01-01-08-00-00`.
    pub(crate) fn zeek(self) -> String {
        let ((y, mo, d), (h, mi, s, _)) = (self.civil(), self.time_of_day());
        format!("{y:04}-{mo:02}-{d:02}-{h:02}-{mi:02}-{s:02}")
    }
}

/// A date, spelt out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp([u8; 27]);

impl Stamp {
    fn part(&self, range: std::ops::Range<usize>) -> &str {
        std::str::from_utf8(&self.0[range]).unwrap_or_default()
    }
    /// `2024-01-01T08:00:00.000000Z`
    pub(crate) fn whole(&self) -> &str {
        self.part(0..27)
    }
    /// `2024-01-01T08:00:00.000`, without a zone.
    pub(crate) fn millis(&self) -> &str {
        self.part(0..23)
    }
    /// `2024-01-01`
    pub(crate) fn day(&self) -> &str {
        self.part(0..10)
    }
    /// `08:00:00`
    pub(crate) fn time(&self) -> &str {
        self.part(11..19)
    }
    /// `08:00:00.000`
    pub(crate) fn time_millis(&self) -> &str {
        self.part(11..23)
    }
    /// `Jan  1 08:00:00`, as syslog has it (RFC 3164).
    pub(crate) fn append_syslog(&self, out: &mut Vec<u8>) {
        const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
        let month = usize::from(self.0[5] - b'0') * 10 + usize::from(self.0[6] - b'0') - 1;
        out.extend_from_slice(&MONTHS[3 * month..3 * month + 3]);
        out.extend_from_slice(&[b' ', if self.0[8] == b'0' { b' ' } else { self.0[8] }, self.0[9], b' ']);
        out.extend_from_slice(self.time().as_bytes());
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.stamp().whole())
    }
}

impl serde::Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let check = |micros: u64, expected: &str| assert_eq!(Date(micros).to_string(), expected);
        check(0, "1970-01-01T00:00:00.000000Z");
        check(951_782_400_000_000, "2000-02-29T00:00:00.000000Z");
        check(1_588_205_199_824_370, "2020-04-30T00:06:39.824370Z");
        check(4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z");
        check(END - 1, "9999-12-31T23:59:59.999999Z");
        let inventory = Inventory { start_of_day: 8 * 3600, ..Inventory::default() };
        let epoch = Epoch::of(&inventory);
        assert_eq!(epoch.date(SimTime(5)).unwrap().to_string(), "2024-01-01T08:00:00.000005Z");
        assert_eq!(epoch.date(SimTime::ZERO).unwrap().zeek(), "2024-01-01-08-00-00");
        assert_eq!(epoch.date(SimTime::NEVER), None);
    }
}
