//! Windows. Modules are found, and their files judged; running one, and hardening a process, is not written yet.

pub(crate) mod child;
pub(crate) mod devices;
pub(crate) mod file;
pub(crate) mod owners;
pub(crate) mod page;
pub(crate) mod process;
pub(crate) mod registry;
