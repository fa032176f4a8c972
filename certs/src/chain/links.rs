//! The revocation of each certificate on a path (RFC 5280, 6.3; RFC 6960).
//!
//! A list counts where a key made it that stands for its issuer: the issuer on the path, or another certificate of the
//! name (after a change of keys, or with a key for lists alone, or another issuer that a distribution point names),
//! whose own path ends in the same anchor and which was not revoked itself.

use time::OffsetDateTime;

use super::graph::{Candidate, Graph};
use super::{accepted_path, whose_ca};
use crate::anchors::World;
use crate::certificate::Certificate;
use crate::error::{CertError, Unjudged, Whose};
use crate::policy;
use crate::revocation::points::{Reasons, Sought, settled};
use crate::revocation::{
    Crl, CrlDoubt, Doubt, Evidence, LinkStatus, OcspError, Revocation, RevocationRule, SaidBy,
    Source, ocsp, serial_key,
};

/// Most CRLs of one issuer that are tried for one certificate.
const MAX_CRLS: usize = 64;
/// Most certificates of a name whose key is tried for one list.
const MAX_SIGNERS: usize = 16;
/// How many lists may stand one behind the other: the list, and the one about its signer.
const MAX_DEPTH: usize = 2;

/// One judgement over a path, with what it may use.
#[derive(Clone)]
pub(super) struct Links<'a> {
    pub(super) graph: &'a Graph,
    pub(super) world: World,
    /// From the certificate's issuer to the anchor.
    pub(super) path: &'a [usize],
    pub(super) evidence: &'a Evidence<'a>,
    pub(super) at: OffsetDateTime,
    /// Signers of lists whose own revocation is being judged.
    pub(super) pending: Vec<usize>,
}

/// What the evidence says about one certificate.
#[derive(Default)]
struct Said {
    good: Option<SaidBy>,
    revoked: bool,
    /// When the newest of the lists was made that are not fresh and name it.
    named_before: Option<OffsetDateTime>,
    doubts: Vec<Doubt>,
    /// Whether there were OCSP responses about other certificates.
    elsewhere: bool,
}

impl Said {
    /// What was revoked stays so, unless newer evidence says that it was only held.
    fn is_revoked(&self) -> bool {
        let freed = |named| self.good.is_some_and(|good| good.this_update > named);
        self.revoked || self.named_before.is_some_and(|named| !freed(named))
    }
}

impl Links<'_> {
    /// # Errors
    /// [`CertError::Revoked`] for the first certificate, from the anchor down, that is revoked;
    /// [`CertError::RevocationUnknown`] as the rule of the evidence says.
    pub(super) fn judge(&self, cert: &Certificate) -> Result<Vec<LinkStatus>, CertError> {
        let above: Vec<&Candidate> = self.graph.above(self.path).collect();
        let pairs = above.iter().zip(above.iter().skip(1)).rev();
        let mut found = Vec::with_capacity(above.len());
        for (ca, issuer) in pairs {
            found.push(self.status(&ca.certificate, issuer, whose_ca(&ca.certificate))?);
        }
        let issuer = above.first();
        let issuer = issuer.ok_or_else(|| CertError::Untrusted("an empty path".into()))?;
        found.push(self.status(cert, issuer, Whose::Subject)?);
        found.reverse();
        Ok(found)
    }

    fn status(
        &self,
        cert: &Certificate,
        issuer: &Candidate,
        whose: Whose,
    ) -> Result<LinkStatus, CertError> {
        let said = self.said(cert, issuer);
        if said.is_revoked() {
            return Err(CertError::Revoked(whose));
        }
        let revocation = match (&said.good, said.doubts.is_empty()) {
            (Some(_), _) => Revocation::Good,
            (None, true) => Revocation::NotChecked,
            (None, false) => Revocation::Unknown,
        };
        let mut doubts = said.doubts;
        if revocation == Revocation::NotChecked {
            let other = OcspError::OtherCertificate;
            doubts.push(if said.elsewhere {
                other.into()
            } else {
                Doubt::Missing
            });
        }
        let refused = match self.evidence.settings.rule {
            RevocationRule::IfGiven => revocation == Revocation::Unknown,
            RevocationRule::HardFail => revocation != Revocation::Good,
            RevocationRule::SoftFail => false,
        };
        if refused {
            return Err(CertError::RevocationUnknown(Unjudged { whose, doubts }));
        }
        Ok(LinkStatus {
            whose,
            revocation,
            said_by: said.good,
            doubts,
        })
    }

    fn said(&self, cert: &Certificate, issuer: &Candidate) -> Said {
        let mut said = self.listed(cert, issuer);
        for answer in self.evidence.ocsp {
            if said.revoked {
                break;
            }
            match self.answered(answer, cert, issuer) {
                Ok((true, _)) => said.revoked = true,
                Ok((false, by)) => said.good = Some(by),
                // An answer about another certificate of the path is no doubt about this one.
                Err(OcspError::OtherCertificate) => said.elsewhere = true,
                Err(error) => said.doubts.push(error.into()),
            }
        }
        said
    }

    /// Whether an OCSP answer says that the certificate is revoked, and since when.
    fn answered(
        &self,
        answer: &ocsp::OcspAnswer,
        cert: &Certificate,
        issuer: &Candidate,
    ) -> Result<(bool, SaidBy), OcspError> {
        let cleared = |responder: &Certificate| {
            let said = self.listed(responder, issuer);
            (said.is_revoked(), said.good.is_some())
        };
        let responder = ocsp::Responder {
            issuer: &issuer.certificate,
            prepared: &issuer.issuing.prepared,
            trusted: self.graph.responders(&issuer.certificate),
            engine: self.graph.engine(),
            cleared: &cleared,
            at: self.at,
        };
        answer.judge(cert, &responder, &self.evidence.settings)
    }

    /// What the lists say.
    fn listed(&self, cert: &Certificate, issuer: &Candidate) -> Said {
        let uses = cert.uses();
        let sought = Sought {
            issuer: &issuer.subject_key,
            ca: uses.ca,
            points: &uses.points,
        };
        let mut said = Said::default();
        let mut covered = Reasons::NONE;
        let lists = self.evidence.crls.iter();
        for (count, crl) in lists
            .filter(|crl| sought.is_by(crl.issuer_key()))
            .enumerate()
        {
            if count >= MAX_CRLS {
                said.doubts.push(CrlDoubt::TooMany.into());
                break;
            }
            let named = crl.names(serial_key(cert.serial_octets()), sought.issuer);
            match self.usable(crl, &sought, issuer) {
                Ok(_) if named => said.revoked = true,
                Ok(reasons) => {
                    covered = covered.or(reasons);
                    said.good = Some(older(said.good, said_by(crl)));
                }
                Err(doubt) => {
                    // Its CA has said it, even though not for now.
                    let only_not_fresh = matches!(
                        doubt,
                        CrlDoubt::NotYet | CrlDoubt::Stale | CrlDoubt::NoEnd | CrlDoubt::TooOld
                    );
                    if named && only_not_fresh {
                        said.named_before = said.named_before.max(Some(crl.this_update()));
                    }
                    said.doubts.push(doubt.into());
                }
            }
        }
        if said.good.is_some() && covered != Reasons::ALL {
            said.good = None;
            said.doubts.push(CrlDoubt::SomeReasons.into());
        }
        said
    }

    /// The reasons that a list settles for what is sought, if it may be believed and is fresh.
    fn usable(
        &self,
        crl: &Crl,
        sought: &Sought<'_>,
        issuer: &Candidate,
    ) -> Result<Reasons, CrlDoubt> {
        if !crl.understood() {
            return Err(CrlDoubt::NotUnderstood);
        }
        let reasons = settled(sought, crl.issuer_key(), crl.scope());
        if reasons == Reasons::NONE {
            return Err(CrlDoubt::Elsewhere);
        }
        if !self.signed(crl, issuer) {
            return Err(CrlDoubt::Signature);
        }
        self.fresh(crl).map(|()| reasons)
    }

    fn fresh(&self, crl: &Crl) -> Result<(), CrlDoubt> {
        // Lists count in seconds, as certificates do.
        let now = self.at.unix_timestamp();
        let max_age = self.evidence.settings.max_age;
        if crl.this_update().unix_timestamp() > now {
            return Err(CrlDoubt::NotYet);
        }
        match crl.next_update() {
            Some(next) if next.unix_timestamp() < now => return Err(CrlDoubt::Stale),
            None if max_age.is_none() => return Err(CrlDoubt::NoEnd),
            _ => {}
        }
        match max_age {
            Some(age) if self.at - crl.this_update() > age => Err(CrlDoubt::TooOld),
            _ => Ok(()),
        }
    }

    /// RFC 5280, 6.3.3, (f) and (g).
    fn signed(&self, crl: &Crl, issuer: &Candidate) -> bool {
        let own = crl.issuer_key() == issuer.subject_key;
        if own && self.made(crl, issuer) {
            return true;
        }
        let others = self.graph.of_name(crl.issuer_key()).take(MAX_SIGNERS);
        others
            .into_iter()
            .any(|(index, signer)| self.made(crl, signer) && self.stands(index, signer))
    }

    fn made(&self, crl: &Crl, signer: &Candidate) -> bool {
        let verify = || self.graph.engine().made(crl.der(), &signer.issuing);
        signer.certificate.uses().may_sign_lists()
            && crl.signed_by(signer.certificate.fingerprint(), verify)
    }

    /// Whether a signer's own path ends in the anchor of this one, and nothing on it is revoked or in doubt.
    fn stands(&self, index: usize, signer: &Candidate) -> bool {
        // A signer of lists may be listed by itself alone.
        if self.path.contains(&index) || self.pending.contains(&index) {
            return true;
        }
        if self.pending.len() >= MAX_DEPTH
            || policy::validity(&signer.certificate, self.at, || Whose::Subject).is_err()
        {
            return false;
        }
        let ends_as_here = |path: &[usize]| path.last() == self.path.last();
        let found = accepted_path(
            self.graph,
            &signer.certificate,
            self.world,
            self.at,
            &ends_as_here,
        );
        found.is_some_and(|path| {
            let mut pending = self.pending.clone();
            pending.push(index);
            let links = Links {
                path: &path,
                pending,
                ..self.clone()
            };
            links.judge(&signer.certificate).is_ok()
        })
    }
}

fn said_by(crl: &Crl) -> SaidBy {
    SaidBy {
        source: Source::Crl,
        this_update: crl.this_update(),
        next_update: crl.next_update(),
    }
}

/// Of two pieces of evidence that are needed both, the one that says less about now.
fn older(before: Option<SaidBy>, new: SaidBy) -> SaidBy {
    match before {
        Some(before) if before.this_update <= new.this_update => before,
        _ => new,
    }
}
