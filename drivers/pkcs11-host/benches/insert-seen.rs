//! Milliseconds until a card that is put in is seen.

#[expect(dead_code, reason = "nothing is listed or signed")]
mod card;

use card::seen;

#[expect(clippy::print_stdout, reason = "the measurement is the output")]
fn main() -> anyhow::Result<()> {
    if let Some(seen) = seen::measure()? {
        println!("insert-seen {:.0} ms", seen.insert.as_secs_f64() * 1000.0);
    }
    Ok(())
}
