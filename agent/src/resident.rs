//! The resident agent: one a user, in the tray, reached by links and by the command line. It owns the one window and
//! the one login; what it doesn't have is a web view (the window's program does) and a vendor's module (its host
//! does).

mod alone;
mod anew;
pub mod autostart;
mod bus;
pub mod caller;
mod event;
mod instance;
mod listener;
pub mod message;
mod notices;
mod owner;
mod stage;
pub mod surroundings;
mod tokens;
mod tray;
mod window;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use kyso_protocol::Link;
use kyso_screens::Page;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

use crate::channel::fetches::{self, TooSoon};
use crate::folders;
use crate::problem::{Failure, Problem};
use crate::settings::Settings;
use crate::shell::browser::Clues;
use crate::text::Text;
use anew::Anew;
use bus::Bus;
use caller::CallError;
pub(crate) use event::Event;
use instance::Seat;
use listener::Said;
use message::{Refusal, Reply, Request};
use notices::Notices;
use owner::Resident;
use surroundings::Surroundings;

const PAGE_OPTION: &str = "--page=";

/// How often a place is tried for that another agent is just leaving.
const TRIES: usize = 3;

/// What the program was started with.
#[derive(Debug, Default)]
pub struct Start {
    /// Open no window at the beginning.
    pub hidden: bool,
    /// The link to be answered.
    pub link: Option<String>,
    /// The page to be shown, where there is no link.
    pub page: Option<Page>,
    /// What lets a window come to the front, where the system gave something.
    pub token: Option<String>,
}

/// Stays as the agent, or hands over to the one that runs. The exit status is 0 when what was wanted was done or has
/// begun, and 1 when it was refused, which is said on standard error and as a notification.
///
/// # Errors
/// Standard error can't be written, or the asynchronous runtime doesn't start.
pub fn run(start: Start, settings_file: Option<&Path>) -> io::Result<ExitCode> {
    let settings_file = settings_file.map(std::path::absolute).transpose()?;
    let settings_file = settings_file.as_deref();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let settings = Settings::load(settings_file);
    let text = Text::chosen(
        settings
            .as_ref()
            .ok()
            .and_then(|settings| settings.language),
    );
    let unset = Settings::default();
    let runtime_folder = folders::runtime(settings.as_ref().unwrap_or(&unset));
    let done = settings
        .map_err(|error| {
            let why = Refused::unsaid(&Failure::Settings(error));
            let said = runtime.block_on(alone::said(&why.problem, &start, text));
            Refused { said, ..why }
        })
        .and_then(|settings| begun(&runtime, start, settings, settings_file, text));
    // What still runs on threads waits for modules; nobody waits for it.
    match done {
        Ok(None) => {
            runtime.shutdown_background();
            Ok(ExitCode::SUCCESS)
        }
        Ok(Some(anew)) => {
            runtime.shutdown_background();
            Err(anew.begin(settings_file))
        }
        Err(why) => {
            let ended = refused(&runtime, runtime_folder.as_deref(), &why, text);
            runtime.shutdown_background();
            ended
        }
    }
}

/// The option with which the agent is told what to show.
fn page_option(page: Page) -> String {
    let name = serde_json::json!(page);
    format!("{PAGE_OPTION}{}", name.as_str().unwrap_or_default())
}

/// The page that this option of the command line names; none, where it is another option.
#[must_use]
pub fn page_of(option: &str) -> Option<Page> {
    let name = option.strip_prefix(PAGE_OPTION)?;
    serde_json::from_value(serde_json::json!(name)).ok()
}

/// What was wanted isn't done.
struct Refused {
    problem: Problem,
    /// The agent has said so as a notification.
    said: bool,
}

impl Refused {
    fn unsaid(failure: &Failure) -> Self {
        let (problem, said) = (failure.into(), false);
        Self { problem, said }
    }

    fn said(failure: &Failure) -> Self {
        let (problem, said) = (failure.into(), true);
        Self { problem, said }
    }
}

fn refused(
    runtime: &tokio::runtime::Runtime,
    folder: Option<&Path>,
    why: &Refused,
    text: Text,
) -> io::Result<ExitCode> {
    let sentence = notices::sentence(&why.problem, text);
    if !why.said && !is_one_too_many(folder) {
        runtime.block_on(Notices::new(Bus::default(), None).said(&sentence, text));
    }
    writeln!(io::stderr().lock(), "{sentence}")?;
    Ok(ExitCode::FAILURE)
}

/// A page can have the browser start this program with any junk, as often as it likes: six a minute say why they end, all
/// processes together. Where the count can't be kept each one does, since that may be the very reason.
fn is_one_too_many(folder: Option<&Path>) -> bool {
    let file = folder.map(|folder| folder.join("refusals"));
    let counted = file.map(|file| fetches::counted(&file, OffsetDateTime::now_utc));
    matches!(counted, Some(Err(TooSoon::TooMany { .. })))
}

fn begun(
    runtime: &tokio::runtime::Runtime,
    start: Start,
    settings: Settings,
    settings_file: Option<&Path>,
    text: Text,
) -> Result<Option<Anew>, Refused> {
    if let Some(link) = &start.link {
        Link::parse(link).map_err(|error| Refused::unsaid(&Failure::Link(error)))?;
    }
    let wanted = wanted(start);
    let place = folders::runtime(&settings).ok_or_else(|| no_place(None))?;
    for _ in 0..TRIES {
        let seat = Seat::take(&place).map_err(|error| {
            tracing::error!(%error, "the agent's place can't be taken");
            no_place(Some(&place))
        })?;
        if let Some(seat) = seat {
            let resident = async {
                let (owner, events) = Resident::new(settings, settings_file, text);
                reside(owner, events, seat, wanted).await
            };
            return runtime.block_on(resident);
        }
        match caller::hand_over(&settings, &wanted) {
            Ok(()) => return Ok(None),
            Err(CallError::Absent) => {}
            Err(CallError::Refused(why)) => {
                return Err(Refused::said(&why.failure(&wanted.host())));
            }
            Err(error) => return Err(Refused::unsaid(&error.failure(&wanted))),
        }
    }
    Err(Refused::unsaid(&Failure::AgentSilent))
}

fn no_place(folder: Option<&Path>) -> Refused {
    Refused::unsaid(&Failure::NoFolder(folder.map(Path::to_owned)))
}

fn wanted(start: Start) -> Request {
    let Start {
        hidden,
        link,
        page,
        token,
    } = start;
    let surroundings = Surroundings::own();
    match link {
        Some(link) => Request::Ask {
            link,
            token,
            surroundings,
            clues: Clues::own(),
        },
        None if hidden => Request::Begun { surroundings },
        None => Request::Open {
            page,
            token,
            surroundings,
        },
    }
}

/// Until the agent is told to end. What it was started for is asked of it as everything else is; where that comes to
/// nothing, nobody wants it to stay.
async fn reside(
    owner: Resident,
    events: mpsc::UnboundedSender<Event>,
    seat: Seat,
    wanted: Request,
) -> Result<Option<Anew>, Refused> {
    let Seat {
        listener,
        lock: _lock,
    } = seat;
    detach();
    let listener = tokio::net::UnixListener::from_std(listener).map_err(|_| no_place(None))?;
    tokio::spawn(listener::listen(listener, events.clone()));
    let host = wanted.host();
    let opens = matches!(wanted, Request::Open { .. });
    // Settings that open nothing are said in its window.
    let stays = |why: &Refusal| *why == Refusal::Replaced || (opens && *why == Refusal::Settings);
    let first = said_by_itself(wanted, &events);
    let refused = async {
        match first.await {
            Ok(Reply::Refused { why }) if !stays(&why) => why.failure(&host),
            _ => std::future::pending().await,
        }
    };
    let notices = owner.notices();
    let run = owner.run();
    tokio::pin!(run);
    tokio::select! {
        anew = &mut run => Ok(anew),
        failure = refused => {
            let _ = events.send(Event::End);
            run.await;
            notices.settled().await;
            Err(Refused::said(&failure))
        }
    }
}

/// The agent outlives the browser that started it, and keeps no drive from being taken out.
fn detach() {
    // Who leads a group was started by a shell, and stays its.
    let _ = rustix::process::setsid();
    let _ = std::env::set_current_dir("/");
}

fn said_by_itself(
    request: Request,
    events: &mpsc::UnboundedSender<Event>,
) -> oneshot::Receiver<Reply> {
    let (reply, replied) = oneshot::channel();
    // The owner begins after this.
    let _ = events.send(Event::Said(Said {
        request: Some(request),
        caller: Some(rustix::process::getpid()),
        reply,
    }));
    replied
}
