//! One question after the other, until the agent is gone.

use anyhow::bail;
use kyso_pkcs11::Pin;
use kyso_pkcs11::wire::{Reply, Request, SignRequest};

use crate::channel::Channel;
use crate::module::Module;
use crate::{sign, slot};

/// Answers until the other end closes. Whatever is no question in its place ends the process: there is nobody left who
/// could be told.
pub(crate) fn serve(mut channel: Channel) -> anyhow::Result<()> {
    let Some(Request::Open { path, reserved }) = channel.ask()? else {
        bail!("the first request must open the module");
    };
    let module = match Module::open(&path, reserved) {
        Ok(module) => module,
        Err(reply) => return Ok(channel.answer(&reply)?),
    };
    channel.answer(&Reply::Opened(module.info()))?;
    #[cfg(feature = "bench")]
    let mut kept = None;
    while let Some(request) = channel.ask()? {
        let reply = match request {
            Request::Open { .. } => bail!("the module is open already"),
            Request::Slots => slot::numbers(&module),
            Request::Slot(number) => slot::content(&module, number),
            Request::Sign(request) => {
                let pin = pin_of(&mut channel, &request)?;
                sign::sign(&module, &request, pin)
            }
            #[cfg(feature = "bench")]
            Request::BenchOpen(request) => {
                let pin = channel.pin()?;
                crate::bench::open(&module, &request, &pin, &mut kept)
            }
            #[cfg(feature = "bench")]
            Request::BenchSign(attempt) => crate::bench::sign(&module, &attempt, kept.as_ref()),
        };
        channel.answer(&reply)?;
    }
    Ok(())
}

fn pin_of(channel: &mut Channel, request: &SignRequest) -> anyhow::Result<Option<Pin>> {
    request.pin_follows.then(|| channel.pin()).transpose()
}
