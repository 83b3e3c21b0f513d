//! Flows as Zeek writes them: `conn.log` for all, `dns.log` for look-ups, as JSON lines or as tab-separated text
//! with `#` headers. Names, types and order of fields follow Zeek 7.1 (<https://docs.zeek.org>, `Conn::Info` and
//! `DNS::Info`). What a record does not hold is derived from what it does: packets from bytes, `history` from
//! state and bytes, the originator's port from the record's number.

mod conn;
mod dns;
mod log;
mod read;
mod write;

pub use conn::Conn;
pub use log::Format;
pub use read::ConnReader;
pub use write::ZeekWriter;
