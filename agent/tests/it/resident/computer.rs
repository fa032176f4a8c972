//! A computer on which the agent runs: its folders, its settings, its environment.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use kyso_support::until;
use serde_json::Value;

use super::played::{Played, Windows};
use crate::person::{Person, portal};
use crate::policy::Etc;
use crate::server::Server;

/// Until somebody who is asked must have answered.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Computer {
    pub(crate) person: Person,
    windows: Windows,
    bus: Option<String>,
    display: bool,
    etc: Option<Etc>,
}

impl Computer {
    /// With a display and no session bus. None where the machine lacks what it takes.
    pub(crate) fn new() -> Option<Self> {
        Self::with(portal())
    }

    /// With this portal.
    pub(crate) fn with(portal: Server) -> Option<Self> {
        let person = Person::at(portal, &[kyso_support::Role::Citizen])?;
        let home = person.folder.path().join("home");
        std::fs::create_dir(&home).expect("made");
        std::fs::create_dir(person.folder.path().join("bin")).expect("made");
        let windows = Windows::new(person.folder.path());
        Some(Self {
            person,
            windows,
            bus: None,
            display: true,
            etc: None,
        })
    }

    /// With an administrator. None (said aloud) where this user can have no namespace.
    pub(crate) fn administered(self) -> Option<Self> {
        let etc = Some(Etc::below(self.person.folder.path())?);
        Some(Self { etc, ..self })
    }

    /// The administrator's.
    pub(crate) fn etc(&self) -> &Etc {
        self.etc.as_ref().expect("an administrator")
    }

    pub(crate) fn on_bus(self, address: &str) -> Self {
        Self {
            bus: Some(address.to_owned()),
            ..self
        }
    }

    pub(crate) fn without_display(self) -> Self {
        Self {
            display: false,
            ..self
        }
    }

    fn under(&self, name: &str) -> PathBuf {
        self.person.folder.path().join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.under("home")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.under("run/agent.socket")
    }

    /// Where programs are looked for: in a folder of its own first.
    fn path(&self) -> std::ffi::OsString {
        let machine = std::env::var_os("PATH").unwrap_or_default();
        let machine = std::env::split_paths(&machine);
        let folders = std::iter::once(self.under("bin")).chain(machine);
        std::env::join_paths(folders).expect("no colon")
    }

    /// One of our programs, with what this computer gives it.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = match &self.etc {
            Some(etc) => etc.seen_by(program),
            None => Command::new(program),
        };
        command
            .args(arguments)
            .env_clear()
            .env("PATH", self.path())
            .env("LC_ALL", "en_US.UTF-8")
            .env("HOME", self.home())
            .env("KYSO_CONFIG", self.under("kyso.toml"))
            .env("SOFTHSM2_CONF", self.person.token.configuration())
            .env("KYSO_DESKTOP", self.windows.program())
            .env(
                "DBUS_SESSION_BUS_ADDRESS",
                self.bus.as_deref().unwrap_or("unix:path=/nowhere"),
            )
            .stdin(Stdio::null());
        if self.display {
            command.env("DISPLAY", ":nobody");
        }
        command
    }

    pub(crate) fn agent(&self, arguments: &[&str]) -> Command {
        self.command(env!("CARGO_BIN_EXE_kyso-agent"), arguments)
    }

    pub(crate) fn kyso(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_kyso"), arguments);
        command.output().expect("kyso was built")
    }

    /// What `kyso status --json` prints.
    pub(crate) fn status(&self) -> Value {
        let output = self.kyso(&["--json", "status"]);
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Starts the agent as a log-in does and waits until it answers.
    pub(crate) fn start(&self) -> Agent {
        let agent = Agent::of(&mut self.agent(&["--hidden"]));
        self.until_it_answers();
        agent
    }

    /// Waits until no login is under way.
    pub(crate) fn until_rest(&self) {
        let turn = message(r#"{"request":"turn"}"#);
        let is_lent = || told(&self.socket(), &turn).get("reply") == Some(&"done".into());
        until("the login's end", is_lent).expect("it ends");
    }

    pub(crate) fn until_it_answers(&self) {
        let running = || self.status().get("running") == Some(&Value::Bool(true));
        until("the agent", running).expect("it answers");
    }

    /// The link of the portal's ask.
    pub(crate) fn link(&self) -> String {
        self.person.link().to_string()
    }

    /// Gives the agent a link as a browser does.
    pub(crate) fn follow(&self, link: &str) -> Output {
        self.agent(&[link]).output().expect("kyso-agent was built")
    }

    /// Follows the link of the portal's ask, which the agent takes.
    pub(crate) fn asks(&self) {
        let taken = self.follow(&self.link());
        assert!(taken.status.success(), "{taken:?}");
    }

    /// Has the agent open a page.
    pub(crate) fn opens(&self, page: &str) {
        let opened = self.kyso(&["open", page]);
        assert!(opened.status.success(), "{opened:?}");
    }

    /// The next window that the agent opens.
    pub(crate) fn window(&self) -> Played {
        self.windows.next()
    }

    /// Changes words of the settings.
    pub(crate) fn replace(&self, words: &str, by: &str) {
        let file = self.under("kyso.toml");
        let before = std::fs::read_to_string(&file).expect("there");
        assert!(before.contains(words), "{before}");
        std::fs::write(&file, before.replace(words, by)).expect("written");
    }

    /// What the portal was told, beside being asked.
    pub(crate) fn answers(&self) -> Vec<String> {
        let requests = self.person.server.requests.lock().expect("no panic");
        let posts = requests
            .iter()
            .filter(|request| request.starts_with("POST "));
        posts.cloned().collect()
    }

    /// The system's way to open an address, as a script.
    pub(crate) fn systems_opener(&self, script: &str) {
        script_at(
            &self.under("bin/xdg-open"),
            &format!("#!/bin/sh\n{script}\n"),
        );
    }

    /// A program in the place of a browser, which writes down what it is given.
    pub(crate) fn browser(&self, name: &str) -> (PathBuf, PathBuf) {
        let (program, told) = (self.under(name), self.under(&format!("{name}.told")));
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" >'{0}.new' && mv '{0}.new' '{0}'\n",
            told.display()
        );
        script_at(&program, &script);
        (program, told)
    }
}

/// A program of the shell.
pub(crate) fn script_at(program: &Path, text: &str) {
    std::fs::write(program, text).expect("written");
    let may_run = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(program, may_run).expect("set");
}

/// A resident agent, killed when it is dropped.
pub(crate) struct Agent(Child);

impl Agent {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self(command.spawn().expect("kyso-agent was built"))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        until("the agent's end", || {
            status = self.0.try_wait().expect("a child");
            status.is_some()
        })
        .expect("it ends");
        status.expect("it ended")
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.0.try_wait().expect("a child").is_none()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the agent answers to these bytes on its socket.
pub(crate) fn told(socket: &Path, bytes: &[u8]) -> Value {
    let mut stream = UnixStream::connect(socket).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream.write_all(bytes).expect("taken");
    reply(&mut stream)
}

pub(crate) fn reply(stream: &mut UnixStream) -> Value {
    let mut head = [0; 4];
    stream.read_exact(&mut head).expect("a reply");
    let length = u32::from_le_bytes(head).try_into().expect("short");
    let mut json = vec![0; length];
    stream.read_exact(&mut json).expect("whole");
    serde_json::from_slice(&json).expect("JSON")
}

/// A message as it goes over the socket.
pub(crate) fn message(json: &str) -> Vec<u8> {
    let length = u32::try_from(json.len()).expect("short").to_le_bytes();
    [length.as_slice(), json.as_bytes()].concat()
}
