//! Runs the programs that set modules up.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program with its first arguments and environment, to be run several times.
#[derive(Clone)]
pub(super) struct Program {
    words: Vec<OsString>,
    environment: Vec<(String, OsString)>,
}

impl Program {
    pub(super) fn new(words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            words: words.into_iter().map(Into::into).collect(),
            environment: Vec::new(),
        }
    }

    pub(super) fn with(mut self, environment: &[(String, OsString)]) -> Self {
        self.environment.extend_from_slice(environment);
        self
    }

    /// Runs it to its end, which must be a good one.
    pub(super) fn run(&self, arguments: &[&str]) {
        let done = self
            .command(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{:?} {arguments:?}: {done:?}",
            self.words
        );
    }

    pub(super) fn succeeds(&self, arguments: &[&str]) -> bool {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let (program, first) = self.words.split_first().unwrap();
        let mut command = Command::new(program);
        command.args(first).args(arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The first of these paths that is a file, `*` standing for the machine's library folder.
pub(super) fn first_file(paths: &[&str]) -> Option<PathBuf> {
    let folder = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    paths
        .iter()
        .map(|path| PathBuf::from(path.replace('*', &folder)))
        .find(|path| path.is_file())
}

/// Whether the shell would find this program; daemons often lie where only root looks.
pub(super) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let admin = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(admin)
        .any(|folder| folder.join(program).is_file())
}

/// A path as an argument.
pub(super) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
