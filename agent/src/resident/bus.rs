//! The session bus: one connection, made when it is needed first, and anew where it has ended. Without a bus nothing here
//! does anything.

use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;
use zbus::export::futures_core::Stream;
use zbus::fdo::DBusProxy;
use zbus::message::Type;
use zbus::{Connection, MatchRule, Message, MessageStream};

/// Signals that may wait to be read.
const QUEUE: usize = 16;
/// How long the bus may take to let somebody in.
const DEADLINE: Duration = Duration::from_secs(5);

/// The way to the bus.
#[derive(Clone, Default)]
pub(super) struct Bus(Arc<Mutex<Option<Connection>>>);

/// Signals of one kind, from the moment on at which this was made.
pub(super) struct Signals(MessageStream);

impl Bus {
    /// The connection.
    ///
    /// # Errors
    /// There is no bus, or it lets nobody in.
    pub(super) async fn connection(&self) -> zbus::Result<Connection> {
        let mut kept = self.0.lock().await;
        if let Some(connection) = kept.as_ref().filter(|kept| !kept.is_closed()) {
            return Ok(connection.clone());
        }
        let connected = timeout(DEADLINE, Connection::session()).await;
        let connection = connected.map_err(|_| broken(ErrorKind::TimedOut))??;
        *kept = Some(connection.clone());
        Ok(connection)
    }

    /// Listens to one interface of one program.
    ///
    /// # Errors
    /// There is no bus.
    pub(super) async fn signals(&self, sender: &str, interface: &str) -> zbus::Result<Signals> {
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(sender)?
            .interface(interface)?;
        self.matching(rule.build()).await
    }

    async fn matching(&self, rule: MatchRule<'_>) -> zbus::Result<Signals> {
        let connection = self.connection().await?;
        let stream = MessageStream::for_match_rule(rule, &connection, Some(QUEUE)).await?;
        Ok(Signals(stream))
    }

    /// Waits until a program has this name.
    ///
    /// # Errors
    /// There is no bus, or it ends.
    pub(super) async fn until_owned(&self, name: &'static str) -> zbus::Result<()> {
        let owners = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender("org.freedesktop.DBus")?
            .member("NameOwnerChanged")?
            .arg(0, name)?;
        // Before anybody is asked, so that no owner slips through. Of this name alone: what waits unread holds up the rest.
        let mut changes = self.matching(owners.build()).await?;
        let bus = DBusProxy::new(&self.connection().await?).await?;
        while !bus.name_has_owner(name.try_into()?).await? {
            changes.next().await?;
        }
        Ok(())
    }
}

impl Signals {
    /// The next one.
    ///
    /// # Errors
    /// The bus has ended.
    pub(super) async fn next(&mut self) -> zbus::Result<Message> {
        let next = std::future::poll_fn(|task| Pin::new(&mut self.0).poll_next(task)).await;
        next.unwrap_or_else(|| Err(broken(ErrorKind::BrokenPipe)))
    }
}

fn broken(how: ErrorKind) -> zbus::Error {
    zbus::Error::InputOutput(Arc::new(how.into()))
}
