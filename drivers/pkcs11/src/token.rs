//! All modules together: what the agent calls.

use std::path::PathBuf;
use std::thread;

use crate::deadline::Deadline;
use crate::discovery::{ModuleSpec, unique};
use crate::error::{DriverError, PinChangeError, SignError};
use crate::examine::examine;
use crate::host::{HostProcess, Spawner};
use crate::lane::{Lane, Turn};
use crate::listing;
use crate::pin::Pin;
use crate::pin_change::{self, PinChange};
use crate::report::{KeyRef, ModuleInfo, ModuleReport, SlotReport, TokenRef};
use crate::scheme::{Scheme, Signature};
use crate::signing;
use crate::unlocked::Unlocked;
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

    /// Every module, its file, whether it loads, and how many slots it has. Modules are asked at the same time.
    #[must_use]
    pub fn modules(&self) -> Vec<ModuleReport> {
        self.of_each(|lane| ModuleReport {
            name: lane.spec.name.clone(),
            path: lane.spec.path.clone(),
            source: lane.spec.source.clone(),
            ca: lane.spec.ca.clone(),
            file: examine(&lane.spec.path, &lane.spec.source).map(|file| file.architecture),
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

    /// Has one of these digests signed by the key of one certificate: the first in whose way the token can, within one
    /// login. RSA signatures are as long as the modulus, ECDSA ones are r‖s.
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
        ways: &[(Scheme, &[u8])],
        pin: Option<Pin>,
    ) -> Result<Signature, SignError> {
        let lane = self.lane(&key.module)?;
        let (request, due) = signing::request(key, ways, pin.is_some(), lane.is_silent())?;
        let (mut turn, deadline) = self.turn_with_person(lane, pin.is_some())?;
        let request = Request::Sign(request);
        let reply = turn.call_with_person(&request, pin.as_ref().as_slice(), deadline);
        turn.leave();
        due.outcome(reply?)
    }

    /// Unlocks the token that the person chose, for one whose certificates come after the PIN
    /// ([`TokenReport::certificates_after_pin`](crate::TokenReport::certificates_after_pin)).
    ///
    /// The PIN is tried once, only on the one token of that label and serial number, and not at all where [`Tokens::sign`]
    /// wouldn't, or where the token has no serial number.
    /// With `None` the device asks the person itself.
    ///
    /// # Errors
    /// As [`Tokens::sign`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a PIN is used once, then wiped"
    )]
    pub fn unlock(&self, token: &TokenRef, pin: Option<Pin>) -> Result<Unlocked<'_>, SignError> {
        let lane = self.lane(&token.module)?;
        let (turn, deadline) = self.turn_with_person(lane, pin.is_some())?;
        Unlocked::open(turn, token, pin.as_ref(), deadline)
    }

    /// Changes the PIN of a token: one try, not made where the token's flags say that it is locked or where a PIN can't
    /// be of that length.
    ///
    /// # Errors
    /// [`PinChangeError`], one variant a cause.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "PINs are used once, then wiped"
    )]
    pub fn change_pin(&self, token: &TokenRef, change: PinChange) -> Result<(), PinChangeError> {
        let lane = self.lane(&token.module)?;
        let pins = change.pins();
        let (mut turn, deadline) = self.turn_with_person(lane, !pins.is_empty())?;
        let request = pin_change::request(token, &change);
        let reply = turn.call_with_person(&request, &pins, deadline);
        turn.leave();
        pin_change::outcome(reply?)
    }

    /// Ends what waits for a signature or a PIN now, in whatever thread: it is answered "cancelled", and its module's
    /// process is killed. A PIN that the token has seen by then stays spent.
    pub fn cancel(&self) {
        self.lanes.iter().for_each(|lane| lane.stop.now());
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

    /// The module's host, and the time that a person or the token may take.
    fn turn_with_person<'a>(
        &'a self,
        lane: &'a Lane,
        pin_is_there: bool,
    ) -> Result<(Turn<'a>, Deadline), DriverError> {
        let limits = lane.spec.deadlines;
        let deadline = Deadline::after(if pin_is_there {
            limits.sign
        } else {
            limits.pin_pad
        });
        Ok((self.turn(lane, deadline)?, deadline))
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
