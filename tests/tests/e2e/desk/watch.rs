//! Our processes beside a desk, and what stands in their memory.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use kyso_support::Memory;

use crate::faults::processes::{children, ends};

/// A token's host, in the 15 bytes that a process's name has.
const HOST: &str = "kyso-pkcs11-hos";

/// The agent and every process below it that was ever seen; one whose parent was killed is nobody's child any more.
pub(super) struct Watch {
    agent: u32,
    ours: BTreeSet<u32>,
}

impl Watch {
    pub(super) fn over(agent: u32) -> Self {
        let ours = BTreeSet::new();
        Self { agent, ours }
    }

    /// Proves the search: the window's field holds it now.
    pub(super) fn finds(&mut self, pin: &str) -> Result<()> {
        let holders = self.holders(pin)?;
        let found = holders.iter().any(|process| *process != self.agent);
        ensure!(found, "the window's processes were not read");
        Ok(())
    }

    /// In none that lives on: what belonged to the window, and each token's host, has to end first.
    pub(super) fn finds_none(&mut self, pin: &str) -> Result<()> {
        for process in &self.ours {
            let stays = *process == self.agent || watches_readers(*process);
            ensure!(stays || ends(*process), "{} does not end", name(*process));
        }
        let holders = self.holders(pin)?;
        let names: Vec<String> = holders.iter().map(|process| name(*process)).collect();
        ensure!(names.is_empty(), "the PIN is held by {names:?}");
        Ok(())
    }

    /// Proves the search where the window has ended: the agent keeps this, and the search that finds no PIN finds it.
    pub(super) fn finds_in_the_agent(&mut self, kept: &str) -> Result<()> {
        let holders = self.holders(kept)?;
        let found = holders.contains(&self.agent);
        ensure!(found, "the agent's memory was not read");
        Ok(())
    }

    /// The same of a token's host, while one is there.
    pub(super) fn finds_in_a_host(&mut self, kept: &str) -> Result<()> {
        let holders = self.holders(kept)?;
        let found = holders.into_iter().any(is_host);
        ensure!(found, "no token's host was read");
        Ok(())
    }

    /// Kills the window's program alone, as a system short of memory does, and waits until what it had started has ended.
    pub(super) fn kills_the_window(&mut self) -> Result<()> {
        let below = children(self.agent);
        let window = below
            .into_iter()
            .find(|child| name(*child) == "kyso-desktop");
        let window = window.context("no window")?;
        let started = family(window);
        self.ours.extend(&started);
        let process = rustix::process::Pid::from_raw(window.cast_signed()).context("a process")?;
        rustix::process::kill_process(process, rustix::process::Signal::KILL)?;
        for process in started {
            ensure!(ends(process), "{} outlives the window", name(process));
        }
        Ok(())
    }

    /// Those in whose memory it stands, as bytes or as the web view's wide characters.
    fn holders(&mut self, pin: &str) -> Result<Vec<u32>> {
        self.ours.extend(family(self.agent));
        let wide: Vec<u8> = pin.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut holders = Vec::new();
        for process in &self.ours {
            // One that ends meanwhile holds nothing.
            let Ok(memory) = Memory::of(*process) else {
                ensure!(!has_memory(*process), "{process} can't be read");
                continue;
            };
            if memory.holds(pin.as_bytes()) || memory.holds(&wide) {
                holders.push(*process);
            }
        }
        Ok(holders)
    }
}

fn has_memory(process: u32) -> bool {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"));
    maps.is_ok_and(|maps| !maps.is_empty())
}

fn is_host(process: u32) -> bool {
    name(process).starts_with(HOST) && !watches_readers(process)
}

/// A host without a module, which is told of cards and stays.
fn watches_readers(process: u32) -> bool {
    let said = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    name(process).starts_with(HOST) && said.ends_with(b"\0readers\0")
}

/// The first 15 bytes of a process's name.
fn name(process: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{process}/comm"));
    name.unwrap_or_default().trim().to_owned()
}

/// A process and all that it has started, and what these have.
fn family(process: u32) -> Vec<u32> {
    // One that has just ended has no threads to ask.
    if !has_memory(process) {
        return vec![process];
    }
    let below = children(process).into_iter().flat_map(family);
    std::iter::once(process).chain(below).collect()
}
