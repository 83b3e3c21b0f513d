//! Scoring: a line of JSON for each event, or session, as it comes.

use super::super::entity_states::EntityStates;
use super::super::score::{ScoreError, ScoreOptions, Tally, rounded, truncated};
use super::read::{event_column, key, place, row_options};
use crate::sequences::{Member, SequenceDetector, Source};
use mats_data::rows::{Counts, Row, Rows};
use serde::Serialize;
use std::io::{BufRead, Write};

/// Machines or accounts that are watched at most: a quarter to eight KiB each, as the network's shape demands.
pub(super) const MAX_STATES: usize = 65_536;

/// Verdict on an event, or on a session where a line holds one.
#[derive(Serialize)]
struct Told<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    /// Template of a line: what it has in common with others of its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
    verdict: &'static str,
    score: f32,
    /// Probability of the event, or of the session's least likely; `None` of sessions that are too short to be judged by
    /// the network.
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
    options: ScoreOptions<'_>,
    out: &mut impl Write,
) -> Result<(Tally, Counts), ScoreError> {
    let mut rows = Rows::new(input, file, row_options(&detector.reading))?;
    options.set_up(&mut rows);
    let (mut row, mut tally) = (Row::new(), Tally::default());
    let (mut states, mut scratch) = (EntityStates::new(MAX_STATES), detector.scratch());
    let (source, mut text) = (&detector.reading.source, Vec::new());
    loop {
        let more = rows.next(&mut row)?;
        if options.strict
            && let Some(bad) = rows.counts().first_bad.first()
        {
            return Err(ScoreError::Bad { line: bad.line, what: bad.what.clone() });
        }
        if !more {
            return Ok((tally, rows.counts().clone()));
        }
        let id =
            options.id.and_then(|name| rows.column(name)).and_then(|column| row.text(column)).map(truncated);
        tally.nameless += u64::from(options.id.is_some() && id.is_none());
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
                tally.eventless.lacks(row.line, event_column(source));
                continue;
            };
            let (key, number) = key(detector, event);
            template = match (source, number) {
                (Source::Lines { templates }, Some(number)) => Some(templates.text(number)),
                _ => None,
            };
            let watch = states.of(whose, || detector.watch());
            let judged = detector.observe(watch, &mut scratch, key);
            tally.evicted = states.evicted();
            tally.oddities.unseen += u64::from(judged.unseen);
            Told {
                line: row.line,
                id,
                entity: Some(truncated(whose)),
                event: Some(truncated(event)),
                template: template.as_deref().map(truncated),
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
        if alarm || !options.alarms_only {
            text.clear();
            serde_json::to_writer(&mut text, &told).expect("plain data always serialises");
            text.push(b'\n');
            out.write_all(&text).and_then(|()| out.flush()).map_err(ScoreError::Write)?;
        }
    }
}
