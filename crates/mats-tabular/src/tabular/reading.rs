use serde::{Deserialize, Serialize};

/// Record of how the training rows were read, kept with the model to read others alike. This crate only keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Names of the columns of a file without a header.
    pub columns: Option<Vec<String>>,
    /// Log to read of a combined one.
    pub stream: Option<String>,
    /// The column of the label.
    pub label: Option<String>,
    /// The column that names rows, by which labels of a file of their own are found.
    pub id: Option<String>,
    /// Labels that stand for groups of labels.
    pub groups: Vec<(String, String)>,
    /// Columns left out by the user.
    pub drop: Vec<String>,
    /// Labels, or patterns of them, that mean benign. Empty in files of before, which know one label, the first class.
    #[serde(default)]
    pub benign: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_of_before_know_no_list_of_benign_labels() {
        let before = r#"{"columns":null,"stream":null,"label":"l","id":null,"groups":[],"drop":[]}"#;
        let reading: Reading = serde_json::from_str(before).unwrap();
        assert_eq!((reading.label.as_deref(), reading.benign.len()), (Some("l"), 0));
    }
}
