//! The whole program against real processes: soft tokens, the portal, the command line, and a browser's part played
//! by a client that holds cookies. The demonstration and the end-to-end tests are made of these.

pub mod answer;
pub mod browser;
pub mod desk;
pub mod desktop;
pub mod display;
pub mod driven;
pub mod keep;
pub mod kyso;
pub mod page;
pub mod pictures;
pub mod process;
pub mod refusals;
pub mod resident;
pub mod revocation;
pub mod scheme;
pub mod spy;
pub mod stage;
pub mod story;
pub mod summary;
pub mod windowed;
