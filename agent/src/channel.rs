//! The ways an ask comes and an answer goes. So far the deep link, which the command line shares.

pub mod address;
pub mod deep_link;
pub mod fetches;
mod pinned;
mod proxy;
pub(crate) mod site;
mod tls;
