//! A mistake by its place in the sources, and what collects them.

use std::ops::Range;

/// Bytes of text on all files' common line of positions.
pub type Span = Range<usize>;

/// A mistake, by its place in the sources.
#[derive(Debug, Clone)]
pub struct Mistake {
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

/// Collects mistakes.
#[derive(Debug, Default)]
pub struct Sink {
    /// In the order they were found.
    pub mistakes: Vec<Mistake>,
}

impl Sink {
    /// Notes a mistake.
    pub fn error(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.mistakes.push(Mistake { span, message: message.into(), help });
    }
    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }
}
