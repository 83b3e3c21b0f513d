//! Which records a feature is about. It follows what each feature counts (`mats-detect/src/features`), but needs no
//! memory: of places and accounts, those count that the threat names.

use mats_core::telemetry::{ConfigItem, ConnState, EventCode, Image, LoginKind, Service};
use mats_core::{Body, HostId, Record, ThreatIntel};
use mats_detect::features::columns as col;

/// Whether a record bears on a feature of the machine that a threat is about.
pub(super) fn contributes(feature: u8, record: &Record, threat: &ThreatIntel) -> bool {
    let host = threat.host;
    let own = record.host == host;
    match record.body {
        Body::Flow(flow) => {
            let opened = own == flow.outbound;
            let admin = matches!(flow.service, Service::Smb | Service::Rdp | Service::Ssh | Service::Winrm);
            let outside = own && !flow.peer.is_internal();
            let named = threat.address == Some(flow.peer) || threat.domain == Some(flow.domain);
            let nobody = threat.address.is_none() && threat.domain.is_none();
            match feature as usize {
                col::FLOWS_OUT => opened,
                col::FLOWS_IN => !opened,
                col::FAILED_FLOWS => opened && matches!(flow.state, ConnState::S0 | ConnState::Rej),
                col::INTERNAL_PEERS => opened && flow.peer.is_internal(),
                col::ADMIN_OUT => opened && admin && flow.peer.is_internal(),
                col::ADMIN_IN => !opened && admin,
                col::SENT => outside && (if opened { flow.bytes_out } else { flow.bytes_in }) >= 1 << 14,
                col::SHARED | col::RARE_SHARE | col::BEACON | col::NEW_PLACE => outside && (named || nobody),
                _ => false,
            }
        }
        Body::Login(login) => {
            let remote = matches!(login.kind, LoginKind::Network | LoginKind::Remote);
            match feature as usize {
                col::FAILED_LOGINS => own && !login.success,
                col::FAILED_LOGINS_OUT => !own && !login.success,
                col::ACCOUNTS => true,
                col::LOGINS_IN => own && login.success && remote,
                col::LOGIN_TARGETS | col::DISPLACED_OUT => !own,
                col::DISPLACED_IN => own && login.source.host().is_some_and(|h| h != host),
                _ => false,
            }
        }
        Body::Event(event) => own && event_bears(feature, event.code, event.image, event.parent),
        Body::Config(change) => {
            own && match change.item {
                ConfigItem::Firewall | ConfigItem::Protection | ConfigItem::Policy => {
                    feature as usize == col::EVASION
                }
                ConfigItem::Accounts | ConfigItem::Autorun | ConfigItem::MailRule => {
                    feature as usize == col::PERSISTENCE
                }
                ConfigItem::Backup => feature as usize == col::DELETED,
                ConfigItem::Software | ConfigItem::Patch | ConfigItem::Vulnerability => false,
            }
        }
        Body::Intel(_) => false,
    }
}

fn event_bears(feature: u8, code: EventCode, image: Image, parent: Image) -> bool {
    use EventCode as E;
    let started = code == E::ProcessCreate;
    match feature as usize {
        col::FOREIGN_PROCESSES => started,
        col::FAILED_LOGINS => matches!(code, E::LogonFailed | E::AccountLocked),
        col::PRIVILEGES => matches!(code, E::PrivilegeUse | E::ExplicitCredentials | E::DirectoryAccess),
        col::SCRIPTS => code == E::ScriptBlock || (started && is_script(image)),
        col::ODD_PARENTS => started && is_odd_parent(parent),
        col::REMOTE_EXECUTION => started && (is_remote(parent) || parent == Image::TaskScheduler),
        col::DISCOVERY => {
            started && matches!(image, Image::DirectoryTool | Image::NetworkTool | Image::AccountTool)
        }
        col::RARE_TOOLS => {
            matches!(code, E::RemoteThread | E::ProcessAccess)
                || (started && matches!(image, Image::RareTool | Image::RemoteTool | Image::DebugTool))
        }
        col::ARCHIVES => code == E::ShareAccess || (started && image == Image::Archiver),
        col::FILES => matches!(code, E::FileWrite | E::FileDelete),
        col::DELETED => code == E::FileDelete || (started && image == Image::DiskTool),
        col::PERSISTENCE => {
            matches!(code, E::ServiceInstall | E::TaskCreate | E::AutorunSet | E::AccountCreate | E::GroupAdd)
        }
        col::EVASION => matches!(code, E::LogCleared | E::ProtectionChange | E::PolicyChange),
        _ => false,
    }
}

fn is_script(image: Image) -> bool {
    matches!(
        image,
        Image::ScriptHost | Image::PowerShell | Image::CommandLine | Image::Interpreter | Image::SystemProxy
    )
}

fn is_remote(image: Image) -> bool {
    matches!(image, Image::RemoteService | Image::WmiProvider | Image::SshDaemon | Image::RemoteDesktop)
}

/// Documents, browsers, mail and servers: what should not start shells.
fn is_odd_parent(image: Image) -> bool {
    matches!(
        image,
        Image::Browser
            | Image::MailClient
            | Image::OfficeWriter
            | Image::OfficeSheet
            | Image::PdfReader
            | Image::Database
            | Image::WebServer
            | Image::BuildTool
    )
}

/// The machines whose features a record moves: the one it was seen on, and an internal one at the other end.
pub(super) fn concerned(record: &Record) -> (Option<HostId>, Option<HostId>) {
    let other = match record.body {
        Body::Flow(flow) if flow.outbound => flow.peer.host(),
        Body::Login(login) => login.source.host(),
        // Entries of a feed are seen on no machine.
        Body::Intel(_) => return (None, None),
        _ => None,
    };
    (Some(record.host), other.filter(|&h| h != record.host))
}
