//! Flows as Zeek writes them: `conn.log` for all, `dns.log`, `http.log` and `ssl.log` for those that these protocols
//! were found in, as JSON lines or as tab-separated text with `#` headers. Names, types and order of fields follow
//! Zeek 7.1 (<https://docs.zeek.org>: `Conn::Info`, `DNS::Info`, `HTTP::Info`, `SSL::Info`). What a record does not
//! hold is derived from what it does: packets from bytes, `history` from state and bytes, ports, paths, clients and
//! ciphers from the record's number and the two ends.

mod conn;
mod connection;
mod dns;
mod http;
mod log;
mod read;
mod ssl;
mod write;

pub use conn::Conn;
pub use log::Format;
pub use read::ConnReader;
pub use write::{FILES, ZeekWriter};
