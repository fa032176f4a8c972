//! Whether a certificate is believed, and which account it can speak for: once when the answer arrives, and again at
//! the person's click, since a certificate may be revoked or end in between.

use std::sync::Arc;

use kyso_certs::{
    CertError, CertPurpose, Certificate, Class, Method, Settings, SubjectKind, Verified, Whose,
    WorldChoice,
};
use kyso_protocol::{
    AskId, CheckError,
    check::{self, Holder},
};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use crate::{
    accounts::{self, Key},
    evidence::{Asked, EvidenceError, Gathered, Question},
    portal::{Fault, Portal, Sources},
    proofs::Proof,
    registered,
    store::StoreError,
};

/// An agency's certificate whose names no administrator tied to a unit.
const UNTIED: &str = "UNIT-UNKNOWN";

/// Why a proved certificate doesn't speak for an account here.
#[derive(Debug)]
pub(crate) enum Unfit {
    Check(CheckError),
    Evidence(EvidenceError),
    Untied,
}

impl Unfit {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Check(error) => error.code(),
            Self::Evidence(_) => "REVOCATION-UNKNOWN",
            Self::Untied => UNTIED,
        }
    }

    pub(crate) fn log(&self, ask: &AskId) {
        let code = self.code();
        match self {
            Self::Check(error) => tracing::info!(%ask, code, %error, "certificate refused"),
            Self::Evidence(error) => tracing::error!(%ask, code, %error, "certificate refused"),
            Self::Untied => tracing::info!(%ask, code, "certificate refused"),
        };
    }

    /// Whether the same certificate may be good in a few minutes, with other revocation lists.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Evidence(_) | Self::Check(CheckError::Judged(CertError::RevocationUnknown(_)))
        )
    }

    /// Whether the certificate itself was found on a list of its CA.
    pub(crate) fn is_revoked(&self) -> bool {
        let revoked = CertError::Revoked(Whose::Subject);
        matches!(self, Self::Check(CheckError::Judged(error)) if *error == revoked)
    }

    /// When the certificate itself ended, or begins: the date that goes with the code.
    pub(crate) fn date(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Check(CheckError::Judged(CertError::Expired {
                whose: Whose::Subject,
                not_after,
            })) => Some(*not_after),
            Self::Check(CheckError::Judged(CertError::NotYetValid {
                whose: Whose::Subject,
                not_before,
            })) => Some(*not_before),
            _ => None,
        }
    }
}

impl From<CheckError> for Unfit {
    fn from(error: CheckError) -> Self {
        Self::Check(error)
    }
}

/// What there is to judge by at one moment.
pub(crate) struct Material {
    pub(crate) sources: Arc<Sources>,
    pub(crate) evidence: Gathered,
    pub(crate) at: OffsetDateTime,
    pub(crate) settings: Settings,
}

/// Where evidence of revocation is looked for.
#[derive(Clone, Copy)]
pub(crate) enum Reach<'a> {
    /// Wherever the portal's configuration lets it: somebody waits.
    Network,
    /// In what is at hand, and in lists that are fetched once for everybody.
    AtHand(&'a Asked),
}

/// Runs `work` with what there is to judge `certificate` by now, off the threads that serve requests.
pub(crate) async fn with_material<T: Send + 'static>(
    portal: &Portal,
    certificate: &Certificate,
    reach: Reach<'_>,
    work: impl FnOnce(&Material) -> Result<T, CheckError> + Send + 'static,
) -> Result<Result<T, Unfit>, Fault> {
    let question = Question {
        certificate: certificate.clone(),
        sources: portal.sources(),
        at: portal.ambient.now(),
        settings: Settings {
            world: WorldChoice::Any,
            policy: portal.config.policy,
            purpose: CertPurpose::Login,
            disallowed_policies: Vec::new(),
        },
    };
    let evidence = match reach {
        Reach::Network => portal.evidence.gather(&question, &portal.ambient).await,
        Reach::AtHand(round) => portal.evidence.look(&question, round).await,
    };
    let evidence = match evidence {
        Ok(evidence) => evidence,
        Err(error) => return Ok(Err(Unfit::Evidence(error))),
    };
    let material = Material {
        sources: question.sources,
        evidence,
        at: question.at,
        settings: question.settings,
    };
    tokio::task::spawn_blocking(move || Ok(work(&material)?))
        .await
        .map_err(|_| Fault::CutOff)
}

/// Whom the certificate names: as `wanted`, or as whatever it can be here.
pub(crate) fn holder(
    sources: &Sources,
    verified: &Verified,
    wanted: Option<SubjectKind>,
    method: Method,
) -> Result<Holder, CheckError> {
    let as_kind = |kind| check::holder(verified, &sources.trust, kind, method);
    if let Some(kind) = wanted {
        return as_kind(kind);
    }
    let identity = verified.certificate().subject().identity();
    let organisation = identity.is_ok_and(|identity| identity.kind == Class::Organisation);
    if organisation {
        as_kind(SubjectKind::Business)
            .or_else(|error| as_kind(SubjectKind::Agency).map_err(|_| error))
    } else {
        as_kind(SubjectKind::Citizen)
    }
}

/// The identity key of `holder`, unless the certificate is remembered as revoked; an agency's stands in the directory
/// of units.
pub(crate) async fn key(
    portal: &Portal,
    connection: &mut SqliteConnection,
    verified: &Verified,
    holder: &Holder,
) -> Result<Result<Key, Unfit>, Fault> {
    if registered::is_noted(connection, verified).await? {
        let revoked = CertError::Revoked(Whose::Subject);
        return Ok(Err(CheckError::from(revoked).into()));
    }
    let found = accounts::key_of(connection, holder).await?;
    let known = |key: &Key| {
        key.kind != SubjectKind::Agency || portal.sources().units.unit(&key.number).is_some()
    };
    Ok(found.filter(known).ok_or(Unfit::Untied))
}

/// Judges the certificate of a proof again, with the clock, the trust file and the lists as they are now. What comes
/// back says what is known of it now, for the same identity.
pub(crate) async fn again(
    portal: &Portal,
    proof: &Proof,
    method: Method,
) -> Result<Result<Proof, Unfit>, Fault> {
    let (certificate, kind) = (read(&proof.certificate)?, proof.key.kind);
    let whose = certificate.clone();
    let judged = with_material(portal, &whose, Reach::Network, move |material| {
        let Material {
            sources,
            evidence,
            at,
            settings,
        } = material;
        let verified = kyso_certs::judge(
            &certificate,
            &sources.trust,
            evidence.given(),
            *at,
            settings,
        )?;
        let ca_name = sources.ca_name(verified.issuer(), certificate.issuer_name());
        let holder = holder(sources, &verified, Some(kind), method)?;
        Ok((verified, holder, ca_name))
    });
    let (verified, holder, ca_name) = match judged.await? {
        Ok(judged) => judged,
        Err(unfit) => return Ok(Err(unfit)),
    };
    let mut connection = portal.store.pool().acquire().await?;
    let key = match key(portal, &mut connection, &verified, &holder).await? {
        Ok(key) => key,
        Err(unfit) => return Ok(Err(unfit)),
    };
    if key != proof.key {
        return Ok(Err(CheckError::WrongSubject(kind).into()));
    }
    Ok(Ok(Proof {
        ca_name,
        world: verified.world(),
        revocation: verified.revocation(),
        cleared: registered::cleared(&verified),
        ..proof.clone()
    }))
}

/// A stored certificate.
pub(crate) fn read(der: &[u8]) -> Result<Certificate, StoreError> {
    Certificate::from_der(der).map_err(|_| StoreError::Unknown("certificate"))
}
