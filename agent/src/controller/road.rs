//! The road to the portal of one login.

use std::sync::Arc;

use kyso_protocol::Link;
use time::OffsetDateTime;
use tokio::sync::OnceCell;

use crate::channel::deep_link::{Fetched, Portal, PortalError};
use crate::channel::fetches::Fetches;
use crate::settings::Settings;

/// The road to this login's portal. Reading the system's trust takes milliseconds, so it is done once.
#[derive(Clone, Default)]
pub(super) struct Road(Arc<OnceCell<Portal>>);

impl Road {
    pub(super) async fn to(
        &self,
        link: &Link,
        settings: &Settings,
    ) -> Result<&Portal, PortalError> {
        self.0
            .get_or_try_init(|| async { Portal::of(link, settings) })
            .await
    }

    /// In its turn among everything that this person's programs fetch.
    pub(super) async fn fetch(
        &self,
        link: &Link,
        settings: &Settings,
    ) -> Result<Fetched, PortalError> {
        let portal = self.to(link, settings).await?;
        let _turn = Fetches::of(settings).turn(OffsetDateTime::now_utc).await?;
        portal.fetch(link).await
    }
}
