//! Mistakes by their place in the sources, and what collects them.

use std::ops::Range;

/// Bytes of text on all files' common line of positions.
pub type Span = Range<usize>;

/// Mistake by its bytes in the sources, before it is a [`Diagnostic`](crate::Diagnostic) with file, line and column.
#[derive(Debug, Clone)]
pub struct RawDiagnostic {
    /// Place in the sources.
    pub span: Span,
    /// Message: what is wrong.
    pub message: String,
    /// Help: what would be right.
    pub help: Option<String>,
}

/// Collector of mistakes.
#[derive(Debug, Default)]
pub struct Sink {
    /// Mistakes in the order they were found.
    pub mistakes: Vec<RawDiagnostic>,
    /// Doubts likewise: what can work, but hardly does as it was meant.
    pub doubts: Vec<RawDiagnostic>,
}

impl Sink {
    /// Notes a mistake.
    pub fn error(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.mistakes.push(RawDiagnostic { span, message: message.into(), help });
    }
    /// Notes a doubt.
    pub fn warn(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.doubts.push(RawDiagnostic { span, message: message.into(), help });
    }
    /// Tells whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.mistakes.is_empty()
    }
}
