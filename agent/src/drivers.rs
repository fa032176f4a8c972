//! The drivers of this computer: every module by itself, so that each one's tokens are shown as they come.

pub(crate) mod guard;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use kyso_pkcs11::{
    Catalogue, Config, DriverError, ModuleReport, ModuleSpec, PinChange, PinChangeError, Scheme,
    SignError, Signature, SlotReport, System, TokenRef, TokenReport, Tokens,
};

use crate::login::{SignOrder, UnlockOrder};
use crate::settings::{Module, Settings, SettingsError};

/// The program that loads a vendor's module, beside this one.
const HOST_PROGRAM: &str = "kyso-pkcs11-host";

/// One module and its process.
#[derive(Clone)]
pub struct Driver {
    /// The module's name.
    pub name: String,
    spec: ModuleSpec,
    tokens: Arc<Tokens>,
}

impl Driver {
    /// Whether the module loads. Blocks until its deadline at most.
    #[must_use]
    pub fn module(&self) -> Option<ModuleReport> {
        self.tokens.modules().into_iter().next()
    }

    /// The module's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.spec.path
    }

    /// Every slot. Blocks until the module's deadline at most.
    #[must_use]
    pub fn list(&self) -> Vec<SlotReport> {
        self.tokens.list()
    }
}

/// All modules that were found or set.
#[derive(Clone)]
pub struct Drivers {
    /// In the order of the settings, then of the catalogue.
    pub each: Vec<Driver>,
    /// The program that loads them.
    pub host_program: PathBuf,
}

impl Drivers {
    /// Every module, all at the same time, and whether it loads.
    #[must_use]
    pub fn modules(&self) -> Vec<ModuleReport> {
        self.of_each(|driver| driver.module().into_iter().collect())
    }

    /// Every slot of every module, all modules at the same time.
    #[must_use]
    pub fn list(&self) -> Vec<SlotReport> {
        self.of_each(Driver::list)
    }

    fn of_each<T: Send>(&self, ask: impl Fn(&Driver) -> Vec<T> + Sync) -> Vec<T> {
        std::thread::scope(|scope| {
            let ask = &ask;
            let threads: Vec<_> = self
                .each
                .iter()
                .map(|driver| scope.spawn(move || ask(driver)))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap_or_default())
                .collect()
        })
    }

    /// Finds the modules; starts nothing.
    ///
    /// # Errors
    /// The built-in catalogue can't be read, or this program's own place can't be told.
    pub fn find(settings: &Settings) -> Result<Self, SettingsError> {
        let host_program = host_program(settings)?;
        let configured: Vec<_> = settings.modules.iter().map(configured_module).collect();
        let specs = if settings.only_these_modules {
            configured
        } else {
            let catalogue = catalogue(settings)?;
            kyso_pkcs11::find(configured, &catalogue, System::here())
        };
        Ok(Self::of(specs, host_program))
    }

    /// These modules, loaded by this program; starts nothing.
    #[must_use]
    pub fn of(specs: Vec<ModuleSpec>, host_program: PathBuf) -> Self {
        let each = specs
            .into_iter()
            .map(|spec| driver(spec, host_program.clone()))
            .collect();
        Self { each, host_program }
    }

    /// Ends the signature or PIN change that runs now.
    pub fn cancel(&self) {
        self.each.iter().for_each(|driver| driver.tokens.cancel());
    }

    /// Unlocks a token, tells what it shows, and makes one signature if one is ordered. The token is locked again when this
    /// returns: after the signature, or when no order can come any more.
    pub fn unlock(
        &self,
        order: UnlockOrder,
        tell: impl FnOnce(Result<Box<TokenReport>, SignError>),
        orders: &Receiver<SignOrder>,
    ) -> Option<Result<Signature, SignError>> {
        let UnlockOrder { token, pin } = order;
        let driver = self.named(&token.module).map_err(SignError::from);
        match driver.and_then(|driver| driver.tokens.unlock(&token, pin)) {
            Err(error) => {
                tell(Err(error));
                None
            }
            Ok(mut unlocked) => {
                tell(Ok(Box::new(unlocked.report().clone())));
                let order = orders.recv().ok()?;
                Some(unlocked.sign(&order.key, &borrowed(&order.ways)))
            }
        }
    }

    /// Changes the PIN of a token. Blocks until its deadline at most.
    ///
    /// # Errors
    /// One variant a cause.
    pub fn change_pin(&self, token: &TokenRef, change: PinChange) -> Result<(), PinChangeError> {
        self.named(&token.module)?.tokens.change_pin(token, change)
    }

    fn named(&self, module: &str) -> Result<&Driver, DriverError> {
        let found = self.each.iter().find(|driver| driver.name == module);
        found.ok_or_else(|| DriverError::ModuleMissing {
            path: module.into(),
        })
    }

    /// Has one signature made by the driver that saw the certificate. Blocks until its deadline at most. Modules say all
    /// kinds of things about a token that was pulled out meanwhile; where it is gone, the error says so.
    ///
    /// # Errors
    /// One variant a cause.
    pub fn sign(&self, order: SignOrder) -> Result<Signature, SignError> {
        let SignOrder { key, ways, pin, .. } = order;
        let tokens = &self.named(&key.module)?.tokens;
        let signed = tokens.sign(&key, &borrowed(&ways), pin);
        signed.map_err(|error| match error {
            SignError::TokenRemoved
            | SignError::Driver(
                DriverError::ModuleFailed { .. } | DriverError::ModuleDied { .. },
            ) if self.lack(&key) => SignError::TokenAbsent,
            error => error,
        })
    }
}

fn borrowed(ways: &[(Scheme, Vec<u8>)]) -> Vec<(Scheme, &[u8])> {
    let each = ways.iter();
    each.map(|(scheme, digest)| (*scheme, digest.as_slice()))
        .collect()
}

/// What is known of modules and devices, on this machine.
///
/// # Errors
/// A file that can't be read or is wrong, with line and field.
pub(crate) fn catalogue(settings: &Settings) -> Result<Catalogue, SettingsError> {
    let catalogue = Catalogue::of_machine(settings.catalogue.as_deref());
    catalogue.map_err(|error| SettingsError::at("catalogue", error))
}

fn configured_module(module: &Module) -> ModuleSpec {
    let variables = module.environment.iter();
    ModuleSpec {
        environment: variables
            .map(|(name, value)| (name.clone(), value.into()))
            .collect(),
        ..ModuleSpec::configured(module.name.clone(), module.path.clone())
    }
}

fn driver(spec: ModuleSpec, host_program: PathBuf) -> Driver {
    let name = spec.name.clone();
    Driver {
        name,
        spec: spec.clone(),
        tokens: Arc::new(Tokens::new(Config {
            host_program,
            modules: vec![spec],
        })),
    }
}

fn host_program(settings: &Settings) -> Result<PathBuf, SettingsError> {
    if let Some(program) = &settings.host_program {
        return Ok(program.clone());
    }
    let here = std::env::current_exe();
    let here = here.map_err(|error| SettingsError::at("host-program", error))?;
    Ok(here.with_file_name(HOST_PROGRAM))
}
