//! How long a program takes from its start to its end: `kyso --version`, and `true` beside it as the floor.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

const ROUNDS: usize = 200;

fn main() -> Result<()> {
    let kyso = kyso()?;
    // Turn by turn, so that a busy moment meets both.
    let mut times: [Vec<Duration>; 2] = Default::default();
    for _ in 0..ROUNDS {
        let [of_kyso, of_true] = &mut times;
        of_kyso.push(run(&kyso, &["--version"])?);
        of_true.push(run(Path::new("true"), &[])?);
    }
    let mut out = std::io::stdout();
    for (name, times) in ["kyso-start", "true-start"].iter().zip(times) {
        writeln!(out, "{name} {:.2} ms", median(times).as_secs_f64() * 1000.0)?;
    }
    Ok(())
}

/// The program of the same build: two folders up from this bench.
fn kyso() -> Result<PathBuf> {
    let bench = std::env::current_exe()?;
    let folder = bench.ancestors().nth(2).context("a bench lies in deps")?;
    let path = folder.join("kyso");
    ensure!(path.is_file(), "{} is not built", path.display());
    Ok(path)
}

fn run(program: &Path, arguments: &[&str]) -> Result<Duration> {
    let begun = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "{} failed", program.display());
    Ok(begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
