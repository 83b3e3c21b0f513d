//! What each episode of a set holds, for `dataset.json`.

use super::format::Generated;
use serde::Serialize;

/// Summary of an episode, or of its benign twin.
#[derive(Debug, Clone, Serialize)]
pub(super) struct EpisodeSummary {
    /// Its folder.
    pub folder: String,
    /// The folder of the episode that this is without its campaigns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twin_of: Option<String>,
    /// Flag: something malicious was recorded, so its `truth.csv` names records.
    pub attack: bool,
    /// Number of campaigns that began within the hours written; one that only got ready leaves no record.
    pub campaigns: u64,
    /// Number of records.
    pub records: u64,
    /// Number of malicious ones among them.
    pub malicious: u64,
}

impl Generated {
    /// Counts an episode or a twin in.
    pub(super) fn add(&mut self, summary: &EpisodeSummary) {
        self.records += summary.records;
        self.malicious += summary.malicious;
        self.attacked += u64::from(summary.attack);
        self.twins += u64::from(summary.twin_of.is_some());
    }
}
