//! What one running portal consists of.

use std::sync::{Arc, PoisonError, RwLock};

use kyso_certs::{Certificate, TrustStore, World};

use crate::{
    ambient::{Ambient, NoRandomness},
    config::{Config, Face},
    evidence::{self, Evidence, EvidenceError},
    pages::{Look, Named},
    rates::Limiter,
    store::{Store, StoreError},
    units::{UnitDirectory, UnitFile, UnitsError},
};

/// A portal: its configuration, its database, whom it believes, and the machine around it.
pub struct Portal {
    pub(crate) config: Config,
    pub(crate) look: Arc<Look>,
    pub(crate) store: Store,
    pub(crate) evidence: Arc<Evidence>,
    sources: RwLock<Arc<Sources>>,
    pub(crate) ambient: Arc<dyn Ambient>,
    pub(crate) limiter: Limiter,
}

/// What an administrator may change while the portal runs: read at the start, and again when told to.
pub(crate) struct Sources {
    pub(crate) trust: TrustStore,
    pub(crate) units: Box<dyn UnitDirectory>,
}

/// Why a portal couldn't be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The trust file, or a certificate that it names.
    #[error("trust: {0}")]
    Trust(String),
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
        let sources = Sources::load(&config)?;
        let store = Store::open(&config.database).await?;
        let evidence = Evidence::open(config.crls.clone(), config.evidence.clone(), store.clone())?;
        Ok(Self {
            look: Arc::new(look(&config.face)),
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

    /// Reads the trust file, the directory of units and the revocation lists anew. Where one of them can't be taken,
    /// everything stays as it was.
    ///
    /// # Errors
    /// The first file that can't be taken.
    pub fn reload(&self) -> Result<(), StartError> {
        let sources = Arc::new(Sources::load(&self.config)?);
        self.evidence.reload()?;
        *self.sources.write().unwrap_or_else(PoisonError::into_inner) = sources;
        Ok(())
    }
}

impl Sources {
    fn load(config: &Config) -> Result<Self, StartError> {
        Ok(Self {
            trust: load_trust(config)?,
            units: match &config.units {
                Some(path) => Box::new(UnitFile::load(path)?),
                None => Box::new(UnitFile::default()),
            },
        })
    }

    /// The configured name of the CA that issued a certificate, else the name that the certificate gives.
    pub(crate) fn ca_name(&self, issuer: &Certificate, otherwise: &str) -> String {
        self.trust
            .ca_for(issuer)
            .map_or_else(|| otherwise.to_owned(), |entry| entry.name.clone())
    }
}

/// Reads the trust file; certificates that it names stand in its own folder.
fn load_trust(config: &Config) -> Result<TrustStore, StartError> {
    let folder = config
        .trust
        .parent()
        .map(ToOwned::to_owned)
        .unwrap_or_default();
    let text = std::fs::read_to_string(&config.trust)
        .map_err(|error| StartError::Trust(format!("{}: {error}", config.trust.display())))?;
    let mut read =
        |name: &str| std::fs::read(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    TrustStore::from_trust_file(&text, &mut read)
        .map_err(|error| StartError::Trust(error.to_string()))
}

/// Reads everything that a portal would read at its start, and touches no database.
///
/// # Errors
/// The first thing that can't be read or isn't what it should be.
pub fn check(config: &Config) -> Result<(), StartError> {
    Sources::load(config)?;
    evidence::check(config.crls.clone())?;
    crate::server::tls(config).map(drop)
}

fn look(face: &Face) -> Look {
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
    }
}

/// A world's name as it is stored.
pub(crate) fn world_name(world: World) -> &'static str {
    match world {
        World::Public => "public",
        World::Government => "government",
    }
}
