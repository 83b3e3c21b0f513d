//! What a job is: all that its units must agree in.

use super::experiment::JobSpec;
use crate::defender::DefenderSpec;
use crate::overrides;
use crate::record::RunRecord;
use crate::settings::RunSettings;
use mats_results::differences::{Difference, differences};
use mats_results::digest::fingerprint;
use mats_results::{ReadError, read_json};
use mats_scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// File in a folder that records the job its units are of.
pub const RECORD: &str = "units/job.json";

/// Definition of a job: all that must be the same for units to belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Version of the program: another one may reckon otherwise.
    pub version: String,
    /// The scenario, as checked.
    pub scenario: Scenario,
    /// Scenarios that are evaluated on, too.
    pub also: Vec<Scenario>,
    /// Settings of the run.
    pub settings: RunSettings,
    /// Changes that an experiment made in the scenario's file, as TOML: they are in the scenario, and only told here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub changes: String,
}

impl Definition {
    /// The definition of a job, by this version of the program.
    pub fn of(spec: &JobSpec, version: &str) -> Definition {
        Definition {
            version: version.to_owned(),
            scenario: spec.scenario.clone(),
            also: spec.also.clone(),
            settings: spec.settings.clone(),
            changes: spec.changes.clone(),
        }
    }

    /// Returns the definition of a finished run.
    pub fn of_run(record: RunRecord) -> Definition {
        let RunRecord { version, scenario, also, settings, changes, .. } = record;
        Definition { version, scenario, also, settings, changes }
    }

    /// Returns the same job as a specification: to be put together, not worked.
    pub fn spec(self, name: String) -> JobSpec {
        let Definition { scenario, also, settings, changes, .. } = self;
        JobSpec { name, scenario, also, settings, changes }
    }

    /// Computes the fingerprint, which is the same for the same definition, and only then.
    pub fn fingerprint(&self) -> String {
        fingerprint(self)
    }

    /// The difference to the defenders of another one.
    fn defenders_differ(&self, other: &Definition) -> Option<String> {
        let (here, there) = (&self.settings.defenders, &other.settings.defenders);
        if here.len() == there.len() {
            return here.iter().zip(there).find_map(|(one, other)| one.differs(other));
        }
        let names = |all: &[DefenderSpec]| all.iter().map(DefenderSpec::name).collect::<Vec<_>>().join(",");
        Some(format!("list of defenders ({} instead of {})", names(there), names(here)))
    }

    /// The difference to another one, if there is one.
    pub fn differs(&self, other: &Definition) -> Option<String> {
        if self.version != other.version {
            Some(format!("version of the program ({} instead of {})", other.version, self.version))
        } else if (&self.scenario, &self.also) != (&other.scenario, &other.also) {
            Some("scenario".to_owned())
        } else if self.changes != other.changes {
            Some("list of changes to the scenario's file".to_owned())
        } else if let Some(changed) = self.defenders_differ(other) {
            Some(changed)
        } else {
            let trees = (overrides::tree(&self.settings), overrides::tree(&other.settings));
            let Difference { name, one, other } = differences(&trees.0, &trees.1).into_iter().next()?;
            Some(format!("value of `{name}` ({other} instead of {one})"))
        }
    }
}

/// Reads the definition of the job that a folder's units are of.
///
/// # Errors
/// When it holds none, or the file is damaged.
pub fn definition(folder: &Path) -> Result<Definition, ReadError> {
    read_json(&folder.join(RECORD))
}
