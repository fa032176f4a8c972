//! The public face without any module: what the host's pipe may carry.

mod wine;
mod wire;
