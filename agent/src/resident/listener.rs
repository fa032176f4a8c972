//! The agent's end of its socket. Whoever connects is this user, says one thing in time, and gets one reply.

use std::time::Duration;

use rustix::process::{Pid, geteuid};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::event::Event;
use super::message::{self, HEAD, MessageError, Refusal, Reply, Request};

/// How long a caller may take for its request.
const DEADLINE: Duration = Duration::from_secs(2);
/// Callers that are listened to at once.
const CALLERS_MAX: usize = 16;

/// What a caller wants.
#[derive(Debug)]
pub(crate) struct Said {
    /// None, where it isn't understood.
    pub(crate) request: Option<Request>,
    /// The caller's process, as the system tells it.
    pub(crate) caller: Option<Pid>,
    pub(crate) reply: oneshot::Sender<Reply>,
}

/// Listens until the events end.
pub(super) async fn listen(listener: UnixListener, events: mpsc::UnboundedSender<Event>) {
    let room = std::sync::Arc::new(tokio::sync::Semaphore::new(CALLERS_MAX));
    loop {
        let Ok(place) = std::sync::Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = events.closed() => return,
        };
        match stream {
            Ok((stream, _)) => {
                let events = events.clone();
                tokio::spawn(async move {
                    serve(stream, &events).await;
                    drop(place);
                });
            }
            // Too many files are open: whoever has one must end first.
            Err(error) => {
                tracing::warn!(%error, "a caller could not be taken");
                tokio::time::sleep(DEADLINE).await;
            }
        }
    }
}

async fn serve(mut stream: UnixStream, events: &mpsc::UnboundedSender<Event>) {
    let said = match peer(&stream) {
        Err(why) => Err(why),
        Ok(caller) => match timeout(DEADLINE, read(&mut stream)).await {
            Err(_) => Err(Refusal::TooSlow),
            Ok(Err(MessageError::TooLong)) => Err(Refusal::TooLong),
            Ok(Err(MessageError::Message)) => Ok((None, caller)),
            // Nobody is there to be answered.
            Ok(Err(MessageError::Broken(_))) => return,
            Ok(Ok(request)) => Ok((Some(request), caller)),
        },
    };
    let (turn, reply) = match said {
        Err(why) => (false, Reply::Refused { why }),
        Ok((request, caller)) => {
            let turn = request == Some(Request::Turn);
            match pass_on(request, caller, events).await {
                Some(reply) => (turn && reply == Reply::Done, reply),
                None => return,
            }
        }
    };
    let told = timeout(DEADLINE, write(&mut stream, &reply)).await;
    if let Reply::Refused { .. } = reply {
        // What isn't read when a socket closes takes the reply with it.
        let _ = stream.shutdown().await;
        let _ = timeout(DEADLINE, until_closed(&mut stream)).await;
    }
    if turn {
        if matches!(told, Ok(Ok(()))) {
            until_closed(&mut stream).await;
        }
        // The agent may be ending.
        let _ = events.send(Event::TurnOver);
    }
}

fn peer(stream: &UnixStream) -> Result<Option<Pid>, Refusal> {
    let peer = stream.peer_cred().map_err(|_| Refusal::Stranger)?;
    if peer.uid() != geteuid().as_raw() {
        return Err(Refusal::Stranger);
    }
    Ok(peer.pid().and_then(Pid::from_raw))
}

async fn pass_on(
    request: Option<Request>,
    caller: Option<Pid>,
    events: &mpsc::UnboundedSender<Event>,
) -> Option<Reply> {
    let (reply, replied) = oneshot::channel();
    let said = Said {
        request,
        caller,
        reply,
    };
    events.send(Event::Said(said)).ok()?;
    replied.await.ok()
}

async fn read(stream: &mut UnixStream) -> Result<Request, MessageError> {
    let mut head = [0; HEAD];
    stream.read_exact(&mut head).await?;
    let mut json = vec![0; message::length(head)?];
    stream.read_exact(&mut json).await?;
    message::parsed(&json)
}

async fn write(stream: &mut UnixStream, reply: &Reply) -> Result<(), MessageError> {
    Ok(stream.write_all(&message::framed(reply)?).await?)
}

/// Whatever else the caller says is not listened to.
async fn until_closed(stream: &mut UnixStream) {
    let mut bytes = [0; 256];
    while matches!(stream.read(&mut bytes).await, Ok(1..)) {}
}
