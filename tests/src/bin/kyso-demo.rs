//! `./dev demo`: the whole of Kyso on one machine, told in plain words.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use kyso_e2e::display::Display;
use kyso_e2e::stage::Stage;
use kyso_e2e::story::{Teller, main_line};
use kyso_e2e::summary::{Step, to_json_lines};
use kyso_e2e::{keep, refusals, revocation, windowed};

/// Registers and signs in a citizen, a business, a person in an organisation and an agency with soft tokens, and
/// shows what is refused.
#[derive(Parser)]
struct Arguments {
    /// Also write the steps to FILE, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Leave everything running until Ctrl-C, and say what to try.
    #[arg(long)]
    keep: bool,
    /// Open browser and window where nobody sees them, though there is a display.
    #[arg(long)]
    headless: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "Kyso's demonstration. Authorities, people and numbers are invented; the portal accepts the captcha `test`."
    )?;
    let mut stage = Stage::set()?;
    stage.tie_agency().await?;
    let portal = stage.start_portal().await?;
    writeln!(
        out,
        "The portal answers at {} (everything lies in {}).",
        stage.origin,
        stage.path().display()
    )?;
    let mut teller = Teller::new(std::io::stdout());
    main_line(&stage, &mut teller).await?;
    let display = display(&stage, arguments.headless)?;
    windowed::all(&stage, &mut teller, display).await?;
    refusals::all(&stage, &mut teller).await?;
    revocation::all(&mut stage, &mut teller).await?;
    let steps = teller.steps;
    if let Some(file) = &arguments.summary {
        std::fs::write(file, to_json_lines(&steps)?)?;
    }
    let failed = steps.iter().filter(|step| !step.holds()).count();
    writeln!(out, "\n{}", conclusion(&steps, failed))?;
    if arguments.keep {
        keep::until_interrupted(&mut stage, &mut out).await?;
    }
    drop(portal);
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The person's own, else one that nobody sees.
fn display(stage: &Stage, headless: bool) -> Result<Option<Display>> {
    let own = match headless {
        true => None,
        false => Display::of_the_person(stage.path())?,
    };
    match own {
        Some(display) => Ok(Some(display)),
        None => Display::start(stage.path()),
    }
}

fn conclusion(steps: &[Step], failed: usize) -> String {
    let accepted = steps
        .iter()
        .filter(|step| step.holds() && step.outcome == "accepted")
        .count();
    let refused = steps
        .iter()
        .filter(|step| step.holds() && step.outcome != "accepted")
        .count();
    format!(
        "{} steps: {accepted} accepted and {refused} refused as they should be, {failed} not as expected.",
        steps.len()
    )
}
