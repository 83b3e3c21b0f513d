//! The environment.

use crate::observe::{NAMES, observe};
use crate::reward::Rewards;
use crate::source::ThreatSource;
use crate::view::DefenderView;
use mats_core::{Action, ActionMask, ActionResult, Duration, HostId, OrderId, SimTime, ThreatIntel};
use mats_respond::{Decision, Episode, ResponseAgent};
use mats_rl::{Env, Spec, Step};
use mats_sim::{Label, Plan, Telemetry, World};
use std::sync::Arc;

/// Settings of how a game is played; not part of the task.
#[derive(Debug, Clone, Copy)]
pub struct GameSettings {
    /// Interval at which detectors look at the telemetry.
    pub tick: Duration,
    /// Truncates episodes after this many decisions; `None` leaves them to end by themselves.
    pub cap: Option<u32>,
    /// Rewriter, for tests, of the truth labels of each delivery. Nothing a defender sees may change.
    pub relabel: Option<fn(&mut [Label])>,
}

impl Default for GameSettings {
    fn default() -> GameSettings {
        GameSettings { tick: Duration::from_minutes(1), cap: None, relabel: None }
    }
}

/// Observer of every tick of a game: for metrics and training sets. The world it sees holds the truth.
pub trait TickObserver {
    /// One tick passed: what sensors delivered, and what the detectors made of it.
    fn tick(&mut self, world: &World, source: &mut ThreatSource, seen: &Tick<'_>);
    /// An episode begins.
    fn begin(&mut self, seed: u64);
    /// An order was given about a threat, now.
    fn ordered(&mut self, order: OrderId, threat: &ThreatIntel, source: &mut ThreatSource, now: SimTime) {
        let _ = (order, threat, source, now);
    }
}

/// Events of one tick.
#[derive(Debug, Clone, Copy)]
pub struct Tick<'a> {
    /// Telemetry that sensors delivered, with its labels.
    pub telemetry: &'a Telemetry,
    /// Threats that the detectors made of it.
    pub news: &'a [ThreatIntel],
    /// Results of orders.
    pub results: &'a [ActionResult],
    /// Knowledge of the defender by now.
    pub view: &'a DefenderView,
}

/// Observer that records nothing.
impl TickObserver for () {
    fn tick(&mut self, _: &World, _: &mut ThreatSource, _: &Tick<'_>) {}
    fn begin(&mut self, _: u64) {}
}

/// Pair of observers that see the same ticks.
impl<A: TickObserver, B: TickObserver> TickObserver for (A, B) {
    fn tick(&mut self, world: &World, source: &mut ThreatSource, seen: &Tick<'_>) {
        self.0.tick(world, source, seen);
        self.1.tick(world, source, seen);
    }
    fn begin(&mut self, seed: u64) {
        self.0.begin(seed);
        self.1.begin(seed);
    }
    fn ordered(&mut self, order: OrderId, threat: &ThreatIntel, source: &mut ThreatSource, now: SimTime) {
        self.0.ordered(order, threat, source, now);
        self.1.ordered(order, threat, source, now);
    }
}

/// The defence game: one lane. A copy goes on like the original: [`mats_rl::forks`].
#[derive(Clone)]
pub struct DefenceGame<W: TickObserver = ()> {
    world: World,
    source: ThreatSource,
    view: DefenderView,
    rewards: Rewards,
    settings: GameSettings,
    telemetry: Telemetry,
    news: Vec<ThreatIntel>,
    results: Vec<ActionResult>,
    /// Results of all orders, over the whole episode.
    history: Vec<ActionResult>,
    steps: u32,
    records: u64,
    decided: SimTime,
    /// Observer of every tick.
    pub tick_observer: W,
}

impl DefenceGame {
    /// A game on a plan, with a source of threats.
    pub fn new(plan: &Arc<Plan>, source: ThreatSource, settings: GameSettings) -> DefenceGame {
        DefenceGame::with_observer(plan, source, settings, ())
    }
}

impl<W: TickObserver> DefenceGame<W> {
    /// Former name of [`Self::with_observer`].
    #[deprecated(since = "0.2.0", note = "renamed to `with_observer`")]
    pub fn with_witness(
        plan: &Arc<Plan>,
        source: ThreatSource,
        settings: GameSettings,
        observer: W,
    ) -> DefenceGame<W> {
        DefenceGame::with_observer(plan, source, settings, observer)
    }

    /// Creates a game whose every tick is shown to an observer.
    pub fn with_observer(
        plan: &Arc<Plan>,
        source: ThreatSource,
        settings: GameSettings,
        observer: W,
    ) -> DefenceGame<W> {
        let inventory = Arc::new(plan.scenario.inventory.clone());
        let world = World::new(Arc::clone(plan));
        let view = DefenderView::new(inventory, plan.scenario.response.clone(), world.horizon());
        DefenceGame {
            world,
            source,
            view,
            rewards: Rewards::default(),
            settings,
            telemetry: Telemetry::default(),
            news: Vec::new(),
            results: Vec::new(),
            history: Vec::new(),
            steps: 0,
            records: 0,
            decided: SimTime::ZERO,
            tick_observer: observer,
        }
    }

    /// All that a defender knows.
    pub fn view(&self) -> &DefenderView {
        &self.view
    }
    /// The world, with the truth: for metrics and the oracle.
    pub fn world(&self) -> &World {
        &self.world
    }
    /// Source of threats.
    pub fn source(&mut self) -> &mut ThreatSource {
        &mut self.source
    }
    /// Results of all orders in this episode.
    pub fn history(&self) -> &[ActionResult] {
        &self.history
    }
    /// The pending decision as a [`Defender`](mats_respond::Defender) sees it; observation and mask as
    /// [`Env::reset`] or [`Env::step`] wrote them.
    ///
    /// # Panics
    /// When the mask is not one of [`Action::COUNT`], or no decision is pending.
    pub fn decision<'a>(&'a self, observation: &'a [f32], mask: &[bool], episode: Episode) -> Decision<'a> {
        let mask = ActionMask(mask.try_into().expect("one flag for each action"));
        Decision {
            intel: &self.view.pending().intel,
            key: self.view.key(),
            facts: self.view.facts(),
            mask,
            observation,
            episode,
        }
    }
    /// Decisions taken in this episode.
    pub fn steps(&self) -> u32 {
        self.steps
    }
    /// Telemetry records delivered in this episode.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Starts an episode and runs to its first decision.
    fn begin(&mut self, seed: u64) {
        self.world.reset(seed);
        match &mut self.source {
            ThreatSource::Agent(agent) => agent.reset(std::sync::Arc::clone(agent.detector())),
            ThreatSource::Truth(truth) => truth.reset(),
        }
        self.tick_observer.begin(seed);
        self.view.reset();
        self.rewards.reset(&self.world);
        self.history.clear();
        (self.steps, self.records, self.decided) = (0, 0, SimTime::ZERO);
        self.look();
        // An episode too short for a single decision still presents one, at its end.
        if !self.run_until_decision() {
            self.present_any();
        }
        // What happened before the first decision is nobody's doing, but it is part of the cost.
    }

    /// One tick: the world moves, detectors look, the view takes in the news.
    fn look(&mut self) {
        self.telemetry.clear();
        let until = self.world.now() + self.settings.tick;
        self.world.advance(until, &mut self.telemetry);
        self.records += self.telemetry.records.len() as u64;
        if let Some(relabel) = self.settings.relabel {
            relabel(&mut self.telemetry.labels);
        }
        self.source.observe(&self.telemetry.records);
        self.news.clear();
        self.source.advance(&self.world, &mut self.news);
        let now = self.world.now();
        let hosts = self.view.inventory.hosts.len();
        let (mut sum, mut top) = (0.0f32, 0.0f32);
        for h in 0..hosts {
            let score = self.source.score(HostId(h as u32));
            sum += score;
            top = top.max(score);
        }
        let wait = self.world.blue().analyst_wait(now);
        self.view.tick(now, self.world.posture(), wait, (sum / hosts.max(1) as f32, top));
        self.view.observe(&self.telemetry.records);
        for intel in &self.news {
            self.view.hear(intel);
        }
        self.results.clear();
        self.world.results(&mut self.results);
        for result in &self.results {
            self.view.conclude(result, |host| self.source.view(host, &self.world));
        }
        while let Some(host) = self.view.next_lead() {
            let intel = self.source.view(host, &self.world);
            self.view.follow(&intel);
        }
        self.history.extend_from_slice(&self.results);
        let (telemetry, news, results) = (&self.telemetry, &self.news, &self.results);
        let seen = Tick { telemetry, news, results, view: &self.view };
        self.tick_observer.tick(&self.world, &mut self.source, &seen);
    }

    /// Runs the world until a decision is needed; false when the episode ended first.
    fn run_until_decision(&mut self) -> bool {
        loop {
            if let Some(host) = self.view.next_due() {
                let intel = self.source.view(host, &self.world);
                self.view.present(host, intel, false);
                return true;
            }
            if self.world.now() >= self.world.horizon() {
                return false;
            }
            if self.view.is_patrol_due() && self.go_on_patrol() {
                return true;
            }
            self.look();
        }
    }

    fn go_on_patrol(&mut self) -> bool {
        let view = &self.view;
        let mut skip = |host: HostId| view.case(host).is_some_and(|c| c.open);
        let Some(intel) = self.source.most_suspicious(&self.world, &mut skip) else { return false };
        self.view.patrol(&intel);
        self.view.present(intel.host, intel, true);
        true
    }

    fn present_any(&mut self) {
        let intel = self.source.view(HostId(0), &self.world);
        self.view.patrol(&intel);
        self.view.present(HostId(0), intel, true);
    }

    /// Carries out a decision and runs to the next one.
    fn play(&mut self, action: Action) -> Step {
        let case = self.view.pending();
        let intel = case.intel;
        let mut order = ResponseAgent::respond(&intel, action, &self.view.mask());
        order.target.user = case.account(order.action);
        if order.action == Action::Release {
            order.give_back = case.safe();
        }
        if order.action == Action::ResetExposed {
            order.accounts = self.view.exposed(intel.host);
        }
        let executed = order.action;
        if executed != Action::Monitor {
            let id = self.world.order(order);
            self.tick_observer.ordered(id, &intel, &mut self.source, self.world.now());
        }
        self.view.decide(executed);
        self.steps += 1;
        let more = self.run_until_decision();
        if !more {
            self.world.settle();
        }
        let truncated = more && self.settings.cap.is_some_and(|cap| self.steps >= cap);
        let elapsed = self.world.now().since(self.decided).hours();
        self.decided = self.world.now();
        let reward = self.rewards.step(&self.world, &self.view, elapsed, !more);
        Step { executed: executed as usize, reward, elapsed, terminated: !more, truncated }
    }

    fn write(&self, observation: &mut [f32], mask: &mut [bool]) {
        let allowed = self.view.mask();
        observe(&self.view, observation);
        mask.copy_from_slice(&allowed.0);
    }
}

impl<W: TickObserver + Send> Env for DefenceGame<W> {
    fn spec(&self) -> Spec {
        NAMES.spec()
    }

    fn reset(&mut self, seed: u64, observation: &mut [f32], mask: &mut [bool]) {
        self.begin(seed);
        self.decided = self.world.now();
        self.write(observation, mask);
    }

    fn step(&mut self, action: usize, observation: &mut [f32], mask: &mut [bool]) -> Step {
        let step = self.play(Action::ALL[action]);
        self.write(observation, mask);
        step
    }

    fn group(&self) -> u32 {
        self.rewards.group(self.view.presented)
    }

    fn shares(&self) -> &[(u32, f32)] {
        &self.rewards.shares
    }
}
