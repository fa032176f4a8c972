//! With which exit status the window's program says that it could show nothing.

/// There is no display to open a window on (`EX_UNAVAILABLE` of sysexits.h).
pub const NO_DISPLAY: u8 = 69;
/// What the agent said isn't understood: the two are of different versions (`EX_PROTOCOL` of sysexits.h).
pub const NOT_UNDERSTOOD: u8 = 76;
/// The web view can't be had, or failed (`EX_SOFTWARE` of sysexits.h).
pub const NO_VIEW: u8 = 70;
