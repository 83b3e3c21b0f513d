//! Explanations of why a threat was raised, in terms that a person can check.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Features and techniques named at most.
pub const NAMED: usize = 3;

/// One of the Detection Agent's models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[repr(u8)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// Isolation forest.
    #[default]
    Anomaly,
    /// Random forest.
    Forest,
    /// LSTM.
    Sequence,
    /// Indicator match.
    Indicator,
}

impl Model {
    /// All models; a model's position is its number.
    pub const ALL: [Model; 4] = [Model::Anomaly, Model::Forest, Model::Sequence, Model::Indicator];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["anomaly", "forest", "sequence", "indicator"][self as usize]
    }
}

/// A feature that raised the score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Position of the feature among the detectors' features.
    pub feature: u8,
    /// Increase of the log-odds of malice, in nats.
    pub weight: f32,
}

/// A technique of MITRE ATT&CK, such as `T1110.003`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TechniqueId {
    number: u16,
    /// 0 for the technique as a whole.
    sub: u16,
}

impl TechniqueId {
    /// A technique, `sub` being 0, or one of its sub-techniques.
    pub const fn new(number: u16, sub: u16) -> TechniqueId {
        TechniqueId { number, sub }
    }

    /// The technique that a sub-technique belongs to.
    pub const fn base(self) -> TechniqueId {
        TechniqueId { number: self.number, sub: 0 }
    }
}

impl fmt::Display for TechniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sub {
            0 => write!(f, "T{:04}", self.number),
            sub => write!(f, "T{:04}.{sub:03}", self.number),
        }
    }
}

impl FromStr for TechniqueId {
    type Err = String;

    fn from_str(text: &str) -> Result<TechniqueId, String> {
        let wrong = || format!("`{text}` is no technique; write it like T1110 or T1110.003");
        let (number, sub) = text
            .strip_prefix('T')
            .ok_or_else(wrong)?
            .split_once('.')
            .map_or_else(|| (&text[1..], "000"), |(number, sub)| (number, sub));
        if number.len() != 4 || sub.len() != 3 {
            return Err(wrong());
        }
        let parse = |digits: &str| digits.parse::<u16>().map_err(|_| wrong());
        Ok(TechniqueId { number: parse(number)?, sub: parse(sub)? })
    }
}

impl From<TechniqueId> for String {
    fn from(id: TechniqueId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for TechniqueId {
    type Error = String;

    fn try_from(text: String) -> Result<TechniqueId, String> {
        text.parse()
    }
}

/// Reasons to raise a threat: who says so, what moved it, and what it looks like. The default says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Explanation {
    /// The model that raised the fused score most.
    pub model: Model,
    /// The features that raised it most, the strongest first.
    pub features: [Option<Reason>; NAMED],
    /// The techniques that these features suggest, the likeliest first.
    pub techniques: [Option<TechniqueId>; NAMED],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_read_as_written() {
        for text in ["T1110", "T1110.003", "T0001"] {
            assert_eq!(text.parse::<TechniqueId>().unwrap().to_string(), text);
        }
        assert_eq!(TechniqueId::new(1110, 3).base().to_string(), "T1110");
        for wrong in ["", "T", "1110", "T11", "T1110.3", "T1110.0034", "Tabcd", "T1110.x01", "é110"] {
            assert!(wrong.parse::<TechniqueId>().is_err(), "{wrong}");
        }
    }
}
