//! The figures of `summary.csv`: their names and, for those that are ratios of sums over episodes, their parts.

use crate::metrics::{Costs, EndState};
use crate::rows::{CampaignRow, EpisodeRow};

/// Sums over the campaigns of an episode that shares are over.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Counted {
    /// Campaigns of each end state, in the order of [`EndState::ALL`].
    states: [u32; 6],
    /// Campaigns that reached their objective, and those that were stopped.
    objective: u32,
    stopped: u32,
    /// Sums of the shares of goals done, of seconds of access and with a foothold, and of spells.
    goal: f64,
    access_s: f64,
    foothold_s: f64,
    spells: u32,
}

impl Counted {
    fn campaigns(&self) -> u32 {
        self.states.iter().sum()
    }
}

/// Facts known of one evaluated episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Seed of the training.
    pub train_seed: u64,
    /// Seed of the world.
    pub seed: u64,
    /// Cost of `none` on the seed.
    none: Option<f64>,
    /// Cost of `oracle` on the seed.
    oracle: Option<f64>,
    /// All its campaigns.
    campaigns: u32,
    /// Those that shares are over: their twin under `none` has a success.
    counted: Counted,
    /// Campaigns found.
    found: u32,
    row: EpisodeRow,
}

impl Facts {
    /// Reads them from the row of an episode.
    pub fn new(row: &EpisodeRow, none: Option<f64>, oracle: Option<f64>) -> Facts {
        let (row, counted) = (row.clone(), Counted::default());
        Facts {
            train_seed: row.train_seed,
            seed: row.seed,
            none,
            oracle,
            campaigns: 0,
            counted,
            found: 0,
            row,
        }
    }

    /// Returns the costs of `none`, the defender and `oracle` on the seed, where all three played it.
    pub fn costs(&self) -> Option<Costs> {
        self.none.zip(self.oracle).map(|(none, oracle)| Costs { none, cost: self.row.cost, oracle })
    }

    /// Number of its campaigns.
    pub fn campaigns(&self) -> u32 {
        self.campaigns
    }

    /// Number of its campaigns that shares are over.
    pub fn counted(&self) -> u32 {
        self.counted.campaigns()
    }

    /// Adds one of its campaigns; `counts` where shares are over it.
    pub fn count(&mut self, campaign: &CampaignRow, counts: bool) {
        self.campaigns += 1;
        self.found += u32::from(campaign.detected);
        if !counts {
            return;
        }
        let counted = &mut self.counted;
        counted.states[campaign.end_state as usize] += 1;
        counted.objective += u32::from(campaign.time_to_objective_s.is_some());
        counted.stopped += u32::from(campaign.stopped);
        counted.goal += campaign.goal_share;
        counted.access_s += campaign.access_s;
        counted.foothold_s += campaign.foothold_s;
        counted.spells += campaign.spells;
    }

    /// Tells whether the seed draws an attack. No defender has a say in that.
    pub fn attack(&self) -> bool {
        self.row.campaigns > 0
    }
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A figure of one defender in one scenario. results/README.md defines each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Metric { $($(#[$doc])* $name,)* }

        impl Metric {
            /// All figures, in the order of `summary.csv`.
            pub const ALL: &'static [Metric] = &[$(Metric::$name,)*];
            /// The name used in files.
            pub const fn name(self) -> &'static str {
                match self { $(Metric::$name => $text,)* }
            }
        }
    };
}

metrics! {
    /// Share saved of what can be saved.
    Score = "score",
    /// Score over seeds with an attack.
    ScoreAttack = "score_attack",
    /// Score over seeds without an attack.
    ScoreNoAttack = "score_no_attack",
    /// Share of campaigns that reached their objective.
    Objective = "objective",
    /// Share of campaigns that were never in or evicted, and did not reach their objective.
    Stopped = "stopped",
    /// Mean time with access of a campaign, seconds.
    AccessTime = "access_s",
    /// Mean time with a live foothold of a campaign, seconds.
    FootholdTime = "foothold_s",
    /// Mean number of spells of access of a campaign.
    Spells = "spells",
    /// Median over campaigns of the median length of their spells, seconds.
    SpellLength = "median_spell_s",
    /// Mean share of its goal that a campaign did.
    GoalShare = "goal_share",
    /// Share of campaigns in which nothing but preparation succeeded.
    NeverIn = "never_in",
    /// Share of campaigns evicted.
    Evicted = "evicted",
    /// Share of campaigns that left by themselves.
    Left = "left",
    /// Share of campaigns of which nothing was left but what is cut off.
    CutOff = "cut_off",
    /// Share of campaigns that ended with a credential or persistence.
    Residual = "residual",
    /// Share of campaigns that ended with a foothold or a siege.
    Held = "held",
    /// Median time to detect, seconds.
    TimeToDetect = "median_time_to_detect_s",
    /// Median time to contain, seconds.
    TimeToContain = "median_time_to_contain_s",
    /// Median time to evict, seconds.
    TimeToEvict = "median_time_to_evict_s",
    /// Aalen–Johansen incidence of containment at τ.
    ContainedByTau = "contained_by_tau",
    /// Aalen–Johansen incidence of eviction at τ.
    EvictedByTau = "evicted_by_tau",
    /// Aalen–Johansen incidence of the objective reached at τ.
    ObjectiveByTau = "objective_by_tau",
    /// τ: span over which incidence is given, seconds.
    Tau = "tau_s",
    /// True incidents among incidents.
    IncidentPrecision = "incident_precision",
    /// Campaigns found among campaigns.
    IncidentRecall = "incident_recall",
    /// Harmonic mean of the two.
    IncidentF1 = "incident_f1",
    /// False incidents per 100 machines and day.
    FalseIncidents = "false_per_100_host_days",
    /// Mean cost of an episode.
    Cost = "cost",
    /// Mean cost of an episode over seeds with an attack.
    CostAttack = "cost_attack",
    /// Mean cost of an episode over seeds without an attack.
    CostNoAttack = "cost_no_attack",
    /// Mean regret of an episode.
    Regret = "regret",
    /// Mean return of an episode.
    Return = "return",
    /// Mean damage of an episode.
    Damage = "damage",
    /// Mean disruption of an episode.
    Disruption = "disruption",
    /// Mean cost of actions of an episode.
    ActionCost = "action_cost",
    /// Mean hours of analysts' time of an episode.
    AnalystHours = "analyst_hours",
    /// Mean number of actions of an episode, without `monitor`.
    Actions = "actions",
    /// Cost per machine and day.
    CostPerHostDay = "cost_per_host_day",
    /// False isolations per machine and day.
    FalseIsolations = "false_isolations_per_host_day",
}

impl Metric {
    /// Returns what an episode adds to numerator and denominator; `None` if it adds nothing, or if the figure is no
    /// ratio of sums.
    pub fn parts(self, e: &Facts) -> Option<(f64, f64)> {
        let row = &e.row;
        let mean = |value: f64| Some((value, 1.0));
        let of = |sum: f64| Some((sum, f64::from(e.counted())));
        let share = |count: u32| of(f64::from(count));
        let state = |state: EndState| share(e.counted.states[state as usize]);
        match self {
            Metric::Score => e.costs().map(|c| (c.none - c.cost, c.none - c.oracle)),
            Metric::ScoreAttack => Metric::Score.parts(e).filter(|_| e.attack()),
            Metric::ScoreNoAttack => Metric::Score.parts(e).filter(|_| !e.attack()),
            Metric::Objective => share(e.counted.objective),
            Metric::Stopped => share(e.counted.stopped),
            Metric::AccessTime => of(e.counted.access_s),
            Metric::FootholdTime => of(e.counted.foothold_s),
            Metric::Spells => share(e.counted.spells),
            Metric::GoalShare => of(e.counted.goal),
            Metric::NeverIn => state(EndState::NeverIn),
            Metric::Evicted => state(EndState::Evicted),
            Metric::Left => state(EndState::Left),
            Metric::CutOff => state(EndState::CutOff),
            Metric::Residual => state(EndState::Residual),
            Metric::Held => state(EndState::Held),
            Metric::IncidentPrecision => {
                let true_incidents = row.incidents.saturating_sub(row.false_incidents);
                Some((f64::from(true_incidents), f64::from(row.incidents)))
            }
            Metric::IncidentRecall => Some((f64::from(e.found), f64::from(e.campaigns()))),
            Metric::FalseIncidents => Some((100.0 * f64::from(row.false_incidents), row.host_days)),
            Metric::Cost => mean(row.cost),
            Metric::CostAttack => mean(row.cost).filter(|_| e.attack()),
            Metric::CostNoAttack => mean(row.cost).filter(|_| !e.attack()),
            Metric::Regret => e.oracle.map(|oracle| (row.cost - oracle, 1.0)),
            Metric::Return => mean(row.return_),
            Metric::Damage => mean(row.damage),
            Metric::Disruption => mean(row.disruption),
            Metric::ActionCost => mean(row.action_cost),
            Metric::AnalystHours => mean(row.analyst_hours),
            Metric::Actions => mean(row.actions.interventions() as f64),
            Metric::CostPerHostDay => Some((row.cost, row.host_days)),
            Metric::FalseIsolations => Some((f64::from(row.false_isolations), row.host_days)),
            Metric::ContainedByTau
            | Metric::EvictedByTau
            | Metric::ObjectiveByTau
            | Metric::Tau
            | Metric::TimeToDetect
            | Metric::TimeToContain
            | Metric::TimeToEvict
            | Metric::SpellLength
            | Metric::IncidentF1 => None,
        }
    }

    /// Tells whether an episode bears on the figure at all.
    pub fn concerns(self, e: &Facts) -> bool {
        match self {
            Metric::ContainedByTau
            | Metric::EvictedByTau
            | Metric::ObjectiveByTau
            | Metric::Tau
            | Metric::TimeToDetect
            | Metric::TimeToContain
            | Metric::TimeToEvict
            | Metric::SpellLength => e.campaigns() > 0,
            Metric::IncidentF1 => e.campaigns() > 0 || e.row.incidents > 0,
            // An episode without anything to save still weighs on a score.
            _ => self.parts(e).is_some_and(|(_, down)| down != 0.0 || self.is_score()),
        }
    }

    /// Tells whether the figure is a score, which exists only where there is something to save.
    pub const fn is_score(self) -> bool {
        matches!(self, Metric::Score | Metric::ScoreAttack | Metric::ScoreNoAttack)
    }
}
