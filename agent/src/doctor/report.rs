//! The support report: what was found, without what names a person. Each fact's kind decides what is left of it; no
//! sentence is copied, so that nothing comes along with it.

use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path};

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::eyes::is_personal;
use super::{Fact, Findings, Line, Says};

/// Characters of a serial number that are left.
const SERIAL_TAIL: usize = 4;

/// The report as JSON.
pub(crate) fn of(findings: &Findings, now: OffsetDateTime) -> Value {
    json!({
        "report": "kyso-doctor-1",
        "kyso": env!("CARGO_PKG_VERSION"),
        "system": system(),
        "architecture": std::env::consts::ARCH,
        "time": now.format(&Rfc3339).unwrap_or_default(),
        "ready": findings.ready,
        "checks": findings.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// Writes it where only its owner reads it, also over a file that others could read.
///
/// # Errors
/// The file can't be written, or belongs to somebody else.
pub(crate) fn write(path: &Path, report: &Value) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    if file.metadata()?.is_file() {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    writeln!(file, "{report:#}")
}

fn line(line: &Line) -> Value {
    json!({
        "check": line.subject,
        "result": line.grade.name(),
        "says": says(&line.says),
        "remedy": line.remedy.as_ref().map(says),
    })
}

/// A problem is its code: what its sentences are filled with is in lines of their own.
fn says(says: &Says) -> Value {
    match says {
        Says::Words(key, facts) => {
            let facts = facts
                .iter()
                .map(|(name, fact)| ((*name).to_owned(), redacted(fact)));
            json!({"text": key, "facts": facts.collect::<Map<_, _>>()})
        }
        Says::Happened(problem) | Says::Remedy(problem) => json!({"code": problem.code.as_str()}),
        Says::Install(cas) => {
            let cas: Vec<_> = cas.iter().map(|(ca, _)| ca).collect();
            json!({"text": "check.install", "facts": {"cas": cas}})
        }
        Says::Unfit(unfit) => json!({"text": unfit.key()}),
    }
}

fn redacted(fact: &Fact) -> Value {
    match fact {
        Fact::Plain(text) => text.as_str().into(),
        Fact::Name(_) => Value::Null,
        Fact::Serial(serial) => {
            let long = serial.chars().count() > 2 * SERIAL_TAIL;
            let tail = serial.chars().count().saturating_sub(SERIAL_TAIL);
            let tail: String = serial.chars().skip(tail).filter(|_| long).collect();
            format!("…{tail}").into()
        }
        Fact::Path(path) => rewritten(path).into(),
        Fact::Foreign(text) => foreign(text).into(),
    }
}

/// A path outside the folders for programs keeps its last part's ending only.
fn rewritten(path: &Path) -> String {
    if !is_telling(path) {
        return path.display().to_string();
    }
    let ending = path.extension().and_then(|ending| ending.to_str());
    let ending = ending.filter(|ending| ending.len() <= 5);
    format!("~/….{}", ending.unwrap_or("…"))
}

/// Another program's words. Where a path of a person may begin, everything is left out up to a mark that ends a path in
/// messages: blanks don't, since folders have them in their names.
fn foreign(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = cut(rest, between);
        let bare = word.trim_end_matches(between);
        if names_a_person(bare) {
            let (path, after) = cut(rest, |c| matches!(c, ':' | '"' | '\'' | '\n'));
            let bare = path.trim_end_matches(between);
            left.push_str(&rewritten(Path::new(bare)));
            left.push_str(path.get(bare.len()..).unwrap_or_default());
            rest = after;
        } else {
            left.push_str(word);
            rest = after;
        }
    }
    left
}

fn between(c: char) -> bool {
    c.is_whitespace() || matches!(c, ':' | ',' | ';' | '"' | '\'' | '(' | ')')
}

/// Cuts behind the first of the marks.
fn cut(text: &str, is_mark: impl Fn(char) -> bool) -> (&str, &str) {
    let mark = text.char_indices().find(|(_, c)| is_mark(*c));
    let end = mark.map_or(text.len(), |(at, c)| at + c.len_utf8());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Whether a path outside the folders for programs may begin here.
fn names_a_person(word: &str) -> bool {
    word.contains(['/', '\\']) && is_telling(Path::new(word))
}

fn is_telling(path: &Path) -> bool {
    is_personal(path) || path.components().any(|part| part == Component::ParentDir)
}

fn system() -> Option<String> {
    let release = std::fs::read_to_string("/etc/os-release").ok()?;
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_long_serial_is_left() {
        let check = |serial: &str, expected: &str| {
            assert_eq!(redacted(&Fact::Serial(serial.into())), expected);
        };
        check("0A1B2C3D4E5F", "…4E5F");
        check("1234", "…");
        check("", "…");
    }

    #[test]
    fn paths_of_a_person_are_rewritten_wherever_they_stand() {
        let check = |text: &str, expected: &str| assert_eq!(foreign(text), expected);
        check(
            "/home/nguyen.van.thu/lib/x.so: cannot open shared object file",
            "~/….so: cannot open shared object file",
        );
        check(
            "/usr/lib/a.so: undefined symbol: foo, see \"/home/thu/b\"",
            "/usr/lib/a.so: undefined symbol: foo, see \"~/….…\"",
        );
        check("no path here", "no path here");
        check(
            "/home/Nguyễn Văn Thử/My Files/x.so: no such file",
            "~/….so: no such file",
        );
        check(
            "\"/media/thu/Ổ đĩa (cũ)/a, b.so\" and '/usr/lib/x.so' (wanted by /home/thu/b c)",
            "\"~/….so\" and '/usr/lib/x.so' (wanted by ~/….…)",
        );
        check("C:\\Users\\Nguyen Van Thu\\x.dll: 126", "C:~/….dll: 126");
        check("/usr/lib/../../home/thu an/x", "~/….…");
    }

    #[test]
    fn nobody_else_reads_it_even_where_a_file_was_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.json");
        std::fs::write(&path, "what was there before").expect("written");
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("opened to all");
        write(&path, &json!({})).expect("written");
        let mode = std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "{}\n");
    }

    #[test]
    fn a_name_leaves_nothing() {
        assert_eq!(redacted(&Fact::Name("NGUYỄN VĂN THỬ".into())), Value::Null);
    }
}
