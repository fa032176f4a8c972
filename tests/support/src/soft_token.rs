//! Soft tokens: SoftHSM2 in a folder of the caller's, filled by `softhsm2-util` and OpenSC's `pkcs11-tool`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::draft::Draft;
use crate::issue::{Authority, Issued};
use crate::key::Key;
use crate::program::run_in;

const SO_PIN: &str = "87654321";

/// Where Debian, Ubuntu, Fedora, Alpine, Arch and Homebrew put the module.
const MODULES: [&str; 7] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

/// Finds SoftHSM2's PKCS#11 module: `KYSO_SOFTHSM2` if set, else the usual places.
///
/// # Errors
/// If it is nowhere; the text says what to install.
pub fn module_path() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("KYSO_SOFTHSM2") {
        return Ok(path.into());
    }
    MODULES
        .iter()
        .map(PathBuf::from)
        .find(|path| path.is_file())
        .context("SoftHSM2 was not found: install the packages softhsm2 and opensc")
}

/// One initialised soft token.
#[derive(Clone)]
pub struct SoftToken {
    configuration: PathBuf,
    module: PathBuf,
    label: String,
    pin: String,
}

impl SoftToken {
    /// Makes a token with this label and user PIN among the tokens in `folder`.
    ///
    /// All tokens of one folder show in one module: whoever uses them sets `SOFTHSM2_CONF` to
    /// [`SoftToken::configuration`].
    ///
    /// # Errors
    /// If SoftHSM2 or OpenSC is missing, or refuses (a PIN has 4 to 255 characters).
    pub fn create(folder: &Path, label: &str, pin: &str) -> Result<Self> {
        let token = Self {
            configuration: configure(folder)?,
            module: module_path()?,
            label: label.to_owned(),
            pin: pin.to_owned(),
        };
        token.softhsm(&[
            "--init-token",
            "--free",
            "--label",
            label,
            "--so-pin",
            SO_PIN,
            "--pin",
            pin,
        ])?;
        Ok(token)
    }

    /// The module to load.
    #[must_use]
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// The value for `SOFTHSM2_CONF`.
    #[must_use]
    pub fn configuration(&self) -> &Path {
        &self.configuration
    }

    /// The token's label.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The user PIN that it was made with.
    #[must_use]
    pub fn pin(&self) -> &str {
        &self.pin
    }

    /// Puts a key and its certificate into the token, both under `CKA_ID` `id` and with the label `object`.
    ///
    /// # Errors
    /// If either program refuses.
    pub fn import(&self, id: u8, object: &str, key: &Key, certificate: &Issued) -> Result<()> {
        let folder = tempfile::tempdir_in(self.folder()?)?;
        let path = folder.path().join("key.pem");
        fs::write(&path, key.pkcs8_pem())?;
        let (path, id_text) = (utf8(&path)?, format!("{id:02x}"));
        self.softhsm(&[
            "--import",
            path,
            "--token",
            &self.label,
            "--label",
            object,
            "--id",
            &id_text,
            "--pin",
            &self.pin,
        ])?;
        self.import_certificate(id, object, certificate)
    }

    /// Puts a certificate alone into the token.
    ///
    /// # Errors
    /// If `pkcs11-tool` refuses.
    pub fn import_certificate(&self, id: u8, object: &str, certificate: &Issued) -> Result<()> {
        let folder = tempfile::tempdir_in(self.folder()?)?;
        let path = folder.path().join("certificate.der");
        fs::write(&path, certificate.der())?;
        let id = format!("{id:02x}");
        self.pkcs11(&[
            "--write-object",
            utf8(&path)?,
            "--type",
            "cert",
            "--id",
            &id,
            "--label",
            object,
        ])?;
        Ok(())
    }

    /// Makes a P-256 key inside the token that wants the PIN for every signature, has `authority` certify it, and puts
    /// the certificate beside it.
    ///
    /// # Errors
    /// If `pkcs11-tool` refuses.
    pub fn generate_always_authenticate(
        &self,
        id: u8,
        object: &str,
        authority: &Authority,
        draft: impl FnOnce(&[u8]) -> Draft,
    ) -> Result<Issued> {
        let id_text = format!("{id:02x}");
        let named = ["--id", &id_text, "--label", object];
        let generate = [
            "--keypairgen",
            "--key-type",
            "EC:prime256v1",
            "--always-auth",
            "--usage-sign",
        ];
        self.pkcs11(&[&generate[..], &named[..]].concat())?;
        let public_key = self.pkcs11(&["--read-object", "--type", "pubkey", "--id", &id_text])?;
        let certificate = authority.issue(&draft(&public_key))?;
        self.import_certificate(id, object, &certificate)?;
        Ok(certificate)
    }

    /// What `pkcs11-tool` lists on the token, for tests and for people.
    ///
    /// # Errors
    /// If `pkcs11-tool` refuses.
    pub fn objects(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.pkcs11(&["--list-objects"])?).into_owned())
    }

    fn softhsm(&self, arguments: &[&str]) -> Result<()> {
        run_in("softhsm2-util", arguments, &[], Some(&self.configuration))?;
        Ok(())
    }

    fn pkcs11(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let module = utf8(&self.module)?;
        let first = [
            "--module",
            module,
            "--token-label",
            &self.label,
            "--login",
            "--pin",
            &self.pin,
        ];
        run_in(
            "pkcs11-tool",
            &[&first[..], arguments].concat(),
            &[],
            Some(&self.configuration),
        )
    }

    fn folder(&self) -> Result<&Path> {
        self.configuration
            .parent()
            .context("the configuration lies in a folder")
    }
}

/// Writes SoftHSM2's configuration once; further tokens of the folder share it.
fn configure(folder: &Path) -> Result<PathBuf> {
    let configuration = folder.join("softhsm2.conf");
    let tokens = folder.join("tokens");
    fs::create_dir_all(&tokens).with_context(|| format!("cannot make {}", tokens.display()))?;
    if !configuration.exists() {
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = true\n",
            utf8(&tokens)?
        );
        fs::write(&configuration, text)?;
    }
    Ok(configuration)
}

fn utf8(path: &Path) -> Result<&str> {
    match path.to_str() {
        Some(text) if !text.contains('\n') => Ok(text),
        _ => bail!("{} can't stand in a configuration file", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::key::KeyKind;
    use crate::missing::missing;
    use crate::name::Name;

    #[test]
    fn two_tokens_of_one_folder_keep_their_own_keys() {
        if let Err(error) = module_path() {
            return missing(&error.to_string());
        }
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (
            datetime!(2026-01-01 00:00 UTC),
            datetime!(2030-01-01 00:00 UTC),
        );
        let root = Authority::root(
            Name::new().cn("Gốc"),
            Key::pooled(KeyKind::P256, 0).unwrap(),
            from,
            to,
        )
        .unwrap();
        let mut tokens = Vec::new();
        for (label, kind) in [
            ("kyso one", KeyKind::Rsa(2048)),
            ("kyso two", KeyKind::P256),
        ] {
            let token = SoftToken::create(folder.path(), label, "246810").unwrap();
            let key = Key::pooled(kind, 5).unwrap();
            let certificate = root
                .issue(&Draft::new(Name::new().cn(label), &key, from, to).subscriber())
                .unwrap();
            token.import(1, "sign", &key, &certificate).unwrap();
            tokens.push(token);
        }
        let [one, two] = [0, 1].map(|index: usize| tokens[index].objects().unwrap());
        assert!(
            one.contains("Private Key Object; RSA") && one.contains("kyso one"),
            "{one}"
        );
        assert!(
            two.contains("Private Key Object; EC") && two.contains("kyso two"),
            "{two}"
        );
        assert!(!one.contains("kyso two"), "{one}");
    }

    #[test]
    fn a_key_made_in_the_token_wants_the_pin_every_time() {
        if let Err(error) = module_path() {
            return missing(&error.to_string());
        }
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (
            datetime!(2026-01-01 00:00 UTC),
            datetime!(2030-01-01 00:00 UTC),
        );
        let root = Authority::root(
            Name::new().cn("Gốc"),
            Key::pooled(KeyKind::P256, 0).unwrap(),
            from,
            to,
        )
        .unwrap();
        let token = SoftToken::create(folder.path(), "always", "246810").unwrap();
        let draft = |public: &[u8]| {
            Draft::for_public_key(Name::new().cn("Lá"), public, from, to).subscriber()
        };
        token
            .generate_always_authenticate(2, "aa", &root, draft)
            .unwrap();
        let objects = token.objects().unwrap();
        assert!(
            objects.contains("Certificate Object") && objects.contains("always authenticate"),
            "{objects}"
        );
    }

    #[test]
    fn says_what_softhsm_refused() {
        if let Err(error) = module_path() {
            return missing(&error.to_string());
        }
        let folder = tempfile::tempdir().unwrap();
        let refused = SoftToken::create(folder.path(), "short", "1")
            .err()
            .unwrap();
        assert!(refused.to_string().contains("softhsm2-util"), "{refused}");
    }
}
