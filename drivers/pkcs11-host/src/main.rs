//! Runs one vendor's PKCS#11 module where its crash, hang or memory reading can't hurt, and answers on stdin and
//! stdout. It decides nothing: which token, which certificate and which encoding come with the question.

#[cfg(feature = "bench")]
mod bench;
mod change;
mod channel;
mod fault;
mod login;
mod module;
mod objects;
mod raw;
mod readers;
mod serve;
mod sign;
mod slot;
mod system;
mod unlocked;

use anyhow::Context;
use kyso_pkcs11::wire::READERS_ARGUMENT;

fn main() -> anyhow::Result<()> {
    system::close_inherited().context("close what was inherited")?;
    kyso_pkcs11::harden().context("harden the process")?;
    kyso_pkcs11::die_with_parent().context("tie the process to its parent")?;
    if std::env::args_os()
        .skip(1)
        .any(|argument| argument == READERS_ARGUMENT)
    {
        return readers::watch(&mut std::io::stdout());
    }
    let channel = channel::Channel::take_over().context("take over stdin and stdout")?;
    let served = serve::serve(channel);
    kyso_pkcs11::end_at_once();
    served
}
