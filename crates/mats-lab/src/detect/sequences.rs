//! Sessions of events from files: to fit to, to evaluate on, to score as they come.

use super::ranking::{Ranking, gain};
use super::score::{ScoreError, Tally, Wish, cut, rounded};
use super::watched::{Watched, short};
use crate::metrics::bootstrap::Estimate;
use mats_data::DataError;
use mats_data::rows::{Counts, Format, Row, RowOptions, Rows};
use mats_detect::sequences::{Member, Reading, SequenceDetector, SessionScore, Source, Vocabulary};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

/// Sessions that no line bounds are taken in pieces of so many events.
const PIECE: usize = 50;
/// Machines or accounts that are watched at most: a quarter to eight KiB each, as the network's shape demands.
const WATCHED: usize = 65_536;
/// The false positive rate at which members are compared.
const AT: f64 = 0.01;
/// Whose events are all of one.
const ALL: &str = "all";

/// Sessions of a file, as keys.
#[derive(Debug, Default)]
pub struct Sessions {
    /// Their events.
    pub keys: Vec<Vec<u16>>,
    /// What was met with while reading.
    pub counts: Counts,
}

/// How rows of a source are read.
fn options(reading: &Reading) -> RowOptions {
    let format = match reading.source {
        Source::Rows { .. } => None,
        Source::Sessions | Source::Lines { .. } => Some(Format::Lines),
    };
    RowOptions {
        format,
        columns: reading.columns.clone(),
        stream: reading.stream.clone(),
        header_again: true,
        ..RowOptions::default()
    }
}

/// Reads normal sessions to fit to; the vocabulary, and templates where lines need them, are learnt on the way. Lines are
/// read twice: templates change until the last line, and only then are events what they will be in scoring.
///
/// # Errors
/// When the file cannot be read, or not twice, or lacks a column.
pub fn learn(path: &Path, reading: &mut Reading) -> Result<(Sessions, Vocabulary), DataError> {
    let mut lines = 0;
    if let Source::Lines { templates } = &reading.source {
        let mut templates = templates.clone();
        read(path, reading, &mut |line| {
            templates.learn(line);
            lines += 1;
            Vocabulary::UNSEEN
        })?;
        reading.source = Source::Lines { templates };
    }
    let mut vocabulary = Vocabulary::default();
    let sessions = read(path, reading, &mut |event| {
        name(&reading.source, event).map_or(Vocabulary::UNSEEN, |(name, _)| vocabulary.learn(&name))
    })?;
    if sessions.keys.iter().map(Vec::len).sum::<usize>() < lines {
        let what = "held fewer lines when it was read again; give a plain file, not a pipe".to_owned();
        return Err(DataError::File { file: path.display().to_string(), what });
    }
    Ok((sessions, vocabulary))
}

/// Reads sessions for a detector.
///
/// # Errors
/// As [`learn`].
pub fn sessions(path: &Path, detector: &SequenceDetector) -> Result<Sessions, DataError> {
    read(path, &detector.reading, &mut |event| key(detector, event).0)
}

/// The key of an event as it stands in the file, and of a line its template.
fn key(detector: &SequenceDetector, event: &str) -> (u16, Option<usize>) {
    match name(&detector.reading.source, event) {
        Some((name, template)) => (detector.vocabulary().key(&name), template),
        None => (Vocabulary::UNSEEN, None),
    }
}

/// The name of an event as the vocabulary has it, and of a line its template; `None` of a line that has none.
fn name<'e>(source: &Source, event: &'e str) -> Option<(Cow<'e, str>, Option<usize>)> {
    match source {
        Source::Lines { templates } => templates.find(event).map(|n| (n.to_string().into(), Some(n))),
        Source::Sessions | Source::Rows { .. } => Some((event.into(), None)),
    }
}

fn read(path: &Path, reading: &Reading, key: &mut dyn FnMut(&str) -> u16) -> Result<Sessions, DataError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|source| DataError::Io { file: name.clone(), source })?;
    let mut rows = Rows::new(BufReader::new(file), &name, options(reading))?;
    let mut sessions = Sessions::default();
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    let mut row = Row::new();
    let mut eventless = 0_u64;
    while rows.next(&mut row)? {
        if reading.source == Source::Sessions {
            let line = row.text(0).unwrap_or_default();
            sessions.keys.push(line.split_whitespace().map(&mut *key).collect());
            continue;
        }
        let Some((whose, event)) = place(&rows, &row, &reading.source) else {
            eventless += 1;
            continue;
        };
        let at = *places.entry(short(whose)).or_insert_with(|| {
            sessions.keys.push(Vec::new());
            sessions.keys.len() - 1
        });
        sessions.keys[at].push(key(event));
    }
    if let Source::Rows { event, entity } = &reading.source
        && let Some(column) =
            [Some(event), entity.as_ref()].into_iter().flatten().find(|c| rows.column(c).is_none())
    {
        return Err(DataError::File {
            file: name,
            what: format!("no column `{column}`; there are {}", rows.columns().join(", ")),
        });
    }
    sessions.counts = rows.counts().clone();
    sessions.counts.missing += eventless;
    if reading.source != Source::Sessions {
        let pieces = sessions.keys.iter().flat_map(|whole| whole.chunks(PIECE));
        sessions.keys = pieces.map(<[u16]>::to_vec).collect();
    }
    Ok(sessions)
}

/// Whose event a row is, and which; `None` if it has none.
fn place<'r, R: BufRead>(rows: &Rows<R>, row: &'r Row, source: &Source) -> Option<(&'r str, &'r str)> {
    match source {
        Source::Rows { event, entity } => {
            let text = |column: &str| rows.column(column).and_then(|column| row.text(column));
            let whose = entity.as_ref().map_or(ALL, |entity| text(entity).unwrap_or(ALL));
            Some((whose, text(event)?))
        }
        Source::Sessions | Source::Lines { .. } => Some((ALL, row.text(0)?)),
    }
}

/// What a detector of sessions is worth.
#[derive(Debug, Clone, Serialize)]
pub struct SessionEvaluation {
    /// Normal and malicious sessions.
    pub sessions: (u64, u64),
    /// The nominal false positive rate of all cuts.
    pub nominal: f64,
    /// All together, then each member on its own, then the rule that looks at nothing.
    pub figures: Vec<SessionFigures>,
    /// By how much all together find more at 1 % false positives than the best member, and which it is; `None` without
    /// malicious sessions.
    pub gain: Option<(Estimate, &'static str)>,
    /// Whether a lookup table finds at least as much there as the network.
    pub beaten_by_table: bool,
}

/// One rule. Without malicious sessions only its false positives are known.
#[derive(Debug, Clone, Serialize)]
pub struct SessionFigures {
    /// Which.
    pub name: &'static str,
    /// Share of the sessions judged rightly at its cut.
    pub accuracy: Option<f64>,
    /// False positive rate at its cut.
    pub false_positive_rate: f64,
    /// Recall at its cut.
    pub recall: Option<f64>,
    /// Recall where 1 % of these normal sessions alarm.
    pub recall_at_one_percent: Option<f64>,
}

/// Evaluates on normal sessions and malicious ones, of which there may be none.
pub fn evaluate(
    detector: &SequenceDetector,
    normal: &[Vec<u16>],
    malicious: &[Vec<u16>],
    seed: u64,
) -> SessionEvaluation {
    let (benign, bad) = (detector.judge_all(normal), detector.judge_all(malicious));
    let truth: Vec<bool> = benign.iter().map(|_| false).chain(bad.iter().map(|_| true)).collect();
    let scores =
        |of: &dyn Fn(&SessionScore) -> f32| -> Vec<f32> { benign.iter().chain(&bad).map(of).collect() };
    let rule = |name, scores: &[f32], cut: f32| {
        let ranking = Ranking::new(scores, &truth);
        let (normal, malicious) = scores.split_at(benign.len());
        let alarms = |scores: &[f32]| scores.iter().filter(|&&s| s >= cut).count() as f64;
        let (false_alarms, found) = (alarms(normal), alarms(malicious));
        let (n, m) = (normal.len() as f64, malicious.len() as f64);
        let figures = SessionFigures {
            name,
            accuracy: (m > 0.0).then(|| (n - false_alarms + found) / (n + m)),
            false_positive_rate: false_alarms / n.max(1.0),
            recall: (m > 0.0).then(|| found / m),
            recall_at_one_percent: ranking.recall_at(AT),
        };
        (figures, ranking)
    };
    let (whole, fused) = rule("all together", &scores(&|s| s.score), detector.cut().0);
    let members = Member::ALL.map(|member| {
        let own = scores(&|s| s.members[member as usize].unwrap_or(0.0));
        rule(member.name(), &own, detector.cut_of(member))
    });
    let at = |member: Member| members[member as usize].0.recall_at_one_percent;
    // The first among equals.
    let (best, ranking) = members
        .iter()
        .rev()
        .max_by(|a, b| a.1.recall_at(AT).partial_cmp(&b.1.recall_at(AT)).expect("recall is a number"))
        .expect("there are members");
    let majority = rule("majority class (baseline)", &scores(&|_| 0.0), f32::INFINITY);
    SessionEvaluation {
        sessions: (benign.len() as u64, bad.len() as u64),
        nominal: detector.cut().1,
        gain: (!bad.is_empty()).then(|| (gain(&fused, ranking, AT, seed), best.name)),
        beaten_by_table: !bad.is_empty()
            && Member::ALL[1..].iter().any(|&table| at(table) >= at(Member::Lstm)),
        figures: std::iter::once(whole).chain(members.map(|m| m.0)).chain([majority.0]).collect(),
    }
}

/// What is said of an event, or of a session where a line holds one.
#[derive(Serialize)]
struct Told<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    /// Of a line, what it has in common with others of its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
    verdict: &'static str,
    score: f32,
    /// Of the event, or of the session's least likely; `None` of sessions that are too short to be judged by the network.
    probability: Option<f32>,
    rank: Option<u32>,
    reasons: Vec<Because>,
}

/// A member that moved the score.
#[derive(Serialize)]
struct Because {
    member: &'static str,
    /// The rank that moved it: the network's.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u32>,
    moved: f32,
}

/// The members that moved a score, the one that did so most first.
fn because(moved: &[f32], rank: Option<u32>) -> Vec<Because> {
    let mut reasons: Vec<Because> = Member::ALL
        .iter()
        .zip(moved)
        .map(|(&member, &moved)| Because {
            member: member.name(),
            rank: rank.filter(|_| member == Member::Lstm),
            moved: rounded(moved),
        })
        .filter(|reason| reason.moved > 0.0)
        .collect();
    reasons.sort_by(|a, b| b.moved.total_cmp(&a.moved));
    reasons
}

const fn verdict(alarm: bool) -> &'static str {
    if alarm { "malicious" } else { "benign" }
}

/// Scores records until they end: events one by one, each machine's or account's state kept; or sessions, where a line
/// holds one.
///
/// # Errors
/// When reading or writing fails, or if so wished at the first broken record. What was written before stands.
pub fn score(
    detector: &SequenceDetector,
    input: impl BufRead,
    file: &str,
    wish: Wish<'_>,
    out: &mut impl Write,
) -> Result<(Tally, Counts), ScoreError> {
    let mut rows = Rows::new(input, file, options(&detector.reading))?;
    let (mut row, mut tally) = (Row::new(), Tally::default());
    let (mut watched, mut scratch) = (Watched::new(WATCHED), detector.scratch());
    let (source, mut text) = (&detector.reading.source, Vec::new());
    loop {
        let more = rows.next(&mut row)?;
        if wish.strict
            && let Some(bad) = rows.counts().first_bad.first()
        {
            return Err(ScoreError::Bad { line: bad.line, what: bad.what.clone() });
        }
        if !more {
            return Ok((tally, rows.counts().clone()));
        }
        let id = wish.id.and_then(|name| rows.column(name)).and_then(|column| row.text(column)).map(cut);
        let template;
        let told = if *source == Source::Sessions {
            let line = row.text(0).unwrap_or_default();
            let keys: Vec<u16> = line.split_whitespace().map(|event| key(detector, event).0).collect();
            let judged = detector.judge_all(&[keys])[0];
            Told {
                line: row.line,
                id,
                entity: None,
                event: None,
                template: None,
                verdict: verdict(judged.alarm),
                score: judged.score,
                probability: judged.probability(),
                rank: judged.rank,
                reasons: because(&judged.moved, judged.rank),
            }
        } else {
            let Some((whose, event)) = place(&rows, &row, source) else {
                tally.oddities.missing += 1;
                continue;
            };
            let (key, number) = key(detector, event);
            template = match (source, number) {
                (Source::Lines { templates }, Some(number)) => Some(templates.text(number)),
                _ => None,
            };
            let watch = watched.of(whose, || detector.watch());
            let judged = detector.observe(watch, &mut scratch, key);
            tally.evicted = watched.evicted();
            tally.oddities.unseen += u64::from(judged.unseen);
            Told {
                line: row.line,
                id,
                entity: Some(cut(whose)),
                event: Some(cut(event)),
                template: template.as_deref().map(cut),
                verdict: verdict(judged.alarm),
                score: judged.score,
                probability: Some(judged.probability),
                rank: Some(judged.rank),
                reasons: because(&judged.moved, Some(judged.rank)),
            }
        };
        let alarm = told.verdict == verdict(true);
        tally.scored += 1;
        tally.alarms += u64::from(alarm);
        if alarm || !wish.alarms_only {
            text.clear();
            serde_json::to_writer(&mut text, &told).expect("plain data always serialises");
            text.push(b'\n');
            out.write_all(&text).and_then(|()| out.flush()).map_err(ScoreError::Write)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_detect::lstm::LstmParams;
    use mats_detect::sequences::SequenceParams;
    use mats_detect::templates::Templates;
    use serde_json::Value;
    use std::fmt::Write as _;

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
        let (tally, _) = score(&detector, fresh.as_bytes(), "fresh", Wish::default(), &mut out).unwrap();
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
        score(&detector, lines.as_bytes(), "sessions", Wish::default(), &mut out).unwrap();
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
        let (tally, _) = score(&detector, text.as_bytes(), "again", Wish::default(), &mut out).unwrap();
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
        score(&detector, bad.as_bytes(), "bad", Wish::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let verdicts: Vec<bool> = text.lines().map(|l| l.contains("malicious")).collect();
        assert_eq!(verdicts, [false, false, true], "{text}");
        // More machines than are watched: those idle longest make room, and their names are not told whole.
        let mut many = "host,event\n".to_owned();
        for i in (0..=WATCHED).chain([0, WATCHED]) {
            writeln!(many, "{}{i},logon", "x".repeat(if i == 0 { 10_000 } else { 0 })).unwrap();
        }
        let mut out = Vec::new();
        let (tally, _) = score(&detector, many.as_bytes(), "many", Wish::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let verdicts: Vec<bool> = text.lines().map(|l| l.contains("malicious")).collect();
        // The first had been forgotten and logs on for the first time; the last logs on twice.
        assert_eq!(verdicts[WATCHED..], [false, false, true]);
        assert_eq!((tally.alarms, tally.evicted), (1, 2));
        assert!(text.lines().all(|line| line.len() < 400));
        let missing = reading(Source::Rows { event: "action".into(), entity: None });
        let error = learn(&path, &mut missing.clone()).unwrap_err().to_string();
        assert!(error.contains("no column `action`; there are host, event"), "{error}");
    }
}
