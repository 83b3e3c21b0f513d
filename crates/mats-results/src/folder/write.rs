//! Files, each written whole or not at all.

use super::clean::{remove, remove_figures};
use super::names::{FIGURE, FIGURES, MODELS, REPORT, SUMS};
use super::sums::{is_summed, spell, sums_of};
use super::{ResultFolder, WriteError};
use crate::digest::{Summing, sha256};
use crate::rows::Row;
use csv::StringRecord;
use mats_core::files::write_atomic;
use serde::Serialize;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

impl ResultFolder {
    /// Writes a table. The header is written even when there are no rows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv<'a, R: Row + 'a>(
        &self,
        name: &str,
        rows: impl IntoIterator<Item = &'a R>,
    ) -> Result<(), WriteError> {
        self.write_with(name, |file| {
            let mut writer = csv::Writer::from_writer(file);
            writer.write_record(R::header())?;
            let mut record = StringRecord::new();
            for row in rows {
                record.clear();
                row.put(&mut record);
                writer.write_record(&record)?;
            }
            writer.flush()
        })
    }

    /// Writes a text as it stands.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_text(&self, name: &str, text: &str) -> Result<(), WriteError> {
        self.write_bytes(name, text.as_bytes())
    }

    /// Writes bytes as they stand, such as a model.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        self.write_with(name, |file| file.write_all(bytes))
    }

    /// Writes a value as indented JSON that ends in a newline.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), WriteError> {
        self.write_with(name, |file| {
            serde_json::to_writer_pretty(&mut *file, value)?;
            file.write_all(b"\n")
        })
    }

    /// Writes the record, by which the results are whole, as indented JSON; before it [`SUMS`] of all that was written through
    /// this `ResultFolder`, the record among it.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn seal(&self, record: &impl Serialize) -> Result<(), WriteError> {
        let path = || self.staging.join(self.record);
        let text = serde_json::to_string_pretty(record)
            .map_err(|e| WriteError::Io { path: path(), reason: io::Error::from(e) })?;
        let text = format!("{text}\n");
        self.sums.borrow_mut().insert(self.record.to_owned(), sha256(text.as_bytes()));
        let sums = spell(&self.sums.borrow());
        self.write_text(SUMS, &sums)?;
        self.write_text(self.record, &text)
    }

    /// Writes [`SUMS`] of some files that are there, in a folder around those of several runs.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn seal_files(&self, names: &[&str]) -> Result<(), WriteError> {
        let sums = sums_of(&self.path, names)
            .map_err(|reason| WriteError::Io { path: self.path.clone(), reason })?;
        self.write_text(SUMS, &spell(&sums))
    }

    /// Removes [`SUMS`], before a file that they list is written anew.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn unseal(&self) -> Result<(), WriteError> {
        remove(&self.path.join(SUMS))
    }

    /// Writes a report: a page by its name, and figures in a folder by theirs. The page comes last, so that one that is
    /// new has all its figures; then those go that an earlier report left there. If it fails, the earlier page stays.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_report(
        &self,
        (page, html): (&str, &str),
        (folder, figures): (&str, &[(String, String)]),
    ) -> Result<(), WriteError> {
        replaceable(&self.staging.join(page))?;
        for (name, svg) in figures {
            self.write_text(&format!("{folder}/{name}"), &format!("{FIGURE}\n{svg}"))?;
        }
        self.write_text(page, html)?;
        remove_figures(&self.path.join(folder), |name| figures.iter().any(|f| f.0 == name))
    }

    /// Removes the report that was written here by its usual name, with its figures.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn remove_report(&self) -> Result<(), WriteError> {
        remove(&self.path.join(REPORT))?;
        remove_figures(&self.path.join(FIGURES), |_| false)
    }

    /// Writes a file through a temporary one, so that the old content stays until the new is complete.
    fn write_with(
        &self,
        name: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || !inside {
            return Err(WriteError::Name { name: name.to_owned() });
        }
        let mut parts = Path::new(name).iter().map(|part| part.to_string_lossy());
        if let (Some(MODELS), Some(seed), Some(_)) = (parts.next().as_deref(), parts.next(), parts.next()) {
            self.models.borrow_mut().insert(seed.into_owned());
        }
        let path = self.staging.join(name);
        replaceable(&path)?;
        let folder = self.folder_of(name)?;
        let mut sum = None;
        let written = fs::create_dir_all(folder).and_then(|()| {
            write_atomic(&path, |file| {
                let mut summing = Summing::new(file);
                fill(&mut summing)?;
                sum = Some(summing.finish());
                Ok(())
            })
        });
        written.map_err(|reason| WriteError::Io { path, reason })?;
        if let Some(sum) = sum.filter(|_| is_summed(name)) {
            self.sums.borrow_mut().insert(name.to_owned(), sum);
        }
        Ok(())
    }

    /// The folder of a file. No folder on the way to it may be a link.
    fn folder_of(&self, name: &str) -> Result<PathBuf, WriteError> {
        let mut folder = self.staging.clone();
        for part in Path::new(name).parent().unwrap_or(Path::new("")) {
            folder.push(part);
            if folder.is_symlink() {
                return Err(WriteError::Link { path: folder });
            }
        }
        Ok(folder)
    }
}

/// A link, a device, or a folder, is nobody's to replace.
fn replaceable(path: &Path) -> Result<(), WriteError> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => Err(WriteError::Link { path: path.to_owned() }),
        Ok(there) if !there.is_file() => Err(WriteError::Irregular { path: path.to_owned() }),
        _ => Ok(()),
    }
}
