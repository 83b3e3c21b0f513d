//! What a threat intelligence feed knows in general: techniques and weaknesses. None of it is about the episode at
//! hand, so none of it tells what happens there.

/// A technique of MITRE ATT&CK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// Id of the technique, such as `T1566.001`.
    pub id: String,
    /// Name of the technique in ATT&CK.
    pub name: String,
    /// The tactic it serves, such as `initial-access`.
    pub tactic: String,
}

/// A weakness of the catalogue at <https://cve.org>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vulnerability {
    /// Id of the weakness, such as `CVE-2020-1472`.
    pub id: String,
    /// The service it sits in, for those that nothing more is known of.
    pub service: &'static str,
}

/// Knowledge that the feed holds in general.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Knowledge {
    /// Techniques that attackers may use.
    pub techniques: Vec<Technique>,
    /// Weaknesses that attackers may use.
    pub vulnerabilities: Vec<Vulnerability>,
}
