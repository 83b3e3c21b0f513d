//! A run, read back from its folder.

use mats_core::files::{MAX_TEXT, read_regular_text};
use mats_respond::{PolicyTable, TableError};
use mats_results::differences::Difference;
use mats_results::{Labels, ReadError, RecordedRun, RunTables, SummaryRow, read_run};
use std::borrow::Cow;
use std::path::Path;

/// Errors of reading a run that is to be reported.
#[derive(Debug, thiserror::Error)]
pub enum ReadRunError {
    /// A file is missing or damaged.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A policy table is damaged.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A policy table cannot be read.
    #[error("read {path}: {reason}")]
    Io {
        /// The file.
        path: String,
        /// Error from the system.
        reason: std::io::Error,
    },
}

/// A run and all that its folder says of it.
#[derive(Debug, Clone)]
pub struct ReportedRun {
    /// Name of the run among others.
    pub name: String,
    /// Name it is compared as: its own, or the variant of an experiment, which has a run for each of several scenarios.
    pub variant: String,
    /// Folder of the run, as it was named.
    pub place: String,
    /// Record of what was run.
    pub record: RecordedRun,
    /// Settings that are not the default: the run's value, then the default.
    pub changed: Vec<Difference>,
    /// Tables of the run.
    pub tables: RunTables,
    /// Names of the defenders as pages show them.
    pub labels: Labels,
    /// The policy tables as refined, by training seed; none where agents were evaluated that stay elsewhere.
    pub policies: Vec<(u64, PolicyTable)>,
}

impl ReportedRun {
    /// Reads a result folder. It may be one of an older version that lacks some tables. What of its
    /// settings was `changed`, whoever knows the defaults says.
    ///
    /// # Errors
    /// When it holds no finished run, or a file is damaged.
    pub fn read(folder: &Path, name: &str, changed: Vec<Difference>) -> Result<ReportedRun, ReadRunError> {
        let record = RecordedRun::read(folder)?;
        let tables = read_run(folder)?;
        let mut policies = Vec::new();
        for &(seed, _) in &record.cuts {
            let path = folder.join("models").join(seed.to_string()).join("policy.toml");
            let shown = path.display().to_string();
            match read_regular_text(&path, MAX_TEXT) {
                Ok(text) => policies.push((seed, PolicyTable::parse(&text, &shown)?)),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(reason) => return Err(ReadRunError::Io { path: shown, reason }),
            }
        }
        let place = folder.display().to_string();
        let (name, variant) = (name.to_owned(), name.to_owned());
        let labels = Labels::of(tables.summary.iter().map(|row| row.defender.as_str()));
        Ok(ReportedRun { name, variant, place, record, changed, tables, labels, policies })
    }

    /// Name of the scenario.
    pub fn scenario(&self) -> &str {
        &self.record.scenario.name
    }

    /// The scenario in a few words.
    pub fn title(&self) -> &str {
        let title = &self.record.scenario.title;
        if title.is_empty() { self.scenario() } else { title }
    }

    /// Tells whether agents were trained here, not only evaluated.
    pub fn is_trained_here(&self) -> bool {
        !self.tables.learning.is_empty()
    }

    /// The defenders, in the order of the table.
    pub fn defenders(&self) -> Vec<&str> {
        let mut names = Vec::<&str>::new();
        for row in self.rows() {
            if !names.contains(&row.defender.as_str()) {
                names.push(&row.defender);
            }
        }
        names
    }

    /// A defender's name as pages show it, told apart from that of the others.
    pub fn label<'a>(&'a self, defender: &'a str) -> Cow<'a, str> {
        self.labels.get(defender)
    }

    fn rows(&self) -> impl Iterator<Item = &SummaryRow> {
        self.tables.summary.iter().filter(|row| row.scenario == self.scenario())
    }

    /// A figure of a defender.
    pub fn figure(&self, defender: &str, metric: &str) -> Option<&SummaryRow> {
        self.rows().find(|row| row.defender == defender && row.metric == metric)
    }

    /// A figure of a defender, where it is defined.
    pub fn value(&self, defender: &str, metric: &str) -> Option<f64> {
        self.figure(defender, metric).and_then(|row| row.value)
    }
}
