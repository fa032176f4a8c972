use std::time::Duration;

use super::*;
use crate::catalogue::Confidence;

fn catalogue(folder: &Path, extra: &str) -> Catalogue {
    let folder = folder.display();
    Catalogue::parse(&format!(
        "[folders]\nlinux = [\"{folder}\"]\n[[module]]\nname = \"A\"\nca = [\"A-CA\"]\nconfidence = \"seen\"\n{extra}\n\
         files = {{ linux = [\"a.so\", \"b.so\", \"c.so\"], linux-x86 = [\"old.so\"] }}\n"
    ))
    .unwrap()
}

/// A machine that says nothing by itself.
fn bare() -> Machine {
    Machine {
        system: System::Linux,
        architecture: Architecture::X86_64,
        p11_kit: Vec::new(),
        databases: Vec::new(),
        providers: Vec::new(),
    }
}

fn put(folder: &tempfile::TempDir, file: &str) -> PathBuf {
    let path = folder.path().join(file);
    std::fs::write(&path, b"").unwrap();
    path
}

fn names(found: &[ModuleSpec]) -> Vec<&str> {
    found.iter().map(|spec| spec.name.as_str()).collect()
}

#[test]
fn finds_files_that_exist_once_each() {
    let folder = tempfile::tempdir().unwrap();
    let real = put(&folder, "a.so");
    std::os::unix::fs::symlink(real, folder.path().join("b.so")).unwrap();
    let found = bare().find(Vec::new(), &catalogue(folder.path(), ""));
    assert_eq!(names(&found), ["A (a.so)"]);
    assert_eq!(found[0].source, Source::Catalogue(Confidence::Seen));
    let elsewhere = Machine {
        system: System::Windows,
        ..bare()
    };
    assert_eq!(
        elsewhere.find(Vec::new(), &catalogue(folder.path(), "")),
        []
    );
}

#[test]
fn keeps_configured_modules_first_and_even_if_they_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let configured = vec![
        ModuleSpec::configured("mine", put(&folder, "c.so")),
        ModuleSpec::configured("gone", "/nowhere/x.so"),
    ];
    let found = bare().find(configured, &catalogue(folder.path(), ""));
    assert_eq!(names(&found), ["mine", "gone"]);
}

#[test]
fn what_is_no_usb_token_is_used_where_it_is_configured_only() {
    let folder = tempfile::tempdir().unwrap();
    let module = put(&folder, "a.so");
    let file = folder.path().join("a.module");
    std::fs::write(&file, format!("module: {}\n", module.display())).unwrap();
    let machine = Machine {
        p11_kit: vec![folder.path().to_owned()],
        ..bare()
    };
    let text = "only-configured = true\nreserved = \"x='y'\"";
    let built_in = catalogue(folder.path(), text);
    assert_eq!(machine.find(Vec::new(), &built_in), []);
    let configured = vec![ModuleSpec::configured("mine", &module)];
    assert_eq!(names(&machine.find(configured, &built_in)), ["mine"]);
    let administrators = Catalogue::default().extended_by(built_in);
    let found = machine.find(Vec::new(), &administrators);
    assert_eq!(found[0].source, Source::Administrator);
    assert_eq!(found[0].reserved.as_deref(), Some("x='y'"));
}

#[test]
fn what_the_catalogue_knows_goes_with_a_file_wherever_it_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let (module, file) = (put(&folder, "c.so"), folder.path().join("c.module"));
    std::fs::write(&file, format!("module: {}\n", module.display())).unwrap();
    let machine = Machine {
        p11_kit: vec![folder.path().to_owned()],
        ..bare()
    };
    let quirks = "quirks = [\"log-in-first\", \"keeps-pin\"]\nseconds = { list = 9 }";
    let found = machine.find(Vec::new(), &catalogue(folder.path(), quirks));
    assert_eq!(names(&found), ["A (c.so)"]);
    assert_eq!(found[0].source, Source::P11Kit(file));
    assert_eq!(found[0].ca, ["A-CA"]);
    assert!(found[0].quirks.log_in_first && found[0].quirks.keeps_pin);
    assert_eq!(found[0].deadlines.list, Duration::from_secs(9));
    let configured = vec![ModuleSpec::configured("mine", module)];
    assert!(
        machine.find(configured, &catalogue(folder.path(), quirks))[0]
            .quirks
            .keeps_pin
    );
}

#[test]
fn a_module_for_another_processor_is_found_where_there_is_no_other() {
    let folder = tempfile::tempdir().unwrap();
    put(&folder, "old.so");
    let catalogue = catalogue(folder.path(), "");
    assert_eq!(names(&bare().find(Vec::new(), &catalogue)), ["A (old.so)"]);
    put(&folder, "b.so");
    assert_eq!(names(&bare().find(Vec::new(), &catalogue)), ["A (b.so)"]);
}

#[test]
fn finds_the_module_beside_a_provider() {
    let folder = tempfile::tempdir().unwrap();
    let library = format!(r"{}\x_s.dll", folder.path().display());
    let module = PathBuf::from(library.replace("_s", ""));
    std::fs::write(&module, b"").unwrap();
    let machine = Machine {
        providers: vec![Provider {
            name: "X CSP".to_owned(),
            library,
            narrow: false,
            root: String::new(),
        }],
        ..bare()
    };
    let found = machine.find(Vec::new(), &Catalogue::default());
    std::fs::remove_file(&module).unwrap();
    assert_eq!(found[0].path, module);
    assert_eq!(found[0].source, Source::Provider("X CSP".to_owned()));
}

#[test]
fn a_provider_of_32_bit_programs_counts_where_there_is_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| format!(r"{}\{name}", folder.path().display());
    let [wide, narrow] = ["y", "n"].map(|name| PathBuf::from(file(&format!("{name}.dll"))));
    let provider = |name: &str, narrow| Provider {
        name: "X CSP".to_owned(),
        library: file(&format!("{name}_s.dll")),
        narrow,
        root: String::new(),
    };
    let machine = Machine {
        providers: vec![provider("y", false), provider("n", true)],
        ..bare()
    };
    let paths = || -> Vec<PathBuf> {
        let found = machine.find(Vec::new(), &Catalogue::default());
        found.into_iter().map(|spec| spec.path).collect()
    };
    std::fs::write(&narrow, b"").unwrap();
    let alone = paths();
    std::fs::write(&wide, b"").unwrap();
    let both = paths();
    let _ = (std::fs::remove_file(&narrow), std::fs::remove_file(&wide));
    assert_eq!((alone, both), (vec![narrow], vec![wide]));
}

#[test]
fn a_providers_path_must_begin_at_a_drive() {
    let machine = Machine {
        providers: vec![Provider {
            name: "X CSP".to_owned(),
            library: r"src\x_s.dll".to_owned(),
            narrow: false,
            root: String::new(),
        }],
        ..bare()
    };
    let here = PathBuf::from(r"src\x.dll");
    std::fs::write(&here, b"").unwrap();
    let found = machine.find(Vec::new(), &Catalogue::default());
    std::fs::remove_file(here).unwrap();
    assert_eq!(found, []);
}

#[test]
fn a_star_stands_for_any_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("vendor/lib")).unwrap();
    put(&folder, "vendor/lib/a.so");
    for star in ["/*/lib", r"\\*\\lib"] {
        let anywhere = format!("{}{star}", folder.path().display());
        let found = bare().find(Vec::new(), &catalogue(Path::new(&anywhere), ""));
        assert_eq!(names(&found), ["A (a.so)"], "{star}");
    }
}
