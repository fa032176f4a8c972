//! Linux, and where it is the same, macOS.

pub(crate) mod child;
pub(crate) mod devices;
pub(crate) mod file;
pub(crate) mod owners;
pub(crate) mod page;
mod pipe;
pub(crate) mod process;
pub(crate) mod registry;
pub(crate) mod word;
