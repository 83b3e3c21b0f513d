//! People and service accounts.

use super::names::Names;
use super::network::{Network, numbered};
use super::{Context, MAX_HOSTS};
use crate::format::{ScenarioFile, UserTable};
use crate::model::{HostRole, UserRole, UserSpec};
use crate::suggest::quote;
use mats_core::{HostId, UserId, UserInfo};

/// Accounts as columns, and whose machine each host is.
pub struct People {
    pub infos: Vec<UserInfo>,
    pub specs: Vec<UserSpec>,
    /// A column by [`HostId`].
    pub owners: Vec<UserId>,
}

pub fn lower(file: &ScenarioFile, network: &Network, ctx: &mut Context<'_>) -> People {
    let mut people =
        People { infos: Vec::new(), specs: Vec::new(), owners: vec![UserId::NONE; network.infos.len()] };
    let mut names: Names<()> = Names::new("user");
    if file.user.is_empty() && ctx.whole() {
        let help = Some("add a [[user]]: without people there is nothing to protect".to_owned());
        ctx.sink.error(file.scenario.name.span(), "the network has no users", help);
    }
    for (g, group) in file.user.iter().enumerate() {
        names.declare(&group.name, (), ctx);
        let [start, end] = *group.shift.get_ref();
        if start == end {
            let help = Some("write [start, end]; an end before the start is on the next day".to_owned());
            ctx.sink.error(group.shift.span(), format!("the shift ends at {end}, when it starts"), help);
        }
        let count = *group.count.get_ref() as usize;
        if people.infos.len() + count > MAX_HOSTS {
            let span = if group.count.span().is_empty() { group.name.span() } else { group.count.span() };
            ctx.sink.error(span, format!("more than {MAX_HOSTS} accounts in all"), None);
            break;
        }
        let Some(hosts) = network.hosts.find(&group.hosts, ctx) else { continue };
        let role = network.specs[hosts.start].role;
        if group.role != UserRole::Service && !matches!(role, HostRole::Workstation | HostRole::JumpHost) {
            let message = format!(
                "people work at workstations or jump hosts; {} are neither",
                quote(group.hosts.get_ref())
            );
            let help = Some("name a group of workstations, or give the users the role `service`".to_owned());
            ctx.sink.error(group.hosts.span(), message, help);
        }
        for (i, name) in numbered(group.name.get_ref(), count).enumerate() {
            if count > 1 {
                names.declare(&toml::Spanned::new(group.name.span(), name.clone()), (), ctx);
            }
            let home = hosts.start + i % hosts.len();
            let owner = &mut people.owners[home];
            if *owner == UserId::NONE && group.role != UserRole::Service {
                *owner = UserId(people.infos.len() as u32);
            }
            people.push(g, group, name, HostId(home as u32));
        }
    }
    people
}

impl People {
    fn push(&mut self, g: usize, group: &UserTable, name: String, home: HostId) {
        let usual = if matches!(group.role, UserRole::Administrator | UserRole::Service) { 2.0 } else { 1.0 };
        self.infos.push(UserInfo {
            name,
            home,
            admin: group.role == UserRole::Administrator,
            value: group.value.unwrap_or(usual) as f32,
        });
        let [start, end] = *group.shift.get_ref();
        self.specs.push(UserSpec {
            group: g,
            role: group.role,
            shift: (start.0, end.0),
            activity: group.activity,
        });
    }
}
