//! The machine, topic by topic.

mod absent;
mod asking;
mod flow;
mod hidden;
mod order;
mod remembered;
mod scene;
mod signing;
mod trial;

use kyso_certs::SubjectKind;
use kyso_pkcs11::{DriverError, PinState, SignError, SlotReport};
use kyso_protocol::{Algorithm, AnswerReply, AskId, Origin, Purpose, Statement};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::*;
use crate::channel::deep_link::PortalError;
