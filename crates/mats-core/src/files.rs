//! Files read and written with care: a reader gets regular files of bounded length only, a writer replaces a file whole
//! or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

/// The longest model file that is read, in bytes.
pub const MAX_MODEL: u64 = 2 << 30;
/// The longest text that is read as settings, a table of a policy or a record of a run, in bytes.
pub const MAX_TEXT: u64 = 64 << 20;
/// The longest table of results that is read, in bytes.
pub const MAX_TABLE: u64 = 16 << 30;

/// Begin and end of the names of the temporary files of [`write_atomic`].
const TEMPORARY: (&str, &str) = (".mats-", ".partial");

/// Tells whether a name is that of a temporary file of [`write_atomic`], which stays where the process was killed.
pub fn is_temporary(name: &str) -> bool {
    name.len() > TEMPORARY.0.len() + TEMPORARY.1.len()
        && name.starts_with(TEMPORARY.0)
        && name.ends_with(TEMPORARY.1)
}

/// Tells whether a path is a folder itself, not a link to one.
pub fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_dir())
}

/// Opens a regular file of at most `max` bytes. Pipes, devices and folders are refused without waiting for them.
///
/// # Errors
/// When it is not there, is no regular file or too long; the message says what to do.
pub fn open_regular(path: &Path, max: u64) -> io::Result<File> {
    // Before it is opened, for a pipe would wait for its writer; and after, for it may have been exchanged.
    check(&fs::metadata(path)?, max)?;
    let file = File::open(path)?;
    check(&file.metadata()?, max)?;
    Ok(file)
}

/// Reads a regular file of at most `max` bytes.
///
/// # Errors
/// As [`open_regular`]; also when it grows beyond `max` meanwhile.
pub fn read_regular(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let file = open_regular(path, max)?;
    let mut bytes = Vec::with_capacity(file.metadata().map_or(0, |about| about.len().min(max) as usize));
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max { Err(too_long(max)) } else { Ok(bytes) }
}

/// Reads a regular file of at most `max` bytes of UTF-8.
///
/// # Errors
/// As [`read_regular`]; also when it is no UTF-8.
pub fn read_regular_text(path: &Path, max: u64) -> io::Result<String> {
    let wrong = |_| io::Error::new(io::ErrorKind::InvalidData, "is no UTF-8 text; save it as UTF-8");
    String::from_utf8(read_regular(path, max)?).map_err(wrong)
}

/// The most that is read through a pipe into memory, in bytes.
pub const MAX_PIPE: u64 = 1 << 30;

/// Opens a regular file or a pipe, which can be read once. Folders and devices are refused: a device may have no end.
///
/// # Errors
/// When it is not there, or is neither; the message says what to do.
pub fn open_stream(path: &Path) -> io::Result<File> {
    let refused = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    let about = fs::metadata(path)?;
    if about.is_dir() {
        return refused("is a folder, no regular file; name a file");
    }
    if is_device(&about) {
        return refused("is a device, no regular file; save it to a file and name that");
    }
    File::open(path)
}

/// Reads what comes through a pipe to its end, at most `max` bytes.
///
/// # Errors
/// When it cannot be read, or is longer.
pub fn read_pipe(pipe: impl Read, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        let what = format!("is longer than the {max} bytes that are read through a pipe; save it to a file");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
    }
    Ok(bytes)
}

#[cfg(unix)]
fn is_device(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    about.file_type().is_char_device() || about.file_type().is_block_device()
}

#[cfg(not(unix))]
fn is_device(_: &fs::Metadata) -> bool {
    false
}

/// Writes a file whole or not at all: to a temporary file of a random name beside it, brought to the disk and then
/// renamed. If it fails, what stood there before stays, and the temporary file is removed.
///
/// # Errors
/// When `fill` fails, the system refuses, or the target is a link or anything else that is no regular file.
pub fn write_atomic(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    replaceable(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As for any new file; the system takes away what the user's mask says.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let temporary = builder.tempfile_in(folder)?;
    let mut writer = BufWriter::new(temporary.as_file());
    fill(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    temporary.persist(path).map_err(|refused| refused.error)?;
    // Some systems cannot open folders, or bring them to the disk; there, nothing more can be done.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Refuses what is nobody's to replace: a link, a device, a pipe, a folder. For who wants to know before long work.
///
/// # Errors
/// With what to do instead.
pub fn replaceable(path: &Path) -> io::Result<()> {
    let refused = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => refused("is a link, which is not replaced; name the file itself"),
        Ok(there) if !there.is_file() => refused("is no regular file; name another"),
        _ => Ok(()),
    }
}

fn check(about: &fs::Metadata, max: u64) -> io::Result<()> {
    let refused = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    if about.is_dir() {
        return refused("is a folder, no regular file; name a file");
    }
    if !about.is_file() {
        return refused("is a pipe or a device, no regular file; save it to a file and name that");
    }
    if about.len() > max { Err(too_long(max)) } else { Ok(()) }
}

fn too_long(max: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("is longer than {max} bytes; is it the right file?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model");
        for text in ["long before", "after"] {
            write_atomic(&path, |file| file.write_all(text.as_bytes())).unwrap();
            assert_eq!(read_regular_text(&path, 100).unwrap(), text);
        }
        assert_eq!(names(dir.path()), ["model"]);
    }

    #[test]
    fn an_error_leaves_the_old_content_and_no_temporary_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model");
        fs::write(&path, "old").unwrap();
        let failed = write_atomic(&path, |file| {
            file.write_all(&vec![0; 100_000])?;
            Err(io::Error::other("disk full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "disk full");
        assert_eq!(
            (fs::read_to_string(&path).unwrap().as_str(), names(dir.path())),
            ("old", vec!["model".into()])
        );
    }

    #[test]
    fn readers_refuse_folders_long_files_and_bytes_that_are_no_text() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, b"\xff1234").unwrap();
        let says = |error: io::Error, what: &str| assert!(error.to_string().contains(what), "{error}");
        says(read_regular(dir.path(), 9).unwrap_err(), "is a folder, no regular file; name a file");
        says(read_regular(&path, 4).unwrap_err(), "longer than 4 bytes");
        says(read_regular_text(&path, 5).unwrap_err(), "no UTF-8");
        assert_eq!(read_regular(&path, 5).unwrap(), b"\xff1234");
        assert_eq!(read_regular(&dir.path().join("none"), 5).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn links_folders_and_devices_are_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, dir.path().join(name)).unwrap();
        fs::write(dir.path().join("real"), "real").unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        link("real", "link");
        link("/dev/null", "device");
        link("gone", "dangling");
        let before = names(dir.path());
        for (name, what) in [
            ("link", "is a link"),
            ("device", "is a link"),
            ("dangling", "is a link"),
            ("folder", "no regular file"),
            ("/dev/null", "no regular file"),
        ] {
            let error = write_atomic(&dir.path().join(name), |_| Ok(())).unwrap_err().to_string();
            assert!(error.contains(what), "{name}: {error}");
        }
        assert_eq!(names(dir.path()), before);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_without_waiting_for_its_writer() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [pipe.as_path(), Path::new("/dev/zero")] {
            let error = open_regular(path, 10).unwrap_err().to_string();
            assert!(error.contains("is a pipe or a device, no regular file; save it to a file"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn streams_are_files_and_pipes_and_no_devices() {
        let dir = tempfile::tempdir().unwrap();
        for path in [Path::new("/dev/zero"), dir.path()] {
            let error = open_stream(path).unwrap_err().to_string();
            assert!(error.contains("no regular file"), "{error}");
        }
        let error = read_pipe(io::repeat(0), 1 << 20).unwrap_err().to_string();
        assert!(error.contains("save it to a file"), "{error}");
        assert_eq!(read_pipe(&b"abc"[..], 3).unwrap(), b"abc");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        fs::write(dir.path().join("plain"), "").unwrap();
        write_atomic(&dir.path().join("whole"), |_| Ok(())).unwrap();
        assert_eq!(mode("whole"), mode("plain"));
    }
}
