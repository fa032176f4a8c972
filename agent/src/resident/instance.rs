//! One agent a user: the first one holds a lock and listens, whoever comes later talks to it.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::Mode;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::folders;

/// Connections that wait to be taken.
const BACKLOG: i32 = 16;

/// The place of the one agent; given back when this is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) lock: File,
    pub(super) listener: UnixListener,
}

/// The socket's name.
pub(super) fn socket(runtime: &Path) -> std::path::PathBuf {
    runtime.join("agent.socket")
}

impl Seat {
    /// Takes the place, unless an agent has it. A socket that an agent left behind is replaced.
    ///
    /// # Errors
    /// The lock or the socket can't be made, or the folder is open to others.
    pub(super) fn take(runtime: &Path) -> io::Result<Option<Self>> {
        let lock = folders::open_own(&runtime.join("agent.lock"))?;
        folders::check_own(runtime)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let listener = listen(&socket(runtime))?;
        Ok(Some(Self { lock, listener }))
    }
}

/// Nobody can connect before the permissions stand: a socket takes connections from `listen` on only.
fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    rustix::fs::chmod(path, Mode::RUSR | Mode::WUSR)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::UnixStream;

    #[test]
    fn the_place_is_taken_once_and_free_again_afterwards() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Seat::take(folder.path()).expect("possible").expect("free");
        assert!(Seat::take(folder.path()).expect("possible").is_none());
        drop(first);
        assert!(Seat::take(folder.path()).expect("possible").is_some());
    }

    #[test]
    fn of_many_at_once_one_alone_has_the_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let start = std::sync::Barrier::new(16);
        let seats: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        Seat::take(folder.path()).expect("possible")
                    })
                })
                .collect();
            let ended = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
            ended.map(|seat| seat.expect("no panic")).collect()
        });
        assert_eq!(seats.iter().flatten().count(), 1);
    }

    #[test]
    fn a_socket_left_behind_is_replaced_by_one_for_this_user_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = socket(folder.path());
        drop(UnixListener::bind(&path).expect("bound"));
        assert!(UnixStream::connect(&path).is_err());
        let _seat = Seat::take(folder.path()).expect("possible").expect("free");
        UnixStream::connect(&path).expect("somebody listens");
        let mode = std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_folder_where_others_write_is_no_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).expect("set");
        assert!(Seat::take(folder.path()).is_err());
    }
}
