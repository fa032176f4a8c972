//! All modules together: what the agent calls.

use std::path::PathBuf;
use std::thread;

use crate::deadline::Deadline;
use crate::discovery::ModuleSpec;
use crate::error::{DriverError, SignError};
use crate::host::{HostProcess, Spawner};
use crate::lane::{Lane, Turn};
use crate::listing;
use crate::pin::Pin;
use crate::report::{KeyRef, ModuleInfo, ModuleReport, SlotReport};
use crate::scheme::Scheme;
use crate::signing;
use crate::wire::Request;

/// What is needed to use tokens.
#[derive(Clone, Debug)]
pub struct Config {
    /// The program `kyso-pkcs11-host` of this release.
    pub host_program: PathBuf,
    /// The modules, as [`crate::find`] gives them. Names are made unique where they aren't.
    pub modules: Vec<ModuleSpec>,
}

/// The tokens of this machine. Calls block until they have an answer or their deadline has passed; hosts stay warm
/// between calls and end with this value.
pub struct Tokens {
    program: PathBuf,
    lanes: Vec<Lane>,
    spawner: Spawner,
}

impl Tokens {
    /// Starts nothing yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let lanes = unique(config.modules).into_iter().map(Lane::new).collect();
        Self {
            program: config.host_program,
            lanes,
            spawner: Spawner::new(),
        }
    }

    /// Every module, whether it loads, and how many slots it has. Modules are asked at the same time.
    #[must_use]
    pub fn modules(&self) -> Vec<ModuleReport> {
        self.of_each(|lane| ModuleReport {
            name: lane.spec.name.clone(),
            path: lane.spec.path.clone(),
            source: lane.spec.source,
            state: self.module(lane),
        })
    }

    /// Every slot of every module, at the same time, each module within its deadline for lists. Nobody logs in: private
    /// keys may be hidden, see [`KeyRef::key_seen`].
    #[must_use]
    pub fn list(&self) -> Vec<SlotReport> {
        let each = self.of_each(|lane| {
            let deadline = Deadline::after(lane.spec.deadlines.list);
            match self.turn(lane, deadline) {
                Ok(mut turn) => listing::of_module(&mut turn, &lane.spec, deadline),
                Err(error) => vec![SlotReport {
                    module: lane.spec.name.clone(),
                    slot: None,
                    token: Err(error),
                }],
            }
        });
        each.into_iter().flatten().collect()
    }

    /// Has `digest` signed by the key of one certificate: RSA signatures as long as the modulus, ECDSA as r‖s.
    ///
    /// The PIN is tried once, only on a token that holds exactly this certificate, and not at all where the token's flags
    /// say that it is locked or couldn't be of that length. With `None` the device asks the person itself, if it can.
    /// The token is logged out in any case.
    ///
    /// # Errors
    /// [`SignError`], one variant a cause.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a PIN is used once, then wiped"
    )]
    pub fn sign(
        &self,
        key: &KeyRef,
        how: Scheme,
        digest: &[u8],
        pin: Option<Pin>,
    ) -> Result<Vec<u8>, SignError> {
        let (request, length) = signing::request(key, how, digest, pin.is_some())?;
        let lane = self.lane(&key.module)?;
        let limits = lane.spec.deadlines;
        let deadline = Deadline::after(if pin.is_some() {
            limits.sign
        } else {
            limits.pin_pad
        });
        let reply =
            self.turn(lane, deadline)?
                .call(&Request::Sign(request), pin.as_ref(), deadline)?;
        signing::outcome(reply, length)
    }

    /// The hosts that run now.
    #[must_use]
    pub fn hosts(&self) -> Vec<HostProcess> {
        let running = |lane: &Lane| {
            Some(HostProcess {
                module: lane.spec.name.clone(),
                pid: lane.pid()?,
            })
        };
        self.lanes.iter().filter_map(running).collect()
    }

    pub(crate) fn lane(&self, module: &str) -> Result<&Lane, DriverError> {
        let found = self.lanes.iter().find(|lane| lane.spec.name == module);
        found.ok_or_else(|| DriverError::ModuleMissing {
            path: module.into(),
        })
    }

    pub(crate) fn turn<'a>(
        &'a self,
        lane: &'a Lane,
        deadline: Deadline,
    ) -> Result<Turn<'a>, DriverError> {
        lane.turn(&self.spawner, &self.program, deadline)
    }

    fn module(&self, lane: &Lane) -> Result<(ModuleInfo, usize), DriverError> {
        let deadline = Deadline::after(lane.spec.deadlines.list);
        let mut turn = self.turn(lane, deadline)?;
        let info = turn.info(deadline)?;
        let slots = listing::slots(&mut turn, deadline)?;
        Ok((info, slots.len()))
    }

    fn of_each<T: Send>(&self, ask: impl Fn(&Lane) -> T + Sync) -> Vec<T> {
        thread::scope(|scope| {
            let threads: Vec<_> = self
                .lanes
                .iter()
                .map(|lane| scope.spawn(|| ask(lane)))
                .collect();
            threads
                .into_iter()
                .filter_map(|thread| thread.join().ok())
                .collect()
        })
    }
}

fn unique(modules: Vec<ModuleSpec>) -> Vec<ModuleSpec> {
    let mut taken: Vec<ModuleSpec> = Vec::new();
    for mut module in modules {
        let name = module.name.clone();
        let mut number = 2;
        while taken.iter().any(|other| other.name == module.name) {
            module.name = format!("{name} #{number}");
            number += 1;
        }
        taken.push(module);
    }
    taken
}
