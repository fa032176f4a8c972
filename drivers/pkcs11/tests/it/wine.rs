//! What only Windows has, under Wine: the registry, access control lists, jobs. What a machine lacks for that is named.

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

/// A module with two slots that prints when it is initialised, and hangs or crashes when it is asked for more.
const MODULE: &str = r#"
#include <stdio.h>
#include <string.h>
#include <windows.h>
#pragma pack(push, 1)
struct version { unsigned char major, minor; };
struct info {
    struct version cryptoki; char maker[32]; unsigned long flags; char text[32]; struct version library;
};
static struct { struct version version; void *functions[68]; } list;
#pragma pack(pop)
static unsigned long initialise(void *arguments) { puts("noise"); fflush(stdout); return 0; }
static unsigned long get_info(struct info *info) {
    memset(info, ' ', sizeof *info);
    memcpy(info->maker, "Maker", 5);
    memcpy(info->text, "Small", 5);
    info->cryptoki = (struct version){2, 40};
    info->library = (struct version){1, 5};
    MISDEED;
    return 0;
}
static unsigned long get_slots(unsigned char present, unsigned long *slots, unsigned long *count) {
    if (slots) { slots[0] = 7; slots[1] = 9; }
    *count = 2;
    return 0;
}
__declspec(dllexport) unsigned long C_GetFunctionList(void **to) {
    list.version = (struct version){2, 40};
    list.functions[0] = initialise;
    list.functions[2] = get_info;
    list.functions[4] = get_slots;
    *to = &list;
    return 0;
}
"#;
/// Rust's library asks this of Windows; Wine 8 lacks it.
const RANDOM: &str = "#include <windows.h>\nBOOLEAN NTAPI SystemFunction036(PVOID, ULONG);\n\
    __declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T count) { return SystemFunction036(to, (ULONG)count); }";

/// A Windows of its own, with the host program and the example `find-modules`.
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
        let builds = built();
        for program in ["kyso-pkcs11-host.exe", "examples/find-modules.exe"] {
            let program = builds.join(program);
            let name = program.file_name().unwrap().to_str().unwrap();
            std::fs::copy(&program, wine.path(name)).unwrap();
        }
        library(RANDOM, "0", &wine.path("bcryptprimitives.dll"));
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

    /// How many hosts run in this Windows.
    fn hosts(&self) -> usize {
        let folder = self.folder.path().file_name().unwrap().to_str().unwrap();
        let is_host = |command: &Vec<u8>| {
            let command = String::from_utf8_lossy(command);
            command.contains(folder) && command.contains("kyso-pkcs11-host")
        };
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let commands = processes.filter_map(|of| std::fs::read(of.path().join("cmdline")).ok());
        commands.filter(is_host).count()
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

/// Where the programs lie that were built for Windows.
fn built() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap();
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--target", TARGET]);
    build.args(["--package", "kyso-pkcs11", "--example", "find-modules"]);
    build.args(["--package", "kyso-pkcs11-host", "--bins"]);
    succeeded(build.output().unwrap());
    let here = std::env::current_exe().unwrap();
    let builds = here.ancestors().nth(3).unwrap();
    builds.join(TARGET).join("debug")
}

fn library(source: &str, misdeed: &str, to: &Path) {
    let file = to.with_extension("c");
    std::fs::write(&file, source).unwrap();
    let mut build = Command::new(COMPILER);
    build.arg(format!("-DMISDEED={misdeed}"));
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
fn modules_are_found_judged_and_run_as_on_windows() {
    let Some(wine) = Wine::start() else { return };
    std::fs::create_dir(wine.on_drive("Vendor")).unwrap();
    finds_what_the_registry_names(&wine);
    judges_the_users_own_file(&wine, r"C:\Vendor\a.dll");
    runs_modules_in_processes_of_their_own(&wine);
}

fn finds_what_the_registry_names(wine: &Wine) {
    let providers = r"HKLM\SOFTWARE\Microsoft\Cryptography\Defaults\Provider";
    let keys = r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Providers\B KSP\UM";
    let cards = r"HKLM\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\C Card";
    for file in ["Vendor/a.dll", "windows/system32/b.dll", "Vendor/c.dll"] {
        library(MODULE, "0", &wine.on_drive(file));
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
            "{path}\tProvider(\"{name}\")\tErr(Insecure {{ path: \"{real}\", why: \"belongs to another user\" }})\t"
        )
    });
    let found = wine.modules(&[]);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(&expected), "{found}");
    }
}

/// Wine's access control lists say what the files' modes do.
fn judges_the_users_own_file(wine: &Wine, module: &str) {
    let judged = |mode| {
        let folder = wine.on_drive("Vendor");
        std::fs::set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
        wine.modules(&[module]).first().unwrap().clone()
    };
    let open = judged(0o757);
    assert!(open.contains("can be changed by other users"), "{open}");
    let closed = judged(0o755);
    let expected = format!("{module}\tConfigured\tOk(X86_64)\t");
    assert!(closed.starts_with(&expected), "{closed}");
}

fn runs_modules_in_processes_of_their_own(wine: &Wine) {
    let check = |misdeed, expected: &str| {
        library(MODULE, misdeed, &wine.on_drive("Vendor/runs.dll"));
        let told = wine.modules(&[r"C:\Vendor\runs.dll"]);
        let told = told.first().and_then(|line| line.split('\t').nth(3));
        assert_eq!(told, Some(expected), "{misdeed}");
    };
    check(
        "0",
        "Ok((ModuleInfo { manufacturer: \"Maker\", description: \"Small\", version: \"1.5\", cryptoki: \"2.40\" }, 2))",
    );
    std::thread::scope(|scope| {
        let hangs = || check("Sleep(INFINITE)", "Err(ModuleTimeout { seconds: 5 })");
        let hanging = scope.spawn(hangs);
        while wine.hosts() == 0 {
            assert!(!hanging.is_finished(), "no host was seen while it ran");
            std::thread::yield_now();
        }
    });
    let died = |status: i32| format!("Err(ModuleDied {{ signal: None, status: Some({status}) }})");
    check("ExitProcess(3)", &died(3));
    // An access violation.
    check("*(volatile char*)8=1", &died(0xc000_0005_u32.cast_signed()));
    assert_eq!(wine.hosts(), 0, "left behind");
}
