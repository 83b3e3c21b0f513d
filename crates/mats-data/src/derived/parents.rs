//! Which program started another. Records name the interactive shell also for what runs without an account, where real
//! logs name whoever starts such programs. What is shown instead follows from program, parent and whether there is an
//! account, for attackers and all others alike.

use super::Derived;
use mats_core::telemetry::{Image, SystemEvent};
use mats_core::{HostId, Os, UserId};

/// The process number of Windows' service manager, the same in all entries.
const SERVICES: u32 = 728;

/// The process that started another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parent {
    /// Program of the process; [`Image::System`] is the one that starts services.
    image: Image,
    os: Os,
    pub(crate) pid: u32,
    /// The account that it runs under.
    pub(crate) user: UserId,
}

impl Derived<'_> {
    /// The process that started the one of an event.
    pub(crate) fn parent(&self, host: HostId, event: &SystemEvent) -> Parent {
        let os = self.names.os(host);
        let image = starter(event.image, event.parent, event.user == UserId::NONE, os);
        let pid = if (image, os) == (Image::System, Os::Windows) { SERVICES } else { self.pid(host, image) };
        // These serve everybody and belong to nobody.
        let user =
            if matches!(image, Image::System | Image::ServiceHost) { UserId::NONE } else { event.user };
        Parent { image, os, pid, user }
    }

    /// The path of a parent.
    pub(crate) fn parent_path(&self, host: HostId, parent: Parent, out: &mut String) {
        match parent.services() {
            Some(path) => self.expand(path, UserId::NONE, 0, out),
            None => self.path(host, parent.image, parent.user, out),
        }
    }

    /// Writes the command line of a parent.
    pub(crate) fn parent_command(&self, host: HostId, parent: Parent, out: &mut String) {
        match parent.services() {
            Some(path) => self.expand(path, UserId::NONE, 0, out),
            None => self.command(host, parent.image, parent.user, u64::from(parent.pid), out),
        }
    }
}

impl Parent {
    /// The name of its program.
    pub(crate) fn name(self) -> &'static str {
        match (self.image, self.os) {
            (Image::System, Os::Windows) => "services.exe",
            (image, Os::Windows) => image.names().0,
            (image, Os::Linux) => image.names().1,
        }
    }

    /// Windows' service manager, where it is the parent; on Linux `systemd` is both kernel's first and services'.
    fn services(self) -> Option<&'static str> {
        ((self.image, self.os) == (Image::System, Os::Windows)).then_some(r"C:\Windows\System32\services.exe")
    }
}

/// The program that started another, [`Image::System`] for whatever starts services.
fn starter(image: Image, parent: Image, nobody: bool, os: Os) -> Image {
    match (image, parent) {
        // The service manager starts them, whoever asks.
        (Image::ServiceHost, _) | (_, Image::None) => Image::System,
        // Nobody sits at a shell without an account: services, or else what the scheduler runs.
        (_, Image::Shell) if nobody => match image {
            Image::WmiProvider | Image::TaskScheduler if os == Os::Windows => Image::ServiceHost,
            Image::WmiProvider
            | Image::TaskScheduler
            | Image::RemoteService
            | Image::AgentSoftware
            | Image::Database
            | Image::WebServer
            | Image::SshDaemon
            | Image::RemoteDesktop
            | Image::Spooler
            | Image::RemoteTool => Image::System,
            _ => Image::TaskScheduler,
        },
        _ => parent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_shell_starts_anything_without_an_account_and_services_come_from_their_manager() {
        for os in [Os::Windows, Os::Linux] {
            for image in Image::ALL {
                assert_ne!(starter(image, Image::Shell, true, os), Image::Shell, "{image:?}");
                let kept = starter(image, Image::Shell, false, os);
                assert_eq!(kept == Image::Shell, image != Image::ServiceHost, "{image:?}");
            }
            assert_eq!(starter(Image::ServiceHost, Image::Browser, false, os), Image::System);
            assert_eq!(starter(Image::PowerShell, Image::OfficeWriter, true, os), Image::OfficeWriter);
        }
    }
}
