//! How many times as long a signature takes where the module's process must be started first, on a virtual card.

#[expect(dead_code, reason = "nothing is watched")]
mod card;

use std::time::Instant;

use anyhow::Result;
use kyso_pkcs11::{KeyRef, Pin, Scheme, Tokens};
use kyso_support::VirtualReader;

const ROUNDS: usize = 7;

#[expect(clippy::print_stdout, reason = "the measurement is the output")]
fn main() -> Result<()> {
    let Some(reader) = VirtualReader::start()? else {
        return Ok(());
    };
    let _inserted = reader.insert(card::card()?)?;
    let warm_tokens = card::tokens(&reader);
    let key = card::only_key(&warm_tokens)?;
    let (mut warm, mut cold) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        sign(&warm_tokens, &key)?;
        warm.push(begun.elapsed());
        let begun = Instant::now();
        sign(&card::tokens(&reader), &key)?;
        cold.push(begun.elapsed());
    }
    let ratio = card::median(cold)?.as_secs_f64() / card::median(warm)?.as_secs_f64();
    println!("warm-vs-cold {ratio:.1} ratio");
    Ok(())
}

fn sign(tokens: &Tokens, key: &KeyRef) -> Result<()> {
    let pin = Pin::new(card::PIN.as_bytes())?;
    tokens.sign(key, &[(Scheme::Ecdsa, &[0x5a; 32])], Some(pin))?;
    Ok(())
}
