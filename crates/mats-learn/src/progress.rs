//! What a run tells while it goes on. Whoever listens (a progress bar, a log) is a reader of this one stream.

/// Something worth telling.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// A part of the run begins, of so many units (episodes, mostly).
    Stage(&'static str, u64),
    /// A part of the run begins, of so many parts of its own that take far from the same time: what is left cannot be told.
    Parts(&'static str, u64),
    /// Number of units done since the last time.
    Advance(u64),
    /// The running score and F1 of the agents that learn.
    Running(Option<f64>, Option<f64>),
    /// A line for people.
    Note(String),
}

/// Listens to a run. Returning `false` asks it to stop at the next safe point.
pub trait Listener: Send {
    /// Something happened.
    fn on_progress(&mut self, progress: Progress) -> bool;
}

/// Hears nothing, and never stops a run.
impl Listener for () {
    fn on_progress(&mut self, _: Progress) -> bool {
        true
    }
}
