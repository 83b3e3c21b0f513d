//! What can be typed. Ranges are checked here; what spans flags is checked by the commands.

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use mats_lab::batch::shard::Shard;
use mats_results::compare::SEED;
use std::path::PathBuf;

/// Three agents learn to defend a simulated network under attack: detection, response, learning.
#[derive(Debug, Parser)]
#[command(name = "mats", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done; 1 failed at run time; 2 wrong use or bad input.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train all three agents on scenarios and evaluate them beside the baselines
    Run(RunFlags),
    /// Evaluate what a run trained, also on scenarios it never saw
    Eval(EvalFlags),
    /// Set runs side by side: detection and containment, with intervals of the differences
    Compare(CompareFlags),
    /// Join the parts of an experiment that several machines worked on
    Merge(MergeFlags),
    /// List the settings that `--set` and experiments change: default, range, meaning
    Settings(SettingsFlags),
    /// Check that the files of finished runs are those that were written, as of an archive or a copy
    Verify(VerifyFlags),
    /// Write a page about runs that explains itself: summary, charts, tables; and every chart as an SVG file
    Report(ReportFlags),
    /// Look into one episode: a page with network, time, alerts and decisions, or a log in the terminal
    Replay(ReplayFlags),
    /// Write telemetry of simulated episodes in formats that other tools read, the truth apart
    Generate(GenerateFlags),
    /// The detectors alone: fit them to any labelled table or log, evaluate them, put them to work
    #[command(subcommand)]
    Detect(DetectCommand),
    /// Author and inspect scenarios
    #[command(subcommand)]
    Scenario(ScenarioCommand),
}

/// What commands that work for a while have in common.
#[derive(Debug, Clone, Copy, Args)]
pub struct Effort {
    /// Threads to work with; all cores by default, four a core at most. Results do not depend on it
    #[arg(long, value_name = "T", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub threads: Option<usize>,
    /// Print no progress
    #[arg(long, short)]
    pub quiet: bool,
}

/// Flags of `mats run`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct RunFlags {
    /// Scenario files, or the file of an experiment
    #[arg(value_name = "SCENARIO|EXPERIMENT", required_unless_present = "repeat")]
    pub scenarios: Vec<PathBuf>,
    /// Do once more what a finished run did, to the same bytes, from what its folder holds: no other file is read. Results go to RUN-repeat by default
    #[arg(long, value_name = "RUN", conflicts_with_all = ["scenarios", "episodes", "eval_episodes", "eval_seed", "held_out", "train_seeds", "seed", "defenders", "set", "shard"])]
    pub repeat: Option<PathBuf>,
    /// Episodes to learn from, for each training seed [default: 2000]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000_000))]
    pub episodes: Option<usize>,
    /// Unseen episodes to evaluate each defender on [default: 100]
    #[arg(long, value_name = "M", value_parser = RangedU64ValueParser::<usize>::new().range(1..=65_535))]
    pub eval_episodes: Option<usize>,
    /// Set of evaluation episodes to play; the same in all runs unless given, so that they are compared on the same [default: 0]
    #[arg(long, value_name = "E", value_parser = RangedU64ValueParser::<u64>::new().range(..=u64::MAX / 2))]
    pub eval_seed: Option<u64>,
    /// Evaluate on episodes held out, that nothing is ever chosen by: for figures that are made once, in the end
    #[arg(long)]
    pub held_out: bool,
    /// How often to train anew, with seeds S, S+1, … [default: 1]
    #[arg(long, value_name = "K", value_parser = RangedU64ValueParser::<u64>::new().range(1..=1000))]
    pub train_seeds: Option<u64>,
    /// First training seed [default: 1]
    #[arg(long, value_name = "S", value_parser = RangedU64ValueParser::<u64>::new().range(..=u64::MAX / 2))]
    pub seed: Option<u64>,
    /// Defenders to evaluate, separated by commas; scores need `none` and `oracle` among them
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub defenders: Vec<String>,
    /// Changes a setting by its dotted name, as in --set `train.dqn.n_step=5` (`mats settings` lists them), or the scenario, as in --set `scenario.response.analysts=2`
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Where results go; by default results/<scenario>-<seed> or results/<experiment>. With several jobs, a folder each in it
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the results that the folder holds
    #[arg(long)]
    pub overwrite: bool,
    /// Go on where an earlier run with the same settings was interrupted: to the same bytes
    #[arg(long, conflicts_with = "overwrite")]
    pub resume: bool,
    /// Work on part I of N of an experiment only; `mats merge` joins the parts
    #[arg(long, value_name = "I/N", default_value = "1/1", value_parser = str::parse::<Shard>)]
    pub shard: Shard,
    /// Trainings to work on at once, each some 0.3 GiB; as many as threads by default, at most 16
    #[arg(long, value_name = "J", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub jobs: Option<usize>,
    /// Print the table as JSON, and nothing else, on stdout
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub effort: Effort,
}

/// Flags of `mats merge`.
#[derive(Debug, Args)]
pub struct MergeFlags {
    /// Folders that `mats run EXPERIMENT --shard I/N` wrote
    #[arg(value_name = "PART", required = true)]
    pub parts: Vec<PathBuf>,
    /// Where the results of the whole go
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Replace the results that the folder holds
    #[arg(long)]
    pub overwrite: bool,
    /// Print the table as JSON, and nothing else, on stdout
    #[arg(long)]
    pub json: bool,
}

/// Flags of `mats settings`.
#[derive(Debug, Args)]
pub struct SettingsFlags {
    /// List only settings whose names hold this, such as `train.dqn`
    #[arg(value_name = "PART")]
    pub part: Option<String>,
    /// Print the list as JSON, and nothing else, on stdout
    #[arg(long)]
    pub json: bool,
}

/// Flags of `mats verify`.
#[derive(Debug, Args)]
pub struct VerifyFlags {
    /// Folders of finished runs, of several runs, or of experiments
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
}

/// Flags of `mats report`.
#[derive(Debug, Args)]
pub struct ReportFlags {
    /// Folders of finished runs; the first is what the others are compared with. The folder of an experiment stands for
    /// its jobs. Beyond four runs the page has their comparison and their tables, and each run's own page the rest
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
    /// The page; its charts go to a folder beside it, called after it. By default report.html and figures/ in the
    /// folder of the run; for several runs report.html and report-figures/ in the current folder
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace a page that is there already
    #[arg(long)]
    pub overwrite: bool,
}

/// Flags of `mats eval`.
#[derive(Debug, Args)]
pub struct EvalFlags {
    /// Scenario files, one after another
    #[arg(value_name = "SCENARIO", required = true)]
    pub scenarios: Vec<PathBuf>,
    /// The folder of the run whose agents are evaluated
    #[arg(long, value_name = "RUN")]
    pub from: PathBuf,
    /// Unseen episodes to evaluate each defender on; as in the run by default
    #[arg(long, value_name = "M", value_parser = RangedU64ValueParser::<usize>::new().range(1..=65_535))]
    pub eval_episodes: Option<usize>,
    /// Set of evaluation episodes to play; that of the run by default
    #[arg(long, value_name = "E", value_parser = RangedU64ValueParser::<u64>::new().range(..=u64::MAX / 2))]
    pub eval_seed: Option<u64>,
    /// Play the episodes that nothing is ever chosen by, for figures that are made once, in the end
    #[arg(long)]
    pub held_out: bool,
    /// Defenders to evaluate, separated by commas; as in the run by default
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub defenders: Vec<String>,
    /// Seed of the intervals; the run's own by default. Which episodes are played does not depend on it
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Where results go; by default results/<scenario>-eval-of-<run>, or -held-out-of-<run>. With several scenarios, a folder each in it
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the results that the folder holds
    #[arg(long)]
    pub overwrite: bool,
    /// Print the table as JSON, and nothing else, on stdout
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub effort: Effort,
}

/// Flags of `mats compare`.
#[derive(Debug, Args)]
pub struct CompareFlags {
    /// Result folders, or folders that hold one for each of several scenarios; each later one is compared with the first.
    /// The folder of an experiment stands for its variants
    #[arg(value_name = "RUN", required = true)]
    pub runs: Vec<PathBuf>,
    /// Seed of the intervals
    #[arg(long, value_name = "S", default_value_t = SEED)]
    pub seed: u64,
    /// Compare only these defenders, separated by commas; fewer verdicts take less correction. Of one run alone: each later one with the first
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub defenders: Vec<String>,
    /// Also write compare.csv, incidence.csv, improvement.csv and compare.json into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the comparison that the folder holds
    #[arg(long, requires = "out")]
    pub overwrite: bool,
    /// Print every figure as JSON, and nothing else, on stdout
    #[arg(long)]
    pub json: bool,
}

/// Flags of `mats replay`.
#[derive(Debug, Args)]
pub struct ReplayFlags {
    /// The folder of a run, or of several runs
    pub run: PathBuf,
    /// Which scenario: the name of the run's, or any scenario file; the run's only one by default
    #[arg(long, value_name = "SCENARIO")]
    pub scenario: Option<String>,
    /// Which evaluation episode, counted from 0 as in episodes.csv
    #[arg(long, value_name = "K")]
    pub episode: u64,
    /// Who defends
    #[arg(long, value_name = "NAME", default_value = "policy")]
    pub defender: String,
    /// Another defender, laid beside the first on the same seed
    #[arg(long, value_name = "NAME")]
    pub against: Option<String>,
    /// Seed of the training whose agents play; the run's first by default
    #[arg(long, value_name = "T")]
    pub train_seed: Option<u64>,
    /// Where the page goes; by default a file replay-….html in the folder of the run
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace the page if it is there
    #[arg(long)]
    pub overwrite: bool,
    /// Print the episode as a log, one line an event; a page is written only with --out
    #[arg(long)]
    pub follow: bool,
    /// Open the page in the system's browser
    #[arg(long, conflicts_with = "follow")]
    pub open: bool,
}

/// Flags of `mats generate`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
pub struct GenerateFlags {
    /// Scenario file
    pub scenario: PathBuf,
    /// Where the data go: a folder for each episode
    #[arg(long, value_name = "DIR", required_unless_present = "profile", requires = "format")]
    pub out: Option<PathBuf>,
    /// Formats to write, separated by commas
    #[arg(long, value_name = "A,B", value_delimiter = ',', requires = "out")]
    pub format: Vec<Format>,
    /// Episodes to simulate
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = RangedU64ValueParser::<u64>::new().range(1..=1_000_000))]
    pub episodes: u64,
    /// Cut episodes off after so many simulated hours
    #[arg(long, value_name = "H", allow_negative_numbers = true, value_parser = hours)]
    pub hours: Option<u64>,
    /// Seed of the episodes
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Write each episode in which a campaign begins a second time, without its campaigns, into `episode-N-benign`
    #[arg(long, requires = "out")]
    pub paired: bool,
    /// Write into a folder that holds files already; a data set in it is replaced, other files stay
    #[arg(long)]
    pub overwrite: bool,
    /// Print how much the telemetry resembles that of real networks, each episode stretched to a week; needs no --out
    #[arg(long)]
    pub profile: bool,
    /// Print the profile as JSON, and nothing else, on stdout
    #[arg(long, requires = "profile")]
    pub json: bool,
    #[command(flatten)]
    pub effort: Effort,
}

/// Hours to play. A hyphen in front is read as a sign, so that the message is about the number.
fn hours(text: &str) -> Result<u64, String> {
    match text.parse::<i64>() {
        Ok(hours @ 1..=10_000) => Ok(hours.unsigned_abs()),
        Ok(..=0) => Err("it must be above 0".to_owned()),
        Ok(_) => Err("it must be at most 10000".to_owned()),
        Err(_) => Err("it must be a whole number from 1 to 10000".to_owned()),
    }
}

/// Formats of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// All five kinds of records without loss; logins in LANL's columns; the register of machines, software, policy
    Csv,
    /// Flows as Zeek's conn, dns, http and ssl logs, JSON lines
    Zeek,
    /// The same as tab-separated text with headers
    ZeekTsv,
    /// Events, logins and changes as Elastic Common Schema, JSON lines
    Ecs,
    /// Events of Windows machines with their own field names, JSON lines
    Windows,
    /// Events of Linux machines: auth.log and audit.log
    Linux,
    /// The feed: a STIX 2.1 bundle, known exploited vulnerabilities, Suricata rules
    Stix,
    /// All of them
    All,
}

/// The commands of `mats detect`.
#[derive(Debug, Subcommand)]
pub enum DetectCommand {
    /// Fit a detector to a file and write it as a model file
    ///
    /// Rows that cannot be used are counted and named; more than 10 % of them end with exit code 1, though the model is written.
    Fit(Box<FitFlags>),
    /// Evaluate a model on a labelled file that it has not seen
    ///
    /// Rows that cannot be used are counted and named; more than 10 % of them end with exit code 1, though figures are printed.
    Eval(Box<DetectEvalFlags>),
    /// Score records as they come: a line of JSON each, with verdict and reasons
    ///
    /// Records without a verdict are counted and named at the end; more than 10 % of them end with exit code 1.
    Score(ScoreFlags),
}

/// Which models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelKind {
    /// Random forest: needs labels
    Forest,
    /// Isolation forest of the benign rows, or of all without labels
    Iforest,
    /// Long short-term memory over sequences of events, and lookup tables beside it
    Lstm,
    /// Random forest and isolation forest together: needs labels
    Fused,
}

/// How a file is read.
#[derive(Debug, Args)]
pub struct ReadFlags {
    /// Format of the file: csv, jsonl (also zeek, ecs, windows), zeek-tsv, lines; found out by default
    #[arg(long, value_name = "NAME", value_parser = str::parse::<mats_data::rows::Format>)]
    pub format: Option<mats_data::rows::Format>,
    /// Column that holds the label
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    /// Labels stand in a file of their own, such as truth.csv: its column is --label, rows are found by --id
    #[arg(long, value_name = "FILE", requires = "id", requires = "label")]
    pub truth: Option<PathBuf>,
    /// Column that names rows, in the data and (unless --truth-id says otherwise) in the file of labels
    #[arg(long, value_name = "COLUMN", requires = "truth")]
    pub id: Option<String>,
    /// Column that names rows in the file of labels
    #[arg(long, value_name = "COLUMN", requires = "truth")]
    pub truth_id: Option<String>,
    /// Stop at the first row that cannot be read
    #[arg(long)]
    pub strict: bool,
}

/// Flags of `mats detect fit`.
#[derive(Debug, Args)]
pub struct FitFlags {
    /// Training data: CSV, JSON lines (Zeek, ECS, Windows), Zeek TSV, or plain log lines
    pub data: PathBuf,
    /// Which models
    #[arg(long, value_name = "KIND")]
    pub model: ModelKind,
    /// Where the model goes
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    #[command(flatten)]
    pub read: ReadFlags,
    /// Leave a column out; may be given several times, or several with commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub drop: Vec<String>,
    /// Keep a column that looks like a clock, an identifier or a constant
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub keep: Vec<String>,
    /// Take a column for names though it looks like numbers, such as ports
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub categorical: Vec<String>,
    /// Names of the columns of a CSV file without a header, one a line; fields beyond are named `column_42` and so on
    #[arg(long, value_name = "FILE")]
    pub columns: Option<PathBuf>,
    /// Groups of labels: a label, a comma and its group on each line
    #[arg(long, value_name = "FILE")]
    pub groups: Option<PathBuf>,
    /// Which log of a combined file, by `@stream`, `_path`, `event_type` or #path, as in Zeek's conn or Suricata's flow
    #[arg(long, value_name = "NAME")]
    pub stream: Option<String>,
    /// Which labels are benign, in any case; several with commas, `*` for any text, '' for rows without a label.
    /// Known where it is normal, benign, 0 or the like
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    pub benign: Vec<String>,
    /// Share of the benign rows that may alarm
    #[arg(long, value_name = "RATE", default_value_t = 0.01)]
    pub fpr: f64,
    /// Trees of each forest [default: 100]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=10_000))]
    pub trees: Option<usize>,
    #[command(flatten)]
    pub sequence: SequenceFlags,
    /// Seed of the fit
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Replace the file if it is there
    #[arg(long)]
    pub overwrite: bool,
    /// Print what fitting found as JSON, and nothing else, on stdout
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub effort: Effort,
}

/// Flags of `mats detect fit --model lstm`. All data must be of normal operation.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --model lstm, for data of normal operation")]
pub struct SequenceFlags {
    /// Column that holds the event; without it, templates of whole lines are the events
    #[arg(long, value_name = "COLUMN")]
    pub event: Option<String>,
    /// Column that says whose the event is: machine, account, session
    #[arg(long, value_name = "COLUMN", requires = "event")]
    pub entity: Option<String>,
    /// A line holds a whole session: events with spaces between
    #[arg(long, conflicts_with = "event")]
    pub sessions: bool,
    /// Judge each event by the last N alone, as `DeepLog` does; by all before it otherwise
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    pub window: Option<usize>,
    /// Layers of the network [default: 1]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=4))]
    pub layers: Option<usize>,
    /// Cells of a layer, a multiple of 32 [default: 32]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(32..=256))]
    pub cells: Option<usize>,
    /// Times to go through the data at most; held-out sessions say when to stop [default: 30]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    pub epochs: Option<usize>,
}

/// Flags of `mats detect eval`.
#[derive(Debug, Args)]
pub struct DetectEvalFlags {
    /// Model file
    pub model: PathBuf,
    /// Labelled data that the model has not seen; read as the training data were. Of an lstm, normal operation
    pub data: PathBuf,
    /// Of an lstm: a file whose sessions are all malicious
    #[arg(long, value_name = "FILE")]
    pub malicious: Option<PathBuf>,
    #[command(flatten)]
    pub read: ReadFlags,
    /// Seed of the intervals
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Print every figure as JSON, and nothing else, on stdout
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub effort: Effort,
}

/// Flags of `mats detect score`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
pub struct ScoreFlags {
    /// Model file
    pub model: PathBuf,
    /// File to score; stdin by default
    pub data: Option<PathBuf>,
    /// Go on as the file grows, through rotation, until Ctrl-C
    #[arg(long, requires = "data")]
    pub follow: bool,
    /// With --follow, begin at what is written from now on
    #[arg(long, requires = "follow")]
    pub from_end: bool,
    /// Format: csv, jsonl (also zeek, ecs, windows), zeek-tsv, lines; found out by default
    #[arg(long, value_name = "NAME", value_parser = str::parse::<mats_data::rows::Format>)]
    pub format: Option<mats_data::rows::Format>,
    /// Column whose value is repeated in the verdict
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// Column that tells the time, to count records that go back in it
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// Print alarms only
    #[arg(long)]
    pub alarms: bool,
    /// Stop at the first row that cannot be read
    #[arg(long)]
    pub strict: bool,
    /// Say nothing on stderr at the end
    #[arg(long, short)]
    pub quiet: bool,
}

/// The commands of `mats scenario`.
#[derive(Debug, Subcommand)]
pub enum ScenarioCommand {
    /// Check scenario files and report every mistake with its place
    ///
    /// What can never work is a mistake: a way that no link opens, a step that never succeeds, campaigns without time. What hardly
    /// works is warned of, and the scenario can be used.
    Check {
        /// Scenario files
        #[arg(value_name = "SCENARIO", required = true)]
        scenarios: Vec<PathBuf>,
        /// Say nothing about files that are right
        #[arg(long, short)]
        quiet: bool,
        /// Print all mistakes and doubts as JSON on stdout: severity, file, line, column, message, help
        #[arg(long)]
        json: bool,
    },
    /// Print a small commented scenario to start from, or write it to a new file
    New {
        /// Where it goes; a file that is there already is left alone
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// List the scenarios of a folder
    List {
        /// The folder
        #[arg(value_name = "DIR", default_value = "scenarios")]
        folder: PathBuf,
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Play episodes that nobody defends, and print how far attackers get, step by step
    ///
    /// Takes seconds and trains nothing. Says for each step in how many campaigns it was reached (tried at all) and succeeded, how many of its attempts
    /// did, and the median hour of the episode at which it first succeeded.
    Try {
        /// Scenario file
        scenario: PathBuf,
        /// Episodes to play
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = RangedU64ValueParser::<u64>::new().range(1..=100_000))]
        episodes: u64,
        /// Seed of the episodes
        #[arg(long, value_name = "S", default_value_t = 1)]
        seed: u64,
        /// Print the counts as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        effort: Effort,
    },
    /// Draw a scenario's network and attacks, as Markdown with Mermaid diagrams
    ///
    /// Write it to a file, as in `mats scenario show my.toml > my.md`. GitHub, GitLab and the Markdown previews of
    /// editors draw the diagrams; so does <https://mermaid.live>, if a diagram is pasted there.
    Show {
        /// Scenario file
        scenario: PathBuf,
    },
    /// Print the JSON Schema of scenario files, for editors
    ///
    /// As in `mats scenario schema > mats.schema.json`. Editors with taplo, such as VS Code with Even Better TOML,
    /// complete and check a scenario whose first line is `#:schema mats.schema.json`.
    Schema,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_above_zero_and_a_hyphen_is_a_sign() {
        let parse =
            |hours| Cli::try_parse_from(["mats", "generate", "x.toml", "--profile", "--hours", hours]);
        for wrong in ["-1", "0"] {
            let message = parse(wrong).expect_err("too few").to_string();
            assert!(message.contains("above 0") && message.contains("--hours"), "{message}");
        }
        assert!(parse("10001").is_err() && parse("1.5").is_err() && parse("10000").is_ok());
    }

    #[test]
    fn a_folder_needs_formats_with_a_profile_too() {
        for extra in [&["--profile"][..], &[]] {
            let args = [&["mats", "generate", "x.toml", "--out", "x"][..], extra].concat();
            let message = Cli::try_parse_from(args).expect_err("no formats").to_string();
            assert!(message.contains("--format"), "{message}");
        }
    }
}
