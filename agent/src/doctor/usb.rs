//! The USB devices that the kernel lists (Linux: `Documentation/ABI/stable/sysfs-bus-usb`).

use std::path::Path;

use kyso_pkcs11::{Catalogue, Device};

/// More devices than a machine has.
const DEVICES_MAX: usize = 512;
/// The longest text of a device that is kept, in bytes; a USB string has 126 characters.
const TEXT_MAX: usize = 512;
/// Interface classes of the USB-IF.
const MASS_STORAGE: u8 = 0x08;
const SMART_CARD: u8 = 0x0b;

/// One device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attached {
    pub(crate) vendor: u16,
    pub(crate) product: u16,
    /// What it says of its maker and itself.
    pub(crate) maker: String,
    pub(crate) name: String,
    /// Classes of its interfaces.
    pub(crate) classes: Vec<u8>,
}

impl Attached {
    pub(crate) fn is_reader(&self) -> bool {
        self.classes.contains(&SMART_CARD)
    }

    pub(crate) fn is_drive(&self) -> bool {
        self.classes.contains(&MASS_STORAGE)
    }

    /// `096e:0807`.
    pub(crate) fn ids(&self) -> String {
        format!("{:04x}:{:04x}", self.vendor, self.product)
    }

    pub(crate) fn own_name(&self) -> String {
        let name = format!("{} {}", self.maker, self.name);
        let name = name.trim();
        if name.is_empty() {
            self.ids()
        } else {
            name.to_owned()
        }
    }
}

/// All devices under the kernel's folder, in the order of their names; none where there is no such folder.
pub(crate) fn devices(folder: &Path) -> Option<Vec<Attached>> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .ok()?
        .take(DEVICES_MAX * 8)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    entries.sort();
    let devices = entries.iter().filter_map(|entry| device(entry, &entries));
    Some(devices.take(DEVICES_MAX).collect())
}

/// Interfaces stand beside their device, as `1-2:1.0` beside `1-2`.
fn device(folder: &Path, all: &[std::path::PathBuf]) -> Option<Attached> {
    let own = folder.file_name()?.to_str()?;
    let (vendor, product) = (number(folder, "idVendor")?, number(folder, "idProduct")?);
    let interfaces = all.iter().filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.strip_prefix(own))
            .is_some_and(|rest| rest.starts_with(':'))
    });
    let class = |path: &std::path::PathBuf| u8::try_from(number(path, "bInterfaceClass")?).ok();
    Some(Attached {
        vendor,
        product,
        maker: text(folder, "manufacturer").unwrap_or_default(),
        name: text(folder, "product").unwrap_or_default(),
        classes: interfaces.filter_map(class).collect(),
    })
}

fn number(folder: &Path, name: &str) -> Option<u16> {
    u16::from_str_radix(&text(folder, name)?, 16).ok()
}

fn text(folder: &Path, name: &str) -> Option<String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(folder.join(name)).ok()?;
    file.take(TEXT_MAX as u64).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// A device that may be a token: the catalogue knows it, or it is a card reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenDevice {
    pub(crate) device: Attached,
    /// The catalogue's name for its chip.
    pub(crate) chip: Option<String>,
    /// CAs that hand such devices out.
    pub(crate) cas: Vec<String>,
}

pub(crate) fn tokens(devices: &[Attached], catalogue: &Catalogue) -> Vec<TokenDevice> {
    let token = |device: &Attached| {
        let known = known(device.vendor, device.product, catalogue);
        (known.is_some() || device.is_reader()).then(|| TokenDevice {
            device: device.clone(),
            chip: known.map(|known| known.chip.clone()),
            cas: known.map(|known| known.ca.clone()).unwrap_or_default(),
        })
    };
    devices.iter().filter_map(token).collect()
}

/// What the catalogue has of a device. A row for the very product goes before one for its maker.
pub(crate) fn known(vendor: u16, product: u16, catalogue: &Catalogue) -> Option<&Device> {
    let of = |product| {
        let mut rows = catalogue.devices().iter();
        rows.find(|row| row.vendor == vendor && row.product == product)
    };
    of(Some(product)).or_else(|| of(None))
}
