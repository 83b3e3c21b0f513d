//! What is wrong with a file, as people read it. Everything quoted from a file is untrusted: control and
//! direction characters are spelt out, long lines are cut around the caret.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use mats_core::text::{is_unprintable, printable};
use std::fmt;
use std::ops::Range;

/// More mistakes than this are counted, not shown.
const MAX_SHOWN: usize = 50;
/// Characters a line on the terminal has.
const WIDTH: usize = 80;
/// Characters of a source line that are shown: what the terminal has beside the line's number.
const EXCERPT: usize = WIDTH - 8;
/// Number of characters that stand before the caret in a line that is cut.
const BEFORE: usize = 24;
/// Longer texts within a message are cut.
const MAX_MESSAGE: usize = 2000;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Severity {
    /// Mistake: the file cannot be used.
    #[default]
    Error,
    /// Doubt: the file can be used, but something in it will hardly do what it was meant for.
    Warning,
}

impl Severity {
    /// The word used in messages and JSON.
    pub const fn name(self) -> &'static str {
        ["error", "warning"][self as usize]
    }
}

/// One mistake in one file, or one doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file, as it was named.
    pub file: String,
    /// Line and column of the mistake, both from 1, columns in characters; `None` if the whole file is meant.
    pub place: Option<(usize, usize)>,
    /// Message: what is wrong.
    pub message: String,
    /// Help: what would be right.
    pub help: Option<String>,
    /// The part of the line that is shown, safe to print.
    excerpt: String,
    /// Bytes of it that are wrong.
    caret: Range<usize>,
}

impl Diagnostic {
    /// A mistake that concerns the whole file.
    pub fn whole(file: &str, message: &str, help: Option<&str>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            file: printable(file).into_owned(),
            place: None,
            message: cut(printable(message).into_owned()),
            help: help.map(|h| cut(printable(h).into_owned())),
            excerpt: String::new(),
            caret: 0..0,
        }
    }

    /// A mistake on a line (counted from 1) at the bytes `caret` of its text.
    pub fn placed(
        file: &str,
        line: usize,
        text: &str,
        caret: Range<usize>,
        message: &str,
        help: Option<&str>,
    ) -> Diagnostic {
        let column = 1 + text.char_indices().take_while(|&(i, _)| i < caret.start).count();
        let (excerpt, caret) = excerpt(text, &caret, column - 1);
        Diagnostic { place: Some((line, column)), excerpt, caret, ..Diagnostic::whole(file, message, help) }
    }

    /// A mistake at some bytes of a file's text.
    pub fn spanned(
        file: &str,
        text: &str,
        span: Range<usize>,
        message: &str,
        help: Option<&str>,
    ) -> Diagnostic {
        let start = whole(text, span.start);
        let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = text[from..].split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let number = 1 + text[..from].matches('\n').count();
        let last = whole(line, span.end.saturating_sub(from));
        let caret = (start - from).min(last)..last;
        Diagnostic::placed(file, number, line, caret, message, help)
    }

    /// The same as a doubt: the file can be used all the same.
    #[must_use]
    pub fn as_warning(self) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..self }
    }

    fn render(&self) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(self.message.as_str());
        let mut group = match self.place {
            None => title.element(Origin::path(self.file.as_str())),
            Some((line, _)) => {
                let snippet = Snippet::source(self.excerpt.as_str())
                    .line_start(line)
                    .annotation(AnnotationKind::Primary.span(self.caret.clone()));
                title.element(snippet.path(self.file.as_str()))
            }
        };
        let help = self.help.as_deref().map(wrapped);
        if let Some(help) = &help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let text = Renderer::plain().term_width(4096).render(&[group]);
        let Some((line, column)) = self.place else { return text };
        // The renderer counts columns in the excerpt, which may have been cut or spelt out.
        let counted = 1 + self.excerpt[..self.caret.start].chars().count();
        let place = |column| format!("--> {}:{line}:{column}\n", self.file);
        text.replacen(&place(counted), &place(column), 1)
    }
}

/// Diagnostics of all that is wrong, in order of place. Shown with file, line, column, source line, caret and help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Collects mistakes in the order they are to be shown.
    pub fn new(all: Vec<Diagnostic>) -> Diagnostics {
        Diagnostics(all)
    }
    /// The mistakes; at least one.
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Diagnostics {
        Diagnostics(vec![one])
    }
}

impl std::error::Error for Diagnostics {}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.0.iter().take(MAX_SHOWN).enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            f.write_str(&diagnostic.render())?;
        }
        if self.0.len() > MAX_SHOWN {
            write!(f, "\n\n… and {} more mistakes", self.0.len() - MAX_SHOWN)?;
        }
        Ok(())
    }
}

/// The last place up to `at` that does not cut a character.
fn whole(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

fn push_printable(out: &mut String, c: char) {
    if is_unprintable(c) {
        out.extend(c.escape_unicode());
    } else {
        out.push(c);
    }
}

fn cut(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(MAX_MESSAGE) {
        text.truncate(at);
        text.push('…');
    }
    text
}

/// A help text in lines that fit the terminal behind `   = help: `. Longer words stay whole.
fn wrapped(text: &str) -> String {
    textwrap::fill(
        text,
        textwrap::Options::new(WIDTH - 14)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation),
    )
}

/// The part of a line around the caret, safe to print, and the caret's place in it.
fn excerpt(text: &str, caret: &Range<usize>, column: usize) -> (String, Range<usize>) {
    let fits = text.chars().nth(EXCERPT).is_none();
    let skip = if fits || column < EXCERPT - BEFORE { 0 } else { column - BEFORE };
    let mut out = String::new();
    if skip > 0 {
        out.push('…');
    }
    let (mut start, mut end) = (None, None);
    for (shown, (i, c)) in text.char_indices().skip(skip).enumerate() {
        if i >= caret.start {
            start.get_or_insert(out.len());
        }
        if i >= caret.end {
            end.get_or_insert(out.len());
        }
        if !fits && shown + 2 > EXCERPT {
            out.push('…');
            break;
        }
        if c == '\t' { out.push(' ') } else { push_printable(&mut out, c) }
    }
    let start = start.unwrap_or(out.len());
    let end = end.unwrap_or(out.len()).max(start);
    (out, start..end)
}
