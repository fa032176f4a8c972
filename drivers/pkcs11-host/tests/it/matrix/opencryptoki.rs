//! OpenCryptoki's software token, which needs root: its folders, its daemon's socket and its shared memory have fixed
//! places, so that all of them lie in namespaces of their own.

use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kyso_pkcs11::ModuleSpec;
use kyso_support::{KeyKind, may_unshare, missing};

use super::program::{Program, first_file, is_installed, text};
use super::stand::{Holding, Lock, OFFICER, RIGHT, Stand, holdings, host_program};

const LABEL: &str = "ock";
/// The PIN that a fresh token has until its owner sets one.
const BETWEEN: &str = "12345678";
const CONFIGURATION: &str = "version opencryptoki-3.1\nslot 0\n{\nstdll = libpkcs11_sw.so\n}\n";

/// Makes the places, starts the daemon, and stays until its standard input ends; then nothing is left. The daemon doesn't
/// obey a gentler signal as long as it thinks that somebody uses it.
const NAMESPACE: &str = r#"
set -e
for place in /var/lib/opencryptoki /run /dev/shm /var/log; do mount -t tmpfs none "$place"; done
mkdir -p /run/lock/opencryptoki/swtok /var/lib/opencryptoki/swtok/TOK_OBJ /var/log/opencryptoki
mount --bind "$0" /etc/opencryptoki
pkcsslotd
echo ready
cat
kill -KILL "$(cat /run/pkcsslotd.pid)"
"#;

/// The namespaces, until dropped.
struct Namespace(Child);

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

pub(super) fn stand() -> Option<Stand> {
    let module = first_file(&[
        "*/opencryptoki/libopencryptoki.so.0",
        "*/libopencryptoki.so.0",
    ]);
    let all = ["pkcsslotd", "pkcsconf"].into_iter().all(is_installed);
    let Some(module) = module.filter(|_| all) else {
        missing("OpenCryptoki: opencryptoki");
        return None;
    };
    if !may_unshare("OpenCryptoki") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let namespace = start(folder.path());
    let enter = enter(namespace.0.id());
    let holdings = holdings(&[KeyKind::Rsa(2048)]);
    fill(folder.path(), &enter, &module, &holdings);
    Some(Stand {
        name: "OpenCryptoki",
        spec: ModuleSpec::configured("opencryptoki", module),
        host_program: host_inside(folder.path(), &enter),
        label: Some(LABEL),
        holdings,
        lock: Lock::After(3),
        _keeps: vec![Box::new(namespace), Box::new(folder)],
    })
}

fn start(folder: &Path) -> Namespace {
    let settings = folder.join("settings");
    std::fs::create_dir(&settings).unwrap();
    std::fs::write(settings.join("opencryptoki.conf"), CONFIGURATION).unwrap();
    let child = Command::new("unshare")
        .args([
            "-m",
            "-i",
            "--propagation",
            "private",
            "sh",
            "-c",
            NAMESPACE,
        ])
        .arg(settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut namespace = Namespace(child.unwrap());
    let mut said = String::new();
    let output = namespace.0.stdout.as_mut().unwrap();
    BufReader::new(output).read_line(&mut said).unwrap();
    assert_eq!(said, "ready\n", "pkcsslotd does not start");
    namespace
}

/// The words before a command that make it run inside.
fn enter(pid: u32) -> Vec<String> {
    ["mnt", "ipc"]
        .iter()
        .zip(["mount", "ipc"])
        .map(|(file, option)| format!("--{option}=/proc/{pid}/ns/{file}"))
        .fold(vec!["nsenter".to_owned()], |mut words, word| {
            words.push(word);
            words
        })
}

/// A program that becomes the host, inside.
fn host_inside(folder: &Path, enter: &[String]) -> PathBuf {
    let path = folder.join("host");
    let script = format!(
        "#!/bin/sh\nexec {} {}\n",
        enter.join(" "),
        host_program().display()
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
    path
}

fn fill(folder: &Path, enter: &[String], module: &Path, holdings: &[Holding]) {
    let inside =
        |more: &[&str]| Program::new(enter.iter().map(String::as_str).chain(more.iter().copied()));
    let label = format!("echo {LABEL} | pkcsconf -I -c 0 -S {OFFICER}");
    inside(&["sh", "-c"]).run(&[&label]);
    let set = inside(&["pkcsconf", "-c", "0"]);
    set.run(&["-P", "-S", OFFICER, "-n", "76543210"]);
    set.run(&["-u", "-S", "76543210", "-n", BETWEEN]);
    set.run(&["-p", "-U", BETWEEN, "-n", RIGHT]);
    let tool = inside(&[
        "pkcs11-tool",
        "--module",
        text(module),
        "--login",
        "--pin",
        RIGHT,
    ]);
    for held in holdings {
        let (files, id) = (held.write(folder), format!("{:02x}", held.id));
        let named = ["--id", &id, "--label", held.label, "--write-object"];
        let key = [text(&files.key_der), "--type", "privkey", "--usage-sign"];
        let certificate = [text(&files.certificate_der), "--type", "cert"];
        tool.run(&[&named[..], &key].concat());
        tool.run(&[&named[..], &certificate].concat());
    }
}
