//! USB devices, as the system numbers them.

use std::fmt;

/// A USB device by the numbers that its maker gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsbDevice {
    /// The maker.
    pub vendor: u16,
    /// The product, among the maker's.
    pub product: u16,
}

impl fmt::Display for UsbDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)
    }
}
