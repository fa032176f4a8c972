//! One question after the other, until the agent is gone.

use anyhow::bail;
use kyso_pkcs11::Pin;
use kyso_pkcs11::wire::{Reply, Request};

use crate::channel::Channel;
use crate::login::LoggedIn;
use crate::module::Module;
use crate::raw::Session;
use crate::unlocked::Unlocked;
use crate::{change, sign, slot, system};

/// Answers until the other end closes. Whatever is no question in its place ends the process: there is nobody left who
/// could be told.
pub(crate) fn serve(mut channel: Channel) -> anyhow::Result<()> {
    let Some(Request::Open {
        path,
        file,
        reserved,
    }) = channel.ask()?
    else {
        bail!("the first request must open the module");
    };
    let module = match Module::open(path, file, reserved) {
        Ok(module) => module,
        Err(reply) => return Ok(channel.answer(&reply)?),
    };
    channel.answer(&Reply::Opened(module.info()))?;
    let mut kept = Kept::default();
    while let Some(request) = channel.ask()? {
        let (reply, open) = answer(&module, request, &mut channel, &mut kept)?;
        channel.answer(&reply)?;
        if let Some(open) = open {
            drop(open);
            channel.answer(&Reply::Left)?;
        }
    }
    Ok(())
}

/// What is left only after the answer went out: a module that fails then must not take the answer with it.
#[expect(dead_code, reason = "they are kept to be dropped")]
enum Open<'a> {
    Nothing,
    Session(Session<'a>),
    LoggedIn(LoggedIn<'a>),
}

/// What stays between two questions.
#[derive(Default)]
struct Kept<'a> {
    unlocked: Unlocked<'a>,
    #[cfg(feature = "bench")]
    bench: crate::bench::Kept<'a>,
}

fn answer<'a>(
    module: &'a Module,
    request: Request,
    channel: &mut Channel,
    kept: &mut Kept<'a>,
) -> anyhow::Result<(Reply, Option<Open<'a>>)> {
    let reply = match request {
        Request::Open { .. } => bail!("the module is open already"),
        Request::Slots => slot::numbers(module),
        Request::Token(number) => slot::told(module, number),
        Request::Slot(number) => slot::content(module, number),
        Request::Sign(request) => {
            let pin = pin_if(request.pin_follows, channel)?;
            let (reply, open) = sign::sign(module, &request, pin);
            return Ok((reply, Some(open.map_or(Open::Nothing, Open::LoggedIn))));
        }
        Request::ChangePin { token, pins_follow } => {
            let pins = pin_if(pins_follow, channel)?.zip(pin_if(pins_follow, channel)?);
            let (reply, open) = change::change(module, &token, pins);
            return Ok((reply, Some(open.map_or(Open::Nothing, Open::Session))));
        }
        Request::Unlock { token, pin_follows } => {
            let pin = pin_if(pin_follows, channel)?;
            kept.unlocked.open(module, &token, pin)
        }
        Request::SignUnlocked(request) => kept.unlocked.sign(&request),
        Request::Lock => kept.unlocked.close(),
        Request::UsesReaders => Reply::UsesReaders(system::has_loaded_readers()),
        #[cfg(feature = "bench")]
        Request::BenchOpen(request) => {
            let pin = channel.pin()?;
            crate::bench::open(module, &request, &pin, &mut kept.bench)
        }
        #[cfg(feature = "bench")]
        Request::BenchSign(attempt) => crate::bench::sign(&attempt, &kept.bench),
    };
    Ok((reply, None))
}

fn pin_if(follows: bool, channel: &mut Channel) -> anyhow::Result<Option<Pin>> {
    follows.then(|| channel.pin()).transpose()
}
