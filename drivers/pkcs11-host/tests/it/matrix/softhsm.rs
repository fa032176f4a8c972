//! SoftHSM2: two tokens in one folder, so that a second slot is in the way.

use kyso_pkcs11::ModuleSpec;
use kyso_support::{SoftToken, missing, module_path};

use super::stand::{BOTH, Lock, RIGHT, Stand, holdings, host_program};

const LABEL: &str = "thẻ mềm";

pub(super) fn stand() -> Option<Stand> {
    let module = match module_path() {
        Ok(module) => module,
        Err(error) => {
            missing(&error.to_string());
            return None;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    SoftToken::create(folder.path(), "thẻ trống", RIGHT).unwrap();
    let token = SoftToken::create(folder.path(), LABEL, RIGHT).unwrap();
    let holdings = holdings(&BOTH);
    for held in &holdings {
        token
            .import(held.id, held.label, &held.key, &held.certificate)
            .unwrap();
    }
    let configuration = token.configuration().as_os_str().to_owned();
    let spec = ModuleSpec {
        environment: vec![("SOFTHSM2_CONF".to_owned(), configuration)],
        ..ModuleSpec::configured("softhsm2", module)
    };
    Some(Stand {
        name: "SoftHSM2",
        spec,
        host_program: host_program(),
        label: Some(LABEL),
        holdings,
        lock: Lock::Never,
        _keeps: vec![Box::new(folder)],
    })
}
