//! After a sign-in no process of ours holds the PIN: neither the agent nor the host, warm as it is. Read from outside,
//! in the memory of the real programs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kyso_e2e::process::program;
use kyso_faulty_module::{Fault, Misdeed, Plan, hashed_pin, module_file};
use kyso_support::{Draft, Key, KeyKind, Memory, Name, SoftToken, missing, module_path};

use super::case::{FAULTY, World, validity};
use super::portal::Came;
use super::processes::children;

/// Nothing else in memory looks like it.
const PIN: &str = "q7Zx-93.vTw#2Kr8";

#[test]
fn no_process_of_ours_holds_the_pin_after_a_sign_in() {
    if !rustix::process::geteuid().is_root() {
        return missing("root, which alone reads the memory of processes that hide it");
    }
    let world = World::make();
    check(&world, &faulty(&world, &[Misdeed::KeepPin]), Holds::Host);
    check(&world, &faulty(&world, &[]), Holds::Nobody);
    match module_path() {
        Ok(_) => check(&world, &soft(&world), Holds::Nobody),
        Err(error) => missing(&error.to_string()),
    }
}

/// Who holds the PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Nobody,
    /// The host of a module that keeps it: shows that the search finds a PIN where there is one.
    Host,
}

/// One module, as the agent's settings name it.
struct Setting {
    name: &'static str,
    folder: tempfile::TempDir,
    module: PathBuf,
}

/// Signs in by the real program, and looks at the moment at which the answer has come and the portal hasn't replied yet.
fn check(world: &World, setting: &Setting, expected: Holds) {
    let link = world.portal.ask();
    let arrived = world.portal.hold_answers();
    let mut agent = sign_in(world, setting, &link.to_string());
    arrived.recv().unwrap();
    let children = children(agent.id());
    let warm = children
        .iter()
        .any(|child| runs_module(*child, &setting.module));
    let copy = |process| Memory::of(process).unwrap();
    let (of_agent, of_children) = (
        copy(agent.id()),
        children.into_iter().map(copy).collect::<Vec<_>>(),
    );
    world.portal.let_answers_go();
    assert!(agent.wait().unwrap().success(), "{}", setting.name);
    let found = (
        of_agent.holds(PIN.as_bytes()),
        of_children.iter().any(|child| child.holds(PIN.as_bytes())),
    );
    let _ = writeln!(
        std::io::stderr(),
        "memory: {}: its host is {}; the PIN is found in the agent: {}, in one of its {} children: {}",
        setting.name,
        if warm { "warm" } else { "gone" },
        found.0,
        of_children.len(),
        found.1
    );
    assert_eq!(
        world.portal.came(&link),
        [Came::Signature],
        "{}",
        setting.name
    );
    assert_eq!(found, (false, expected == Holds::Host), "{}", setting.name);
    // The search works in the agent too: the ask that it answers is there.
    let reads = of_agent.holds(link.ask().to_string().as_bytes());
    assert!(warm && reads, "{}", setting.name);
}

fn sign_in(world: &World, setting: &Setting, link: &str) -> Child {
    let folder = setting.folder.path();
    std::fs::write(folder.join("root.der"), world.portal.root().der()).unwrap();
    let settings = format!(
        "only-these-modules = true\nstate-folder = \"state\"\nruntime-folder = \"runtime\"\n\
         [[module]]\nname = \"{}\"\npath = {:?}\n[[portal]]\norigin = \"{}\"\ntls-root = \"root.der\"\n",
        setting.name,
        setting.module,
        world.portal.origin()
    );
    let file = folder.join("kyso.toml");
    std::fs::write(&file, settings).unwrap();
    let mut command = Command::new(program("kyso").unwrap());
    command
        .args(["sign-in", link, "--yes", "--print-return", "--pin-fd", "0"])
        .env("KYSO_CONFIG", file)
        .env("SOFTHSM2_CONF", folder.join("softhsm2.conf"));
    let streams = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut agent = streams.spawn().unwrap();
    writeln!(agent.stdin.take().unwrap(), "{PIN}").unwrap();
    agent
}

/// The module that misbehaves: its plan stands beside it, and has the PIN's hash only.
fn faulty(world: &World, misdeeds: &[Misdeed]) -> Setting {
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("module.so");
    std::fs::copy(module_file().unwrap(), &module).unwrap();
    let mut tokens = world.tokens();
    tokens[0].pin = hashed_pin(PIN.as_bytes());
    let plan = Plan {
        record: folder.path().join("record"),
        faults: misdeeds
            .iter()
            .map(|what| Fault::at("C_Login", what.clone()))
            .collect(),
        tokens,
        ..Plan::default()
    };
    plan.write(&folder.path().join("module.so.toml")).unwrap();
    let name = if misdeeds.is_empty() {
        "soft token of ours"
    } else {
        "soft token of ours that keeps the PIN"
    };
    Setting {
        name,
        folder,
        module,
    }
}

fn soft(world: &World) -> Setting {
    let folder = tempfile::tempdir().unwrap();
    let token = SoftToken::create(folder.path(), FAULTY, PIN).unwrap();
    let (from, to) = validity();
    let key = Key::pooled(KeyKind::P256, 1).unwrap();
    let name = Name::new().uid("CCCD:099100000007").cn(FAULTY).c("VN");
    let certificate = world
        .authority
        .issue(&Draft::new(name, &key, from, to).subscriber())
        .unwrap();
    token.import(1, "sign", &key, &certificate).unwrap();
    let module = token.module().to_owned();
    Setting {
        name: "SoftHSM2",
        folder,
        module,
    }
}

fn runs_module(process: u32, module: &Path) -> bool {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
    let module = module.canonicalize().unwrap();
    maps.contains(module.to_str().unwrap())
}
