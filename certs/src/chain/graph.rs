//! Which certificate of a store issued which, found out once when the store is built.
//!
//! A path search that goes wrong costs time, and what it walks over may be chosen by an attacker: every loop has a
//! budget, and the signatures between the store's own certificates are verified when the store is built, so that
//! judging a certificate verifies only the one signature that is new.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::engine::{Engine, Issuing, Prepared};
use crate::anchors::{Known, Standing, World, same_ca};
use crate::certificate::{Certificate, lower_hex};
use crate::error::{CertError, TrustError};
use crate::name_key::name_key;
use crate::path_policies::PathPolicies;
use crate::policy;

/// Most CAs on a path, the anchor included.
const MAX_CAS: usize = 8;
/// Most paths that are judged for one certificate.
const MAX_PATHS: usize = 32;
/// Most certificates with an issuer's name whose key is tried for one signature.
const MAX_ISSUERS: usize = 16;
/// Most steps of the search for the paths of one certificate.
const MAX_STEPS: usize = 1024;

/// Most certificates whose path is remembered; then all are forgotten.
const MAX_REMEMBERED: usize = 4096;

/// One certificate of the store, ready for use.
pub(crate) struct Candidate {
    pub(crate) certificate: Certificate,
    pub(crate) issuing: Issuing,
    pub(crate) subject_key: String,
    known: Known,
    /// Whether it may issue at all.
    issues: bool,
    /// The certificates whose key verifies this one's signature.
    issuers: Vec<usize>,
}

/// The path of each certificate that was accepted, by its fingerprint and the world.
type Accepted = HashMap<([u8; 32], World), Vec<usize>>;

/// The path that starts at each issuer, by the DER of its name and the world: see [`Graph::proven`]. At most one for
/// each certificate of the store and world.
type Proven = HashMap<(Vec<u8>, World), Vec<usize>>;

/// The certificates of a store, and who issued whom.
pub(crate) struct Graph {
    engine: Engine,
    candidates: Vec<Candidate>,
    by_subject: HashMap<String, Vec<usize>>,
    by_fingerprint: HashMap<[u8; 32], usize>,
    accepted: RwLock<Accepted>,
    proven: RwLock<Proven>,
    responders: Vec<(Certificate, Vec<Certificate>)>,
    /// Whether nothing is demanded of the certificate policies on a path.
    any_policy: bool,
}

impl Graph {
    /// # Errors
    /// [`TrustError::Unusable`] for a certificate that the engine does not read.
    pub(crate) fn build(
        known: Vec<Known>,
        responders: Vec<(Certificate, Vec<Certificate>)>,
        policies: &PathPolicies,
    ) -> Result<Self, TrustError> {
        let mut graph = Self {
            engine: Engine::new(policies)?,
            any_policy: *policies == PathPolicies::default(),
            candidates: known
                .into_iter()
                .map(Candidate::new)
                .collect::<Result<_, _>>()?,
            by_subject: HashMap::new(),
            by_fingerprint: HashMap::new(),
            accepted: RwLock::default(),
            proven: RwLock::default(),
            responders,
        };
        for (index, candidate) in graph.candidates.iter().enumerate() {
            graph
                .by_subject
                .entry(candidate.subject_key.clone())
                .or_default()
                .push(index);
            graph
                .by_fingerprint
                .insert(candidate.certificate.fingerprint(), index);
        }
        let issuers: Vec<Vec<usize>> = graph
            .candidates
            .iter()
            .map(|one| graph.issuers(&one.certificate, &one.issuing.prepared))
            .collect();
        for (candidate, issuers) in graph.candidates.iter_mut().zip(issuers) {
            candidate.issuers = issuers;
        }
        Ok(graph)
    }

    pub(crate) fn len(&self) -> usize {
        self.candidates.len()
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The certificates of a path, in its order.
    pub(crate) fn above(&self, path: &[usize]) -> impl Iterator<Item = &Candidate> {
        path.iter().filter_map(|index| self.candidates.get(*index))
    }

    /// The path that [`Graph::remember`] was last told of.
    pub(crate) fn remembered(&self, certificate: &Certificate, world: World) -> Option<Vec<usize>> {
        let accepted = self.accepted.read().unwrap_or_else(PoisonError::into_inner);
        accepted.get(&(certificate.fingerprint(), world)).cloned()
    }

    /// Remembers that this very certificate has this path and that it is good, but for time and revocation. The
    /// store never changes, and the fingerprint stands for every byte of the certificate: that stays true.
    pub(crate) fn remember(&self, certificate: &Certificate, world: World, path: &[usize]) {
        let mut accepted = self
            .accepted
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if accepted.len() >= MAX_REMEMBERED {
            accepted.clear();
        }
        accepted.insert((certificate.fingerprint(), world), path.to_vec());
    }

    /// A path of the certificate's issuer on which a certificate was accepted, and which sets nothing to those below
    /// it: what is left to judge is the certificate under that issuer, times and revocation.
    ///
    /// Only where the store has one certificate of the issuer's name, so that there is no other path to prefer; and not
    /// for one that names itself as its issuer.
    pub(crate) fn proven(&self, certificate: &Certificate, world: World) -> Option<Vec<usize>> {
        if certificate.issuer_der() == certificate.subject_der() {
            return None;
        }
        let proven = self.proven.read().unwrap_or_else(PoisonError::into_inner);
        let key = (certificate.issuer_der().to_vec(), world);
        proven.get(&key).cloned()
    }

    /// Remembers a path on which a certificate was accepted, if [`Graph::proven`] may answer with it.
    pub(crate) fn prove(&self, world: World, path: &[usize]) {
        let Some(issuer) = self.above(path).next() else {
            return;
        };
        let named = self.by_subject.get(&issuer.subject_key);
        let alone = named.is_some_and(|all| all.len() == 1);
        if self.any_policy && alone && self.above(path).all(|ca| ca.issuing.unconstraining) {
            let key = (issuer.certificate.subject_der().to_vec(), world);
            let mut proven = self.proven.write().unwrap_or_else(PoisonError::into_inner);
            proven.insert(key, path.to_vec());
        }
    }

    pub(crate) fn is_anchor(&self, certificate: &Certificate, world: World) -> bool {
        let found = self.by_fingerprint.get(&certificate.fingerprint());
        found
            .and_then(|index| self.candidates.get(*index))
            .is_some_and(|known| known.known.standing(world) == Standing::Anchor)
    }

    /// Paths from the certificate's issuer to an anchor of the world, shorter ones first.
    ///
    /// # Errors
    /// [`CertError::Weak`] where only a signature with SHA-1 or the like would lead on, otherwise
    /// [`CertError::Untrusted`]; never an empty list.
    pub(crate) fn paths(
        &self,
        certificate: &Certificate,
        prepared: &Prepared,
        world: World,
    ) -> Result<Vec<Vec<usize>>, CertError> {
        policy::signature_strength(certificate)?;
        let issuers = self.issuers(certificate, prepared);
        let mut search = Search {
            graph: self,
            world,
            found: Vec::new(),
            steps: 0,
            weak: None,
        };
        for issuer in &issuers {
            search.walk(&mut vec![*issuer]);
        }
        let Search {
            mut found, weak, ..
        } = search;
        found.sort_by_key(Vec::len);
        if !found.is_empty() {
            return Ok(found);
        }
        let mut named = self
            .named(certificate)
            .filter_map(|index| self.candidates.get(index));
        if issuers.is_empty() {
            named.try_for_each(|ca| policy::ca_key_strength(&ca.certificate))?;
        }
        Err(weak.unwrap_or_else(|| {
            CertError::Untrusted(match issuers.first() {
                None if self.named(certificate).next().is_some() => {
                    "no known CA of its issuer's name signed it".into()
                }
                None => "its issuer is not known".into(),
                Some(_) => "its issuer leads to no anchor of this world".into(),
            })
        }))
    }

    /// The anchors, with the worlds in which each is one.
    pub(crate) fn anchors(&self) -> impl Iterator<Item = (&Certificate, Vec<World>)> {
        self.candidates.iter().filter_map(|one| {
            let mut worlds = vec![World::Public, World::Government];
            worlds.retain(|world| one.known.standing(*world) == Standing::Anchor);
            (!worlds.is_empty()).then_some((&one.certificate, worlds))
        })
    }

    /// Certificates with this key of a name, with their places.
    pub(crate) fn of_name(&self, key: &str) -> impl Iterator<Item = (usize, &Candidate)> {
        let found = self.by_subject.get(key).into_iter().flatten().copied();
        found.filter_map(|index| Some((index, self.candidates.get(index)?)))
    }

    /// OCSP responders that are trusted for the certificates of one CA, by its name and key.
    pub(crate) fn responders(&self, issuer: &Certificate) -> &[Certificate] {
        let of = |(ca, _): &&(Certificate, Vec<Certificate>)| same_ca(ca, issuer);
        let found = self.responders.iter().find(of);
        found.map_or(&[], |(_, responders)| responders)
    }

    /// Certificates with the name of this one's issuer.
    fn named(&self, certificate: &Certificate) -> impl Iterator<Item = usize> {
        let found = self.by_subject.get(&name_key(certificate.issuer_der()));
        found.into_iter().flatten().copied()
    }

    /// Certificates that may issue, have the issuer's name, and whose key verifies this one's signature.
    fn issuers(&self, certificate: &Certificate, prepared: &Prepared) -> Vec<usize> {
        let itself = certificate.fingerprint();
        let signed = |index: &usize| {
            self.candidates.get(*index).is_some_and(|issuer| {
                issuer.issues
                    && issuer.certificate.fingerprint() != itself
                    && self.engine.signed_by(prepared, &issuer.issuing.prepared)
            })
        };
        self.named(certificate)
            .take(MAX_ISSUERS)
            .filter(signed)
            .collect()
    }
}

impl Candidate {
    fn new(known: Known) -> Result<Self, TrustError> {
        let certificate = known.certificate.clone();
        let issuing = Issuing::new(&certificate).ok_or_else(|| TrustError::Unusable {
            fingerprint: lower_hex(&certificate.fingerprint()),
        })?;
        Ok(Self {
            issuing,
            subject_key: name_key(certificate.subject_der()),
            issues: may_issue(&certificate),
            issuers: Vec::new(),
            certificate,
            known,
        })
    }
}

/// RFC 5280, 6.1.4 (k) and (n), for anchors as well: a person's certificate given as an anchor is trusted itself, and
/// issues nothing. Version 1 has no extensions to say so with.
fn may_issue(certificate: &Certificate) -> bool {
    let uses = certificate.uses();
    !uses.version3 || uses.issues()
}

/// One depth-first search for paths to anchors.
struct Search<'a> {
    graph: &'a Graph,
    world: World,
    found: Vec<Vec<usize>>,
    steps: usize,
    weak: Option<CertError>,
}

impl Search<'_> {
    fn walk(&mut self, path: &mut Vec<usize>) {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.found.len() >= MAX_PATHS {
            return;
        }
        let Some(last) = path
            .last()
            .and_then(|index| self.graph.candidates.get(*index))
        else {
            return;
        };
        match last.known.standing(self.world) {
            Standing::Absent => return,
            Standing::Anchor => self.found.push(path.clone()),
            Standing::Intermediate => {}
        }
        if let Err(weak) = policy::signature_strength(&last.certificate) {
            if last.known.standing(self.world) != Standing::Anchor {
                self.weak.get_or_insert(weak);
            }
            return;
        }
        if path.len() >= MAX_CAS {
            return;
        }
        for issuer in &last.issuers {
            if !path.contains(issuer) {
                path.push(*issuer);
                self.walk(path);
                path.pop();
            }
        }
    }
}
