//! What only Windows has, under Wine: the registry and access control lists. Each step that a machine lacks is named.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that stumbles shall fall, and one that cannot run says so"
)]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const TARGET: &str = "x86_64-pc-windows-gnu";
const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// A module as far as its headers say.
const MODULE: &str =
    "__declspec(dllexport) unsigned long C_GetFunctionList(void **list) { *list = 0; return 5; }";
/// Rust's library asks this of Windows; Wine 8 lacks it.
const RANDOM: &str = "#include <windows.h>\nBOOLEAN NTAPI SystemFunction036(PVOID, ULONG);\n\
    __declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T count) { return SystemFunction036(to, (ULONG)count); }";

/// A Windows of its own, with the example program `find-modules`.
struct Wine {
    folder: TempDir,
}

impl Wine {
    fn start() -> Option<Self> {
        if let Some(missing) = missing() {
            eprintln!("skipped: {missing} is not installed, so that nothing is run as on Windows");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let wine = Self { folder };
        let program = built();
        std::fs::copy(program, wine.path("find-modules.exe")).unwrap();
        library(RANDOM, &wine.path("bcryptprimitives.dll"));
        succeeded(wine.run("wineboot", &["--init"]));
        Some(wine)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Where a path of drive C lies.
    fn on_drive(&self, path: &str) -> PathBuf {
        self.path("prefix/drive_c").join(path)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let run = self.command("wine").arg(program).args(arguments).output();
        run.unwrap()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("WINEPREFIX", self.path("prefix"))
            .env("WINEDEBUG", "-all")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            .env_remove("DISPLAY")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    fn write_registry(&self, key: &str, value: &str, kind: &str, text: &str) {
        let arguments = ["add", key, "/v", value, "/t", kind, "/d", text, "/f"];
        succeeded(self.run("reg", &arguments));
    }

    /// The lines that the example prints.
    fn modules(&self, named: &[&str]) -> Vec<String> {
        let found = succeeded(self.run("find-modules.exe", named));
        let text = String::from_utf8(found.stdout).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        let _ = self.command("wineserver").arg("--kill").status();
    }
}

fn missing() -> Option<String> {
    let runs = |program: &str| {
        let asked = Command::new(program).arg("--version").output();
        asked.is_ok_and(|asked| asked.status.success())
    };
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let has_target = libraries
        .is_ok_and(|told| Path::new(String::from_utf8_lossy(&told.stdout).trim()).is_dir());
    let program = ["wine", "wineserver", COMPILER]
        .into_iter()
        .find(|program| !runs(program));
    let target = (!has_target).then(|| format!("Rust's target {TARGET}"));
    program.map(str::to_owned).or(target)
}

/// The example, built for Windows.
fn built() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap();
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "kyso-pkcs11"]);
    build.args(["--example", "find-modules", "--target", TARGET]);
    succeeded(build.output().unwrap());
    let here = std::env::current_exe().unwrap();
    let builds = here.ancestors().nth(3).unwrap();
    builds.join(TARGET).join("debug/examples/find-modules.exe")
}

fn library(source: &str, to: &Path) {
    let file = to.with_extension("c");
    std::fs::write(&file, source).unwrap();
    let mut build = Command::new(COMPILER);
    build.arg("-shared").arg("-o").arg(to).arg(&file);
    succeeded(build.arg("-ladvapi32").output().unwrap());
    std::fs::remove_file(file).unwrap();
}

fn succeeded(ran: Output) -> Output {
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    ran
}

#[test]
fn finds_modules_by_what_the_registry_says_and_judges_who_may_change_them() {
    let Some(wine) = Wine::start() else { return };
    let providers = r"HKLM\SOFTWARE\Microsoft\Cryptography\Defaults\Provider";
    let keys = r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Providers\B KSP\UM";
    let cards = r"HKLM\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\C Card";
    std::fs::create_dir(wine.on_drive("Vendor")).unwrap();
    for file in ["Vendor/a.dll", "windows/system32/b.dll", "Vendor/c.dll"] {
        library(MODULE, &wine.on_drive(file));
    }
    let provider = format!(r"{providers}\A CSP");
    wine.write_registry(&provider, "Image Path", "REG_SZ", r"C:\Vendor\a_s.dll");
    let library = r"%SystemRoot%\system32\b_s.dll";
    wine.write_registry(keys, "Image", "REG_EXPAND_SZ", library);
    wine.write_registry(cards, "80000001", "REG_SZ", r"C:\Vendor\c_s.dll");
    wine.write_registry(cards, "ATR", "REG_BINARY", "3b00");
    let gone = format!(r"{providers}\Gone CSP");
    wine.write_registry(&gone, "Image Path", "REG_SZ", "gone_s.dll");
    // Whoever runs Wine owns its files, so that none of them is an administrator's.
    let expected = [
        (r"C:\Vendor\a.dll", "A CSP"),
        (r"C:\windows\system32\b.dll", "B KSP"),
        (r"C:\Vendor\c.dll", "C Card"),
    ]
    .map(|(path, name)| {
        let real = format!(r"\\?\{path}").replace('\\', r"\\");
        format!(
            "{path}\tProvider(\"{name}\")\tErr(Insecure {{ path: \"{real}\", why: \"belongs to another user\" }})"
        )
    });
    assert_eq!(wine.modules(&[]), expected);
    judges_the_users_own_file(&wine, r"C:\Vendor\a.dll");
}

/// Wine's access control lists say what the files' modes do.
fn judges_the_users_own_file(wine: &Wine, module: &str) {
    let judged = |mode| {
        let folder = wine.on_drive("Vendor");
        std::fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
        wine.modules(&[module]).first().unwrap().clone()
    };
    assert_eq!(judged(0o755), format!("{module}\tConfigured\tOk(X86_64)"));
    let open = judged(0o757);
    assert!(open.contains("can be changed by other users"), "{open}");
}
