//! The 32 features of a machine. All are finite and at least 0. "Lately" means a count that decays with a time
//! constant of half an hour; "just now" one of two minutes. A steady rate of r per minute shows as 30 r, or 2 r.

use super::FEATURES;

/// A feature's name, unit and meaning.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name used in files and reports.
    pub name: &'static str,
    /// The unit.
    pub unit: &'static str,
    /// Meaning of the feature.
    pub about: &'static str,
}

macro_rules! columns {
    ($($position:literal $constant:ident $name:literal $unit:literal $about:literal;)*) => {
        $(#[doc = $about] pub const $constant: usize = $position;)*
        /// All features, in order.
        pub const COLUMNS: [Column; FEATURES] =
            [$(Column { name: $name, unit: $unit, about: $about }),*];
    };
}

columns! {
    0 FLOWS_OUT "flows_out" "flows, just now" "Connections the machine opened.";
    1 FLOWS_IN "flows_in" "flows, just now" "Connections others opened to it.";
    2 FAILED_FLOWS "failed_flows" "flows, just now" "Connections it opened that found no answer or were rejected.";
    3 INTERNAL_PEERS "internal_peers" "machines" "Different internal machines it connected to within 30 to 60 minutes.";
    4 FOREIGN_PROCESSES "foreign_processes" "processes, lately" "Processes under accounts that are neither at home on it nor administrators'.";
    5 ADMIN_OUT "admin_out" "flows, lately" "SMB, RDP, SSH and WinRM connections it opened to internal machines.";
    6 ADMIN_IN "admin_in" "flows, lately" "SMB, RDP, SSH and WinRM connections opened to it.";
    7 SENT "sent" "log2(1 + KiB), lately" "Bytes sent outside.";
    8 SHARED "shared" "flows, lately" "Connections to uncommon outside places that other machines know too; old ones count less.";
    9 RARE_SHARE "rare_share" "share" "Share of outside connections to places that at most two machines know, lately.";
    10 BEACON "beacon" "0 to 1" "How regular its connections to uncommon outside places are, those begun recently first.";
    11 DISPLACED_OUT "displaced_out" "logins, lately" "Logins from it to other machines under accounts at home elsewhere.";
    12 FAILED_LOGINS "failed_logins" "logins, lately" "Logins to it that failed.";
    13 FAILED_LOGINS_OUT "failed_logins_out" "logins, lately" "Logins from it to other machines that failed.";
    14 ACCOUNTS "accounts" "accounts" "Different accounts tried on it or from it within 30 to 60 minutes.";
    15 LOGINS_IN "logins_in" "logins, lately" "Successful logins to it from other machines.";
    16 LOGIN_TARGETS "login_targets" "machines" "Different machines logged in to from it within 30 to 60 minutes.";
    17 DISPLACED_IN "displaced_in" "logins, lately" "Logins to it from a machine on which the account is not at home.";
    18 PRIVILEGES "privileges" "events, lately" "Special privileges and explicit credentials used.";
    19 SCRIPTS "scripts" "processes, lately" "Script interpreters and command lines started, script blocks run.";
    20 ODD_PARENTS "odd_parents" "processes, lately" "Shells and tools started by documents, browsers, mail or servers.";
    21 REMOTE_EXECUTION "remote_execution" "processes, lately" "Processes started by remote services, WMI, tasks or SSH.";
    22 DISCOVERY "discovery" "processes, lately" "Directory, network and account tools started.";
    23 RARE_TOOLS "rare_tools" "events, lately" "Rare and memory-reading tools, other processes' memory opened or threads made.";
    24 ARCHIVES "archives" "processes, lately" "Archivers started, and shares opened at a tenth each.";
    25 ASSET "asset" "class / 2" "0 workstation, 0.5 server, 1 critical.";
    26 FILES "files" "log2(1 + files), just now" "Files written or deleted.";
    27 DELETED "deleted" "log2(1 + files), lately" "Files deleted; disk tools and changed backups count as 64 each.";
    28 PERSISTENCE "persistence" "events, lately" "Services, tasks, autoruns, accounts and group members added.";
    29 EVASION "evasion" "events, lately" "Logs cleared, protection or firewall changed.";
    30 NEW_PLACE "new_place" "1 / (1 + hours)" "How recently it began to return to an uncommon outside place.";
    31 NIGHT "night" "0 to 1" "1 at one in the morning, 0 at one in the afternoon, a cosine between.";
}

/// A number that changes when the features' names, order or meaning do: model files carry it (FNV-1a).
pub fn schema() -> u64 {
    let mut hash = mats_models::hash::Fnv::new();
    for column in COLUMNS {
        for text in [column.name, column.unit, column.about] {
            hash.write(text.as_bytes());
        }
    }
    hash.finish()
}
