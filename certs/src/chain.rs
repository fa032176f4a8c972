//! The path from a certificate to an anchor, and the verdict over it.
//!
//! Only [`judge`] makes a [`Verified`]. Finding paths is `graph`; judging one path and one CRL is `engine`, the only
//! file that knows the crate which does it.

pub(crate) mod engine;
pub(crate) mod graph;
mod links;

use time::OffsetDateTime;

use crate::anchors::{TrustStore, World};
use crate::certificate::Certificate;
use crate::error::{CertError, CertificateError, Whose};
use crate::login_use;
use crate::policy::{self, CertPurpose, Settings};
use crate::revocation::ocsp::Responder;
use crate::revocation::{
    Answered, Evidence, LinkStatus, OcspAnswer, OcspError, Revocation, RevocationRule,
    RevocationSettings, Wanted, wanted_link,
};
use engine::{Issuing, Prepared};
use links::Links;

/// A certificate that was judged and accepted, for the time and settings it was judged with.
#[derive(Debug, Clone)]
pub struct Verified {
    world: World,
    path: Vec<Certificate>,
    certificate: Certificate,
    issuer: Certificate,
    links: Vec<LinkStatus>,
    rule: RevocationRule,
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

    /// What is known about the revocation of the certificate, and of each one above it of which the rule wanted it known:
    /// under [`RevocationRule::IfGiven`] of none that no evidence was given about. Of the certificate alone: the first of
    /// [`Verified::links`].
    pub fn revocation(&self) -> Revocation {
        let wanted = |link: &&LinkStatus| {
            link.whose == Whose::Subject
                || self.rule != RevocationRule::IfGiven
                || link.revocation != Revocation::NotChecked
        };
        let links = self.links.iter().filter(wanted);
        let least = links
            .map(|link| link.revocation)
            .max_by_key(|one| match one {
                Revocation::Good => 0,
                Revocation::NotChecked => 1,
                Revocation::Unknown => 2,
            });
        least.unwrap_or(Revocation::NotChecked)
    }

    /// What is known about the revocation of each certificate below the anchor, and what said so, the certificate itself
    /// first. Empty where no evidence was given.
    pub fn links(&self) -> &[LinkStatus] {
        &self.links
    }

    /// Rules of the circular that the certificate does not meet, by the names of [`crate::Rule`].
    pub fn deviations(&self) -> &[String] {
        &self.deviations
    }
}

/// Judges a certificate at a time, in the order policy (key usage, key strength, disallowed policies), validity,
/// path, revocation.
///
/// Each world's path is built with that world's certificates only. Revocation is judged for every certificate below the
/// anchor, by the rule of the evidence: evidence that names it refuses; where there is evidence and none settles it
/// (stale, badly signed, for other certificates), or where there is none, the rule has the word. A slice of lists is
/// evidence under [`crate::RevocationRule::IfGiven`].
///
/// # Errors
/// The first cause, as a [`CertError`]. Where several paths fail, the cause of the first.
pub fn judge<'a>(
    cert: &Certificate,
    trust: &TrustStore,
    evidence: impl Into<Evidence<'a>>,
    at: OffsetDateTime,
    settings: &Settings,
) -> Result<Verified, CertError> {
    let evidence = evidence.into();
    let graph = trust.graph();
    in_worlds(cert, trust, at, settings, |world| {
        if graph.is_anchor(cert, world) {
            return Ok(verified(cert, &[], graph, world));
        }
        first_path(graph, cert, world, at, &mut |path| {
            let links = judge_revocation(graph, world, path, cert, &evidence, at)?;
            Ok(Verified {
                links,
                rule: evidence.settings.rule,
                ..verified(cert, path, graph, world)
            })
        })
    })
}

/// What evidence would settle a certificate and those above it, below the anchor, itself first: nothing where it is an
/// anchor. Only for a certificate that [`judge`] would accept but for its revocation, so that no address is named by
/// somebody whom nobody trusts.
///
/// # Errors
/// As [`judge`], but for revocation.
pub fn wanted(
    cert: &Certificate,
    trust: &TrustStore,
    at: OffsetDateTime,
    settings: &Settings,
) -> Result<Vec<Wanted>, CertError> {
    let graph = trust.graph();
    in_worlds(cert, trust, at, settings, |world| {
        if graph.is_anchor(cert, world) {
            return Ok(Vec::new());
        }
        first_path(graph, cert, world, at, &mut |path| {
            let above = || graph.above(path).map(|ca| &ca.certificate);
            let below = std::iter::once(cert).chain(above());
            let pairs = below.zip(above());
            Ok(pairs
                .map(|(one, issuer)| wanted_link(one, issuer))
                .collect())
        })
    })
}

/// What one OCSP response says about a certificate, and since when: whether it is worth keeping, or another source must
/// be asked. It says nothing of the certificate's path, and knows no lists.
///
/// # Errors
/// An [`OcspError`], also for a certificate that the responder does not know.
pub fn judge_answer(
    wanted: &Wanted,
    answer: &OcspAnswer,
    trust: &TrustStore,
    at: OffsetDateTime,
    settings: &RevocationSettings,
) -> Result<Answered, OcspError> {
    let graph = trust.graph();
    let prepared = Prepared::new(&wanted.issuer).ok_or(OcspError::ResponderIssuer)?;
    let responder = Responder {
        issuer: &wanted.issuer,
        prepared: &prepared,
        trusted: graph.responders(&wanted.issuer),
        engine: graph.engine(),
        cleared: &|_| (false, false),
        at,
    };
    let (revoked, said_by) = answer.judge(&wanted.certificate, &responder, settings)?;
    Ok(Answered { revoked, said_by })
}

/// The first world's outcome that is none of a stranger's, after what is judged without a path.
fn in_worlds<T>(
    cert: &Certificate,
    trust: &TrustStore,
    at: OffsetDateTime,
    settings: &Settings,
    mut judge: impl FnMut(World) -> Result<T, CertError>,
) -> Result<T, CertError> {
    policy::check(cert, settings)?;
    let own = trust.own_policy();
    let own = own.filter(|_| settings.purpose == CertPurpose::Login);
    own.map_or(Ok(()), |own| own.check(cert))?;
    policy::validity(cert, at, || Whose::Subject)?;
    let mut refusal = None;
    for world in settings.world.worlds() {
        let uses = || match settings.purpose {
            CertPurpose::Any => Ok(()),
            CertPurpose::Login => {
                login_use::use_in_world(cert, *world)?;
                own.map_or(Ok(()), |own| own.check_uses(cert, *world))
            }
        };
        match judge(*world).and_then(|found| uses().map(|()| found)) {
            Ok(found) => return Ok(found),
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

/// Tries the paths that are accepted but for revocation, known ones first, until `take` takes one.
///
/// # Errors
/// That of the first path, and where there is none, why.
fn first_path<T>(
    graph: &graph::Graph,
    cert: &Certificate,
    world: World,
    at: OffsetDateTime,
    take: &mut dyn FnMut(&[usize]) -> Result<T, CertError>,
) -> Result<T, CertError> {
    if let Some(path) = known_path(graph, cert, world, at)
        && let Ok(taken) = take(&path)
    {
        return Ok(taken);
    }
    let target = prepared(cert)?;
    let mut refusal = None;
    for path in graph.paths(cert, &target, world)? {
        match judge_path(graph, &path, &target, at)
            .inspect(|()| {
                graph.remember(cert, world, &path);
                graph.prove(world, &path);
            })
            .and_then(|()| take(&path))
        {
            Ok(taken) => return Ok(taken),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(refusal.unwrap_or_else(|| CertError::Untrusted("its issuer is not known".into())))
}

/// The path by which the certificate, or another one below its issuer, was accepted before.
fn known_path(
    graph: &graph::Graph,
    cert: &Certificate,
    world: World,
    at: OffsetDateTime,
) -> Option<Vec<usize>> {
    let path = match graph.remembered(cert, world) {
        Some(path) => path,
        None => {
            let path = graph.proven(cert, world);
            let path = path.filter(|path| plainly_below(graph, path, cert))?;
            graph.remember(cert, world, &path);
            path
        }
    };
    judge_times(graph, &path, at).is_ok().then_some(path)
}

/// A path of a certificate of the store that is accepted but for revocation, and that `fits`.
fn accepted_path(
    graph: &graph::Graph,
    cert: &Certificate,
    world: World,
    at: OffsetDateTime,
    fits: &dyn Fn(&[usize]) -> bool,
) -> Option<Vec<usize>> {
    let unfit = || CertError::Untrusted("another anchor".into());
    let mut take = |path: &[usize]| fits(path).then(|| path.to_vec()).ok_or_else(unfit);
    first_path(graph, cert, world, at, &mut take).ok()
}

fn prepared(cert: &Certificate) -> Result<Prepared, CertError> {
    Prepared::new(cert).ok_or(CertError::Unreadable(CertificateError::NotDer))
}

fn verified(cert: &Certificate, path: &[usize], graph: &graph::Graph, world: World) -> Verified {
    let path: Vec<Certificate> = std::iter::once(cert.clone())
        .chain(graph.above(path).map(|ca| ca.certificate.clone()))
        .collect();
    Verified {
        world,
        certificate: cert.clone(),
        issuer: path.get(1).unwrap_or(cert).clone(),
        path,
        links: Vec::new(),
        rule: RevocationRule::default(),
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
    world: World,
    path: &[usize],
    cert: &Certificate,
    evidence: &Evidence<'_>,
    at: OffsetDateTime,
) -> Result<Vec<LinkStatus>, CertError> {
    if evidence.is_empty() {
        return Ok(Vec::new());
    }
    let pending = Vec::new();
    Links {
        graph,
        world,
        path,
        evidence,
        at,
        pending,
    }
    .judge(cert)
}

fn whose_ca(ca: &Certificate) -> Whose {
    Whose::Ca(ca.subject().display_name().to_owned())
}
