//! A scenario's telemetry as Zeek's logs, the truth apart, for any tool that reads those.
//! `cargo run --release -p mats --example zeek_logs -- FOLDER`

use mats::lab::generate::{GenerateSettings, TelemetryFormat, generate};

fn main() -> anyhow::Result<()> {
    let scenario =
        mats::scenario::load("scenarios/tutorial.toml".as_ref()).map_err(|e| anyhow::anyhow!("{e}"))?;
    let (named, temporary) = (std::env::args().nth(1), tempfile::tempdir()?);
    let folder = named.map_or_else(|| temporary.path().join("set"), Into::into);
    let formats = vec![TelemetryFormat::Zeek];
    let settings =
        GenerateSettings { seed: 1, episodes: 2, hours: Some(6), formats, paired: false, overwrite: false };
    let written = generate(&scenario, &settings, &folder, &mut ())?;
    println!("{} records, {} of them malicious", written.records, written.malicious);
    for episode in 0..settings.episodes {
        let folder = folder.join(format!("episode-{episode}"));
        for log in ["conn.log", "dns.log", "http.log", "ssl.log", "truth.csv"] {
            println!("episode-{episode}/{log}: {} bytes", std::fs::metadata(folder.join(log))?.len());
        }
    }
    Ok(())
}
