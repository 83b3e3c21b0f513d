//! Sessions of events from files: to fit to, to evaluate on, to score as they come.

mod evaluate;
mod read;
mod score;

pub use evaluate::{SessionEvaluation, SessionFigures, evaluate};
pub use read::{Sessions, learn, learn_from, sessions};
pub use score::score;

#[cfg(test)]
mod tests {
    use super::super::score::ScoreOptions;
    use super::score::MAX_STATES;
    use super::*;
    use crate::sequences::{Reading, SequenceDetector, SequenceParams, Source};
    use crate::templates::Templates;
    use mats_models::lstm::LstmParams;
    use serde_json::Value;
    use std::fmt::Write as _;
    use std::path::Path;

    fn reading(source: Source) -> Reading {
        Reading { source, columns: None, stream: None }
    }

    fn fitted(path: &Path, source: Source) -> SequenceDetector {
        let mut reading = reading(source);
        let (sessions, vocabulary) = learn(path, &mut reading).unwrap();
        let lstm = LstmParams { epochs: 8, ..LstmParams::default() };
        let params = SequenceParams { lstm, ..SequenceParams::default() };
        params.fit(&sessions.keys, vocabulary, reading, 1).unwrap()
    }

    #[test]
    fn plain_lines_become_events_and_a_line_of_a_new_kind_alarms() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("auth.log");
        let lines: Vec<String> = (0..4000)
            .map(|i| match i % 4 {
                0 => format!("Connection from 10.0.0.{} port {}", i % 200, 1000 + i),
                1 => format!("Accepted password for user{} from 10.0.0.{}", i % 7, i % 200),
                2 => format!("session opened for user{}", i % 7),
                _ => format!("session closed for user{}", i % 7),
            })
            .collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
        let detector = fitted(&path, Source::Lines { templates: Templates::default() });
        let fresh = "Connection from 10.9.9.9 port 7\nAccepted password for user9 from 10.0.0.3\n\
                     kernel: module rootkit loaded at 0xdeadbeef01\n";
        let mut out = Vec::new();
        let (tally, _) =
            score(&detector, fresh.as_bytes(), "fresh", ScoreOptions::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!((tally.scored, tally.alarms, tally.oddities.unseen), (3, 1, 1), "{text}");
        let told: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(told[0]["template"], "Connection from <*> port <*>");
        assert_eq!((&told[2]["verdict"], &told[2]["template"]), (&"malicious".into(), &Value::Null));
        let members = |i: usize| -> Vec<&Value> {
            told[i]["reasons"].as_array().unwrap().iter().map(|reason| &reason["member"]).collect()
        };
        assert!(members(2).contains(&&"unseen event".into()), "{text}");
        assert!(!members(0).contains(&&"unseen event".into()), "{text}");
        let reasons = told.iter().flat_map(|told| told["reasons"].as_array().unwrap());
        for reason in reasons {
            assert!(reason["moved"].as_f64().unwrap() > 0.0, "{text}");
            assert_eq!(reason["rank"].is_u64(), reason["member"] == "LSTM", "{text}");
        }
    }

    #[test]
    fn without_malicious_sessions_false_positives_alone_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sessions");
        std::fs::write(&path, "open read close\nopen write close\n".repeat(100)).unwrap();
        let detector = fitted(&path, Source::Sessions);
        let normal = sessions(&path, &detector).unwrap().keys;
        let mut out = Vec::new();
        let lines = "open read close\nclose open open\n";
        score(&detector, lines.as_bytes(), "sessions", ScoreOptions::default(), &mut out).unwrap();
        let told: Vec<Value> =
            out.split(|&b| b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        assert_eq!(told[0]["verdict"], "benign");
        assert_eq!(told[1]["verdict"], "malicious");
        let probability = |i: usize| told[i]["probability"].as_f64().unwrap();
        assert!(probability(1) < 0.05 && probability(0) > 0.2, "{told:?}");
        assert!(told[1]["rank"].as_u64() > Some(2) && told[1]["reasons"][0]["moved"].as_f64() > Some(1.0));
        let alone = evaluate(&detector, &normal, &[], 1);
        assert_eq!((alone.sessions, alone.gain.is_none()), ((200, 0), true));
        assert!(
            alone.figures.iter().all(|f| f.recall.is_none() && f.false_positive_rate == 0.0),
            "{alone:?}"
        );
        let both = evaluate(&detector, &normal, &normal[..50], 1);
        let baseline = both.figures.last().unwrap();
        // As blind as a coin that alarms once in a hundred.
        assert_eq!((baseline.accuracy, baseline.recall), (Some(0.8), Some(0.0)));
        assert!((baseline.recall_at_one_percent.unwrap() - 0.01).abs() < 1e-12, "{baseline:?}");
    }

    #[test]
    fn lines_that_were_learnt_are_no_news() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("svc.log");
        let mut text = "svc status ok alpha beta gamma\n".repeat(3000);
        text.push_str("svc status ok 1 2 3\nsvc status bad 1 2 3\n");
        std::fs::write(&path, &text).unwrap();
        let detector = fitted(&path, Source::Lines { templates: Templates::default() });
        let mut out = Vec::new();
        let (tally, _) =
            score(&detector, text.as_bytes(), "again", ScoreOptions::default(), &mut out).unwrap();
        assert_eq!((tally.scored, tally.oddities.unseen), (3002, 0));
        assert!(tally.alarms < 100, "{tally:?}");
    }

    #[test]
    fn rows_are_told_apart_by_whose_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.csv");
        let mut text = "host,event\n".to_owned();
        for i in 0..3000 {
            // Interleaved, so that only by host there is an order: a, b, a, b.
            let event = if (i / 15) % 2 == 0 { "logon" } else { "logoff" };
            writeln!(text, "h{},{event}", i % 15).unwrap();
        }
        std::fs::write(&path, text).unwrap();
        let source = Source::Rows { event: "event".into(), entity: Some("host".into()) };
        let detector = fitted(&path, source);
        let found = sessions(&path, &detector).unwrap();
        assert_eq!((found.keys.len(), found.keys[0].len()), (60, 50));
        let bad = "host,event\nx,logon\nx,logoff\nx,logoff\n";
        let mut out = Vec::new();
        score(&detector, bad.as_bytes(), "bad", ScoreOptions::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let verdicts: Vec<bool> = text.lines().map(|l| l.contains("malicious")).collect();
        assert_eq!(verdicts, [false, false, true], "{text}");
        // More machines than are watched: those idle longest make room, and their names are not told whole.
        let mut many = "host,event\n".to_owned();
        for i in (0..=MAX_STATES).chain([0, MAX_STATES]) {
            writeln!(many, "{}{i},logon", "x".repeat(if i == 0 { 10_000 } else { 0 })).unwrap();
        }
        let mut out = Vec::new();
        let (tally, _) =
            score(&detector, many.as_bytes(), "many", ScoreOptions::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let verdicts: Vec<bool> = text.lines().map(|l| l.contains("malicious")).collect();
        // The first had been forgotten and logs on for the first time; the last logs on twice.
        assert_eq!(verdicts[MAX_STATES..], [false, false, true]);
        assert_eq!((tally.alarms, tally.evicted), (1, 2));
        assert!(text.lines().all(|line| line.len() < 400));
        let missing = reading(Source::Rows { event: "action".into(), entity: None });
        let error = learn(&path, &mut missing.clone()).unwrap_err().to_string();
        assert!(error.contains("no column `action`; there are host, event"), "{error}");
    }
}
