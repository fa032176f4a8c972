//! The whole program against real processes, and the rules that no single package can test.

mod layers;
