//! From a Windows cryptographic provider to the PKCS#11 module of the same vendor.
//!
//! A certificate in Windows' store names its provider, the registry names the provider's library, and vendors put their
//! module beside it: the library is the module's name with `_s`.

/// A provider and the library that the registry names for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Provider {
    pub(super) name: String,
    /// A path, or a bare name.
    pub(super) library: String,
    /// It is what 32-bit programs see: their folder of the system is another one.
    pub(super) narrow: bool,
    /// The folder of Windows.
    pub(super) root: String,
}

/// Providers whose modules have names of their own: a part of the provider's name, and the module.
const BY_NAME: [(&str, &str); 2] = [("ICA", "ica_csp11_v1.dll"), ("NC-CA", "ncca_csp11_v1.dll")];
const SYSTEM_FOLDER: &str = "System32";
const NARROW_SYSTEM_FOLDER: &str = "SysWOW64";

impl Provider {
    /// Files that may be the module, the likeliest first.
    pub(super) fn modules(&self) -> Vec<String> {
        let (folder, library) = self.place();
        let beside = |file: &str| format!(r"{folder}\{file}");
        let twin = twin(&library).map(|file| beside(&file));
        let named = BY_NAME
            .iter()
            .filter(|(part, _)| self.name.contains(part))
            .map(|(_, file)| beside(file));
        let mut modules: Vec<String> = twin.into_iter().chain(named).collect();
        modules.dedup();
        modules
    }

    /// Folder and name of the library; a bare name lies in the system's folder.
    fn place(&self) -> (String, String) {
        let library = self.expand(self.library.trim().trim_matches('"'));
        match library.rsplit_once('\\') {
            Some((folder, file)) => (self.seen(folder), file.to_owned()),
            None => (self.seen(&self.in_root(SYSTEM_FOLDER)), library),
        }
    }

    /// The folder that a 32-bit program reaches by the name of the system's.
    fn seen(&self, folder: &str) -> String {
        if self.narrow && folder.eq_ignore_ascii_case(&self.in_root(SYSTEM_FOLDER)) {
            return self.in_root(NARROW_SYSTEM_FOLDER);
        }
        folder.to_owned()
    }

    fn in_root(&self, folder: &str) -> String {
        format!(r"{}\{folder}", self.root.trim_end_matches('\\'))
    }

    fn expand(&self, path: &str) -> String {
        let lower = path.to_ascii_lowercase();
        let variable = ["%systemroot%", "%windir%"]
            .into_iter()
            .find(|variable| lower.starts_with(variable));
        match variable.and_then(|variable| path.get(variable.len()..)) {
            Some(rest) => self.in_root(rest.trim_start_matches('\\')),
            None => path.to_owned(),
        }
    }
}

/// `X.dll` for `X_s.dll`.
fn twin(library: &str) -> Option<String> {
    let (stem, end) = library.rsplit_once('.')?;
    let shell = stem
        .strip_suffix("_s")
        .or_else(|| stem.strip_suffix("_S"))?;
    (!shell.is_empty() && end.eq_ignore_ascii_case("dll")).then(|| format!("{shell}.{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(name: &str, library: &str) -> Provider {
        Provider {
            name: name.to_owned(),
            library: library.to_owned(),
            narrow: false,
            root: r"C:\Windows".to_owned(),
        }
    }

    fn check(name: &str, library: &str, expected: &[&str]) {
        assert_eq!(provider(name, library).modules(), expected);
    }

    #[test]
    fn the_module_lies_beside_its_provider() {
        let system = |file| format!(r"C:\Windows\System32\{file}");
        check(
            "VNPT-CA-CTDT PKI-Token CSP",
            "vnpt-ca_csp11_s.dll",
            &[&system("vnpt-ca_csp11.dll")],
        );
        check(
            "VNPT-CA-CTDT V6-Token CSP",
            r"%SystemRoot%\system32\vnptca_p11_v6_s.dll",
            &[r"C:\Windows\system32\vnptca_p11_v6.dll"],
        );
        check(
            "Bkav-CA-CTDT Token CSP",
            r"C:\Program Files (x86)\Bkav\BkavCA_S.DLL",
            &[r"C:\Program Files (x86)\Bkav\BkavCA.DLL"],
        );
    }

    #[test]
    fn a_32_bit_program_finds_it_in_its_own_folder() {
        let check = |library, expected: &str| {
            let narrow = Provider {
                narrow: true,
                root: r"D:\Win\".to_owned(),
                ..provider("X", library)
            };
            assert_eq!(narrow.modules(), [expected]);
        };
        check("x_s.dll", r"D:\Win\SysWOW64\x.dll");
        check(r"%windir%\SYSTEM32\x_s.dll", r"D:\Win\SysWOW64\x.dll");
        check(r"D:\Vendor\x_s.dll", r"D:\Vendor\x.dll");
    }

    #[test]
    fn some_modules_are_known_by_the_providers_name() {
        check(
            "ICA Token CSP",
            r"C:\ica\csp.dll",
            &[r"C:\ica\ica_csp11_v1.dll"],
        );
        check(
            "NC-CA Provider",
            "csp.dll",
            &[r"C:\Windows\System32\ncca_csp11_v1.dll"],
        );
    }

    #[test]
    fn other_providers_have_no_module() {
        check(
            "Microsoft Base Smart Card Crypto Provider",
            "basecsp.dll",
            &[],
        );
        check("X", "_s.dll", &[]);
        check("X", "", &[]);
        check("X", "vnpt_s", &[]);
    }
}
