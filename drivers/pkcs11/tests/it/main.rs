//! The public face without any module: what the host's pipe may carry, and what only Windows has.

mod wine;
mod wire;
