//! Sums: a finished run proves that its files are those that were written.
//!
//! [`SUMS`] lists the SHA-256 of every file that belongs to the results. Not among them are `timing.json`, which differs each
//! time, and what reports make of the results: `report.html` and `figures/`.

use super::clean::{entries, is_model};
use super::names::{FIGURES, FILES, MODELS, POLICY, REPORT, SUMS, TIMING, is_seed};
use crate::digest::hexadecimal;
use crate::read_error::ReadError;
use mats_core::files::{MAX_TABLE, MAX_TEXT, open_regular, read_regular_text};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// SHA-256 by the name of the file, with `/` between the parts.
pub(super) type Sums = BTreeMap<String, String>;

/// How far a run proves itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// All of so many files are those that were written.
    Whole(usize),
    /// An older version wrote no sums: the files are taken as they are.
    None,
}

/// Checks that the files of finished results are those that were written, none lacking and none added.
///
/// # Errors
/// Names the first file that is not.
pub fn check_run(folder: &Path) -> Result<Proof, ReadError> {
    let Some(sums) = checked(folder)? else { return Ok(Proof::None) };
    match readable(folder).into_iter().find(|name| !sums.contains_key(name)) {
        Some(name) => Err(ReadError::Altered { path: folder.join(name) }),
        None => Ok(Proof::Whole(sums.len())),
    }
}

/// Sums of a run as they were when it was begun to be read: so that one that is replaced meanwhile is not taken for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    folder: PathBuf,
    text: Option<String>,
}

impl Seal {
    /// Remembers a run that is about to be read. Whatever reads it checks it; here only its sums are looked at.
    pub fn of(folder: &Path) -> Seal {
        Seal { folder: folder.to_owned(), text: Seal::text(folder) }
    }

    /// Checks a run once it was read: that it is whole, and still the one that it was.
    ///
    /// # Errors
    /// When it is not, or not whole.
    pub fn check(&self) -> Result<(), ReadError> {
        check_run(&self.folder)?;
        if Seal::text(&self.folder) == self.text {
            Ok(())
        } else {
            Err(ReadError::Replaced { path: self.folder.clone() })
        }
    }

    fn text(folder: &Path) -> Option<String> {
        read_regular_text(&folder.join(SUMS), MAX_TEXT).ok()
    }
}

/// Checks the files that the sums of a folder list, where there may be others: the folder of an experiment.
///
/// # Errors
/// Names the first file that is not what was written.
pub fn check_listed(folder: &Path) -> Result<Proof, ReadError> {
    Ok(checked(folder)?.map_or(Proof::None, |sums| Proof::Whole(sums.len())))
}

/// The sums of a folder, all of which are right; `None` where there are none.
fn checked(folder: &Path) -> Result<Option<Sums>, ReadError> {
    let path = folder.join(SUMS);
    let text = match read_regular_text(&path, MAX_TEXT) {
        Ok(text) => text,
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(reason) if reason.kind() == io::ErrorKind::InvalidData => {
            return Err(ReadError::Altered { path });
        }
        Err(reason) => return Err(ReadError::Io { path, reason }),
    };
    let sums = parse(&text).ok_or(ReadError::Altered { path })?;
    for (name, sum) in &sums {
        let path = folder.join(name);
        match sum_of(&path) {
            Ok(found) if found == *sum => {}
            Ok(_) => return Err(ReadError::Altered { path }),
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => {
                return Err(ReadError::Altered { path });
            }
            Err(reason) => return Err(ReadError::Io { path, reason }),
        }
    }
    Ok(Some(sums))
}

/// The sums of some files of a folder.
pub(super) fn sums_of(folder: &Path, names: &[&str]) -> io::Result<Sums> {
    names.iter().map(|&name| Ok((name.to_owned(), sum_of(&folder.join(name))?))).collect()
}

/// The first file that is not what was written, of results that wait in one folder and are, perhaps in part, in their place in another.
pub(super) fn first_damaged(staging: &Path, path: &Path) -> Option<PathBuf> {
    let place =
        |name: &str| [staging, path].map(|folder| folder.join(name)).into_iter().find(|file| file.exists());
    // Of what has no sums, nothing is known.
    let list = place(SUMS)?;
    let Some(sums) = read_regular_text(&list, MAX_TEXT).ok().as_deref().and_then(parse) else {
        return Some(list);
    };
    let is_whole = |name: &str, sum: &String| {
        place(name).is_some_and(|file| sum_of(&file).is_ok_and(|found| found == *sum))
    };
    sums.iter().find(|(name, sum)| !is_whole(name, sum)).map(|(name, _)| staging.join(name))
}

/// Tells whether a file belongs to the results that sums are for.
pub(super) fn is_summed(name: &str) -> bool {
    let inside = name.strip_prefix(FIGURES).is_some_and(|rest| rest.starts_with('/'));
    ![TIMING, SUMS, REPORT].contains(&name) && !inside
}

/// Spells sums out, a line each.
pub(super) fn spell(sums: &Sums) -> String {
    sums.iter().fold(String::new(), |mut text, (name, sum)| {
        let _ = writeln!(text, "{sum}  {name}");
        text
    })
}

/// The sums of a text; `None` where a line is none, a name leads out of the folder or comes twice, or nothing is listed.
fn parse(text: &str) -> Option<Sums> {
    let mut sums = Sums::new();
    for line in text.lines() {
        let (sum, name) = line.split_once("  ")?;
        let is_sum = sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_sum || name.is_empty() || !inside || sums.insert(name.to_owned(), sum.to_owned()).is_some() {
            return None;
        }
    }
    (text.ends_with('\n') && !sums.is_empty()).then_some(sums)
}

/// Names of the files that readers of results look at, of those that are there.
fn readable(folder: &Path) -> Vec<String> {
    let there = |name: &&str| is_summed(name) && folder.join(name).exists();
    let mut names: Vec<String> = FILES.into_iter().filter(there).map(str::to_owned).collect();
    for (seed, path) in entries(&folder.join(MODELS)) {
        if path.is_dir() && is_seed(&seed) {
            let inner = entries(&path).into_iter().map(|(name, _)| name).filter(|name| is_read(name));
            names.extend(inner.map(|name| format!("{MODELS}/{seed}/{name}")));
        } else if is_model(&seed) {
            names.push(format!("{MODELS}/{seed}"));
        }
    }
    names.sort();
    names
}

/// Tells whether a file in the folder of a training seed is one that is looked at.
fn is_read(name: &str) -> bool {
    is_model(name) || name == POLICY
}

/// The SHA-256 of a file, read in pieces.
pub(super) fn sum_of(path: &Path) -> io::Result<String> {
    let (mut file, mut hasher) = (open_regular(path, MAX_TABLE)?, Sha256::new());
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hexadecimal(&hasher.finalize())),
            Ok(read) => hasher.update(&piece[..read]),
            Err(reason) if reason.kind() == io::ErrorKind::Interrupted => {}
            Err(reason) => return Err(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_read_back_and_whatever_else_is_refused() {
        let sums: Sums = [("a.csv", 'a'), ("models/1/x", 'b')]
            .map(|(name, c)| (name.to_owned(), c.to_string().repeat(64)))
            .into();
        let text = spell(&sums);
        assert_eq!(parse(&text), Some(sums));
        let line = text.lines().next().unwrap();
        for bad in [
            "",
            line,
            &text.replace("a.csv", "../a.csv"),
            &text.replace("a.csv", "/a.csv"),
            &text.replace("a.csv", ""),
            &format!("{text}{line}\n"),
            &text.replacen('a', "A", 1),
            &text[1..],
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
