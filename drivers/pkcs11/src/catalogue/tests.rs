use std::time::Duration;

use super::*;

const ROW: &str = "[[module]]\nname = \"A\"\nconfidence = \"seen\"\n";

fn check_refused(text: &str, line: usize, field: Option<&str>) {
    let error = Catalogue::parse(text).unwrap_err();
    assert_eq!(
        (error.line, error.field.as_deref()),
        (line, field),
        "{error}"
    );
}

/// A row with one more line, which is its fourth.
fn check_row_refused(line: &str, field: &str) {
    check_refused(&format!("{ROW}{line}\n"), 4, Some(field));
}

#[test]
fn the_built_in_catalogue_is_sound() {
    let catalogue = Catalogue::built_in().unwrap();
    let softhsm = catalogue.row_of("libsofthsm2.so", System::Linux).unwrap();
    assert!(
        catalogue
            .places(softhsm, System::Linux)
            .any(|place| place.folder == "/usr/lib/softhsm" && place.file == "libsofthsm2.so")
    );
    for row in catalogue.rows() {
        assert!(!row.files.is_empty(), "{} has no file", row.name);
    }
    let has_row = |ca: &String| catalogue.rows().iter().any(|row| row.ca.contains(ca));
    let of_devices = catalogue.devices().iter().flat_map(|device| &device.ca);
    for ca in of_devices.chain(catalogue.install.iter().map(|(ca, _)| ca)) {
        assert!(has_row(ca), "{ca}");
    }
}

#[test]
fn no_file_stands_in_two_rows() {
    let catalogue = Catalogue::built_in().unwrap();
    let mut seen = std::collections::HashMap::new();
    for row in catalogue.rows() {
        for (file, _) in [System::Linux, System::Macos, System::Windows]
            .into_iter()
            .flat_map(|system| places::of(&row.files, system))
        {
            let other = seen.insert(file, &row.name);
            assert!(other.is_none_or(|other| other == &row.name), "{file}");
        }
    }
}

#[test]
fn a_broken_row_is_named_by_line_and_field() {
    check_refused(
        "[[module]]\nname = \"A\"\nconfidence = \"sure\"\nfiles = {}\n",
        3,
        Some("confidence"),
    );
    check_refused(
        "[[module]]\nname = 7\nconfidence = \"seen\"\nfiles = {}\n",
        2,
        Some("name"),
    );
    check_refused(
        "[[module]]\nname = \"\"\nconfidence = \"seen\"\nfiles = {}\n",
        2,
        Some("name"),
    );
    check_refused(ROW, 1, None);
    check_refused(&format!("{ROW}files = {{}}\nextra = 1\n"), 5, Some("extra"));
}

#[test]
fn values_that_cannot_be_used_are_named_by_line_and_field() {
    check_row_refused("files = { linux = [\"../x.so\"] }", "files");
    check_row_refused("files.linux-x86 = [\"x/y.so\"]", "files");
    check_row_refused("files = { solaris = [\"x.so\"] }", "files");
    check_row_refused("files = { linux-mips = [\"x.so\"] }", "files");
    check_row_refused("folders = { linux = [\"lib\"] }\nfiles = {}", "folders");
    check_row_refused(
        "folders = { linux = [\"/opt/../x\"] }\nfiles = {}",
        "folders",
    );
    check_row_refused(
        "folders = { windows = ['System32'] }\nfiles = {}",
        "folders",
    );
    check_row_refused("quirks = [\"odd\"]\nfiles = {}", "quirks");
    check_row_refused("packages = [\"--root=/\"]\nfiles = {}", "packages");
    check_row_refused("seconds = { list = 0 }\nfiles = {}", "seconds");
    check_refused(
        &format!("{ROW}files = {{ linux = [\n    \"a.so\",\n    \"b/c.so\",\n] }}\n"),
        6,
        Some("files"),
    );
    check_refused(
        "[[device]]\nvendor = 70000\nchip = \"X\"\n",
        2,
        Some("vendor"),
    );
    check_refused(
        "[[ca]]\nname = \"X\"\ninstall = { vi = \"x\" }\n",
        3,
        Some("install"),
    );
}

#[test]
fn refuses_a_name_that_stands_there_twice() {
    let row = format!("{ROW}files = {{}}\n");
    check_refused(&format!("{row}{row}"), 6, Some("name"));
}

#[test]
fn an_administrators_row_comes_first_and_takes_the_place_of_a_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("modules.toml");
    let text = "[[module]]\nname = \"SoftHSM2\"\nconfidence = \"tested\"\nseconds = { sign = 60 }\n\
                files = { linux = [\"mine.so\"] }\nfolders = { linux = [\"/opt/mine\"] }\n\
                [[ca]]\nname = \"VNPT-CA\"\ninstall = { vi = \"Gọi 1234.\", en = \"Call 1234.\" }\n";
    std::fs::write(&file, text).unwrap();
    let catalogue = Catalogue::of_machine(Some(&file)).unwrap();
    let first = &catalogue.rows()[0];
    assert!(first.administrators);
    assert_eq!(first.deadlines.sign, Duration::from_secs(60));
    assert_eq!(catalogue.row_of("libsofthsm2.so", System::Linux), None);
    assert_eq!(catalogue.install("VNPT-CA").unwrap().en, "Call 1234.");
    assert!(catalogue.rows().len() == Catalogue::built_in().unwrap().rows().len());
}

#[test]
fn an_administrators_file_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("modules.toml");
    let missing = Catalogue::of_machine(Some(&file)).unwrap_err();
    assert_eq!((missing.file.as_deref(), missing.line), (Some(&*file), 0));
    std::fs::write(&file, "\n[[module]]\nname = 1\n").unwrap();
    let broken = Catalogue::of_machine(Some(&file)).unwrap_err();
    assert_eq!((broken.file.as_deref(), broken.line), (Some(&*file), 3));
    std::fs::write(&file, [b'#'; (1 << 20) + 1]).unwrap();
    assert_eq!(Catalogue::of_machine(Some(&file)).unwrap_err().line, 0);
}

#[test]
fn a_file_in_the_usual_place_that_others_could_have_written_is_not_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("modules.toml");
    std::fs::write(&file, ROW).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    let refused = safe(&file).unwrap_err();
    assert!(refused.why.starts_with("not safe to load"), "{refused}");
    assert_eq!(safe(Path::new("/etc/passwd")), Ok(()));
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_catalogue_or_has_a_line(text in "(\\[\\[module\\]\\]\n)?(name|files|ca) = [\\[{\"a-z.='\\]}]{0,20}\n?.{0,40}") {
        if let Err(error) = Catalogue::parse(&text) {
            proptest::prop_assert!(error.line >= 1 && error.line <= text.lines().count().max(1) + 1);
        }
    }
}
