//! One value changes in a text, everything else in it stays as the person wrote it, comments too.

use std::path::Path;

use kyso_protocol::{Language, Origin};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use super::super::file::{SIZE_MAX, too_large};
use super::super::{Proxy, SettingsError};
use super::Change;
use crate::shell::browser::is_desktop_file;

/// The text after a change; `folder` is where relative paths in it begin.
pub(super) fn edited(
    before: &str,
    change: &Change,
    folder: &Path,
) -> Result<String, SettingsError> {
    let read = before.parse::<DocumentMut>();
    let mut document = read.map_err(|e| SettingsError::at("file", e.message()))?;
    match change {
        Change::Language(language) => set(&mut document, "language", Some(tag(*language).into())),
        Change::Autostart(start) => set(&mut document, "autostart", Some((*start).into())),
        Change::Remember(remember) => {
            let remember = Some((*remember).into());
            set(&mut document, "remember-without-keychain", remember);
        }
        Change::Proxy(text) => {
            let proxy = Proxy::parse(text.trim())?.to_string();
            let proxy = (!proxy.is_empty()).then(|| proxy.into());
            set(&mut document, "proxy", proxy);
        }
        Change::Browser(text) if text.is_empty() => set(&mut document, "browser", None),
        Change::Browser(text) => {
            let set_to = Path::new(text);
            if !is_desktop_file(set_to) {
                absolute(set_to, "browser")?;
            }
            set(&mut document, "browser", Some(text.into()));
        }
        Change::AddModule(path) => add_module(&mut document, path, folder)?,
        Change::RemoveModule(path) => remove_module(&mut document, path, folder)?,
        Change::Block(origin) => {
            unblock(&mut document, origin);
            blocked(&mut document)?.push(origin.as_str());
        }
        Change::Allow(origin) => unblock(&mut document, origin),
    }
    let after = document.to_string();
    if after.len() as u64 > SIZE_MAX {
        return Err(too_large());
    }
    Ok(after)
}

fn tag(language: Language) -> &'static str {
    match language {
        Language::Vi => "vi",
        Language::En => "en",
    }
}

fn set(document: &mut DocumentMut, field: &str, new: Option<toml_edit::Value>) {
    match (new, document.get_mut(field)) {
        (None, _) => drop(document.remove(field)),
        // What stands behind the value on its line stays.
        (Some(mut new), Some(Item::Value(old))) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        (Some(new), _) => drop(document.insert(field, value(new))),
    }
}

fn absolute<'a>(path: &'a Path, field: &str) -> Result<&'a str, SettingsError> {
    let text = path.to_str().filter(|_| path.is_absolute());
    text.ok_or_else(|| SettingsError::at(field, "is no absolute path"))
}

fn modules(document: &mut DocumentMut) -> Result<&mut ArrayOfTables, SettingsError> {
    let item = document
        .entry("module")
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let tables = item.as_array_of_tables_mut();
    tables.ok_or_else(|| SettingsError::at("module", "is written in another form than [[module]]"))
}

fn text<'a>(table: &'a Table, field: &str) -> &'a str {
    table.get(field).and_then(Item::as_str).unwrap_or_default()
}

fn add_module(document: &mut DocumentMut, path: &Path, folder: &Path) -> Result<(), SettingsError> {
    let library = absolute(path, "module.path")?;
    let tables = modules(document)?;
    if tables.iter().any(|t| folder.join(text(t, "path")) == path) {
        return Err(SettingsError::at("module.path", "is there already"));
    }
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let stem = stem.filter(|stem| !stem.trim().is_empty());
    let stem = stem.ok_or_else(|| SettingsError::at("module.path", "names no file"))?;
    let free = |name: &String| tables.iter().all(|t| text(t, "name") != name.as_str());
    let numbered = (2_u32..).map(|number| format!("{stem} {number}"));
    let name = std::iter::once(stem.to_owned()).chain(numbered).find(free);
    let mut table = Table::new();
    table.insert("name", value(name.unwrap_or_default()));
    table.insert("path", value(library));
    tables.push(table);
    Ok(())
}

fn remove_module(
    document: &mut DocumentMut,
    path: &Path,
    folder: &Path,
) -> Result<(), SettingsError> {
    let tables = modules(document)?;
    let before = tables.len();
    tables.retain(|table| folder.join(text(table, "path")) != path);
    let (gone, empty) = (tables.len() < before, tables.is_empty());
    if empty {
        document.remove("module");
    }
    if gone {
        Ok(())
    } else {
        Err(SettingsError::at("module.path", "is not in the file"))
    }
}

fn blocked(document: &mut DocumentMut) -> Result<&mut Array, SettingsError> {
    let item = document.entry("blocked").or_insert(value(Array::new()));
    let array = item.as_array_mut();
    array.ok_or_else(|| SettingsError::at("blocked", "is no list"))
}

fn unblock(document: &mut DocumentMut, origin: &Origin) {
    if let Some(array) = document.get_mut("blocked").and_then(Item::as_array_mut) {
        array.retain(|entry| {
            let entry = entry.as_str().map(Origin::parse);
            !matches!(entry, Some(Ok(entry)) if entry == *origin)
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::Settings;
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).expect("an origin")
    }

    fn after(before: &str, change: &Change) -> Result<String, SettingsError> {
        edited(before, change, Path::new("/home/an/.config/kyso"))
    }

    fn check(before: &str, change: &Change, expected: &str) {
        assert_eq!(after(before, change).as_deref(), Ok(expected), "{change:?}");
    }

    fn check_refused(before: &str, change: &Change, field: &str) {
        let error = after(before, change).expect_err("refused");
        assert_eq!(error.field, field, "{error}");
    }

    #[test]
    fn everything_else_stays_as_it_was_written() {
        check("", &Change::Language(Language::En), "language = \"en\"\n");
        check(
            "# mine\nlanguage = \"vi\" # at home\n\n[trust]\nanchors = [] # none\n",
            &Change::Language(Language::En),
            "# mine\nlanguage = \"en\" # at home\n\n[trust]\nanchors = [] # none\n",
        );
        check(
            "# mine\n[trust]\nanchors = []\n",
            &Change::Autostart(true),
            "autostart = true\n# mine\n[trust]\nanchors = []\n",
        );
        check(
            "remember-without-keychain = false # mine\n",
            &Change::Remember(true),
            "remember-without-keychain = true # mine\n",
        );
        check(
            "proxy = \"direct\"\n# end\n",
            &Change::Proxy(String::new()),
            "# end\n",
        );
    }

    #[test]
    fn a_module_is_added_and_removed_by_its_path() {
        let add = |path: &str| Change::AddModule(path.into());
        let remove = |path: &str| Change::RemoveModule(path.into());
        let one = "[[module]]\nname = \"liba\"\npath = \"/opt/liba.so\"\n";
        let two = format!("{one}\n[[module]]\nname = \"liba 2\"\npath = \"/usr/liba.so\"\n");
        check("", &add("/opt/liba.so"), one);
        check(one, &add("/usr/liba.so"), &two);
        check(&two, &remove("/usr/liba.so"), one);
        check(one, &remove("/opt/liba.so"), "");
        let relative = "[[module]]\nname = \"a\"\npath = \"a.so\"\n";
        check(relative, &remove("/home/an/.config/kyso/a.so"), "");
        check_refused(one, &add("/opt/liba.so"), "module.path");
        check_refused(one, &add("liba.so"), "module.path");
        check_refused(one, &remove("/opt/libb.so"), "module.path");
        check_refused("", &add("/opt/ .so"), "module.path");
    }

    #[test]
    fn a_portal_is_blocked_once_and_allowed_again() {
        let a = origin("https://a.example");
        let block = || Change::Block(a.clone());
        let allow = || Change::Allow(a.clone());
        check("", &block(), "blocked = [\"https://a.example\"]\n");
        check(
            "blocked = [\"https://b.example\", \"https://a.example\"]\n",
            &allow(),
            "blocked = [\"https://b.example\"]\n",
        );
        let twice = after("blocked = [\"https://a.example\"]", &block()).expect("good");
        assert_eq!(twice.matches("a.example").count(), 1, "{twice}");
        check("language = \"vi\"\n", &allow(), "language = \"vi\"\n");
    }

    #[test]
    fn a_wrong_value_names_its_field() {
        check_refused("", &Change::Proxy("socks5://a:1".into()), "proxy");
        check_refused("", &Change::Browser("firefox".into()), "browser");
        check_refused("language = ", &Change::Autostart(true), "file");
        check_refused("module = 1", &Change::AddModule("/a.so".into()), "module");
        check_refused(
            "blocked = 1",
            &Change::Block(origin("https://a.example")),
            "blocked",
        );
    }

    fn read(text: &str) -> Settings {
        Settings::parse(text, Path::new("/"), &mut |_| Err("no file".into())).expect("good")
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(words in "\\PC{1,40}", before in "(# \\PC{0,20}\n)?(autostart = true\n)?") {
            let path = format!("/{words}");
            let change = Change::Browser(path.clone());
            let settings = read(&after(&before, &change).expect("written"));
            prop_assert_eq!(settings.browser.as_deref(), Some(Path::new(&path)));
            if let Ok(with_module) = after(&before, &Change::AddModule(path.clone().into())) {
                let settings = read(&with_module);
                prop_assert_eq!(&settings.modules[0].path, Path::new(&path));
                let removed = after(&with_module, &Change::RemoveModule(path.into()));
                prop_assert!(read(&removed.expect("it was there")).modules.is_empty());
            }
        }
    }
}
