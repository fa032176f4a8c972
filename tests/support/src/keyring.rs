//! A keychain of one's own: GNOME Keyring on a private D-Bus, in a folder that ends with it.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::daemon::{Daemon, until};
use crate::missing::missing;

const SECRETS: &str = "org.freedesktop.secrets";
const PROGRAMS: [&str; 3] = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon"];

/// The keychain, unlocked, and the bus where it is found.
pub struct Keyring {
    bus: Bus,
    _keyring: Daemon,
}

fn daemon(folder: &Path) -> Result<Daemon> {
    let config = folder.join("bus.conf");
    let daemon = Daemon::start(
        Command::new("dbus-daemon")
            .arg("--nofork")
            .arg("--nopidfile")
            .arg(format!("--config-file={}", config.display())),
    )?;
    let socket = folder.join("bus");
    until("the bus", || {
        std::os::unix::net::UnixStream::connect(&socket).is_ok()
    })?;
    Ok(daemon)
}

/// A D-Bus on which nothing is started by itself.
pub struct Bus {
    folder: TempDir,
    address: String,
    daemon: Daemon,
}

impl Bus {
    /// Starts one; none where the program is missing, which is said.
    ///
    /// # Errors
    /// If it doesn't start.
    pub fn start() -> Result<Option<Self>> {
        if let Some(program) = PROGRAMS.iter().find(|program| !is_there(program)) {
            missing(&format!("the program {program}"));
            return Ok(None);
        }
        let folder = tempfile::tempdir()?;
        let address = format!("unix:path={}", folder.path().join("bus").display());
        std::fs::write(folder.path().join("bus.conf"), configuration(&address))?;
        let daemon = daemon(folder.path())?;
        Ok(Some(Self {
            folder,
            address,
            daemon,
        }))
    }

    /// Ends it, with every connection, and starts another one in its place after something was done without any.
    ///
    /// # Errors
    /// If it doesn't start.
    pub fn restarted(self, meanwhile: impl FnOnce()) -> Result<Self> {
        let Self {
            folder,
            address,
            daemon: ended,
        } = self;
        drop(ended);
        meanwhile();
        std::fs::remove_file(folder.path().join("bus")).ok();
        let daemon = daemon(folder.path())?;
        Ok(Self {
            folder,
            address,
            daemon,
        })
    }

    /// For `DBUS_SESSION_BUS_ADDRESS`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    fn call(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new("dbus-send")
            .arg(format!("--bus={}", self.address))
            .arg("--print-reply")
            .args(arguments)
            .output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn has(&self, name: &str) -> bool {
        let owner = self.call(&[
            "--dest=org.freedesktop.DBus",
            "/",
            "org.freedesktop.DBus.NameHasOwner",
            &format!("string:{name}"),
        ]);
        owner.is_ok_and(|reply| reply.contains("boolean true"))
    }
}

impl Keyring {
    /// Starts one; none where a program is missing, which is said.
    ///
    /// # Errors
    /// If it doesn't start.
    pub fn start() -> Result<Option<Self>> {
        let Some(bus) = Bus::start()? else {
            return Ok(None);
        };
        let folder = bus.folder.path();
        let (home, run) = (folder.join("home"), folder.join("run"));
        for made in [&home, &run] {
            std::fs::create_dir(made)?;
        }
        let keyring = unlocked(&bus, &home, &run)?;
        until("the keychain", || bus.has(SECRETS))?;
        Ok(Some(Self {
            bus,
            _keyring: keyring,
        }))
    }

    /// For `DBUS_SESSION_BUS_ADDRESS`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.bus.address()
    }

    /// Locks it; nobody is there to unlock it again.
    ///
    /// # Errors
    /// If it can't be asked.
    pub fn lock(&self) -> Result<()> {
        let reply = self.bus.call(&[
            &format!("--dest={SECRETS}"),
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            "array:objpath:/org/freedesktop/secrets/collection/login",
        ])?;
        reply
            .contains("collection/login")
            .then_some(())
            .context("the keychain was not locked")
    }
}

fn unlocked(bus: &Bus, home: &Path, run: &Path) -> Result<Daemon> {
    let mut command = Command::new("gnome-keyring-daemon");
    command
        .args(["--foreground", "--unlock", "--components=secrets"])
        .env("DBUS_SESSION_BUS_ADDRESS", bus.address())
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", run)
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_CACHE_HOME");
    let (keyring, mut stdin) = Daemon::start_fed(&mut command)?;
    stdin.write_all(b"sample password")?;
    Ok(keyring)
}

fn configuration(address: &str) -> String {
    format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"
 \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context=\"default\">
    <allow send_destination=\"*\" eavesdrop=\"true\"/>
    <allow eavesdrop=\"true\"/>
    <allow own=\"*\"/>
  </policy>
</busconfig>
"
    )
}

fn is_there(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}
