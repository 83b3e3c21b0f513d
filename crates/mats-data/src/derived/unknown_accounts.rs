//! Who logs in where a record names no account: a machine under its own name, or somebody who tries a name that nobody
//! has. A login and the log entry of it are two records, either of which may arrive first; the later one takes the name
//! of the earlier, and all files tell of both in the same order, so that they agree.

use super::{Derived, SAME_LOGON};
use mats_core::random::Stream;
use mats_core::telemetry::{EventCode, LoginKind};
use mats_core::{Body, HostId, Inventory, Record, SimTime, UserId};

const GUESS: u32 = 0x6d61_7414;
const MINUTE: u64 = 60_000_000;

/// Names that people guess.
const GUESSED: [&str; 14] = [
    "admin",
    "administrator",
    "root",
    "test",
    "guest",
    "oracle",
    "ubuntu",
    "postgres",
    "git",
    "deploy",
    "support",
    "backup",
    "scanner",
    "ftp",
];

/// Returns those of [`GUESSED`] that no account has.
pub(super) fn guesses(inventory: &Inventory) -> Vec<&'static str> {
    let taken = |name: &&str| inventory.users.iter().any(|user| user.name == *name);
    // Never empty, even where an organisation has them all.
    let free: Vec<&str> = GUESSED.into_iter().filter(|name| !taken(name)).collect();
    if free.is_empty() { vec!["stranger"] } else { free }
}

/// Whoever logs in without an account of the organisation's people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Principal {
    /// A machine: its name and a dollar sign.
    Machine(HostId),
    /// A name that nobody has.
    Guess(&'static str),
}

/// An attempt without an account.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    time: SimTime,
    success: bool,
    /// Told by a login record, and not by a log entry.
    login: bool,
    principal: Principal,
}

/// The last attempts at a machine: as many as may lie between the two records of one.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent([Option<Attempt>; 16]);

impl Recent {
    fn twin(&self, time: SimTime, success: bool, login: bool) -> Option<Principal> {
        let same =
            |a: &&Attempt| a.login != login && a.success == success && a.time.0.abs_diff(time.0) < SAME_LOGON;
        self.0.iter().flatten().filter(same).min_by_key(|a| a.time.0.abs_diff(time.0)).map(|a| a.principal)
    }

    fn push(&mut self, attempt: Attempt) {
        self.0.rotate_right(1);
        self.0[0] = Some(attempt);
    }
}

impl Derived<'_> {
    /// Returns who logs in by a record without an account; `None` for all other records. Writers ask of every record,
    /// in the order in which they arrive.
    pub(crate) fn principal(&mut self, record: &Record) -> Option<Principal> {
        let (success, from) = match &record.body {
            Body::Login(login) if login.user == UserId::NONE => {
                // Over the network machines log in as themselves, elsewhere; in all other ways at home.
                let other = login.source.host().filter(|_| login.kind == LoginKind::Network);
                (login.success, Some(other.unwrap_or(record.host)))
            }
            Body::Event(event) if event.user == UserId::NONE => match event.code {
                EventCode::Logon => (true, None),
                EventCode::LogonFailed => (false, None),
                _ => return None,
            },
            _ => return None,
        };
        let new = || {
            if success {
                return Principal::Machine(from.unwrap_or(record.host));
            }
            // A name for a minute at each machine, so that both records find the same.
            let word = Stream::new(0, GUESS, record.host.0.into()).word(record.time.0 / MINUTE);
            Principal::Guess(self.guesses[word as usize % self.guesses.len()])
        };
        let Some(machine) = self.machines.get_mut(record.host.index()) else { return Some(new()) };
        let (time, login) = (record.time, from.is_some());
        let principal = machine.unknown_accounts.twin(time, success, login).unwrap_or_else(new);
        machine.unknown_accounts.push(Attempt { time, success, login, principal });
        Some(principal)
    }

    /// The account's name, as a log entry has it; `None` where neither the record nor anybody has one.
    pub(crate) fn account(&self, user: UserId, principal: Option<Principal>) -> Option<String> {
        match (self.names.user(user), principal) {
            (Some(name), _) => Some(name.into_owned()),
            (None, Some(Principal::Machine(host))) => {
                Some(format!("{}$", self.names.host(host).to_uppercase()))
            }
            (None, Some(Principal::Guess(name))) => Some(name.to_owned()),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::UserInfo;

    #[test]
    fn nobody_has_a_guessed_name() {
        let user = |name: &str| UserInfo { name: name.to_owned(), home: HostId(0), admin: false, value: 1.0 };
        let mut inventory = Inventory { users: vec![user("administrator")], ..Inventory::default() };
        let free = guesses(&inventory);
        assert_eq!(free.len(), GUESSED.len() - 1);
        assert!(!free.contains(&"administrator"));
        inventory.users = GUESSED.map(user).to_vec();
        assert_eq!(guesses(&inventory), ["stranger"]);
    }
}
