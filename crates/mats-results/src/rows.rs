//! The rows of the result files. A field is a column of the same name; results/README.md defines each.

use crate::cell::{ActionCounts, Cell, CellError, Cells, Level, Pairing, Phase};
use crate::metrics::{EndState, IncidentCounts, WindowMetrics};
use csv::StringRecord;
use mats_core::Quantities;
use serde::Serialize;

/// A line of one of the result files.
pub trait Row: Sized {
    /// Names of the columns, in the order they are written.
    fn header() -> Vec<String>;
    /// Appends the line's cells.
    fn put(&self, out: &mut StringRecord);
    /// Reads a line.
    ///
    /// # Errors
    /// When a cell does not hold what its column should.
    fn take(cells: &mut Cells<'_>) -> Result<Self, CellError>;
}

/// Declares a row type: its fields, in order, are its columns. A field that would be a keyword ends in `_`.
macro_rules! row {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$field_doc:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        impl Row for $name {
            fn header() -> Vec<String> {
                let mut names = Vec::new();
                $(<$type as Cell>::columns(stringify!($field).trim_end_matches('_'), &mut names);)*
                names
            }
            fn put(&self, out: &mut StringRecord) {
                $(self.$field.put(out);)*
            }
            fn take(cells: &mut Cells<'_>) -> Result<Self, CellError> {
                Ok($name { $($field: Cell::take(stringify!($field).trim_end_matches('_'), cells)?,)* })
            }
        }
    };
}

pub(crate) use row;

row! {
    /// `episodes.csv`: one episode played by one defender.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct EpisodeRow {
        /// Name of the scenario.
        pub scenario: String,
        /// Name of the defender.
        pub defender: String,
        /// Phase of the experiment: training or evaluation.
        pub phase: Phase,
        /// Seed of the training behind it; the same for all rows of a defender that is not trained.
        pub train_seed: u64,
        /// Number of the episode within its phase.
        pub episode: u64,
        /// Seed of the world; equal seeds meet equal users and attackers.
        pub seed: u64,
        /// Undiscounted sum of rewards, shaping included.
        pub return_: f64,
        /// Damage + disruption + action cost, settlement included.
        pub cost: f64,
        /// Cost minus the oracle's on the same seed; undefined where the oracle did not play it.
        pub regret: Option<f64>,
        /// Campaigns drawn for the episode, whatever became of them.
        pub campaigns: u32,
        /// Cost of what attackers did.
        pub damage: f64,
        /// Cost of business disrupted by the defence.
        pub disruption: f64,
        /// Cost of actions and analysts.
        pub action_cost: f64,
        /// Hours of analysts' time.
        pub analyst_hours: f64,
        /// Quantities behind the costs.
        pub quantities: Quantities,
        /// Isolations of machines that no campaign had touched.
        pub false_isolations: u32,
        /// Incidents raised (merged alerts).
        pub incidents: u32,
        /// Incidents that match no campaign.
        pub false_incidents: u32,
        /// Machines × days simulated.
        pub host_days: f64,
        /// Decisions.
        pub steps: u64,
        /// Telemetry records.
        pub records: u64,
        /// Executions of each action.
        pub actions: ActionCounts,
    }
}

row! {
    /// `campaigns.csv`: one campaign in one episode. All times are simulated seconds; those called `time_to_…`
    /// run from the campaign's first successful step that is no preparation.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct CampaignRow {
        /// Name of the scenario.
        pub scenario: String,
        /// Name of the defender.
        pub defender: String,
        /// Phase of the experiment: training or evaluation.
        pub phase: Phase,
        /// Seed of the training behind the defender.
        pub train_seed: u64,
        /// The episode's number, as in `episodes.csv`.
        pub episode: u64,
        /// Seed of the episode.
        pub seed: u64,
        /// Number of the campaign within its episode.
        pub campaign: u32,
        /// Name of the attack.
        pub attack: String,
        /// End state of the campaign.
        pub end_state: EndState,
        /// True if it ended as `never_in` or `evicted` and had not reached its objective.
        pub stopped: bool,
        /// First successful step, since the episode began; undefined if there was none.
        pub first_success_s: Option<f64>,
        /// Share of its goal that was done, at most 1.
        pub goal_share: f64,
        /// Time until the objective was reached; undefined if it was not.
        pub time_to_objective_s: Option<f64>,
        /// True if an incident was evidence of it.
        pub detected: bool,
        /// Time until the first true alert; undefined if missed or without a successful step.
        pub time_to_detect_s: Option<f64>,
        /// Time until access ended for good, cut off or gone; undefined where that cannot be told.
        pub time_to_contain_s: Option<f64>,
        /// Time until nothing stood any more; undefined where that cannot be told.
        pub time_to_evict_s: Option<f64>,
        /// Time with access of any kind; 0 without a successful step.
        pub access_s: f64,
        /// Time with a live foothold that was not cut off.
        pub foothold_s: f64,
        /// Number of unbroken spells of access.
        pub spells: u32,
        /// Median length of its spells; undefined without any.
        pub median_spell_s: Option<f64>,
        /// Longest time after the first success at which an end could be told; 0 without a successful step.
        pub watched_s: f64,
        /// Time until the end of the episode, the longest it could be followed; 0 without a successful step.
        pub follow_up_s: f64,
        /// Span over which incidence is given: from the scenario's latest onset to the horizon.
        pub tau_s: f64,
        /// Machines it touched.
        pub hosts_touched: u32,
    }
}

row! {
    /// `detection.csv`: detection over all episodes of a scenario, defender and phase, at one level.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct DetectionRow {
        /// Name of the scenario.
        pub scenario: String,
        /// Name of the defender.
        pub defender: String,
        /// Phase of the experiment: training or evaluation.
        pub phase: Phase,
        /// Level: what is counted.
        pub level: Level,
        /// Flagged positives; true incidents.
        pub tp: u64,
        /// Flagged negatives; false incidents.
        pub fp: u64,
        /// Positives not flagged; campaigns missed.
        pub fn_: u64,
        /// Negatives not flagged; not defined for incidents.
        pub tn: Option<u64>,
        /// Windows left out; not defined for incidents.
        pub ignored: Option<u64>,
        /// (tp + tn) / all windows.
        pub accuracy: Option<f64>,
        /// tp / (tp + fp).
        pub precision: Option<f64>,
        /// Windows: tp / (tp + fn). Incidents: campaigns found / campaigns.
        pub recall: Option<f64>,
        /// Harmonic mean of precision and recall.
        pub f1: Option<f64>,
        /// fp / (fp + tn).
        pub fpr: Option<f64>,
        /// Windows: fn / (tp + fn). Incidents: campaigns missed / campaigns.
        pub fnr: Option<f64>,
        /// Area under the ROC curve, windows only.
        pub roc_auc: Option<f64>,
        /// Average precision, windows only.
        pub pr_auc: Option<f64>,
        /// False incidents per 100 machines and day, incidents only.
        pub false_per_100_host_days: Option<f64>,
    }
}

impl DetectionRow {
    /// The row of a grid of windows.
    pub fn windows(scenario: &str, defender: &str, phase: Phase, m: &WindowMetrics) -> DetectionRow {
        DetectionRow {
            scenario: scenario.to_owned(),
            defender: defender.to_owned(),
            phase,
            level: Level::Window,
            tp: m.tp,
            fp: m.fp,
            fn_: m.fn_,
            tn: Some(m.tn),
            ignored: Some(m.ignored),
            accuracy: m.accuracy,
            precision: m.precision,
            recall: m.recall,
            f1: m.f1,
            fpr: m.fpr,
            fnr: m.fnr,
            roc_auc: m.roc_auc,
            pr_auc: m.pr_auc,
            false_per_100_host_days: None,
        }
    }

    /// The row of incidents.
    pub fn incidents(scenario: &str, defender: &str, phase: Phase, counts: &IncidentCounts) -> DetectionRow {
        DetectionRow {
            scenario: scenario.to_owned(),
            defender: defender.to_owned(),
            phase,
            level: Level::Incident,
            tp: counts.true_incidents,
            fp: counts.false_incidents,
            fn_: counts.campaigns - counts.found,
            tn: None,
            ignored: None,
            accuracy: None,
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            fpr: None,
            fnr: counts.recall().map(|recall| 1.0 - recall),
            roc_auc: None,
            pr_auc: None,
            false_per_100_host_days: counts.false_per_100_host_days(),
        }
    }
}

row! {
    /// `summary.csv` of an experiment: what those of its jobs say.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct JobSummaryRow {
        /// Name of the job, and of its folder.
        pub job: String,
        /// Name of the scenario.
        pub scenario: String,
        /// Name of the defender.
        pub defender: String,
        /// Name of the figure.
        pub metric: String,
        /// Value of the figure.
        pub value: Option<f64>,
        /// Lower end of the 95 % interval.
        pub low: Option<f64>,
        /// Upper end.
        pub high: Option<f64>,
        /// Episodes or campaigns that bear on it.
        pub n: u64,
    }
}

impl JobSummaryRow {
    /// A row of a job.
    pub fn new(job: &str, row: &SummaryRow) -> JobSummaryRow {
        let SummaryRow { scenario, defender, metric, value, low, high, n } = row.clone();
        JobSummaryRow { job: job.to_owned(), scenario, defender, metric, value, low, high, n }
    }
}

row! {
    /// `summary.csv`: one figure of one defender in one scenario, with its 95 % interval.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct SummaryRow {
        /// Name of the scenario.
        pub scenario: String,
        /// Name of the defender.
        pub defender: String,
        /// Name of the figure.
        pub metric: String,
        /// The figure.
        pub value: Option<f64>,
        /// Lower end of its interval.
        pub low: Option<f64>,
        /// Upper end of its interval.
        pub high: Option<f64>,
        /// Episodes it rests on.
        pub n: u64,
    }
}

row! {
    /// One figure of one defender in two runs, side by side.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct ComparisonRow {
        /// Name of the scenario.
        pub scenario: String,
        /// Name of the defender.
        pub defender: String,
        /// Name of the figure.
        pub metric: String,
        /// The run compared with.
        pub base: String,
        /// The run compared.
        pub run: String,
        /// The figure in the base.
        pub base_value: Option<f64>,
        /// The figure in the run.
        pub value: Option<f64>,
        /// Run minus base.
        pub difference: Option<f64>,
        /// Lower end of the difference's interval.
        pub low: Option<f64>,
        /// Upper end of the difference's interval.
        pub high: Option<f64>,
        /// Pairing: whether the runs were compared on the seeds they share.
        pub pairing: Pairing,
        /// Episodes behind the difference, of both runs together.
        pub n: u64,
        /// Two-sided bootstrap p-value of no difference; only where a verdict rests on the figure.
        pub p: Option<f64>,
        /// The p-value after Holm's correction over all verdicts.
        pub p_holm: Option<f64>,
    }
}

row! {
    /// `incidence.csv`: a point of a curve of cumulative incidence, which keeps its value until the next.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct IncidenceRow {
        /// Name of the scenario.
        pub scenario: String,
        /// Name of the defender.
        pub defender: String,
        /// The run.
        pub run: String,
        /// End of the campaigns: `contained`, `evicted` or `objective`.
        pub outcome: String,
        /// Time since a campaign's first successful step.
        pub time_s: f64,
        /// Share of campaigns that ended so by then.
        pub value: f64,
        /// Lower end of its interval.
        pub low: f64,
        /// Upper end of its interval.
        pub high: f64,
    }
}

row! {
    /// `improvement.csv`: a defender in two runs, over training seeds and all scenarios they share.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct ImprovementRow {
        /// Name of the defender.
        pub defender: String,
        /// The run compared with.
        pub base: String,
        /// The run compared.
        pub run: String,
        /// Scenarios that both have scores and at least two training seeds of.
        pub scenarios: u64,
        /// Scores of the base, one a scenario and training seed.
        pub base_scores: u64,
        /// Scores of the run.
        pub run_scores: u64,
        /// Interquartile mean of the base's scores.
        pub base_iqm: Option<f64>,
        /// Lower end of its interval.
        pub base_low: Option<f64>,
        /// Upper end of its interval.
        pub base_high: Option<f64>,
        /// Interquartile mean of the run's scores.
        pub iqm: Option<f64>,
        /// Lower end of its interval.
        pub iqm_low: Option<f64>,
        /// Upper end of its interval.
        pub iqm_high: Option<f64>,
        /// Run minus base.
        pub difference: Option<f64>,
        /// Lower end of its interval.
        pub low: Option<f64>,
        /// Upper end of its interval.
        pub high: Option<f64>,
        /// Probability of improvement: that a training of the run scores above one of the base, ties half.
        pub probability: Option<f64>,
        /// Lower end of its interval.
        pub probability_low: Option<f64>,
        /// Upper end of its interval.
        pub probability_high: Option<f64>,
    }
}

row! {
    /// `learning.csv`: a point of the learning curve of one training seed.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct LearningRow {
        /// Seed of the training.
        pub train_seed: u64,
        /// Episodes behind it.
        pub episode: u64,
        /// Updates of the network behind it.
        pub updates: u64,
        /// Share of random actions.
        pub epsilon: f64,
        /// Mean loss since the last point.
        pub loss: Option<f64>,
        /// Running score.
        pub score: Option<f64>,
        /// Running F1 of incidents.
        pub f1: Option<f64>,
        /// Mean cost of the episodes since the last point.
        pub cost: Option<f64>,
        /// Hours that auditors have spent so far on windows chosen at random.
        pub audit_hours: f64,
    }
}
