//! The detectors on a table of your own: fitted to one CSV file, put to work on another. The two here are made up.
//! `cargo run --release -p mats --example detect_csv`

use mats::core::random::{Stream, unit};
use mats::tabular::files::data::{Data, Source};
use mats::tabular::files::fit::{DetectorKind, Reading, TableParams, fit};
use mats::tabular::tabular::Oddities;
use std::fmt::Write as _;

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let [train, test] = ["train.csv", "test.csv"].map(|name| folder.path().join(name));
    std::fs::write(&train, flows(1))?;
    std::fs::write(&test, flows(2))?;

    let reading = Reading { label: Some("label".to_owned()), ..Reading::default() };
    let read = |path| Data::open(&Source { path, ..Source::default() }, &reading);
    let detector = fit(&read(train)?, &TableParams::new(DetectorKind::Fused), reading.clone(), None, 1)?;

    let unseen = read(test)?;
    let rows = detector.encoder().encode(&unseen.frame(), &mut Oddities::default());
    let scores = detector.score_all(rows.view());
    let (codes, names) = unseen.labels.as_ref().expect("the file has labels");
    for (code, name) in names.iter().enumerate() {
        let of: Vec<bool> =
            codes.iter().zip(&scores).filter(|(c, _)| **c == code as u32).map(|(_, s)| s.alarm).collect();
        println!("{name}: {} of {} rows alarm", of.iter().filter(|alarm| **alarm).count(), of.len());
    }
    Ok(())
}

/// Two thousand flows, of which one in twenty scans: many ports, little data.
fn flows(seed: u64) -> String {
    let stream = Stream::new(seed, 1, 0);
    let mut text = "bytes,ports,seconds,label\n".to_owned();
    for row in 0..2000 {
        let [a, b, c] = [0, 1, 2].map(|draw| unit(stream.word(row * 3 + draw)));
        let _ = match row % 20 {
            0 => writeln!(text, "{:.0},{:.0},{:.2},scan", 200.0 * a, 20.0 + 200.0 * b, 4.0 * c),
            _ => writeln!(text, "{:.0},{:.0},{:.2},normal", 90_000.0 * a, 1.0 + 3.0 * b, 30.0 * c),
        };
    }
    text
}
