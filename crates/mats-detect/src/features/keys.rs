//! The vocabulary of the sequence model: what happened on a machine, as a small number.

use super::program_class;
use mats_core::telemetry::{ConfigChange, EventCode, Login, SystemEvent};

/// Size of the vocabulary; not every number is in use.
pub const VOCABULARY: usize = 64;

/// Nothing: the state before the first event.
pub(crate) const NONE: u16 = 0;
/// Processes started, by the twelve kinds of program.
const PROCESS: u16 = 1;
/// Files written and deleted, few or many.
const FILES: u16 = 13;
/// Other entries of the system logs, by their number.
const EVENT: u16 = 17;
/// Logins, by way and success.
const LOGIN: u16 = 44;
/// Changes of configuration, by item.
const CONFIG: u16 = 54;

/// Files from which on an event is "many".
const MANY: u32 = 16;

/// The key of an entry of a system log. What merely ends something has none.
pub(crate) fn event(event: &SystemEvent) -> u16 {
    match event.code {
        EventCode::ProcessEnd | EventCode::Logoff => NONE,
        EventCode::ProcessCreate => PROCESS + program_class(event.image) as u16,
        EventCode::FileWrite => FILES + u16::from(event.amount >= MANY),
        EventCode::FileDelete => FILES + 2 + u16::from(event.amount >= MANY),
        code => EVENT + code as u16,
    }
}

/// The key of a login.
pub(crate) fn login(login: &Login) -> u16 {
    LOGIN + 2 * login.kind as u16 + u16::from(login.success)
}

/// The key of a change of configuration.
pub(crate) fn config(change: &ConfigChange) -> u16 {
    CONFIG + change.item as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::UserId;
    use mats_core::telemetry::{Addr, ConfigItem, Image, LoginKind};
    use std::collections::BTreeSet;

    #[test]
    fn keys_are_distinct_and_within_the_vocabulary() {
        let user = UserId(1);
        let mut seen = BTreeSet::new();
        for code in EventCode::ALL {
            for amount in [1, 100] {
                for image in [Image::Browser, Image::PowerShell] {
                    seen.insert(event(&SystemEvent { code, user, image, parent: Image::None, amount }));
                }
            }
        }
        // 27 codes: two have no key, three are told apart further.
        assert_eq!(seen.len(), 1 + 22 + 2 + 2 + 2);
        for kind in [
            LoginKind::Interactive,
            LoginKind::Network,
            LoginKind::Batch,
            LoginKind::Service,
            LoginKind::Remote,
        ] {
            for success in [false, true] {
                assert!(seen.insert(login(&Login { user, source: Addr(1), kind, success })));
            }
        }
        for item in ConfigItem::ALL {
            assert!(seen.insert(config(&ConfigChange { item, user, value: 0 })));
        }
        assert!(seen.iter().all(|&k| (k as usize) < VOCABULARY));
    }
}
