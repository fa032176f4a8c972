//! Windows. What there is of it runs under Wine in tests; on Windows itself it was never run.

pub(crate) mod child;
pub(crate) mod devices;
pub(crate) mod file;
pub(crate) mod owners;
pub(crate) mod page;
pub(crate) mod process;
pub(crate) mod registry;
pub(crate) mod word;
