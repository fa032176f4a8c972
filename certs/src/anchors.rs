//! Whom to believe: the anchors of the two trust worlds, the CAs between, and what each issuing CA may speak for.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::certificate::Certificate;
use crate::chain::graph::Graph;
use crate::error::TrustError;
use crate::identity_key::SubjectKind;
use crate::own_policy::OwnPolicy;
use crate::path_policies::PathPolicies;
use crate::subject::Scheme;
use crate::trust_file;

/// Most certificates in one store; a national trust list has about a hundred.
const MAX_CERTIFICATES: usize = 4096;

/// One of the two trust worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum World {
    /// The national root and its public CAs.
    Public,
    /// The government's own CA.
    Government,
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Government => "government",
        })
    }
}

/// The worlds in which a path may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorldChoice {
    /// The public world only.
    Public,
    /// The government's world only.
    Government,
    /// Either; the public one is tried first.
    #[default]
    Any,
}

impl WorldChoice {
    /// The worlds, in the order in which they are tried.
    pub(crate) fn worlds(self) -> &'static [World] {
        match self {
            Self::Public => &[World::Public],
            Self::Government => &[World::Government],
            Self::Any => &[World::Public, World::Government],
        }
    }
}

impl FromStr for WorldChoice {
    type Err = String;

    /// Reads `public`, `government` or `any`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "public" => Ok(Self::Public),
            "government" => Ok(Self::Government),
            "any" => Ok(Self::Any),
            other => Err(format!("\"{other}\" is none of public, government, any")),
        }
    }
}

/// How a subscriber's key is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// A USB token or smart card.
    Usb,
    /// A signing SIM.
    Sim,
    /// A remote signing service.
    Remote,
}

impl Method {
    /// The word on the wire: `usb`, `sim` or `remote`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usb => "usb",
            Self::Sim => "sim",
            Self::Remote => "remote",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one issuing CA may speak for. Without an entry a certificate may be valid, but it is nobody's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaEntry {
    /// The operator's name for the CA; a renewal must come from the CA of the same name.
    pub name: String,
    /// The CA's certificate. It is also an intermediate of its world, never an anchor by itself.
    pub certificate: Certificate,
    /// The world in which its paths must end.
    pub world: World,
    /// How keys that it certifies are used.
    pub methods: Vec<Method>,
    /// Whom it may certify.
    pub kinds: Vec<SubjectKind>,
    /// The numbers that it vouches for.
    pub schemes: Vec<Scheme>,
    /// Whether a person in an organisation may open that person's own account.
    pub person_in_organisation: bool,
    /// Policies in dotted decimal, one of which a certificate must itself name for the CA to speak for its holder;
    /// `anyPolicy` and policies below one of these do not count. Empty demands nothing.
    pub policies: Vec<String>,
}

/// Anchors, intermediates and CA entries, prepared once. Cheap to clone; holds no secret.
#[derive(Clone)]
pub struct TrustStore(Arc<Store>);

struct Store {
    graph: Graph,
    cas: Vec<CaEntry>,
    own_policy: Option<OwnPolicy>,
}

impl TrustStore {
    /// An empty store to fill.
    pub fn builder() -> TrustStoreBuilder {
        TrustStoreBuilder::default()
    }

    /// Reads a trust file (TOML, version 1); `read` gives the bytes of a certificate file that it names.
    ///
    /// # Errors
    /// A [`TrustError`] that names the entry.
    pub fn from_trust_file(
        text: &str,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, TrustError> {
        trust_file::builder(text, read)?.build()
    }

    /// The entry of the CA with this certificate's name and key, if there is one.
    pub fn ca_for(&self, issuer: &Certificate) -> Option<&CaEntry> {
        self.0
            .cas
            .iter()
            .find(|entry| same_ca(&entry.certificate, issuer))
    }

    /// The entries of all CAs, in the trust file's order.
    pub fn cas(&self) -> &[CaEntry] {
        &self.0.cas
    }

    /// Every anchor, with the worlds in which it is one.
    pub fn anchors(&self) -> impl Iterator<Item = (&Certificate, Vec<World>)> {
        self.0.graph.anchors()
    }

    /// The administrator's own policy, if there is one.
    pub fn own_policy(&self) -> Option<&OwnPolicy> {
        self.0.own_policy.as_ref()
    }

    pub(crate) fn graph(&self) -> &Graph {
        &self.0.graph
    }
}

impl fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.cas.iter().map(|ca| ca.name.as_str()).collect();
        f.debug_struct("TrustStore")
            .field("certificates", &self.0.graph.len())
            .field("cas", &names)
            .finish()
    }
}

/// The same CA under another certificate, as after a cross-certification, has the same name and key.
pub(crate) fn same_ca(one: &Certificate, other: &Certificate) -> bool {
    one.subject_der() == other.subject_der() && one.public_key() == other.public_key()
}

/// How a certificate stands in one world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Standing {
    /// Not part of this world.
    #[default]
    Absent,
    /// May be part of a path.
    Intermediate,
    /// Ends a path.
    Anchor,
}

/// One certificate with its standing in the public and in the government's world.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) certificate: Certificate,
    public: Standing,
    government: Standing,
}

impl Known {
    pub(crate) fn standing(&self, world: World) -> Standing {
        match world {
            World::Public => self.public,
            World::Government => self.government,
        }
    }
}

/// Collects what a [`TrustStore`] is built of.
#[derive(Debug, Clone, Default)]
pub struct TrustStoreBuilder {
    known: Vec<Known>,
    places: HashMap<[u8; 32], usize>,
    cas: Vec<CaEntry>,
    responders: Vec<(Certificate, Vec<Certificate>)>,
    policies: PathPolicies,
    own_policy: Option<OwnPolicy>,
}

impl TrustStoreBuilder {
    /// Adds an anchor of one world, or of both (`None`). Any certificate may be one, self-signed or not.
    #[must_use]
    pub fn anchor(self, world: Option<World>, certificate: Certificate) -> Self {
        self.place(world, certificate, Standing::Anchor)
    }

    /// Adds a certificate that paths of one world, or of both (`None`), may pass through.
    #[must_use]
    pub fn intermediate(self, world: Option<World>, certificate: Certificate) -> Self {
        self.place(world, certificate, Standing::Intermediate)
    }

    /// Adds a CA entry, and its certificate as an intermediate of its world.
    #[must_use]
    pub fn ca(mut self, entry: CaEntry) -> Self {
        self = self.intermediate(Some(entry.world), entry.certificate.clone());
        self.cas.push(entry);
        self
    }

    /// Trusts a certificate's key to answer OCSP for the certificates of `ca`, whoever certified it (RFC 6960, 2.2: a
    /// trusted responder). Those that the CA appoints itself need no mention.
    #[must_use]
    pub fn responder(mut self, ca: &Certificate, responder: Certificate) -> Self {
        let known = self.responders.iter_mut();
        match known.into_iter().find(|(of, _)| same_ca(of, ca)) {
            Some((_, all)) => all.push(responder),
            None => self.responders.push((ca.clone(), vec![responder])),
        }
        self
    }

    /// Sets an administrator's own policy for the certificates of logins.
    ///
    /// # Errors
    /// [`TrustError::OwnPolicy`] for one that says something that cannot be.
    pub fn own_policy(mut self, policy: OwnPolicy) -> Result<Self, TrustError> {
        policy.check_itself().map_err(TrustError::OwnPolicy)?;
        self.own_policy = Some(policy);
        Ok(self)
    }

    /// Sets what is demanded of the certificate policies along every path.
    #[must_use]
    pub fn path_policies(mut self, policies: PathPolicies) -> Self {
        self.policies = policies;
        self
    }

    fn place(mut self, world: Option<World>, certificate: Certificate, standing: Standing) -> Self {
        let next = self.known.len();
        let place = *self.places.entry(certificate.fingerprint()).or_insert(next);
        if place == next {
            let absent = Standing::Absent;
            self.known.push(Known {
                certificate,
                public: absent,
                government: absent,
            });
        }
        if let Some(known) = self.known.get_mut(place) {
            if world != Some(World::Government) {
                known.public = known.public.max(standing);
            }
            if world != Some(World::Public) {
                known.government = known.government.max(standing);
            }
        }
        self
    }

    /// Prepares the store: every signature between its certificates is verified here, once.
    ///
    /// # Errors
    /// [`TrustError`] for a store without anchor, too large, with a certificate that the path builder cannot use, or
    /// with two entries for one CA.
    pub fn build(self) -> Result<TrustStore, TrustError> {
        let anchored = |known: &Known| known.public.max(known.government) == Standing::Anchor;
        if !self.known.iter().any(anchored) {
            return Err(TrustError::NoAnchor);
        }
        if self.known.len() > MAX_CERTIFICATES {
            return Err(TrustError::TooMany {
                limit: MAX_CERTIFICATES,
            });
        }
        for (index, entry) in self.cas.iter().enumerate() {
            let mut before = self.cas.iter().take(index);
            if before.any(|other| same_ca(&other.certificate, &entry.certificate)) {
                return Err(TrustError::DuplicateCa(entry.name.clone()));
            }
        }
        let graph = Graph::build(self.known, self.responders, &self.policies)?;
        Ok(TrustStore(Arc::new(Store {
            graph,
            cas: self.cas,
            own_policy: self.own_policy,
        })))
    }
}
