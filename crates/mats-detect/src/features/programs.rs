//! What kind of program an image is.

use mats_core::telemetry::Image;

/// Kinds of programs: enough to tell habits apart, few enough for a sequence model's vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Program {
    System,
    Office,
    Script,
    Remote,
    Discovery,
    Archiver,
    Installer,
    Backup,
    Server,
    Memory,
    Disk,
    Rare,
}

/// The kind of a program.
#[inline]
pub(crate) fn program_class(image: Image) -> Program {
    match image {
        Image::None
        | Image::System
        | Image::ServiceHost
        | Image::Shell
        | Image::TaskScheduler
        | Image::Spooler
        | Image::AgentSoftware => Program::System,
        Image::Browser | Image::MailClient | Image::OfficeWriter | Image::OfficeSheet | Image::PdfReader => {
            Program::Office
        }
        Image::ScriptHost
        | Image::PowerShell
        | Image::CommandLine
        | Image::Interpreter
        | Image::SystemProxy => Program::Script,
        Image::RemoteService | Image::WmiProvider | Image::SshDaemon | Image::RemoteDesktop => {
            Program::Remote
        }
        Image::DirectoryTool | Image::NetworkTool | Image::AccountTool => Program::Discovery,
        Image::Archiver => Program::Archiver,
        Image::Installer | Image::Updater => Program::Installer,
        Image::BackupTool => Program::Backup,
        Image::Database | Image::WebServer | Image::BuildTool => Program::Server,
        Image::DebugTool => Program::Memory,
        Image::DiskTool => Program::Disk,
        Image::RareTool | Image::RemoteTool => Program::Rare,
    }
}

/// Grades how much a program makes one look twice, 0 for not at all; orders what a threat names.
pub(super) fn oddity(image: Image) -> f32 {
    match program_class(image) {
        Program::Rare | Program::Memory => 1.0,
        Program::Disk => 0.8,
        Program::Discovery | Program::Archiver => 0.5,
        Program::Script | Program::Remote => 0.3,
        Program::Backup | Program::Installer => 0.1,
        Program::System | Program::Office | Program::Server => 0.0,
    }
}
