//! `conn.log` in JSON → [`Conn`].

use super::conn::Conn;
use crate::error::DataError;
use crate::lines::Lines;
use serde::Deserialize;
use std::io::BufRead;

/// Reads connections from JSON lines. Entries of other logs, which `@stream` or `_path` tell apart in combined
/// files, are passed over. After an error the next call goes on with the next line.
pub struct ConnReader<R> {
    lines: Lines<R>,
}

/// Log that an entry belongs to, where it says so.
#[derive(Deserialize)]
struct Stream {
    #[serde(alias = "@stream", alias = "_path")]
    stream: Option<String>,
}

impl<R: BufRead> ConnReader<R> {
    /// A reader; `file` is only for messages.
    pub fn new(input: R, file: &str) -> ConnReader<R> {
        ConnReader { lines: Lines::new(input, file) }
    }

    fn step(&mut self) -> Result<Option<Conn>, DataError> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            if line.is_empty() {
                continue;
            }
            let parsed = serde_json::from_slice(line).and_then(|Stream { stream }| match stream.as_deref() {
                None | Some("conn") => serde_json::from_slice(line).map(Some),
                Some(_) => Ok(None),
            });
            let tabs = line.starts_with(b"#");
            match parsed {
                Ok(None) => {}
                Ok(conn) => return Ok(conn),
                Err(error) => {
                    let cure =
                        if tabs { "; this is tab-separated, set LogAscii::use_json=T in Zeek" } else { "" };
                    let what = format!("not a conn.log entry in JSON: {error}{cure}");
                    return Err(DataError::line(&self.lines.file, self.lines.number, what));
                }
            }
        }
    }
}

impl<R: BufRead> Iterator for ConnReader<R> {
    type Item = Result<Conn, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
