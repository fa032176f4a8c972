//! Looking: everything that the findings are made of, read once. Nothing is judged here.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use kyso_pkcs11::{Catalogue, ModuleReport, SlotReport};
use kyso_protocol::{AskId, Link, Origin};
use time::OffsetDateTime;

use super::readers::{Reader, readers};
use super::usb::{self, Attached};
use crate::channel::deep_link::{Portal, PortalError};
use crate::channel::fetches::Fetches;
use crate::cli::material::Material;
use crate::device_key::{DeviceKeys, Keeping, Without};
use crate::drivers::{Drivers, catalogue};
use crate::settings::{Settings, SettingsError};

/// Where to look on this machine.
pub(crate) struct Places {
    /// The kernel's list of USB devices.
    pub(crate) usb: PathBuf,
    /// The socket of the PC/SC service (pcsc-lite).
    pub(crate) card_service: PathBuf,
}

impl Default for Places {
    fn default() -> Self {
        let socket = std::env::var_os("PCSCLITE_CSOCK_NAME");
        Self {
            usb: "/sys/bus/usb/devices".into(),
            card_service: socket.map_or_else(|| "/run/pcscd/pcscd.comm".into(), PathBuf::from),
        }
    }
}

/// What was seen.
pub(crate) struct Seen {
    pub(crate) settings_file: Option<PathBuf>,
    /// The administrator's.
    pub(crate) policy_file: Option<PathBuf>,
    /// Whether this computer's keys are kept; none where nobody looked.
    pub(crate) keychain: Option<Keeping>,
    /// What is known of devices and drivers.
    pub(crate) catalogue: Catalogue,
    /// None where the kernel has no such list.
    pub(crate) usb: Option<Vec<Attached>>,
    /// Somebody answers at the service's socket.
    pub(crate) card_service: bool,
    /// None where the service tells of none.
    pub(crate) readers: Option<Vec<Reader>>,
    /// The program that loads modules, where it is not there.
    pub(crate) host_missing: Option<PathBuf>,
    pub(crate) modules: Result<Vec<ModuleReport>, SettingsError>,
    pub(crate) slots: Vec<SlotReport>,
    /// What certificates are judged against, where it was configured.
    pub(crate) trust: Option<Result<Material, String>>,
    pub(crate) portal: Option<PortalSeen>,
}

/// A portal that was asked.
pub(crate) struct PortalSeen {
    /// As it was given.
    pub(crate) origin: String,
    pub(crate) host: String,
    /// Its clock, where it told, or why it could not be asked.
    pub(crate) reply: Result<Option<OffsetDateTime>, PortalError>,
}

/// Looks everywhere; modules and slots take their deadlines at most, the portal ten seconds.
pub(crate) fn look(places: &Places, settings: &Settings, portal: Option<&str>) -> Seen {
    let drivers = Drivers::find(settings);
    let card_service = UnixStream::connect(&places.card_service).is_ok();
    let host = drivers
        .as_ref()
        .ok()
        .map(|drivers| drivers.host_program.clone());
    let asked = host.clone().filter(|_| card_service);
    // Before the modules, which see a card that was just put in somewhat later.
    let readers = asked.and_then(readers);
    let (modules, slots) = match drivers {
        Ok(drivers) => (Ok(drivers.modules()), drivers.list()),
        Err(error) => (Err(error), Vec::new()),
    };
    Seen {
        settings_file: settings.file.clone(),
        policy_file: settings.rules.file.clone(),
        keychain: keychain(),
        // A catalogue that is wrong has its error among the modules.
        catalogue: catalogue(settings).unwrap_or_default(),
        usb: usb::devices(&places.usb),
        card_service,
        readers,
        host_missing: host.filter(|host| !host.is_file()),
        modules,
        slots,
        trust: trust(settings),
        portal: portal.map(|origin| ask(origin, settings)),
    }
}

fn keychain() -> Option<Keeping> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let keys = DeviceKeys::system(Without::Nothing);
    Some(runtime.ok()?.block_on(keys.probe()))
}

fn trust(settings: &Settings) -> Option<Result<Material, String>> {
    let trust = &settings.trust;
    let none = |folders: &[PathBuf]| folders.is_empty();
    (!none(&trust.anchors)).then(|| {
        Material::read(&trust.anchors, &trust.intermediates, &trust.crls)
            .map_err(|error| error.to_string())
    })
}

fn ask(origin: &str, settings: &Settings) -> PortalSeen {
    let seen = |host: &str, reply| PortalSeen {
        origin: origin.to_owned(),
        host: host.to_owned(),
        reply,
    };
    let Ok(parsed) = Origin::parse(origin) else {
        return seen(origin, Err(PortalError::OriginRefused));
    };
    let host = parsed.host().to_owned();
    // An ask that can't exist: a portal that speaks the protocol says that it knows none.
    let link = Link::new(parsed, AskId::from_bytes([0; 16]));
    seen(&host, portal_time(&link, settings))
}

fn portal_time(link: &Link, settings: &Settings) -> Result<Option<OffsetDateTime>, PortalError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|e| PortalError::Unreachable(e.to_string()))?;
    let portal = Portal::of(link, settings)?;
    runtime.block_on(async {
        let _turn = Fetches::of(settings).turn(OffsetDateTime::now_utc).await?;
        portal.probe(link).await
    })
}

/// Whether a path lies in a folder for programs, which says nothing about a person.
pub(crate) fn is_personal(path: &Path) -> bool {
    ![
        "/usr",
        "/opt",
        "/etc",
        "/lib",
        "/lib64",
        "/Library",
        "/Applications",
    ]
    .iter()
    .any(|public| path.starts_with(public))
}
