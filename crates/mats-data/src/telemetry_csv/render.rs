//! Records for people to read: the columns of the five files, with ids spelt out.

use super::row::{AnyRow, COLUMNS, row};
use crate::names::{Domain, Names};
use mats_core::{Addr, DomainId, Record, UserId};
use serde_json::Value;
use std::net::Ipv4Addr;

/// Columns that stand before what a record says: its number, its times, its machine.
fn is_common(column: &str) -> bool {
    matches!(column, "id" | "time_us" | "arrival_us" | "host")
}

/// The columns of each of [`super::FILES`] without those that all have in common.
pub fn rendered_columns() -> [Vec<&'static str>; 5] {
    COLUMNS.map(|columns| columns.iter().copied().filter(|c| !is_common(c)).collect())
}

/// Renders a record: the position of its file in [`super::FILES`], and a text for each of [`rendered_columns`].
/// Accounts and internal addresses are spelt by the inventory, domains as in all files; what is not there is empty.
pub fn render(record: &Record, names: &Names<'_>) -> (usize, Vec<String>) {
    let (file, row) = match row(0, record) {
        AnyRow::Flow(row) => (0, serde_json::to_value(row)),
        AnyRow::Event(row) => (1, serde_json::to_value(row)),
        AnyRow::Login(row) => (2, serde_json::to_value(row)),
        AnyRow::Config(row) => (3, serde_json::to_value(row)),
        AnyRow::Intel(row) => (4, serde_json::to_value(row)),
    };
    let row = row.unwrap_or_default();
    let columns = COLUMNS[file].iter().filter(|c| !is_common(c));
    (file, columns.map(|&column| cell(column, &row[column], names)).collect())
}

/// Former name of [`rendered_columns`].
#[deprecated(since = "0.2.0", note = "renamed to `rendered_columns`")]
pub fn spelt_columns() -> [Vec<&'static str>; 5] {
    rendered_columns()
}

/// Former name of [`render`].
#[deprecated(since = "0.2.0", note = "renamed to `render`")]
pub fn spelt(record: &Record, names: &Names<'_>) -> (usize, Vec<String>) {
    render(record, names)
}

fn cell(column: &str, value: &Value, names: &Names<'_>) -> String {
    let number = value.as_u64().map(|n| n as u32);
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rendered = match column {
        "domain" => number.map(|id| Domain(DomainId(id)).to_string()),
        "user" => number.and_then(|id| names.user(UserId(id))).map(std::borrow::Cow::into_owned),
        "peer" | "source" => text.parse::<Ipv4Addr>().ok().and_then(|a| internal(Addr(a.into()), names)),
        _ => None,
    };
    rendered.unwrap_or(text)
}

/// The name of a machine of the organisation, if the address is one's.
fn internal(address: Addr, names: &Names<'_>) -> Option<String> {
    let host = address.host()?;
    let known = names.inventory().hosts.get(host.index())?;
    Some(known.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::telemetry::{ConnState, Flow, Login, LoginKind, Service};
    use mats_core::{AssetClass, Body, HostId, HostInfo, Inventory, Os, SimTime, SubnetId, UserInfo};

    fn inventory() -> Inventory {
        let host = HostInfo {
            name: "desk".to_owned(),
            subnet: SubnetId(0),
            os: Os::Linux,
            class: AssetClass::Workstation,
            value: 1.0,
            never_isolate: false,
            owner: UserId(0),
        };
        let user = UserInfo { name: "ann".to_owned(), home: HostId(0), admin: false, value: 1.0 };
        Inventory { hosts: vec![host], users: vec![user], ..Inventory::default() }
    }

    fn record(body: Body) -> Record {
        Record { time: SimTime(1), arrival: SimTime(2), host: HostId(0), body }
    }

    #[test]
    fn ids_are_spelt_out_and_the_columns_are_those_of_the_files() {
        let inventory = inventory();
        let names = Names::new(&inventory);
        let flow = Flow {
            peer: Addr(0x5db8_d822),
            domain: DomainId(7),
            bytes_out: 10,
            bytes_in: 20,
            duration_ms: 30,
            port: 443,
            service: Service::Tls,
            state: ConnState::Sf,
            outbound: true,
        };
        let (file, cells) = render(&record(Body::Flow(flow)), &names);
        let expected =
            ["93.184.216.34", &Domain(DomainId(7)).to_string(), "10", "20", "30", "443", "tls", "SF", "true"];
        assert_eq!(
            (super::super::FILES[file], cells.as_slice()),
            ("flows.csv", &expected.map(str::to_owned)[..])
        );
        assert_eq!(rendered_columns()[file].len(), cells.len());
        let login = Login {
            user: UserId(0),
            source: Addr::internal(HostId(0)),
            kind: LoginKind::Remote,
            success: false,
        };
        let (file, cells) = render(&record(Body::Login(login)), &names);
        assert_eq!(rendered_columns()[file], ["user", "source", "kind", "success"]);
        assert_eq!(cells, ["ann", "desk", "Remote", "false"]);
        // Nobody's account is an empty cell, an address beyond the inventory stays an address.
        let login = Login { user: UserId::NONE, source: Addr::internal(HostId(9)), ..login };
        assert_eq!(render(&record(Body::Login(login)), &names).1, ["", "10.0.0.10", "Remote", "false"]);
    }
}
