//! What one running portal consists of.

use std::sync::{Arc, PoisonError, RwLock};

use kyso_certs::{Bundle, Certificate, TrustStore, World};
use time::OffsetDateTime;

use crate::{
    ambient::{Ambient, NoRandomness},
    config::Config,
    downloads::Downloads,
    evidence::{self, Evidence, EvidenceError},
    pages::{Look, Named},
    rates::Limiter,
    store::{Store, StoreError},
    trust::{self, Kept, Trust, TrustFault},
    units::{UnitDirectory, UnitFile, UnitsError},
};

/// A portal: its configuration, its database, whom it believes, and the machine around it.
pub struct Portal {
    pub(crate) config: Config,
    pub(crate) look: Arc<Look>,
    pub(crate) store: Store,
    pub(crate) evidence: Arc<Evidence>,
    pub(crate) downloads: Arc<Downloads>,
    sources: RwLock<Arc<Sources>>,
    pub(crate) ambient: Arc<dyn Ambient>,
    pub(crate) limiter: Limiter,
}

/// What an administrator may change while the portal runs: read at the start, and again when told to.
pub(crate) struct Sources {
    pub(crate) trust: TrustStore,
    bundle: Option<Bundle>,
    pub(crate) units: Box<dyn UnitDirectory>,
}

/// Why a portal couldn't be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The trust file or bundle.
    #[error(transparent)]
    Trust(#[from] TrustFault),
    /// The folder of revocation lists.
    #[error("crls: {0}")]
    Evidence(#[from] EvidenceError),
    /// The directory of units.
    #[error(transparent)]
    Units(#[from] UnitsError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The TLS certificate or key.
    #[error("{field}: {reason}")]
    Tls {
        /// `tls-certificate` or `tls-key`.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The portal ended in the middle.
    #[error("reading was cut off")]
    CutOff,
}

/// Why the portal couldn't do its part; nothing that a visitor did wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine gave no randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// A statement breaks its own rules.
    #[error("the statement can't be made: {0}")]
    Statement(#[from] kyso_protocol::StatementError),
    /// The portal ended in the middle.
    #[error("the check was cut off")]
    CutOff,
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Portal {
    /// Reads all that the configuration names and opens the database.
    ///
    /// # Errors
    /// The first thing that can't be read or isn't what it should be.
    pub async fn open(config: Config, ambient: Arc<dyn Ambient>) -> Result<Self, StartError> {
        let store = Store::open(&config.database).await?;
        let now = ambient.now();
        let loaded = Loaded::read(&config, now, trust::find(store.pool()).await?.as_ref())?;
        let evidence = Evidence::open(config.crls.clone(), config.evidence.clone(), store.clone())?;
        let sources = loaded.take_over(&store, now).await?;
        Ok(Self {
            look: Arc::new(look(&config)),
            downloads: Arc::new(Downloads::new(config.downloads.clone())),
            limiter: Limiter::new(config.rates),
            config,
            store,
            evidence: Arc::new(evidence),
            sources: RwLock::new(Arc::new(sources)),
            ambient,
        })
    }

    /// Its database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The trust file and the directory of units as they were last read. Whoever judges takes them once.
    pub(crate) fn sources(&self) -> Arc<Sources> {
        Arc::clone(&self.sources.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the trust file or bundle, the directory of units and the revocation lists anew. Where one of them can't be
    /// taken, everything stays as it was.
    ///
    /// # Errors
    /// The first file that can't be taken, or the database.
    pub async fn reload(self: &Arc<Self>) -> Result<(), StartError> {
        let kept = trust::find(self.store.pool()).await?;
        let (portal, now) = (Arc::clone(self), self.ambient.now());
        let read = tokio::task::spawn_blocking(move || {
            let loaded = Loaded::read(&portal.config, now, kept.as_ref())?;
            portal.evidence.reload()?;
            Ok::<_, StartError>(loaded)
        });
        let loaded = read.await.map_err(|_| StartError::CutOff)??;
        let sources = Arc::new(loaded.take_over(&self.store, now).await?);
        *self.sources.write().unwrap_or_else(PoisonError::into_inner) = sources;
        Ok(())
    }
}

/// What was read, and isn't in force yet.
struct Loaded {
    trust: Trust,
    units: Box<dyn UnitDirectory>,
}

impl Loaded {
    fn read(config: &Config, at: OffsetDateTime, kept: Option<&Kept>) -> Result<Self, StartError> {
        Ok(Self {
            trust: Trust::load(&config.trust, at, kept)?,
            units: match &config.units {
                Some(path) => Box::new(UnitFile::load(path)?),
                None => Box::new(UnitFile::default()),
            },
        })
    }

    /// Remembers the bundle, so that none before it is ever taken again.
    async fn take_over(self, store: &Store, at: OffsetDateTime) -> Result<Sources, StartError> {
        if let Some(bundle) = &self.trust.bundle {
            trust::keep(store, bundle, at).await?;
            let (version, key) = (bundle.installed().version, bundle.signer().id());
            tracing::info!(version, key, "trust bundle in force");
        }
        Ok(Sources {
            trust: self.trust.store,
            bundle: self.trust.bundle,
            units: self.units,
        })
    }
}

impl Sources {
    /// Says in the log what of the trust material has ended, or ends within 30 days.
    pub(crate) fn warn(&self, at: OffsetDateTime) {
        for warning in trust::warnings(&self.trust, self.bundle.as_ref(), at) {
            tracing::warn!(warning, "trust ends");
        }
    }

    /// The configured name of the CA that issued a certificate, else the name that the certificate gives.
    pub(crate) fn ca_name(&self, issuer: &Certificate, otherwise: &str) -> String {
        self.trust
            .ca_for(issuer)
            .map_or_else(|| otherwise.to_owned(), |entry| entry.name.clone())
    }
}

/// Reads everything that a portal would read at its start, at a time, and touches no database. What comes back says in
/// lines what would be trusted, and then what of it ends soon.
///
/// # Errors
/// The first thing that can't be read or isn't what it should be. Whether a bundle follows the installed one stays
/// unknown: the database knows that.
pub fn check(config: &Config, at: OffsetDateTime) -> Result<Vec<String>, StartError> {
    let Loaded { trust, .. } = Loaded::read(config, at, None)?;
    evidence::check(config.crls.clone())?;
    crate::server::tls(config)?;
    let mut lines = trust.lines();
    let warnings = trust::warnings(&trust.store, trust.bundle.as_ref(), at);
    lines.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
    Ok(lines)
}

fn look(config: &Config) -> Look {
    let face = &config.face;
    let sample = Look::default();
    let named = |text: &Option<String>, sample: Named| match text {
        Some(text) => Named {
            vi: text.clone(),
            en: text.clone(),
        },
        None => sample,
    };
    Look {
        name: named(&face.name, sample.name),
        tagline: named(&face.tagline, sample.tagline),
        hotline: face.hotline.clone(),
        logo: face.logo_text.clone(),
        demonstration: face.demonstration,
        download: config.downloads.is_some(),
    }
}

/// A world's name as it is stored.
pub(crate) fn world_name(world: World) -> &'static str {
    match world {
        World::Public => "public",
        World::Government => "government",
    }
}
