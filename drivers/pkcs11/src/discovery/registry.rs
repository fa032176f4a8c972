//! What the Windows registry says of cryptographic providers and of the libraries of card types.
//!
//! Three places name libraries: the providers of CryptoAPI (`Image Path`), those of CNG (`Image`, in `UM` or a key below
//! it), and the types of card (`80000001`, the minidriver). What 32-bit programs see has a branch of its own.

use super::providers::Provider;

/// Most keys that are looked at in one place.
const MAX_KEYS: usize = 256;
/// Longest text that is taken, in bytes: a path has 260 characters on most systems.
const MAX_TEXT: usize = 1024;

const SYSTEM: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const USUAL_ROOT: &str = r"C:\Windows";

/// What is read of a registry, below `HKEY_LOCAL_MACHINE`: only an administrator writes there.
pub(crate) trait Registry {
    /// The names of the keys in a key; none where it isn't there.
    fn keys(&self, key: &str) -> Vec<String>;
    /// The text of a value, variables as they are written; `None` for a value that is no text.
    fn text(&self, key: &str, value: &str) -> Option<String>;
}

/// A place where each key is one provider or one type of card.
struct Place {
    key: &'static str,
    /// The value that names the library.
    value: &'static str,
    /// Keys below the provider's own in which the value is looked for, also one level deeper.
    below: Option<&'static str>,
    /// What 32-bit programs see.
    narrow: bool,
}

const PLACES: [Place; 5] = [
    Place {
        key: r"SOFTWARE\Microsoft\Cryptography\Defaults\Provider",
        value: "Image Path",
        below: None,
        narrow: false,
    },
    Place {
        key: r"SYSTEM\CurrentControlSet\Control\Cryptography\Providers",
        value: "Image",
        below: Some("UM"),
        narrow: false,
    },
    Place {
        key: r"SOFTWARE\Microsoft\Cryptography\Calais\SmartCards",
        value: "80000001",
        below: None,
        narrow: false,
    },
    Place {
        key: r"SOFTWARE\WOW6432Node\Microsoft\Cryptography\Defaults\Provider",
        value: "Image Path",
        below: None,
        narrow: true,
    },
    Place {
        key: r"SOFTWARE\WOW6432Node\Microsoft\Cryptography\Calais\SmartCards",
        value: "80000001",
        below: None,
        narrow: true,
    },
];

/// Every provider and type of card that names a library.
pub(super) fn providers(registry: &impl Registry) -> Vec<Provider> {
    let root = bounded(registry.text(SYSTEM, "SystemRoot"));
    let root = root.unwrap_or_else(|| USUAL_ROOT.to_owned());
    let in_place = |place| of_place(registry, place, &root);
    PLACES.iter().flat_map(in_place).collect()
}

fn of_place(registry: &impl Registry, place: &Place, root: &str) -> Vec<Provider> {
    let mut providers = Vec::new();
    for name in registry.keys(place.key).into_iter().take(MAX_KEYS) {
        let libraries = libraries(registry, &format!(r"{}\{name}", place.key), place);
        providers.extend(libraries.into_iter().map(|library| Provider {
            name: name.clone(),
            library,
            narrow: place.narrow,
            root: root.to_owned(),
        }));
    }
    providers
}

fn libraries(registry: &impl Registry, key: &str, place: &Place) -> Vec<String> {
    let library = |key: &str| bounded(registry.text(key, place.value));
    let Some(below) = place.below else {
        return library(key).into_iter().collect();
    };
    let below = format!(r"{key}\{below}");
    let deeper = registry.keys(&below).into_iter().take(MAX_KEYS);
    let deeper = deeper.filter_map(|name| library(&format!(r"{below}\{name}")));
    let mut found: Vec<String> = library(&below).into_iter().chain(deeper).collect();
    found.dedup();
    found
}

fn bounded(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty() && text.len() <= MAX_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, value, text.
    struct Written(&'static [(&'static str, &'static str, &'static str)]);

    impl Registry for Written {
        fn keys(&self, key: &str) -> Vec<String> {
            let below = format!(r"{key}\");
            let inner = self.0.iter().filter_map(|(of, ..)| of.strip_prefix(&below));
            let mut names: Vec<String> = inner
                .filter_map(|rest| rest.split('\\').next().map(str::to_owned))
                .collect();
            names.dedup();
            names
        }

        fn text(&self, key: &str, value: &str) -> Option<String> {
            let (.., text) = self
                .0
                .iter()
                .find(|(of, name, _)| *of == key && *name == value)?;
            Some((*text).to_owned())
        }
    }

    fn check(written: &'static [(&str, &str, &str)], expected: &[(&str, &str, bool)]) {
        let found = providers(&Written(written));
        let told: Vec<_> = found
            .iter()
            .map(|provider| {
                (
                    provider.name.as_str(),
                    provider.library.as_str(),
                    provider.narrow,
                )
            })
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn finds_the_libraries_of_both_kinds_of_provider_and_of_cards() {
        check(
            &[
                (
                    r"SOFTWARE\Microsoft\Cryptography\Defaults\Provider\A CSP",
                    "Image Path",
                    "a_s.dll",
                ),
                (
                    r"SOFTWARE\Microsoft\Cryptography\Defaults\Provider\Empty",
                    "Type",
                    "1",
                ),
                (
                    r"SYSTEM\CurrentControlSet\Control\Cryptography\Providers\B KSP\UM",
                    "Image",
                    "b_s.dll",
                ),
                (
                    r"SYSTEM\CurrentControlSet\Control\Cryptography\Providers\B KSP\UM\00010001",
                    "Image",
                    "b2_s.dll",
                ),
                (
                    r"SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\C Card",
                    "80000001",
                    r"C:\Vendor\c_s.dll",
                ),
            ],
            &[
                ("A CSP", "a_s.dll", false),
                ("B KSP", "b_s.dll", false),
                ("B KSP", "b2_s.dll", false),
                ("C Card", r"C:\Vendor\c_s.dll", false),
            ],
        );
    }

    #[test]
    fn what_32_bit_programs_see_is_marked_and_comes_last() {
        check(
            &[
                (
                    r"SOFTWARE\WOW6432Node\Microsoft\Cryptography\Defaults\Provider\A CSP",
                    "Image Path",
                    "a_s.dll",
                ),
                (
                    r"SOFTWARE\Microsoft\Cryptography\Defaults\Provider\A CSP",
                    "Image Path",
                    "a_s.dll",
                ),
            ],
            &[("A CSP", "a_s.dll", false), ("A CSP", "a_s.dll", true)],
        );
    }

    #[test]
    fn the_folder_of_windows_is_the_one_that_the_registry_names() {
        const ELSEWHERE: (&str, &str, &str) = (SYSTEM, "SystemRoot", r"D:\Windows");
        const PROVIDER: (&str, &str, &str) = (
            r"SOFTWARE\Microsoft\Cryptography\Defaults\Provider\A CSP",
            "Image Path",
            "a_s.dll",
        );
        let root_of = |written: &'static [(&str, &str, &str)]| {
            providers(&Written(written))
                .first()
                .map(|found| found.root.clone())
        };
        assert_eq!(
            root_of(&[PROVIDER, ELSEWHERE]).as_deref(),
            Some(r"D:\Windows")
        );
        assert_eq!(root_of(&[PROVIDER]).as_deref(), Some(USUAL_ROOT));
    }

    /// A registry that somebody filled without end.
    struct Endless;

    impl Registry for Endless {
        fn keys(&self, _: &str) -> Vec<String> {
            (0..10_000).map(|number| format!("{number}")).collect()
        }

        fn text(&self, _: &str, value: &str) -> Option<String> {
            Some(match value {
                "Image" => "x".repeat(MAX_TEXT + 1),
                _ => "x_s.dll".to_owned(),
            })
        }
    }

    #[test]
    fn a_registry_without_end_is_read_to_a_bound() {
        assert_eq!(providers(&Endless).len(), 4 * MAX_KEYS);
    }
}
