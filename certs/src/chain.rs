//! The path from a certificate to an anchor, and the verdict over it.
//!
//! Only [`judge`] makes a [`Verified`]. Finding paths is `graph`; judging one path and one CRL is `engine`, the only
//! file that knows the crate which does it.

mod engine;
pub(crate) mod graph;

use time::OffsetDateTime;

use crate::anchors::{TrustStore, World};
use crate::certificate::Certificate;
use crate::error::{CertError, CertificateError, Whose};
use crate::policy::{self, Settings};
use crate::revocation::{Crl, Revocation};
use engine::{Engine, Issuing, Listed, Prepared};
use graph::Candidate;

/// Most CRLs of one issuer that are tried for one certificate.
const MAX_CRLS: usize = 64;

/// A certificate that was judged and accepted, for the time and settings it was judged with.
#[derive(Debug, Clone)]
pub struct Verified {
    world: World,
    path: Vec<Certificate>,
    certificate: Certificate,
    issuer: Certificate,
    revocation: Revocation,
    deviations: Vec<String>,
}

impl Verified {
    /// The certificate itself.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The world of the anchor in which the path ended.
    pub fn world(&self) -> World {
        self.world
    }

    /// The path, from the certificate to the anchor, both included.
    pub fn path(&self) -> &[Certificate] {
        &self.path
    }

    /// The certificate of the CA that issued it; itself, if it is an anchor.
    pub fn issuer(&self) -> &Certificate {
        &self.issuer
    }

    /// What is known about the revocation of the certificate itself.
    pub fn revocation(&self) -> Revocation {
        self.revocation
    }

    /// Rules of the circular that the certificate does not meet, by the names of [`crate::Rule`].
    pub fn deviations(&self) -> &[String] {
        &self.deviations
    }
}

/// Judges a certificate at a time, in the order policy (key usage, key strength, disallowed policies), validity,
/// path, revocation.
///
/// Each world's path is built with that world's certificates only. CRLs are judged for every certificate below the
/// anchor: one that names it refuses; where its issuer's CRLs are there and none settles it (stale, badly signed, for
/// other certificates), its revocation is unknown, which refuses too; where there are none, it is not checked.
///
/// # Errors
/// The first cause, as a [`CertError`]. Where several paths fail, the cause of the first.
pub fn judge(
    cert: &Certificate,
    trust: &TrustStore,
    crls: &[Crl],
    at: OffsetDateTime,
    settings: &Settings,
) -> Result<Verified, CertError> {
    policy::check(cert, settings)?;
    policy::validity(cert, at, || Whose::Subject)?;
    let mut refusal = None;
    for world in settings.world.worlds() {
        match in_world(cert, trust, crls, at, *world) {
            Ok(verified) => return Ok(verified),
            // What is known of a certificate in one world is not undone by the other world's silence.
            Err(error @ (CertError::Revoked(_) | CertError::RevocationUnknown(_))) => {
                return Err(error);
            }
            Err(error) => refusal = Some(stronger(refusal, error)),
        }
    }
    Err(refusal.unwrap_or_else(|| CertError::Untrusted("no world was asked for".into())))
}

/// The refusal that says more: anything is more telling than "no path".
fn stronger(first: Option<CertError>, second: CertError) -> CertError {
    match first {
        None | Some(CertError::Untrusted(_)) => second,
        Some(first) => first,
    }
}

fn in_world(
    cert: &Certificate,
    trust: &TrustStore,
    crls: &[Crl],
    at: OffsetDateTime,
    world: World,
) -> Result<Verified, CertError> {
    let graph = trust.graph();
    if graph.is_anchor(cert, world) {
        return Ok(verified(cert, &[], graph, world, Revocation::NotChecked));
    }
    if let Some(path) = graph.remembered(cert, world)
        && let Ok(revocation) = judge_times(graph, &path, at)
            .and_then(|()| judge_revocation(graph, &path, cert, crls, at))
    {
        return Ok(verified(cert, &path, graph, world, revocation));
    }
    if let Some(path) = graph.proven(cert, world)
        && plainly_below(graph, &path, cert)
        && judge_times(graph, &path, at).is_ok()
    {
        graph.remember(cert, world, &path);
        if let Ok(revocation) = judge_revocation(graph, &path, cert, crls, at) {
            return Ok(verified(cert, &path, graph, world, revocation));
        }
    }
    let target = prepared(cert)?;
    let mut refusal = None;
    for path in graph.paths(cert, &target, world)? {
        match judge_path(graph, &path, &target, at)
            .inspect(|()| {
                graph.remember(cert, world, &path);
                graph.prove(world, &path);
            })
            .and_then(|()| judge_revocation(graph, &path, cert, crls, at))
        {
            Ok(revocation) => {
                return Ok(verified(cert, &path, graph, world, revocation));
            }
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(refusal.unwrap_or_else(|| CertError::Untrusted("its issuer is not known".into())))
}

fn prepared(cert: &Certificate) -> Result<Prepared, CertError> {
    Prepared::new(cert).ok_or(CertError::Unreadable(CertificateError::NotDer))
}

fn verified(
    cert: &Certificate,
    path: &[usize],
    graph: &graph::Graph,
    world: World,
    revocation: Revocation,
) -> Verified {
    let path: Vec<Certificate> = std::iter::once(cert.clone())
        .chain(graph.above(path).map(|ca| ca.certificate.clone()))
        .collect();
    Verified {
        world,
        certificate: cert.clone(),
        issuer: path.get(1).unwrap_or(cert).clone(),
        path,
        revocation,
        deviations: policy::deviations(cert),
    }
}

/// Everything about the path but revocation. `path` leads from the target's issuer to the anchor.
fn judge_path(
    graph: &graph::Graph,
    path: &[usize],
    target: &Prepared,
    at: OffsetDateTime,
) -> Result<(), CertError> {
    judge_times(graph, path, at)?;
    let above: Vec<&Issuing> = graph.above(path).map(|ca| &ca.issuing).collect();
    graph
        .engine()
        .validate(target, &above, at)
        .map_err(CertError::Untrusted)
}

/// A certificate below a path that was accepted and constrains nothing: what is left is its issuer's signature. Where
/// it is not so simple, the search for paths has the word.
fn plainly_below(graph: &graph::Graph, path: &[usize], cert: &Certificate) -> bool {
    let mut above = graph.above(path);
    above
        .next()
        .is_some_and(|issuer| engine::plainly_issued(cert, &issuer.issuing))
}

/// The one thing about an accepted path that changes by itself.
fn judge_times(graph: &graph::Graph, path: &[usize], at: OffsetDateTime) -> Result<(), CertError> {
    graph
        .above(path)
        .try_for_each(|ca| policy::validity(&ca.certificate, at, || whose_ca(&ca.certificate)))
}

fn judge_revocation(
    graph: &graph::Graph,
    path: &[usize],
    cert: &Certificate,
    crls: &[Crl],
    at: OffsetDateTime,
) -> Result<Revocation, CertError> {
    if crls.is_empty() {
        return Ok(Revocation::NotChecked);
    }
    let engine = graph.engine();
    let above: Vec<&Candidate> = graph.above(path).collect();
    for (ca, issuer) in above.iter().zip(above.iter().skip(1)).rev() {
        let whose = || whose_ca(&ca.certificate);
        listed(engine, &ca.issuing.prepared, issuer, crls, at, whose)?;
    }
    let Some(issuer) = above.first() else {
        return Err(CertError::Untrusted("an empty path".into()));
    };
    listed(engine, &prepared(cert)?, issuer, crls, at, || {
        Whose::Subject
    })
}

fn whose_ca(ca: &Certificate) -> Whose {
    Whose::Ca(ca.subject().display_name().to_owned())
}

/// What the CRLs of `issuer` say about one certificate. One that cannot be used must not count as none.
fn listed(
    engine: &Engine,
    prepared: &Prepared,
    issuer: &Candidate,
    crls: &[Crl],
    at: OffsetDateTime,
    whose: impl Fn() -> Whose,
) -> Result<Revocation, CertError> {
    let by_issuer = |crl: &&Crl| crl.issuer_key() == issuer.subject_key;
    let mut outcome = Revocation::NotChecked;
    let mut unusable = false;
    for (count, crl) in crls.iter().filter(by_issuer).enumerate() {
        if count >= MAX_CRLS {
            return Err(CertError::RevocationUnknown(whose()));
        }
        match engine.listed(prepared, &issuer.issuing, crl.der(), at) {
            Listed::Revoked => return Err(CertError::Revoked(whose())),
            Listed::Clear => outcome = Revocation::Good,
            Listed::Unusable => unusable = true,
        }
    }
    if unusable && outcome == Revocation::NotChecked {
        return Err(CertError::RevocationUnknown(whose()));
    }
    Ok(outcome)
}
